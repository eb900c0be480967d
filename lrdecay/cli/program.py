"""The program, and how it says that something is wrong."""

from __future__ import annotations

import json
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from ..release import version as release
from ..tuning.schemas import schema

FOUND, FAILED = 1, 2  # exit statuses, as `--help` says; a signal's is the shell's 128 and more

LOG, CHOICE, SHAPE, RULE, OTHER = PANELS = (
    "A run and its log",
    "Choose a schedule",
    "Look at a schedule",
    "Rules and their evidence",
    "For programs",
)


class ByPanel(TyperGroup):
    """The commands in the order of their panels, whichever was imported first."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands."""
        del ctx
        place = {
            name: PANELS.index(vars(one)["rich_help_panel"]) for name, one in self.commands.items()
        }
        return sorted(place, key=place.__getitem__)


app = typer.Typer(
    cls=ByPanel,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # joins the lines of a paragraph
)


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

    Exit status: 0 if all went well; 1 if `lint` found an error or a warning, or `verify` a changed
    rule; 2 if the input was wrong or it could not be done.
    """


def fail(sentence: str) -> NoReturn:
    """Say it, and end."""
    typer.echo(f"lrdecay: {sentence}", err=True)
    raise typer.Exit(FAILED)


def as_json(tool: str, **found: Any) -> str:
    """Return what a tool found as the JSON of its schema."""
    try:
        return json.dumps({"lrdecay": release(), "tool": tool, **found}, allow_nan=False)
    except ValueError:
        fail("there is a number that is not finite in it, and JSON has none")


def _schema(context: typer.Context, asked: bool) -> None:
    if asked:
        typer.echo(schema(_TOOLS.get(str(context.info_name), str(context.info_name))), nl=False)
        raise typer.Exit


_TOOLS = {"show": "compare"}  # a command that says what another does
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Schema = Annotated[
    bool,
    typer.Option(
        "--schema", callback=_schema, is_eager=True, help="Print the schema of what --json prints."
    ),
]
