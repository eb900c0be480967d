"""Numbers of a schedule as arguments of the function that is printed of it."""

import inspect
import math
import re
from dataclasses import fields

import pytest

import lrdecay
from lrdecay import WSD, Constant, Cosine, CosineRestarts, Linear, Schedule
from lrdecay.checks import Checked
from lrdecay.export import source
from tests import strategies as my

STEPS = [*range(30), 0.5, 7.25, -3, 1000]


def numbers(schedule):
    """Return the numbers that a schedule has once, by name."""
    found = []
    parts = [schedule]
    for part in parts:
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, Checked):
                parts.append(value)
            elif type(value) in (int, float):
                found.append((field.name, value))
    names = [name for name, _ in found]
    return {name: value for name, value in found if names.count(name) == 1}


def remade(schedule, moved):
    """Return a schedule with other numbers, checked anew."""
    given = {field.name: getattr(schedule, field.name) for field in fields(schedule)}
    for name, value in given.items():
        if isinstance(value, Checked):
            given[name] = remade(value, moved)
    return type(schedule)(**given | {name: moved[name] for name in given.keys() & moved})


def others(value):
    """Return numbers near one and far from it, and those at which a formula may change."""
    return (
        [value + 1, 2 * value, 0, 1] if type(value) is int else [value / 2, 0.9 * value, 0.0, 1.0]
    )


def printed(schedule, names):
    """Return the function with some numbers as arguments, None if the formula refuses them."""
    scope = {}
    try:
        exec(source(schedule, "python", names), scope)
    except ValueError as error:
        if "the formula only computes with" not in str(error):
            raise
        return None
    return scope["lr"]


def same(got, want):
    return math.isclose(got, want, rel_tol=1e-12, abs_tol=1e-15)


# Of what tables, fractions and draws are made, and what is a function's argument before there is
# a step; a warmup of the shape "log", and restarts of cycles that grow.
FIXED = {
    "CosineRestarts": ["cycle_steps", "cycle_mult", "cycles"],
    "WSD": ["shape"],
    "Hyperbolic": ["total_steps", "upper_bound"],
    "Warmup": ["warmup_steps"],
    "RAdamWarmup": ["beta2"],
    "Noise": ["std", "seed"],
    "Stretch": ["factor"],
    "Stride": ["steps"],
}


@pytest.mark.parametrize("schedule", my.EXAMPLES, ids=repr)
def test_a_number_that_is_moved_gives_the_schedule_with_that_number(schedule):
    known = numbers(schedule)
    for name, value in known.items():
        lr = printed(schedule, [name])
        if lr is None:
            assert name in FIXED.get(type(schedule).__name__, ())
            continue
        assert inspect.signature(lr).parameters[name].default == value
        for k in STEPS:
            assert same(lr(k), schedule(k))
        for other in others(value):
            try:
                moved = remade(schedule, {name: other})
                want = [moved(k) for k in STEPS]
            except ValueError:
                continue
            got = [lr(k, **{name: other}) for k in STEPS]
            assert all(map(same, got, want)), (name, other)


PLAIN = (
    (Linear(0.3, 12, 0.03), ("base_lr", "total_steps", "final_lr")),
    (Cosine(0.3, 12), ("base_lr", "total_steps", "final_lr", "exponent")),
    (lrdecay.Polynomial(0.3, 12, 2.5), ("base_lr", "total_steps", "power")),
    (lrdecay.Exponential(0.3, gamma=0.9), ("base_lr", "gamma")),
    (lrdecay.InverseSqrt(0.3, 3.5), ("base_lr", "timescale")),
    (lrdecay.Step(0.3, 4, 0.5), ("base_lr", "step_size", "gamma")),
    (lrdecay.REX(0.3, 12), ("base_lr", "total_steps")),
    (WSD(0.3, 12, 5, 3, shape="1-sqrt"), ("base_lr", "total_steps", "decay_steps", "warmup_steps")),
    (lrdecay.OneCycle(0.3, 12), ("base_lr", "total_steps")),
    (lrdecay.OneCycle(0.3, 12, 5), ("base_lr", "total_steps", "warmup_steps")),
    (lrdecay.Cyclic(0.3, 0.03, 4, 2), ("base_lr", "min_lr", "up_steps", "down_steps")),
    (CosineRestarts(0.3, 5), ("base_lr", "cycle_steps", "final_lr")),
    (lrdecay.warmup_cosine(0.3, 12, 4), ("base_lr", "total_steps", "warmup_steps", "final_lr")),
    (Linear(0.3, 12).scale(0.5).clip(0.1), ("base_lr", "total_steps", "factor", "low")),
)


