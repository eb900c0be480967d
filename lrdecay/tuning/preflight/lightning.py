"""Lightning: a callback."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from .recorder import Recorder, say
from .torch import preflight


def callback() -> Any:
    """Return a `Callback` that lints before the first update, and compares at the end.

    What it finds goes to the log `lrdecay.preflight`, of the first process alone. Its `recorders`
    have it, too: one for each scheduler.

    Examples:
        ```python
        from lrdecay.tuning.preflight.lightning import callback

        trainer = lightning.Trainer(max_epochs=9, callbacks=[callback()])
        ```
    """
    return _class()()


@cache
def _class() -> Any:
    """Return the class, whose base exists only with Lightning."""
    from lightning.pytorch import Callback

    class Preflight(Callback):
        """Looks at the schedulers of a Trainer, and at what its updates use."""

        def __init__(self) -> None:
            self.recorders: list[Recorder] = []

        def on_train_start(self, trainer: Any, _module: Any) -> None:
            """Lint what will run."""
            total = trainer.estimated_stepping_batches
            if not (0 < total < math.inf):
                return
            self.recorders = [
                _recorder(trainer, one, int(total)) for one in trainer.lr_scheduler_configs
            ]
            self._say(trainer, [one.findings for one in self.recorders])

        def on_train_end(self, trainer: Any, _module: Any) -> None:
            """Say where the rates left the plan."""
            for one in self.recorders:
                one.close()
            self._say(trainer, [one.report() for one in self.recorders])

        def _say(self, trainer: Any, found: list[Any]) -> None:
            if trainer.is_global_zero:
                for several in found:
                    say(several)

    return Preflight


def _recorder(trainer: Any, config: Any, total: int) -> Recorder:
    """Return the recorder of one scheduler of a Trainer."""
    every = config.frequency
    if config.interval == "epoch":
        every *= math.ceil(trainer.num_training_batches / trainer.accumulate_grad_batches)
    return preflight(
        config.scheduler.optimizer,
        config.scheduler,
        total,
        epochs=trainer.max_epochs if trainer.max_steps == -1 else None,
        accumulation=trainer.accumulate_grad_batches,
        world_size=trainer.world_size,
        every=every,
        step=trainer.global_step // len(trainer.optimizers),
    )
