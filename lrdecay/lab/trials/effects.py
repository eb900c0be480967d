"""Effects: the loss of one arm above that of another, in nats and as a share of decay's gain.

The counterpart of `lrdecay.lab.runs.effects` for our own trials. Arms are named as in `design`, and
judged at their best peak; "cosine@2" is the cosine at twice its best peak. Losses are those of test
data, unless another column is named, as in "linear:rounded_8"; a run that diverged has learnt
nothing and counts as a uniform guess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from math import log
from typing import Any, NamedTuple

import numpy as np

from ..inputs import Floats
from ..stats import Interval, estimate, jointly
from ..streams import stream
from . import grids
from .catalogue import PIECES, TRIALS
from .data import CLASSES
from .design import peak
from .results import Results, available, load


class Setting(NamedTuple):
    """A trial at a horizon.

    Attributes:
        trial: data and model, such as "fashion-sgd".
        updates: the horizon.
    """

    trial: str
    updates: int


class Effect(NamedTuple):
    """A number of a setting.

    Attributes:
        nats: as it is.
        known_share: the same as a share of what tuned linear decay gains there over a tuned
            constant rate, both resampled together; None where that gain is not clearly above 0.
    """

    nats: Interval
    known_share: Interval | None

    @property
    def share(self) -> Interval:
        """The number as a share of decay's gain.

        Raises:
            ValueError: if decay gains nothing there.
        """
        if self.known_share is None:
            raise ValueError("share must be of a setting in which decay gains something")
        return self.known_share


SCHEDULES: tuple[str, ...] = tuple(dict.fromkeys(piece.trial for piece in grids.PIECES))
"""The trials of schedules: fresh weights, and the optimizer that the model names."""


def planned(
    *arms: str, anywhere: bool = False, among: Collection[str] = SCHEDULES
) -> list[Setting]:
    """Return the settings in which the design has all of the arms, run or not, in its order.

    Args:
        arms: names, such as "linear" or "cosine@2".
        anywhere: whether an arm counts that has another number of updates, as those with other
            batches have. The horizon is then that of most arms of its piece.
        among: trials to choose from; those of schedules by default.
    """
    found: list[Setting] = []
    for trial in TRIALS:
        if trial not in among:
            continue
        pieces = [piece for piece in PIECES.values() if piece.trial == trial]
        of: dict[int, set[str]] = {}
        for piece in pieces:
            base = Counter(arm.updates for arm in piece.arms).most_common(1)[0][0]
            for arm in piece.arms:
                names = {f"{arm.name}@{2.0 ** (i / 2):.3g}" for i in arm.judged}
                of.setdefault(base if anywhere else arm.updates, set()).update(names)
        found += [
            Setting(trial, n) for n, names in of.items() if {_full(arm) for arm in arms} <= names
        ]
    return found


def tried(
    *arms: str,
    anywhere: bool = False,
    among: Collection[str] = SCHEDULES,
    unit: tuple[str, ...] = ("constant", "linear"),
) -> list[Setting]:
    """Return those of `planned` whose results are in the package, and those of the unit's arms."""
    return [
        setting
        for setting in planned(*arms, anywhere=anywhere, among=among)
        if setting.trial in available()
        and all(_rows(setting, arm, anywhere).any() for arm in (*unit, *arms))
    ]


def _full(arm: str) -> str:
    name = arm.partition(":")[0]
    return name if "@" in name else f"{name}@1"


def _rows(setting: Setting, arm: str, anywhere: bool = False) -> Any:
    """Return which runs are those of an arm on its judged seeds, at a multiple of its best peak."""
    name, _, factor = _full(arm).partition("@")
    runs = load(setting.trial).runs
    rows = (runs["arm"] == name) & (runs["phase"] == "judging")
    rows &= np.isclose(runs["from_best"].astype(float), float(factor), rtol=0.01)
    here = rows & (runs["updates"] == setting.updates)
    return here if here.any() or not anywhere else rows


_RESAMPLES = 2000

Run = tuple[str, str, int]
"""A trial, the name of an arm, and its number of updates."""

_asked: ContextVar[set[Run] | None] = ContextVar("asked", default=None)


@contextmanager
def asked() -> Generator[set[Run], None, None]:
    """Gather which runs are asked for inside, so that they can be made again."""
    found: set[Run] = set()
    token = _asked.set(found)
    try:
        yield found
    finally:
        _asked.reset(token)


def losses(setting: Setting, arm: str, *, anywhere: bool = False) -> Floats:
    """Return the test losses of an arm by seed, or what its name says, shape (seeds,).

    Raises:
        LookupError: if the arm was not run in this setting.
    """
    results: Results = load(setting.trial)
    rows = _rows(setting, arm, anywhere)
    if not rows.any():
        raise LookupError(f"{setting} has no run of {arm!r}")
    if (gathered := _asked.get()) is not None:
        name, updates = (results.runs[each][rows][0] for each in ("arm", "updates"))
        gathered.add((setting.trial, str(name), int(updates)))
    order = np.argsort(results.runs["seed"][rows], kind="stable")
    column = arm.partition(":")[2] or "test_loss"
    found = results.runs[column][rows].astype(np.float64)[order]
    guess = log(CLASSES[next(p.model.data for p in PIECES.values() if p.trial == setting.trial)])
    return np.where(np.isfinite(found), found, guess)


def gain(setting: Setting) -> Interval:
    """Return what tuned linear decay gains over a tuned constant rate, in nats."""
    return estimate(losses(setting, "constant") - losses(setting, "linear"), np.mean)


