"""The tables of the diagnoser's page, from the file of figures and what the code says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from lrdecay.heuristics import RULES
from lrdecay.tuning.diagnose.symptoms import KINDS

PAGE = Path("docs/how-to/diagnose.md")


def filled(text: str, found: Mapping[str, Any]) -> str:
    """Return a page with its tables made again: each stands between two comments of templates."""
    for name, table in TABLES.items():
        pattern = re.compile(rf"({{# {name} #}}\n).*?({{# end #}})", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"the page has no place for {name}")
        body = "\n" + "\n".join(table(found)) + "\n\n"
        text = pattern.sub(lambda place, body=body: place[1] + body + place[2], text)
    return text


def symptoms(_: Mapping[str, Any]) -> list[str]:
    """Return the table of symptoms: test and rules."""
    rows = _table(["Symptom", "At least", "The test that decides", "Rules"])
    for name, kind in KINDS.items():
        links = "<br>".join(
            f"[{RULES[one].question}](../heuristics/{one.lower()}.md)" for one in kind.heuristics
        )
        points = f"{kind.fewest} points" if kind.fewest else ""
        rows.append(_row([name, points, kind.test, links]))
    return rows


def confusion(found: Mapping[str, Any]) -> list[str]:
    """Return how often what was said of each cause."""
    names = found["names"]
    letters = dict(zip(names, ascii_uppercase, strict=False))
    rows = _table(["Cause", "", *letters.values()])
    for cause in names:
        said = [names[k] for k in found["said"]["lrdecay"][cause]]
        counts = [said.count(name) for name in names]
        cells = [f"**{n}**" if names[k] == cause else str(n or "") for k, n in enumerate(counts)]
        rows.append(_row([cause, letters[cause], *cells]))
    return rows


def rates(found: Mapping[str, Any]) -> list[str]:
    """Return the rates of each diagnoser."""
    titles = ("Right", "Right of what it names", '"Cannot tell"', "Healthy called ill",
              "Ill called healthy")  # fmt: skip
    rows = _table(["Diagnoser", *titles])
    for name, one in found["rates"].items():
        rows.append(_row([name, *(f"{value:.0%}" for value in one.values())]))
    return rows


def each(found: Mapping[str, Any]) -> list[str]:
    """Return by cause the share that each diagnoser names."""
    rows = _table(["Cause", "Curves", *found["said"]])
    for at, cause in enumerate(found["names"]):
        columns = [said[cause] for said in found["said"].values()]
        shares = [f"{column.count(at) / len(column):.0%}" for column in columns]
        rows.append(_row([cause, str(len(columns[0])), *shares]))
    return rows


def calibration(found: Mapping[str, Any]) -> list[str]:
    """Return how often a symptom of about a confidence was the cause."""
    rows = _table(["Confidence", "Named", "Mean confidence", "Was the cause"])
    for one in found["calibration"]:
        cells = [f"{one['low']:.0%} to {one['high']:.0%}", str(one["named"])]
        rows.append(_row([*cells, f"{one['confidence']:.0%}", f"{one['right']:.0%}"]))
    return rows


def published(found: Mapping[str, Any]) -> list[str]:
    """Return what is said of published curves."""
    rows = _table(["Schedule", "What is said, of how many"])
    for schedule, counts in found["published"].items():
        said = ", ".join(f"{name} {count}" for name, count in counts.items())
        rows.append(_row([schedule, said]))
    return rows


TABLES = {one.__name__: one for one in (symptoms, confusion, rates, each, calibration, published)}


def _table(titles: list[str]) -> list[str]:
    return [_row(titles), _row(["---"] * len(titles))]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
