"""Every rule that follows a metric: states that files keep, clocks, warmups, and what follows."""

import copy
import json
import math
import pickle
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdecay
from lrdecay import Constant, Fold, Linear, ReduceOnPlateau, ThenFold, Warmup, export
from lrdecay.dialects import fastai, keras, optax, timm, torch, transformers
from lrdecay.plateau import plain

PLATEAU = ReduceOnPlateau(0.5, gamma=0.5, patience=1, min_lr=0.01)
RULES = (
    PLATEAU,
    ReduceOnPlateau(0.5, patience=1, goal="max", compare="abs", cooldown=2, patience_is="reached"),
    torch.ReduceLROnPlateau(0.5, patience=1),
    timm.PlateauLRScheduler(0.5, patience_t=1),
    timm.PlateauLRScheduler(0.5, patience_t=1, warmup_t=3),
    keras.ReduceLROnPlateau(0.5, patience=2, cooldown=2),
    optax.reduce_on_plateau(0.5, patience=2, accumulation_size=3),
    fastai.ReduceLROnPlateau(0.5, patience=2),
    transformers.GreedyLR(0.5, patience=1, min_lr=0.1),
    transformers.GreedyLR(0.5, patience=1, smooth=True, window_size=2),
    PLATEAU.after_warmup(4),
    PLATEAU.after_warmup(2, 0.1, first="zero", shape="cosine", clock="metrics"),
    PLATEAU.then(Linear(0.1, 5), at=6),
    PLATEAU.then(ReduceOnPlateau(0.1, patience=0), at=6),
    Linear(0.9, 4, 0.5).then(PLATEAU.then(Constant(0.3), at=5), at=4),
    PLATEAU.after_warmup(0),
)
BY_RULE = pytest.mark.parametrize("rule", RULES, ids=repr)
WRONG: Any = 5
METRICS = [3.0, 2.0, 2.5, 2.5, 2.6, 2.0, 2.1, 2.2, 2.2, 1.0, 1.1, 1.2]


def walk(rule, metrics, state=None, every=2):
    """The rates in force after each metric and the last state, from any state."""
    state = rule.start() if state is None else state
    rates = []
    for metric in metrics:
        state = rule.update(rule.advance(state, every), metric)
        rates.append(state.lr)
    return rates, state


# What a file makes of a state: pickle, JSON as it is and by name. PyTorch's is in conformance.
FILES = {
    "pickle": lambda state: pickle.loads(pickle.dumps(state)),
    "protocol 2": lambda state: pickle.loads(pickle.dumps(state, 2)),
    "copy": copy.deepcopy,
    "json": lambda state: json.loads(json.dumps(state, allow_nan=False)),
    "json by name": lambda state: json.loads(json.dumps(plain(state), allow_nan=False)),
    "tuple": tuple,
}


@BY_RULE
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("at", [0, 1, 2, 5])
def test_a_state_goes_on_after_a_file(rule, file, at):
    _, state = walk(rule, METRICS[:at])
    back = FILES[file](state)
    want = walk(rule, METRICS[at:], state)
    assert walk(rule, METRICS[at:], back) == want
    assert walk(rule, METRICS[at:], rule.restore(back)) == want
    assert type(rule.restore(back)) is type(rule.advance(back, 0)) is type(state)


@BY_RULE
def test_pickle_and_copies_keep_the_state_itself(rule):
    _, state = walk(rule, METRICS[:3])
    for twin in (pickle.loads(pickle.dumps(state)), copy.copy(state), copy.deepcopy(state)):
        assert type(twin) is type(state)
        assert twin == state


def leaves(value):
    if isinstance(value, dict):
        return chain.from_iterable(map(leaves, value.values()))
    return chain.from_iterable(map(leaves, value)) if isinstance(value, list) else [value]


@BY_RULE
def test_a_state_is_plain_numbers_which_json_has(rule):
    for at in range(len(METRICS)):
        held = plain(walk(rule, METRICS[:at])[1])
        assert {type(one) for one in leaves(held)} <= {int, float, type(None)}
        assert all(one is None or math.isfinite(one) for one in leaves(held))


@BY_RULE
@pytest.mark.parametrize(
    "bad", [5, None, "abc", {}, {"lr": 1.0, "nothing": 2}, [1.0] * 9, {"lr": "1"}, [-1.0, 0, 0]]
)
def test_a_state_of_something_else_is_named(rule, bad):
    for call in (
        lambda: rule.update(bad, 1.0),
        lambda: rule.advance(bad),
        lambda: rule.restore(bad),
    ):
        with pytest.raises(ValueError, match=r"^state(\.\w+)? must be"):
            call()


@BY_RULE
def test_json_and_pickle_of_the_rule(rule):
    assert export.from_json(export.to_json(rule)) == rule
    assert pickle.loads(pickle.dumps(rule)) == rule


def test_json_of_the_reported_rule():
    rule = ReduceOnPlateau(0.1)
    text = '{"lrdecay": 2, "schedule": {"type": "ReduceOnPlateau", "base_lr": 0.1}}'
    assert export.to_json(rule) == text
    assert export.from_json(text) == rule


