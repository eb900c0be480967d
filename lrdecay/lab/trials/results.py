"""The results of the trials: one small file each, kept in the package."""

from __future__ import annotations

import json
import platform
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from math import inf, isfinite
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...checks import refuse
from ..stats import Interval, estimate
from ..streams import stream
from . import data as real
from .catalogue import PIECES, TRIALS
from .design import Arm, Piece, peak
from .records import BITS, Result
from .running import Done, UnfinishedError, code, finished, losses, tasks
from .training import train

FOLDER = Path(__file__).with_name("results")
FORMAT = 1
_CLOSE = 1e-4  # relative: the file has five digits, and other processors round otherwise

Column = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Results:
    """The runs of a trial as a table, and what is known of them.

    Attributes:
        runs: columns of equal length, one row a run: `piece`, `arm`, `shape`, `updates`, `phase`
            ("tuning" or "judging"), `peak`, `from_best` (how many times the chosen peak; not a
            number in a ladder), `seed`, `train_loss` (judging), `valid_loss` (tuning), `test_loss`,
            `accuracy`, `worst` (the greatest loss of a batch), `start` (that of the first, in
            ladders), `first_cut` (the update at which a plateau rule cut the rate) and `diverged`.
            Losses of a run that diverged are infinite; what was not kept is not a number.
        curves: by (piece, arm, updates) the mean loss of the batches at the chosen peak, over as
            many equal parts of the run as there are points; of a range test, a row for each run.
        about: versions, hashes of data and code, and settings of the pieces.
    """

    runs: Mapping[str, Column]
    curves: Mapping[tuple[str, str, int], Column]
    about: Mapping[str, Any]


def available() -> list[str]:
    """Return the names of the trials whose results are in the package."""
    return [name for name in TRIALS if (FOLDER / f"{name}.json").is_file()]


@cache
def load(name: str) -> Results:
    """Return the results of a trial.

    Args:
        name: such as "fashion-sgd"; `available` lists them.

    Raises:
        ValueError: if there are none of that name.
    """
    if name not in available():
        raise refuse("name", name, f"one of {tuple(available())}")
    return read((FOLDER / f"{name}.json").read_text("utf-8"))


def read(text: str) -> Results:
    """Return the results that `collect` made a text of."""
    content = json.loads(text)
    rows: list[dict[str, Any]] = []
    curves = {}
    for arm in content["arms"]:
        named = {each: arm[each] for each in ("piece", "arm", "shape", "updates")}
        if arm["curve"]:
            curve = np.array(arm["curve"], dtype=np.float64)  # None becomes what is not a number
            curves[arm["piece"], arm["arm"], arm["updates"]] = curve
        for phase in ("tuning", "judging"):
            seeds = content["about"]["pieces"][arm["piece"]][phase]
            for number, columns in arm[phase].items():
                away = np.nan if arm["best"] is None else peak(int(number)) / peak(arm["best"])
                for i, seed in enumerate(seeds):
                    values = {
                        each: inf if values[i] is None else values[i]
                        for each, values in columns.items()
                    }
                    row = named | {"phase": phase, "peak": peak(int(number)), "from_best": away}
                    rows.append(row | {"seed": seed} | values)
    numbers = ("train_loss", "valid_loss", "test_loss", "accuracy", "worst", "start", "first_cut")
    for row in rows:
        row["diverged"] = row["test_loss"] == inf
    names = dict.fromkeys([*rows[0], *numbers])
    runs = {each: np.array([row.get(each, np.nan) for row in rows]) for each in names}
    return Results(runs, curves, content["about"])


