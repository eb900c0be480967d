"""The tables that pages embed as `{{ piece NAME }}`: rules, symptoms, recipes, sources.

Each is Markdown for a page in a folder one below the root.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from lrdecay.heuristics import JUDGED, RULES, SYMPTOMS
from lrdecay.heuristics.citing import verdict
from lrdecay.heuristics.recipes import RECIPES
from lrdecay.heuristics.references import references

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lrdecay.heuristics import Evidence, Rule
    from lrdecay.heuristics.recipe import Recipe
    from lrdecay.heuristics.references import Reference

DOCS = Path(__file__).resolve().parents[1]


def pieces(evidence: Mapping[str, Evidence]) -> dict[str, str]:
    """Return every table by its name."""
    return {
        "rules": _rules(evidence),
        "symptoms": _symptoms(evidence),
        "recipes": _recipes(),
        "bibliography": _bibliography(),
    }


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    head = list(columns)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")


def cases(evidence: Evidence) -> str:
    """Return what decided the verdict: a row for each case."""
    rows = [
        [
            f"When {case.when}",
            format(case.effect, evidence.format_of(case.key)),
            case.claimed(percent=evidence.format_of(case.key).endswith("%")),
            "holds" if case.holds else "does not hold",
            str(case.effect.n),
        ]
        for case in evidence.cases
    ]
    measure = f"{evidence.measure[0].upper()}{evidence.measure[1:]}"
    return table(["Condition", measure, "The claim says", "Verdict", "n"], rows)


def _link(rule: Rule, words: str) -> str:
    return f"[{words}](../heuristics/{rule.id.lower()}.md)"


def _rules(evidence: Mapping[str, Evidence]) -> str:
    rows = [
        [
            rule.id,
            _link(rule, rule.question),
            _verdict_word(evidence.get(rule.id)),
            _when(evidence.get(rule.id)),
            ", ".join(rule.situations),
            ", ".join(rule.symptoms),
        ]
        for rule in RULES.values()
    ]
    return table(["Rule", "Question", "Verdict", "When", "Situation", "Symptom"], rows)


def _verdict_word(evidence: Evidence | None) -> str:
    return "fact" if evidence is None else evidence.verdict.word


def _when(evidence: Evidence | None) -> str:
    return "" if evidence is None else "; when ".join(evidence.verdict.when)


def _symptoms(evidence: Mapping[str, Evidence]) -> str:
    parts = []
    for symptom in SYMPTOMS:
        rows = [
            [
                rule.told(rule.action, evidence.get(rule.id)),
                _link(rule, rule.question),
                verdict(evidence.get(rule.id)),
            ]
            for rule in RULES.values()
            if symptom in rule.symptoms
        ]
        if rows:
            shown = table(["What to do", "Rule", "Verdict on its claim"], rows)
            parts.append(f"## {symptom[0].upper()}{symptom[1:]}\n\n{shown}")
    return "\n\n".join(parts)


def _recipes() -> str:
    columns = [
        "Run",
        "Year",
        "Peak",
        "Warmup",
        "Shape",
        "End",
        "Horizon",
        "Batch",
        "Optimizer",
        "Source",
    ]
    return table(columns, map(_recipe, RECIPES))


def _recipe(recipe: Recipe) -> list[str]:
    key = recipe.source
    source = f"[{references()[key].label}](../reference/bibliography.md#{key})"
    unit = recipe.unit if recipe.unit.startswith("million") else f"{recipe.unit}s"
    horizon = recipe.horizon
    if recipe.unit == "thousandth of the run":
        horizon = "not stated"
    return [
        f"{recipe.name}: {recipe.model}",
        str(recipe.year),
        _number(recipe.peak),
        _share(recipe.warmup_share),
        recipe.shape,
        _share(recipe.floor_share, of=" of peak"),
        horizon if isinstance(horizon, str) else f"{horizon:,} {unit}",
        recipe.batch,
        recipe.optimizer,
        f"{source}: {recipe.verified}. {recipe.note}",
    ]


def claim_numbers() -> dict[str, str]:
    """Return how many claims their page has, and how many of each verdict."""
    page = (DOCS / "tables" / "claims.md").read_text("utf-8")
    found = Counter(re.findall(r"^\| S\d-\d\d \|.+?\| \*\*(.+?)\*\*", page, re.MULTILINE))
    return {"all": str(found.total()), "judged": str(len(JUDGED))} | {
        verdict.replace(" ", "-"): str(n) for verdict, n in found.items()
    }


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.3g}"


def _share(value: float | str, of: str = "") -> str:
    if isinstance(value, str):
        return value
    return "0" if value == 0 else f"{100 * value:.3g} %{of}"


def _bibliography() -> str:
    """Return the sources in two parts; each entry can be linked to by its key."""
    cited: dict[str, list[Rule]] = {}
    for rule in RULES.values():
        for key in rule.sources:
            cited.setdefault(key, []).append(rule)
    parts = []
    for kind, title in (("paper", "Papers"), ("guide", "Guides, code and model reports")):
        entries = [r for r in references().values() if r.fields["keywords"] == kind]
        lines = "\n".join(_entry(each, cited.get(each.key, [])) for each in entries)
        parts.append(f"## {title}\n\n{lines}")
    return "\n\n".join(parts)


def _entry(source: Reference, rules: list[Rule]) -> str:
    fields = source.fields
    where = ", ".join(filter(None, [source.where, fields["year"]]))
    link = f"[{source.number or 'link'}]({fields['url']})"
    used = ", ".join(f"[{rule.id}](../heuristics/{rule.id.lower()}.md)" for rule in rules)
    used = f" Cited by {used}." if used else ""
    return (
        f"- **{source.label}**{{ #{source.key} }}. {source.authors}, *{fields['title']}*, {where}. "
        f"{link}. {fields['note']}{used}"
    )
