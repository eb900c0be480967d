"""How the module is written that holds a schedule's formula for a framework."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .calls import NoFormulaError, opened
from .checks import Checked, refuse
from .codegen import array, constant, python
from .formula import FUNCTIONS, Eager, Symbol, Symbolic
from .messages import given
from .schedule import Schedule

_TABLE = "Piecewise(range(1, n), schedule.sample(n)) holds its first n rates, and can be printed"


def _formula(schedule: Schedule, namespace: type[Symbolic]) -> Any:
    try:
        return opened(schedule._lr(Symbol(), namespace()))  # noqa: SLF001 - its formula
    except NoFormulaError as error:
        raise refuse("schedule", schedule, f"a formula: {error}. {_TABLE}") from error
    except (TypeError, ValueError, AttributeError) as error:
        words = "a schedule whose formula uses only operators and the array namespace"
        raise refuse("schedule", schedule, f"{words} ({type(error).__name__}: {error})") from error


# --- the first line: the code that makes the schedule --------------------------------------------


def _code(value: Any) -> Iterator[str]:
    """Yield the code that makes a value in pieces; what is not code, such as a function, as `...`.

    For what is all code this is its `repr`.
    """
    if isinstance(value, Checked):
        yield f"{type(value).__name__}("
        for i, (name, part) in enumerate(given(value).items()):
            yield f"{', ' * (i > 0)}{name}="
            yield from _code(part)
        yield ")"
    elif isinstance(value, tuple):
        yield "("
        for i, item in enumerate(value):
            yield ", " * (i > 0)
            yield from _code(item)
        yield ",)" if len(value) == 1 else ")"
    else:
        plain = value.item() if isinstance(value, np.generic) else value
        known = plain is None or type(plain) in (bool, int, float, str)
        yield "..." if not known else constant(plain) if type(plain) is float else repr(plain)


def _head(schedule: Schedule) -> list[str]:
    pieces = list(_code(schedule))
    hidden = ["# (... stands for what is not code, such as a Python function)"]
    return ["# " + "".join(pieces), *hidden * ("..." in pieces)]


def _module(schedule: Schedule, imports: list[str], tables: dict[str, str], body: str) -> str:
    compile(body, "<source>", "exec")  # which Python refuses to do where it is nested too deep
    constants = [f"{name} = {value}" for name, value in tables.items()]
    parts = [
        "\n".join([*_head(schedule), *imports]),
        *(["\n".join(constants)] if constants else []),
    ]
    return "\n\n".join(parts) + "\n\n\n" + body.rstrip() + "\n"


# --- one number at a time ------------------------------------------------------------------------


def _number(
    schedule: Schedule,
    signature: str = "lr(k)",
    step: str = "k",
    *,
    imports: tuple[str, ...] = (),
    extra: str = "",
) -> str:
    lines, tables = python(_formula(schedule, Symbolic))
    words = " ".join(lines)
    used = [name for name in FUNCTIONS if f"{name}(" in words]
    known = ["from bisect import bisect_right"] * ("bisect_right(" in words)
    known += [f"from math import {', '.join(sorted(used))}"] * bool(used)
    known += [""] * bool(known and imports) + list(imports)
    first = [f"k = max({step}, 0)"] * bool(re.search(r"\bk\b", words))
    body = "\n    ".join([f"def {signature}:", *first, *lines])
    printed = {name: _printed(table, "()") for name, table in tables.items()}
    return _module(schedule, known, printed, body + extra)


def _printed(table: tuple[float, ...], brackets: str) -> str:
    inner = ", ".join(map(constant, table))
    end = "," * (len(table) == 1 and brackets == "()")
    return f"{brackets[0]}{inner}{end}{brackets[1]}"


def _python(schedule: Schedule) -> str:
    return _number(schedule)


def _nanogpt(schedule: Schedule) -> str:
    return _number(schedule, "get_lr(it)", "it")


_SCHEDULER = '''


class Scheduler(LRScheduler):
    """Gives every parameter group the rate lr(k) or, if relative, its own rate times lr(k)."""

    def __init__(self, optimizer, relative=False):
        self.relative = relative
        super().__init__(optimizer)

    def get_lr(self):
        rate, groups = lr(self.last_epoch), self.optimizer.param_groups
        if not self.relative:
            return [rate] * len(groups)
        return [group.setdefault("initial_lr", float(group["lr"])) * rate for group in groups]

    def state_dict(self):
        return {"last_epoch": self.last_epoch}

    def load_state_dict(self, state_dict):
        """Set the rate of the state's step at once: what was made or loaded before is no matter."""
        self.last_epoch = state_dict["last_epoch"] - 1
        self._step_count = 0
        self.step()


def scheduler(optimizer, relative=False):
    return Scheduler(optimizer, relative)
'''


def _torch(schedule: Schedule, extra: str = "") -> str:
    imports = ("from torch.optim.lr_scheduler import LRScheduler",)
    return _number(schedule, imports=imports, extra=_SCHEDULER + extra)


_TRANSFORMERS = """

# Trainer(model, arguments, optimizers=(optimizer, scheduler(optimizer)), ...)
"""

_LIGHTNING = '''

def configured(optimizer, relative=False):
    """What a LightningModule's `configure_optimizers` returns: one step of it for each update."""
    return {
        "optimizer": optimizer,
        "lr_scheduler": {"scheduler": scheduler(optimizer, relative), "interval": "step"},
    }
'''


def _transformers(schedule: Schedule) -> str:
    return _torch(schedule, _TRANSFORMERS)


def _lightning(schedule: Schedule) -> str:
    return _torch(schedule, _LIGHTNING)


# --- arrays --------------------------------------------------------------------------------------


def _optax(schedule: Schedule) -> str:
    lines, tables = array(_formula(schedule, Eager), "jnp.", "jnp.asarray({}, dtype=int)")
    first = [
        "k = jnp.asarray(count, dtype=float)  # float32, or float64 with jax_enable_x64",
        "k = jnp.maximum(k, 0.0)",
    ]
    body = "\n    ".join(["def schedule(count):", *first, *lines])
    constants = {
        name: f"jnp.asarray({_printed(table, '[]')}, dtype=float)" for name, table in tables.items()
    }
    return _module(schedule, ["import jax.numpy as jnp"], constants, body)


def _keras(schedule: Schedule) -> str:
    lines, tables = array(_formula(schedule, Eager), "ops.", 'ops.cast({}, "int32")')
    call = ["k = ops.maximum(ops.cast(step, keras.config.floatx()), 0.0)"]
    call += [
        f"{name} = ops.convert_to_tensor({_printed(table, '[]')}, dtype=keras.config.floatx())"
        for name, table in tables.items()
    ]
    body = "\n        ".join(["    def __call__(self, step):", *call, *lines])
    # A saved model finds its schedule by this name, so that no two schedules may share one.
    name = f"LearningRate-{zlib.crc32(body.encode()):08x}"
    head = (
        f'@keras.saving.register_keras_serializable("lrdecay", "{name}")\n'
        "class LearningRate(keras.optimizers.schedules.LearningRateSchedule):"
    )
    tail = "    def get_config(self):\n        return {}"
    whole = f"{head}\n{body}\n\n{tail}"
    return _module(schedule, ["import keras", "from keras import ops"], {}, whole)


TARGETS: dict[str, Callable[[Schedule], str]] = {
    "python": _python,
    "nanogpt": _nanogpt,
    "torch": _torch,
    "transformers": _transformers,
    "lightning": _lightning,
    "optax": _optax,
    "keras": _keras,
}
