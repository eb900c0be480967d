"""Runs the pieces of the design: tune, tune wider, judge; what is in the store is not run again."""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import ReduceOnPlateau, Schedule
from ...checks import refuse
from ..sweep import sweep
from ..sweep.store import Store, function_name, key, loads
from . import data as real
from .catalogue import PIECES, piece
from .design import MOST_WIDER, Arm, Piece, Start, peak
from .records import Result, Task, diverged, torch_or_say
from .shapes import schedule
from .training import train

Ask = Callable[[list[Task]], list[Result]]

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_CODE = {"mlp": ("adapters", "data", "mlp", "mlp_training", "optimizers", "records")}
_CODE_TORCH = (
    "adapters",
    "data",
    "optimizers",
    "records",
    "torch_networks",
    "torch_optimizers",
    "torch_training",
)


@dataclass(frozen=True)
class Done:
    """What became of an arm.

    Attributes:
        piece: the piece, and
        arm: the arm.
        best: the number of the peak that was chosen; None of a ladder.
        tuning: by number of the peak, the results on the seeds for tuning.
        judging: by number of the peak, the results on the seeds for judging.
    """

    piece: Piece
    arm: Arm
    best: int | None
    tuning: Mapping[int, Result]
    judging: Mapping[int, Result]


class UnfinishedError(Exception):
    """A piece is not finished: `cases` of those that are known of are missing."""

    def __init__(self, cases: int, known: int) -> None:
        super().__init__(f"{cases} of {known} cases are missing")
        self.cases, self.known = cases, known


class State(NamedTuple):
    """How far a piece is: cases that are in the store, and those known of by now."""

    finished: bool
    cases: int
    known: int


def run(
    name: str,
    *,
    store: str | Path,
    executor: Executor | None = None,
    progress: bool = False,
    device: str = "",
) -> list[Done]:
    """Run a piece of the design, or what is missing of it.

    The data are looked for in the folder that `LRDECAY_DATA` names, by workers too.

    Args:
        name: of the piece, such as "fashion-sgd-1000".
        store: the folder of the results.
        executor: as for `lrdecay.lab.sweep.sweep`. Give its workers one thread each: see `workers`.
        progress: draw bars on stderr, one for the tuning, for what is tuned wider, and for judging.
        device: "cuda" to train on a graphics card what PyTorch trains; the piece's own if empty.

    Raises:
        ValueError: if there is no such piece.
        FileNotFoundError: if the data are not there; says where they come from.
        ModuleNotFoundError: if it needs scikit-learn or torch.
    """
    chosen = piece(name)

    def ask(tasks: list[Task]) -> list[Result]:
        cases = _cases(chosen, tasks)
        return sweep(train, cases, executor=executor, store=store, progress=progress)

    if chosen.model.network != "mlp":
        torch = torch_or_say()
        if (device or chosen.device) == "cuda" and not torch.cuda.is_available():
            raise refuse("device", "cuda", "one that PyTorch finds here")
    for data in _data(chosen):
        real.expect(data)  # said before processes start
    return judge(chosen, ask, device)


def _data(chosen: Piece) -> list[str]:
    """Return the names of the data of a piece, and of what its arms were trained on before."""
    starts = [arm.method.start for arm in chosen.arms]
    return list(dict.fromkeys([chosen.model.data, *(s.model.data for s in starts if s)]))


def finished(name: str, *, store: str | Path, device: str = "") -> list[Done]:
    """Return what `run` would, from the store alone.

    Raises:
        UnfinishedError: if something is missing.
    """
    chosen = piece(name)
    folder, called = Store(store), function_name(train)

    def ask(tasks: list[Task]) -> list[Result]:
        texts = [folder.read(key(called, case)) for case in _cases(chosen, tasks)]
        missing = texts.count(None)
        if missing:
            raise UnfinishedError(missing, len(texts))
        return [loads(text) for text in texts if text is not None]

    return judge(chosen, ask, device)


