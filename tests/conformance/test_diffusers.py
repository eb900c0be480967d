"""The dialect of diffusers against diffusers.

Run as a program it writes the golden file.
"""

import inspect
import math

import golden
import harness
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay.dialects import diffusers as ours

torch = pytest.importorskip("torch")
peer = pytest.importorskip("diffusers.optimization")

CONSTANT, WARM = "get_constant_schedule", "get_constant_schedule_with_warmup"
PIECEWISE = "get_piecewise_constant_schedule"
LINEAR, COSINE = "get_linear_schedule_with_warmup", "get_cosine_schedule_with_warmup"
RESTARTS = "get_cosine_with_hard_restarts_schedule_with_warmup"
POLYNOMIAL = "get_polynomial_decay_schedule_with_warmup"


def theirs(name, steps, /, lr, **kwargs):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = getattr(peer, name)(optimizer=optimizer, **kwargs)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def agree(name, steps, /, **kwargs):
    harness.agree("diffusers", name, theirs(name, steps, **kwargs), getattr(ours, name)(**kwargs))


def case(name, /, lr=1.0, w=None, t=None, **kwargs):
    steps = {} if w is None else {"num_warmup_steps": w}
    return name, {"lr": lr} | steps | ({} if t is None else {"num_training_steps": t}) | kwargs


CASES = [
    case(CONSTANT, lr=0.3),
    case(WARM, w=3),
    case(PIECEWISE, step_rules="1:3,0.1:7,0.01:9,0.005"),
    case(PIECEWISE, lr=0.5, step_rules="0.2:6, 2 : 3 ,1"),
    case(PIECEWISE, step_rules="0.5:4,0.25:4,9:0,7:-2,1"),
    case(PIECEWISE, step_rules="0.5"),
    case(LINEAR, w=3, t=8),
    case(LINEAR, lr=0.2, w=2, t=9, f_min=0.1, f_max=3.0),
    case(LINEAR, w=5, t=4, f_min=0.3),
    case(COSINE, w=3, t=8),
    case(COSINE, w=0, t=9, num_cycles=1.7),
    case(RESTARTS, w=2, t=10, num_cycles=3),
    case(RESTARTS, w=0, t=49, num_cycles=49),
    case(POLYNOMIAL, w=2, t=6, power=2.0, lr_end=0.1),
    case("get_scheduler", name="cosine", w=2, t=9, num_cycles=3),
    case("get_scheduler", name="polynomial", w=2, t=9, power=3.0),
    case("get_scheduler", name="piecewise_constant", step_rules="1:3,0.5"),
]

lrs = st.floats(1e-5, 10.0)
warmups = st.integers(0, 12)
totals = st.integers(1, 40)
shares = st.floats(0.0, 3.0)


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_case(name, kwargs):
    agree(name, 70, **kwargs)


rules = st.lists(st.tuples(shares, st.integers(-3, 30)), max_size=6)


@given(lrs, rules, shares)
def test_piecewise(lr, pairs, last):
    text = ",".join([*(f"{share}:{step}" for share, step in pairs), str(last)])
    agree(PIECEWISE, 35, lr=lr, step_rules=text)
    agree("get_scheduler", 35, name="piecewise_constant", lr=lr, step_rules=text)


@pytest.mark.parametrize("text", ["", "1:10", "x", "1:a,1", "a:1,1", "1:2:3,1", "1,2", "1:1.5,1"])
def test_rules_that_its_peer_refuses(text):
    with pytest.raises(ValueError, match=r"."):
        theirs(PIECEWISE, 1, 1.0, step_rules=text)
    with pytest.raises(ValueError, match="step_rules"):
        ours.get_piecewise_constant_schedule(1.0, text)


@given(lrs, warmups, totals, shares, shares)
def test_constant_and_linear(lr, w, t, low, high):
    agree(CONSTANT, 5, lr=lr)
    agree(WARM, w + 5, lr=lr, num_warmup_steps=w)
    kwargs = {"lr": lr, "num_warmup_steps": w, "num_training_steps": t}
    agree(LINEAR, t + 15, **kwargs)
    agree(LINEAR, t + 15, **kwargs, f_min=low, f_max=high)


@given(lrs, warmups, totals, st.floats(0.0, 4.0), st.integers(1, 60))
def test_cosines(lr, w, t, waves, cycles):
    kwargs = {"lr": lr, "num_warmup_steps": w, "num_training_steps": t}
    agree(COSINE, 2 * t + 15, **kwargs, num_cycles=waves)
    agree(RESTARTS, 2 * t + 15, **kwargs, num_cycles=cycles)


@given(lrs, warmups, totals, st.floats(0.0, 0.99), st.floats(0.1, 4.0))
def test_polynomial(lr, w, t, share, power):
    kwargs = {"lr": lr, "num_warmup_steps": w, "num_training_steps": t, "power": power}
    if w == t:
        with pytest.raises(ValueError, match="num_warmup_steps"):
            ours.get_polynomial_decay_schedule_with_warmup(**kwargs)
        with pytest.raises(ZeroDivisionError):
            theirs(POLYNOMIAL, t + 2, **kwargs)
        return
    agree(POLYNOMIAL, t + 15, **kwargs, lr_end=share * lr)


@given(
    st.sampled_from(sorted(ours.SCHEDULER_TYPES)),
    lrs,
    warmups,
    totals,
    st.integers(1, 9),
    st.floats(0.1, 4.0),
)
def test_by_name(name, lr, w, t, cycles, power):
    w = w + 1 if w == t else w  # where both fail
    kwargs = {"num_cycles": cycles, "power": power, "step_rules": "1:3,0.3:9,2"}
    kwargs |= {"num_warmup_steps": w, "num_training_steps": t}
    agree("get_scheduler", 2 * t + 15, name=name, lr=lr, **kwargs)


def test_by_name_refuses_what_its_peer_refuses():
    for name, kwargs in (
        ("no", {}),
        ("linear", {}),
        ("linear", {"num_warmup_steps": 2}),
        ("constant_with_warmup", {}),
    ):
        for make in (theirs, lambda _, __, lr, **rest: ours.get_scheduler(lr=lr, **rest)):
            with pytest.raises(ValueError, match=r"name|num_warmup|num_training|not a valid"):
                make("get_scheduler", 1, 1.0, name=name, **kwargs)


def test_every_name_of_the_peer_is_known():
    public = {
        name
        for name, value in vars(peer).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == peer.__name__
        and (inspect.isfunction(value) or inspect.isclass(value))
    }
    assert public == set(ours.SCHEDULERS) | set(ours.NOT_SCHEDULES)
    types = {kind.value: make.__name__ for kind, make in peer.TYPE_TO_SCHEDULER_FUNCTION.items()}
    assert types == ours.SCHEDULER_TYPES


def test_arguments_are_the_peers():
    for name in ours.SCHEDULERS:
        there = inspect.signature(getattr(peer, name)).parameters
        want = {n: p.default for n, p in there.items() if n not in ("last_epoch", "optimizer")}
        mine = inspect.signature(getattr(ours, name)).parameters
        assert {n: p.default for n, p in mine.items() if n != "lr"} == want, name
        assert [n for n in mine if n != "lr"] == list(want)


def test_the_docstring_of_its_peer_counts_otherwise():
    rates = theirs(PIECEWISE, 31, 1.0, step_rules="1:10,0.1:20,0.01")
    assert rates[19] == 0.1
    assert math.isclose(rates[20], 0.01)  # 30, were the second rule for "the next 20 steps"


if __name__ == "__main__":
    golden.write("diffusers", "diffusers", CASES, theirs)
