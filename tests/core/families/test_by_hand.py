"""Families against formulas and values worked out by hand."""

import math

import numpy as np
import pytest

from lrdecay import (
    WSD,
    Chebyshev,
    Constant,
    Exponential,
    Linear,
    Noam,
    Noise,
    SlantedTriangular,
    Warmup,
)


def test_ramp_of_first_1_over_w_uses_the_peak_twice():
    # pytorch-warmup 0.2.0's ramp, on a schedule that does not decay.
    assert Warmup(Constant(1.0), 4, first="1/w").sample(6).tolist() == [0.25, 0.5, 0.75, 1, 1, 1]


def test_three_ways_to_say_exponential_agree():
    k = np.arange(2000)
    by_rate = Exponential(0.3, rate=0.01)(k)
    assert Exponential(0.3, gamma=math.exp(-0.01))(k) == pytest.approx(by_rate, rel=1e-12)
    assert Exponential(0.3, half_life=math.log(2) / 0.01)(k) == pytest.approx(by_rate, rel=1e-12)


def test_sample_has_the_steps_that_updates_use():
    rates = Linear(1.0, 4).sample(4)
    assert rates.tolist() == [1.0, 0.75, 0.5, 0.25]
    assert rates.dtype == np.float64


def test_noam_is_equation_3_of_the_paper():
    # d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5), by hand for the base model.
    schedule = Noam(512)
    for k, want in [
        (0, 1.746928e-7),
        (1999, 3.493856e-4),
        (3999, 6.987712e-4),
        (99999, 1.397542e-4),
    ]:
        assert schedule(k) == pytest.approx(want, rel=1e-6)


def test_slanted_triangular_is_that_of_ulmfit_where_its_cut_is_whole():
    total, cut_frac, ratio, peak = 40, 0.25, 32, 0.01
    cut = math.floor(total * cut_frac)
    for t in range(total + 1):
        p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / cut_frac - 1))
        want = peak * (1 + p * (ratio - 1)) / ratio
        assert SlantedTriangular(peak, total, cut_frac, ratio)(t) == pytest.approx(want, rel=1e-13)


def test_nodes_of_chebyshev_are_the_roots_of_its_polynomial():
    roots = np.polynomial.chebyshev.chebroots([0] * 9 + [1])
    want = np.sort((roots + 1) / 2)[::-1]
    assert Chebyshev(1.0, 9).sample(9) == pytest.approx(want, abs=1e-13)


def test_shapes_of_a_cooldown_by_hand():
    values = {
        "linear": 0.75,
        "cosine": (2 + math.sqrt(2)) / 4,
        "1-sqrt": 0.5,
        "1-square": 15 / 16,
        "exponential": (10**-0.25 - 0.1) / 0.9,
        3: 63 / 64,
        0.5: 0.5,
    }
    for shape, value in values.items():
        assert WSD(1.0, 4, 4, shape=shape)(1) == pytest.approx(value, rel=1e-14)
        assert WSD(1.0, 4, 4, shape=shape)(4) == 0.0
    function = WSD(1.0, 4, 4, 0, 0.2, shape=lambda p: 1 - p * p)
    assert function.sample(6) == pytest.approx(WSD(1.0, 4, 4, 0, 0.2, "1-square").sample(6))


@pytest.mark.parametrize("shape", [lambda p: 1 - np.sqrt(p), lambda p: np.where(p < 0.5, 1.0, 0.5)])
def test_a_shape_may_be_a_function_of_numpy(shape):
    schedule = WSD(1.0, 8, 4, shape=shape)
    k = np.arange(12)
    assert [schedule(int(i)) for i in k] == schedule(k).tolist()
    assert type(schedule(7)) is float


def test_ramps_by_hand():
    halves = {
        "linear": 0.5,
        "cosine": 0.5,
        "exponential": (math.sqrt(10) - 1) / 9,
        "1-sqrt": 1 - math.sqrt(0.5),
    }
    for shape, half in halves.items():
        ramp = Warmup(Constant(2.0), 4, 1.0, "zero", shape)
        assert ramp([0, 2, 4]) == pytest.approx([1.0, 1.0 + half, 2.0], rel=1e-15)
        far = ramp(np.array([0, 10**9]))  # where an exponential ramp would be infinite
        assert far.tolist() == [1.0, 2.0]


def test_noise_is_drawn_once_and_belongs_to_the_step():
    schedule = Noise(Constant(1.0), 1000, std=0.5, seed=7)
    rates = schedule.sample(1002)
    z = np.random.default_rng(7).normal(size=1000)
    assert rates[:1000] == pytest.approx(np.maximum(0, 1 + 0.5 * z), rel=1e-15)
    assert rates[1000:].tolist() == [1.0, 1.0]
    backwards = np.arange(1002)[::-1]
    assert np.array_equal(schedule(backwards)[::-1], rates)
    assert schedule(17.9) == schedule(17) == rates[17]
    assert (rates == 0).any()
    assert not np.array_equal(Noise(Constant(1.0), 1000, 0.5).sample(1000), rates[:1000])
    assert schedule.scale(2.0)(3) == (2 * schedule)(3) == 2 * schedule(3)
