"""Experiments give what is recorded, and the same answer on seeds that nobody looked at."""

from dataclasses import replace

import numpy as np
import pytest

from lrdecay import heuristics
from lrdecay.heuristics import JUDGED, RULES, Evidence, real
from lrdecay.heuristics.cases import REAL
from lrdecay.heuristics.running import RECORDED, record, recorded
from lrdecay.lab.stats import exact
from tests.paths import ROOT
from tests.slow import mostly_slow

STORE = ROOT / "build" / ".cache" / "rules"  # of the site's build: found by the code that ran


SMALL = tuple(id_ for id_ in JUDGED if RULES[id_].experiment is not None)


@pytest.mark.parametrize("id_", mostly_slow(SMALL, "H001", "H045"))
def test_what_the_site_prints_can_be_measured_again(id_):
    evidence = heuristics.run(id_, store=STORE)
    assert heuristics.compare(id_, evidence) in {"same", "within the interval"}
    printed = recorded()[id_]
    assert (evidence.format, evidence.formats) == (printed.format, printed.formats)
    assert evidence.chart is not None
    assert evidence.chart.alt
    for words in (evidence.chart.alt, evidence.chart.caption):
        RULES[id_].told(words, evidence)


@pytest.mark.parametrize("id_", mostly_slow(SMALL, "H029", "H036", "H047", every=4))
def test_other_seeds_give_small_worlds_the_same_answer(id_):
    other = heuristics.run(id_, seeds=RULES[id_].disjoint, store=STORE)
    assert other.small.answer.word == recorded()[id_].small.answer.word


def test_running_twice_gives_the_same_bits(tmp_path):
    seeds = range(12)
    first = heuristics.run("H001", seeds=seeds, store=tmp_path)
    assert heuristics.run("H001", seeds=seeds, store=tmp_path) == first  # read
    assert heuristics.run("H001", seeds=seeds, store=tmp_path / "other") == first  # computed


def test_the_record_is_complete_and_in_its_own_form():
    assert tuple(recorded()) == JUDGED
    assert record(recorded()) == RECORDED.read_text("utf-8")


def test_a_result_is_compared_with_the_record():
    printed = recorded()["H001"]
    assert heuristics.compare("H001", printed) == "same"
    first, *rest = printed.cases

    def moved(by):
        effect = first.effect._replace(estimate=first.effect.estimate + by)
        cases = (replace(first, effect=effect), *rest)
        return Evidence(printed.measure, cases, None, printed.numbers)

    width = first.effect.high - first.effect.low
    assert heuristics.compare("H001", moved(-0.1 * width)) == "within the interval"
    assert heuristics.compare("H001", moved(2 * width)) == "changed"
    assert heuristics.compare("H002", printed) == "changed"


def test_exact_numbers_may_be_rounded_otherwise_beside_others_that_moved():
    printed = recorded()["H014"]
    exact_key, other_key = "worst", "tuned"
    values = printed.values
    assert values[exact_key].is_exact
    assert not values[other_key].is_exact

    def moved(one):
        effect = one.effect
        if one.key == exact_key:
            effect = exact(effect.estimate * (1 + 1e-13), effect.n)
        elif one.key == other_key:
            effect = effect._replace(estimate=(effect.low + effect.estimate) / 2)
        return replace(one, effect=effect)

    other = Evidence(printed.measure, tuple(map(moved, printed.cases)), None, printed.numbers)
    assert heuristics.compare("H014", other) == "within the interval"


def test_the_record_holds_what_real_training_says_today():
    for id_ in JUDGED:
        kept = tuple(case for case in recorded()[id_].cases if case.world in REAL)
        found = real.cases(id_)
        assert [(c.key, c.when, c.outcome) for c in kept] == [
            (c.key, c.when, c.outcome) for c in found
        ]
        ends = [[case.effect for case in cases] for cases in (kept, found)]
        assert not kept or np.allclose(*ends, rtol=1e-9, atol=1e-12)  # as processors round


def test_no_undecided_case_is_denied():
    for id_ in JUDGED:
        found = recorded()[id_].answer
        decided = [case for case in recorded()[id_].cases if case.outcome != "undecided"]
        assert (found.word == "undecided") >= (not decided)
        if found.word in {"no", "mostly no"}:
            assert any(case.outcome == "contradicts" for case in decided)


def test_at_least_half_of_the_rules_rest_on_real_training():
    rungs = [id_ for id_ in JUDGED if real.cases(id_)]
    assert len(rungs) >= 40
    assert {*JUDGED} - {*SMALL} <= {*rungs}
