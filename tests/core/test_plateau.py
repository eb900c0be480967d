"""Rules that follow a metric: the one of its own, then states, clocks and warmups of every one."""

import copy
import dataclasses
import json
import math
import pickle
import re
from itertools import chain, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdecay
from lrdecay import Constant, Fold, Linear, PlateauState, ReduceOnPlateau, ThenFold, Warmup, export
from lrdecay.dialects import fastai, keras, optax, timm, torch, transformers
from lrdecay.plateau import plain

# --- ReduceOnPlateau, with the patience of PyTorch or of Keras -----------------------------------

ANY_METRICS = st.lists(
    st.one_of(st.floats(), st.floats(-2, 2), st.sampled_from([0.0, 1.0, -1.0, math.nan])),
    max_size=40,
)
PLATEAUS = st.builds(
    ReduceOnPlateau,
    st.floats(0.5, 2.0),
    gamma=st.floats(0.05, 0.95),
    patience=st.integers(1, 4),
    threshold=st.sampled_from([0.0, 1e-4, 0.1]),
    compare=st.sampled_from(["rel", "abs"]),
    goal=st.sampled_from(["min", "max"]),
    cooldown=st.integers(0, 3),
    min_lr=st.sampled_from([0.0, 0.01, 0.4]),
    patience_is=st.sampled_from(["exceeded", "reached"]),
)
FLAT = [1.0] * 8

ROWS = [
    ("torch 2.14.1", ReduceOnPlateau(1, patience=2), "1 1 1 .1 .1 .1 .01"),
    (
        "torch 2.14.1, cooldown 1",
        ReduceOnPlateau(1, patience=2, cooldown=1),
        "1 1 1 .1 .1 .1 .1 .01",
    ),
    ("optax 0.2.8", ReduceOnPlateau(1, patience=2, patience_is="reached"), "1 1 .1 .1 .01 .01"),
    ("keras 3.15.1", ReduceOnPlateau(1, patience=2, patience_is="reached"), "1 1 .1 .1 .01 .01"),
]


@pytest.mark.parametrize(("peer", "plateau", "row"), ROWS, ids=[row[0] for row in ROWS])
def test_constant_metric_as_the_peer(peer, plateau, row):
    want = [float(rate) for rate in row.split()]
    assert plateau.history(FLAT[: len(want)]) == pytest.approx(want), peer


def test_patience_0_reduces_at_the_first_bad_metric():
    assert ReduceOnPlateau(1, patience=0).history([1, 1, 1]) == pytest.approx([1, 0.1, 0.01])


@given(PLATEAUS, ANY_METRICS)
def test_history_is_the_repeated_update_and_leaves_states_alone(plateau, metrics):
    states = [plateau.start()]
    for metric in metrics:
        before = tuple(states[-1])
        states.append(plateau.update(states[-1], metric))
        assert repr(tuple(states[-2])) == repr(before)
    rates = plateau.history(metrics)
    assert rates.tolist() == [state.lr for state in states[1:]]
    assert rates.dtype == np.float64
    # A run can be taken up again from any state.
    half = len(metrics) // 2
    state = states[half]
    for metric in metrics[half:]:
        state = plateau.update(state, metric)
    assert repr(state) == repr(states[-1])


@given(PLATEAUS, ANY_METRICS)
def test_rate_only_falls_by_gamma_and_never_below_min_lr(plateau, metrics):
    rates = [plateau.base_lr, *plateau.history(metrics)]
    for before, after in pairwise(rates):
        assert after in (before, max(before * plateau.gamma, plateau.min_lr))
    assert min(rates) >= min(plateau.min_lr, plateau.base_lr)


@given(PLATEAUS, ANY_METRICS)
def test_goal_max_mirrors_goal_min(plateau, metrics):
    mirror = dataclasses.replace(plateau, goal="min" if plateau.goal == "max" else "max")
    assert np.array_equal(plateau.history(metrics), mirror.history([-m for m in metrics]))


