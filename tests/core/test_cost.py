"""What schedules cost: shared parts are computed once, and what is too large is refused."""

import copy
import math
import pickle
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lrdecay import (
    Constant,
    Cosine,
    CosineRestarts,
    Linear,
    MultiStep,
    Noise,
    OneCycle,
    Piecewise,
    Product,
    Schedule,
    Sum,
    Then,
    Warmup,
    dialects,
    export,
)
from lrdecay.checks import MOST_NESTED, MOST_PARTS
from lrdecay.dialects import fastai, pytorch_scheduler, timm, torch, transformers

SECONDS = 10.0  # for what takes a tenth of one, or would never end


@pytest.fixture(autouse=True)
def _in_time():
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < SECONDS


class Counted(Schedule):
    """A constant that counts how often it is computed."""

    calls = 0

    def _lr(self, k, xp):
        type(self).calls += 1
        return xp.full_like(k, 1.0)


def computed(schedule, at):
    Counted.calls = 0
    rate = schedule(at)
    return Counted.calls, rate


# --- what is shared -----------------------------------------------------------------------------


def test_a_shared_part_is_computed_once():
    for operate in (Sum, Product):
        doubled = Counted()
        for _ in range(8):
            doubled = operate(doubled, doubled)
        want = 2.0**8 if operate is Sum else 1.0
        assert computed(doubled, 3) == (1, want)
        calls, rates = computed(doubled, np.arange(5))
        assert (calls, rates.tolist()) == (1, [want] * 5)
        assert computed(doubled, jnp.arange(5))[0] <= 1


def test_a_part_that_is_shared_on_another_clock_is_computed_there():
    part = Counted()
    calls, _ = computed((part + part.scale(2.0)) * part.then(part, 4), np.arange(5))
    assert calls == 3  # at the step itself, up to step 4 and since step 4


def test_sums_of_a_schedule_with_itself_work_in_every_respect():
    doubled = Linear(1.0, 10)
    for _ in range(8):
        doubled = doubled + doubled
    assert doubled(4) == 2**8 * 0.6
    assert doubled(np.array([4]))[0] == 2**8 * 0.6
    assert jax.jit(doubled)(jnp.asarray(4)) == np.float32(2**8 * 0.6)
    twin = pickle.loads(pickle.dumps(doubled))
    assert twin == doubled == copy.copy(doubled) == copy.deepcopy(doubled)
    assert hash(twin) == hash(doubled)
    assert len(pickle.dumps(doubled)) < 10_000
    assert repr(doubled).count("Linear(") == 2**8
    assert export.from_json(export.to_json(doubled)) == doubled
    assert "Sum" in export.source(doubled, "python")


# --- what is nested -----------------------------------------------------------------------------


def nest(make, times, start=None):
    schedule = start or Linear(1.0, 10)
    for i in range(times):
        schedule = make(schedule, i)
    return schedule


def test_a_warmup_in_a_warmup_costs_what_it_has():
    for times in (18, 40, MOST_NESTED - 1):
        nested = nest(lambda s, _: Warmup(s, 3), times)
        assert nested(3 * times + 5) == 0.5
        assert nested(np.array([3 * times + 5]))[0] == 0.5
        assert nested(0) == pytest.approx(0.25**times, rel=1e-12)
    text = export.to_json(nest(lambda s, _: Warmup(s, 3), 40))
    assert len(text) < 3000
    assert export.from_json(text)(125) == 0.5


def test_the_first_rate_is_computed_once_for_each_warmup():
    nested = nest(lambda s, _: Warmup(s.scale(1.0), 3), 40, start=Counted())
    calls, _ = computed(nested, np.array([7]))
    assert calls <= 42  # at step 0 for each of the warmups, and at the step


