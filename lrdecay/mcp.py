"""`lrdecay mcp`: the tools for an agent, over standard input and output, without a network.

A thin face, as `lrdecay.cli` is: each tool calls one function of the package, and gives back what
that function says as data. What is wrong is an error in one sentence.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature
from math import isnan
from pathlib import Path
from typing import Any, Literal, get_args

from .checks import refuse
from .export import Target, source, to_json
from .heuristics.choices import QUESTIONS, told
from .heuristics.choices import recommend as choose
from .heuristics.citing import cite, home
from .heuristics.remedies import listed
from .messages import needs
from .plateau import Fold
from .release import version
from .runs import summary
from .schedule import Schedule
from .tuning import logs, written
from .tuning.diagnose import diagnose as read_curve
from .tuning.find import find as suggest
from .tuning.find import points
from .tuning.horizon import horizon
from .tuning.identify import identify as name_schedules
from .tuning.lint import lint as lint_schedule
from .tuning.predict import predict as predict_loss

with needs("mcp", "mcp", "lrdecay mcp"):
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

INSTRUCTIONS = (
    "Learning-rate schedules: rules with their evidence, and tools to look at a schedule or a log. "
    "A schedule is written as 'Cosine base_lr=1e-3 total_steps=1000', as a call such as "
    "'Warmup(Cosine(1e-3, 900), 100)' or 'torch.StepLR(0.1, 30)', or as JSON of lrdecay. A log is "
    "its text, or the path of a file: CSV, JSON, an event file, or what a trainer printed. Steps "
    "count optimizer updates. Lint a schedule before a run; diagnose a loss curve before advising; "
    "cite rules by their ids."
)


def _schedule(words: str) -> Schedule | Fold:
    """Return the schedule that words name, or those separated by spaces in key=value."""
    parts = [words] if "(" in words or words.lstrip().startswith("{") else words.split()
    return written.read(parts)


def _log(text: str) -> logs.Log:
    return logs.parsed(text) if "\n" in text.strip() else logs.read(Path(text.strip()))


def rules(symptom: str = "", situation: str = "", words: str = "") -> list[dict[str, Any]]:
    """List rules of thumb with their computed answers, by symptom, situation or words in them.

    What real training decided comes first, by what it was worth. Symptoms: diverges, spikes,
    oscillates, stalls, too-high, seeds, horizon, no-budget, or the name of a diagnosis.
    """
    return [one.told(home()) for one in listed(symptom, situation, words)]


def rule(id: str) -> dict[str, Any]:  # noqa: A002 - what it is called on every page
    """Return one rule: its answer, every case with its interval, sources, and a citation."""
    known = id.strip().upper()
    entry = json.loads(cite(known, "json", home()))
    return entry | {"citation": cite(known, "text", home())}


def lint(
    schedule: str,
    *,
    updates: int | None = None,
    epochs: float | None = None,
    dataset_size: int | None = None,
    batch_size: int | None = None,
    accumulation: int = 1,
    world_size: int = 1,
) -> list[dict[str, Any]]:
    """Look at a schedule in its run for what was probably not meant. An empty list is good."""
    found = lint_schedule(
        _schedule(schedule),
        updates,
        epochs=epochs,
        dataset_size=dataset_size,
        batch_size=batch_size,
        accumulation=accumulation,
        world_size=world_size,
    )
    return [one._asdict() for one in found]


def show(schedule: str, updates: int | None = None) -> dict[str, Any]:
    """Say what a schedule does in a run: some rates, and their sum, peak and end."""
    made = _curve(schedule)
    total = updates or horizon(made)
    if total is None:
        raise ValueError("updates must be given: this schedule has no end of its own")
    steps = sorted({round(total * i / 20) for i in range(21)})
    rates = {str(step): made(step) for step in steps}
    return {"code": repr(made), "rates": rates, "summary": vars(summary(made, total))}


def compare(schedules: list[str], updates: int | None = None) -> dict[str, Any]:
    """Say what schedules do in the same run, side by side: by default the longest of theirs."""
    ends = [horizon(_curve(words)) or 0 for words in schedules]
    total = updates or max(ends, default=0) or None
    return {words: show(words, total) for words in schedules}


def _curve(words: str) -> Schedule:
    made = _schedule(words)
    if isinstance(made, Fold):
        raise refuse("schedule", words, "one with rates of its own, not one that follows a metric")
    return made


def predict(schedules: list[str], updates: int, law: str = "100M") -> dict[str, Any]:
    """Say which final loss a law fitted to language models expects of schedules."""
    made = {words: _schedule(words) for words in schedules}
    found = predict_loss(made, updates, law=law)  # ty: ignore[invalid-argument-type]
    return {
        "final_loss": {
            one.name: None if isnan(one.final_loss) else one.final_loss for one in found.predictions
        },
        "domain": found.domain.what,
        "warnings": list(found.warnings),
    }


def identify(log: str, group: str | None = None, decimals: int | None = None) -> dict[str, Any]:
    """Name the schedules that may have written a log of rates, best first, with code."""
    return name_schedules(_log(log), group=group, decimals=decimals).told()


def diagnose(log: str, updates: int | None = None) -> dict[str, Any]:
    """Say what a loss curve asks for, how sure that is, and which cheap test would decide."""
    read = _log(log)
    found = read_curve(read, total_steps=updates)
    symptoms = [one._asdict() for one in found.symptoms]
    return {"points": found.points, "symptoms": symptoms, "notes": list(read.notes)}


def find(log: str) -> dict[str, Any]:
    """Read a range test (learning-rate finder): what its rules suggest for the peak, and warnings.

    It gives an order of magnitude. The log has a rate that rises and a loss.
    """
    read = _log(log)
    found = suggest(*points(read))
    return {
        "suggestions": {name: one._asdict() for name, one in found.suggestions.items()},
        "diverges_at": found.diverges_at,
        "warnings": [*read.notes, *found.warnings],
    }


def recommend(updates: int = 10_000, **answers: str) -> dict[str, Any]:
    """Recommend a schedule for a run, with code and the rules behind each part of it.

    Where nothing is said, the first answer to a question is taken.
    """
    return told(choose(updates, **answers))


def _ask() -> None:
    """Give `recommend` the five questions as arguments, from their data."""
    about, asked = (
        inspect.getdoc(recommend) or "",
        [Parameter("updates", _BY_NAME, default=10_000, annotation=int)],
    )
    for question in QUESTIONS:
        kind: Any = Literal.__getitem__(tuple(question.options))
        first = next(iter(question.options))
        asked.append(Parameter(question.name, _BY_NAME, default=first, annotation=kind))
        words = "; ".join(f"{one}: {says}" for one, says in question.options.items())
        about += f"\n{question.name}: {question.text} {words}."
    recommend.__doc__ = about
    recommend.__signature__ = Signature(asked)  # ty: ignore[missing-attribute]


_BY_NAME = Parameter.KEYWORD_ONLY
_ask()


def export(schedule: str, to: str = "lrdecay") -> str:
    """Print a schedule, of whichever library, as code: lrdecay, json, python, torch, optax, ..."""
    made = _schedule(schedule)
    if to == "lrdecay":
        return repr(made)
    if to == "json":
        return to_json(made)
    if to not in get_args(Target):
        targets = ", ".join(("lrdecay", "json", *get_args(Target)))
        raise refuse("to", to, f"one of {targets}")
    if isinstance(made, Fold):
        raise refuse("to", to, "json or lrdecay for what follows a metric and has no formula")
    return source(made, to)  # ty: ignore[invalid-argument-type]


TOOLS: tuple[Callable[..., Any], ...] = (
    rules,
    rule,
    recommend,
    lint,
    show,
    compare,
    identify,
    diagnose,
    find,
    predict,
    export,
)


def server() -> MCPServer:
    """Return the server with its tools."""
    made = MCPServer("lrdecay", instructions=INSTRUCTIONS, version=version(), log_level="CRITICAL")
    for function in TOOLS:
        made.tool(structured_output=False)(_in_a_sentence(function))
    return made


def _in_a_sentence(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as JSON text, with bad input as an error that the agent can read."""

    @wraps(function)
    def called(**given: Any) -> str:
        try:
            found = function(**given)
        except (ValueError, OSError, ModuleNotFoundError) as error:
            raise ToolError(str(error)) from None
        return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)

    return called


def main() -> None:
    """Serve until the input ends."""
    server().run("stdio")
