"""Keras' restarts, in cycles that grow by any factor."""

from __future__ import annotations

from ..arguments import checked
from ..checks import Positive, Rate, Steps, check, refuse
from ..families.restarts import CosineRestarts
from ..schedule import Constant, Schedule
from ._keras_parts import first_rate


@checked(cycle_mult="t_mul")
def CosineDecayRestarts(
    initial_learning_rate: float,
    first_decay_steps: int,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
) -> Schedule:
    """Return `CosineRestarts` whose cycles grow by any factor, above a bottom that stays.

    Keras finds the cycle by a logarithm. Where that is rounded down at a restart, the update there
    uses the bottom, not the peak: with the default `t_mul` and float32 at the 13th and the 15th
    restart, with `t_mul=7` at most of them, and at others on another backend or in float64. Here
    every restart is at its peak.

    Args:
        initial_learning_rate: rate at step 0; a float, see the module.
        first_decay_steps: length of the first cycle, >= 1.
        t_mul: factor from one cycle's length to the next, >= 1; below it Keras gives NaN soon.
        m_mul: factor from one cycle's height above the bottom to the next, > 0.
        alpha: the bottom, as a share of `initial_learning_rate`, from 0 to 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> CosineDecayRestarts(1.0, 2, m_mul=0.5, alpha=0.1).sample(7).round(4).tolist()
        [1.0, 0.55, 0.55, 0.4841, 0.325, 0.1659, 0.325]
        >>> CosineDecayRestarts(1.0, 2, t_mul=1.5).sample(6).round(4).tolist()
        [1.0, 0.5, 1.0, 0.75, 0.25, 1.0]
    """
    initial = first_rate(initial_learning_rate)
    steps = check("first_decay_steps", first_decay_steps, Steps)
    growth = check("t_mul", t_mul, Positive)
    gamma = check("m_mul", m_mul, Positive)
    share = check("alpha", alpha, Rate)
    if growth < 1:
        raise refuse("t_mul", t_mul, "at least 1")
    if share > 1:
        raise refuse("alpha", alpha, "from 0 to 1")
    flat = 0.0 if gamma != 1 else share * initial
    peak = initial if gamma == 1 else (1 - share) * initial
    waves = CosineRestarts(peak, steps, growth, flat, gamma)
    return waves if gamma == 1 or share == 0 else waves + Constant(share * initial)
