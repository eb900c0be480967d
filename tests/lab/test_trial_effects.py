"""Effects of the trials, by hand from their files; what the design plans is what is asked."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from itertools import combinations_with_replacement
from math import factorial, log, prod

import numpy as np
import pytest

from lrdecay.heuristics import JUDGED, real
from lrdecay.lab.trials import effects, results
from lrdecay.lab.trials.effects import Setting

DIGITS = Setting("digits", 300)


def raw(trial, arm, updates):
    """Return an arm of a file as it stands there."""
    content = json.loads(gzip.decompress((results.FOLDER / f"{trial}.json.gz").read_bytes()))
    (found,) = (a for a in content["arms"] if (a["arm"], a["updates"]) == (arm, updates))
    return found


def at_best(trial, arm, updates):
    found = raw(trial, arm, updates)
    return np.array(found["judging"][str(found["best"])]["test_loss"], dtype=float)


def test_a_difference_is_that_of_the_file():
    found = effects.effect(DIGITS, ("cosine_tenth", "cosine"))
    columns = {
        arm: at_best("digits", arm, 300) for arm in ("cosine_tenth", "cosine", "constant", "linear")
    }
    difference = columns["cosine_tenth"] - columns["cosine"]
    gain = columns["constant"] - columns["linear"]
    assert found.nats.estimate == pytest.approx(difference.mean())
    assert found.share.estimate == pytest.approx(difference.mean() / gain.mean())
    assert found.nats.n == 24
    # Of 24 pairs the bootstrap's interval is nearly Student's.
    half = 2.07 * difference.std(ddof=1) / np.sqrt(24)
    assert found.nats.high - found.nats.low == pytest.approx(2 * half, rel=0.2)


def test_the_gain_is_a_share_of_one_of_itself():
    found = effects.effect(DIGITS, ("constant", "linear"))
    assert found.share[:3] == pytest.approx((1.0, 1.0, 1.0))


def test_a_share_needs_a_gain(monkeypatch):
    monkeypatch.setattr(effects, "gain", lambda _: effects.Interval(0.1, -0.1, 0.3, 24))
    found = effects.effect(DIGITS, ("cosine", "linear"))
    assert found.known_share is None
    with pytest.raises(ValueError, match=r"^share must be of a setting in which decay gains"):
        _ = found.share


def test_another_multiple_of_the_best_peak():
    found = raw("digits", "linear", 300)
    twice = found["judging"][str(found["best"] + 2)]["test_loss"]
    guess = log(10)
    expected = [guess if x is None else x for x in twice]
    assert effects.losses(DIGITS, "linear@2").tolist() == expected


def test_what_was_not_run_is_named():
    with pytest.raises(LookupError, match="no run of 'moon'"):
        effects.losses(DIGITS, "moon")


def test_settings_are_those_of_the_design_with_all_arms():
    both = effects.planned("linear", "linear_hundredth")
    assert both == [Setting("fashion-sgd", 1000)]
    assert Setting("text-64k", 2000) in effects.planned("linear", "drops_3")
    assert Setting("text-161k", 500) not in effects.planned("linear", "drops_3")
    batches = ("constant_updates_2048", "linear_updates_2048")
    assert [s.trial for s in effects.planned(*batches, anywhere=True)] == [
        "fashion-sgd",
        "fashion-adamw",
    ]
    assert {*effects.tried("linear")} <= {*effects.planned("linear")}


def test_a_ratio_of_peaks_knows_no_more_than_its_grid():
    same = effects.peak_ratio(DIGITS, "linear", DIGITS, "linear")
    assert same.estimate == 1.0
    assert same.low <= 2**-0.5
    assert same.high >= 2**0.5


def test_a_best_peak_is_chosen_as_every_resample_of_the_seeds_would_or_nearly():
    """Eight seeds have 16 million resamples, but 6,435 as far as their order does not count."""
    rng = np.random.default_rng(0)
    peaks = np.array([1.0, 2.0, 4.0])
    for n, near in ((4, 1e-12), (8, 0.05)):
        table = rng.normal(0.0, 1.0, (3, n))
        drawn = [*combinations_with_replacement(range(n), n)]
        ways = [factorial(n) / prod(map(factorial, Counter(one).values())) for one in drawn]
        best = table[:, np.array(drawn)].mean(axis=-1).argmin(axis=0)
        exact = np.bincount(best, ways, minlength=3) / n**n
        chosen = effects._chosen(peaks, table)
        assert chosen.size <= 2000
        assert [np.mean(chosen == peak) for peak in peaks] == pytest.approx(exact, abs=near)


@pytest.mark.parametrize("id_", real.ids())
def test_a_rule_asks_in_settings_that_the_page_can_name(id_):
    assert id_ in JUDGED
    found = real.cases(id_)
    assert len({case.key for case in found}) == len(found)
    for case in found:
        assert case.world in {"runs", "trial"}
        assert case.setting
        assert case.traits["optimizer"] in {"AdamW", "Muon", "SGD with momentum"}
        assert case.traits["data"] in {"language models", "small image networks"}
    trained = real.trained(id_)
    assert bool(trained) >= any(c.world == "trial" and c.claim != "threshold" for c in found)
