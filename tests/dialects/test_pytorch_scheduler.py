"""What is peculiar to the dialect of pytorch-scheduler; its rates are in test_golden."""

import numpy as np
import pytest

from lrdecay.dialects import pytorch_scheduler


def test_warmup_in_front():
    base = pytorch_scheduler.LinearDecayScheduler(1.0, 4)
    for shape, row in {
        "linear": [0, 0.5, 1, 0.75],
        "cosine": [0, 0.5, 1, 0.75],
        "exponential": [0, 0.25, 1, 0.75],
    }.items():
        warm = pytorch_scheduler.WarmupScheduler(1.0, base, 2, shape)
        assert np.allclose(warm.sample(4), row)
    assert pytorch_scheduler.WarmupScheduler(1.0, base, 0, "exponential") == base


def test_what_is_refused():
    for name, call in {
        "cycle_mult": lambda: pytorch_scheduler.CosineAnnealingWarmupRestarts(4, cycle_mult=0.5),
        "max_lr": lambda: pytorch_scheduler.CosineAnnealingWarmupRestarts(4, max_lr=0.0),
        "decay_steps": lambda: pytorch_scheduler.TrapezoidalScheduler(1.0, 4, 2, 3),
        "warmup_steps": lambda: pytorch_scheduler.CosineWithWarmupScheduler(1.0, 4, 4),
        "flat_fraction": lambda: pytorch_scheduler.FlatCosineScheduler(1.0, 4, 1.0),
        "cut_frac": lambda: pytorch_scheduler.SlantedTriangularScheduler(1.0, 4, 1.0),
        "upper_bound": lambda: pytorch_scheduler.HyperbolicLRScheduler(1.0, 4, 3),
    }.items():
        with pytest.raises(ValueError, match=name):
            call()
