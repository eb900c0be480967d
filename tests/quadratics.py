"""A small problem, and ways to run on it, for the tests of the noisy quadratic model."""

import numpy as np
import pytest

import lrdecay as lrd
from lrdecay.lab import quadratic
from lrdecay.lab.quadratic import Ema, Tail

SMALL = quadratic.Problem([1.0, 0.3], [0.5, 0.2], [1.0, 2.0], [1.0, 3.0])
STEPS = 40
RATES = lrd.Cosine(0.8, STEPS).sample(STEPS)
FALLING = np.linspace(0.95, 0.5, STEPS)
GROWING = np.linspace(1, 8, STEPS)
OPTIONS = {
    "sgd": {},
    "batch": {"batch_size": 4},
    "batches": {"batch_size": GROWING},
    "momentum": {"momentum": 0.7},
    "momentum and batches": {"momentum": 0.9, "batch_size": GROWING},
    "falling momentum": {"momentum": FALLING},
    "number": {"average": 0.8},
    "ema": {"average": Ema(0.95, start=7), "batch_size": 2},
    "tail": {"average": Tail(0.4)},
    "tail from a step": {"average": Tail(start=3)},
    "all": {"average": Ema(0.9), "momentum": FALLING, "batch_size": GROWING},
    "tail and momentum": {"average": Tail(0.5), "momentum": 0.8},
}
each_option = pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
