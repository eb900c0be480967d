"""The main effects of rules on quadratics: what one way to train leaves above another.

The counterpart of `lrdecay.lab.runs.effects` and `lrdecay.lab.trials.effects`, for problems of any
kind: those whose noise lies otherwise than `draw` has it, for one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ... import (
    WSD,
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    InverseSqrt,
    Linear,
    MultiStep,
    Polynomial,
)
from ...checks import Steps, checked, refuse
from ..inputs import Floats
from ..stats import Interval, estimate, ratio
from .moments import Tail
from .problem import Problem
from .search import best, rates


class Effect(NamedTuple):
    """By how much one way to train ends above another.

    Attributes:
        rule: the id of the rule that asks.
        what: the two ways, in words; above 0 the first is worse.
        relative: the median difference over the median loss of tuned linear decay.
        share: the median difference over the median of what tuned linear decay gains over a tuned
            constant rate; None where that gain is not clearly above 0.
    """

    rule: str
    what: str
    relative: Interval
    share: Interval | None


@checked()
def gain(problem: Problem, steps: Steps) -> Floats:
    """Return what tuned linear decay gains over a tuned constant rate, for each problem.

    The unit in which rules compare losses, and below 0 where the constant rate ends lower.

    Args:
        problem: of any shape.
        steps: updates, >= 1.

    Examples:
        >>> from lrdecay.lab.quadratic import draw
        >>> bool((gain(draw(range(10)), 1000) > 0).all())
        True
    """
    shapes = [Constant(1.0).sample(steps), Linear(1.0, steps).sample(steps)]
    constant, linear = np.moveaxis(best(problem, shapes).loss, -1, 0)
    return constant - linear


@checked()
def effects(problem: Problem, *, steps: Steps = 1000) -> tuple[Effect, ...]:
    """Return the main effects of the rules that are tried on quadratics.

    Every shape has its own best peak, unless the effect is that of another. A floor in the loss,
    the same for all, would change neither differences nor shares; `relative` would shrink.

    Args:
        problem: of shape (problems,), two or more.
        steps: updates, >= 20.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> from lrdecay.lab.quadratic import draw
        >>> first = effects(draw(range(10)), steps=100)[0]
        >>> f"{first.rule}: {first.what}, {first.relative.estimate:.2f}"
        'H003: a constant rate, against linear decay, 0.12'
    """
    if len(problem.shape) != 1 or problem.shape[0] < 2:
        raise refuse("problem", problem.shape, "of shape (problems,), two or more")
    if steps < 20:
        raise refuse("steps", steps, "at least 20")
    shapes = _shapes(steps)
    names, lrs = list(shapes), np.stack(list(shapes.values()))
    found = best(problem, lrs)
    loss = dict(zip(names, found.loss.T, strict=True))
    peak = dict(zip(names, found.rate.T, strict=True))
    linear, cosine, wsd = loss["linear"], loss["cosine"], loss["wsd_20"]
    averaged = best(problem, shapes["constant"], average=Tail(0.2)).loss
    start = problem.initial_loss

    def at(shape: str, peaks: ArrayLike) -> Floats:
        # A run that diverged has learnt nothing.
        return np.minimum(rates(problem, shapes[shape], np.asarray(peaks)[:, None])[:, 0], start)

    def kept(shape: str) -> Floats:
        """Return the cost of the peak that is best for a quarter of the run."""
        short = best(problem, _shapes(steps // 4)[shape]).rate
        return at(shape, short) - loss[shape]

    lengths = [loss[name] for name in ("wsd_10", "wsd_20", "wsd_40", "linear")]
    twice = {name: at(name, 2.0 * peak[name]) - loss[name] for name in ("linear", "wsd_20")}
    differences = {
        ("H003", "a constant rate, against linear decay"): loss["constant"] - linear,
        ("H007", "linear decay, against the best of nine"): linear
        - np.min([loss[name] for name in _NINE], axis=0),
        ("H008", "linear decay to 10 %, against 0"): loss["linear_tenth"] - linear,
        ("H008", "a cosine to 10 %, against 0"): loss["cosine_tenth"] - cosine,
        ("H009", "a cosine planned for 1.25 times the run"): loss["cosine_125"] - cosine,
        ("H010", "three drops by 10, against a cosine"): loss["drops_3"] - cosine,
        ("H014", "a cooldown of 10 %, against the best length"): loss["wsd_10"]
        - np.min(lengths, axis=0),
        ("H015", "a linear cooldown of 20 %, against 1-sqrt"): wsd - loss["wsd_20_sqrt"],
        ("H018", "twice the best peak, linear decay against WSD"): twice["linear"]
        - twice["wsd_20"],
        ("H019", "WSD (20 %), against linear decay"): wsd - linear,
        ("H021", "a cosine at the best peak of WSD"): at("cosine", peak["wsd_20"]) - cosine,
        ("H022", "a constant rate tuned on a quarter of the run"): kept("constant"),
        ("H022", "linear decay tuned on a quarter of the run"): kept("linear"),
        ("H033", "five cosine cycles, against one"): loss["restarts_5"] - cosine,
        ("H041", "a constant rate, averaged, against linear decay"): averaged - linear,
    }
    gained = loss["constant"] - linear
    pays = estimate(gained).low > 0.0
    return tuple(
        Effect(
            *key,
            ratio(each, linear),
            ratio(each, gained) if pays else None,
        )
        for key, each in differences.items()
    )


_NINE = (
    *("linear", "cosine", "cosine_tenth", "exponential_100", "power_2", "wsd_20"),
    *("drops_3", "inverse_sqrt", "constant"),
)


def _shapes(steps: int) -> dict[str, Floats]:
    """Return the rates of each shape, of peak 1."""
    schedules = {
        "constant": Constant(1.0),
        "linear": Linear(1.0, steps),
        "linear_tenth": Linear(1.0, steps, 0.1),
        "cosine": Cosine(1.0, steps),
        "cosine_tenth": Cosine(1.0, steps, 0.1),
        "cosine_125": Cosine(1.0, round(1.25 * steps)),
        "wsd_10": WSD(1.0, steps, steps // 10),
        "wsd_20": WSD(1.0, steps, steps // 5),
        "wsd_40": WSD(1.0, steps, 2 * steps // 5),
        "wsd_20_sqrt": WSD(1.0, steps, steps // 5, shape="1-sqrt"),
        "drops_3": MultiStep(1.0, (steps // 3, 2 * steps // 3, 8 * steps // 9)),
        "exponential_100": Exponential(1.0, gamma=0.01 ** (1 / steps)),
        "power_2": Polynomial(1.0, steps, 2),
        "inverse_sqrt": InverseSqrt(1.0, steps / 100),
        "restarts_5": CosineRestarts(1.0, steps // 5),
    }
    return {name: schedule.sample(steps) for name, schedule in schedules.items()}
