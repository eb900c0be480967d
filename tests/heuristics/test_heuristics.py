"""Rules: well-formed, cited, recorded, and judged the same on seeds that nobody looked at."""

import ast
import builtins
import importlib
import json
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

from lrdecay import heuristics
from lrdecay.heuristics import (
    JUDGED,
    RULES,
    Case,
    Dots,
    Evidence,
    Lines,
    Verdict,
    provenance,
    registry,
)
from lrdecay.heuristics.references import BIB, references
from lrdecay.heuristics.running import RECORDED, record, recorded
from lrdecay.lab.stats import Interval, exact
from tests.paths import ROOT
from tests.slow import mostly_slow

STORE = ROOT / "build" / ".cache" / "rules"  # of the site's build: found by the code that ran
WORDS_OF_RULES = ROOT / "lrdecay/heuristics/rules"
WORDS = ("action", "value", "tradeoff", "reasoning", "not_when", "conditions")


# --- the verdict -------------------------------------------------------------------------------


def case(key, low, high, **ends):
    return Case(key, f"condition {key}", Interval((low + high) / 2, low, high, 10), **ends)


def test_a_case_holds_when_its_whole_interval_lies_in_the_range():
    assert case("a", 0.1, 0.3, at_least=0.1).holds
    assert not case("a", 0.09, 0.3, at_least=0.1).holds
    assert case("a", -0.3, 0.3, at_least=-0.5, at_most=0.3).holds
    assert not case("a", -0.3, 0.31, at_least=-0.5, at_most=0.3).holds


@pytest.mark.parametrize(
    ("held", "word", "when"),
    [
        ((True, True), "holds", ()),
        ((True, False), "holds when", ("condition k0",)),
        ((False, True), "holds when", ("condition k1",)),
        ((False, False), "does not hold", ()),
    ],
)
def test_the_verdict_follows_from_the_cases(held, word, when):
    cases = tuple(
        case(f"k{i}", 1.0 if yes else -1.0, 2.0, at_least=0.5) for i, yes in enumerate(held)
    )
    verdict = Evidence("effect", cases).verdict
    assert verdict == Verdict(word, when)
    assert str(verdict) == " ".join([word, *when])
    assert str(Verdict("holds when", ("a", "b"))) == "holds when a; when b"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("not a key", "x", exact(1.0), 0.0), "key"),
        (("key", " ", exact(1.0), 0.0), "when"),
        (("key", "x", exact(1.0)), "at_least"),
    ],
)
def test_a_case_refuses_what_it_cannot_use(arguments, name):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        Case(*arguments)


def test_evidence_refuses_no_cases_and_two_numbers_of_one_name():
    for cases, numbers in (((), {}), ((case("a", 0, 1, at_least=0),), {"a": exact(1.0)})):
        with pytest.raises(ValueError, match=r"^cases must be"):
            Evidence("effect", cases, None, numbers)


def test_a_number_is_printed_as_its_evidence_says_unless_a_text_asks():
    numbers = {"b": exact(0.25), "c": exact(2.0)}
    one = Evidence(
        "effect",
        (case("a", 0.1, 0.3, at_least=0),),
        None,
        numbers,
        format=".0%",
        formats={".1f": ["c"], "+.3f": ["b"]},
    )
    assert [one.format_of(key) for key in one.values] == [".0%", "+.3f", ".1f"]
    told = RULES["H001"].told("{a}, {b}, {b:.0%}, {c}, $x_{c}$", one)
    assert told == "20 % [10 %, 30 %], +0.250, 25 %, 2.0, $x_{c}$"
    assert Evidence.from_data(json.loads(json.dumps(one.as_data()))) == one


@pytest.mark.parametrize("formats", [{".1f": ["d"]}, {".1f": "a"}], ids=str)
def test_a_format_is_given_to_numbers_that_there_are(formats):
    with pytest.raises(ValueError, match=r"^formats must be"):
        Evidence("effect", (case("a", 0, 1, at_least=0),), formats=formats)


@pytest.mark.parametrize(
    "chart",
    [
        None,
        Lines((0.0, 1.0), {"a": (1.0, 2.0)}, "x", "y", "alt", "words", {"a": ((0.0,) * 2,) * 2}),
        Dots(("row",), {"": (exact(1.0),)}, "x", "alt", "words", reference=0.0, log=True),
    ],
)
def test_evidence_survives_the_store(chart):
    one = Evidence("effect", (case("a", 0, 1, at_least=0), case("b", 0, 1, at_most=2)), chart)
    assert Evidence.from_data(one.as_data()) == one
    assert Evidence.from_data(json.loads(json.dumps(one.as_data()))).values == one.values


