"""A schedule, or a rule that follows a metric, as JSON."""

from __future__ import annotations

import importlib
import inspect
import json
import math
from contextlib import suppress
from dataclasses import MISSING, fields
from functools import cache
from pkgutil import iter_modules
from typing import Any

from .checks import MOST_NESTED
from .messages import quoted, refuse
from .plateau import Fold
from .schedule import Schedule

_VERSIONS = (1, 2)  # 1 named some classes by private files; what it wrote is read for ever
_KINDS = (Schedule, Fold)


def to_json(schedule: Schedule | Fold) -> str:
    """Return a schedule as JSON that `from_json` turns back into an equal one.

    Args:
        schedule: any schedule without a Python function in it, or a rule that follows a metric.

    Raises:
        ValueError: if it is neither, or holds a function or a schedule that is not of lrdecay.

    Examples:
        >>> from lrdecay import Linear
        >>> to_json(Linear(0.1, 100))
        '{"lrdecay": 2, "schedule": {"type": "Linear", "base_lr": 0.1, "total_steps": 100}}'
    """
    if not isinstance(schedule, _KINDS):
        raise refuse("schedule", schedule, "a Schedule, or a rule that follows a metric")
    return json.dumps({"lrdecay": _VERSIONS[-1], "schedule": _plain(schedule)}, allow_nan=False)


def from_json(text: str) -> Any:
    """Return the schedule that `to_json` wrote.

    Args:
        text: the JSON. It may come from anyone: nothing is imported or called for it but the
            schedules of lrdecay.

    Raises:
        ValueError: if the text is not such JSON, or an argument in it is out of range.

    Examples:
        >>> from lrdecay import Linear
        >>> from_json(to_json(Linear(0.1, 100)))
        Linear(base_lr=0.1, total_steps=100)
    """
    if not isinstance(text, str):
        raise refuse("text", text, "a str")
    try:
        read = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_finite,
            parse_float=_finite,
            parse_int=_whole,
        )
        version, given = read["lrdecay"], read["schedule"]
    except (json.JSONDecodeError, KeyError, TypeError):
        raise refuse("text", text, "JSON that to_json wrote") from None
    except RecursionError:
        raise _too_deep(text) from None
    if type(version) is not int or version not in _VERSIONS:
        raise refuse("lrdecay", version, f"one of {_VERSIONS}, the versions of this format")
    try:
        made = _made(given)
    except RecursionError:
        raise _too_deep(text) from None
    if not isinstance(made, _KINDS):
        raise refuse("schedule", given, "a schedule as to_json writes it")
    return made


def _too_deep(text: str) -> ValueError:
    return refuse("text", text, f"JSON nested at most {MOST_NESTED} schedules deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs of an object as a dict, unless one would hide another."""
    read = dict(pairs)
    if len(read) < len(pairs):
        raise refuse("text", [name for name, _ in pairs], "JSON with each name once in an object")
    return read


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise refuse("text", digits, "JSON with finite numbers alone")
    return number


def _whole(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # more digits than Python reads
        raise refuse("text", digits, "JSON with shorter numbers") from None


def _plain(value: Any) -> Any:
    if isinstance(value, _KINDS):
        named = _name(type(value))
        if named is None:
            raise refuse("schedule", value, "made of schedules of lrdecay to be written as JSON")
        given = {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if getattr(value, field.name) != field.default
        }
        return {"type": named, **given}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if callable(value):
        raise refuse("schedule", value, "free of Python functions to be written as JSON")
    return value


def _made(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_made(item) for item in value)
    if not isinstance(value, dict):
        return value
    given = dict(value)
    kind = _kind(given.pop("type", None))
    taken = {field.name: field.default is MISSING for field in fields(kind)}
    needed = {name for name, needed in taken.items() if needed}
    if not needed <= given.keys() <= taken.keys():
        words = f"the arguments of {kind.__name__}, {list(taken)}"
        raise ValueError(f"schedule must have {words}, got {quoted(list(given))}")
    return kind(**{name: _made(item) for name, item in given.items()})


def _kind(named: Any) -> type[Any]:
    """Return the class of a name. Dialects are all that is imported because a text says so."""
    if not isinstance(named, str):
        raise _no_name(named)
    return _named(_FORMAT_1.get(named, named))


@cache  # of what is found: an error is not kept
def _named(named: str) -> type[Any]:
    room, _, name = f"lrdecay.{named}".rpartition(".")
    if room in _rooms():
        home = importlib.import_module(room)
        kind = getattr(home, name) if name in home.__all__ else None
        if isinstance(kind, type) and issubclass(kind, _KINDS) and not inspect.isabstract(kind):
            return kind
    raise _no_name(named)


@cache
def _name(kind: type) -> str | None:
    """Return the name under which `_named` finds a class; None for those of others."""
    _, *rooms = kind.__module__.split(".")
    name = ".".join([*rooms[:2], kind.__name__] if rooms[:1] == ["dialects"] else [kind.__name__])
    with suppress(ValueError):
        return name if _named(name) is kind else None
    return None


def _no_name(named: object) -> ValueError:
    return refuse("type", named, "the name of a schedule of lrdecay")


@cache
def _rooms() -> frozenset[str]:
    """Return where what is public may be written: lrdecay itself, and the dialects."""
    dialects = importlib.import_module("lrdecay.dialects")  # by name: nothing imports one
    found = iter_modules(dialects.__path__, f"{dialects.__name__}.")
    return frozenset({"lrdecay", *(module.name for module in found)})


# What format 1 called the classes that are not in lrdecay itself: by the files they were in.
_FORMAT_1 = {
    "dialects._deepspeed_onecycle:Stairs": "dialects.deepspeed.Stairs",
    "dialects._deepspeed_parts:Growth": "dialects.deepspeed.Growth",
    "dialects._fastai_fit:Joined": "dialects.fastai.Joined",
    "dialects._folds:AveragedPlateau": "dialects.plateaus.AveragedPlateau",
    "dialects._folds:DividingPlateau": "dialects.plateaus.DividingPlateau",
    "dialects._folds:ReachedPlateau": "dialects.plateaus.ReachedPlateau",
    "dialects._greedy:Greedy": "dialects.transformers.Greedy",
    "dialects._megatron_decay:HalfLifeCooldown": "dialects.megatron.HalfLifeCooldown",
    "dialects._pytorch_scheduler_arcs:ExpHyperbolic": "dialects.pytorch_scheduler.ExpHyperbolic",
    "dialects._pytorch_scheduler_arcs:WarmRestarts": "dialects.pytorch_scheduler.WarmRestarts",
    "dialects._timm_cycles:Cycles": "dialects.timm.Cycles",
    "dialects._timm_step:AnyStep": "dialects.timm.AnyStep",
    "dialects._timm_wsd:Towards": "dialects.timm.Towards",
    "dialects._torch_chain:Alone": "dialects.torch.Alone",
    "dialects._torch_chain:Annealed": "dialects.torch.Annealed",
    "dialects._torch_chain:Chain": "dialects.torch.Chain",
    "dialects._torch_cyclic:Mirrored": "dialects.shared.Mirrored",
    "dialects._torch_onecycle:OneCycleRun": "dialects.torch.OneCycleRun",
    "dialects._torch_plateau:TorchPlateau": "dialects.plateaus.TorchPlateau",
    "dialects._wave:CosineWave": "dialects.shared.CosineWave",
    "dialects._wave:RoundedRestarts": "dialects.transformers.RoundedRestarts",
    "dialects.pytorch_warmup:Saturation": "dialects.pytorch_warmup.Saturation",
}