def test_the_reported_state_before_the_first_metric():
    state = ReduceOnPlateau(0.1).start()
    assert (state.lr, state.best) == (0.1, None)
    assert json.dumps(state, allow_nan=False) == "[0.1, null, 0, 0]"


@BY_RULE
@given(every=st.integers(1, 4), count=st.integers(0, 12))
def test_sample_and_history_are_one_run(rule, every, count):
    metrics = METRICS[:count]
    used, after = rule.rates(metrics, every), rule.history(metrics, every)
    assert used.shape == (count * every,)
    assert after.tolist() == walk(rule, metrics, every=every)[0]
    # What an update uses right after a metric is what the metric led to.
    assert used[every::every].tolist() == after[:-1].tolist()
    assert used[:1].tolist() == [rule.start().lr][:count]


@BY_RULE
@given(st.lists(st.integers(0, 5), max_size=6))
def test_updates_may_be_counted_in_any_portions(rule, portions):
    state = rule.start()
    for steps in portions:
        state = rule.advance(state, steps)
    assert state == rule.advance(rule.start(), sum(portions))


@given(st.integers(0, 9), st.integers(1, 4), st.lists(st.floats(-1, 1), max_size=12))
def test_a_warmup_is_that_of_warmup_and_then_the_rule(warmup_steps, every, metrics):
    rule = PLATEAU.after_warmup(warmup_steps)
    ramp = Warmup(Constant(0.5), warmup_steps)
    used = rule.rates(metrics, every)
    assert (
        used[:warmup_steps].tolist()
        == ramp.sample(warmup_steps + 1)[: min(warmup_steps, used.size)].tolist()
    )
    # A metric counts if an update under the rule was made before it.
    seen = [m for i, m in enumerate(metrics, start=1) if i * every > warmup_steps]
    late = rule.history(metrics, every)[len(metrics) - len(seen) :]
    assert late.tolist() == PLATEAU.history(seen).tolist()


def test_a_warmup_on_the_clock_of_the_metrics():
    rule = PLATEAU.after_warmup(2, first="zero", clock="metrics")
    for every in (1, 3):
        assert rule.history([9.0] * 6, every).tolist() == [0.25, 0.5, 0.5, 0.5, 0.25, 0.25]
    assert rule.start().lr == 0.0
    assert rule.advance(rule.start(), 100) == rule.start()


def test_then_puts_a_rule_behind_or_before():
    behind = Linear(1.0, 4).then(PLATEAU, at=2)
    assert isinstance(behind, ThenFold)
    assert behind.rates([5.0] * 6).tolist() == [1.0, 0.75, 0.5, 0.5, 0.5, 0.25]
    before = PLATEAU.then(Linear(0.4, 4), at=4)
    assert before.rates([5.0] * 8).tolist() == pytest.approx(
        [0.5, 0.5, 0.5, 0.25, 0.4, 0.3, 0.2, 0.1]
    )
    assert before.history([5.0] * 9)[-1] == 0.0


@BY_RULE
def test_prints_as_code(rule):
    if "dialects" not in repr(type(getattr(rule, "second", rule))):
        assert eval(repr(rule), vars(lrdecay).copy()) == rule


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ThenFold(Constant(1.0), Constant(1.0), 3), "second must be a rule that follows"),
        (lambda: ThenFold(5, PLATEAU, 3), "first must be a Schedule or a Fold, got 5"),
        (lambda: PLATEAU.then(5, 3), "second must be a Schedule or a Fold, got 5"),
        (lambda: Constant(1.0).then(WRONG, 3), "second must be a Schedule"),
        (lambda: Constant(1.0).then(PLATEAU, -1), "at must be a whole number"),
        (lambda: ThenFold(Constant(1.0), PLATEAU, 3, "epochs"), "clock must be one of"),
        (lambda: PLATEAU.after_warmup(-1), "warmup_steps must be a whole number"),
        (lambda: PLATEAU.after_warmup(3, shape="x"), "shape must be one of"),
        (lambda: PLATEAU.history(5), "metrics must be numbers"),
        (lambda: PLATEAU.rates([1.0, "2"]), "metrics must be a number"),
        (lambda: PLATEAU.rates([1.0], 0), "every must be a whole number"),
        (lambda: PLATEAU.advance(PLATEAU.start(), -1), "steps must be a whole number"),
        (lambda: RULES[10].advance(RULES[10].start(), -1), "steps must be a whole number"),
        (lambda: export.to_json(5), "schedule must be a Schedule"),
    ],
)
def test_bad_arguments_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_fold_is_public_and_abstract():
    assert all(isinstance(rule, Fold) for rule in RULES)
    with pytest.raises(TypeError, match="abstract"):
        Fold()


def test_infinite_metrics_leave_a_state_that_pythons_json_reads():
    state = PLATEAU.update(PLATEAU.start(), -math.inf)
    back = json.loads(json.dumps(state))
    assert walk(PLATEAU, METRICS, back) == walk(PLATEAU, METRICS, state)
    assert np.isinf(PLATEAU.restore(back).best)