@given(PLATEAUS, ANY_METRICS)
def test_reductions_are_as_far_apart_as_patience_and_cooldown_say(plateau, metrics):
    # min_lr 0 and a base this large: every reduction shows.
    plateau = dataclasses.replace(plateau, min_lr=0.0, base_lr=1.0)
    rates = np.array([1.0, *plateau.history(metrics)])
    at = np.flatnonzero(np.diff(rates))
    bad = plateau.patience + (plateau.patience_is == "exceeded")
    assert (np.diff(at) >= bad + plateau.cooldown).all()
    assert (at[:1] >= bad).all() or math.isnan(metrics[0])


@given(st.lists(st.floats(0.1, 10), max_size=40), st.integers(0, 4))
def test_without_threshold_counts_metrics_since_the_lowest(metrics, patience):
    plateau = ReduceOnPlateau(1, 0.5, patience, threshold=0)
    reductions, last = 0, 0
    for i, metric in enumerate(metrics):
        if all(metric < earlier for earlier in metrics[:i]):
            last = i
        elif i - last > patience:
            reductions, last = reductions + 1, i
        assert plateau.history(metrics[: i + 1])[-1] == 0.5**reductions


def test_improving_metric_never_reduces():
    metrics = 0.99 ** np.arange(500)
    assert set(ReduceOnPlateau(0.3, patience=1).history(metrics)) == {0.3}
    # The same fall counts for nothing when the threshold asks for more: 2 % a step.
    assert ReduceOnPlateau(0.3, patience=1, threshold=0.5).history(metrics)[-1] < 1e-3


def test_negative_metric_is_not_better_when_it_is_worse():
    # torch 2.14.1 takes each of these for better than the one before, as its threshold is a share
    # of the best metric with its sign.
    metrics = [-1.0, -0.99995, -0.9999, -0.99985, -0.9998]
    assert ReduceOnPlateau(1, patience=1).history(metrics) == pytest.approx([1, 1, 0.1, 0.1, 0.01])


@pytest.mark.parametrize(
    ("compare", "goal", "metrics", "better"),
    [
        ("rel", "min", [2.0, 1.81], False),
        ("rel", "min", [2.0, 1.79], True),
        ("rel", "min", [-2.0, -2.19], False),
        ("rel", "min", [-2.0, -2.21], True),
        ("rel", "max", [2.0, 2.19], False),
        ("rel", "max", [2.0, 2.21], True),
        ("abs", "min", [2.0, 1.91], False),
        ("abs", "min", [2.0, 1.89], True),
        ("abs", "max", [-2.0, -1.91], False),
        ("abs", "max", [-2.0, -1.89], True),
        ("rel", "min", [2.0, 2.0], False),
    ],
)
def test_threshold(compare, goal, metrics, better):
    plateau = ReduceOnPlateau(1, patience=0, threshold=0.1, compare=compare, goal=goal)
    state = plateau.start()
    for metric in metrics:
        state = plateau.update(state, metric)
    assert state.best == metrics[better]
    assert state.lr == (1.0 if better else 0.1)


def test_nan_is_bad_and_never_the_best():
    plateau = ReduceOnPlateau(1, patience=1)
    assert plateau.history([math.nan] * 4) == pytest.approx([1, 0.1, 0.1, 0.01])
    assert plateau.history([1.0, math.nan, math.nan, 0.5]) == pytest.approx([1, 1, 0.1, 0.1])
    state = plateau.update(plateau.update(plateau.start(), math.nan), 5.0)
    assert (state.best, state.bad) == (5.0, 0)


def test_infinite_metrics():
    plateau = ReduceOnPlateau(1, patience=0)
    # A loss that blew up is a bad metric; one that comes back is better than it.
    assert plateau.history([math.inf, 1.0, math.inf, 0.5]) == pytest.approx([1, 1, 0.1, 0.1])
    assert plateau.history([-math.inf, -math.inf]) == pytest.approx([1, 0.1])


