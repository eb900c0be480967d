"""A schedule as source code for another framework, and as JSON.

Every target prints the same formula, read off the schedule itself: nothing is fitted or sampled,
and nothing of lrdecay is needed to run the result. What computes one number at a time prints the
formula with branches, and the rest as arrays.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from types import NoneType
from typing import Any, Literal

import numpy as np

from .as_json import from_json, to_json
from .checks import checked, refuse
from .formula import (
    FINITE,
    FUNCTIONS,
    Eager,
    NoFormulaError,
    Symbol,
    Symbolic,
    array,
    constant,
    helpers,
    indented,
    javascript,
    number,
    opened,
    parametric,
    python,
)
from .messages import code
from .schedule import Schedule

__all__ = ["Target", "from_json", "source", "to_json"]

Target = Literal[
    "python", "nanogpt", "torch", "transformers", "lightning", "optax", "keras", "javascript"
]


@checked()
def source(schedule: Schedule, target: Target, parameters: Sequence[str] = ()) -> str:
    """Return the source code of a schedule for a framework.

    Args:
        schedule: any schedule whose formula can be read off: all but those with a Python function
            of the user's own that takes only numbers, and PyTorch's few that are computed step by
            step.
        target: "python" (a function `lr(k)`), "nanogpt" (`get_lr(it)`), "torch" (a scheduler made
            by `scheduler(optimizer, relative=False)`, as `torch_scheduler` makes it),
            "transformers" and "lightning" (the same, with how it is handed over), "optax" (a
            function of the count), "keras" (a `LearningRateSchedule`) or "javascript" (a module
            that exports `schedule(step)`).
        parameters: names of numbers of the schedule that become arguments of the printed function,
            for "keras" of its class, with the schedule's numbers as their defaults. They are not
            checked there.

    Returns:
        A module's source: imports, tables where the formula has some, and the definition. A
        negative step has the rate of step 0.

    Raises:
        ValueError: if the target is not one of these, if the formula cannot be read off, or if a
            parameter is not one number of the schedule with which the formula only computes.

    Examples:
        >>> from lrdecay import Linear
        >>> print(source(Linear(0.1, 100), "python"))
        # Linear(base_lr=0.1, total_steps=100)
        <BLANKLINE>
        <BLANKLINE>
        def lr(k):
            k = max(k, 0)
            t1 = k / 100
            return 0.1 * (1.0 - (t1 if t1 < 1.0 else 1.0))
        <BLANKLINE>
    """
    names = tuple(parameters)
    match target:
        case "python":
            return _number(schedule, names)
        case "nanogpt":
            return _number(schedule, names, "get_lr", "it")
        case "optax":
            return _optax(schedule, names)
        case "keras":
            return _keras(schedule, names)
        case "javascript":
            return _javascript(schedule, names)
    scheduler = "from torch.optim.lr_scheduler import LRScheduler"
    return _number(schedule, names, imports=[scheduler], extra=_SCHEDULER + _HANDED_OVER[target])


_TABLE = "Piecewise(range(1, n), schedule.sample(n)) holds its first n rates, and can be printed"


def _formula(schedule: Schedule, namespace: type[Symbolic]) -> Any:
    try:
        return opened(namespace().rate(schedule, Symbol()))
    except NoFormulaError as error:
        raise refuse("schedule", schedule, f"a formula: {error}. {_TABLE}") from error
    except (TypeError, ValueError, AttributeError) as error:
        words = "a schedule whose formula uses only operators and the array namespace"
        raise refuse("schedule", schedule, f"{words} ({type(error).__name__}: {error})") from error


def _parametric(
    schedule: Schedule, names: tuple[str, ...], namespace: type[Symbolic] = Symbolic
) -> tuple[Any, dict[str, float]]:
    """Return the formula with some of the schedule's numbers as names, and these."""
    whole = _formula(schedule, namespace)
    if not names:
        return whole, {}
    root, given = parametric(schedule, names, namespace)
    return opened(root), given


def _signature(first: str, given: dict[str, float]) -> str:
    return ", ".join([first, *(f"{name}={constant(value)}" for name, value in given.items())])


def _head(schedule: Schedule, mark: str = "#") -> list[str]:
    """Return the code that makes the schedule, as comments."""
    made = list(code(schedule, _literal))
    hidden = [f"{mark} (... stands for what is not code, such as a Python function)"]
    return [f"{mark} {''.join(made)}", *hidden * ("..." in made)]


def _literal(value: Any) -> str:
    plain = value.item() if isinstance(value, np.generic) else value
    if type(plain) is float:
        return constant(plain)
    is_code = type(plain) in {NoneType, bool, int, str, tuple, set, frozenset, dict}
    return repr(plain) if is_code else "..."


def _module(schedule: Schedule, imports: list[str], tables: dict[str, str], body: str) -> str:
    compile(body, "<source>", "exec")  # which Python refuses to do where it is nested too deep
    constants = [f"{name} = {value}" for name, value in tables.items()]
    parts = ["\n".join([*_head(schedule), *imports]), *["\n".join(constants)] * bool(constants)]
    return "\n\n".join(parts) + "\n\n\n" + body.rstrip() + "\n"