# --- the registry ------------------------------------------------------------------------------


def test_at_least_thirty_rules_are_judged_and_ids_are_in_order():
    assert len(JUDGED) >= 30
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
        ("1000 to 1099", "1000 to 999", "seeds must be the first and the last"),
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


# --- the experiments ---------------------------------------------------------------------------


@pytest.mark.parametrize("id_", mostly_slow(JUDGED, "H001", "H045"))
def test_what_the_site_prints_can_be_measured_again(id_):
    evidence = heuristics.run(id_, store=STORE)
    assert heuristics.compare(id_, evidence) in {"same", "within the interval"}
    printed = recorded()[id_]
    assert (evidence.format, evidence.formats) == (printed.format, printed.formats)
    assert evidence.chart is not None
    assert evidence.chart.alt
    for words in (evidence.chart.alt, evidence.chart.caption):
        RULES[id_].told(words, evidence)


@pytest.mark.parametrize("id_", mostly_slow(JUDGED, "H029", "H036", "H047"))
def test_other_seeds_give_the_same_verdict(id_):
    other = heuristics.run(id_, seeds=RULES[id_].disjoint, store=STORE)
    assert other.verdict == recorded()[id_].verdict


def test_running_twice_gives_the_same_bits(tmp_path):
    seeds = range(12)
    first = heuristics.run("H001", seeds=seeds, store=tmp_path)
    assert heuristics.run("H001", seeds=seeds, store=tmp_path) == first  # read
    assert heuristics.run("H001", seeds=seeds, store=tmp_path / "other") == first  # computed


# --- what a result comes from ------------------------------------------------------------------

# One of each topic, of those that take little time.
PASTED = ("H001", "H008", "H018", "H023", "H029", "H032", "H036", "H045", "H047")


@pytest.mark.parametrize("id_", PASTED)
def test_an_experiment_can_be_pasted_and_run(id_):
    assert {RULES[each].topic for each in PASTED} == {RULES[each].topic for each in JUDGED}
    pasted: dict[str, Any] = {"__name__": "__main__"}
    exec(heuristics.source(id_), pasted)
    seeds = RULES[id_].seeds[:20]
    assert pasted[id_.lower()](seeds) == heuristics.run(id_, seeds=seeds)


@pytest.mark.parametrize("id_", JUDGED)
def test_what_is_pasted_needs_nothing_more_and_imports_public_names(id_):
    program = heuristics.source(id_)
    given = set(dir(builtins))
    for node in ast.walk(ast.parse(program)):
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                given.add(node.name)
            case ast.Import() | ast.ImportFrom():
                modules = [getattr(node, "module", "")] + [each.name for each in node.names]
                assert not any("._" in name or name.startswith("_") for name in modules)
                assert getattr(node, "level", 0) == 0
                given |= {each.asname or each.name for each in node.names}
            case ast.arg():
                given.add(node.arg)
            case ast.Name(ctx=ast.Store()):
                given.add(node.id)
    used = {node.id for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Name)}
    assert used <= given


