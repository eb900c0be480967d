"""Keras: a callback."""

from __future__ import annotations

import contextlib
import warnings
from functools import cache
from typing import Any

import numpy as np

from ...checks import Steps, check
from ..lint import Finding, ahead, look_at_rates, order
from ..lint.codes import finding
from ..lint.subject import Counts
from .departures import FEW
from .recorder import Recorder, say

MOST = 5_000  # updates whose rates are asked for one by one


def callback(total_steps: int | None = None) -> Any:
    """Return a `Callback` that lints before the first update, and compares at the end.

    What it finds goes to the log `lrdecay.preflight`. Its `recorder` has it, too.

    Args:
        total_steps: batches of the whole run; None for the epochs of `fit` times their batches.

    Raises:
        ValueError: if `total_steps` is out of range.

    Examples:
        ```python
        from lrdecay.tuning.preflight.keras import callback

        model.fit(x, y, epochs=9, callbacks=[callback()])
        ```
    """
    return _class()(None if total_steps is None else check("total_steps", total_steps, Steps))


@cache
def _class() -> Any:
    """Return the class, whose base exists only with Keras."""
    from keras.callbacks import Callback
    from keras.optimizers.schedules import LearningRateSchedule

    class Preflight(Callback):
        """Looks at the schedule of an optimizer, and at what its updates use."""

        def __init__(self, total_steps: int | None) -> None:
            super().__init__()
            self.total_steps = total_steps
            self.recorder: Recorder | None = None
            self.epoch: int | None = None

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            """Lint what will run, once the first epoch is known."""
            if self.epoch is None:
                self.epoch = epoch
                self.recorder = _recorder(self.model, self.params, epoch, self.total_steps)
                say(self.recorder.findings if self.recorder else ())

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            """Record the rates of the updates that follow at once, mostly one."""
            if self.recorder is None:
                return
            optimizer, steps = self.model.optimizer, self.params["steps"]
            schedule = optimizer._learning_rate  # noqa: SLF001
            moves = isinstance(schedule, LearningRateSchedule)
            first, several = _batches(optimizer), self.model.steps_per_execution
            for k in range(several if steps is None else min(several, steps - batch)):
                rate = schedule(first + k) if k and moves else optimizer.learning_rate
                self.recorder.record(first + k - self.recorder.start, [_float(rate)])

        def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
            """Say where the rates left the plan."""
            say(self.recorder.report() if self.recorder else ())
            self.epoch = None

    return Preflight


def _float(rate: Any) -> float:
    from keras import ops

    return float(ops.stop_gradient(ops.convert_to_tensor(rate)))


def _batches(optimizer: Any) -> int:
    """Return how many batches an optimizer has seen: of these its schedule is a function."""
    return int(optimizer._iterations)  # noqa: SLF001


def _recorder(model: Any, params: Any, epoch: int, total_steps: int | None) -> Recorder | None:
    """Return the recorder of a run; None if nobody knows how long it is."""
    from keras.optimizers.schedules import LearningRateSchedule

    steps, optimizer = params["steps"], model.optimizer
    if steps is None and total_steps is None:
        return None
    total = params["epochs"] * steps if total_steps is None else total_steps
    start, at = epoch * (steps or 0), _batches(optimizer)
    found: list[Finding] = []
    if abs(at - start) > FEW * total:
        words = f"the run goes on with update {start:,}, and the optimizer is at {at:,}"
        found.append(finding("LR023", words, min(start, total - 1)))
    schedule, rates = optimizer._learning_rate, None  # noqa: SLF001
    if not isinstance(schedule, LearningRateSchedule):
        words = "the optimizer has a number, which callbacks may change"
        found.append(finding("LR027", words))
    else:
        counts = Counts(params["epochs"])
        rates = _sample(schedule, ahead(total, 0, counts))
        if rates is None:
            words = f"{type(schedule).__name__} of more than {MOST:,} updates"
            found.append(finding("LR027", words))
        else:
            found += look_at_rates(rates, total, counts, type(schedule).__name__)
    plan = [] if rates is None else [rates[start:]]
    return Recorder(order(found), plan, [None], total, start)


def _sample(schedule: Any, steps: int) -> Any:
    """Return the first rates of a schedule: all at once if it can, else one by one."""
    from keras import ops

    some = np.linspace(0, steps - 1, 20).astype(int)
    with warnings.catch_warnings(), contextlib.suppress(Exception):  # it may take one step alone
        warnings.simplefilter("ignore")
        rates = np.array(ops.convert_to_numpy(schedule(ops.arange(steps))), dtype=float)
        if np.allclose(rates[some], [_float(schedule(k)) for k in some]) and rates.ndim == 1:
            return rates
    return None if steps > 3 * MOST else np.array([_float(schedule(k)) for k in range(steps)])
