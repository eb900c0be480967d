"""optax: a schedule that is looked at, and that remembers how it was used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...checks import StepCount, check, refuse
from ...schedule import Schedule
from ..lint import Finding, ahead, counted, length, lint, look_at_rates, order
from ..lint.codes import finding
from ..lint.subject import MOST_CALLS, sampled
from .recorder import Recorder


class Checked:
    """A schedule of optax, with what was found in it.

    Attributes:
        findings: of before the first update.
        recorder: what it recorded.
    """

    def __init__(self, schedule: Callable[[Any], Any], recorder: Recorder) -> None:
        self.schedule, self.recorder = schedule, recorder
        self.findings = recorder.findings

    def __call__(self, count: Any) -> Any:
        """Return the rate of a count, and record both when the update is made."""
        import jax

        rate = self.schedule(count)
        jax.debug.callback(self._record, count, rate)
        return rate

    def _record(self, count: Any, rate: Any) -> None:
        recorder = self.recorder
        step, steps = int(count) - recorder.start, recorder.steps
        if steps and steps[-1] == step:
            return  # `optax.MultiSteps` asks in every forward pass, and each group for itself
        if len(steps) == 1 and steps[0] < 0 <= step:  # `inject_hyperparams` asks when it is made
            steps.pop(), recorder.used[0].pop()
        recorder.record(step, [float(rate)])

    def report(self) -> tuple[Finding, ...]:
        """Return where the rates left the plan, to be asked at the end of the run."""
        import jax

        jax.effects_barrier()
        return self.recorder.report()


def checked(
    schedule: Callable[[Any], Any],
    total_steps: int | None = None,
    *,
    epochs: float | None = None,
    dataset_size: int | None = None,
    batch_size: int | None = None,
    accumulation: int = 1,
    world_size: int = 1,
    step: int = 0,
) -> Checked:
    r"""Return a schedule for optax that says what is wrong with it, and where it was left.

    It is used in place of the schedule, and gives the same rates. Under `jit`, too, each update
    tells the host its count and its rate, by `jax.debug.callback`.

    Args:
        schedule: of optax, of this package, or any function of the count.
        total_steps: updates of the run. Or `epochs`, `dataset_size` and `batch_size`.
        epochs: of the run.
        dataset_size: examples in an epoch.
        batch_size: examples in one forward pass of one process.
        accumulation: forward passes between two updates, as `optax.MultiSteps` counts them.
        world_size: processes.
        step: updates that were made before, in a run that goes on.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        ```python
        from lrdecay.tuning.preflight.optax import checked

        rate = checked(optax.cosine_decay_schedule(1e-3, 1000), total_steps=1000)
        print(*rate.findings, sep="\n")
        optimizer = optax.adamw(rate)
        ...  # the training loop
        print(*rate.report(), sep="\n")
        ```
    """
    counts = counted(epochs, accumulation, world_size, dataset_size)
    total = length(schedule, total_steps, dataset_size, batch_size, counts)
    if not callable(schedule):
        raise refuse("schedule", schedule, "a schedule, or a function of the count")
    if check("step", step, StepCount) >= total:
        raise refuse("step", step, f"below the {total} updates of the run")
    if total > MOST_CALLS:
        found = (finding("LR027", f"the run has more than {MOST_CALLS:,} updates"),)
        return Checked(schedule, Recorder(found, (), [None], total, step))
    rates = _sample(schedule, ahead(total, 0, counts))
    if isinstance(schedule, Schedule):
        found = lint(
            schedule, total, epochs=epochs, accumulation=accumulation, world_size=world_size
        )
    else:
        name = getattr(schedule, "__qualname__", type(schedule).__name__).split(".")[0]
        found = order(look_at_rates(rates, total, counts, name))
    return Checked(schedule, Recorder(found, [rates[step:]], [None], total, step))


def _sample(schedule: Callable[[Any], Any], steps: int) -> Any:
    """Return the first rates of a schedule: all at once if it can, else one by one."""
    import jax

    try:
        return np.asarray(jax.vmap(schedule)(jax.numpy.arange(steps)), dtype=float)
    except (TypeError, ValueError, jax.errors.JAXTypeError):
        return sampled(schedule, steps)[0]
