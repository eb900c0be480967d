"""The results of the trials: one small file each, kept in the package, compressed."""

from __future__ import annotations

import gzip
import json
import platform
from collections.abc import Collection, Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from math import inf, isfinite, log
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...checks import refuse
from ..stats import Interval, estimate
from ..streams import stream
from . import data as real
from .catalogue import PIECES, TRIALS
from .columns import TABLES
from .design import PLAIN, Arm, Method, Model, Piece, peak
from .records import BITS, Result
from .running import Done, UnfinishedError, code, finished, losses, tasks
from .training import train

FOLDER = Path(__file__).with_name("results")
FORMAT = 1
_CLOSE = 1e-4  # relative: the file has five digits, and other processors round otherwise

SETTINGS = ("batches", "warmup", "first", "momentum", "average", "plateau", "tuned_as", "ladder")
"""What an arm says beyond its name, shape and peaks."""

Table = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Results:
    """The runs of one trial, or of all, as tables, and what is known of them.

    `lrdecay.lab.trials.columns` says of each column what it holds. Losses of a run that diverged
    are infinite; a number that is missing is not a number, a text that is missing is empty.

    Attributes:
        runs: columns of equal length, one row a run.
        arms: likewise, one row a way to train: its model and its settings.
        curves: by (piece, arm, updates) the mean loss of the batches at the chosen peak, over as
            many equal parts of the run as there are points; of a range test, a row for each run.
        about: versions, hashes of data and code, and settings of the pieces; of all trials, by
            their names.
    """

    runs: Table
    arms: Table
    curves: Mapping[tuple[str, str, int], NDArray[Any]]
    about: Mapping[str, Any]


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.json.gz"


def available() -> list[str]:
    """Return the names of the trials whose results are in the package."""
    return [name for name in TRIALS if _file(FOLDER, name).is_file()]


@cache
def load(name: str | None = None) -> Results:
    """Return the results of a trial, or of all of them as one table.

    Args:
        name: such as "fashion-sgd"; `available` lists them. None for all.

    Raises:
        ValueError: if there are none of that name.

    Examples:
        >>> runs = load().runs
        >>> linear = (runs["trial"] == "digits") & (runs["arm"] == "linear")
        >>> linear &= (runs["phase"] == "judging") & (runs["from_best"] == 1.0)
        >>> int(linear.sum())  # seeds
        24
    """
    if name is None:
        each = {one: load(one) for one in available()}
        runs, arms = (_stacked(getattr(one, t) for one in each.values()) for t in ("runs", "arms"))
        curves = {key: curve for one in each.values() for key, curve in one.curves.items()}
        return Results(runs, arms, curves, {one: found.about for one, found in each.items()})
    if name not in available():
        raise refuse("name", name, f"one of {tuple(available())}")
    return read(gzip.decompress(_file(FOLDER, name).read_bytes()).decode("utf-8"))


def _stacked(tables: Iterable[Table]) -> Table:
    """Return tables of the same columns as one, row after row."""
    kept = list(tables)
    return {each: np.concatenate([table[each] for table in kept]) for each in kept[0]}


def read(text: str) -> Results:
    """Return the results that `collect` made a text of."""
    content = json.loads(text)
    about = content["about"]
    runs, arms, curves = [], [], {}
    for arm in content["arms"]:
        piece = about["pieces"][arm["piece"]]
        named = {"trial": about["trial"]}
        named |= {each: arm[each] for each in ("piece", "arm", "shape", "updates")}
        arms.append(named | _arm(arm, piece))
        if arm["curve"]:
            curve = np.array(arm["curve"], dtype=np.float64)  # None becomes what is not a number
            curves[arm["piece"], arm["arm"], arm["updates"]] = curve
        for phase in ("tuning", "judging"):
            for number, columns in arm[phase].items():
                away = np.nan if arm["best"] is None else peak(int(number)) / peak(arm["best"])
                for i, seed in enumerate(piece[phase]):
                    values = {
                        each: inf if values[i] is None else values[i]
                        for each, values in columns.items()
                    }
                    row = named | {"phase": phase, "peak": peak(int(number)), "from_best": away}
                    row |= {"seed": seed, "diverged": values["test_loss"] == inf}
                    runs.append(row | values)
    return Results(_table("runs", runs), _table("arms", arms), curves, about)


