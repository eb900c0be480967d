"""The dialect of pytorch-warmup against pytorch-warmup.

Run as a program it writes the golden file.
"""

from fractions import Fraction

import golden
import harness
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import Constant, Cosine, Step
from lrdecay.dialects import pytorch_warmup as ours
from lrdecay.dialects.torch import CosineAnnealingLR

torch = pytest.importorskip("torch")
peer = pytest.importorskip("pytorch_warmup")

INNER = {
    "none": (lambda _: None, lambda lr: lr),
    "constant": (lambda _: None, Constant),
    "cosine": (
        lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 8),
        lambda lr: CosineAnnealingLR(lr, 8),
    ),
    "step": (
        lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 3, 0.5),
        lambda lr: Step(lr, 3, 0.5),
    ),
}


class ExactRAdam(peer.RAdamWarmup):
    """The library's code on fractions, without rounding."""

    def warmup_factor(self, step, beta2, rho_inf, offset):  # noqa: ARG002
        beta2 = Fraction(beta2)
        return super().warmup_factor(step, beta2, 2 / (1 - beta2) - 1, offset)


def theirs(name, steps, lr, *, inner="none", beta2=None, exact=False, **kwargs):
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.AdamW([weight], lr=lr, betas=(0.9, beta2 or 0.999))
    scheduler = INNER[inner][0](optimizer)
    warmup = (ExactRAdam if exact else getattr(peer, name))(optimizer, **kwargs)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        with warmup.dampening():
            if scheduler:
                scheduler.step()
    return rates


def agree(name, steps, lr, *, inner="none", **kwargs):
    want = theirs(name, steps, lr, inner=inner, **kwargs)
    schedule = getattr(ours, name)(INNER[inner][1](lr), **kwargs)
    if name == "RAdamWarmup":
        # The library takes the difference of nearly equal numbers and so loses digits; it agrees
        # with the same code on fractions, as lrdecay does, which loses fewer.
        rough, want = want, theirs(name, steps, lr, inner=inner, **kwargs, exact=True)
        assert np.allclose(rough, want, rtol=1e-8, atol=0)
    harness.agree("pytorch-warmup", name, want, schedule)


CASES = [
    ("LinearWarmup", {"lr": 0.5, "warmup_period": 5}),
    ("ExponentialWarmup", {"lr": 0.5, "warmup_period": 5}),
    ("UntunedLinearWarmup", {"lr": 0.5, "beta2": 0.75}),
    ("UntunedLinearWarmup", {"lr": 0.5}),
    ("UntunedExponentialWarmup", {"lr": 0.5, "beta2": 0.75}),
    ("UntunedExponentialWarmup", {"lr": 0.5}),
    ("RAdamWarmup", {"lr": 0.5}),
    ("RAdamWarmup", {"lr": 0.5, "beta2": 0.7}),
]


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_case(name, kwargs, inner):
    agree(name, 30, inner=inner, **kwargs)


@given(st.floats(1e-4, 10.0), st.integers(1, 20), st.sampled_from(sorted(INNER)))
def test_tuned(lr, period, inner):
    agree("LinearWarmup", 30, lr, inner=inner, warmup_period=period)
    agree("ExponentialWarmup", 30, lr, inner=inner, warmup_period=period)


@given(st.floats(1e-4, 10.0), st.floats(0.61, 0.9999), st.sampled_from(sorted(INNER)))
def test_untuned(lr, beta2, inner):
    for name in ("UntunedLinearWarmup", "UntunedExponentialWarmup", "RAdamWarmup"):
        agree(name, 30, lr, inner=inner, beta2=beta2)


@pytest.mark.parametrize("beta2", [0.9, 0.95, 0.98, 0.99, 0.999, 0.9999])
def test_usual_lengths(beta2):
    steps = int(2 / (1 - beta2)) + 3
    for name in ("UntunedLinearWarmup", "UntunedExponentialWarmup", "RAdamWarmup"):
        agree(name, 60 if name == "RAdamWarmup" else min(steps, 2500), 1.0, beta2=beta2)


def test_the_row_of_the_reference():
    row = [0.3333, 0.6413, 0.8536, 0.6913, 0.5, 0.3087, 0.1464, 0.0381, 0]
    got = ours.LinearWarmup(Cosine(1.0, 8), warmup_period=3).sample(9)
    assert np.round(got, 4).tolist() == row


def test_refuses_what_its_peer_refuses():
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], betas=(0.9, 0.6))
    for call in (
        lambda: peer.LinearWarmup(optimizer, 0),
        lambda: ours.LinearWarmup(1.0, 0),
        lambda: ours.ExponentialWarmup(1.0, 0),
        lambda: ours.UntunedLinearWarmup(1.0, 1.0),
        lambda: peer.RAdamWarmup(optimizer),
        lambda: ours.RAdamWarmup(1.0, 0.6),
    ):
        with pytest.raises(ValueError, match=r"warmup_period|beta2"):
            call()


def test_every_name_of_the_peer_is_known():
    assert set(peer.__all__) == set(ours.SCHEDULERS) | set(ours.NOT_SCHEDULES)
    assert all(hasattr(ours, name) for name in ours.SCHEDULERS)


if __name__ == "__main__":
    golden.write("pytorch-warmup", "pytorch_warmup", CASES, theirs)
