"""Rules: listed, run again, cited."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import BrokenExecutor
from difflib import get_close_matches
from enum import StrEnum
from importlib.util import find_spec
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..heuristics import real
from ..heuristics.citing import answer, home
from ..heuristics.citing import cite as citation
from ..heuristics.evidence import Evidence
from ..heuristics.registry import JUDGED, RULES
from ..heuristics.remedies import DIAGNOSES, IDS, listed
from ..heuristics.rule import SITUATIONS
from ..heuristics.running import compare, recorded, run_all
from ..lab import trials as lab_trials
from ..lab.sweep.workers import processes
from .program import FOUND, RULE, AsJson, Schema, app, as_json, fail


class World(StrEnum):
    """Where `verify` looks."""

    small = "small"
    trial = "trial"


class Format(StrEnum):
    """What `cite` prints."""

    text = "text"
    bibtex = "bibtex"
    url = "url"
    json = "json"


@app.command(rich_help_panel=RULE)
def rules(
    *,
    symptom: Annotated[
        str,
        typer.Option(help=f"{', '.join(IDS)}; or what a diagnosis says: {', '.join(DIAGNOSES)}."),
    ] = "",
    situation: Annotated[
        str, typer.Option(help=f"{', '.join(one.replace(' ', '-') for one in SITUATIONS)}.")
    ] = "",
    words: Annotated[str, typer.Option(help="All in the rule's question or name.")] = "",
    json_: AsJson = False,
    _schema: Schema = False,
) -> None:
    """List rules with their answers: what real training decided first, by what it was worth.

    Examples: `lrdecay rules --symptom oscillates` · `lrdecay rules --situation fine-tuning --json`
    """
    try:
        found = listed(symptom, situation, words)
    except ValueError as error:
        fail(str(error))
    if json_:
        asked = {"symptom": symptom or None, "situation": situation or None}
        typer.echo(as_json("rules", **asked, rules=[one.told(home()) for one in found]))
        return
    if not found:
        typer.echo("No rule is about this.")
        return
    table = Table("rule", "question", "answer", "worth", box=None, pad_edge=False)
    for rule, worth in found:
        says = answer(recorded().get(rule.id)).word
        table.add_row(rule.id, rule.question, says, "" if worth is None else f"{worth:.0%}")
    Console().print(table)
    typer.echo("Worth: a share of what decay gains, in real training. More: lrdecay cite ID.")


@app.command(rich_help_panel=RULE)
def verify(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Such as H001. All by default.")
    ] = None,
    *,
    disjoint: Annotated[
        bool,
        typer.Option(
            "--disjoint", help="Use as many other seeds; compare the answer of small worlds alone."
        ),
    ] = False,
    world: Annotated[
        World, typer.Option(help="trial: train a few of the networks again that rules rest on.")
    ] = World.small,
    data: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Where the data of trials are.", envvar="LRDECAY_DATA"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Where results are kept, so that a stop loses none.",
            envvar="LRDECAY_STORE",
        ),
    ] = None,
) -> None:
    """Run rules again and compare with what the site printed.

    "same": every number. "within the interval": the answer, and each estimate lies in the interval
    that was printed, as on another processor. "changed" otherwise.

    Examples: `lrdecay verify H001 H014` · `lrdecay verify --disjoint --workers 4`

    Exit status: 0 if no rule changed, 1 if one did, 2 if they could not be run.
    """
    chosen = [_id(text, JUDGED) for text in ids or JUDGED]
    if find_spec("scipy") is None:  # said before minutes of work
        fail("rules need scipy: pip install lrdecay[lab]")
    if world is World.trial:
        _train_again(chosen, data)
        return
    chosen = _of_small_worlds(chosen)
    if store == "":
        fail("--store must name a folder, got ''")
    seeds = "disjoint" if disjoint else None
    try:
        with processes(min(workers, len(chosen))) as executor:
            found = run_all(chosen, seeds=seeds, executor=executor, store=store, progress=True)
    except BrokenExecutor as error:
        fail(str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        where = "" if store is None else f" with --store {store}"
        fail(f"cannot run{where:.200}: {error.strerror or error}")
    table = Table("rule", "answer", "printed", "result", box=None, pad_edge=False)
    changed = 0
    for id_, evidence in found.items():
        printed = recorded().get(id_)
        outcome = compare(id_, evidence)
        if disjoint:
            same = printed is not None and _small(printed) == _small(evidence)
            outcome = "same" if same else "changed"
        changed += outcome == "changed"
        before = "nothing" if printed is None else printed.answer.word
        table.add_row(id_, evidence.answer.word, before, outcome)
    Console().print(table)
    if changed:
        Console(stderr=True).print(f"{changed} of {len(found)} rules changed.")
        raise typer.Exit(FOUND)


def _of_small_worlds(chosen: list[str]) -> list[str]:
    """Return the rules that have something to run there."""
    found = [id_ for id_ in chosen if RULES[id_].experiment is not None]
    others = [id_ for id_ in chosen if id_ not in found]
    words = f"no small world is asked of {', '.join(others):.200}: verify with --world trial"
    if not found:
        fail(words)
    if others:
        Console(stderr=True, soft_wrap=True).print(words)
    return found


_ARMS = 2  # of a trial, for each rule


def _train_again(chosen: list[str], data: str | None) -> None:
    """Train some arms of the trials that rules rest on once more, and compare with the package."""
    table = Table(
        "rule", "trial", "arm", "test loss", "printed", "result", box=None, pad_edge=False
    )
    outcomes, missing = [], {}
    with lab_trials.workers(data):
        for id_ in chosen:
            trained = real.trained(id_)
            for trial in dict.fromkeys(trial for trial, _, _ in trained):
                among = {(arm, updates) for one, arm, updates in trained if one == trial}
                try:
                    found = lab_trials.again(lab_trials.load(trial), arms=_ARMS, among=among)
                except (FileNotFoundError, ModuleNotFoundError) as error:
                    missing[trial] = str(error)
                    continue
                for one in found:
                    row = (id_, trial, one.arm, f"{one.found:.4f}", f"{one.kept:.4f}", one.outcome)
                    table.add_row(*row)
                    outcomes.append(one.outcome)
    Console().print(table)
    for trial, why in missing.items():
        Console(stderr=True).print(f"{trial} was not trained: {why}")
    if not outcomes:
        fail("none of these rules rests on a trial that could be trained here")
    if "changed" in outcomes:
        Console(stderr=True).print(f"{outcomes.count('changed')} of {len(outcomes)} arms changed.")
        raise typer.Exit(FOUND)


def _small(evidence: Evidence) -> str:
    """Return what small worlds answer, which other seeds must not change."""
    return evidence.small.answer.word


@app.command(rich_help_panel=RULE)
def cite(
    id: Annotated[str, typer.Argument(metavar="ID", help="Such as H001.")],  # noqa: A002
    *,
    format: Annotated[Format, typer.Option("--format", "-f", help="What to print.")] = Format.text,  # noqa: A002
    site: Annotated[
        str | None, typer.Option(help="Address of the site, where the package names none.")
    ] = None,
) -> None:
    """Print the citation of a rule. Needs no network.

    Example: `lrdecay cite H001 --format bibtex`
    """
    known = _id(id, RULES)
    typer.echo(citation(known, format.value, home() if site is None else site))


def _id(text: str, known: Collection[str]) -> str:
    """Return the id of a rule, or say in a sentence what is wrong with it."""
    id_ = text.strip().upper()
    if id_ not in known:
        if id_ in RULES:
            fail(f"{id_} is a fact and has no experiment to run")
        digits = id_.removeprefix("H").replace("O", "0")[:9]
        meant = f"H{int(digits):03}" if digits.isdecimal() else ""
        near = [meant] if meant in known else get_close_matches(id_, known)
        hint = f"did you mean {' or '.join(near)}?" if near else f"try {min(known)} to {max(known)}"
        fail(f"there is no rule {text!r:.200}; {hint}")
    return id_