def collect(name: str, *, store: str | Path) -> str:
    """Return the text of a trial's file: of all its pieces that are finished in a store.

    Raises:
        ValueError: if there is no such trial, or none of its pieces is finished.
    """
    if name not in TRIALS:
        raise refuse("trial", name, f"one of {TRIALS}")
    done: list[Done] = []
    for each in PIECES.values():
        if each.trial == name:
            try:
                done += finished(each.name, store=store)
            except UnfinishedError:
                continue
    if not done:
        raise refuse("store", str(store), f"one in which a piece of {name} is finished")
    pieces = {arm.piece.name: arm.piece for arm in done}
    model = done[0].piece.model
    about = {
        "format": FORMAT,
        "trial": name,
        "data": real.SPLITS[model.data],
        "code": code(model.network),
        "versions": _versions(model.network),
        "pieces": {
            each.name: {
                "model": asdict(each.model),
                "tuning": list(each.tuning),
                "judging": list(each.judging),
                "device": each.device,
            }
            for each in pieces.values()
        },
    }
    lines = ",\n".join(f" {_dumps(_kept(arm))}" for arm in done)
    return f'{{"about": {_dumps(about)},\n"arms": [\n{lines}\n]}}\n'


def write(*, store: str | Path, folder: str | Path = FOLDER) -> list[Path]:
    """Write the files of all trials of which a piece is finished in a store; return their paths."""
    written = []
    for name in TRIALS:
        try:
            text = collect(name, store=store)
        except ValueError:
            continue
        Path(folder).mkdir(exist_ok=True)
        path = Path(folder) / f"{name}.json"
        path.write_text(text, "utf-8")
        written.append(path)
    load.cache_clear()
    return written


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _versions(network: str) -> dict[str, str]:
    libraries = ["lrdecay", "numpy", *(["torch"] if network != "mlp" else [])]
    found = {"python": platform.python_version()}
    for library in libraries:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = "unknown"
    return found


def _kept(done: Done) -> dict[str, Any]:
    """Return what the file says of an arm."""
    return {
        "piece": done.piece.name,
        "arm": done.arm.name,
        "shape": done.arm.shape,
        "updates": done.arm.updates,
        "settings": _settings(done.arm),
        "best": done.best,
        "tuning": {
            str(i): _columns(done, result, ("valid_loss", "test_loss"))
            for i, result in sorted(done.tuning.items())
        },
        "judging": {
            str(i): _columns(done, result, ("train_loss", "test_loss"))
            | {
                "accuracy": _rounded(
                    result["average_accuracy" if done.arm.average else "accuracy"], 4
                ),
                "worst": _rounded(result["worst"], 3),
            }
            | {each: _rounded(result[each], 4) for each in _further(done.arm)}
            | _watched(done, result)
            for i, result in sorted(done.judging.items())
        },
        "curve": _curve(done),
    }


def _further(arm: Arm) -> list[str]:
    """Return what is kept of the runs of some arms alone."""
    return ["start"] * arm.ladder + ["first_cut"] * bool(arm.plateau)


def _watched(done: Done, result: Result) -> dict[str, list[float | None]]:
    """Return what is kept of runs that were looked at on their way.

    `early` is the share of the run after which the validation loss was least, of ten looks, and
    `early_loss` the test loss there.
    """
    if not done.arm.method.watched:
        return {}
    valid, test = result["valid_looks"], result["test_looks"]
    best = np.where(np.isfinite(valid), valid, np.inf).argmin(axis=1)
    found = {f"rounded_{bits}": result[f"rounded_{bits}"] for bits in BITS}
    found["early"] = (best + 1) / valid.shape[1]
    found["early_loss"] = np.take_along_axis(test, best[:, None], axis=1)[:, 0]
    if "old_loss" in result:  # of the data of the start
        found["old_loss"] = result["old_loss"]
    return {name: _rounded(values, 5) for name, values in found.items()}


def _curve(done: Done) -> list[Any]:
    """Return the mean curve at the chosen peak; of a range test that of each run."""
    if done.arm.shape == "range_test":
        (only,) = done.judging.values()
        return [_rounded(curve, 4) for curve in only["curve"]]
    chosen = done.judging.get(-1_000 if done.best is None else done.best)
    return [] if chosen is None else _rounded(chosen["curve"].mean(axis=0), 4)


