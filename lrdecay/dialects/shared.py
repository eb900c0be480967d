"""What several dialects use: a warmup, schedules that no family is, and checks of arguments."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from ..checks import MOST_STEPS, Flag, Number, Rate, StepCount, Steps, allowed, check, refuse
from ..families.warmup import Ramp, Warmup
from ..schedule import Constant, Of, Schedule, Then, mix

__all__ = ["CosineWave", "Factor", "Mirrored"]


@dataclass(frozen=True, repr=False)
class Factor(Schedule):
    r"""A rate times a function of the step: $\eta_k = \text{base\_lr} \cdot \text{factor}(k)$.

    The function is called for every step, so that a trace (`jax.jit`) is refused; an array is a
    loop. Source code is printed of it if it works on symbols: operators, comparisons as numbers,
    and `math.floor`.

    Args:
        base_lr: what is multiplied, >= 0.
        factor: a function of the step.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> Factor(1.0, lambda k: 0.5**k).sample(3).tolist()
        [1.0, 0.5, 0.25]
    """

    base_lr: Rate
    factor: Callable[[Any], float]

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.base_lr * xp.call(self.factor, k)


def warmed(
    lr: float,
    rest: Schedule,
    warmup_steps: int,
    *,
    start_lr: float = 0.0,
    shape: Ramp = "linear",
    name: str = "num_warmup_steps",
) -> Schedule:
    """Return a ramp from `start_lr` to `lr`, then `rest` on its own clock.

    This is `Warmup` where `rest` starts at `lr`. Elsewhere, the ramp is that of a constant rate and
    the hand-over a jump.

    Args:
        lr: where the ramp goes to.
        rest: what follows it.
        warmup_steps: length of the ramp; 0 gives `rest` itself.
        start_lr: where the ramp starts from.
        shape: which ramp.
        name: what the peer calls `warmup_steps`.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> warmed(1.0, Constant(0.5), 2)
        Then(first=Warmup(schedule=Constant(base_lr=1.0), warmup_steps=2, first='zero'), \
second=Constant(base_lr=0.5), at=2)
    """
    steps = check(name, warmup_steps, StepCount)
    if steps == 0:
        return rest
    if rest(0) == lr:
        return Warmup(rest, steps, start_lr, "zero", shape)
    return Then(Warmup(Constant(lr), steps, start_lr, "zero", shape), rest, at=steps)


@dataclass(frozen=True, repr=False)
class CosineWave(Schedule):
    r"""A cosine wave without end: `Cosine` that rises again after its horizon.

    With $T = \text{total\_steps}$ and $n = \text{waves}$:

    $$\eta_k = \text{final\_lr} + \tfrac12 (\text{base\_lr} - \text{final\_lr})
      \left(1 + \cos \frac{2 \pi n k}{T}\right)$$

    `base_lr` at $k = 0$, `final_lr` for the first time at $k = T / 2 n$, which is $T$ with the
    default.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        total_steps: the horizon $T$, >= 1.
        final_lr: learning rate at the other end of the wave, >= 0.
        waves: how many whole waves fit into `total_steps`, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> [round(lr, 4) for lr in CosineWave(1.0, total_steps=4).sample(7).tolist()]
        [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.1464, 0.5]
    """

    base_lr: Rate
    total_steps: Steps
    final_lr: Rate = 0.0
    waves: Rate = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.waves > MOST_STEPS:
            raise refuse("waves", self.waves, "at most 2**53")

    def _lr(self, k: Any, xp: Any) -> Any:
        share = k / self.total_steps
        left = (1 + xp.cos(math.pi * self.waves * 2.0 * share)) / 2
        return mix(self.final_lr, self.base_lr, left)


_GROUP = ": a schedule describes one parameter group"
OneGroup = Annotated[float, allowed(float)._replace(words=f"one number{_GROUP}")]
OneRate = Annotated[float, allowed(Rate)._replace(words=f"one number >= 0, finite{_GROUP}")]


def is_int(name: str, value: Any) -> int:
    """Return the value if it is an `int` >= 1, as PyTorch wants it where it looks."""
    if not isinstance(value, int):
        raise refuse(name, value, "an int >= 1")
    return check(name, value, Steps)


def check_cycled(cycle_momentum: bool) -> None:
    """Raise a `ValueError` unless the scheduler changes the momentum at all."""
    if not check("cycle_momentum", cycle_momentum, Flag):
        raise refuse("cycle_momentum", cycle_momentum, "true: otherwise momentum is left alone")


@dataclass(frozen=True, repr=False)
class Mirrored(Of):
    r"""A number less a schedule: $\eta_k = \text{high} - \text{schedule}(k)$.

    Args:
        schedule: what is taken away.
        high: what the schedule is taken from; less than it takes away, the value is negative.

    Examples:
        >>> Mirrored(Constant(0.25), 1.0)(0)
        0.75
    """

    high: Number

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.high - xp.rate(self.schedule, k)


def compared(peer: dict[str, Any]) -> dict[str, str]:
    """Return what the functions of a peer's module say under "Compared:", by their names.

    Beside the family of the same idea: the sentences of the tables on the site.

    Args:
        peer: the names of the module, `globals()`.
    """
    docs = {name: inspect.getdoc(peer[name]) or "" for name in peer["__all__"]}
    found = {
        name: re.search(r"^Compared:\n((?: +\S.*\n?)+)", doc, re.MULTILINE)
        for name, doc in docs.items()
    }
    return {name: " ".join(words[1].split()) for name, words in found.items() if words}
