"""What the worlds found for a rule: its cases, further numbers, the answer, and a chart to draw."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..charts import Dots, Lines
from ..checks import refuse
from ..lab.stats import Interval
from .answers import Answer, answer
from .cases import REAL, Case


@dataclass(frozen=True)
class Evidence:
    """What an experiment measured.

    Args:
        measure: what an effect is, with its unit, as a column heading.
        cases: what decides the answer: those of real training first, if any.
        chart: the figure. Its words may hold numbers as `{key}`, as those of a rule do. None
            where only the numbers were kept.
        numbers: further numbers, for the texts.
        format: how its numbers are printed, as Python formats a float.
        formats: other formats, with the names of the numbers that have them.

    Raises:
        ValueError: if there is no case, two numbers have the same name, or a format is given to
            none of them.
    """

    measure: str
    cases: tuple[Case, ...]
    chart: Lines | Dots | None = None
    numbers: Mapping[str, Interval] = field(default_factory=dict)
    format: str = ".3g"
    formats: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keys = [case.key for case in self.cases] + list(self.numbers)
        if not self.cases or len(set(keys)) < len(keys):
            raise refuse("cases", keys, "one or more, with names that no other number has")
        for names in self.formats.values():
            if isinstance(names, str) or not set(names) <= set(keys):
                raise refuse("formats", names, f"lists of names, of {', '.join(keys)}")

    @property
    def values(self) -> dict[str, Interval]:
        """Every measured number by its name."""
        return {case.key: case.effect for case in self.cases} | dict(self.numbers)

    def format_of(self, key: str) -> str:
        """Return how a number is printed where nothing else is asked for."""
        named = next((own for own, keys in self.formats.items() if key in keys), self.format)
        shares = {case.key for case in self.cases if case.percent}
        return named if named.endswith("%") or key not in shares else ".1%"

    @property
    def answer(self) -> Answer:
        """What the cases say to the rule's question."""
        return answer(self.cases)

    @property
    def small(self) -> Evidence:
        """The same without what real training found."""
        return replace(self, cases=tuple(c for c in self.cases if c.world not in REAL))

    def with_real(self, cases: Sequence[Case]) -> Evidence:
        """Return the same with the cases of real training before its own."""
        return replace(self, cases=(*cases, *self.cases))

    def as_data(self) -> dict[str, Any]:
        """Return the same as dicts, tuples, strings and numbers, for `from_data`."""
        data = asdict(self)
        if self.chart is None:
            del data["chart"]
        else:
            data["chart"]["kind"] = type(self.chart).__name__
        for case in data["cases"]:
            for end in ("at_least", "at_most"):  # no JSON has an infinite number
                if math.isinf(case[end]):
                    del case[end]
            for name in ("native", "problems"):
                if case[name] is None:
                    del case[name]
        return _plain(data)

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> Evidence:
        """Return what `as_data` took apart."""
        cases = (
            Case(**case | {name: Interval(*case[name]) for name in _INTERVALS if name in case})
            for case in data["cases"]
        )
        return Evidence(
            measure=data["measure"],
            cases=tuple(cases),
            chart=_chart(data["chart"]) if "chart" in data else None,
            numbers={key: Interval(*value) for key, value in data["numbers"].items()},
            format=data["format"],
            formats=data["formats"],
        )


_INTERVALS = ("effect", "native", "problems")


def _chart(data: Mapping[str, Any]) -> Lines | Dots:
    fields: dict[str, Any] = {key: value for key, value in data.items() if key != "kind"}
    if data["kind"] == "Lines":
        return Lines(**fields)
    series = fields.pop("series")
    intervals = {key: tuple(Interval(*values) for values in row) for key, row in series.items()}
    return Dots(series=intervals, **fields)


def _plain(value: Any) -> Any:
    """Return a value with NumPy's scalars and every kind of tuple made plain."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return value.item() if hasattr(value, "item") else value
