"""One call of the sweep: a stack of runs, from the first update to the final losses."""

from __future__ import annotations

import numpy as np

from .data import Images, load
from .mlp_training import stacked
from .records import Result, Task


def train(task: Task, data: str, code: str) -> Result:  # noqa: ARG001, parts of the key
    """Train a stack of runs.

    Args:
        task: what to train.
        data: hash of the data, and
        code: of the program, that the result belongs to.

    Returns:
        Arrays (schedules, seeds) by name: `train_loss`, `valid_loss`, `test_loss` and `accuracy`
        (of test data) of the last weights; `start`, the loss of the first batch, and `worst`, the
        greatest of all; with an average, also `average_train_loss` and so on; with a plateau rule
        `first_cut`, the update at which it first cut the rate, or infinity. And `curve` (schedules,
        seeds, bins). A run that diverges may have losses that are infinite or not a number.
    """
    loaded = load(task.model.data)
    if task.model.network == "mlp":
        assert isinstance(loaded, Images)
        return stacked(task, loaded)
    from .torch_training import alone

    runs = [
        [alone(task, schedule, seed, loaded) for seed in task.seeds] for schedule in task.schedules
    ]
    return {name: np.array([[run[name] for run in row] for row in runs]) for name in runs[0][0]}
