"""What is peculiar to the dialect of pytorch-warmup; its rates are in test_golden."""

import pytest

from lrdecay import Linear
from lrdecay.dialects import pytorch_warmup


def test_it_multiplies():
    warm = pytorch_warmup.LinearWarmup(Linear(1.0, 8), warmup_period=4)
    assert warm.sample(5).tolist() == [0.25, 0.4375, 0.5625, 0.625, 0.5]


def test_what_is_refused():
    for call in (
        lambda: pytorch_warmup.LinearWarmup(1.0, 0),
        lambda: pytorch_warmup.UntunedLinearWarmup(1.0, 1.0),
        lambda: pytorch_warmup.RAdamWarmup(1.0, 0.6),
    ):
        with pytest.raises(ValueError, match=r"warmup_period|beta2"):
            call()
