"""What H002 answers by algebra holds for every problem."""

import pytest

from lrdecay import heuristics
from lrdecay.lab import quadratic


@pytest.mark.parametrize("exponents", [(0.0, 0.5), (1.0, 2.0), (3.0, 4.0)])
def test_half_of_a_low_rate_leaves_what_algebra_says_or_up_to_a_half(exponents):
    problems = quadratic.draw(range(20), exponent=exponents)
    whole, half = quadratic.floor(problems, [0.1, 0.05]).T
    least = heuristics.run("H002", seeds=range(6)).values["low"].estimate
    assert (half >= least * whole).all()
    assert (half <= 0.5 * whole).all()
