"""Runs every rule and writes what the site prints to lrdecay/heuristics/recorded.json."""

from __future__ import annotations

import os

from lrdecay.heuristics.running import RECORDED, record, run_all
from lrdecay.lab.sweep.workers import processes

if __name__ == "__main__":
    for name in ("OMP", "OPENBLAS", "MKL"):  # as in the build of the site
        os.environ[f"{name}_NUM_THREADS"] = "1"
    with processes(2) as executor:
        found = run_all(executor=executor, store="build/.cache/rules", progress=True)
    part = RECORDED.with_suffix(".part")
    part.write_text(record(found), "utf-8")
    part.replace(RECORDED)