CHAINS = {
    "then": nest(lambda s, i: s.then(Linear(0.1 + i, 10), 10 * (i + 1)), MOST_NESTED - 5),
    "then, the other way": nest(lambda s, i: Linear(0.1 + i, 10).then(s, 10), MOST_NESTED - 5),
    "phases": nest(
        lambda s, i: Warmup(Cosine(0.1 + i, 8), 2).scale(0.5).then(s, 10), MOST_NESTED - 5
    ),
    "scaled": nest(lambda s, i: s.then(Linear(0.1 + i, 10), 10 * (i + 1)), MOST_NESTED - 5).scale(
        0.5
    ),
    "scaled, the other way": nest(
        lambda s, i: Linear(0.1 + i, 10).then(s, 10), MOST_NESTED - 5
    ).scale(0.5),
    "held": nest(lambda s, i: s.then(Constant(0.1 + i), 10 * (i + 1)), MOST_NESTED - 5).hold(2),
    "sum": nest(lambda s, i: s + Linear(1.0, i + 1), MOST_NESTED - 5),
    "sum, the other way": nest(lambda s, i: Linear(1.0, i + 1) + s, MOST_NESTED - 5),
    "clips": nest(lambda s, i: s.clip(0.0, 1.0 + i), MOST_NESTED - 2),
    "strides": nest(lambda s, i: s.stride(2) if i % 2 else s.stretch(2), MOST_NESTED - 5),
    "warmups": nest(lambda s, i: Warmup(s, 1 + i), MOST_NESTED - 2),
    "deepest": nest(
        lambda s, i: s.then(Constant(0.1 * i), 10 * (i + 1)), MOST_NESTED - 2, OneCycle(0.3, 9, 3)
    ),
    "deepest, the other way": nest(
        lambda s, i: Constant(0.1 * i).then(s, 10),
        MOST_NESTED - 3,
        OneCycle(0.3, 9, 3, return_steps=2),
    ).scale(0.5),
}
STEPS = [0, 5, 13, 700, 979, 980, 985]


@pytest.mark.parametrize("name", CHAINS)
def test_a_long_chain_works_in_every_respect(name):
    chain = CHAINS[name]
    rates = [chain(k) for k in STEPS]
    assert chain(np.array(STEPS)).tolist() == pytest.approx(rates, rel=1e-12, abs=1e-15)
    assert len(repr(chain)) > 1000
    twin = pickle.loads(pickle.dumps(chain))
    for other in (twin, copy.copy(chain), copy.deepcopy(chain)):
        assert other == chain
        assert hash(other) == hash(chain)
    assert twin != chain.scale(0.5)
    assert [twin(k) for k in STEPS] == rates
    assert export.from_json(export.to_json(chain)) == chain
    # The code is compiled, not the way out by arrays, and can be read by Python.
    assert type(chain._number).__name__ == "function"
    assert chain._number.__code__.co_filename == "<lrdecay schedule>"
    scope = {}
    exec(export.source(chain, "python"), scope)
    assert [scope["lr"](k) for k in STEPS] == rates
    exec(export.source(chain, "optax"), scope)
    got = scope["schedule"](jnp.asarray(STEPS))
    assert np.asarray(got) == pytest.approx(rates, rel=2e-3, abs=1e-3)


def test_a_chain_works_where_little_of_the_stack_is_left():
    """A test, a notebook or a trainer is itself some hundred calls deep."""

    def deep(left):
        if left:
            return deep(left - 1)
        chain = nest(lambda s, i: s.then(Linear(0.1 + i, 10), 10 * (i + 1)), MOST_NESTED - 5)
        assert chain(979) == chain(np.array([979]))[0]
        assert pickle.loads(pickle.dumps(chain)) == chain
        return len(repr(chain)), hash(chain), export.source(chain, "python")

    frames = len(list(iter_frames()))
    deep(sys.getrecursionlimit() - frames - 700)


def iter_frames():
    frame = sys._getframe()
    while frame:
        yield frame
        frame = frame.f_back


# --- what is too large --------------------------------------------------------------------------

