"""What an experiment found, as data: effects with intervals, a verdict, and a chart to draw.

A claim is tried in one or more cases. Each has an effect with a 95 % interval and the range that
the claim gives it. The verdict follows:

- every interval lies inside its range: "holds";
- some do: "holds when", with the conditions of those;
- none does: "does not hold".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple

from ..charts import Dots, Lines
from ..checks import refuse
from ..lab.stats import Interval

Word = Literal["holds", "holds when", "does not hold", "fact"]


class Verdict(NamedTuple):
    """A word, and the conditions of "holds when", each of which is enough.

    >>> str(Verdict("holds when", ("gradients are noisy", "the run is short")))
    'holds when gradients are noisy; when the run is short'
    """

    word: Word
    when: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.word} {'; when '.join(self.when)}".strip()


@dataclass(frozen=True)
class Case:
    """An effect under one condition, and the range that the claim gives it.

    Args:
        key: name of the effect in texts and tables: letters, digits and underscores.
        when: the condition, in words that follow "when".
        effect: what was measured.
        at_least: the least effect that agrees with the claim.
        at_most: the greatest.

    Raises:
        ValueError: if the key is no name, the condition is empty, or no end is given.

    Examples:
        >>> Case("gain", "gradients are noisy", Interval(0.2, 0.1, 0.3, 50), at_least=0.05).holds
        True
    """

    key: str
    when: str
    effect: Interval
    at_least: float = -math.inf
    at_most: float = math.inf

    def __post_init__(self) -> None:
        if not self.key.isidentifier():
            raise refuse("key", self.key, "a name of letters, digits and underscores")
        if not self.when.strip():
            raise refuse("when", self.when, "a condition in words")
        if math.isinf(self.at_least) and math.isinf(self.at_most):
            raise refuse("at_least", self.at_least, "finite, or at_most finite: the claim's range")

    @property
    def holds(self) -> bool:
        """Whether the whole interval lies in the range of the claim."""
        return self.at_least <= self.effect.low and self.effect.high <= self.at_most

    def claimed(self, *, percent: bool = False) -> str:
        """Return the range of the claim in words."""
        low, high = (
            f"{100 * end:.4g} %" if percent else f"{end:.4g}"
            for end in (self.at_least, self.at_most)
        )
        if math.isinf(self.at_most):
            return f"at least {low}"
        return f"at most {high}" if math.isinf(self.at_least) else f"{low} to {high}"


@dataclass(frozen=True)
class Evidence:
    """What an experiment measured.

    Args:
        measure: what an effect is, with its unit, as a column heading.
        cases: what decides the verdict.
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
        return next((own for own, keys in self.formats.items() if key in keys), self.format)

    @property
    def verdict(self) -> Verdict:
        """What the cases say of the claim."""
        when = tuple(case.when for case in self.cases if case.holds)
        if len(when) == len(self.cases):
            return Verdict("holds")
        return Verdict("holds when", when) if when else Verdict("does not hold")

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
        return _plain(data)

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> Evidence:
        """Return what `as_data` took apart."""
        cases = (Case(**case | {"effect": Interval(*case["effect"])}) for case in data["cases"])
        return Evidence(
            measure=data["measure"],
            cases=tuple(cases),
            chart=_chart(data["chart"]) if "chart" in data else None,
            numbers={key: Interval(*value) for key, value in data["numbers"].items()},
            format=data["format"],
            formats=data["formats"],
        )


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
