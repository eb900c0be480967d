"""Schedules made from schedules: against the oracle, at their joins, and by the laws they obey."""

import math
import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdecay
from lrdecay import (
    REX,
    WSD,
    Clip,
    Constant,
    Cosine,
    Difference,
    Exponential,
    Hold,
    Linear,
    Noise,
    Product,
    Repeat,
    Reverse,
    Scale,
    Shift,
    Skip,
    Step,
    Stretch,
    Stride,
    Sum,
    Then,
    Warmup,
)
from tests import strategies as my
from tests.oracle import expected, scale

K = np.arange(0, 80, 0.5)
OPERATORS: list[Any] = [operator.add, operator.sub]


@pytest.mark.parametrize("kind", [*my.ALGEBRA, "composed"])
@given(st.data())
def test_value_is_that_of_the_formula(kind, data):
    schedule = data.draw({**my.ALGEBRA, "composed": my.COMPOSED}[kind])
    steps = data.draw(st.lists(my.EIGHTHS, min_size=3, max_size=9))
    want = [expected(schedule, k) for k in steps]
    slack = 1e-13 * scale(schedule)
    for got in ([schedule(k) for k in steps], schedule(np.array(steps))):
        assert list(got) == pytest.approx(want, rel=1e-11, abs=slack)


def test_methods_and_operators_make_the_same_as_the_classes():
    a, b = Linear(1.0, 8), Cosine(0.5, 6)
    assert a.then(b, 3) == Then(a, b, 3)
    assert a + b == Sum(a, b)
    assert a - b == Difference(a, b)
    assert a + 1e-5 == Sum(a, Constant(1e-5))
    assert 1e-5 + a == np.float64(1e-5) + a == Sum(Constant(1e-5), a)
    assert a - 1e-5 == Difference(a, Constant(1e-5))
    assert 1 - a == Difference(Constant(1.0), a)
    assert sum([a, b]) == Sum(Sum(Constant(0.0), a), b)
    assert a * b == Product(a, b)
    assert a * 2 == 2 * a == a.scale(2) == Scale(a, 2.0) == np.float64(2) * a
    assert a.clip() == Clip(a)
    assert a.clip(0.1, 0.5) == Clip(a, 0.1, 0.5)
    assert a.shift(3) == Shift(a, 3)
    assert a.skip(3) == Skip(a, 3)
    assert a.stretch(3) == Stretch(a, 3)
    assert a.stride(3) == Stride(a, 3)
    assert a.hold(3) == Hold(a, 3)
    assert a.reverse(3) == Reverse(a, 3)
    assert a.repeat(3) == Repeat(a, 3)
    for other in (None, "a", [a]):
        for operate in OPERATORS:
            for pair in ((a, other), (other, a)):
                with pytest.raises(TypeError, match=r"unsupported operand|can only concatenate"):
                    operate(*pair)
    for bad in (-1e-5, math.nan, True):
        for operate in OPERATORS:
            with pytest.raises(ValueError, match="a number in a sum or a difference must be"):
                operate(a, bad)
            with pytest.raises(ValueError, match="a number in a sum or a difference must be"):
                operate(bad, a)
    for bad in (-1, math.nan, "3", None, True):
        with pytest.raises(ValueError, match="factor must be a finite number >= 0, got"):
            a.scale(bad)


def test_every_schedule_has_every_method():
    """A field of the same name would hide it."""
    for schedule in my.EXAMPLES:
        assert schedule.scale(2.0)(3) == (schedule * 2)(3) == 2 * schedule(3)
        assert schedule.then(Constant(1.0), 2)(2) == 1.0
        assert schedule.skip(2)(1) == schedule(3)
        assert schedule.shift(2)(5) == schedule(3)
        assert schedule.stretch(2)(6) == schedule(3)
        assert schedule.stride(2)(3) == schedule(6)
        assert schedule.hold(2)(7) == schedule(3)
        assert (schedule - 0)(3) == (schedule + 0)(3) == schedule(3)
        assert schedule.reverse(5)(2) == schedule(3)
        assert schedule.repeat(4)(7) == schedule(3)
        assert schedule.clip(0.0, 1e9)(3) == schedule(3)
        assert schedule.sample(4)[3] == pytest.approx(schedule(3), rel=1e-14)


@given(my.SCHEDULES, my.SCHEDULES, st.integers(0, 60))
def test_then_is_the_first_to_the_bit_and_the_second_on_its_own_clock(first, second, at):
    joined = Then(first, second, at)
    for k in range(at):
        assert joined(k) == first(k)
    for k in range(10):
        assert joined(at + k) == second(k)
    assert joined.jump == second(0) - first(at)
    rates, before, after = joined(K), first(K), second(K)
    past = 2 * at  # K goes in halves
    assert np.array_equal(rates[:past], before[:past])
    assert np.array_equal(rates[past:], after[: len(K) - past])


