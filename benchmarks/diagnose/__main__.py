"""Build the diagnoser, or judge it beside others.

    python -m benchmarks.diagnose build    # lrdecay/tuning/diagnose/weights.json
    python -m benchmarks.diagnose judge    # tests/data/diagnose.json, and the page's tables

Each takes some minutes. `judge` wants runmedic and training-doctor on the path.
"""

import sys
from pathlib import Path

from lrdecay.tuning.diagnose.model import FILE

from .curves import BUILD, JUDGE, curves
from .fit import fitted
from .judge import FIGURES, figures, written
from .page import PAGE, filled
from .peers import names

if __name__ == "__main__":
    if sys.argv[1:] == ["build"]:
        FILE.write_text(fitted(curves(BUILD)), "utf-8")
    elif sys.argv[1:] == ["judge"]:
        found = figures(list(curves(JUDGE)), names())
        Path(FIGURES).write_text(written(found), "utf-8")
        PAGE.write_text(filled(PAGE.read_text("utf-8"), found), "utf-8")
    else:
        sys.exit("python -m benchmarks.diagnose build, or judge")
