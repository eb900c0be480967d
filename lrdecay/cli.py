"""The command line. The only importer of typer."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Collection
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from difflib import get_close_matches
from enum import StrEnum
from importlib.util import find_spec
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from .heuristics import real
from .heuristics.citing import cite as citation
from .heuristics.citing import home
from .heuristics.evidence import Evidence
from .heuristics.registry import JUDGED, RULES
from .heuristics.running import compare, recorded, run_all
from .lab import trials as lab_trials
from .lab.sweep.workers import ENDING, processes
from .release import version as release

CHANGED, FAILED = 1, 2  # exit statuses, as `--help` says; a signal's is the shell's 128 and more

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # joins the lines of a paragraph
)


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


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"lrdecay {release()}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print it, and nothing."),
    ] = False,
) -> None:
    """Learning-rate decay, where every rule can be run.

    Exit status: 0 if all went well, 1 if `verify` found a changed rule, 2 if the input was wrong or
    it could not be done.
    """


@app.command()
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

    Exit status: 0 if no rule changed, 1 if one did, 2 if they could not be run.
    """
    chosen = [_id(text, JUDGED) for text in ids or JUDGED]
    if find_spec("scipy") is None:  # said before minutes of work
        _fail("rules need scipy: pip install lrdecay[lab]")
    if world is World.trial:
        _train_again(chosen, data)
        return
    chosen = _of_small_worlds(chosen)
    if store == "":
        _fail("--store must name a folder, got ''")
    seeds = "disjoint" if disjoint else None
    try:
        with processes(min(workers, len(chosen))) as executor:
            found = run_all(chosen, seeds=seeds, executor=executor, store=store, progress=True)
    except BrokenExecutor as error:
        _fail(str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        where = "" if store is None else f" with --store {store}"
        _fail(f"cannot run{where:.200}: {error.strerror or error}")
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
        raise typer.Exit(CHANGED)


def _of_small_worlds(chosen: list[str]) -> list[str]:
    """Return the rules that have something to run there."""
    found = [id_ for id_ in chosen if RULES[id_].experiment is not None]
    others = [id_ for id_ in chosen if id_ not in found]
    words = f"no small world is asked of {', '.join(others):.200}: verify with --world trial"
    if not found:
        _fail(words)
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
        _fail("none of these rules rests on a trial that could be trained here")
    if "changed" in outcomes:
        Console(stderr=True).print(f"{outcomes.count('changed')} of {len(outcomes)} arms changed.")
        raise typer.Exit(CHANGED)


def _small(evidence: Evidence) -> str:
    """Return what small worlds answer, which other seeds must not change."""
    return evidence.small.answer.word


@app.command()
def cite(
    id: Annotated[str, typer.Argument(metavar="ID", help="Such as H001.")],  # noqa: A002
    *,
    format: Annotated[Format, typer.Option("--format", "-f", help="What to print.")] = Format.text,  # noqa: A002
    site: Annotated[
        str | None, typer.Option(help="Address of the site, where the package names none.")
    ] = None,
) -> None:
    """Print the citation of a rule. Needs no network."""
    known = _id(id, RULES)
    typer.echo(citation(known, format.value, home() if site is None else site))


@app.command()
def trials(
    pieces: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PIECE]...", help='Such as digits-300, or "all" without a card.'),
    ] = None,
    *,
    store: Annotated[
        str,
        typer.Option(
            metavar="FOLDER",
            help="Where results are kept, so that a stop loses little.",
            envvar="LRDECAY_STORE",
        ),
    ] = "trials-store",
    data: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Where the data are.", envvar="LRDECAY_DATA"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes, of one thread each.")] = 2,
    device: Annotated[
        str, typer.Option(help='"cuda" to train on a card what PyTorch trains.')
    ] = "",
    collect: Annotated[
        bool, typer.Option("--collect", help="Write the files of the package from the store.")
    ] = False,
) -> None:
    """Train real networks on real data, or go on with it; without a name, list what there is.

    With `--device cuda` and no name it trains the piece that was made for a card.
    """
    known = lab_trials.PIECES
    cards = [name for name, piece in known.items() if piece.device == "cuda"]
    chosen = pieces or (cards if device == "cuda" and not collect else [])
    chosen = [each for each in known if each not in cards] if chosen == ["all"] else chosen
    for name in chosen:
        if name not in known:
            near = get_close_matches(name, known)
            hint = f"did you mean {' or '.join(near)}?" if near else f"try {' or '.join(known)}"
            _fail(f"there is no piece {name!r:.200}; {hint}")
    try:
        with lab_trials.workers(data):
            for number, name in enumerate(chosen, 1):
                minutes = lab_trials.cost(known[name]) / 60 / workers
                words = f"{name}, {number} of {len(chosen)}: about {minutes:.1f} minutes in all"
                typer.echo(words, err=True)
                with processes(workers) as executor:
                    lab_trials.run(
                        name, store=store, executor=executor, progress=True, device=device
                    )
            if collect:
                for path in lab_trials.write(store=store):
                    typer.echo(path)
            elif not chosen:
                _list_trials(store, workers)
    except (BrokenExecutor, ModuleNotFoundError, ValueError) as error:
        _fail(str(error))