def _arm(arm: Mapping[str, Any], piece: Mapping[str, Any]) -> dict[str, Any]:
    """Return an arm's row: what the model says, and what the arm says, which goes before it.

    A setting that was added after the file was written has its default.
    """
    plain = {each.name: each.default for each in fields(Model) if each.default is not MISSING}
    model = plain | piece["model"]
    more = {each.name: each.default for each in fields(Arm) if each.name in SETTINGS}
    row = {each: value for each, value in more.items() if each not in model}
    row = model | _USUAL | row | arm["settings"]
    sizes = {examples for _, examples in row["batches"]}
    row["batch"] = sizes.pop() if len(sizes) == 1 else np.nan
    row["examples"] = sum(updates * examples for updates, examples in row["batches"])
    for setting, optimizer in (("momentum", "adamw"), ("beta2", "sgd")):
        if model["optimizer"] == optimizer:
            row[setting] = np.nan
    row["best_peak"] = np.nan if arm["best"] is None else peak(arm["best"])
    row["guess"] = log(real.CLASSES[model["data"]])
    row["device"] = piece["device"]
    return {each: _plain(value) for each, value in row.items()}


_USUAL: Mapping[str, Any] = {
    "before": "",
    "before_shape": "",
    "kept": PLAIN.kept,
    "rank": PLAIN.rank,
    "layerwise": PLAIN.layerwise,
    "others": PLAIN.others,
    "decay": PLAIN.decay,
    "watched": PLAIN.watched,
}
"""What the columns of a method say where it says nothing."""


def _plain(value: Any) -> Any:
    """Return what fits into a cell: "48-48" of sizes, "512x32 64x128" of batches."""
    if not isinstance(value, (list, tuple)):
        return value
    pairs = any(isinstance(each, (list, tuple)) for each in value)
    inner = ["x".join(map(str, each)) if pairs else str(each) for each in value]
    return (" " if pairs else "-").join(inner)


def _table(name: str, rows: list[dict[str, Any]]) -> Table:
    """Return rows as columns, in the order in which they are documented."""
    names = [column.name for column in TABLES[name]]
    if unknown := {each for row in rows for each in row} - set(names):
        raise refuse(f"columns of {name}", sorted(unknown), "documented in trials/columns.py")
    return {each: np.array([row.get(each, np.nan) for row in rows]) for each in names}


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
        path = _file(Path(folder), name)
        path.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))
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

    `early` is the share of the run after which the validation loss was least, of ten looks,
    `early_loss` the test loss there, and `late_loss` that of the last look.
    """
    if not done.arm.method.watched:
        return {}
    valid, test = result["valid_looks"], result["test_looks"]
    best = np.where(np.isfinite(valid), valid, np.inf).argmin(axis=1)
    found = {f"rounded_{bits}": result[f"rounded_{bits}"] for bits in BITS}
    found["early"] = (best + 1) / valid.shape[1]
    found["early_loss"] = np.take_along_axis(test, best[:, None], axis=1)[:, 0]
    found["late_loss"] = test[:, -1]  # of text, on fewer windows than the final loss
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
    plain = {each.name: each.default for each in fields(Arm) if each.name in SETTINGS}
    found = {each: getattr(arm, each) for each in SETTINGS if getattr(arm, each) != plain[each]}
    return found | _method(arm.method)


def _method(method: Method) -> dict[str, Any]:
    """Return what a method says where it says something, as columns of an arm."""
    names = [each.name for each in fields(Method)]
    found = {n: getattr(method, n) for n in names if getattr(method, n) != getattr(PLAIN, n)}
    if start := found.pop("start", None):
        model = start.model
        found |= {"before": model.data, "before_shape": start.shape}
        found |= {"before_updates": start.updates, "before_peak": peak(start.peak)}
    if found.pop("muon", False):
        found["optimizer"] = "muon and adamw"
    for name in ("momentum", "beta2"):
        if name in found:
            found[name], found[f"{name}_end"] = found[name]
    return found


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
