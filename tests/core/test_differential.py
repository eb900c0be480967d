"""One schedule in every form gives one rate: whatever holds the step, and however it is kept.

Number, NumPy, JAX with and without `jit`, the exported source, JSON, pickle and copies, on random
schedules of every family, operator and dialect. `make test` draws a few, `make slow` some more. For
a search: `python -m tests.core.test_differential 10000`.
"""

import copy
import dataclasses
import math
import pickle
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lrdecay as lr
from lrdecay.dialects.torch.chain import Recursive
from lrdecay.export import from_json, source, to_json
from tests import strategies as my
from tests.drawn import MAKERS, made

jax = pytest.importorskip("jax")
jnp = jax.numpy

FAR = st.one_of(st.integers(2**20, 2**30), st.sampled_from([2**24 + 1, 2**31 - 2, 3_000_000_000]))
LONG = {
    "Linear": st.builds(lr.Linear, my.RATES, FAR, my.RATES),
    "Step": st.builds(lr.Step, my.RATES, FAR, my.GAMMAS),
    "MultiStep": st.builds(lr.MultiStep, my.RATES, FAR.map(lambda m: [m, m + 1, 2 * m])),
    "Piecewise": st.builds(
        lambda m, between: lr.Piecewise([m, m + 9], [1.0, 0.5, 0.2], between),
        FAR, st.sampled_from(["constant", "linear"]),
    ),
    "CosineRestarts": st.builds(lr.CosineRestarts, my.RATES, FAR, st.integers(1, 3), my.RATES),
    "CosineCycles": st.builds(lr.CosineCycles, my.RATES, st.integers(2**20, 2**26), my.FEW),
    "Cyclic": st.builds(lr.Cyclic, st.just(1.0), st.just(0.1), FAR),
    "Warmup": st.builds(lr.Warmup, my.INNER, FAR, my.RATES),
    "WSD": st.builds(lr.WSD, my.RATES, FAR, my.FEW, my.FEW),
    "Then": st.builds(lr.Then, my.INNER, my.INNER, FAR),
    "Repeat": st.builds(lr.Repeat, my.INNER, FAR),
    "Shift": st.builds(lr.Shift, my.INNER, FAR),
    "Skip": st.builds(lr.Skip, my.INNER, FAR),
    "Reverse": st.builds(lr.Reverse, my.INNER, FAR),
    "small steps": st.builds(lambda m: lr.Step(1.0, 1, 1 - 1 / m), FAR),
}  # fmt: skip
# One search for each: in one of all together Hypothesis would keep to a few of them.
KINDS = {
    **my.FAMILIES,
    **my.ALGEBRA,
    "composed": my.COMPOSED,
    "repeated": my.COMPOSED.map(lambda s: s.repeat(7)),
    **{f"long {name}": kind for name, kind in LONG.items()},
    **{name: made(maker) for name, maker in MAKERS.items()},
}
INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
FLOATS = ["float16", "float32", "float64", "longdouble"]
JAX_TYPES = ["int8", "uint8", "int32", "uint32", "float16", "bfloat16", "float32"]

# In float32 these do not find their edges exactly: they divide, or their edges are no whole steps.
BY_DIVISION = {
    "AnyStep", "CosineWave", "Cycles", "Factor", "Joined", "Multiplicative",
    "OneCycleRun", "RoundedRestarts", "Stretch", "Stride",
}  # fmt: skip


def parts(schedule):
    """Yield a schedule and all that it is made of."""
    yield schedule
    for field in dataclasses.fields(schedule):
        value = getattr(schedule, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, lr.Schedule):
                yield from parts(part)


def edges(schedule):
    """Return the whole numbers in a schedule: its horizons, periods and milestones."""
    found = set()
    for part in parts(schedule):
        for field in dataclasses.fields(part):
            value = getattr(part, field.name)
            found |= {
                x for x in (value if isinstance(value, tuple) else (value,)) if type(x) is int
            }
    return sorted(found)


def steps_of(schedule, drawn):
    """Return steps of every kind: early, at edges and sums of two, between, far and below 0."""
    near = edges(schedule)[:8]
    sums = {a + b for a in near for b in near} | set(near)
    around = {k + d for k in sums for d in (-1, 0, 1)}
    far = {10**4, 10**6, 2**24 + 1, 10**8 + 3, 2**31 - 1, 2**33 + 1, 10**12 + 7}
    if any(isinstance(part, Recursive) for part in parts(schedule)):  # counts up to the step
        far, around = set(), {k for k in around if k < 10_000}
    between = {0.125, 0.5, 7.875, *(k - 0.5 for k in near)}
    return sorted({-(10**6), -3, -0.5, *range(12), *drawn, *around, *far, *between})


def rate(schedule, k):
    """Return the rate at a number: infinite where it is refused, NaN where there is none."""
    try:
        return schedule(k)
    except ValueError as error:
        words = str(error)
        assert "finite" in words or "after which OneCycleLR" in words, error  # noqa: PT017
        return math.inf


