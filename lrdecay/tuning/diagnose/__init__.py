"""What a loss curve asks for, how sure that is, and which cheap test would decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from numpy.typing import ArrayLike

from ...checks import refuse
from ..logs import Log
from .model import stored
from .points import Points, cleaned
from .symptoms import KINDS, shown
from .traits import measure

__all__ = ["Diagnosis", "Symptom", "diagnose"]

SURE = 0.6  # by cross-validation on the curves for building: 95 % of what is named is right
MENTION = 0.1
UNSURE = "cannot-tell"


class Symptom(NamedTuple):
    """What a curve may be asking for.

    Attributes:
        name: such as "starved".
        confidence: the share of the lab's curves that look like this one which had this cause; of
            "cannot-tell", that of those which the best guess would be wrong about.
        evidence: what was seen, in a sentence.
        heuristics: rules that say what to do.
        test: the cheapest test that would decide.
    """

    name: str
    confidence: float
    evidence: str
    heuristics: tuple[str, ...]
    test: str


@dataclass(frozen=True)
class Diagnosis:
    """Symptoms, strongest first; "cannot-tell" comes first if no other has a confidence of a half.

    Attributes:
        symptoms: at least one.
        points: losses that were looked at, one a step.
    """

    symptoms: tuple[Symptom, ...]
    points: int

    @property
    def name(self) -> str:
        """The first symptom's."""
        return self.symptoms[0].name


def diagnose(
    log: Log | ArrayLike,
    losses: ArrayLike | None = None,
    *,
    validation: ArrayLike | None = None,
    rates: ArrayLike | None = None,
    total_steps: int | None = None,
) -> Diagnosis:
    """Return what a loss curve asks for.

    Args:
        log: what `lrdecay.tuning.logs.read` returned, or the steps of the losses: whole numbers,
            in the order of the file; of a step that is there twice the last counts. Of a log
            without a training loss that of validation is looked at.
        losses: of training, one a step, NaN where there is none. Left out with a log.
        validation: losses of validation, likewise.
        rates: learning rates, likewise.
        total_steps: how long the run was to be, in steps.

    Raises:
        ValueError: if an argument is out of its range, or the columns differ in length.

    Examples:
        >>> import numpy as np
        >>> steps = np.arange(0, 10_000, 20)
        >>> noise = np.random.default_rng(0).standard_normal(500)
        >>> losses = 0.4 + 1.6 * np.exp(-steps / 300) + 0.03 * noise
        >>> diagnose(steps, losses, rates=np.full(500, 0.1)).name
        'on-its-noise-floor'
        >>> diagnose([0, 1, 2], [3.0, 2.0, 1.0]).name
        'cannot-tell'
    """
    found = cleaned(*_columns(log, losses, validation, rates), total_steps)
    size = int(found.losses.size)
    if size < KINDS["diverged"].fewest:
        return Diagnosis((_few(found),), size)
    measured = measure(found)
    seen = shown(measured)
    sure = stored().confidences(measured, seen)
    order = sorted(sure, key=lambda name: -sure[name])
    first = order[0]
    if first != UNSURE and sure[first] < SURE:
        sure[UNSURE] = 1.0 - sure[first]
        order.remove(UNSURE)
        order.insert(0, UNSURE)
    kept = [name for name in order if name == order[0] or sure[name] >= MENTION]
    told = [_symptom(name, sure[name], seen[name]) for name in kept]
    if told[0].name == UNSURE and first != UNSURE:
        told[0] = told[0]._replace(test=KINDS[first].test)
    return Diagnosis(tuple(told), size)


def _few(found: Points) -> Symptom:
    if found.broken_at is not None:
        words = f"the loss is not finite from step {found.broken_at:,} on until the end"
        return _symptom("diverged", 1.0, words)
    return _symptom(UNSURE, 1.0, f"losses of {found.losses.size} steps are too few")


def _symptom(name: str, confidence: float, evidence: str) -> Symptom:
    kind = KINDS[name]
    return Symptom(name, round(confidence, 3), evidence, kind.heuristics, kind.test)


def _columns(
    log: Log | ArrayLike,
    losses: ArrayLike | None,
    validation: ArrayLike | None,
    rates: ArrayLike | None,
) -> tuple[ArrayLike, ArrayLike, ArrayLike | None, ArrayLike | None]:
    if not isinstance(log, Log):
        if losses is None:
            raise refuse("losses", None, "given with steps, one a step")
        return log, losses, validation, rates
    given = {"losses": losses, "validation": validation, "rates": rates}
    for name, value in given.items():
        if value is not None:
            raise refuse(name, "given", "left out with a log, which has its own")
    if not log.losses:
        log.loss()  # says so
    kinds = [kind for kind in ("train", "validation") if kind in log.losses]
    second = log.losses[kinds[1]] if len(kinds) > 1 else None
    return log.steps, log.losses[kinds[0]], second, next(iter(log.rates.values()), None)
