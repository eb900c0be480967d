"""The dialect of timm against timm.

timm imports torchvision, which its schedulers do not need, so they are loaded without timm's
`__init__`. Run as a program this file writes the golden file.
"""

import importlib
import importlib.util
import inspect
import math
import sys
import types
import warnings

import golden
import harness
import numpy as np
import pytest
from folds import Replay
from hypothesis import assume, given
from hypothesis import strategies as st

from lrdecay.dialects import timm as ours
from lrdecay.dialects.timm.parts import Ignored

torch = pytest.importorskip("torch")


def load():
    found = importlib.util.find_spec("timm")
    if found is None:
        pytest.skip("timm is not installed", allow_module_level=True)
    bare = types.ModuleType("timm")
    bare.__path__, bare.__spec__ = list(found.submodule_search_locations or ()), found
    sys.modules.setdefault("timm", bare)
    return importlib.import_module("timm.scheduler")


timm = load()

COSINE, POLY, TANH = "CosineLRScheduler", "PolyLRScheduler", "TanhLRScheduler"
STEP, MULTI, WSD = "StepLRScheduler", "MultiStepLRScheduler", "WSDLRScheduler"
BY_NAME = "create_scheduler_v2"


def sgd(lr):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def theirs(name, steps, lr, **kwargs):
    optimizer = sgd(lr)
    scheduler = getattr(timm, name)(optimizer, **kwargs)
    if name == BY_NAME:
        scheduler, _ = scheduler
    rates = []
    for k in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if scheduler is None:  # of "none"
            continue
        if kwargs.get("step_on_epochs", True):
            scheduler.step(k + 1)
        else:
            scheduler.step_update(k + 1)
    return rates


def agree(name, steps, **kwargs):
    harness.agree("timm", name, theirs(name, steps, **kwargs), getattr(ours, name)(**kwargs))


def case(name, *args, lr=1.0, **kwargs):
    first = list(inspect.signature(getattr(ours, name)).parameters)[1:]
    return name, {"lr": lr} | dict(zip(first, args, strict=False)) | kwargs


WARM = {"warmup_t": 3, "warmup_lr_init": 0.01}
CYCLES = {"cycle_mul": 2.0, "cycle_limit": 3, "cycle_decay": 0.5}

CASES = [
    case(COSINE, 8),
    case(COSINE, 8, 0.1, **WARM),
    case(COSINE, 5, 0.1, **WARM, warmup_prefix=True),
    case(COSINE, 8, k_decay=2.0),
    case(COSINE, 2, **CYCLES),
    case(COSINE, 3, cycle_limit=3, cycle_decay=0.7, lr_min=0.1),
    case(COSINE, 4, cycle_limit=4, cycle_mul=1.3, lr_min=0.1, k_decay=1.5),
    case(COSINE, 15, cycle_limit=3, cycle_mul=0.7),
    case(POLY, 8),
    case(POLY, 8, 1.0, 0.1, **WARM),
    case(POLY, 8, 2.0, k_decay=1.5, warmup_prefix=True, **WARM),
    case(POLY, 2, 1.0, **CYCLES),
    case(TANH, 8),
    case(TANH, 8, lr_min=0.1, **WARM),
    case(TANH, 8, lr_min=0.1, warmup_prefix=True, **WARM),
    case(TANH, 2, **CYCLES),
    case(STEP, 3, 0.1),
    case(STEP, 2.4, 0.5, **WARM),
    case(STEP, 2, 0.5, warmup_prefix=False, **WARM),
    case(MULTI, [3, 6], 0.1),
    case(MULTI, [1, 5, 5], 0.5, **WARM),
    case(MULTI, [4, 7.5], 0.5, warmup_prefix=False, **WARM),
    *(
        case(WSD, 6, 3, 0.1, decay_fn=shape, warmup_t=2)
        for shape in ("linear", "1-sqrt", "cosine", "power", "exp")
    ),
    case(WSD, 8, 3, stable_fn="rsqrt", decay_fn="linear", warmup_t=4),
    case(WSD, 8, 3, 0.6, stable_fn="power", stable_power=1.5, decay_fn="exp", warmup_t=4),
    *(
        case(BY_NAME, sched, 10, warmup_epochs=2, warmup_lr=0.01, **rest)
        for sched, rest in {
            "cosine": {"cycle_limit": 2, "min_lr": 0.05},
            "tanh": {"warmup_prefix": True},
            "step": {"decay_epochs": 2.5},
            "multistep": {"decay_milestones": [3, 7], "decay_rate": 0.3},
            "poly": {"decay_rate": 2.0, "k_decay": 1.5},
            "wsd": {},
            "rsqrt": {"decay_epochs": 3, "min_lr": 0.1},
            "constant": {},
            "none": {},
        }.items()
    ),
    case(BY_NAME, "wsd", 4, step_on_epochs=False, updates_per_epoch=3, decay_epochs=0.5),
    case(BY_NAME, "multistep", 4, step_on_epochs=False, updates_per_epoch=3, decay_milestones=[2]),
]


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_case(name, kwargs):
    agree(name, 40, **kwargs)


