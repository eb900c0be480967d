"""What the package knows, as data for templates: rules, evidence, recipes, sources, claims.

Everything that the site asks of `lrdecay` is asked here. An experiment runs when the code that it
imports has changed; all of the data, when any of the package has.
"""

from __future__ import annotations

import inspect
import re
import sys
from typing import TYPE_CHECKING, Any

from .files import ROOT, BuildError, contents, digest, installed, keep, load
from .notebooks import WORKERS, figure, palette

if TYPE_CHECKING:
    from .files import Project

SCHEMA = "1"  # raise it when `collect` changes
SITE = "https://site.invalid/"  # stands for the address of the site, which no result depends on


def update(project: Project) -> dict[str, Any]:
    """Return the data, collected again if the package changed.

    Raises:
        BuildError: if an experiment fails.
    """
    if not (project.package / "heuristics").is_dir():
        return {"rules": [], "files": {}}
    key = digest([("schema", SCHEMA), ("with", installed()), *contents(project.package)])
    kept = project.cache / "package.json"
    data = load(kept, key)
    if data is None:
        for name in [name for name in sys.modules if name.partition(".")[0] == "lrdecay"]:
            del sys.modules[name]  # a server has imported the package as it was
        data = collect(project)
        keep(kept, key, data)
    return data


def collect(project: Project) -> dict[str, Any]:
    """Run what has to run, and return everything that pages print of the package."""
    from lrdecay import heuristics, outputs
    from lrdecay.heuristics.recipes import RECIPES
    from lrdecay.heuristics.references import BIB, references
    from lrdecay.lab._processes import processes

    try:
        with processes(WORKERS) as executor:
            store = project.cache / "rules"
            evidence = heuristics.run_all(executor=executor, store=store, progress=True)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        notes = "; ".join(getattr(error, "__notes__", []))  # names the case
        raise BuildError(f"rules: {type(error).__name__}: {error} ({notes})") from error
    rules = {id_: _rule(one, evidence.get(id_)) for id_, one in heuristics.RULES.items()}
    files: dict[str, str] = {}
    colours = palette(project.package / "plot.py")
    for id_, found in evidence.items():
        output = outputs.rule(id_, found)
        about = dict(output.about) | {"notebook": rules[id_]["notebook"]}
        svg = output.data["image/svg+xml"]
        files |= figure(about, f"heuristics/figures/{id_.lower()}", svg, colours)
        rules[id_]["figures"]["figure"] = about
    sources = {
        key: {
            **one.fields,
            **{name: getattr(one, name) for name in ("label", "authors", "where", "number")},
            "rules": [id_ for id_, rule in heuristics.RULES.items() if key in rule.sources],
        }
        for key, one in references().items()
    }
    return {
        "rules": list(rules.values()),
        "topics": heuristics.TOPICS,
        "symptoms": heuristics.SYMPTOMS,
        "recipes": [{name: getattr(one, name) for name in RECIPE} for one in RECIPES],
        "sources": sources,
        "bib": BIB.read_text("utf-8"),
        "claims": _claims(evidence),
        "files": files,
    }


RECIPE = (
    "name",
    "model",
    "year",
    "peak",
    "warmup_share",
    "shape",
    "floor_share",
    "horizon",
    "unit",
)
RECIPE += ("batch", "optimizer", "source", "verified", "note")


def _rule(rule: Any, evidence: Any) -> dict[str, Any]:
    """Return a rule as `heuristics.json` lists it, and what else its page says."""
    from lrdecay.heuristics import RULES, citing

    stem = f"lrdecay/heuristics/rules/{rule.id.lower()}"
    places = (f"{stem}.md", f"{stem}.py", "lrdecay/heuristics/facts.py")
    data: dict[str, Any] = {
        "id": rule.id,
        "entry": citing.entry(rule, evidence, SITE),
        "short": citing.text(rule, evidence, SITE),
        "bibtex": citing.bibtex(rule, evidence, SITE),
        "verdict": citing.verdict(evidence),
        "numbers": {"claim": rule.claim, "verdict": citing.verdict(evidence)},
        "figures": {},
        "tables": {},
        "cases": [],
        "source": next(path for path in places if (ROOT / path).is_file()),
        "notebook": f"rules-{rule.topic.replace(' ', '-')}",
        "related": {id_: RULES[id_].question for id_ in rule.related if id_ in RULES},
    }
    if evidence is None:
        return data
    specs = {key: spec(rule, evidence, key) for key in evidence.values}
    data["numbers"] |= {key: format(one, specs[key]) for key, one in evidence.values.items()}
    data["cases"] = [
        {
            "when": case.when,
            "effect": data["numbers"][case.key],
            "claimed": case.claimed(percent=specs[case.key].endswith("%")),
            "holds": case.holds,
            "n": case.effect.n,
        }
        for case in evidence.cases
    ]
    data["code"] = inspect.getsource(rule.experiment).rstrip()
    data["path"] = f"{rule.experiment.__module__.replace('.', '/')}.py"
    for name, seeds in (("seeds", rule.seeds), ("others", rule.disjoint)):
        data[name] = f"{seeds.start} to {seeds.stop - 1}"
    return data


def spec(rule: Any, evidence: Any, key: str) -> str:
    """Return how the texts of a rule format a number; what they leave out is like its cases."""
    names = ("value", "action", "tradeoff", "reasoning", "not_when", "conditions")
    words = " ".join(getattr(rule, name) for name in names)
    words = f"{words} {evidence.chart.caption} {evidence.chart.alt}"
    found = dict(re.findall(r"\{(\w+):([^{}]+)\}", words))
    same = [found[case.key] for case in evidence.cases if case.key in found]
    cases = {case.key for case in evidence.cases}
    return found.get(key) or (same[0] if same and key in cases else ".3g")


def _claims(evidence: Any) -> dict[str, Any]:
    """Return the claims of the notes; what they say may embed numbers, as a page does."""
    from lrdecay.heuristics.claims import CLAIMS, FINDINGS, NOTES

    embed = re.compile(r"\{\{ number ([\w.-]+) \}\}")
    claims = [
        {
            "id": claim.id,
            "note": claim.note,
            "said": claim.said,
            "verdict": f"**{claim.verdict}** {claim.when}".strip(),
            "why": embed.sub(r'{{ number("\1") }}', claim.told(evidence)),
            "see": [_target(see) for see in claim.see],
        }
        for claim in CLAIMS
    ]
    counts = {name: sum(claim.verdict == name for claim in CLAIMS) for name in FINDINGS}
    return {"all": claims, "notes": dict(NOTES), "counts": counts}


def _target(see: str) -> str:
    """Return a link to what a claim names: a rule, or a page by its title."""
    if see.endswith(".md"):
        lines = (ROOT / "docs" / see).read_text("utf-8").splitlines()
        return f"[{next(line[2:] for line in lines if line.startswith('# '))}](../{see})"
    return f"[{see}](../heuristics/{see.lower()}.md)"