def rough(schedule):
    """Return the least power of what is left near the end, which magnifies its rounding."""
    powers = [1.0]
    for part in parts(schedule):
        names = ("power", "exponent", "k_decay")
        powers += [getattr(part, name) for name in names if hasattr(part, name)]
        shape = getattr(part, "shape", 1.0)
        powers.append(shape if isinstance(shape, float) else 0.5 if shape == "1-sqrt" else 1.0)
        powers.append(0.5 if "Hyperbolic" in type(part).__name__ else 1.0)
    return min(powers)


class Case:
    """A schedule, the steps at which it is asked, and what a number gives there."""

    def __init__(self, schedule, drawn):
        self.schedule = schedule
        self.steps = steps_of(schedule, drawn)
        self.want = {k: rate(schedule, k) for k in self.steps}
        finite = [abs(x) for x in self.want.values() if math.isfinite(x)]
        constants = [
            abs(x)
            for part in parts(schedule)
            for name, x in vars(part).items()
            if name.endswith("lr") and isinstance(x, float)
        ]
        # Near 0 a rate is the difference of larger ones.
        self.unit = max([*finite, *constants, 1e-300])

    def holds(self, dtype, steps=None):
        """Return the steps that a dtype holds exactly."""
        kept = []
        for k in self.steps if steps is None else steps:
            info = np.iinfo(dtype) if dtype.kind in "iu" else None
            if info is not None:
                ok = k == int(k) and info.min <= k <= info.max
            else:
                with np.errstate(over="ignore"):
                    ok = float(np.asarray(k, dtype)) == k and math.isfinite(k)
            kept += [k] if ok else []
        return kept

    def check(self, got, steps, eps, out, what, *, unit=None):
        """Assert that rates computed with `eps`, and rounded to `out`, are those of the number."""
        got = np.asarray(got, np.float64)[: len(steps)]  # `padded` may have added some
        want = np.array([self.want[k] for k in steps])
        info = jnp.finfo(out)
        with np.errstate(over="ignore"):
            most = float(info.max)
        want = np.where(np.abs(want) > most, np.copysign(math.inf, want), want)
        slack = 256 * eps * np.abs(want) + float(info.eps) * np.abs(want) + float(info.tiny)
        slack = slack + (256 * eps) ** rough(self.schedule) * (unit or self.unit)
        same = (got == want) | (np.isnan(got) & (np.isnan(want) | np.isinf(want)))
        with np.errstate(invalid="ignore"):
            good = same | (np.abs(got - want) <= slack)
        for k, a, b, ok in zip(steps, got, want, good, strict=True):
            assert ok, f"{what} at {k!r}: {a!r}, a number gives {b!r}: {self.schedule!r}"


def check_numbers(case):
    """Whole steps are the same as ints, floats and NumPy's scalars; below 0 is 0."""
    s = case.schedule
    for k in case.steps:
        if k < 0:
            assert case.want[k] == case.want[0] or math.isnan(case.want[k]), (k, s)
    for k in (0, 3, 7, 100):
        for kind in (np.int8, np.uint64, np.float16, np.float32, np.longdouble):
            assert rate(s, kind(k)) == rate(s, k), (kind, k, s)


def check_numpy(case):
    """Arrays of every dtype."""
    s = case.schedule
    for name in INTEGERS + FLOATS:
        dtype = np.dtype(name)
        steps = case.holds(dtype)
        got = s(np.array(steps, dtype))
        out = np.float64 if dtype.kind in "iu" else dtype
        assert got.dtype == out, (name, s)
        case.check(got, steps, np.finfo(np.float64).eps, np.dtype(out), f"NumPy {name}")
    empty = s(np.zeros((2, 0), np.float16))
    assert (empty.shape, empty.dtype) == ((2, 0), np.float16), s
    assert s(np.array(3)).shape == (), s


def outgrown(schedule):
    """Return a step up to which no factor that grows has left float32, though the rate be small.

    The foot of a wave whose height has grown to infinity is infinite in an array, as is said.
    """
    grows = [1.0 + 1e-9]
    for part in parts(schedule):
        for name in ("gamma", "step_gamma", "cycle_gamma"):
            value = getattr(part, name, None) or 1.0
            grows += value if isinstance(value, tuple) else [value]
    return int(126 / math.log2(max(grows)))