def test_the_rows_of_the_reference():
    rows = [
        (ours.MultiStepLRScheduler(1.0, [3, 6], 0.1), [1, 1, 0.1, 0.1, 0.1, 0.01, 0.01]),
        (
            ours.CosineLRScheduler(1.0, 8, 0.1, warmup_t=3, warmup_lr_init=0.01),
            [0.01, 0.34, 0.67, 0.7222, 0.55, 0.3778, 0.2318, 0.1343, 0.1, 0.1],
        ),
        (ours.CosineLRScheduler(1.0, 8, k_decay=2.0), [1, 0.9994, 0.9904, 0.952, 0.8536, 0.6684]),
        (
            ours.CosineLRScheduler(1.0, 2, cycle_mul=2.0, cycle_limit=3, cycle_decay=0.5),
            [1, 0.5, 0.5, 0.4268, 0.25, 0.0732, 0.25, 0.2405, 0.2134, 0.1728, 0.125, 0.0772],
        ),
        (
            ours.WSDLRScheduler(1.0, 6, 3, 0.1, warmup_t=2),
            [0, 0.5, 1, 1, 1, 1, 0.4804, 0.2652, 0.1, 0.1],
        ),
        (ours.TanhLRScheduler(1.0, 8), [1, 1, 0.9999, 0.9985, 0.982, 0.8176, 0.2689, 0.0293, 0]),
    ]
    for schedule, row in rows:
        assert np.round(schedule.sample(len(row)), 4).tolist() == row


lrs = st.floats(1e-4, 10.0)
lengths = st.integers(1, 15)
warmup = st.fixed_dictionaries(
    {"warmup_t": st.integers(0, 12), "warmup_lr_init": st.sampled_from([0.0, 1e-4, 0.3])},
    optional={"warmup_prefix": st.booleans(), "t_in_epochs": st.just(True)},
)
mults = st.sampled_from([1, 1.0, 2, 3, 2.0, 1.5, 1.1, 0.8, 0.5])
cycles = st.fixed_dictionaries(
    {},
    optional={
        "lr_min": st.sampled_from([0.0, 0.01, 0.5]),
        "cycle_mul": mults,
        "cycle_decay": st.sampled_from([1.0, 0.5, 1.2]),
        "cycle_limit": st.integers(0, 5),
    },
)


def steps_of(t, kwargs):
    """Return how many steps timm can make, at most some past the end."""
    mult, prefix = kwargs.get("cycle_mul", 1), kwargs.get("warmup_prefix", False)
    before = kwargs["warmup_t"] if prefix else 0
    total = sum(t * mult**i for i in range(kwargs.get("cycle_limit", 1)))
    steps = min(60, kwargs["warmup_t"] + math.ceil(total) + 5)
    if mult < 1:
        end = t / (1 - mult)
        # Where it fails, and where its warmup would already have to know the rate.
        assume(prefix or kwargs["warmup_t"] < end)
        steps = min(steps, before + math.ceil(end) - 1)
    return steps


