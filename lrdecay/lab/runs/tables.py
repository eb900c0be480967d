"""Tables: the rows, as plain records, and where each table is from."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, get_type_hints

import numpy as np

from ...checks import Number, checked, refuse
from ...messages import quoted

Row = TypeVar("Row", bound="Run | Configuration | Curve")


class Source(NamedTuple):
    """Where a table is from; its figures were derived from the logs that lie there.

    Attributes:
        url: the repository.
        commit: its version.
        date: of that version.
        path: where in it the logs lie.
        licence: of the logs.
        paper: what was published about them, or nothing.
    """

    url: str
    commit: str
    date: str
    path: str
    licence: str
    paper: str = ""


class Run(NamedTuple):
    """One pretraining run of a Llama-style transformer, with one seed.

    Attributes:
        series: "sweep" (124M, several peaks), "grad_norm" (some of them made again, and more
            peaks), "horizon_transfer" (runs that were extended), "210m", or "scaling" (older runs
            of seven sizes, one peak a schedule).
        dataset: "slimpajama", "slimpajama-chunk1" (more of the same text) or "openwebtext2".
        millions: parameters; the authors call the one of 209 million 210M.
        layers: of the transformer.
        width: of the residual stream.
        batch: sequences an update.
        seq_len: tokens a sequence.
        steps: updates.
        schedule: "constant", "wsd", "cosine", or "two-stage": a WSD whose rate is lowered once,
            where the run it extends would have cooled down.
        shape: how it falls: "linear", "1-sqrt", "cosine", or nothing.
        cooldown: the share of the run in which it falls.
        floor: the last rate as a share of the peak.
        warmup: updates.
        peak: the highest rate.
        loss: final validation loss in nats a token, of one full evaluation; NaN if there is none.
        running: the last loss on the few batches by which a run is watched: lower, and to be
            compared with other such losses only. NaN where the log is cut.
        averaged: the same of an average of the last weights, or NaN.
        extends: the updates of the run that this one extends, or 0.
    """

    series: str
    dataset: str
    millions: int
    layers: int
    width: int
    batch: int
    seq_len: int
    steps: int
    schedule: str
    shape: str
    cooldown: float
    floor: float
    warmup: int
    peak: float
    loss: float
    running: float
    averaged: float
    extends: int


class Configuration(NamedTuple):
    """An entry of the benchmark: a 124M model at fixed data, batch and architecture.

    Attributes:
        name: of the folder that holds its logs.
        steps: updates.
        planned: updates for which the schedule was made.
        losses: final validation loss, one a seed, rising.
    """

    name: str
    steps: int
    planned: int
    losses: tuple[float, ...]


class Curve(NamedTuple):
    """The loss curve of one run, thinned.

    Attributes:
        millions: parameters.
        schedule: "constant", "cosine" (to 10 %), "exponential" and "linear" (held for 20,000
            updates, then to 10 %), "drop_3", "drop_9" and "drop_18" (held for 8,000 updates, then
            at 3e-5, 9e-5 or 18e-5).
        total: updates for which the schedule was made; 0 of a drop, whose runs were cut.
        steps: updates after which a loss was logged, rising.
        rates: the learning rates there; the peak is 3e-4 after 2,160 updates of warmup.
        losses: the losses there.
    """

    millions: int
    schedule: str
    total: int
    steps: tuple[int, ...]
    rates: tuple[float, ...]
    losses: tuple[float, ...]

    @checked()
    def loss_at(self, step: Number) -> float:
        """Return the loss after an update, on a line between the two losses logged next to it.

        Args:
            step: from the first to the last of `steps`.

        Raises:
            ValueError: if `step` is outside of them.

        Examples:
            >>> curve = nine_schedules(millions=100, schedule="cosine", total=24_000)[0]
            >>> curve.loss_at(23_920)
            2.9791
        """
        if not self.steps[0] <= step <= self.steps[-1]:
            raise refuse("step", step, f"from {self.steps[0]} to {self.steps[-1]}")
        return float(np.interp(step, self.steps, self.losses))


@checked()
def llama_style(
    *,
    series: str | None = None,
    dataset: str | None = None,
    millions: int | None = None,
    steps: int | None = None,
    schedule: str | None = None,
    shape: str | None = None,
    cooldown: float | None = None,
    floor: float | None = None,
    peak: float | None = None,
) -> tuple[Run, ...]:
    """Return the runs that have all of the values given; without any, all 235.

    AdamW with weight decay 0.1 and β2 0.95, after 300 updates of warmup. The older runs name
    neither shape nor floor: they are taken for what the defaults of their training code say, a
    line, and a cosine to 10 %; at 124M four of them have a twin in the sweep, and differ from it as
    little as reruns do. One loss is left out: the cosine of 360M over 37,500 updates, whose final
    evaluation is above that of the same run over 25,000, against its own running losses.

    Args:
        series: see `Run`, as for the others.
        dataset: the text.
        millions: parameters.
        steps: updates.
        schedule: the family.
        shape: how it falls.
        cooldown: the share of the run in which it falls.
        floor: the last rate as a share of the peak.
        peak: the highest rate.

    Raises:
        ValueError: if no run at all has one of the values.

    Examples:
        >>> [run.loss for run in llama_style(schedule="constant", series="sweep")]
        [3.13044, 3.11211, 3.14055, 3.19386]
    """
    wanted = {
        "series": series,
        "dataset": dataset,
        "millions": millions,
        "steps": steps,
        "schedule": schedule,
        "shape": shape,
        "cooldown": cooldown,
        "floor": floor,
        "peak": peak,
    }
    return _those(_runs(), wanted)


@checked()
def benchmark(*, name: str | None = None, steps: int | None = None) -> tuple[Configuration, ...]:
    """Return the benchmark's configurations, each with all of its seeds.

    The benchmark counts the updates that an optimizer needs to a validation loss of 3.28; entries
    are tuned by their authors, mostly in more than the schedule. Logs that lie in no folder of
    their own are left out, and so are copies of logs that are there too.

    Args:
        name: of a folder.
        steps: updates.

    Raises:
        ValueError: if no configuration at all has one of the values.

    Examples:
        >>> [len(one.losses) for one in benchmark(name="20260430_muonh")]
        [10]
    """
    return _those(_configurations(), {"name": name, "steps": steps})


@checked()
def nine_schedules(
    *, millions: int | None = None, schedule: str | None = None, total: int | None = None
) -> tuple[Curve, ...]:
    """Return the loss curves of nine schedules at three sizes, one seed each.

    Args:
        millions: 25, 100 or 400.
        schedule: see `Curve`.
        total: updates for which it was made.

    Raises:
        ValueError: if no curve at all has one of the values.

    Examples:
        >>> len(nine_schedules())
        27
    """
    wanted = {"millions": millions, "schedule": schedule, "total": total}
    return _those(_curves(), wanted)


def _those(rows: tuple[Row, ...], wanted: Mapping[str, object]) -> tuple[Row, ...]:
    given = {name: value for name, value in wanted.items() if value is not None}
    for name, value in given.items():
        known = sorted({getattr(row, name) for row in rows})
        if value not in known:  # a spelling mistake would otherwise look like a lack of runs
            raise refuse(name, value, f"one of {quoted(known)}")
    return tuple(row for row in rows if given.items() <= row._asdict().items())


def _lines(table: str) -> list[str]:
    path = Path(__file__).with_name(f"{table}.csv")
    return path.read_text("utf-8").splitlines()


def _source(table: str) -> Source:
    head = takewhile(lambda line: line.startswith("# "), _lines(table))
    found = dict(line.removeprefix("# ").split(": ", 1) for line in head)
    return Source(found.pop("source"), **found)


def _rows(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(line for line in _lines(table) if not line.startswith("#")))


def _number(text: str) -> float:
    return float(text or "nan")


_READ: Mapping[Any, Callable[[str], Any]] = MappingProxyType({str: str, int: int, float: _number})


@cache
def _runs() -> tuple[Run, ...]:
    kinds = get_type_hints(Run).items()
    return tuple(
        Run._make(_READ[kind](row[name]) for name, kind in kinds) for row in _rows("llama")
    )


@cache
def _configurations() -> tuple[Configuration, ...]:
    return tuple(
        Configuration(
            row["name"],
            int(row["steps"]),
            int(row["planned"]),
            tuple(map(float, row["losses"].split())),
        )
        for row in _rows("benchmark")
    )


@cache
def _curves() -> tuple[Curve, ...]:
    points = defaultdict(list)
    for row in _rows("nine"):
        point = int(row["step"]), float(row["lr"]), float(row["loss"])
        points[int(row["millions"]), row["schedule"], int(row["total"])].append(point)
    return tuple(Curve(*key, *zip(*found, strict=True)) for key, found in points.items())


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "llama_style": _source("llama"),
        "benchmark": _source("benchmark"),
        "nine_schedules": _source("nine"),
    }
)
"""The source of each table, by the name of the function that returns it."""
