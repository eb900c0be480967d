"""Real networks, trained on real data with every schedule a rule speaks of.

`design` says what is trained, and was written before anything was. `run` trains a piece of it, or
what is missing of it, `collect` makes the small file of a trial from a folder of results, and
`load` gives the files that come with the package back as tables, whose columns `columns` explains
and which `dataset` writes as CSV. `data.load` finds the data in a folder, and says where they come
from.
"""

from .catalogue import PIECES, TRIALS
from .design import cost
from .results import Again, Results, again, available, collect, load, write
from .running import Done, State, UnfinishedError, finished, run, state, workers

__all__ = [
    "PIECES",
    "TRIALS",
    "Again",
    "Done",
    "Results",
    "State",
    "UnfinishedError",
    "again",
    "available",
    "collect",
    "cost",
    "finished",
    "load",
    "run",
    "state",
    "workers",
    "write",
]