@pytest.mark.parametrize(("schedule", "names"), PLAIN, ids=repr)
def test_the_numbers_of_the_plain_families_move_together(schedule, names):
    lr, known = printed(schedule, names), numbers(schedule)
    given = {n: known[n] + 1 if type(known[n]) is int else 0.7 * known[n] for n in names}
    moved = remade(schedule, given)
    for k in STEPS:
        assert same(lr(k), schedule(k))
        assert same(lr(k, **given), moved(k))


def test_where_the_formula_decides_by_a_number_the_function_does():
    schedule = lrdecay.warmup_linear(0.3, 12, 4)
    code = source(schedule, "javascript", ["warmup_steps"])
    assert "schedule(step, { warmup_steps = 4 } = {}) {" in code
    assert "  if (warmup_steps === 0) {\n    const t1 = k / 8;\n" in code
    assert printed(schedule, ["warmup_steps"])(4, warmup_steps=0) == Linear(0.3, 8)(4)


def test_what_cannot_be_moved_is_named():
    joined = Linear(0.3, 5).then(Cosine(0.2, 6), 5)
    words = "parameters must be names of numbers that the schedule has once"
    with pytest.raises(
        ValueError, match=re.escape(f"{words} (exponent, k_decay, at), got 'base_lr'")
    ):
        source(joined, "javascript", ["base_lr"])
    with pytest.raises(ValueError, match=re.escape(f"{words} (base_lr), got 'total_steps'")):
        source(Constant(0.3), "python", ["total_steps"])
    with pytest.raises(ValueError, match=re.escape("warmup_steps, final_lr), got 'shape'")):
        source(WSD(0.3, 12, 5), "python", ["shape"])
    with pytest.raises(ValueError, match="the formula only computes with"):
        source(CosineRestarts(0.3, 5, 2), "python", ["cycle_steps"])
    for target in ("nanogpt", "torch", "optax", "keras"):
        with pytest.raises(ValueError, match="parameters must be names of numbers"):
            source(Linear(0.3, 5), target, ["gamma"])
    with pytest.raises(ValueError, match="parameters must be a sequence"):
        source(Linear(0.3, 5), "python", "base_lr")


def test_every_target_has_them():
    schedule, names = Linear(0.3, 12), ["base_lr", "total_steps"]
    given = "base_lr=0.3, total_steps=12"
    for target in ("python", "torch", "transformers", "lightning"):
        assert f"def lr(k, {given}):" in source(schedule, target, names)
    assert f"def get_lr(it, {given}):" in source(schedule, "nanogpt", names)
    assert f"def schedule(count, {given}):" in source(schedule, "optax", names)
    code = source(schedule, "keras", names)
    assert f"def __init__(self, {given}):" in code
    assert 'return {"base_lr": self.base_lr, "total_steps": self.total_steps}' in code
    assert "__init__" not in source(schedule, "keras")


def test_an_if_on_the_step_is_still_refused():
    class Stubborn(Schedule):
        def _lr(self, k, xp):
            return xp.full_like(k, 1.0 if k < 3 else 0.5)

    with pytest.raises(ValueError, match="the value of a symbol is not known"):
        source(Stubborn().scale(0.5), "python", ["factor"])
