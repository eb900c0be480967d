"""Long tables and many milestones stay quick, for a number and for an array."""

import time

import numpy as np
import pytest

from lrdecay import Constant, MultiStep, Noise, Piecewise, Warmup


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: s * 0.5, lambda s: Warmup(s, 3) * 0.5])
@pytest.mark.parametrize("between", ["constant", "linear", "factors"])
def test_many_milestones_stay_fast(between, wrap):
    milestones = range(1, 2001)
    if between == "factors":
        schedule = wrap(MultiStep(1.0, milestones, 0.999))
    else:
        schedule = wrap(Piecewise(milestones, [1.0 / (i + 1) for i in range(2001)], between))
    start = time.perf_counter()
    assert schedule(5) > schedule(1000) > schedule(3000) > 0
    steps = np.arange(2500)
    assert schedule(steps)[::500].tolist() == pytest.approx([schedule(i) for i in steps[::500]])
    assert time.perf_counter() - start < 2  # 0.1 s on an idle machine


def test_tables_are_not_copied_for_every_block_of_an_array():
    noisy = Noise(Constant(1.0), 10**6)
    noisy(0)
    start = time.perf_counter()
    noisy.sample(10**6)
    assert time.perf_counter() - start < 1  # 0.02 s on an idle machine