def test_the_functions_of_experiments_are_those_of_rules():
    found = {
        f"{path.stem} {node.name}"
        for path in (ROOT / "lrdecay/heuristics/experiments").glob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    assert found == {f"{RULES[id_].topic.replace(' ', '_')} {id_.lower()}" for id_ in JUDGED}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Let fingerprints be those of a copy of the package that can be edited."""
    shutil.copytree(provenance.PACKAGE, tmp_path / "lrdecay")
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path / "lrdecay")

    def edited(name, change, id_="H001"):
        path = tmp_path / "lrdecay" / name
        before = path.read_text("utf-8")
        path.write_text(change(before), "utf-8")
        found = heuristics.fingerprint(id_)
        path.write_text(before, "utf-8")
        return found

    return edited


def commented(code):
    return code.replace('"""', '"""Else. ', 1) + "# a comment\n"


def changed(code):
    return code + "\nADDED = 1\n"


def test_a_result_depends_on_code_that_computes(package):
    same = heuristics.fingerprint("H001")
    for name in ("schedule.py", "lab/stats.py", "heuristics/evidence.py"):
        assert package(name, commented) == same
    for name in ("cli.py", "plot.py", "outputs.py", "heuristics/citing.py"):
        assert package(name, changed) == same
    for name in (
        "schedule.py",
        "lab/moons/net.py",
        "families/linear.py",
        "dialects/keras.py",
    ):
        assert package(name, changed) != same
    for name in provenance.SHARED:
        assert package(f"heuristics/{name}", changed) != same


def test_all_that_experiments_use_of_the_rules_counts():
    for id_ in JUDGED:
        for node in ast.walk(ast.parse(heuristics.source(id_))):
            if isinstance(node, ast.ImportFrom) and "lrdecay.heuristics" in str(node.module):
                module = importlib.import_module(str(node.module))
                for each in node.names:
                    used = getattr(module, each.name)
                    where = getattr(used, "__module__", module.__name__).rpartition(".")[2]
                    assert f"{where}.py" in provenance.SHARED | {"charts.py"}, each.name


def test_a_result_depends_on_its_own_experiment_alone(monkeypatch):
    before = {id_: heuristics.fingerprint(id_) for id_ in ("H001", "H002")}
    assert before["H001"] != before["H002"]
    program = heuristics.source("H001")
    monkeypatch.setattr(
        provenance, "source", lambda _: program.replace("steps = 100", "steps = 99")
    )
    assert heuristics.fingerprint("H001") != before["H001"]
    monkeypatch.setattr(provenance, "source", lambda _: commented(program))
    assert heuristics.fingerprint("H001") == before["H001"]


def test_a_notebook_may_depend_on_every_file_of_the_package(package):
    same = heuristics.fingerprint()
    assert heuristics.fingerprint() == same
    for name in ("heuristics/rules/h001.md", "heuristics/experiments/shape.py", "plot.py"):
        assert package(name, changed, None) != same


def test_every_program_has_its_own_fingerprint():
    assert len({heuristics.fingerprint(id_) for id_ in JUDGED}) == len(JUDGED)


def test_experiments_need_no_optional_library_and_load_no_face():
    """Only an experiment that runs asks for scipy."""
    program = (
        "import sys\n"
        "for name in ('scipy', 'matplotlib', 'sklearn', 'distributed'):\n"
        "    sys.modules[name] = None\n"
        "from lrdecay.heuristics import JUDGED, RULES, provenance\n"
        "assert not any('experiments' in name for name in sys.modules)\n"
        "assert all(RULES[id_].experiment for id_ in JUDGED)\n"
        "faces = {f'lrdecay.{name[:-3]}' for name in provenance.FACES}\n"
        "assert not faces & sys.modules.keys(), faces & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


@pytest.mark.parametrize("id_", ["H999", "H051", ""])
def test_only_judged_rules_run(id_):
    with pytest.raises(ValueError, match=r"^id must be a rule with an experiment"):
        heuristics.run(id_)


# --- what was recorded -------------------------------------------------------------------------


def test_the_record_is_complete_and_in_its_own_form():
    assert tuple(recorded()) == JUDGED
    assert record(recorded()) == RECORDED.read_text("utf-8")


def test_a_result_is_compared_with_the_record():
    printed = recorded()["H001"]
    assert heuristics.compare("H001", printed) == "same"
    first, *rest = printed.cases

    def moved(by):
        effect = first.effect._replace(estimate=first.effect.estimate + by)
        cases = (Case(first.key, first.when, effect, first.at_least), *rest)
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
        return Case(one.key, one.when, effect, one.at_least, one.at_most)

    other = Evidence(printed.measure, tuple(map(moved, printed.cases)), None, printed.numbers)
    assert heuristics.compare("H014", other) == "within the interval"


# --- the sources -------------------------------------------------------------------------------


def test_references_are_read_as_pybtex_reads_them():
    database = pytest.importorskip("pybtex.database").parse_file(str(BIB))
    assert list(references()) == list(database.entries)
    for key, entry in database.entries.items():
        ours = references()[key]
        fields = {name: value for name, value in ours.fields.items() if name != "author"}
        assert fields == dict(entry.fields)
        assert len(ours.fields["author"].split(" and ")) == len(entry.persons["author"])
        first = entry.persons["author"][0]
        surname = " ".join([*first.prelast_names, *first.last_names]).strip("{}")
        assert surname.split()[-1] in ours.label
