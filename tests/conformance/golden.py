"""Keep what a real library gave, for the quick suite on machines without it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness import edition

FOLDER = Path(__file__).parents[1] / "data/golden"
Case = tuple[str, dict[str, Any]]


def write(
    peer: str, module: str, cases: Sequence[Case], theirs: Callable[..., Sequence[float]]
) -> None:
    """Write `tests/data/golden/<module>.json`.

    Args:
        peer: name of the library's distribution.
        module: name of the dialect.
        cases: public name and arguments of each scheduler, as the dialect takes them.
        theirs: of name, number of steps and arguments: the rates the library gives.
    """
    rows = [
        {"scheduler": name, "kwargs": kwargs, "lr": list(map(float, theirs(name, 16, **kwargs)))}
        for name, kwargs in cases
    ]
    head = json.dumps({"peer": peer, "version": edition(peer)})[1:-1]
    lines = ",\n  ".join(json.dumps(row) for row in rows)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{module}.json").write_text(f'{{{head}, "cases": [\n  {lines}\n]}}\n')