def test_cooldown_counts_nothing_as_bad():
    plateau = ReduceOnPlateau(1, patience=1, cooldown=3, patience_is="reached")
    want = [1, 0.1, 0.1, 0.1, 0.1, 0.01]
    assert plateau.history([1.0] * 6) == pytest.approx(want)


def test_min_lr_is_reached_and_kept():
    rates = ReduceOnPlateau(1, patience=0, min_lr=0.05).history([1.0] * 4)
    assert rates == pytest.approx([1, 0.1, 0.05, 0.05])


def test_metrics_may_be_any_numbers():
    plateau = ReduceOnPlateau(1, patience=0)
    want = plateau.history([2.0, 1.0, 1.0])
    for metrics in (
        [2, 1, 1],
        np.array([2, 1, 1]),
        np.array([2, 1, 1], np.float32),
        iter([2, 1, 1]),
    ):
        assert plateau.history(metrics).tolist() == want.tolist()
    assert plateau.history([]).shape == (0,)


@given(PLATEAUS)
def test_the_rule_survives_repr_and_pickle(plateau):
    assert eval(repr(plateau), vars(lrdecay).copy()) == plateau
    twin = pickle.loads(pickle.dumps(plateau))
    assert twin == plateau
    assert hash(twin) == hash(plateau)
    with pytest.raises(dataclasses.FrozenInstanceError):
        plateau.patience = 1
    state = plateau.start()
    assert repr(pickle.loads(pickle.dumps(state))) == repr(state)
    assert eval(repr(PlateauState(1.0, 0.5)), vars(lrdecay).copy()) == PlateauState(1.0, 0.5, 0, 0)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        *(("base_lr", bad) for bad in (-1, math.nan, math.inf, True, "1", None, 0.0)),
        *(("gamma", bad) for bad in (0, 1, 1.5, -0.1, math.nan, "0.1", True, None)),
        *(("patience", bad) for bad in (-1, 1.5, math.nan, True, "2", None)),
        *(("threshold", bad) for bad in (-1e-9, math.nan, math.inf, "0", True, None)),
        *(("cooldown", bad) for bad in (-1, 0.5, math.inf, True, "2", None)),
        *(("min_lr", bad) for bad in (-1, math.nan, "0", True, None, 2.0)),
        *(("compare", bad) for bad in ("relative", None, 1, ["rel"])),
        *(("goal", bad) for bad in ("up", None, 1, ["min"])),
        *(("patience_is", bad) for bad in ("passed", None, 1)),
    ],
)
def test_bad_arguments_of_the_rule_are_named(name, bad):
    options = {"base_lr": 1.0, "min_lr": 0.01, name: bad}
    blamed = "min_lr must be .+, got 0.01" if (name, bad) == ("base_lr", 0.0) else None
    message = blamed or rf"{name} must be .+, got {re.escape(repr(bad))}"
    # A whole number given where a rate is due is shown as the float it became.
    with pytest.raises(ValueError, match=message.replace("got 1$", "got 1(.0)?")):
        ReduceOnPlateau(**options)


def test_reached_needs_patience():
    with pytest.raises(
        ValueError, match='patience must be at least 1 when patience_is is "reached"'
    ):
        ReduceOnPlateau(1, patience=0, patience_is="reached")


@pytest.mark.parametrize("bad", ["0.5", None, True, 1j, [1.0, 2.0], object()])
def test_bad_metrics_are_named(bad):
    plateau = ReduceOnPlateau(1)
    words = rf"must be a number, .+, got {re.escape(repr(bad))}"
    with pytest.raises(ValueError, match=f"^metric {words}"):
        plateau.update(plateau.start(), bad)
    with pytest.raises(ValueError, match=f"^metrics {words}"):
        plateau.history([1.0, bad])


# --- every rule: states that files keep, clocks, warmups, and what follows -----------------------

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
