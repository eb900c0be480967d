"""What every rate that follows a metric has: a state of plain numbers, and its history."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from .fields import Checked, Metric, StepCount, Steps, _checked_fields, check, refuse

if TYPE_CHECKING:
    from .families.warmup import First, Ramp
    from .schedule import Schedule
    from .then_fold import Clock, ThenFold


class Fold(Checked, ABC):
    """A learning rate that follows a metric: a pure function `state, metric -> state`.

    A state is a named tuple of plain numbers, and its `lr` is the rate in force. It survives
    pickle, `torch.save` and JSON: PyTorch gives it back as a mapping (weights only, its default),
    JSON as a list, and whatever takes a state takes these too.
    """

    _state: ClassVar[Any]  # the named tuple

    @abstractmethod
    def start(self) -> Any:
        """Return the state before the first metric."""

    @abstractmethod
    def _next(self, state: Any, metric: float) -> Any:
        """Return the state after one more metric."""

    def update(self, state: Any, metric: float) -> Any:
        """Return the state after one more metric; `state` itself is left as it was.

        Args:
            state: what the last call returned, or `start()`; as it was, or back from a file.
            metric: the new metric; NaN counts as bad.

        Returns:
            The new state, whose `lr` is in force until the next metric.

        Raises:
            ValueError: if the metric is not a number, or the state none of this rule's.
        """
        return self._next(self.restore(state), check("metric", metric, Metric))

    def advance(self, state: Any, steps: int = 1) -> Any:
        """Return the state after updates of the optimizer, which most rules do not count.

        Args:
            state: as in `update`.
            steps: how many updates, >= 0.

        Raises:
            ValueError: if an argument is out of range.
        """
        check("steps", steps, StepCount)
        return self.restore(state)

    def restore(self, state: Any) -> Any:
        """Return a state that came back from a file as the named tuple that it was.

        Args:
            state: a mapping or a sequence of its numbers; a state stays as it is.

        Raises:
            ValueError: if it is none of this rule's.
        """
        kind = self._state
        if isinstance(state, kind):
            return state
        try:
            made = kind(**state) if isinstance(state, Mapping) else kind(*state)
        except TypeError:
            words = f"a state of {type(self).__name__}, or its numbers ({', '.join(kind._fields)})"
            raise refuse("state", state, words) from None
        checked = {
            name: check(f"state.{name}", getattr(made, name), allowed)
            for name, (allowed, optional) in _checked_fields(kind).items()
            if getattr(made, name) is not None or not optional
        }
        return made._replace(**checked)

    def history(self, metrics: Iterable[float], every: int = 1) -> NDArray[np.float64]:
        """Return the learning rate in force after each metric.

        Args:
            metrics: the history of the metric, oldest first.
            every: updates before each metric, >= 1; they matter to a rule with a warmup.

        Returns:
            Array as long as `metrics`. What ran before the first metric used `start().lr`.

        Raises:
            ValueError: if a metric is not a number, or `every` is out of range.
        """
        steps = check("every", every, Steps)
        state = self.start()
        rates: list[float] = []
        for metric in _metrics(metrics):
            state = self.update(self.advance(state, steps), metric)
            rates.append(state.lr)
        return np.array(rates, dtype=np.float64)

    def rates(self, metrics: Iterable[float], every: int = 1) -> NDArray[np.float64]:
        """Return the rates that the updates of a run use whose metrics are known.

        Args:
            metrics: the history of the metric, oldest first.
            every: updates before each metric, >= 1.

        Returns:
            Array of shape (len(metrics) * every,). No update of the run uses the rate that the
            last metric leads to.

        Raises:
            ValueError: if a metric is not a number, or `every` is out of range.
        """
        steps = check("every", every, Steps)
        state = self.start()
        rates: list[float] = []
        for metric in _metrics(metrics):
            for _ in range(steps):
                rates.append(state.lr)
                state = self.advance(state)
            state = self.update(state, metric)
        return np.array(rates, dtype=np.float64)

    def then(self, second: Schedule | Fold, at: int, clock: Clock = "updates") -> ThenFold:
        """Return this rule up to step `at`, then `second` on its own clock; see `ThenFold`."""
        from .then_fold import ThenFold

        return ThenFold(self, second, at, clock)

    def after_warmup(
        self,
        warmup_steps: int,
        start_lr: float = 0.0,
        *,
        first: First = "1/(w+1)",
        shape: Ramp = "linear",
        clock: Clock = "updates",
    ) -> ThenFold:
        """Return this rule behind a warmup, as `Warmup` makes it.

        Metrics count from the end of the warmup on.

        Args:
            warmup_steps: length of the ramp, in steps of the `clock`, >= 0.
            start_lr: where the ramp starts from, >= 0.
            first: which of the three clocks of the ramp.
            shape: which ramp.
            clock: whether it counts "updates" of the optimizer or "metrics".

        Raises:
            ValueError: if an argument is out of range.

        Examples:
            >>> from lrdecay import ReduceOnPlateau
            >>> rule = ReduceOnPlateau(1.0, patience=1).after_warmup(3)
            >>> rule.rates([0.5, 0.5, 0.5, 0.5], every=2).tolist()
            [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0]
        """
        from .families.constant import Constant
        from .families.warmup import Warmup
        from .then_fold import ThenFold

        peak = Constant(self.start().lr)
        ramp = Warmup(peak, warmup_steps, start_lr, first=first, shape=shape)
        return ThenFold(ramp, self, warmup_steps, clock)


def saved(state: Any, protocol: SupportsIndex, /) -> tuple[Any, ...]:
    """Return how pickle keeps a state: the `__reduce_ex__` of every state.

    `torch.save` writes protocol 2, and what `torch.load` trusts makes no class of ours.
    """
    if protocol == 2:
        return OrderedDict, (list(state._asdict().items()),)
    return type(state), tuple(state)


def plain(state: Any) -> Any:
    """Return a state as a dict of numbers by name, the states in it too."""
    if hasattr(state, "_asdict"):
        return {name: plain(value) for name, value in state._asdict().items()}
    return list(state) if isinstance(state, tuple) else state


def _metrics(metrics: Any) -> Iterator[float]:
    if not isinstance(metrics, Iterable):
        raise refuse("metrics", metrics, "numbers, oldest first")
    return iter(metrics)
