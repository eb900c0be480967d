"""A question is answered by the rules at the head of `answer.py`, and by nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay.heuristics.answers import Answer, answer, condition
from lrdecay.heuristics.cases import GAIN, Case, of_losses
from lrdecay.lab.stats import Interval, exact
from lrdecay.lab.streams import stream

# Of the claim "at least 0".
EFFECTS = {
    "supports": Interval(2.0, 1.0, 3.0, 9),
    "contradicts": Interval(-2.0, -3.0, -1.0, 9),
    "undecided": Interval(0.5, -1.0, 2.0, 9),
}
SHORT = {"+": "supports", "-": "contradicts", "?": "undecided"}
SWAPPED = {"supports": "contradicts", "contradicts": "supports", "undecided": "undecided"}


def case(sign, setting="", world="trial", updates=0, **traits):
    """Return a case that is decided as its sign says: "+", "-" or "?"."""
    return Case(
        key="a",
        when="there",
        effect=EFFECTS[SHORT.get(sign, sign)],
        world=world,
        claim="threshold",
        at_least=0.0,
        setting=setting,
        traits=traits,
        updates=updates,
    )


def settings(signs, world="trial"):
    """Return one case a setting."""
    return [case(sign, f"setting {i}", world) for i, sign in enumerate(signs)]


# --- the words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signs", "word", "decided"),
    [
        ("++", "yes", 2),
        ("+++", "yes", 3),
        ("++?", "yes", 2),  # what is undecided has no vote
        ("+", "mostly yes", 1),  # a yes takes two settings
        ("+?", "mostly yes", 1),
        ("++-", "mostly yes", 3),  # just two thirds
        ("+++-", "mostly yes", 4),
        ("+++--", "undecided", 5),
        ("+-", "undecided", 2),
        ("++--", "undecided", 4),
        ("++---", "undecided", 5),
        ("+--", "mostly no", 3),  # just a third
        ("+---", "mostly no", 4),
        ("-?", "mostly no", 1),
        ("-", "mostly no", 1),
        ("--", "no", 2),
        ("--?", "no", 2),
        ("?", "undecided", 0),
        ("???", "undecided", 0),
    ],
)
@pytest.mark.parametrize(
    ("world", "strength"),
    [("trial", "our trials"), ("runs", "published runs"), ("toy", "small worlds only")],
)
def test_the_word_follows_from_the_votes_of_the_settings(signs, word, decided, world, strength):
    assert answer(settings(signs, world)) == Answer(word, strength, (), decided, len(signs))


@pytest.mark.parametrize(
    ("signs", "word"), [("+", "fact"), ("++", "fact"), ("-", "mostly no"), ("--", "no")]
)
def test_what_is_true_by_algebra_is_a_fact_and_what_is_false_is_not(signs, word):
    found = answer(settings(signs, "algebra"))
    assert (found.word, found.strength) == (word, "algebra")
    assert found.positive == (word == "fact")


def test_algebra_beside_another_world_is_one_vote_of_two():
    beside = [case("+", world="algebra"), case("+", world="quadratic")]
    assert answer(beside) == Answer("yes", "small worlds only", (), 2, 2)


def test_no_cases_are_refused():
    with pytest.raises(ValueError, match=r"^cases must be"):
        answer([])


# --- one vote a setting --------------------------------------------------------------------------


def test_the_cases_of_a_setting_have_one_vote():
    many = [case("+", "one")] * 9 + [case("-", "two"), case("-", "three"), case("-", "four")]
    assert answer(many) == Answer("mostly no", "our trials", (), 4, 4)


def test_a_world_without_settings_is_one():
    assert answer([case("+", world="quadratic")] * 3).settings == 1
    assert answer([case("+", world="quadratic"), case("+", world="law")]).word == "yes"


@pytest.mark.parametrize(
    ("others", "word"),
    [
        ("", "undecided"),  # a half of one
        ("+", "mostly yes"),  # 1.5 of 2
        ("-", "mostly no"),  # 0.5 of 2
        ("+-", "undecided"),  # 1.5 of 3
        ("++", "mostly yes"),  # 2.5 of 3: never "yes"
        ("--", "mostly no"),  # 0.5 of 3: never "no"
    ],
)
def test_a_split_setting_gives_half_of_its_vote_either_way(others, word):
    split = [case("+", "split"), case("-", "split"), case("?", "split")]
    found = answer(split + settings(others))
    assert (found.word, found.sides, found.decided) == (word, (), 1 + len(others))


# --- depends -------------------------------------------------------------------------------------


def test_it_depends_on_what_separates_all_decided_cases():
    cases = [
        case("+", "a", model="text", optimizer="AdamW"),
        case("+", "b", model="speech", optimizer="AdamW"),
        case("-", "c", model="images", optimizer="AdamW"),
        case("-", "d", model="images", optimizer="SGD"),
        case("?", "e", model="images", optimizer="AdamW"),
    ]
    found = answer(cases)
    assert found == Answer(
        "depends", "our trials", (("text, speech", "yes"), ("images", "no")), 4, 5
    )
    assert str(found) == "depends (text, speech: yes; images: no)"


@pytest.mark.parametrize(
    ("moved", "why"),
    [
        (case("-", "e", model="text"), "the trait has both outcomes"),
        (case("-", "e"), "a decided case does not name the trait"),
    ],
)
def test_a_trait_that_separates_some_of_the_cases_is_no_condition(moved, why):
    cases = [
        case("+", "a", model="text"),
        case("-", "b", model="images"),
        case("+", "c", model="text"),
    ]
    assert condition(cases), "or the test says nothing"
    assert condition([*cases, moved]) == (), why
    assert answer([*cases, moved]).word == "undecided"


def test_traits_are_tried_in_the_order_in_which_they_are_named():
    plus, minus = {"a": "1", "b": "x"}, {"a": "2", "b": "y"}
    for names, sides in (("ab", (("1", "yes"), ("2", "no"))), ("ba", (("x", "yes"), ("y", "no")))):
        one = case("+", "one", **{name: plus[name] for name in names})
        two = case("-", "two", **{name: minus[name] for name in names})
        assert condition([one, two]) == sides


def test_a_trait_comes_before_the_number_of_updates():
    cases = [case("+", "a", updates=9, model="text"), case("-", "b", updates=1, model="images")]
    assert condition(cases) == (("text", "yes"), ("images", "no"))


@pytest.mark.parametrize(
    ("horizons", "sides"),
    [
        ({1000: "-", 3000: "+"}, ("runs of 3,000 updates or more", "shorter runs")),
        ({1000: "+", 3000: "-"}, ("shorter runs", "runs of 3,000 updates or more")),
        ({300: "-", 1000: "-", 3000: "+"}, ("runs of 3,000 updates or more", "shorter runs")),
        ({300: "+", 1000: "-", 3000: "+"}, None),  # it turns twice
        ({0: "+", 1000: "-"}, None),  # one case has no horizon
    ],
)
def test_it_may_depend_on_the_number_of_updates(horizons, sides):
    cases = [case(sign, "one", updates=updates) for updates, sign in horizons.items()]
    found = answer(cases)
    if sides is None:
        assert found.word in {"undecided", "mostly yes"}
        assert found.sides == ()
    else:
        assert (found.word, found.sides) == ("depends", ((sides[0], "yes"), (sides[1], "no")))


@pytest.mark.parametrize(
    ("signs", "word"), [("++-", "mostly yes"), ("+--", "mostly no"), ("++--", "depends")]
)
def test_two_thirds_need_no_condition_though_there_is_one(signs, word):
    cases = [case(sign, f"{i}", model=f"model {sign}") for i, sign in enumerate(signs)]
    assert condition(cases)
    assert answer(cases).word == word


def test_a_split_setting_makes_it_depend_whatever_the_others_say():
    cases = [case("+", f"{i}", model="text") for i in range(3)]
    cases += [case("+", "split", model="text"), case("-", "split", model="images")]
    assert answer(cases).word == "depends"


# --- real training answers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("real", "small", "word", "strength", "otherwise"),
    [
        ("--", "+++++", "no", "our trials", "yes"),
        ("++", "--", "yes", "our trials", "no"),
        ("+", "-", "mostly yes", "our trials", "mostly no"),
        ("++", "++", "yes", "our trials", None),
        ("++", "+", "yes", "our trials", None),  # "mostly" is no disagreement
        ("++", "+-", "yes", "our trials", None),  # nor is "undecided"
        ("+-", "--", "undecided", "our trials", None),
        ("+?", "--", "mostly yes", "our trials", "no"),  # one decided case is enough
        ("??", "--", "no", "small worlds only", None),  # none is: the small ones answer
        ("??", "", "undecided", "our trials", None),
        ("", "++", "yes", "small worlds only", None),
    ],
)
def test_small_worlds_answer_only_where_real_training_decides_nothing(
    real, small, word, strength, otherwise
):
    found = answer([*settings(small, "quadratic"), *settings(real)])
    assert (found.word, found.strength, found.otherwise) == (word, strength, otherwise)
    assert found.settings == len(real if strength == "our trials" else small)


def test_the_strength_names_the_worlds_that_decide():
    trials, runs = settings("+"), [case("+", "elsewhere", "runs")]
    assert answer([*trials, *runs]).strength == "published runs and our trials"
    assert answer([*trials, case("?", "elsewhere", "runs")]).strength == "our trials"


# --- properties ----------------------------------------------------------------------------------

WORLDS = ["runs", "trial", "law", "toy", "quadratic", "bound"]
CASES = st.builds(
    lambda outcome, setting, world, updates, a, b: case(
        outcome, setting and f"{world} {setting}", world, updates, a=a, b=b
    ),
    st.sampled_from([*SWAPPED]),
    st.sampled_from(["", "1", "2", "3"]),
    st.sampled_from(WORLDS),
    st.sampled_from([0, 100, 300, 1000]),
    st.sampled_from("xyz"),
    st.sampled_from("pq"),
)
MANY = st.lists(CASES, min_size=1, max_size=9)


def parts(found):
    """Return an answer without the order in which the values of a trait are listed."""
    sides = {word: frozenset(what.split(", ")) for what, word in found.sides}
    return found.word, found.strength, sides, found.decided, found.settings, found.otherwise


def denied(word):
    """Return the word for the opposite of a claim."""
    yes, no = ("mostly yes", "yes"), ("mostly no", "no")
    return dict(zip(yes + no, no + yes, strict=True)).get(word, word)


@given(MANY)
def test_swapping_every_outcome_swaps_the_answer(cases):
    swapped = [case(SWAPPED[c.outcome], c.setting, c.world, c.updates, **c.traits) for c in cases]
    word, strength, sides, decided, of, otherwise = parts(answer(cases))
    opposite = {denied(word): what for word, what in sides.items()}
    assert parts(answer(swapped)) == (
        denied(word), strength, opposite, decided, of, denied(otherwise)
    )  # fmt: skip


@given(MANY.flatmap(lambda cases: st.tuples(st.just(cases), st.permutations(cases))))
def test_the_order_of_cases_does_not_matter(pair):
    one, two = map(answer, pair)
    assert parts(one) == parts(two)


@given(MANY, st.data())
def test_a_case_that_is_told_twice_counts_once(cases, data):
    again = data.draw(st.sampled_from(cases))
    assert answer([*cases, again]) == answer(cases)


@given(MANY)
def test_nothing_undecided_is_denied_or_affirmed(cases):
    word, outcomes = answer(cases).word, {case.outcome for case in cases}
    assert "contradicts" in outcomes or word not in {"no", "mostly no", "depends"}
    assert "supports" in outcomes or word not in {"yes", "mostly yes", "depends"}


@given(MANY)
def test_the_sides_of_a_condition_are_what_their_cases_found(cases):
    found = answer(cases)
    assert (found.word == "depends") == bool(found.sides)
    assert [word for _, word in found.sides] in ([], ["yes", "no"])


# --- a case --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "low", "high", "outcome"),
    [
        ("superiority", 0.02, 0.9, "supports"),
        ("superiority", 0.019, 0.9, "undecided"),
        ("superiority", -0.5, 0.019, "contradicts"),
        ("superiority", -0.5, 0.02, "undecided"),
        ("non-inferiority", -0.9, 0.05, "supports"),
        ("non-inferiority", -0.9, 0.051, "undecided"),
        ("non-inferiority", 0.051, 0.9, "contradicts"),
        ("equality", -0.05, 0.05, "supports"),
        ("equality", -0.051, 0.05, "undecided"),
        ("equality", 0.051, 0.06, "contradicts"),
        ("equality", -0.9, -0.051, "contradicts"),
        ("equality", -0.9, 0.9, "undecided"),
    ],
)
def test_a_case_is_decided_by_its_whole_interval(claim, low, high, outcome):
    effect = Interval((low + high) / 2, low, high, 9)
    one = Case(key="a", when="there", effect=effect, world="toy", claim=claim)
    assert one.outcome == outcome


@pytest.mark.parametrize(
    ("claim", "ends", "unit", "words"),
    [
        ("superiority", {}, GAIN, "at least 2 %"),
        ("non-inferiority", {}, GAIN, "at most 5 %"),
        ("equality", {}, GAIN, "-5 % to 5 %"),
        ("superiority", {}, "loss", "at least 0"),
        ("non-inferiority", {}, "nats", "at most 0"),
        ("threshold", {"at_least": 0.8}, "share of runs", "at least 80 %"),
        ("threshold", {"at_least": 0.8, "at_most": 1.25}, "times", "0.8 to 1.25"),
    ],
)
def test_a_claim_is_said_in_the_unit_of_the_effect(claim, ends, unit, words):
    one = Case(
        key="a", when="there", effect=exact(1.0), world="toy", claim=claim, unit=unit, **ends
    )
    assert one.claimed() == words


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"key": "not a key"}, "key"),
        ({"when": " "}, "when"),
        ({"world": "dream"}, "world"),
        ({"claim": "hope"}, "claim"),
        ({"claim": "threshold"}, "at_least"),
        ({"at_most": 1.0}, "at_least"),
    ],
)
def test_a_case_refuses_what_it_cannot_use(wrong, name):
    right = {"key": "a", "when": "there", "world": "toy", "claim": "superiority"}
    with pytest.raises(ValueError, match=f"^{name} must be"):
        Case(effect=exact(1.0), **right | wrong)


# --- losses in shares of what decay gains --------------------------------------------------------

GAINS = 0.5 + stream("test_answer.gains", 0).random(40)


def losses(difference, gain=GAINS, world="toy", claim="superiority"):
    return of_losses("a", "there", difference, gain, world=world, claim=claim)


def test_the_difference_and_the_gain_are_resampled_together():
    # A constant share of a gain that varies: resampled apart, its interval would have a width.
    found = losses(0.25 * GAINS)
    assert found.effect == pytest.approx((0.25, 0.25, 0.25, 40))
    assert found.unit == GAIN
    assert found.native.low < found.native.high


def test_a_share_is_that_of_medians_or_of_means():
    difference = np.linspace(0.0, 1.0, 40) ** 3
    for statistic in (np.median, np.mean):
        found = of_losses(
            "a", "there", difference, GAINS, world="toy", claim="superiority", statistic=statistic
        )
        assert found.effect.estimate == pytest.approx(statistic(difference) / statistic(GAINS))
        assert found.native is not None
        assert found.native.estimate == statistic(difference)


@pytest.mark.parametrize("gain", [-GAINS, GAINS - GAINS.mean(), 0.0 * GAINS], ids=["<0", "~0", "0"])
def test_where_decay_gains_nothing_the_loss_stands_alone(gain):
    found = losses(np.full(40, 0.001), gain)
    assert (found.unit, found.effect, found.range[0]) == ("loss", found.native, 0.0)
    assert found.outcome == "supports"


def test_of_quadratics_the_share_of_problems_that_agree_is_said():
    gain = 0.1 * GAINS
    difference = np.where(np.arange(40) < 30, 0.1, 0.0) * gain
    assert losses(difference, gain, "quadratic").problems.estimate == 0.75
    assert losses(difference, gain, "quadratic", "non-inferiority").problems.estimate == 0.25
    assert losses(difference, gain).problems is None


@pytest.mark.parametrize("claim", ["non-inferiority", "equality", "superiority"])
def test_equal_arms_are_no_worse_and_not_better(claim):
    found = losses(0.0 * GAINS, claim=claim)
    assert found.outcome == ("contradicts" if claim == "superiority" else "supports")


def test_equal_arms_are_not_better_where_decay_gains_nothing_either():
    assert losses(0.0 * GAINS, 0.0 * GAINS).outcome != "supports"
