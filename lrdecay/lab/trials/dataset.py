"""The trials as a data set: their tables as CSV, the dictionary, and what Croissant says of them.

Everything is made of the results and of `columns`; a trial that is added appears by itself.
Croissant is a format for metadata of data sets, in JSON-LD: https://docs.mlcommons.org/croissant.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from math import inf, isnan
from types import MappingProxyType
from typing import Any

import numpy as np

from ... import release
from ...release import AUTHORS, bibtex, version
from . import data as real
from .columns import TABLES, Column, Kind
from .results import Table, load

TITLE = "Trials of learning-rate schedules"
LICENCE = "https://spdx.org/licenses/MIT.html"
FILES: Mapping[str, str] = MappingProxyType(
    {"runs": "trials.csv.gz", "arms": "trials-arms.csv", "curves": "trials-curves.csv.gz"}
)
"""The file of each table; the long ones are a tenth of their size when compressed."""
DICTIONARY, METADATA = "trials-columns.csv", "trials.croissant.json"

ROWS: Mapping[str, str] = MappingProxyType(
    {
        "runs": "One row a run: an arm at a peak on a seed, and how it ended.",
        "arms": "One row a way to train: data, network, optimizer and settings.",
        "curves": "One row a point of a loss curve.",
    }
)
"""What a row of each table is."""

_TYPES: Mapping[Kind, str] = MappingProxyType(
    {
        "text": "sc:Text",
        "whole number": "sc:Integer",
        "number": "sc:Float",
        "yes or no": "sc:Boolean",
    }
)


def tables() -> dict[str, Table]:
    """Return the tables of all trials by name: columns of equal length.

    Examples:
        >>> sorted(tables())
        ['arms', 'curves', 'runs']
    """
    found = load()
    trials = dict(zip(found.arms["piece"].tolist(), found.arms["trial"].tolist(), strict=True))
    seeds = {trial: about["pieces"] for trial, about in found.about.items()}
    rows: list[tuple[Any, ...]] = []
    for (piece, arm, updates), curve in found.curves.items():
        trial = trials[piece]
        of = [np.nan] if curve.ndim == 1 else seeds[trial][piece]["judging"]
        for seed, points in zip(of, np.atleast_2d(curve), strict=True):
            places = (np.arange(points.size) + 0.5) / points.size
            rows += [
                (trial, piece, arm, updates, seed, *point)
                for point in zip(places.round(6).tolist(), points.tolist(), strict=True)
            ]
    names = [column.name for column in TABLES["curves"]]
    curves = {
        name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
    return {"runs": found.runs, "arms": found.arms, "curves": curves}


def files(address: str = "", day: str = "") -> dict[str, bytes]:
    """Return the content of each published file by its name, the metadata last.

    Args:
        address: where they will lie, with a slash at its end; "" for addresses relative to the
            metadata.
        day: when the results last changed, YYYY-MM-DD; "" to leave it out.
    """
    texts = {FILES[name]: _csv(table, table.values()) for name, table in tables().items()}
    lines = [(name, *column) for name, columns in TABLES.items() for column in columns]
    texts[DICTIONARY] = _csv(("table", *Column._fields), zip(*lines, strict=True))
    made = {name: _packed(name, text.encode()) for name, text in texts.items()}
    about = json.dumps(croissant(made, address, day), ensure_ascii=False, indent=1)
    return made | {METADATA: f"{about}\n".encode()}


def _packed(name: str, content: bytes) -> bytes:
    """Compress what is named so, without the time: the same results give the same bytes."""
    return gzip.compress(content, mtime=0) if name.endswith(".gz") else content


def _csv(names: Iterable[str], columns: Iterable[Iterable[Any]]) -> str:
    """Return columns as CSV: numbers with every digit, an empty cell where one is missing."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(zip(*(map(_cell, _listed(column)) for column in columns), strict=True))
    return out.getvalue()


def _listed(column: Iterable[Any]) -> list[Any]:
    return column.tolist() if isinstance(column, np.ndarray) else list(column)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return "" if isnan(value) else "inf" if value == inf else repr(value)
    return str(value)


def citation(address: str = "") -> str:
    """Return a BibTeX entry of the data set."""
    return bibtex("trials", TITLE, f"{release.address(address)}{METADATA}")


def description() -> str:
    """Return what the data set is, in a few sentences."""
    found = load()
    runs, trials = len(found.runs["seed"]), len(found.about)
    shapes, data = (set(found.arms[name].tolist()) for name in ("shape", "data"))
    wholes = sorted({name.partition("-")[0] for name in data})
    return (
        f"{runs:,} training runs of small networks under {len(shapes)} shapes of learning-rate "
        f"schedules, in {trials} trials. In a trial all arms meet the same initial weights and "
        "batches, seed by seed. Each arm's peak rate is tuned by validation loss on seeds of its "
        "own, and arms are judged by test loss on other seeds. The runs are measurements of our "
        "own; they hold none of the data that the networks were trained on, which are "
        f"{'; '.join(real.LICENCES[each] for each in wholes)}."
    )


def croissant(made: Mapping[str, bytes], address: str = "", day: str = "") -> dict[str, Any]:
    """Return the metadata, as JSON-LD.

    Args:
        made: the content of the files by name.
        address: as for `files`.
        day: as for `files`.

    Source:
        Croissant 1.1, MLCommons, http://mlcommons.org/croissant/1.1.
    """
    about = {name: ROWS[table] for table, name in FILES.items()}
    about[DICTIONARY] = "One row a column of the tables: type, unit, meaning, when it is empty."
    return {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": TITLE,
        "description": description(),
        "license": LICENCE,
        "url": f"{address}reference/trials-data/",
        "version": version(),
        **({"datePublished": day} if day else {}),
        "creator": {"@type": "sc:Organization", "name": AUTHORS},
        "citeAs": citation(address),
        "keywords": ["learning rate", "learning-rate schedule", "optimisation", "deep learning"],
        "isAccessibleForFree": True,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": name,
                "name": name,
                "description": about[name],
                "contentUrl": f"{address}{name}",
                "encodingFormat": ["application/gzip"] * name.endswith(".gz") + ["text/csv"],
                "contentSize": f"{len(content)} B",
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for name, content in made.items()
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": table,
                "name": table,
                "description": ROWS[table],
                "field": [_field(table, column) for column in columns],
            }
            for table, columns in TABLES.items()
        ],
    }


def _field(table: str, column: Column) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{column.name}",
        "name": column.name,
        "description": said(column),
        "dataType": _TYPES[column.kind],
        "source": {"fileObject": {"@id": FILES[table]}, "extract": {"column": column.name}},
    }


def said(column: Column) -> str:
    """Return unit, meaning and absence of a column as a sentence.

    >>> said(Column("rate", "number", "1/s", "how often", "at night"))
    'how often, in 1/s; missing at night'
    """
    unit = f", in {column.unit}" if column.unit else ""
    return f"{column.meaning}{unit}" + (f"; missing {column.missing}" if column.missing else "")


# The context that the format prescribes, whole, so that no reader need fetch it.
_TERMS = (
    *("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field"),
    *("fileProperty", "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset"),
    *("jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex"),
    *("repeated", "replace", "samplingRate", "separator", "source", "subField", "transform"),
)
_CONTEXT: Mapping[str, Any] = MappingProxyType(
    {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "name": {"@container": "@language"},
        "description": {"@container": "@language"},
        **{term: f"cr:{term}" for term in _TERMS},
    }
)
