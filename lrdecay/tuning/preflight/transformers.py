"""transformers' Trainer: a callback."""

from __future__ import annotations

from functools import cache
from typing import Any

from .recorder import Recorder, say
from .torch import preflight


def callback() -> Any:
    """Return a `TrainerCallback` that lints before the first update, and compares at the end.

    What it finds goes to the log `lrdecay.preflight`, of the first process alone. Its `recorder`
    has it, too.

    Examples:
        ```python
        from lrdecay.tuning.preflight.transformers import callback

        trainer = Trainer(model, arguments, train_dataset=data, callbacks=[callback()])
        ```
    """
    return _class()()


@cache
def _class() -> Any:
    """Return the class, whose base exists only with transformers."""
    from transformers import TrainerCallback

    class Preflight(TrainerCallback):
        """Looks at the scheduler of a Trainer, and at what its updates use."""

        recorder: Recorder | None = None

        def on_train_begin(
            self,
            args: Any,
            state: Any,
            _control: Any,
            *,
            optimizer: Any,
            lr_scheduler: Any,
            **_: Any,
        ) -> None:
            """Lint what will run."""
            self.recorder = preflight(
                optimizer,
                lr_scheduler,
                state.max_steps,
                epochs=args.num_train_epochs if args.max_steps <= 0 else None,
                accumulation=args.gradient_accumulation_steps,
                world_size=args.world_size,
                step=state.global_step,
            )
            if state.is_world_process_zero:
                say(self.recorder.findings)

        def on_train_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
            """Say where the rates left the plan."""
            if self.recorder is not None:
                self.recorder.close()
                if state.is_world_process_zero:
                    say(self.recorder.report())

    return Preflight