def _settings(arm: Arm) -> dict[str, Any]:
    """Return what an arm says beyond its name, shape and peaks, where it says something."""
    names = ("batches", "warmup", "first", "momentum", "average", "plateau", "tuned_as", "ladder")
    plain = {each: Arm.__dataclass_fields__[each].default for each in names}
    return {each: getattr(arm, each) for each in names if getattr(arm, each) != plain[each]}


def _columns(done: Done, result: Result, names: tuple[str, ...]) -> dict[str, list[float | None]]:
    found = losses(done.piece, done.arm, result)
    return {each: _rounded(found[each], 5) for each in names}


def _rounded(values: Any, digits: int) -> list[float | None]:
    """Return numbers of so many digits, and None for what is none."""
    plain = np.asarray(values, dtype=np.float64).tolist()
    return [float(f"{x:.{digits}g}") if isfinite(x) else None for x in plain]


# --- again ---------------------------------------------------------------------------------------


class Again(NamedTuple):
    """An arm that was trained once more, at its chosen peak and on the seeds it was judged on.

    Attributes:
        piece: of the arm.
        arm: its name.
        kept: the mean test loss in the file, over runs that did not diverge, with its interval.
        found: the mean test loss now.
        outcome: "same" if every run agrees to the digits of the file, "within the interval" if the
            mean does, as on another processor; "changed" otherwise.
    """

    piece: str
    arm: str
    kept: Interval
    found: float
    outcome: Literal["same", "within the interval", "changed"]


def again(
    results: Results,
    *,
    arms: int = 3,
    among: Collection[tuple[str, int]] | None = None,
    seed: int = 0,
) -> list[Again]:
    """Train some arms of a trial once more, and compare with its file.

    Args:
        results: as `load` returns them.
        arms: how many, taken at random of those that were judged at a chosen peak.
        among: names and updates of the arms to choose from; None for all.
        seed: of the choice.

    Raises:
        FileNotFoundError: if the data are not there; says where they come from.
        ModuleNotFoundError: if scikit-learn or torch is needed.
    """
    order = stream("trials.again", seed).permutation(len(results.curves))
    chosen = [list(results.curves)[i] for i in order]
    judged = [
        each
        for each in chosen
        if results.curves[each].ndim == 1  # at a chosen peak
        and (among is None or each[1:] in among)
    ]
    return [_again(results, *each) for each in judged[:arms]]


def _again(results: Results, name: str, arm: str, updates: int) -> Again:
    piece = PIECES[name]
    (same,) = (each for each in piece.arms if (each.name, each.updates) == (arm, updates))
    runs = results.runs
    where = (runs["piece"] == name) & (runs["arm"] == arm) & (runs["updates"] == updates)
    where &= (runs["phase"] == "judging") & (runs["from_best"] == 1.0)
    before = runs["test_loss"][where].astype(np.float64)
    number = round(2 * float(np.log2(runs["peak"][where][0])))
    now = _trained(piece, same, number, [int(seed) for seed in runs["seed"][where]])
    both = np.isfinite(before) & np.isfinite(now)
    kept = estimate(before[both], np.mean) if both.sum() > 1 else Interval(inf, inf, inf, 0)
    found = float(now[both].mean()) if both.any() else inf
    if np.array_equal(np.isfinite(before), np.isfinite(now)) and np.allclose(
        before[both], now[both], rtol=_CLOSE, atol=0.0
    ):
        return Again(name, arm, kept, found, "same")
    inside = kept.low <= found <= kept.high
    return Again(name, arm, kept, found, "within the interval" if inside else "changed")


def _trained(piece: Piece, arm: Arm, number: int, seeds: list[int]) -> NDArray[np.float64]:
    parts = [train(task, "", "") for task in tasks(piece, arm, number, seeds)]
    joined = {each: np.concatenate([part[each] for part in parts], axis=1)[0] for each in parts[0]}
    return losses(piece, arm, joined)["test_loss"]
