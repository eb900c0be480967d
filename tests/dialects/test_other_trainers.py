"""The page of other trainers: each of its lines is run and compared with the trainer's formula."""

import numpy as np
import pytest

from tests.paths import ROOT
from tests.trainers import LR, TRAINERS, D, N, T, W

PAGE = ROOT / "docs/reference/other-trainers.md"
SCOPE = {}
exec(PAGE.read_text("utf-8").split("```python\n")[1].split("```")[0], SCOPE)


def rows():
    """Yield library, their words, our line and the deviation that the page states."""
    library = ""
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            library = line[3:]
        elif line.startswith("| `"):
            theirs, ours, most = (cell.strip(" `") for cell in line.strip("|").split(" | "))
            yield library, theirs, ours, most.strip(" |")


ROWS = list(rows())


def measured(library, theirs, ours):
    formula = TRAINERS[library][theirs]
    expected = np.array([formula(k) for k in range(T)])
    schedule = eval(ours, dict(SCOPE))
    numbers = np.array([schedule(k) for k in range(T)])
    return max(np.abs(given - expected).max() for given in (schedule.sample(T), numbers)) / LR


@pytest.mark.parametrize(("library", "theirs", "ours", "stated"), ROWS)
def test_line_gives_the_rates_of_the_trainer(library, theirs, ours, stated):
    deviation = measured(library, theirs, ours)
    # The last bits differ from machine to machine.
    assert deviation <= max(1e-15, 10 * float(stated))
    assert float(stated) <= max(1e-15, 10 * deviation)


def test_the_numbers_of_the_page_are_those_of_the_formulas():
    assert [SCOPE[name] for name in ("lr", "T", "w", "d", "n")] == [LR, T, W, D, N]


def test_every_formula_has_a_line():
    assert {(library, theirs) for library, theirs, *_ in ROWS} == {
        (library, theirs) for library, known in TRAINERS.items() for theirs in known
    }
