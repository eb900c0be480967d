"""The rates of every dialect against those that its peer gave, without the peer."""

import pickle
from itertools import pairwise

import numpy as np
import pytest

from lrdecay import dialects
from tests.dialects.test_all import NAMES
from tests.golden import GOLDEN, made, rates

# What no file can hold: what takes schedules or metrics, a script, a name that stands for others.
WITHOUT = {
    "lrsched": {"with_warmup", "sequential"},
    "nanogpt": {"get_lr"},
    "pytorch_scheduler": {"WarmupScheduler"},
    "timm": {"PlateauLRScheduler"},
    "torch": {"ReduceLROnPlateau"},
    "transformers": {
        *("get_reduce_on_plateau_schedule", "get_greedy_schedule", "GreedyLR", "get_scheduler"),
    },
}
CASES = [
    pytest.param(peer, case, id=f"{peer} {case['scheduler']}")
    for peer, cases in GOLDEN.items()
    for case in cases
]


def least(peer, name):
    """Return how far a rate may be from the peer's, relative to the largest."""
    if peer == "fastai" and name.startswith(("combine", "fi")):
        return 1e-6  # where it joins schedules fastai computes the position in float32
    if (peer, name) == ("pytorch_warmup", "RAdamWarmup"):
        return 1e-8  # the library loses digits of the first steps
    return 1e-12


@pytest.mark.parametrize(("peer", "case"), CASES)
def test_rates_of_the_peer(peer, case):
    schedule = made(peer, case["scheduler"], case["kwargs"])
    theirs = np.array(case["lr"])
    unit = np.abs(theirs).max()
    ours = rates(schedule, case)
    for given in ours:
        assert np.abs(given - theirs).max() <= least(peer, case["scheduler"]) * unit
    for one, other in pairwise(ours):
        assert np.abs(one - other).max() <= (1e-15 if peer == "keras" else 1e-14) * unit
    if "<function" not in repr(schedule):
        assert pickle.loads(pickle.dumps(schedule)) == schedule
        assert eval(repr(schedule), dict(NAMES)) == schedule


@pytest.mark.parametrize("peer", dialects.PEERS)
def test_every_schedule_has_a_case_and_a_sentence(peer):
    module = getattr(dialects, peer)
    assert set(module.SCHEDULERS) <= set(module.__all__)
    beside = {name for name in module.__all__ if name.endswith("_momentum")}
    named = {case["scheduler"] for case in GOLDEN.get(peer, [])}
    assert named == {*module.SCHEDULERS, *beside} - WITHOUT.get(peer, set())