def check_jax(case):
    """Arrays of every dtype, without float64, alone and under `jit`."""
    s = case.schedule
    kinds = {type(part).__name__ for part in parts(s)}
    calls = {type(part).__name__ for part in parts(s)} & {"Factor", "Multiplicative"}
    most = 2**31 - 1 if not kinds & BY_DIVISION else 700
    # float32 ends at 3e38, and what grows may be beyond at steps before and between these.
    large = [k for k in case.steps if not abs(case.want[k]) < 1e30]
    most = min([most, outgrown(s), *([700] if large else []), *(abs(k) // 2 for k in large)])
    # In float32 what lies between two steps is rounded where a horizon is added to it, and a step
    # itself where a long one is.
    reach = sum(edges(s))
    fine = reach < 2**18
    for name in JAX_TYPES:
        dtype = jnp.dtype(name)
        whole = dtype.kind in "iu"
        if not whole and reach >= 2**23:
            continue
        steps = [k for k in case.holds(dtype) if abs(k) <= (most if whole else min(most, 2**20))]
        if kinds & BY_DIVISION:  # ... then not on an edge that is found by division
            steps = [k for k in steps if is_smooth(case, k)]
        steps = [k for k in steps if fine or k == int(k)]
        if not steps:
            continue
        array = jnp.array(padded(steps, dtype))
        for call in (s, jax.jit(s)) if name == "int32" and not calls else (s,):
            got = call(array)
            out = dtype if not whole else np.dtype(np.float32)
            assert got.dtype == out, (name, s)
            assert got.shape == array.shape, (name, s)
            case.check(got, steps, 2.0**-23, out, f"JAX {name}")


def padded(steps, dtype):
    """Return an array of steps of a length that others have too, for which JAX has its code."""
    return np.array(steps + steps[:1] * (-len(steps) % 128), dtype)


def is_smooth(case, k):
    """Whether the rate hardly changes within the rounding of a step in float32."""
    near = [rate(case.schedule, abs(k) * (1 + d * 2.0**-21)) for d in (-1, 1)]
    return all(abs(x - case.want[k]) <= 1e-4 * case.unit for x in near)


def check_source(case):
    """The exported source: of a number to the bit, of an array in float32."""
    s = case.schedule
    try:
        code = source(s, "python")
    except ValueError:  # a function of Python's
        return
    number, it = run(code, "lr"), run(source(s, "nanogpt"), "get_lr")
    for k in case.steps:
        if k >= 0 and math.isfinite(case.want[k]):
            try:
                got = number(k)
            except OverflowError:  # a part that is too large, and cut away
                continue
            assert got == case.want[k], f"source at {k!r}: {got!r}, not {case.want[k]!r}: {s!r}"
            assert it(k) == got
    kinds = {type(part).__name__ for part in parts(s)}
    steps = [k for k in case.steps if 0 <= k <= min(700, outgrown(s)) and k == int(k)]
    steps = [k for k in steps if not kinds & BY_DIVISION or is_smooth(case, k)]
    large = [k for k in case.steps if not abs(case.want[k]) < 1e30]
    # Float32 tells whole steps apart up to 2**24, as the export page says: a large number that is
    # added to the step swallows it.
    added = {"Skip", "Reverse"} & kinds and sum(edges(s)) >= 2**23
    if not large and not added and max(edges(s), default=0) < 2**31:
        got = run(source(s, "optax"), "schedule")(jnp.array(padded(steps, np.int32)))
        case.check(got, steps, 2.0**-23, np.dtype(np.float32), "optax source")


def run(code, name):
    """Return what a module's source defines by a name."""
    scope = {}
    exec(code, scope)
    return scope[name]


def check_twins(case):
    """What is written and read again, or copied, is the same schedule."""
    s = case.schedule
    twins = [pickle.loads(pickle.dumps(s)), copy.copy(s), copy.deepcopy(s)]
    try:
        twins.append(from_json(to_json(s)))
    except ValueError as error:
        assert "function" in str(error), (error, s)  # noqa: PT017
    for twin in twins:
        assert twin == s
        assert repr(twin) == repr(s)
        for k in case.steps:
            a, b = rate(twin, k), case.want[k]
            assert a == b or (math.isnan(a) and math.isnan(b)), (k, a, b, s)


CHECKS = [check_numbers, check_numpy, check_jax, check_source, check_twins]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_form_of_the_examples(check):
    for schedule in my.EXAMPLES:
        check(Case(schedule, []))


def search(kind, count, **options):
    """Check this many schedules of a kind, and return how many there were."""
    seen = 0

    @settings(max_examples=count, suppress_health_check=list(HealthCheck), **options)
    @given(KINDS[kind], st.lists(my.ANY_STEP, max_size=6))
    def each(schedule, drawn):
        nonlocal seen
        case = Case(schedule, drawn)
        for check in CHECKS:
            check(case)
        seen += 1

    each()
    return seen


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_gives_the_rate_of_a_number(kind):
    assert search(kind, 2 if kind in MAKERS else 3) > 0


@pytest.mark.full
@pytest.mark.parametrize("kind", KINDS)
def test_so_it_does_in_a_longer_search(kind):
    assert search(kind, 6) > 3
    jax.clear_caches()


def main(count):
    """Search with about this many schedules, as many of each kind."""
    total, found = 0, 0
    for kind in KINDS:
        each = -(-count // len(KINDS))
        try:
            total += search(kind, each, derandomize=False, deadline=None, database=None)
        except AssertionError as error:
            found += 1
            print(f"finding: {kind}: {error}")  # noqa: T201
        print(total, kind, flush=True)  # noqa: T201
        jax.clear_caches()
    print(f"{total} schedules, {found} findings")  # noqa: T201
    sys.exit(found > 0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
