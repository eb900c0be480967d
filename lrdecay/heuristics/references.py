"""The sources, read from `references.bib`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

BIB = Path(__file__).with_name("references.bib")
_ENTRY = re.compile(r"^@(\w+)\{([\w-]+),\n(.*?)^\}$", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (\w+) = \{(.*)\},$", re.MULTILINE)
_WHERE = ("booktitle", "journal", "institution", "publisher")


class Reference(NamedTuple):
    """One source.

    Attributes:
        key: by which rules and pages name it.
        fields: author, title, year, url and others, as in the file. `note` says what was read.
        bibtex: the entry as it stands in the file.
    """

    key: str
    fields: Mapping[str, str]
    bibtex: str

    @property
    def authors(self) -> str:
        """The authors with initials, in their order.

        >>> references()["bjorck-2024"].authors
        'J. Bjorck et al.'
        """
        names = self.fields["author"].split(" and ")
        people = [_short(name) for name in names if name != "others"]
        return ", ".join(people) + " et al." * ("others" in names)

    @property
    def label(self) -> str:
        """A short name: the first author and the year, or the whole name of a group."""
        first, *others = self.fields["author"].split(" and ")
        more = " and others" if len(others) > 1 or others == ["others"] else ""
        second = f" and {others[0].partition(',')[0]}" if len(others) == 1 and not more else ""
        return f"{first.partition(',')[0].strip('{}')}{second}{more} {self.fields['year']}"

    @property
    def where(self) -> str:
        """Where it appeared, or nothing."""
        return next((self.fields[name] for name in _WHERE if name in self.fields), "")

    @property
    def number(self) -> str:
        """Its number at arXiv or its DOI, or nothing."""
        if "eprint" in self.fields:
            return f"arXiv:{self.fields['eprint']}"
        return f"doi:{self.fields['doi']}" if "doi" in self.fields else ""


@cache
def references() -> Mapping[str, Reference]:
    """Return the sources by key, in the order of the file."""
    found = {
        entry[2]: Reference(entry[2], MappingProxyType(dict(_FIELD.findall(entry[3]))), entry[0])
        for entry in _ENTRY.finditer(BIB.read_text("utf-8"))
    }
    return MappingProxyType(found)


def _short(name: str) -> str:
    """Return "Surname, First Middle" as "F. M. Surname".

    >>> _short("Wu, Irene-Chen"), _short("OLMo Team")
    ('I.-C. Wu', 'OLMo Team')
    """
    surname, comma, given = name.partition(", ")
    if not comma:
        return name.strip("{}")
    parts = [re.sub(r"(\w)[^-\s]*", r"\1.", part) for part in given.split()]
    return " ".join([*parts, surname])
