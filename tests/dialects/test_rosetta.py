"""The Rosetta table: each cell is run as its dialect, and its mark is the one the run calls for."""

import re

import numpy as np
import pytest

import lrdecay
from lrdecay import dialects
from tests.paths import ROOT

PAGE = ROOT / "docs/reference/rosetta.md"
LR, T, W = 0.1, 100, 10
# Cells that are no call of a dialect, and the call that stands for them; None is not run.
INSTEAD = {
    "lr": None,
    "sched='constant'": None,
    "decay_lr = False": None,
    "learning_rate, warmup_iters, lr_decay_iters, min_lr = lr, 0, T, 0": "get_lr(lr, 0, T, 0.0)",
    "learning_rate, warmup_iters, lr_decay_iters, min_lr = lr, w, T, 0": "get_lr(lr, w, T, 0.0)",
    "SchedNo(lr, lr)": "SchedNo(lr, lr, T)",
    "SchedExp(lr, lr * 0.97**T)": "SchedExp(lr, lr * 0.97**T, T)",
    "SchedLin(lr, 0)": "SchedLin(lr, 0.0, T)",
    "SchedPoly(lr, 0, 2)": "SchedPoly(lr, 0.0, 2, T)",
    "SchedCos(lr, 0)": "SchedCos(lr, 0.0, T)",
    "fit_flat_cos(epochs, lr)": "fit_flat_cos(1, lr, n_iter=T)",
    "fit_sgdr(4, 1, lr)": "fit_sgdr(4, 1, lr, n_iter=10)",
    "fit_one_cycle(epochs, lr)": "fit_one_cycle(1, lr, n_iter=T)",
}


def cells():
    """Yield family, framework, the family's code, the cell's code and its mark."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    names, rows = (
        [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in part]
        for part in (lines[:1], lines[1:])
    )
    for row in rows:
        family = row[0].partition("]")[0].strip("[")
        for framework, cell in zip(names[0][2:], row[2:], strict=True):
            if cell != "none":
                mark = re.search(r"\[([†‡])\]", cell)
                yield family, framework, code(row[1]), code(cell), mark[1] if mark else ""


def code(cell):
    return " ".join(re.findall(r"`([^`]+)`", cell))


def made(call, module):
    """Return what a call gives, with a number where the peer takes an optimizer."""
    call = re.sub(r"\b(OneCycleLR|CyclicLR)\(opt, ", r"\1(", call)  # these set the rate
    call = call.removeprefix("contrib.").replace("Plateau()", "Plateau(lr)")
    call = call.replace("reduce_on_plateau()", "reduce_on_plateau(lr)")
    return eval(call, {**vars(module), "lr": LR, "T": T, "w": W, "opt": LR})


def same(ours, theirs, steps):
    try:
        return np.abs(ours(steps) - theirs(steps)).max() <= 1e-12 * LR
    except ValueError:  # the peer has no rate there
        return False


@pytest.mark.parametrize(("family", "framework", "ours", "theirs", "mark"), list(cells()))
def test_marks_are_what_a_run_says(family, framework, ours, theirs, mark):
    call = INSTEAD.get(theirs, theirs)
    if call is None:
        assert mark == ""
        return
    mine = made(ours, lrdecay)
    peer = made(call, getattr(dialects, framework.lower().removeprefix("py")))
    if family == "On plateau":
        metric = [*np.linspace(1, 0.5, 12), *[0.5] * 40, 0.49, *[0.6] * 30]
        agree = np.allclose(mine.history(metric), peer.history(metric), rtol=1e-9, atol=0)
        assert mark == ("" if agree else "†")
    else:
        within = same(mine, peer, np.arange(T))
        after = within and same(mine, peer, np.arange(T, 2 * T))
        assert mark == ("" if after else "‡" if within else "†")
