"""Writes what the site takes from rules: a page each, tables, `heuristics.json`, BibTeX, an index.

Run as a program by `rules.py`; everything here is text made from the registry and the evidence.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docs._build import rule_tables
from docs._build.project import Project, remove_others, write
from docs._build.rules import SITE, store
from lrdecay.heuristics import RULES, TOPICS, run_all, source
from lrdecay.heuristics.citing import bibtex, entry, text, url, verdict
from lrdecay.heuristics.references import BIB, references

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrdecay.heuristics import Evidence, Rule

WORKERS = 2


def stem(topic: str) -> str:
    """Return the name of a topic's notebook."""
    return f"rules-{topic.replace(' ', '-')}"


def page(rule: Rule, evidence: Evidence | None) -> str:
    """Return the Markdown of a rule's page."""
    told = {
        name: rule.told(getattr(rule, name), evidence)
        for name in ("action", "value", "tradeoff", "reasoning", "not_when", "conditions")
    }
    parts = [
        f"---\ndescription: {json.dumps(rule.claim, ensure_ascii=False)}\n---",
        f"# {rule.question}",
        badge(evidence),
    ]
    if evidence is None:
        parts.append(rule.claim)
    else:
        parts += [
            f"**The claim.** {rule.claim}",
            f"{{{{ figure {stem(rule.topic)}.{rule.id.lower()} }}}}",
        ]
        parts.append(rule_tables.cases(evidence))
    parts += [
        '<div class="lr-advice" markdown>',
        f"Action\n:   {told['action']}",
        f"Value\n:   {told['value']}",
        f"Trade-off\n:   {told['tradeoff']}",
        "</div>",
        f"## Why\n\n{told['reasoning']}",
        f"## When not\n\n{told['not_when']}",
    ]
    parts += _run(rule, told["conditions"]) if evidence else [f"## Scope\n\n{told['conditions']}"]
    if rule.sources:
        parts.append("## Sources\n\n" + "\n".join(map(_source, rule.sources)))
    if rule.related:
        rows = (
            f"- [{RULES[other].question}]({other.lower()}.md)"
            for other in rule.related
            if other in RULES
        )
        parts.append("## Related rules\n\n" + "\n".join(rows))
    parts += [
        "## Cite this rule",
        '<div class="lr-cite" markdown>',
        f'```text title="Short form"\n{text(rule, evidence, SITE)}\n```',
        f'```text title="Permalink"\n{url(rule, SITE)}\n```',
        f'```bibtex title="BibTeX"\n{bibtex(rule, evidence, SITE)}\n```',
        "</div>",
    ]
    return "\n\n".join(parts) + "\n"


def badge(evidence: Evidence | None) -> str:
    """Return the verdict as the line under the title."""
    word = "fact" if evidence is None else evidence.verdict.word
    when = "" if evidence is None else "; when ".join(evidence.verdict.when)
    rest = f" {when}." if when else ""
    shown = "A fact about a known run" if word == "fact" else _sentence(word)
    kind = word.replace(" ", "-")
    return f'<p class="lr-verdict lr-verdict--{kind}"><strong>{shown}</strong>{rest}</p>'


def _run(rule: Rule, conditions: str) -> list[str]:
    """Return the part that says how the rule was run, and how to run it again."""
    seeds, other = (f"{r.start} to {r.stop - 1}" for r in (rule.seeds, rule.disjoint))
    path = f"lrdecay/heuristics/experiments/{rule.topic.replace(' ', '_')}.py"
    code = "\n".join(f"    {line}".rstrip() for line in source(rule.id).splitlines())
    return [
        f"## Run this\n\n{conditions}",
        (
            f"The numbers above are those of seeds {seeds}, computed when this site was built. The "
            f"tests run seeds {other} as well and require the same verdict. To run it again and "
            "compare:"
        ),
        f"```sh\nlrdecay verify {rule.id}\n```",
        (
            f"The [notebook](../notebooks/{stem(rule.topic)}.ipynb) draws the figure; "
            f'`heuristics.run("{rule.id}", seeds=range(20))` takes other seeds.'
        ),
        f'??? example "The experiment, from `{path}`"\n\n    ```py\n{code}\n    ```',
    ]


def _source(key: str) -> str:
    """Return one line of a list of sources."""
    found = references()[key]
    anchor = f"../reference/bibliography.md#{key}"
    return f"- {found.authors}, [*{found.fields['title']}*]({anchor}), {found.fields['year']}."


def collect(evidence: Mapping[str, Evidence]) -> dict[str, str]:
    """Return everything to write: path below the folder -> text."""
    made: dict[str, str] = {}
    topics: dict[str, list[tuple[str, str]]] = {topic: [] for topic in TOPICS}
    numbers: dict[str, Any] = {}
    for rule in RULES.values():
        found = evidence.get(rule.id)
        path = f"heuristics/{rule.id.lower()}.md"
        made[f"pages/{path}"] = page(rule, found)
        topics[rule.topic].append((rule.name, path))
        shown = {"claim": rule.claim, "verdict": verdict(found)}
        if found is not None:
            shown |= {k: format(v, found.format_of(k)) for k, v in found.values.items()}
        values = {} if found is None else found.values
        numbers[rule.id] = {k: {"text": v, "value": values.get(k)} for k, v in shown.items()}
    numbers["claims"] = {k: {"text": words} for k, words in rule_tables.claim_numbers().items()}
    made["topics.json"] = _json({_sentence(topic): rows for topic, rows in topics.items() if rows})
    made["numbers.json"] = _json(numbers)
    entries = [entry(rule, evidence.get(rule.id), SITE) for rule in RULES.values()]
    made["files/heuristics.json"] = _json(
        {"$schema": "heuristics.schema.json", "heuristics": entries}
    )
    rules_bib = (bibtex(rule, evidence.get(rule.id), SITE) for rule in RULES.values())
    own = "% The rules of this site themselves.\n\n" + "\n\n".join(rules_bib)
    made["files/references.bib"] = f"{BIB.read_text('utf-8')}\n{own}\n"
    made |= {f"pieces/{name}.md": text for name, text in rule_tables.pieces(evidence).items()}
    return made


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def main(folder: Path) -> None:
    """Run the rules, with results kept in a store, and write the files."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as executor:
        evidence = run_all(executor=executor, store=store(Project()), progress=True)
    made = {folder / name: content for name, content in collect(evidence).items()}
    for path, content in made.items():
        write(path, content)
    remove_others(folder, made)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
