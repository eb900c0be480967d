"""Schedules, and the rates of logs: shown, listed, drawn, compared, exported, converted."""

from __future__ import annotations

import csv
import inspect
import io
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from ..export import Target, source, to_json
from ..plateau import Fold
from ..runs import Summary, summary, summary_of
from ..schedule import Schedule
from ..tuning import written
from ..tuning.horizon import horizon
from ..tuning.logs import Log
from . import logs
from .braille import plot as braille
from .program import SHAPE, AsJson, Schema, app, as_json, fail

Words = Annotated[
    list[str],
    typer.Argument(
        metavar="SCHEDULE...",
        help="`Cosine base_lr=1e-3 total_steps=1000`, `'torch.StepLR(0.1, 30)'`, a file of JSON.",
    ),
]
Updates = Annotated[
    int | None, typer.Option(min=1, help="Of the run; by default what the schedule was made for.")
]
_MOST = 1_000_000  # updates drawn
_TARGETS = (*get_args(Target), "json", "lrdecay")


def one(words: list[str]) -> Schedule | Fold:
    """Return the schedule that the words name, or say in a sentence what is wrong."""
    found = several(words)
    if len(found) > 1:
        fail(f"this takes one schedule, got {len(found)}: {', '.join(found):.200}")
    ((name, made),) = found.items()
    if isinstance(made, Log):
        fail(f"{name:.200} is a log: lrdecay identify names the schedule that wrote it")
    return made


def several(words: list[str]) -> dict[str, Schedule | Fold | Log]:
    """Return the schedules and logs that the words name, or say in a sentence what is wrong."""
    try:
        return {name: _read(group) for name, group in written.groups(words).items()}
    except (OSError, ValueError) as error:
        fail(_sentence(error))


def _read(words: list[str]) -> Schedule | Fold | Log:
    """Return the schedule that words name, or the log in a file.

    A file that is neither is said to be no log, or no schedule if it is called one of JSON.
    """
    try:
        return written.read(words)
    except (OSError, ValueError) as error:
        if len(words) > 1 or not logs.there(words[0]):
            raise
        if not words[0].endswith(".json"):
            return logs.read(words[0])
        try:
            return logs.opened(words[0])
        except (OSError, ValueError):
            raise error from None


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot read {error.filename!s:.200}: {error.strerror or error}"
    return str(error)


class Curve(NamedTuple):
    """The rates of a schedule or of a log over a run."""

    name: str
    made: Schedule | Log

    @property
    def logged(self) -> tuple[int, int] | None:
        """Of a log, the first and the last step that has a rate."""
        if not isinstance(self.made, Log):
            return None
        steps, _ = self._said(self.made.curve)
        return int(steps[0]), int(steps[-1])

    @property
    def schedule(self) -> Schedule:
        """A schedule, of a log the one that its rates are."""
        return self._said(self.made.schedule) if isinstance(self.made, Log) else self.made

    def rates(self, total: int) -> tuple[NDArray[np.float64], Summary]:
        """Return those of steps 0 to `total`, and what they do before the last."""
        if isinstance(self.made, Log):
            found = np.interp(np.arange(total + 1), *self._said(self.made.curve))
            return found, summary_of(found[:-1])
        return self._said(self.made.sample, total + 1), self._said(summary, self.made, total)

    def _said(self, function: Callable[..., Any], *args: Any) -> Any:
        """Return what a function does, or say in a sentence why it does not."""
        try:
            return function(*args)
        except ValueError as error:
            fail(f"{self.name:.200}: {error}" if isinstance(self.made, Log) else str(error))


def curves(words: list[str], updates: int | None) -> tuple[dict[str, Curve], int]:
    """Return schedules and logs by their words, and for how many updates they are asked."""
    named: dict[str, Curve] = {}
    ends: list[int] = []
    for name, made in several(words).items():
        if isinstance(made, Fold):
            fail(f"{name:.200} follows a metric, and has no rates without one")
        named[name] = Curve(name, made)
        end = made.updates if isinstance(made, Log) else horizon(made)
        if end is not None:
            ends.append(end)
    if updates is None and not ends:
        fail("this schedule has no end of its own: give --updates")
    total = updates or max(ends)
    if total > _MOST:
        fail(f"--updates must be at most {_MOST:,} here, got {total:,}")
    return named, max(total, 1)


@app.command(rich_help_panel=SHAPE)
def show(
    schedule: Words, *, updates: Updates = None, json_: AsJson = False, _schema: Schema = False
) -> None:
    """Draw a schedule in the terminal, and say what it does in a run.

    Examples: `lrdecay show Cosine base_lr=1e-3 total_steps=1000` ·
    `lrdecay show "keras.CosineDecay(0.1, 1000)" --updates 2000`
    """
    compare(schedule, updates=updates, json_=json_)