def effect(
    setting: Setting,
    arms: tuple[str, ...],
    value: Callable[..., Any] = np.subtract,
    *,
    anywhere: bool = False,
) -> Effect:
    """Return a number made of the mean losses of arms, seeds resampled jointly.

    Args:
        setting: one of `tried(*arms)`.
        arms: names.
        value: of their mean losses, one argument an arm; by default the first less the second.
        anywhere: as for `planned`.
    """
    columns = [losses(setting, arm, anywhere=anywhere) for arm in arms]
    unit = [losses(setting, "constant"), losses(setting, "linear")]

    def nats(*means: Floats, axis: int) -> Any:
        return value(*(np.mean(one, axis=axis) for one in means))

    def share(constant: Floats, linear: Floats, *means: Floats, axis: int) -> Any:
        return nats(*means, axis=axis) / (constant - linear).mean(axis=axis)

    whole = jointly(columns, nats)
    return Effect(whole, jointly((*unit, *columns), share) if gain(setting).low > 0 else None)


def peak_ratio(
    setting: Setting, arm: str, other: Setting, reference: str, *, anywhere: bool = False
) -> Interval:
    """Return the best peak of an arm over that of a reference, as known from the tuning seeds.

    Every resample of the seeds, or 2,000, chooses both peaks again. A grid of factor root 2 knows a
    peak to a quarter power of 2 on either side, so that the ends are moved out by a root of 2.

    Args:
        setting: of the arm.
        arm: name.
        other: setting of the reference.
        reference: name.
        anywhere: as for `planned`.
    """
    one, two = (_tuning(s, name, anywhere) for s, name in ((setting, arm), (other, reference)))
    chosen = [np.log2(_chosen(*table)) for table in (one, two)]
    n = min(len(table[1].T) for table in (one, two))
    ratios = np.subtract.outer(*chosen) if n < 4 else chosen[0] - chosen[1][: len(chosen[0])]
    low, high = np.quantile(ratios, (0.025, 0.975))
    middle = _best(*one) / _best(*two)
    return Interval(float(middle), float(2 ** (low - 0.5)), float(2 ** (high + 0.5)), n)


def peak_share(setting: Setting, arm: str) -> Interval:
    """Return the best peak of an arm over that of its start, as known from the tuning seeds.

    As in `peak_ratio`, but of one grid: the ends are moved out by a quarter power of 2.
    """
    start = next(
        one.method.start
        for piece in PIECES.values()
        if piece.trial == setting.trial
        for one in piece.arms
        if (one.name, one.updates) == (arm, setting.updates)
    )
    assert start is not None
    peaks, table = _tuning(setting, arm, anywhere=False)
    before = peak(start.peak)
    low, high = np.quantile(_chosen(peaks, table), (0.025, 0.975)) / before
    middle = _best(peaks, table) / before
    return Interval(middle, float(low / 2**0.25), float(high * 2**0.25), table.shape[1])


def _tuning(setting: Setting, arm: str, anywhere: bool) -> tuple[Floats, Floats]:
    """Return the peaks of an arm and their validation losses, shape (peaks, seeds)."""
    runs = load(setting.trial).runs
    rows = (runs["arm"] == arm) & (runs["phase"] == "tuning")
    here = rows & (runs["updates"] == setting.updates)
    rows = here if here.any() or not anywhere else rows
    peaks = np.unique(runs["peak"][rows].astype(float))
    table = [runs["valid_loss"][rows & (runs["peak"] == peak)].astype(float) for peak in peaks]
    return peaks, np.array(table)


def _best(peaks: Floats, table: Floats) -> float:
    return float(peaks[np.argmin(table.mean(axis=1))])


def _chosen(peaks: Floats, table: Floats) -> Floats:
    """Return the peak that each resample of the seeds chooses: all of them where they are few."""
    n = table.shape[1]
    if n**n <= _RESAMPLES:  # 2 seeds: 4, 4 seeds: 256; of 8 seeds they would be 16 million
        index = np.array(np.meshgrid(*[range(n)] * n)).reshape(n, -1).T
    else:
        index = stream("trials.resamples", 0).integers(0, n, (_RESAMPLES, n))
    return peaks[np.argmin(table[:, index].mean(axis=-1), axis=0)]


def ladder(trial: str, arm: str) -> dict[str, Any] | None:
    """Return the columns of an arm that was judged at every peak, shape (peaks, seeds), or None.

    None if the trial's results, or this arm of them, are not in the package.
    """
    if trial not in available():
        return None
    runs = load(trial).runs
    rows = (runs["arm"] == arm) & (runs["phase"] == "judging")
    if not rows.any():
        return None
    order = np.lexsort((runs["seed"][rows], runs["peak"][rows]))
    peaks = len(np.unique(runs["peak"][rows]))
    return {name: column[rows][order].reshape(peaks, -1) for name, column in runs.items()}


def range_test(trial: str) -> tuple[Floats, Floats] | None:
    """Return the rates of a range test and its losses by seed, shape (seeds, points), or None.

    The rate rises by a constant factor from 1e-5 of the peak; a point is the mean over as many
    updates as the others.
    """
    if trial not in available():
        return None
    results = load(trial)
    for (_, arm, _), curve in results.curves.items():
        if arm == "range_test":
            peak = float(results.runs["peak"][results.runs["arm"] == arm][0])
            points = curve.shape[1]
            return peak * 1e5 ** ((np.arange(points) + 0.5) / points - 1), curve
    return None


def best_peak(setting: Setting, arm: str) -> float:
    """Return the peak that the tuning seeds chose."""
    return _best(*_tuning(setting, arm, anywhere=False))