@given(my.SCHEDULES, st.integers(0, 50), st.integers(0, 50))
def test_laws(s, one, other):
    whole = K[K % 1 == 0]
    assert np.array_equal(s.skip(one).skip(other)(whole), s.skip(one + other)(whole))
    assert np.array_equal(s.shift(one).skip(one)(whole), s(whole))
    assert np.array_equal(s.stretch(4)(K), s(K / 4))
    assert np.array_equal(
        s.reverse(one + 1).reverse(one + 1)(whole[: one + 1]), s(whole[: one + 1])
    )
    again = s.repeat(one + 1)
    assert np.array_equal(again.skip(one + 1)(whole), again(whole))
    assert np.array_equal((s + s)(K), s.scale(2)(K))
    assert np.array_equal((s * Constant(1.0))(K), s(K))
    assert np.array_equal((s + Constant(0.0))(K), s(K))
    assert np.array_equal(s.then(s.skip(one), one)(whole), s(whole))


@given(my.SCHEDULES, my.SCHEDULES)
def test_a_difference_is_never_negative_and_adds_up(s, t):
    left = (s - t)(K)
    assert (left >= 0).all()
    assert left.tolist() == np.maximum(s(K) - t(K), 0).tolist()
    for k in (0, 7, 63):
        assert (s - t)(k) == max(s(k) - t(k), 0.0)
    assert ((s - s)(K) == 0).all()


@given(my.SCHEDULES, my.RATES, my.RATES)
def test_clip_keeps_what_is_inside_and_moves_what_is_not(s, low, more):
    rates, clipped = s(K), s.clip(low, low + more)(K)
    inside = (rates >= low) & (rates <= low + more)
    assert np.array_equal(clipped[inside], rates[inside])
    assert (clipped[rates < low] == low).all()
    assert (clipped[rates > low + more] == low + more).all()


def test_joins_of_equal_rates_are_continuous():
    warm = Then(Linear(0.0, 10, 1.0), Cosine(1.0, 20), 10)
    assert warm.jump == 0.0
    assert warm.sample(31) == pytest.approx(
        Warmup(Cosine(1.0, 20), 10, first="zero").sample(31), rel=1e-15
    )
    held = Then(Constant(1.0), Linear(1.0, 5), 4)
    assert held.jump == 0.0
    assert held.sample(10) == pytest.approx(WSD(1.0, 9, 5).sample(10), abs=1e-15)
    assert Then(Linear(1.0, 4), Constant(0.1), 2).jump == pytest.approx(-0.4)


def test_the_branch_not_taken_cannot_disturb():
    growing = Exponential(1e-7, rate=-0.1)
    k = np.array([0, 50, 99, 100, 10**9])
    for joined in (growing.then(Constant(0.1), 100), Constant(0.1).then(growing, 2 * 10**9)):
        rates = joined(k)  # a warning would be an error here
        assert rates.tolist() == pytest.approx([joined(int(i)) for i in k], rel=1e-13)
        assert math.isfinite(rates[-1])


def test_constants_fold_to_arrays_of_the_right_shape():
    for schedule in (
        Constant(1.0).clip(0.3),
        Linear(1.0, 4).scale(0),
        Constant(0.25) + Constant(0.5),
        Constant(0.25) * Constant(0.5),
        Constant(0.5).then(Constant(0.5), 3),
        Constant(0.5).reverse(3).repeat(2).stretch(2).shift(1).skip(2),
    ):
        rates = schedule(np.arange(6).reshape(2, 3))
        assert rates.shape == (2, 3)
        assert rates.ravel().tolist() == [schedule(k) for k in range(6)]


def test_deep_chains_answer():
    deep = Constant(0.5)
    for at in range(95, 1, -1):
        deep = deep.then(Constant(1.0), at)
    assert [deep(0), deep(1), deep(2), deep(100)] == [0.5, 0.5, 1.0, 1.0]
    late = Constant(0.5)
    for _ in range(95):
        late = Constant(1.0).then(late, 1)
    assert [late(0), late(94), late(95)] == [1.0, 1.0, 0.5]
    narrow = Linear(1.0, 10)
    for _ in range(60):
        narrow = narrow.clip(0.01, 0.9)
    assert narrow.then(Constant(0.1), 50).scale(0.5)([0, 20, 60]).tolist() == [0.45, 0.005, 0.05]
    assert narrow.then(Constant(0.1), 50).scale(0.5)(0) == 0.45


@pytest.mark.parametrize(
    "name", ["Scale", "Clip", "Shift", "Skip", "Stretch", "Stride", "Hold", "Reverse", "Repeat"]
)
def test_what_is_no_schedule_is_named(name):
    kind = getattr(lrdecay, name)
    for bad in (3, None, "Constant(1)", Constant, [Constant(1)]):
        with pytest.raises(ValueError, match=r"schedule must be a Schedule, got "):
            kind(bad, *([1] if name != "Clip" else []))


def test_reads_as_code():
    schedule = Noise(Step(1.0, 3).then(REX(0.1, 9), 6), 4).scale(2).clip(high=1)
    assert eval(repr(schedule), vars(lrdecay).copy()) == schedule


def test_groups_share_a_shape():
    trunk = Warmup(Cosine(0.1, 50), 5)
    groups = lrdecay.per_group(trunk, {"body": 0.1, "head": 1.0, "frozen": 0})
    assert list(groups) == ["body", "head", "frozen"]
    for name, factor in [("body", 0.1), ("head", 1.0), ("frozen", 0.0)]:
        assert [groups[name](k) for k in range(60)] == [factor * trunk(k) for k in range(60)]
    with pytest.raises(ValueError, match=r"multipliers\['body'\] must be a finite number >= 0"):
        lrdecay.per_group(trunk, {"body": -1})