@app.command(rich_help_panel=SHAPE)
def compare(
    schedules: Words, *, updates: Updates = None, json_: AsJson = False, _schema: Schema = False
) -> None:
    """Draw schedules one below the other, and compare what they do in a run.

    Examples: `lrdecay compare "Cosine(1e-3, 1000)" "Linear(1e-3, 1000)"` ·
    `lrdecay compare log.csv "Cosine(1e-3, 1000)"`, the rates of a run beside its plan
    """
    named, total = curves(schedules, updates)
    found = {name: curve.rates(total) for name, curve in named.items()}
    if json_:
        told = [
            {"schedule": name, **_source(named[name]), "summary": vars(about)}
            for name, (_, about) in found.items()
        ]
        typer.echo(as_json("compare", total_steps=total, schedules=told))
        return
    out = Console(soft_wrap=True, highlight=False)
    for name, (rates, about) in found.items():
        span = named[name].logged
        seen = "" if span is None else f", logged from {span[0]} to {span[1]}"
        out.print(f"{name}  steps 0 to {total}, peak {about.peak_lr:.6g}{seen}", markup=False)
        for line in braille(rates):
            out.print(line, markup=False)
    table = Table("", *found, box=None, pad_edge=False)
    for field in list(vars(next(iter(found.values()))[1]))[1:]:
        table.add_row(field, *(_number(getattr(about, field)) for _, about in found.values()))
    Console().print(table)


def _source(curve: Curve) -> dict[str, Any]:
    """Return the code of a schedule; of a log, which has none, the span of its rates."""
    if isinstance(curve.made, Log):
        return {"code": None, "logged": curve.logged}
    return {"code": repr(curve.made), "logged": None}


def _number(value: float | None) -> str:
    return "never" if value is None else f"{value:.6g}"


@app.command("list", rich_help_panel=SHAPE)
def list_(
    room: Annotated[
        str, typer.Argument(help="lrdecay, or a library such as torch, optax, keras.")
    ] = "lrdecay",
    *,
    json_: AsJson = False,
    _schema: Schema = False,
) -> None:
    """List the schedules of a library, with their arguments. Example: `lrdecay list torch`."""
    names = {name: written.constructor(name) for name in written.names(room)}
    if not names:
        fail(f"there is no library {room!r:.200}; try lrdecay, {', '.join(written.peers())}")
    takes = {name: list(inspect.signature(makes).parameters) for name, makes in names.items()}
    if json_:
        typer.echo(as_json("list", schedules=takes))
        return
    table = Table("name", "arguments", "what it is", box=None, pad_edge=False)
    for name, makes in names.items():
        first = (inspect.getdoc(makes) or "").partition("\n")[0].replace("`", "")
        table.add_row(name, ", ".join(takes[name]), first)
    Console().print(table)


@app.command(rich_help_panel=SHAPE)
def plot(
    schedules: Words,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A file: .svg, .png, .csv or .json.")
    ],
    updates: Updates = None,
    log: Annotated[bool, typer.Option("--log", help="A logarithmic axis of rates.")] = False,
    _schema: Schema = False,
) -> None:
    """Draw schedules into a file, or write their rates.

    Example: `lrdecay plot "Cosine(1e-3, 1000)" "Linear(1e-3, 1000)" --output rates.svg`
    """
    named, total = curves(schedules, updates)
    rates = {name: curve.rates(total)[0] for name, curve in named.items()}
    match output.suffix:
        case ".csv":
            file = io.StringIO()
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["step", *rates])
            table.writerows(
                zip(range(total + 1), *(x.tolist() for x in rates.values()), strict=True)
            )
            data = file.getvalue().encode()
        case ".json":
            told = {name: x.tolist() for name, x in rates.items()}
            data = as_json("plot", steps=total + 1, rates=told).encode()
        case ".svg" | ".png":
            data = _drawn(
                {name: one.schedule for name, one in named.items()},
                total,
                output.suffix[1:],
                log=log,
            )
        case _:
            fail(f"--output must end in .svg, .png, .csv or .json, got {str(output)!r:.200}")
    try:
        output.write_bytes(data)
    except OSError as error:
        fail(f"cannot write {output!s:.200}: {error.strerror}")


def _drawn(named: dict[str, Schedule], total: int, kind: str, *, log: bool) -> bytes:
    try:
        from .. import plot as drawing
    except ModuleNotFoundError as error:
        fail(str(error))
    fig = drawing.schedules(named, total, log=log)
    file = io.BytesIO()
    fig.savefig(file, format=kind, dpi=200)
    return file.getvalue()


To = Annotated[str, typer.Option("--to", help=f"{', '.join(_TARGETS)}.")]


@app.command(rich_help_panel=SHAPE)
def export(schedule: Words, *, to: To = "lrdecay") -> None:
    """Print a schedule as the source code of another framework, or as JSON.

    Example: `lrdecay export WSD base_lr=1e-3 total_steps=1000 decay_steps=200 --to optax`
    """
    made = one(schedule)
    try:
        if to == "json":
            typer.echo(to_json(made))
        elif to == "lrdecay":
            typer.echo(repr(made))
        elif to not in _TARGETS:
            fail(f"--to must be one of {', '.join(_TARGETS)}, got {to!r:.200}")
        elif isinstance(made, Fold):
            fail("a rule that follows a metric has no formula to print: --to json or lrdecay")
        else:
            typer.echo(source(made, to), nl=False)  # ty: ignore[invalid-argument-type]
    except ValueError as error:
        fail(str(error))


@app.command(rich_help_panel=SHAPE)
def convert(schedule: Words, *, to: To = "lrdecay") -> None:
    """Print another framework's schedule as the code of a third: what `export` prints.

    Example: `lrdecay convert "torch.CosineAnnealingLR(0.1, T_max=100)" --to optax`
    """
    export(schedule, to=to)
