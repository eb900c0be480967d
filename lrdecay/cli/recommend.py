"""Which schedule for a run: the five questions of the home page as flags, from their data."""

from __future__ import annotations

from enum import StrEnum
from inspect import Parameter, Signature
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ..heuristics.choices import QUESTIONS, told
from ..heuristics.choices import recommend as choose
from ..heuristics.citing import answer
from ..heuristics.registry import RULES
from ..heuristics.running import recorded
from .program import CHOICE, AsJson, Schema, app, as_json, fail


def recommend(*, json_: bool, _schema: bool, updates: int, **answers: StrEnum) -> None:
    """Recommend a schedule for a run, with code and the rules behind it.

    Without a flag its first answer is taken.

    Example: `lrdecay recommend --start lora --updates 339`
    """
    given = {name: one.value for name, one in answers.items()}
    try:
        found = choose(updates, **given)
    except ValueError as error:
        fail(str(error).replace("total_steps", "--updates"))
    if json_:
        typer.echo(as_json("recommend", updates=updates, answers=given, **told(found)))
        return
    out = Console(highlight=False)
    out.print(f"{found.name}\n\n{found.code}\n", markup=False, soft_wrap=True)
    table = Table("", "why", "rules", box=None, pad_edge=False)
    for reason in found.reasons:
        rules = [f"{id_}: {answer(recorded().get(id_))}" for id_ in reason.rules]
        table.add_row(reason.part, reason.why, "\n".join(rules))
    out.print(table)
    asked = [f"{id_}: {RULES[id_].question}" for id_ in found.rules]
    out.print("", *asked, sep="\n", markup=False)


def _flags() -> list[Parameter]:
    """Return a flag for each question, so that they cannot differ from the data."""
    made = []
    for question in QUESTIONS:
        one_of = _enum(question.name, {option: option for option in question.options})
        words = "; ".join(f"{option}: {says}" for option, says in question.options.items())
        flag = typer.Option(help=f"{question.text} {words}.")
        made.append(_flag(question.name, _annotated[one_of, flag], next(iter(one_of))))
    updates = typer.Option(min=1, help="Of the run; a guess where its end is open.")
    made.append(_flag("updates", Annotated[int, updates], 10_000))
    return [*made, _flag("json_", AsJson, default=False), _flag("_schema", Schema, default=False)]


def _flag(name: str, kind: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)


_enum: Any = StrEnum  # made while the program runs, which no checker of types can follow
_annotated: Any = Annotated
_function: Any = recommend
_function.__signature__ = Signature(_flags())
_function.__annotations__ = {one.name: one.annotation for one in _flags()}
app.command(rich_help_panel=CHOICE)(recommend)