@given(lrs, lengths, warmup, cycles, st.sampled_from([1.0, 0.5, 2.0]))
def test_cosine(lr, t, ramp, rest, k_decay):
    kwargs = ramp | rest
    agree(COSINE, steps_of(t, kwargs), lr=lr, t_initial=t, **kwargs)
    agree(COSINE, steps_of(t, kwargs), lr=lr, t_initial=t, **kwargs, k_decay=k_decay)


@given(lrs, lengths, warmup, cycles, st.sampled_from([0.5, 1.0, 2.0]), st.sampled_from([1.0, 2.0]))
def test_poly(lr, t, ramp, rest, power, k_decay):
    kwargs = {"lr": lr, "t_initial": t, "power": power, "k_decay": k_decay} | ramp | rest
    want = theirs(POLY, steps_of(t, ramp | rest), **kwargs)
    assume(not any(isinstance(rate, complex) for rate in want))
    harness.agree("timm", POLY, want, ours.PolyLRScheduler(**kwargs))


@given(lrs, lengths, warmup, cycles, st.sampled_from([(-7.0, 3.0), (-3.0, 3.0)]))
def test_tanh(lr, t, ramp, rest, bounds):
    kwargs = {"lr": lr, "t_initial": t, "lb": bounds[0], "ub": bounds[1]} | ramp | rest
    agree(TANH, steps_of(t, ramp | rest), **kwargs)


@pytest.mark.parametrize("name", [COSINE, POLY, TANH])
@pytest.mark.parametrize("mult", [3, 10, 6, 1.7])
def test_restarts_that_a_logarithm_misses(name, mult):
    kwargs = {"t_initial": 1, "cycle_mul": mult, "cycle_limit": 12}
    scheduler = getattr(timm, name)(sgd(1.0), **kwargs)
    schedule = getattr(ours, name)(1.0, **kwargs)
    starts = [math.ceil((mult**i - 1) / (mult - 1)) for i in range(1, 12)]
    for k in (k for start in starts for k in (start - 1, start, start + 1) if k):
        (want,) = scheduler._get_lr(k)
        if isinstance(want, complex):
            assert schedule(k) <= 1e-6
        else:
            assert abs(schedule(k) - want) <= 1e-7
            harness.agree("timm", name, [want], _At(schedule, k))


class _At:
    def __init__(self, schedule, k):
        self.schedule, self.k = schedule, k

    def __call__(self, step):
        return self.schedule(step + self.k)


def test_it_holds_where_its_peer_fails():
    kwargs = {"t_initial": 4, "cycle_mul": 0.5, "lr_min": 0.1}
    scheduler = timm.CosineLRScheduler(sgd(1.0), **kwargs)
    with pytest.raises(ValueError, match=r"math domain error|expected a positive"):
        scheduler.step(8)
    assert ours.CosineLRScheduler(1.0, **kwargs)(8) == 0.1


@given(lrs, st.integers(1, 9) | st.floats(0.3, 9.0), st.floats(0.1, 1.2), warmup)
def test_step(lr, interval, rate, ramp):
    agree(STEP, 40, lr=lr, decay_t=interval, **ramp)
    agree(STEP, 40, lr=lr, decay_t=interval, decay_rate=rate, **ramp)


milestones = st.lists(st.integers(-2, 30) | st.floats(0.0, 30.0), max_size=5).map(sorted)


@given(lrs, milestones, st.floats(0.1, 1.2), warmup)
def test_multistep(lr, decay_t, rate, ramp):
    agree(MULTI, 45, lr=lr, decay_t=decay_t, decay_rate=rate, **ramp)


def test_milestones_must_be_sorted():
    with pytest.raises(ValueError, match="decay_t must be sorted"):
        ours.MultiStepLRScheduler(1.0, [6, 3])


def falling(share):
    return 1.0 - math.sin(share * math.pi / 2)


