"""A schedule as source code for another framework, and as JSON.

Every target prints the same formula, read off the schedule itself: nothing is fitted or sampled,
and nothing of lrdecay is needed to run the result.
"""

from __future__ import annotations

from typing import Literal

from .arguments import checked
from .as_json import from_json, to_json
from .schedule import Schedule
from .targets import TARGETS

__all__ = ["Target", "from_json", "source", "to_json"]

Target = Literal["python", "nanogpt", "torch", "transformers", "lightning", "optax", "keras"]


@checked()
def source(schedule: Schedule, target: Target) -> str:
    """Return the source code of a schedule for a framework.

    Args:
        schedule: any schedule whose formula can be read off: all but those with a Python function
            of the user's own that takes only numbers, and PyTorch's few that are computed step by
            step.
        target: "python" (a function `lr(k)`), "nanogpt" (`get_lr(it)`), "torch" (a scheduler made
            by `scheduler(optimizer, relative=False)`, as `torch_scheduler` makes it),
            "transformers" and "lightning" (the same, with how it is handed over), "optax" (a
            function of the count) or "keras" (a `LearningRateSchedule`).

    Returns:
        A module's source: imports, tables where the formula has some, and the definition. A
        negative step has the rate of step 0.

    Raises:
        ValueError: if the target is not one of these, or if the formula cannot be read off.

    Examples:
        >>> from lrdecay import Linear
        >>> print(source(Linear(0.1, 100), "python"))
        # Linear(base_lr=0.1, total_steps=100)
        <BLANKLINE>
        <BLANKLINE>
        def lr(k):
            k = max(k, 0)
            t1 = k / 100
            return 0.1 * (1.0 - (t1 if t1 < 1.0 else 1.0))
        <BLANKLINE>
    """
    return TARGETS[target](schedule)
