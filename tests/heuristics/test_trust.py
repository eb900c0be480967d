"""The scores of worlds: synthetic evidence whose score is known beforehand."""

from itertools import count

import numpy as np
import pytest
from scipy import stats

from lrdecay.heuristics import Case, Evidence, real, recorded, trust
from lrdecay.heuristics.cases import GAIN
from lrdecay.lab.stats import Interval

NUMBERS = count()
EACH = pytest.mark.parametrize("judge", ["small", *trust.SMALL])


def case(
    world, effect, *, wide=0.01, claim="superiority", setting="", unit=GAIN, traits=(), **ends
):

    found = Interval(effect, effect - wide, effect + wide, 24)
    return Case(
        key=f"k{next(NUMBERS)}",
        when="always",
        effect=found,
        world=world,
        claim=claim,
        setting=setting,
        unit=unit,
        traits=dict(traits),
        **ends,
    )


def evidence(*rules):
    return {f"H{i:03}": Evidence("loss", tuple(cases)) for i, cases in enumerate(rules)}


def pairs(real, toy):
    return evidence(*([case("trial", a), case("toy", b)] for a, b in zip(real, toy, strict=True)))


def test_a_world_that_copies_the_truth_scores_1():
    effects = np.linspace(-1.0, 1.0, 20)
    found = trust.score(pairs(effects, effects), "toy")
    assert found.right == Interval(1.0, 1.0, 1.0, 20)
    assert found.majority.estimate == 0.5
    assert found.ahead.estimate == 0.5
    assert found.ratio is not None
    assert found.ratio.estimate == pytest.approx(1.0)
    assert found.rank is not None
    assert found.rank.estimate == pytest.approx(1.0)


def test_a_world_that_says_the_contrary_scores_0_and_ranks_the_other_way():
    effects = np.linspace(-1.0, 1.0, 20)
    found = trust.score(pairs(effects, -2.0 * effects), "toy")
    assert found.right.estimate == 0.0
    assert found.ratio is not None
    assert found.ratio.estimate == pytest.approx(2.0)
    assert found.rank is not None
    assert found.rank.estimate == pytest.approx(-1.0)


def test_a_coin_scores_a_half_and_its_interval_says_so():
    rng = np.random.default_rng(0)
    held = []
    for _ in range(40):
        truth, coin = rng.choice([-0.5, 0.5], size=(2, 40))
        found = trust.score(pairs(truth, coin), "toy").right
        held.append(found.low <= 0.5 <= found.high)
    assert np.mean(held) >= 0.85


def test_the_fixed_answer_is_the_better_of_the_two():
    truth = [0.5, 0.5, 0.5, 0.5, 0.5, -0.5, -0.5, -0.5]
    found = trust.score(pairs(truth, [0.5] * 8), "toy")
    assert found.majority.estimate == found.right.estimate == 5 / 8
    assert found.ahead.estimate == 0.0
    against = trust.score(pairs([-x for x in truth], [0.5] * 8), "toy")
    assert (against.majority.estimate, against.right.estimate) == (5 / 8, 3 / 8)
    assert against.majority.low >= 0.5


def test_below_six_rules_anything_is_possible():
    found = trust.score(pairs([0.5] * 5, [0.5] * 5), "toy")
    assert found.right == Interval(1.0, 0.0, 1.0, 5)
    assert found.ahead[1:3] == (-1.0, 1.0)
    assert found.rank is found.ratio is None


def test_what_is_undecided_asks_nothing_and_a_world_without_a_side_gets_a_half():
    nothing = [case("trial", 0.0), case("toy", 0.5)]
    silent = [case("trial", 0.5), case("toy", 0.0)]
    torn = [case("trial", 0.5), case("toy", 0.5), case("toy", -0.5)]
    found = trust.score(evidence(nothing, silent, torn), "toy")
    assert [(vote.rule, vote.right, vote.said) for vote in found.votes] == [
        ("H001", 0.5, 0.0),
        ("H002", 0.5, 0.0),
    ]


def test_a_rule_has_one_vote_and_its_settings_have_the_same_weight():
    many = [case("trial", 0.5, setting="a") for _ in range(9)]
    rule = [*many, case("trial", -0.5, setting="b"), case("toy", 0.5)]
    other = [case("trial", 0.5), case("toy", 0.5)]
    found = trust.score(evidence(rule, other), "toy")
    assert [vote.right for vote in found.votes] == [0.5, 1.0]
    assert [vote.claim for vote in found.votes] == [0.5, 1.0]
    assert found.right.estimate == 0.75


def test_cases_are_matched_by_the_traits_that_both_name():
    line, cosine = {"shape": "linear"}.items(), {"shape": "cosine"}.items()
    cases = [
        case("trial", 0.5, traits=[*line, ("optimizer", "SGD")]),
        case("toy", 0.4, traits=line),
        case("toy", -0.4, traits=cosine),
        case("toy", -0.4, traits=cosine),
    ]
    (reply,) = trust.replies(cases, "toy")
    assert (reply.side, reply.size) == (1, 0.4)
    (all_of_them,) = trust.replies(cases, "toy", ignoring=["shape"])
    assert (all_of_them.side, all_of_them.size) == (-1, -0.4)
    (none_alike,) = trust.replies([case("trial", 0.5, traits=[("shape", "x")]), *cases[1:]], "toy")
    assert none_alike.side == -1