def state(name: str, *, store: str | Path, device: str = "") -> State:
    """Return how far a piece is. What will be tuned wider, and judged, is known after tuning."""
    try:
        done = finished(name, store=store, device=device)
    except UnfinishedError as error:
        return State(False, error.known - error.cases, error.known)
    cases = sum(len(arm.tuning) + len(arm.judging) for arm in done)
    return State(True, cases, cases)


def code(network: str) -> str:
    """Return a hash of the program that results depend on, comments and docstrings left out."""
    return _fingerprint(_CODE.get(network, _CODE_TORCH))


@cache
def _fingerprint(modules: tuple[str, ...]) -> str:
    hashed = hashlib.sha256()
    for module in modules:
        text = Path(__file__).with_name(f"{module}.py").read_text("utf-8")
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                for i in range(node.lineno - 1, node.end_lineno or node.lineno):
                    lines[i] = ""
        kept = [line for line in lines if line.strip() and not line.strip().startswith("#")]
        hashed.update("\n".join([module, *kept]).encode())
    return hashed.hexdigest()[:16]


@contextmanager
def workers(data: str | Path | None = None) -> Generator[None]:
    """Let the processes that are started inside use one thread each, and find the data."""
    names = dict.fromkeys(THREADS, "1") | ({} if data is None else {real.FOLDER: str(data)})
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _cases(chosen: Piece, tasks: list[Task]) -> list[dict[str, Any]]:
    """Return the calls of `train`: the key of a result says from which data and code it is."""
    data, program = real.SPLITS[chosen.model.data], code(chosen.model.network)
    return [{"task": task, "data": data, "code": program} for task in tasks]


# --- what an arm trains --------------------------------------------------------------------------


def _schedule(chosen: Piece, arm: Arm, i: int) -> Schedule | ReduceOnPlateau:
    if arm.plateau:
        _, patience, factor = arm.plateau.split(",")
        return ReduceOnPlateau(peak(i), gamma=float(factor), patience=int(patience))
    warmup = chosen.model.warmup if arm.warmup < 0 else arm.warmup
    return schedule(arm.shape, peak(i), arm.updates, warmup, arm.first)


def tasks(chosen: Piece, arm: Arm, i: int, seeds: Sequence[int], device: str = "") -> list[Task]:
    """Return what is trained at peak number `i`: all seeds at once, or PyTorch's one by one."""
    where = "cpu" if chosen.model.network == "mlp" else device or chosen.device
    others = replace(arm, shape=arm.method.others)
    beside = _schedule(chosen, others, i) if others.shape else None
    whole = Task(
        chosen.model,
        (_schedule(chosen, arm, i),),
        tuple(seeds),
        arm.batches,
        arm.momentum,
        arm.average,
        int(arm.plateau.split(",")[0]) if arm.plateau else 0,
        where,
        arm.method,
        (beside,) if isinstance(beside, Schedule) else (),
        None if arm.method.start is None else _before(arm.method.start, seeds, where),
    )
    if chosen.model.network == "mlp":
        return [whole]
    alone = [None if whole.before is None else replace(whole.before, seeds=(s,)) for s in seeds]
    return [
        replace(whole, seeds=(seed,), before=before)
        for seed, before in zip(seeds, alone, strict=True)
    ]


def _before(start: Start, seeds: Sequence[int], device: str) -> Task:
    """Return the training before an arm's."""
    model = start.model
    before = schedule(start.shape, peak(start.peak), start.updates, model.warmup)
    plan = ((start.updates, model.batch),)
    return Task(model, (before,), tuple(seeds), plan, device=device)


def _results(
    chosen: Piece, wanted: Sequence[tuple[Arm, int]], seeds: Sequence[int], ask: Ask, device: str
) -> list[Result]:
    """Return for each arm and number of a peak its results, arrays (seeds, ...)."""
    asked = [tasks(chosen, arm, i, seeds, device) for arm, i in wanted]
    answers = iter(ask([task for group in asked for task in group]) if asked else [])
    found = []
    for group in asked:
        parts = [next(answers) for _ in group]
        found.append({n: np.concatenate([p[n] for p in parts], axis=1)[0] for n in parts[0]})
    return found


