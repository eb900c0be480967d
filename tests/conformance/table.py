"""Write docs/reference/conformance.md from what the last conformance run met.

Run by `make conformance` after the tests have passed: `python tests/conformance/table.py`.
"""

import json
import platform
from pathlib import Path
from typing import Any

RESULTS = Path("build/conformance.json")
PAGE = Path("docs/reference/conformance.md")

HEAD = """\
---
description: "How far each dialect is from the library it speaks for, measured by running both."
---

# Conformance

Each dialect is compared with the real library, driven step by step over whole runs and past their
end, with arguments that Hypothesis generates. The table shows the largest deviation that the run
met, relative to the largest rate of the schedule, and the versions it met. Libraries that compute
in double precision have to agree to 1e-12, those that compute in float32 to 4 units in the last
place (2.4e-07 is two of them); 0 means the same bits.

This page is written by `make conformance`; this copy comes from a run with Python {python}.
"""


def deviation(value: float) -> str:
    """Return one digit: the next ones differ from machine to machine."""
    return "0" if value == 0 else f"{value:.0e}"


def page(results: dict[str, Any]) -> str:
    """Return the page."""
    parts = [HEAD.format(python=".".join(platform.python_version_tuple()[:2]))]
    for peer, met in results.items():
        rows = "\n".join(
            f"| `{scheduler}` | {deviation(value)} |"
            for scheduler, value in met["deviation"].items()
        )
        version = met["version"].split("+")[0]
        parts.append(
            f"## {peer} {version}\n\n| Scheduler | Largest deviation |\n|---|---|\n{rows}\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(json.loads(RESULTS.read_text("utf-8"))), "utf-8")