@given(
    lrs,
    st.integers(1, 20),
    st.floats(0.0, 1.0),
    st.fixed_dictionaries(
        {"warmup_t": st.integers(1, 8)},
        optional={
            "lr_min": st.sampled_from([0.0, 0.01, 0.5]),
            "stable_fn": st.sampled_from(["constant", "rsqrt", "power"]),
            "stable_timescale": st.floats(0.5, 20.0),
            "stable_power": st.sampled_from([0.5, 1.3]),
            "decay_fn": st.sampled_from(["linear", "1-sqrt", "cosine", "power", "exp", falling]),
            "decay_power": st.sampled_from([0.5, 2.0]),
            "decay_ratio": st.sampled_from([0.1, 0.3]),
            "warmup_lr_init": st.sampled_from([0.0, 0.1]),
        },
    ),
)
def test_wsd(lr, t, share, rest):
    decay_t = max(1, round(share * t))
    agree(WSD, t + 15, lr=lr, t_initial=t, decay_t=decay_t, **rest)
    if rest.get("stable_fn", "constant") == "constant":
        agree(WSD, t + 5, lr=lr, t_initial=t, decay_t=decay_t, **rest | {"warmup_t": 0})


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("t_initial", {"t_initial": 0}),
        ("decay_t", {"decay_t": 9}),
        ("lr_min", {"lr_min": -0.1}),
        ("stable_fn", {"stable_fn": "no"}),
        ("decay_fn", {"decay_fn": "no"}),
        ("decay_ratio", {"decay_ratio": 1.0}),
        ("decay_power", {"decay_power": 0.0}),
        ("stable_power", {"stable_power": 0.0}),
        ("stable_timescale", {"stable_fn": "rsqrt"}),
    ],
)
def test_wsd_refuses_what_its_peer_refuses(name, bad):
    kwargs = {"t_initial": 8, "decay_t": 3} | bad
    with pytest.raises(ValueError, match=name):
        timm.WSDLRScheduler(sgd(1.0), **kwargs)
    with pytest.raises(ValueError, match=name):
        ours.WSDLRScheduler(1.0, **kwargs)


@given(
    st.lists(st.floats(-2.0, 2.0) | st.sampled_from([1.0, math.nan]), min_size=1, max_size=40),
    st.sampled_from([1e-3, 0.1, 2.0]),
    st.fixed_dictionaries(
        {},
        optional={
            "decay_rate": st.sampled_from([0.3, 0.5]),
            "patience_t": st.integers(0, 3),
            "threshold": st.sampled_from([0.0, 0.1]),
            "cooldown_t": st.integers(0, 2),
            "warmup_t": st.integers(0, 6),
            "warmup_lr_init": st.sampled_from([0.0, 0.01]),
            "lr_min": st.sampled_from([0.0, 1e-3]),
            "mode": st.sampled_from(["min", "max"]),
        },
    ),
)
def test_plateau(metrics, lr, kwargs):
    optimizer = sgd(lr)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        scheduler = timm.PlateauLRScheduler(optimizer, **kwargs)
    fold = ours.PlateauLRScheduler(lr, **kwargs)
    assert fold.start().lr == optimizer.param_groups[0]["lr"]
    want = []
    for epoch, metric in enumerate(metrics, 1):
        scheduler.step(epoch, metric)
        want.append(optimizer.param_groups[0]["lr"])
    harness.agree("timm", "PlateauLRScheduler", want, Replay(fold.history(metrics)))


