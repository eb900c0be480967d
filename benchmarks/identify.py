"""Measure how often `lrdecay identify` names the family that wrote a log.

    python -m benchmarks.identify             # a sample: one log a family
    python -m benchmarks.identify --record    # all, into lrdecay/tuning/identify/recovery.json

Rows that are recorded already are kept, so that a measurement may be interrupted; `--again` makes
them anew. The seeds, the families' distributions and the code are in
`lrdecay/tuning/identify/recovery.py`.
"""

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from lrdecay.tuning.identify.recovery import CELLS, FAMILIES, PLACE, SEEDS, Row, measure, recorded


def main() -> None:
    """Measure, print, and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    rows = recorded() if asked.record and not asked.again else []
    known = {row[:3] for row in rows}
    cells = CELLS if asked.record else CELLS[:1]
    todo = [(f, *cell) for cell in cells for f in FAMILIES if (f, *cell) not in known]
    begin = time.perf_counter()
    measured = partial(measure, seeds=SEEDS if asked.record else SEEDS[:1])
    with ProcessPoolExecutor(asked.workers) as pool:
        for row in pool.map(measured, *zip(*todo, strict=True)) if todo else ():
            print(*row, f"{time.perf_counter() - begin:.0f} s", flush=True)
            rows.append(row)
            if asked.record:
                write(rows)


def write(rows: list[Row]) -> None:
    """Write the rows in the order of the cells."""
    order = {cell: i for i, cell in enumerate(CELLS)}
    rows = sorted(rows, key=lambda row: (order[row[1:3]], list(FAMILIES).index(row.family)))
    lines = ",\n".join(json.dumps(row._asdict()) for row in rows)
    PLACE.write_text(f"[\n{lines}\n]\n", "utf-8")


if __name__ == "__main__":
    main()