def judge(chosen: Piece, ask: Ask, device: str = "") -> list[Done]:
    """Tune every arm, and those that others take their peak from; then judge all at once.

    Args:
        chosen: of the design, or another that is made of its parts.
        ask: trains a list of tasks, or finds their results.
        device: as for `run`.
    """
    lent = _lenders(chosen)
    tuning = _tuned(chosen, [*chosen.arms, *lent.values()], ask, device)
    wanted: list[tuple[Arm, int]] = []
    bests: list[int | None] = []
    for arm in chosen.arms:
        source = lent.get(arm.tuned_as, arm)
        if arm.tuned_as == "start":
            best = None if arm.method.start is None else arm.method.start.peak
        else:
            best = None if arm.ladder else best_peak(chosen, source, tuning[source])
        bests.append(best)
        peaks = arm.peaks if best is None else [best + offset for offset in arm.judged]
        wanted += [(arm, i) for i in peaks]
    judged = iter(_results(chosen, wanted, chosen.judging, ask, device))
    judging: dict[Arm, dict[int, Result]] = {arm: {} for arm in chosen.arms}
    for arm, i in wanted:
        judging[arm][i] = next(judged)
    return [
        Done(chosen, arm, best, tuning.get(arm, {}), judging[arm])
        for arm, best in zip(chosen.arms, bests, strict=True)
    ]


def _lenders(chosen: Piece) -> dict[str, Arm]:
    """Return by "name/updates" the arms of the trial whose peaks are taken by arms of a piece."""
    siblings = [other for other in PIECES.values() if other.trial == chosen.trial]
    known = {f"{arm.name}/{arm.updates}": arm for other in siblings for arm in other.arms}
    names = {arm.tuned_as for arm in chosen.arms} - {"", "start"}
    return {name: known[name] for name in sorted(names)}


def _tuned(
    chosen: Piece, arms: Sequence[Arm], ask: Ask, device: str
) -> dict[Arm, dict[int, Result]]:
    """Return the results on the seeds for tuning, by arm and number of the peak."""
    found: dict[Arm, dict[int, Result]] = {
        arm: {} for arm in arms if not arm.ladder and not arm.tuned_as
    }
    todo = [(arm, i) for arm in found for i in arm.peaks]
    while todo:
        results = _results(chosen, todo, chosen.tuning, ask, device)
        for (arm, i), result in zip(todo, results, strict=True):
            found[arm][i] = result
        todo = [(arm, i) for arm in found for i in _wider(chosen, arm, found[arm])]
    return found


def _wider(chosen: Piece, arm: Arm, found: Mapping[int, Result]) -> list[int]:
    """Return the numbers of further peaks: two more where the best lies at an edge."""
    best, first, last = best_peak(chosen, arm, found), min(found), max(found)
    if best == first and first > min(arm.peaks) - MOST_WIDER:
        return [first - 2, first - 1]
    if best == last and last < max(arm.peaks) + MOST_WIDER:
        return [last + 1, last + 2]
    return []


def best_peak(chosen: Piece, arm: Arm, found: Mapping[int, Result]) -> int:
    """Return the number of the peak of the least mean validation loss; the lower of two equal."""
    means = {i: float(losses(chosen, arm, found[i])["valid_loss"].mean()) for i in sorted(found)}
    return min(means, key=lambda i: means[i])


def losses(chosen: Piece, arm: Arm, result: Result) -> dict[str, NDArray[np.float64]]:
    """Return the final losses of what an arm judges, infinite where the run has diverged."""
    prefix = "average_" if arm.average else ""
    gone = diverged(result["train_loss"], chosen.model.data)
    if arm.average:
        gone |= diverged(result["average_train_loss"], chosen.model.data)
    names = ("train_loss", "valid_loss", "test_loss")
    return {
        name: np.where(gone, np.inf, np.asarray(result[prefix + name], dtype=np.float64))
        for name in names
    }
