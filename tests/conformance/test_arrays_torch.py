"""Tensors in, tensors of the same shape, dtype and device out, with the rates of the formula."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import Cosine, CosineRestarts, Cyclic, Exponential, Linear, warmup_cosine
from tests import strategies as my
from tests.strategies import EXAMPLES, expected, scale

torch = pytest.importorskip("torch")

BY_NAME = pytest.mark.parametrize("schedule", EXAMPLES, ids=repr)
FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
INTEGERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]


@given(my.SCHEDULES, st.lists(my.ANY_STEP, max_size=20))
def test_double_tensor_equals_number(schedule, steps):
    rates = schedule(torch.tensor(steps, dtype=torch.float64))
    assert rates.dtype == torch.float64
    want = [schedule(k) for k in steps]
    np.testing.assert_allclose(rates.numpy(), want, rtol=4e-15, atol=4e-15 * scale(schedule))


@given(my.SCHEDULES, st.lists(my.WHOLE, max_size=20))
def test_integers_give_the_default_dtype_computed_in_double(schedule, steps):
    rates = schedule(torch.tensor(steps, dtype=torch.int64))
    assert rates.dtype == torch.float32
    want = torch.tensor([expected(schedule, k) for k in steps], dtype=torch.float32)
    torch.testing.assert_close(rates, want, rtol=3e-7, atol=1e-12 * scale(schedule))


@given(st.one_of(my.SCHEDULES, my.COMPOSED), st.lists(st.integers(-128, 700), min_size=1))
def test_narrow_tensors_are_computed_in_double(schedule, steps):
    for dtype in [*FLOATS, *INTEGERS, torch.uint16, torch.uint32, torch.uint64]:
        kept = [k for k in steps if k >= 0 or dtype.is_signed]
        tensor = torch.tensor(kept, dtype=torch.int64).to(dtype)
        at = tensor.to(torch.float64).tolist()  # what is left of them
        out = dtype if dtype.is_floating_point else torch.float32
        want = torch.tensor([schedule(k) for k in at], dtype=torch.float64)
        got = schedule(tensor)
        assert got.dtype == out
        eps = torch.finfo(out).eps
        slack = 4e-15 * scale(schedule) + torch.finfo(out).tiny
        torch.testing.assert_close(got.to(torch.float64), want, rtol=eps + 4e-15, atol=slack)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_values_of_narrow_tensors(dtype):
    tensor = torch.tensor([-3.0, 60_000.0], dtype=dtype)
    step = tensor[1].item()
    for schedule in (Linear(1.0, 100_000), warmup_cosine(1e-3, 100_000, 10_000)):
        want, eps = [schedule(0), schedule(step)], torch.finfo(dtype).eps
        assert schedule(tensor).tolist() == pytest.approx(want, rel=eps, abs=6e-8)


@BY_NAME
@pytest.mark.parametrize("shape", [(), (0,), (24,), (2, 3, 4)])
def test_shape_dtype_and_device(schedule, shape):
    k = torch.arange(math.prod(shape)).reshape(shape)
    for dtype in FLOATS + INTEGERS:
        rates = schedule(k.to(dtype))
        assert isinstance(rates, torch.Tensor)
        assert rates.shape == shape
        assert rates.dtype == (dtype if dtype in FLOATS else torch.float32)
        assert rates.device == k.device


@BY_NAME
def test_a_schedule_drives_an_optimizer(schedule):
    parameter = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    used = []
    for k in range(12):
        for group in optimizer.param_groups:
            group["lr"] = schedule(k)
        parameter.grad = torch.ones(1, dtype=torch.float64)
        before = parameter.item()
        optimizer.step()
        used.append(before - parameter.item())
    assert used == pytest.approx(schedule.sample(12).tolist(), rel=1e-9, abs=1e-14)


def test_default_dtype_of_torch_is_heeded():
    before = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64)
        assert Cosine(1.0, 8)(torch.arange(9)).dtype == torch.float64
    finally:
        torch.set_default_dtype(before)


def test_large_integer_steps_are_not_rounded_to_float32():
    steps = torch.tensor([2**24 + 1, 10**15 // 7 * 7])
    want = [1.0 if k % 7 == 0 else math.cos(math.pi / 14 * (k % 7)) ** 2 for k in steps.tolist()]
    assert CosineRestarts(1.0, 7)(steps).tolist() == pytest.approx(want, rel=1e-6)


def test_gradient_of_the_step_is_the_slope():
    k = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    Cosine(1.0, 8)(k).sum().backward()
    assert k.grad.item() == pytest.approx(-math.pi / 16 * math.sin(math.pi / 4), rel=1e-12)


def test_a_rate_too_large_is_infinite():
    for schedule in (Cyclic(0.3, 0.03, 4, step_gamma=1.01), Exponential(1.0, rate=-1)):
        rates = schedule(torch.tensor([3, 100_000, 100_003]))
        assert rates.tolist() == [pytest.approx(schedule(3)), math.inf, math.inf]
    steps = torch.tensor([1000.0], requires_grad=True)
    assert Exponential(1.0, rate=-1).scale(0.0)(steps).item() == 0.0
    assert Exponential(1.0, rate=-1).clip(0, 1)(steps).item() == 1.0


def test_default_device_and_layout_do_not_matter():
    k = torch.arange(48.0).reshape(6, 8)
    want = Cosine(1.0, 40)(k)
    assert torch.equal(Cosine(1.0, 40)(k.T).T, want)
    assert torch.equal(Cosine(1.0, 40)(k[:, ::2]), want[:, ::2])
    assert torch.equal(k, torch.arange(48.0).reshape(6, 8))


@pytest.mark.parametrize(
    ("bad", "value"),
    [
        (torch.tensor([1.0, math.nan]), "nan"),
        (torch.tensor([1.0, math.inf]), "inf"),
        (torch.tensor(-math.inf), "-inf"),
        (torch.tensor([True]), "torch.bool"),
        (torch.tensor([1j]), "torch.complex64"),
    ],
    ids=repr,
)
def test_bad_tensors_are_named(bad, value):
    for schedule in EXAMPLES:
        with pytest.raises(ValueError, match=rf"step must be .+, got {re.escape(value)}$"):
            schedule(bad)
