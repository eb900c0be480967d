"""What the package knows, as data for templates: rules, evidence, recipes, sources, claims.

Everything that the site asks of `lrdecay` is asked here. An experiment runs when the code that it
imports has changed; all of the data, when any of the package has.
"""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

from .files import ROOT, BuildError, contents, digest, installed, keep, load
from .notebooks import WORKERS, figure, palette

if TYPE_CHECKING:
    from .files import Project

SCHEMA = "1"  # raise it when `collect` changes
SITE = "https://site.invalid/"  # stands for the address of the site, which no result depends on
NOTHING: dict[str, Any] = {"rules": [], "files": {}}


def update(project: Project) -> dict[str, Any]:
    """Return the data, collected again if the package changed.

    Raises:
        BuildError: if an experiment fails.
    """
    if not (project.package / "heuristics").is_dir():
        return NOTHING
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
    from lrdecay import heuristics
    from lrdecay.heuristics.recipes import RECIPES
    from lrdecay.heuristics.references import BIB, references
    from lrdecay.lab._processes import processes

    try:
        with processes(WORKERS) as executor:
            evidence = heuristics.run_all(
                executor=executor, store=project.cache / "rules", progress=True
            )
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        notes = "; ".join(getattr(error, "__notes__", []))
        raise BuildError(f"rules: {type(error).__name__}: {error} ({notes})") from error
    colours = palette(project.package / "plot.py")
    files: dict[str, str] = {}
    rules = []
    for rule in heuristics.RULES.values():
        found = evidence.get(rule.id)
        rules.append(_rule(rule, found))
        if found is not None:
            about, made = _figure(rule, found, colours)
            rules[-1]["figures"]["figure"] = about | {"notebook": rules[-1]["notebook"]}
            files |= made
    cited: dict[str, list[str]] = {}
    for rule in heuristics.RULES.values():
        for key in rule.sources:
            cited.setdefault(key, []).append(rule.id)
    sources = {key: _source(one, cited.get(key, [])) for key, one in references().items()}
    return {
        "rules": rules,
        "topics": list(heuristics.TOPICS),
        "symptoms": list(heuristics.SYMPTOMS),
        "recipes": [_recipe(one) for one in RECIPES],
        "sources": sources,
        "bib": BIB.read_text("utf-8"),
        "claims": _claims(evidence),
        "files": files,
    }


def _rule(rule: Any, evidence: Any) -> dict[str, Any]:
    """Return a rule as `heuristics.json` lists it, and what else its page says."""
    from lrdecay.heuristics import RULES, citing

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
        "source": _words(rule.id),
        "notebook": f"rules-{rule.topic.replace(' ', '-')}",
        "related": [
            {"id": other, "question": RULES[other].question}
            for other in rule.related
            if other in RULES
        ],
    }
    if evidence is None:
        return data
    shown = {
        key: format(value, spec(rule, evidence, key)) for key, value in evidence.values.items()
    }
    cases = [
        {
            "when": case.when,
            "effect": shown[case.key],
            "claimed": case.claimed(percent=spec(rule, evidence, case.key).endswith("%")),
            "holds": case.holds,
            "n": case.effect.n,
        }
        for case in evidence.cases
    ]
    code = inspect.getsource(rule.experiment).rstrip()
    seeds, others = (f"{each.start} to {each.stop - 1}" for each in (rule.seeds, rule.disjoint))
    path = f"{rule.experiment.__module__.replace('.', '/')}.py"
    more = {"cases": cases, "code": code, "path": path, "seeds": seeds, "others": others}
    return data | more | {"numbers": data["numbers"] | shown}


def _words(id_: str) -> str:
    """Return the file that holds the words of a rule."""
    stem = f"lrdecay/heuristics/rules/{id_.lower()}"
    names = (f"{stem}.md", f"{stem}.py")
    return next((name for name in names if (ROOT / name).is_file()), "lrdecay/heuristics/facts.py")


def spec(rule: Any, evidence: Any, key: str) -> str:
    """Return how the texts of a rule format a number; what they leave out is like its cases."""
    import re

    names = ("value", "action", "tradeoff", "reasoning", "not_when", "conditions")
    words = " ".join(getattr(rule, name) for name in names)
    words = f"{words} {evidence.chart.caption} {evidence.chart.alt}"
    found = dict(re.findall(r"\{(\w+):([^{}]+)\}", words))
    same = [found[case.key] for case in evidence.cases if case.key in found]
    cases = {case.key for case in evidence.cases}
    return found.get(key) or (same[0] if same and key in cases else ".3g")


def _figure(rule: Any, evidence: Any, colours: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what is known of the figure of a rule, and its files."""
    from lrdecay import outputs

    data, bundle = outputs.rule(rule.id, evidence)._repr_mimebundle_()
    about = dict(bundle["lrdecay"])
    stem = f"heuristics/figures/{rule.id.lower()}"
    return about, figure(about, stem, data["image/svg+xml"], colours)


def _source(source: Any, rules: list[str]) -> dict[str, Any]:
    fields = source.fields
    return {
        "label": source.label,
        "authors": source.authors,
        "title": fields["title"],
        "where": ", ".join(filter(None, [source.where, fields["year"]])),
        "year": fields["year"],
        "number": source.number or "link",
        "url": fields["url"],
        "note": fields["note"],
        "kind": fields["keywords"],
        "rules": rules,
    }


def _recipe(recipe: Any) -> dict[str, Any]:
    """Return the cells of a recipe's row; a source that does not say is quoted as it is."""

    def number(value: float | str, scale: float = 1, unit: str = "") -> str:
        if isinstance(value, str):
            return value
        return "0" if unit and value == 0 else f"{scale * value:.3g}{unit}"

    unit = recipe.unit if recipe.unit.startswith("million") else f"{recipe.unit}s"
    horizon = "not stated" if recipe.unit == "thousandth of the run" else recipe.horizon
    return {
        "run": f"{recipe.name}: {recipe.model}",
        "year": recipe.year,
        "peak": number(recipe.peak),
        "warmup": number(recipe.warmup_share, 100, " %"),
        "shape": recipe.shape,
        "end": number(recipe.floor_share, 100, " % of peak"),
        "horizon": horizon if isinstance(horizon, str) else f"{horizon:,} {unit}",
        "batch": recipe.batch,
        "optimizer": recipe.optimizer,
        "source": recipe.source,
        "read": f"{recipe.verified}. {recipe.note}",
    }


def _claims(evidence: Any) -> dict[str, Any]:
    """Return the claims of the notes; what they say may embed numbers, as a page does."""
    import re

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