LIMITS = f"made of at most {MOST_PARTS} schedules, {MOST_NESTED} inside one another"
TOO_LARGE = [
    (lambda: nest(lambda s, _: s + s, 18), LIMITS),
    (lambda: nest(lambda s, _: s.then(s, 5), 18), LIMITS),
    (lambda: nest(lambda s, _: s.scale(0.5) + s, 60), LIMITS),
    (lambda: nest(lambda s, _: Warmup(s, 3), MOST_NESTED), f"{LIMITS}, got 101, 101 inside"),
    (lambda: nest(lambda s, i: Then(s, s, i), 60), LIMITS),
    (lambda: fastai.fit_sgdr(2**53, 1), "n_cycles must be at most 53.*got 9007199254740992"),
    (lambda: fastai.fit_sgdr(54, 1), "n_cycles must be at most 53.*got 54"),
    (lambda: MultiStep(1.0, range(1, 2**53)), "milestones must be .*at most 1 000 000"),
    (lambda: Piecewise(range(1, 2**53), [1.0]), "milestones must be .*at most 1 000 000"),
    (lambda: CosineRestarts(1.0, 1, 1 + 1e-9), "cycle_mult must be so far from 1"),
    (lambda: CosineRestarts(1.0, 1, 1 - 1e-9), "cycle_mult must be so far from 1"),
    (lambda: CosineRestarts(1.0, 1, 1 + 1e-9, cycles=2**53), "cycle_mult must be so far from 1"),
    (lambda: timm.CosineLRScheduler(1.0, 5, cycle_mul=1 + 1e-9, cycle_limit=2**53), "cycle_limit"),
    (lambda: timm.CosineLRScheduler(1.0, 5, cycle_mul=1 - 1e-9, cycle_limit=2**53), "cycle_limit"),
    (lambda: timm.TanhLRScheduler(1.0, 5, cycle_mul=1 - 1e-9, cycle_limit=2**53), "cycle_limit"),
    (
        lambda: pytorch_scheduler.CosineAnnealingWarmupRestarts(9, cycle_mult=1 + 1e-9),
        "cycle_mult must be 1, or so far above",
    ),
    (lambda: torch.MultiplicativeLR(1.0, lambda _: 0.9)(2**53), "step must be at most 10000000"),
    (lambda: dialects.keras.CosineDecayRestarts(1.0, 1, t_mul=1 + 1e-9), "t_mul must be so far"),
]


@pytest.mark.parametrize(("make", "message"), TOO_LARGE)
def test_what_is_too_large_is_refused_with_the_limit(make, message):
    with pytest.raises(ValueError, match=message) as caught:
        make()
    assert len(str(caught.value)) < 500


def test_as_many_parts_as_the_limit_says_are_allowed():
    def made_of(parts):
        if parts < 3:
            return Constant(1.0) if parts == 1 else Warmup(Constant(1.0), 3)
        return Then(made_of((parts - 1) // 2), made_of(parts // 2), 5)

    assert isinstance(made_of(MOST_PARTS), Then)
    with pytest.raises(ValueError, match=f"{LIMITS}, got {MOST_PARTS + 1}, "):
        made_of(MOST_PARTS + 1)


def test_many_restarts_are_not_looked_at_one_by_one():
    make = transformers.get_cosine_with_hard_restarts_schedule_with_warmup
    schedule = make(1.0, 0, 2**50, num_cycles=2**50)
    assert schedule(2**49) == 1.0
    few = make(1.0, 0, 2**12, num_cycles=2**12)
    assert few(2**11) == 1.0


def test_many_milestones_are_looked_up():
    milestones = range(1, 100_001)
    rates = MultiStep(1.0, milestones, gamma=0.9999)
    assert rates(0) == 1.0
    assert rates(50_000) == pytest.approx(math.exp(50_000 * math.log(0.9999)), rel=1e-9)
    assert rates(10**9) == rates(np.array([100_000]))[0]
    few = MultiStep(0.3, range(1, 22), [0.5 + i / 100 for i in range(21)])
    want = 0.3
    for i in range(21):
        want *= 0.5 + i / 100
        assert few(i + 1) == few(np.array([i + 1]))[0] == want
    # A growth that is too large for a float is so at its step alone.
    growing = MultiStep(1.0, range(1, 40), 1e10)
    assert growing(30) == pytest.approx(1e300)
    with pytest.raises(ValueError, match="step must be small enough"):
        growing(39)


# --- long tables and many milestones -------------------------------------------------------------


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: s * 0.5, lambda s: Warmup(s, 3) * 0.5])
@pytest.mark.parametrize("between", ["constant", "linear", "factors"])
def test_many_milestones_stay_fast(between, wrap):
    milestones = range(1, 2001)
    if between == "factors":
        schedule = wrap(MultiStep(1.0, milestones, 0.999))
    else:
        schedule = wrap(Piecewise(milestones, [1.0 / (i + 1) for i in range(2001)], between))
    start = time.perf_counter()
    assert schedule(5) > schedule(1000) > schedule(3000) > 0
    steps = np.arange(2500)
    assert schedule(steps)[::500].tolist() == pytest.approx([schedule(i) for i in steps[::500]])
    assert time.perf_counter() - start < 2  # 0.1 s on an idle machine


def test_tables_are_not_copied_for_every_block_of_an_array():
    noisy = Noise(Constant(1.0), 10**6)
    noisy(0)
    start = time.perf_counter()
    noisy.sample(10**6)
    assert time.perf_counter() - start < 1  # 0.02 s on an idle machine
