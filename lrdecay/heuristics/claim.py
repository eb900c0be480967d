"""What a source note claims, and what this project makes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ..checks import refuse
from .evidence import Evidence

Finding = Literal["holds", "holds when", "does not hold", "not testable"]
FINDINGS: tuple[Finding, ...] = get_args(Finding)

_ID = re.compile(r"S[0-4]-\d{2}")
# A number of a rule. What has two braces is for the pages: a number of a notebook.
_PLACE = re.compile(r"(?<!\{)\{(?P<rule>H\d{3})\.(?P<key>\w+)(?::(?P<spec>[^{}]*))?\}(?!\})")


@dataclass(frozen=True)
class Claim:
    """A statement of a note, in our words, and whether it holds.

    Args:
        id: "S", the number of the note, and a number in it; never reused.
        said: the statement, rendered fairly.
        verdict: one of `FINDINGS`.
        why: one to three sentences. They may hold measured numbers of rules, as `{H001.mini:.3f}`,
            and numbers of notebooks, as `{{ number micrograd.spike }}`.
        see: where it is tried or shown: ids of rules, and pages by their path.
        when: what completes "holds when"; empty for the other verdicts.

    Raises:
        ValueError: if a field has another form.
    """

    id: str
    said: str
    verdict: Finding
    why: str
    see: tuple[str, ...]
    when: str = ""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise refuse("id", self.id, "S, a note from 0 to 4, a hyphen and two digits")
        if self.verdict not in FINDINGS:
            raise refuse("verdict", self.verdict, f"one of {', '.join(FINDINGS)}")
        if bool(self.when) is not (self.verdict == "holds when"):
            raise refuse("when", self.when, 'given with "holds when", and only then')
        if not self.see:
            raise refuse("see", self.see, "at least one rule or page")

    @property
    def note(self) -> str:
        """The id of the note."""
        return f"00{self.id[1]}"

    @property
    def numbers(self) -> tuple[tuple[str, str], ...]:
        """The rule and the key of each measured number in `why`."""
        return tuple((found["rule"], found["key"]) for found in _PLACE.finditer(self.why))

    def told(self, evidence: Mapping[str, Evidence]) -> str:
        """Return `why` with the measured numbers of rules in place.

        Args:
            evidence: what the experiments of the rules in `numbers` measured, by id.

        Raises:
            ValueError: if there is no such number.

        Examples:
            >>> claim = Claim("S0-01", "It decays.", "holds", "By {H001.full:.1f}.", ("H001",))
            >>> claim.numbers
            (('H001', 'full'),)
            >>> from lrdecay.heuristics import recorded
            >>> claim.told(recorded())
            'By -0.0 [-0.0, 0.0].'
        """

        def one(found: re.Match[str]) -> str:
            rule, key = found["rule"], found["key"]
            if rule not in evidence or key not in evidence[rule].values:
                raise refuse(f"the placeholder in {self.id}", f"{rule}.{key}", "a measured number")
            return format(evidence[rule].values[key], found["spec"] or "")

        return _PLACE.sub(one, self.why)