def _list_trials(store: str, workers: int) -> None:
    """Print every piece, what is in the store of it, and what it takes."""
    table = Table("piece", "arms", "state", "minutes", box=None, pad_edge=False)
    for name, piece in lab_trials.PIECES.items():
        state = lab_trials.state(name, store=store)
        word = "done" if state.finished else f"{state.cases} of at least {state.known} cases"
        minutes = f"{lab_trials.cost(piece) / 60 / workers:.1f}"
        card = " on a card" * (piece.device == "cuda")
        table.add_row(name, str(len(piece.arms)), word, minutes + card)
    Console().print(table)


def _id(text: str, known: Collection[str]) -> str:
    """Return the id of a rule, or say in a sentence what is wrong with it."""
    id_ = text.strip().upper()
    if id_ not in known:
        if id_ in RULES:
            _fail(f"{id_} is a fact and has no experiment to run")
        digits = id_.removeprefix("H").replace("O", "0")[:9]
        meant = f"H{int(digits):03}" if digits.isdecimal() else ""
        near = [meant] if meant in known else get_close_matches(id_, known)
        hint = f"did you mean {' or '.join(near)}?" if near else f"try {min(known)} to {max(known)}"
        _fail(f"there is no rule {text!r:.200}; {hint}")
    return id_


def _fail(sentence: str) -> NoReturn:
    typer.echo(f"lrdecay: {sentence}", err=True)
    raise typer.Exit(FAILED)


class _Ended(BaseException):
    """A signal asks this process to end: no error, and nothing that may be caught on the way."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _end(number: int, _frame: Any) -> NoReturn:
    raise _Ended(number)


def _die(number: int) -> NoReturn:
    """End as a program does that leaves the signal alone, so that a shell knows of it."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    os._exit(128 + number)  # the first process of a container is spared by its own signals


def _let_go() -> None:
    """Give up what cannot be written: Python would try once more, and end with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def main() -> None:
    """Run the command line. What ends it, ends its workers first."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _end)
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # while a full disk can still be told
    except _Ended as ended:
        _die(ended.number)
    except SystemExit as ended:
        # typer and rich end with 1, which says "changed" here, when nobody reads what they print.
        if isinstance(ended.__context__, BrokenPipeError):
            _die(signal.SIGPIPE)
        raise
    except BrokenPipeError:
        _die(signal.SIGPIPE)
    except Exception as error:  # noqa: BLE001, Python would end with 1
        with suppress(OSError):  # of a full disk under what is printed, which may be this too
            if isinstance(error, OSError):
                typer.echo(f"lrdecay: {error}", err=True)
            else:
                traceback.print_exc()
        _let_go()
        sys.exit(FAILED)
