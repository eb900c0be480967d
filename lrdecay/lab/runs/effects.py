"""Effects: the loss of one arm above that of another, in nats and as a share of decay's gain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...checks import checked, refuse
from ..inputs import Floats
from ..stats import Interval
from .noise import Arm, losses, peaks, within
from .tables import Run, _runs

_HORIZON = 50_000  # the only one of the sweep at which the rate was held to the end


class Best(NamedTuple):
    """The best peak of an arm.

    Attributes:
        peak: of those tried, the one with the lowest loss.
        loss: there; its `n` is the number of runs at this peak.
        tried: all peaks.
    """

    peak: float
    loss: Interval
    tried: tuple[float, ...]

    @property
    def at_edge(self) -> bool:
        """Whether it is the lowest or the highest tried, so that a better one may lie beyond."""
        return self.peak in {self.tried[0], self.tried[-1]}


class Effect(NamedTuple):
    """A difference of final losses.

    Attributes:
        nats: the difference; above 0 the first is worse. Its `n` is the smaller number of runs
            behind the two losses: 1 says that one of them is of a single seed.
        known_share: the same as a share of `gain`, or None at a size where no constant rate was
            tuned.
        borrowed: whether the runs are of another horizon, or other text, than that gain, which is
            the only one known at their size.
    """

    nats: Interval
    known_share: Interval | None
    borrowed: bool

    @property
    def share(self) -> Interval:
        """The difference as a share of decay's gain.

        Raises:
            ValueError: if no constant rate was tuned at this size.
        """
        if self.known_share is None:
            raise ValueError("share must be of runs of 124M, where a constant rate was tuned")
        return self.known_share


@checked()
def arms(steps: int = _HORIZON) -> Mapping[str, tuple[Run, ...]]:
    """Return the schedules of the 124M sweep at a horizon, by name, each at several peaks.

    "constant", "linear, whole run", "cosine to 0", "cosine to 10 %", and cooldowns such as
    "linear, last 10 %" and "1-sqrt, last 20 %". "Whole run" is what the warmup leaves.

    Args:
        steps: 15,000, 25,000, 35,000 or 50,000; at 50,000 alone are there all of them.

    Raises:
        ValueError: if there is no such horizon.

    Examples:
        >>> sorted(arms(15_000))[:2]
        ['cosine to 10 %', 'linear, last 10 %']
    """
    sweep = [run for run in _runs() if run.series in {"sweep", "grad_norm"}]
    horizons = sorted({run.steps for run in sweep})
    if steps not in horizons:
        raise refuse("steps", steps, f"one of {horizons}")
    found: dict[str, tuple[Run, ...]] = {}
    for run in sweep:
        if run.steps == steps:
            found[_name(run)] = (*found.get(_name(run), ()), run)
    return found


def _name(run: Run) -> str:
    if run.schedule == "constant":
        return "constant"
    if run.schedule == "cosine":
        return "cosine to 10 %" if run.floor else "cosine to 0"
    whole = run.cooldown > 0.99  # all but the warmup
    return f"{run.shape}, {'whole run' if whole else f'last {100 * run.cooldown:.0f} %'}"


def best(arm: Arm) -> Best:
    """Return the best peak of an arm, and the loss there.

    The best of few peaks is not the best peak: what a finer sweep would gain is not known. And the
    lowest of several noisy losses is a little too low: the interval is moved up by as much as
    happens in the draws.

    Args:
        arm: runs that differ in their peak, such as one of `arms()`.

    Raises:
        ValueError: if the arm has no run, or one without a loss.

    Examples:
        >>> best(arms()["linear, last 20 %"]).peak
        0.001
    """
    found = losses(arm)
    peak = peaks(arm)[int(found[:, 0].argmin())]
    runs = sum(run.peak == peak for run in arm)
    return Best(peak, within(found.min(axis=0), runs), peaks(arm))


def gain() -> Interval:
    """Return what tuned linear decay gains over a tuned constant rate, in nats.

    Of the 124M model over 50,000 updates: the unit of all shares.

    Examples:
        >>> f"{gain():.3f}"
        '0.157 [0.153, 0.160]'
    """
    return compare(arms()["constant"], arms()["linear, whole run"]).nats


def compare(a: Arm, b: Arm) -> Effect:
    r"""Return how much higher arm `a` ends than arm `b`, each at its own best peak.

    Every run is given the noise of a rerun, 10,000 times, and the best peaks, the difference and
    its share are taken again. So for two single runs the deviation of the difference is $\sqrt 2$
    times that of one; choosing the best peak by the losses that are compared is in it; and so is
    that the deviation is itself known from few pairs. Noise is taken to be independent between
    runs. Two cooldowns of one peak share the updates before, and differ by less: for them the
    interval is too wide.

    Args:
        a: runs that differ in their peak, such as one of `arms()`.
        b: the same, of the same model, text and horizon.

    Raises:
        ValueError: if the two have not all of these in common, or one has no runs.

    Examples:
        >>> ends = compare(arms()["linear, last 10 %"], arms()["linear, last 60 %"])
        >>> f"{ends.nats:.4f}"
        '0.0313 [0.0276, 0.0346]'
        >>> f"{ends.share:.0%}"
        '20 % [18 %, 22 %]'
    """
    difference = losses(a).min(axis=0) - losses(b).min(axis=0)
    if setting(a) != setting(b):
        raise refuse("b", setting(b), f"runs of the same setting as a, {setting(a)}")
    return effect(difference, a, b)


def setting(arm: Arm) -> tuple[str, int, int]:
    """Return text, size and horizon of an arm.

    Raises:
        ValueError: if it has more than one.
    """
    found = {(run.dataset, run.millions, run.steps) for run in arm}
    if len(found) != 1:
        raise refuse("arm", sorted(found), "runs of one text, size and horizon")
    return found.pop()


def effect(difference: Floats, a: Arm, b: Arm, least: float = float("-inf")) -> Effect:
    """Return a difference, and its draws, as an effect."""
    runs = min(best(a).loss.n, best(b).loss.n)
    _, millions, _ = setting(a)
    constant, linear = arms()["constant"], arms()["linear, whole run"]
    share = None
    if millions == setting(constant)[1]:
        unit = losses(constant).min(axis=0) - losses(linear).min(axis=0)
        share = within(difference / unit, runs, least)
    borrowed = share is not None and setting(a) != setting(constant)
    return Effect(within(difference, runs, least), share, borrowed)