def _number(
    schedule: Schedule,
    parameters: tuple[str, ...],
    name: str = "lr",
    step: str = "k",
    *,
    imports: Sequence[str] = (),
    extra: str = "",
) -> str:
    formula, given = _parametric(schedule, parameters)
    lines, tables, ops = python(formula)
    used = sorted(ops.intersection(FUNCTIONS))
    known = ["from bisect import bisect_right"] * ("bisect" in ops)
    known += [f"from math import {', '.join(used)}"] * bool(used)
    known += [""] * bool(known and imports) + [*imports]
    first = [f"k = max({step}, 0)"] * ("k" in ops)
    body = "\n    ".join([f"def {name}({_signature(step, given)}):", *first, *lines])
    printed = {name: _printed(table, "()") for name, table in tables.items()}
    return _module(schedule, known, printed, body + extra)


def _printed(table: tuple[float, ...], brackets: str) -> str:
    inner = ", ".join(map(constant, table))
    end = "," * (len(table) == 1 and brackets == "()")
    return f"{brackets[0]}{inner}{end}{brackets[1]}"


def _optax(schedule: Schedule, parameters: tuple[str, ...]) -> str:
    formula, given = _parametric(schedule, parameters, Eager)
    lines, tables, _ = array(formula, "jnp.", "jnp.asarray({}, dtype=int)")
    first = [
        "k = jnp.asarray(count, dtype=float)  # float32, or float64 with jax_enable_x64",
        "k = jnp.maximum(k, 0.0)",
    ]
    body = "\n    ".join([f"def schedule({_signature('count', given)}):", *first, *lines])
    constants = {
        name: f"jnp.asarray({_printed(table, '[]')}, dtype=float)" for name, table in tables.items()
    }
    return _module(schedule, ["import jax.numpy as jnp"], constants, body)


def _keras(schedule: Schedule, parameters: tuple[str, ...]) -> str:
    formula, given = _parametric(schedule, parameters, Eager)
    lines, tables, _ = array(formula, "ops.", 'ops.cast({}, "int32")')
    call = [f"{name} = self.{name}" for name in given]
    call += ["k = ops.maximum(ops.cast(step, keras.config.floatx()), 0.0)"]
    call += [
        f"{name} = ops.convert_to_tensor({_printed(table, '[]')}, dtype=keras.config.floatx())"
        for name, table in tables.items()
    ]
    made = [f"    def __init__({_signature('self', given)}):"]
    made += [*(f"self.{name} = {name}" for name in given)]
    start = "\n        ".join(made) + "\n\n" if given else ""
    body = start + "\n        ".join(["    def __call__(self, step):", *call, *lines])
    # A saved model finds its schedule by this name, so that no two schedules may share one.
    name = f"LearningRate-{zlib.crc32(body.encode()):08x}"
    head = (
        f'@keras.saving.register_keras_serializable("lrdecay", "{name}")\n'
        "class LearningRate(keras.optimizers.schedules.LearningRateSchedule):"
    )
    config = ", ".join(f'"{name}": self.{name}' for name in given)
    tail = f"    def get_config(self):\n        return {{{config}}}"
    whole = f"{head}\n{body}\n\n{tail}"
    return _module(schedule, ["import keras", "from keras import ops"], {}, whole)


def _javascript(schedule: Schedule, parameters: tuple[str, ...]) -> str:
    formula, given = _parametric(schedule, parameters)
    lines, tables, ops = javascript(formula)
    options = ", ".join(f"{name} = {number(value)}" for name, value in given.items())
    arguments = f"step, {{ {options} }} = {{}}" if given else "step"
    constants = [
        f"const {name} = [{', '.join(map(number, table))}];" for name, table in tables.items()
    ]
    first = [
        "if (!Number.isFinite(step)) {",
        '  const Refused = typeof step === "number" ? RangeError : TypeError;',
        f"  throw new Refused(`step must be {FINITE}, got ${{String(step)}}`);",
        "}",
        *["const k = Math.max(step, 0);"] * ("k" in ops),
    ]
    body = [f"export function schedule({arguments}) {{", *indented([*first, *lines]), "}"]
    parts = [_head(schedule, "//"), *[constants] * bool(constants), *helpers(ops), body]
    return "\n\n".join(map("\n".join, parts)) + "\n"


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

# What follows the scheduler, to hand it over.
_HANDED_OVER = {
    "torch": "",
    "transformers": """

# Trainer(model, arguments, optimizers=(optimizer, scheduler(optimizer)), ...)
""",
    "lightning": '''

def configured(optimizer, relative=False):
    """What a LightningModule's `configure_optimizers` returns: one step of it for each update."""
    return {
        "optimizer": optimizer,
        "lr_scheduler": {"scheduler": scheduler(optimizer, relative), "interval": "step"},
    }
''',
}
