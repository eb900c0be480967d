"""The dialect of kohya-ss/sd-scripts against transformers and diffusers, driven as it drives them.

No registry has sd-scripts. What its `get_scheduler_fix` (library/train_util.py at commit 6edbe00)
hands to the two libraries is written here a second time, name by name, and they are run. Run as a
program this file writes the golden file.
"""

import ast

import golden
import harness
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay.dialects import kohya as ours

torch = pytest.importorskip("torch")
hf = pytest.importorskip("transformers.optimization")
diffusers = pytest.importorskip("diffusers.optimization")


def handed_over(options):
    """Return the function that sd-scripts calls, and the arguments beside the optimizer."""
    name = options.get("lr_scheduler", "constant")
    extra = [pair.partition("=") for pair in options.get("lr_scheduler_args", ())]
    extra = {key: ast.literal_eval(value) for key, _, value in extra}
    if name == "piecewise_constant":
        return diffusers.get_piecewise_constant_schedule, extra
    total = options.get("max_train_steps", 1600) * options.get("num_processes", 1)
    warm, decay = (
        int(n * total) if isinstance(n, float) else n
        for n in (options.get("lr_warmup_steps", 0), options.get("lr_decay_steps", 0))
    )
    cycles, least = options.get("lr_scheduler_num_cycles", 1), "lr_scheduler_min_lr_ratio"
    both = {"num_warmup_steps": warm, "num_training_steps": total}
    kwargs = {
        "constant": {},
        "constant_with_warmup": {"num_warmup_steps": warm},
        "inverse_sqrt": {
            "num_warmup_steps": warm,
            "timescale": options.get("lr_scheduler_timescale"),
        },
        "linear": both,
        "cosine": both,
        "cosine_with_restarts": both | {"num_cycles": cycles},
        "polynomial": both | {"power": options.get("lr_scheduler_power", 1)},
        "cosine_with_min_lr": both | {"num_cycles": cycles / 2, "min_lr_rate": options.get(least)},
        "warmup_stable_decay": {
            "num_warmup_steps": warm,
            "num_stable_steps": total - warm - decay,
            "num_decay_steps": decay,
            "num_cycles": cycles / 2,
            "min_lr_ratio": options.get(least, 0.0),
        },
    }[name]
    return hf.TYPE_TO_SCHEDULER_FUNCTION[hf.SchedulerType(name)], kwargs | extra


def theirs(_, steps, lr, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    make, kwargs = handed_over(options)
    scheduler = make(optimizer, **kwargs)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def agree(steps, **options):
    schedule = ours.get_scheduler_fix(**options)
    harness.agree("sd-scripts", "get_scheduler_fix", theirs("", steps, **options), schedule)


def case(name, t=9, lr=1.0, **options):
    options = {f"lr_{key}": value for key, value in options.items()}
    return "get_scheduler_fix", {"lr": lr, "lr_scheduler": name, "max_train_steps": t} | options


CASES = [
    case("constant", lr=0.3),
    case("constant_with_warmup", warmup_steps=3),
    case("linear", warmup_steps=0.25),
    case("cosine", warmup_steps=2, scheduler_num_cycles=5),
    case("cosine", scheduler_args=["num_cycles=1.5"]),
    case("cosine_with_restarts", warmup_steps=1, scheduler_num_cycles=2),
    case("polynomial", warmup_steps=2, scheduler_power=2.0, scheduler_args=["lr_end=0.1"]),
    case("inverse_sqrt", warmup_steps=4, scheduler_timescale=6),
    case("inverse_sqrt", warmup_steps=0.5),
    case("cosine_with_min_lr", warmup_steps=2, scheduler_min_lr_ratio=0.1),
    case("cosine_with_min_lr", scheduler_num_cycles=3, scheduler_args=["min_lr=0.05"]),
    case("warmup_stable_decay", t=12, warmup_steps=0.2, decay_steps=0.5),
    case(
        "warmup_stable_decay",
        t=12,
        decay_steps=4,
        scheduler_min_lr_ratio=0.1,
        scheduler_num_cycles=3,
        scheduler_args=["warmup_type='cosine'", "decay_type='linear'"],
    ),
    case("piecewise_constant", warmup_steps=3, scheduler_args=["step_rules='1:3,0.5:7,0.1'"]),
    (
        "get_scheduler_fix",
        {"lr": 1.0, "lr_scheduler": "linear", "max_train_steps": 5}
        | {"num_processes": 3, "lr_warmup_steps": 2},
    ),
]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_case(name, options):
    assert name == "get_scheduler_fix"
    agree(60, **options)


steps = st.integers(0, 30) | st.floats(0.0, 1.0)


@given(
    st.sampled_from(sorted(set(ours.SCHEDULER_TYPES) - {"constant", "piecewise_constant"})),
    st.floats(1e-5, 10.0),
    st.integers(1, 20),
    st.integers(1, 4),
    steps,
    steps,
    st.integers(1, 9),
    st.floats(0.1, 4.0),
    st.none() | st.integers(1, 40),
    st.floats(0.0, 1.0),
)
def test_over_whole_runs(name, lr, t, n, warm, decay, cycles, power, timescale, ratio):
    options = {
        "lr": lr,
        "lr_scheduler": name,
        "max_train_steps": t,
        "num_processes": n,
        "lr_warmup_steps": warm,
        "lr_decay_steps": decay,
        "lr_scheduler_num_cycles": cycles,
        "lr_scheduler_power": power,
        "lr_scheduler_timescale": timescale,
        "lr_scheduler_min_lr_ratio": ratio,
    }
    total = t * n
    if name == "polynomial" and (int(warm * total) if isinstance(warm, float) else warm) == total:
        with pytest.raises(ValueError, match="lr_warmup_steps"):
            ours.get_scheduler_fix(**options)
        with pytest.raises(ZeroDivisionError):
            theirs("", total + 2, **options)
        return
    agree(2 * total + 15, **options)


def test_the_other_names_of_transformers_fail_in_both():
    for name in {kind.value for kind in hf.SchedulerType} - set(ours.SCHEDULER_TYPES):
        make = hf.TYPE_TO_SCHEDULER_FUNCTION[hf.SchedulerType(name)]
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        with pytest.raises(TypeError):
            make(optimizer, num_warmup_steps=1, num_training_steps=9, num_decay_steps=0)
        with pytest.raises(ValueError, match="lr_scheduler must be"):
            ours.get_scheduler_fix(1.0, name)


if __name__ == "__main__":
    golden.write("sd-scripts", "kohya", CASES, theirs)
