"""What the package knows, as data for templates: rules and evidence, recipes, sources.

Everything that the site asks of `lrdecay` is asked here. An experiment runs when the code that it
imports has changed; all of the data, when any of the package has.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from .files import BuildError, contents, digest, installed, keep, load
from .notebooks import WORKERS, figure, palette

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .files import Project

SCHEMA = "3"  # raise it when `collect` changes
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
    from lrdecay import heuristics
    from lrdecay.heuristics import MARGINS, placebo, real, sharing
    from lrdecay.heuristics.choices import CHOICES
    from lrdecay.heuristics.recipes import RECIPES, share_of_base
    from lrdecay.heuristics.references import BIB, references
    from lrdecay.heuristics.remedies import IDS, remedies
    from lrdecay.lab.sweep.workers import processes
    from lrdecay.release import RELEASED
    from lrdecay.tuning.schemas import TOOLS, schema

    with processes(WORKERS) as executor:
        try:
            store = project.cache / "rules"
            evidence = heuristics.run_all(executor=executor, store=store, progress=True)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            notes = "; ".join(getattr(error, "__notes__", []))  # names the case
            raise BuildError(f"rules: {type(error).__name__}: {error} ({notes})") from error
        drawings = list(executor.map(_drawings, evidence, evidence.values()))
    rules = {id_: _rule(one, evidence.get(id_)) for id_, one in heuristics.RULES.items()}
    files = {"versions.json": json.dumps(dict(RELEASED))}
    files |= {f"schemas/{tool}.json": schema(tool) for tool in TOOLS}
    for id_, one in heuristics.RULES.items():
        shown = json.dumps(sharing.badge(one, evidence.get(id_)))
        files[f"badges/{id_.lower()}.json"] = shown
    colours = palette(project.package / "plot.py")
    for id_, outputs in zip(evidence, drawings, strict=True):
        for name, output in outputs.items():
            about = dict(output.about) | {"notebook": rules[id_]["notebook"]}
            svg = output.data["image/svg+xml"]
            files |= figure(about, f"heuristics/figures/{about['name']}", svg, colours)
            rules[id_]["figures"][name] = about
    sources = {
        key: {
            **one.fields,
            **{name: getattr(one, name) for name in ("label", "authors", "where", "number")},
            "rules": [id_ for id_, rule in heuristics.RULES.items() if key in rule.sources],
        }
        for key, one in references().items()
    }
    placebos = {id_: placebo.tried(found) for id_, found in evidence.items()}
    return {
        "rules": list(rules.values()),
        "margins": dict(MARGINS),
        "placebos": [
            {
                "id": id_,
                "claims": ", ".join(one.claims),
                **{name: getattr(one, name).word for name in ("found", "swapped", "equal")},
            }
            for id_, one in placebos.items()
            if one is not None
        ],
        "defaults": {
            words: str(answer)
            for words, answer in zip(
                real.COMMON.values(), placebo.defaults(tuple(real.COMMON)).values(), strict=True
            )
        },
        "choices": CHOICES,
        "topics": heuristics.TOPICS,
        "symptoms": {symptom: id_ for id_, symptom in IDS.items()},
        "remedies": {
            symptom: [(remedy.rule.id, remedy.worth) for remedy in remedies(symptom)]
            for symptom in heuristics.SYMPTOMS
        },
        "recipes": [
            {name: getattr(one, name) for name in RECIPE} | {"share": share_of_base(one)}
            for one in RECIPES
        ],
        "sources": sources,
        "bib": BIB.read_text("utf-8"),
        "files": files,
    }


def trials(project: Project, address: str, days: Mapping[str, str]) -> dict[str, Any]:
    """Return the trials as files to download, and what their page says of them.

    Args:
        project: the checkout.
        address: of the site.
        days: of the last commit of each source.
    """
    results = project.package / "lab" / "trials" / "results"
    if not results.is_dir():
        return {"files": {}}
    from lrdecay.lab.trials import dataset
    from lrdecay.lab.trials.columns import TABLES

    place = results.relative_to(project.root).as_posix()
    changed = max((day for name, day in days.items() if name.startswith(place)), default="")
    lengths = {name: len(next(iter(table.values()))) for name, table in dataset.tables().items()}
    return {
        "files": dataset.files(address, changed),
        "tables": [
            {
                "name": name,
                "file": file,
                "row": dataset.ROWS[name],
                "rows": f"{lengths[name]:,}",
                "columns": [one._asdict() for one in TABLES[name]],
            }
            for name, file in dataset.FILES.items()
        ],
        "dictionary": dataset.DICTIONARY,
        "metadata": dataset.METADATA,
        "about": dataset.description(),
        "bibtex": dataset.citation(address),
    }


def _drawings(id_: str, evidence: Any) -> dict[str, Any]:
    """Return the figures of a rule by name: a worker draws them, for they take a minute in all."""
    from lrdecay.heuristics.showing import figure as drawn
    from lrdecay.heuristics.showing import ladder

    outputs = {"ladder": ladder(id_, evidence)}
    if evidence.chart is not None:
        outputs["figure"] = drawn(id_, evidence)
    return outputs


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
RECIPE += ("batch", "optimizer", "source", "verified", "note", "base")


def _rule(rule: Any, evidence: Any) -> dict[str, Any]:
    """Return a rule as `heuristics.json` lists it, and what else its page says."""
    from lrdecay.heuristics import citing, real, sharing, source
    from lrdecay.heuristics.cases import WORLDS

    data: dict[str, Any] = {
        "id": rule.id,
        "entry": citing.entry(rule, evidence, SITE),
        "short": citing.text(rule, evidence, SITE),
        "bibtex": citing.bibtex(rule, evidence, SITE),
        "answer": str(citing.answer(evidence)),
        "response": sharing.response(rule, evidence),
        "description": sharing.description(rule, evidence),
        "card": sharing.card(rule, evidence),
        "badge": sharing.badge_markdown(rule, SITE),
        "changes": [change._asdict() for change in sharing.changes(rule)],
        "numbers": {
            "claim": rule.claim,
            "answer": citing.told(evidence),
            "word": citing.answer(evidence).word,
        },
        "figures": {},
        "tables": {},
        "cases": [],
        "source": f"lrdecay/heuristics/rules/{rule.id.lower()}.md",
        "notebook": f"rules-{rule.topic.replace(' ', '-')}" if rule.seeds else "rules-trained",
    }
    if evidence is None:
        return data
    formats = {key: evidence.format_of(key) for key in evidence.values}
    data["numbers"] |= {key: format(one, formats[key]) for key, one in evidence.values.items()}
    data["values"] = evidence.values
    data["cases"] = [
        {
            "world": WORLDS[case.world],
            "when": case.when,
            "effect": data["numbers"][case.key],
            "unit": case.unit,
            "native": "" if case.native is None else f"{case.native:.3g}",
            "claimed": case.claimed(),
            "outcome": case.outcome,
            "n": case.effect.n,
            "problems": "" if case.problems is None else f"{case.problems.estimate:.0%}",
        }
        for case in evidence.cases
    ]
    if rule.experiment is None:
        return data | {"code": real.program(rule.id).rstrip(), "path": real.path(rule.id)}
    data["code"] = source(rule.id).rstrip()
    data["path"] = f"lrdecay/heuristics/experiments/{rule.topic.replace(' ', '_')}.py"
    for name, seeds in (("seeds", rule.seeds), ("others", rule.disjoint)):
        data[name] = f"{seeds.start} to {seeds.stop - 1}"
    return data