options = st.fixed_dictionaries(
    {"warmup_epochs": st.integers(0, 6), "num_epochs": st.integers(1, 12)},
    optional={
        "decay_epochs": st.none() | st.integers(1, 6) | st.floats(0.1, 6.0),
        "decay_milestones": milestones,
        "cooldown_epochs": st.integers(0, 3),
        "decay_rate": st.sampled_from([0.1, 0.5, 1.0, 2.0]),
        "min_lr": st.sampled_from([0.0, 0.01, 0.5]),
        "warmup_lr": st.sampled_from([0.0, 1e-5, 0.3]),
        "warmup_prefix": st.booleans(),
        "cycle_mul": st.sampled_from([1.0, 2.0, 1.5]),
        "cycle_decay": st.sampled_from([1.0, 0.5]),
        "cycle_limit": st.integers(0, 3),
        "k_decay": st.sampled_from([1.0, 2.0]),
        "decay_fn": st.sampled_from([None, "linear", "1-sqrt", "cosine", "exp"]),
        "stable_timescale": st.none() | st.floats(0.5, 9.0),
    },
)
SCHEDS = ["cosine", "tanh", "step", "multistep", "poly", "wsd", "rsqrt", "constant", "none"]


@given(st.sampled_from(SCHEDS), lrs, options, st.integers(0, 4))
def test_by_name(sched, lr, kwargs, updates):
    kwargs = {"lr": lr, "sched": sched} | kwargs
    if updates:
        kwargs |= {"step_on_epochs": False, "updates_per_epoch": updates}
    try:
        want = theirs(BY_NAME, 80, **kwargs)
    except ValueError:
        with pytest.raises(ValueError, match=r"decay_epochs|warmup_epochs|stable_timescale"):
            ours.create_scheduler_v2(**kwargs)
        return
    assume(not any(isinstance(rate, complex) for rate in want))
    harness.agree("timm", BY_NAME, want, ours.create_scheduler_v2(**kwargs))


@pytest.mark.parametrize("sched", SCHEDS)
def test_defaults_by_name(sched):
    agree(BY_NAME, 320, lr=0.1, sched=sched, **{"warmup_epochs": 5} if sched == "rsqrt" else {})


def test_plateau_by_name():
    kwargs = {"sched": "plateau", "patience_epochs": 1, "warmup_epochs": 2, "plateau_mode": "min"}
    optimizer, metrics = sgd(1.0), [1.0, 0.9, 0.9, 0.9, 0.9, 0.8, 0.9, 0.9, 0.9]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        scheduler, _ = timm.create_scheduler_v2(optimizer, **kwargs)
    want = []
    for epoch, metric in enumerate(metrics, 1):
        scheduler.step(epoch, metric)
        want.append(optimizer.param_groups[0]["lr"])
    fold = ours.create_scheduler_v2(1.0, **kwargs)
    harness.agree("timm", BY_NAME, want, Replay(fold.history(metrics)))


def test_noise_is_refused():
    with pytest.raises(ValueError, match=r"noise must be None.*lrdecay\.Noise"):
        ours.create_scheduler_v2(1.0, noise=0.5)
    for name, kwargs in CASES:
        if name == BY_NAME:
            continue
        getattr(ours, name)(**kwargs, noise_pct=0.1, noise_std=2.0, noise_seed=1, initialize=True)
        with pytest.raises(ValueError, match=r"lrdecay\.Noise"):
            getattr(ours, name)(**kwargs, noise_range_t=[2, 5])
        with pytest.raises(TypeError, match="no_such"):
            getattr(ours, name)(**kwargs, no_such=1)


def test_every_name_of_the_peer_is_known():
    public = {name for name, value in vars(timm).items() if name[0] != "_" and callable(value)}
    assert public == set(ours.SCHEDULERS) | set(ours.NOT_SCHEDULES)
    assert all(hasattr(ours, name) for name in ours.SCHEDULERS)


def test_arguments_are_the_peers():
    for name in ours.SCHEDULERS:
        peer = inspect.signature(getattr(timm, name)).parameters
        ignored = Ignored.__annotations__
        ignored = ("optimizer",) if name == BY_NAME else ("optimizer", *ignored)
        want = {n: p.default for n, p in peer.items() if n not in ignored}
        mine = inspect.signature(getattr(ours, name)).parameters
        given_ = {n: p.default for n, p in mine.items() if n not in ("lr", "ignored")}
        assert list(given_.items()) == list(want.items()), name


if __name__ == "__main__":
    golden.write("timm", "timm", CASES, theirs)