def test_a_sign_needs_no_unit_a_distance_does_and_a_threshold_goes_by_its_outcome():
    signs = [case("trial", 0.5), case("toy", 9.0, unit="loss")]
    (reply,) = trust.replies(signs, "toy")
    assert (reply.side, reply.size) == (1, None)
    distances = [
        case("trial", 0.5, claim="non-inferiority"),
        case("toy", 9.0, claim="non-inferiority", unit="loss"),
    ]
    assert not trust.replies(distances, "toy")
    thresholds = [
        case("trial", 0.5, claim="threshold", unit="times", at_least=0.4),
        case("toy", 3.0, claim="threshold", unit="share", at_least=2.0),
    ]
    assert trust.replies(thresholds, "toy")[0].side == 1
    assert not trust.replies([signs[0], thresholds[1]], "toy")


def test_the_sign_of_a_small_difference_counts_though_it_is_within_the_margin():
    tiny = case("trial", 0.01, wide=0.005)
    assert (tiny.outcome, trust.side(tiny)) == ("contradicts", 1)
    near = case("trial", 0.03, claim="non-inferiority")
    far = case("trial", 0.07, claim="non-inferiority")
    across = case("trial", 0.05, claim="non-inferiority")
    assert [trust.side(one) for one in (near, far, across)] == [1, -1, 0]


def test_small_worlds_together_say_what_most_of_them_say():
    cases = [case("runs", 0.5), case("toy", 0.5), case("bound", 0.5)]
    cases += [case("quadratic", -0.5) for _ in range(9)]
    assert [reply.side for reply in trust.replies(cases, "small")] == [1]
    assert [reply.side for reply in trust.replies([*cases, case("law", -0.5)], "small")] == [0]
    assert not trust.replies([cases[0], case("algebra", 0.5)], "small")


def test_a_law_is_silent_about_the_runs_it_was_fitted_to():
    fitted = min(trust.FITTED)
    there = [case("runs", 0.5, setting=fitted), case("law", 0.5)]
    elsewhere = [case("runs", 0.5, setting="published runs, 124M, SlimPajama"), case("law", 0.5)]
    assert not trust.score(evidence(there), "law").votes
    assert not trust.replies(there, "small")
    assert trust.score(evidence(elsewhere), "law").right.estimate == 1.0
    # The name is that of cases which rules have.
    assert {one.pooled for one in real.cases("H009")} >= trust.FITTED


def test_trials_are_scored_against_published_runs():
    cases = [case("runs", 0.5), case("trial", -0.5), case("toy", 0.5)]
    assert trust.score(evidence(cases), "trial", ("runs",)).right.estimate == 0.0
    assert trust.score(evidence(cases), "toy", ("runs",)).right.estimate == 1.0
    assert trust.score(evidence(cases), "toy").right.estimate == 0.5


def test_answers_are_counted_by_their_direction():
    alike = [case("trial", 0.5), case("toy", 0.5)]
    contrary = [case("trial", 0.5), case("toy", -0.5)]
    still_open = [case("trial", 0.5), case("toy", 0.0, wide=0.5)]
    unasked = [case("toy", 0.5)]
    found = trust.answers(evidence(alike, contrary, still_open, unasked))
    assert found == {"alike": 1, "contrary": 1, "open": 1}


def test_ranks_are_those_of_scipy():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=30)
    toy = np.round(truth + rng.normal(size=30), 0)  # with ties
    found = trust.score(pairs(truth * 100, toy * 100), "toy")
    sized = np.array([(vote.real, vote.size) for vote in found.votes])
    assert found.rank is not None
    assert found.rank.estimate == pytest.approx(stats.spearmanr(*sized.T).statistic)


def test_a_score_is_told_as_what_it_is():
    right = [0.5] * 20 + [-0.5] * 20
    assert trust.told(trust.score(pairs(right, right), "toy")).endswith("50 %, which is less")
    wrong = [-x for x in right]
    assert trust.told(trust.score(pairs(right, wrong), "toy")).endswith("50 %, which is more")
    same = trust.told(trust.score(pairs(right, [0.5] * 40), "toy"))
    assert same.endswith("50 %, and these rules leave open which is more")
    few = trust.told(trust.score(pairs([0.5], [0.5]), "toy"))
    assert "1 rule alone, too few for a score: 100 % of" in few


@EACH
def test_every_small_world_is_scored_on_what_was_recorded(judge):
    found = trust.score(recorded(), judge)
    for interval in (found.right, found.majority):
        assert 0.0 <= interval.low <= interval.estimate <= interval.high <= 1.0
    assert len(found.votes) == found.right.n
    assert {vote.rule for vote in found.votes} <= recorded().keys()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="judge"):
        trust.replies([case("trial", 0.5)], "river")
