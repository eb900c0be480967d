"""Rules: well-formed, cited, read from their files, and with no number that was typed."""

import re

import pytest

from lrdecay.heuristics import JUDGED, RULES, registry
from lrdecay.heuristics.references import references
from lrdecay.heuristics.running import recorded
from tests.paths import ROOT

WORDS_OF_RULES = ROOT / "lrdecay/heuristics/rules"
WORDS = ("action", "value", "tradeoff", "reasoning", "not_when", "conditions")


def test_every_file_is_a_rule_and_ids_are_in_order():
    assert list(RULES) == sorted(RULES)
    assert list(RULES) == sorted(path.stem.upper() for path in WORDS_OF_RULES.glob("*"))


@pytest.mark.parametrize("id_", RULES)
def test_a_rule_says_everything_and_refers_to_what_exists(id_):
    rule = RULES[id_]
    for name in (*WORDS, "name", "question", "claim"):
        assert getattr(rule, name).strip() == getattr(rule, name) != "", name
    assert set(rule.sources) <= references().keys()
    assert set(rule.related) <= RULES.keys() - {id_}
    assert len(rule.name) <= 32, "too long for the menu"
    if rule.experiment is not None:
        assert not set(rule.seeds) & set(rule.disjoint)
        assert len(rule.seeds) == len(rule.disjoint) >= 10


def test_a_rule_is_read_from_its_file(tmp_path):
    """Lines may break anywhere; what is optional may be left out."""
    words = "id: H900\nname: A name: in words\ntopic: shape\nsituations: [reading papers]\n"
    text = f"---\n{words}sources: [a-1, b-2]\nseeds: 10 to 29\n---\n\n# Is it\n\nIt\nis.\n\n"
    text = text.replace("Is it", "Is it?")
    headings = ("Action", "Value", "Trade-off", "Why", "When not", "Conditions")
    text += "".join(f"## {heading}\n\n{heading} of\nit {{x:.1%}}.\n\n" for heading in headings)
    path = tmp_path / "h900.md"
    path.write_text(text, "utf-8")
    rule = registry.read(path)
    assert (rule.id, rule.name, rule.topic) == ("H900", "A name: in words", "shape")
    assert (rule.question, rule.claim) == ("Is it?", "It is.")
    assert [getattr(rule, name) for name in WORDS] == [f"{h} of it {{x:.1%}}." for h in headings]
    assert (rule.situations, rule.sources) == (("reading papers",), ("a-1", "b-2"))
    assert (rule.symptoms, rule.related, rule.seeds) == ((), (), range(10, 30))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("## Why", "## Because", "the heading must be one of Action, .*, got 'Because'"),
        ("## Why", "### Why", r"the sections must be all there, got \['reasoning'\]"),
        ("topic: noise", "topic: rain", "topic must be among noise, "),
        ("topic: noise\n", "", "topic"),
        ("topic: noise", "theme: noise", "theme"),
        ("seeds: 1000 to", "seeds: some to", "some"),
        ("\n---\n", "\n", ""),
        ("1000 to 1999", "1000 to 999", "seeds must be the first and the last"),
    ],
)
def test_a_file_of_another_form_is_refused_by_name(tmp_path, old, new, words):
    text = (WORDS_OF_RULES / "h001.md").read_text("utf-8")
    assert old in text
    path = tmp_path / "h001.md"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ValueError, match=rf"^h001\.md: .*{words}"):
        registry.read(path)


@pytest.mark.parametrize("id_", JUDGED)
def test_no_measured_number_is_typed(id_):
    """An interval in a text is a placeholder; a typed one would stay when the result moves."""
    texts = [getattr(RULES[id_], name) for name in WORDS]
    assert not [text for text in texts if re.search(r"\[-?[\d.]+ ?%?, ", text)]


@pytest.mark.parametrize("id_", JUDGED)
def test_every_placeholder_names_a_recorded_number(id_):
    rule, evidence = RULES[id_], recorded()[id_]
    for name in WORDS:
        told = rule.told(getattr(rule, name), evidence)
        assert not re.search(r"\{[a-z_]+(:[^{}]*)?\}", re.sub(r"\$[^$]+\$", "", told)), told


def test_an_unknown_placeholder_is_refused():
    with pytest.raises(ValueError, match=r"placeholder in H001"):
        RULES["H001"].told("{nothing}", recorded()["H001"])
