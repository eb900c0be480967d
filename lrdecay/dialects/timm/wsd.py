"""timm's warmup, stable phase and decay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Unpack

from ...checks import Checked, Positive, Rate, StepCount, Steps, check, checked, refuse
from ...families.inverse import InverseSqrt, PowerLaw
from ...families.wsd import WSD
from ...formula import Symbol, Symbolic, on_symbol
from ...schedule import Clip, Constant, Product, Schedule, mix
from ..shared import Factor
from .parts import Ignored, after_warmup, refuse_noise

StableFn = Literal["constant", "rsqrt", "power"]
DecayFn = Literal["linear", "1-sqrt", "cosine", "power", "exp"]


@dataclass(frozen=True, repr=False)
class Towards(Schedule):
    r"""A schedule drawn towards a rate: $\eta_k = r + (\text{schedule}(k) - r)\,\text{share}(k)$.

    Args:
        schedule: what is drawn.
        share: how much of the difference is left, from 1 to 0.
        final_lr: the rate $r$, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> from lrdecay import Linear
        >>> Towards(Constant(1.0), Linear(1.0, 2), final_lr=0.5).sample(3).tolist()
        [1.0, 0.75, 0.5]
    """

    schedule: Schedule
    share: Schedule
    final_lr: Rate

    def _lr(self, k: Any, xp: Any) -> Any:
        return mix(self.final_lr, xp.rate(self.schedule, k), xp.rate(self.share, k))


@dataclass(frozen=True, repr=False)
class DownTo(Checked):
    """The shape of an exponential cooldown to a share of the start, stretched to end at 0.

    Examples:
        >>> DownTo(0.25)(0.5)
        0.3333333333333333
    """

    ratio: Positive

    def __call__(self, share: Any) -> Any:
        """Return what is left after a `share` of the time."""
        return (self.ratio**share - self.ratio) / (1.0 - self.ratio)


@dataclass(frozen=True, repr=False)
class Cooldown(Checked):
    """A function of the share of the last steps of a run, as a function of the step.

    Examples:
        >>> Cooldown(lambda share: 1 - share, start=2, steps=4)(3)
        0.75
    """

    function: Callable[[float], float]
    start: StepCount
    steps: Steps

    def __call__(self, k: float) -> float:
        """Return what the function gives of the share at step `k`; 1 before the start."""
        since = k - self.start
        return 1.0 if since <= 0 else self.function(min(since / self.steps, 1.0))

    def on_symbol(self, k: Symbol) -> Any:
        """Return the same for a symbol."""
        share = Symbolic.clip((k - self.start) / self.steps, 0.0, 1.0)
        return Symbolic.where(k <= self.start, 1.0, on_symbol(self.function, share))


@checked()
def WSDLRScheduler(
    lr: Rate,
    t_initial: Steps,
    decay_t: Steps,
    lr_min: Rate = 0.0,
    stable_fn: StableFn = "constant",
    stable_timescale: float | None = None,
    stable_power: Positive = 0.5,
    decay_fn: DecayFn | Callable[[float], float] = "1-sqrt",
    decay_power: Positive = 0.5,
    decay_ratio: Positive = 0.1,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    **ignored: Unpack[Ignored],
) -> Schedule:
    """Return timm's warmup-stable-decay: `Warmup` of `WSD`, with the 1-sqrt cooldown.

    The warmup is put in front: `lr` is first used at `warmup_t`, `lr_min` at `warmup_t` +
    `t_initial`, and held. With another `stable_fn` the phase that is held falls instead, and goes
    on falling during the cooldown, but not below `lr_min`.

    Compared:
        Warmup from 0 and always put in front; 1-sqrt cooldown; the stable phase may fall too.

    Args:
        lr: the rate at the end of the warmup.
        t_initial: length of stable phase and cooldown together.
        decay_t: length of the cooldown.
        lr_min: learning rate at the end.
        stable_fn: "constant"; "rsqrt", `InverseSqrt`; or "power", `PowerLaw`.
        stable_timescale: of the latter two; `warmup_t` when not given.
        stable_power: of "power".
        decay_fn: shape of the cooldown; a function of the share of it that is over is called for
            every step, so that a trace (`jax.jit`) is refused.
        decay_power: of "power".
        decay_ratio: of "exp": the share of the start at the end, before it is stretched to 0.
        warmup_t: length of the warmup.
        warmup_lr_init: where the warmup starts from.
        ignored: what changes nothing; see `lrdecay.dialects.timm`.

    Raises:
        ValueError: if an argument is out of range, or with noise.

    Examples:
        >>> WSDLRScheduler(1.0, t_initial=6, decay_t=4, warmup_t=2).sample(9).tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.2928932188134524, 0.1339745962155614, 0.0]
    """
    refuse_noise(ignored)
    if decay_t > t_initial:
        raise refuse("decay_t", decay_t, f"at most t_initial = {t_initial}")
    if not decay_ratio < 1:
        raise refuse("decay_ratio", decay_ratio, "above 0 and below 1")
    held = max(lr, lr_min)
    shapes: dict[Any, Any] = {"exp": DownTo(decay_ratio), "power": float(decay_power)}
    shape = shapes.get(decay_fn, decay_fn)
    if callable(decay_fn):
        share: Schedule = Factor(1.0, Cooldown(decay_fn, t_initial - decay_t, decay_t))
    else:
        share = WSD(1.0, t_initial, decay_t, shape=shape)
    if stable_fn != "constant":
        scale = warmup_t if stable_timescale is None else stable_timescale
        timescale = check("stable_timescale", scale, Positive)
        power = 0.5 if stable_fn == "rsqrt" else stable_power
        stable: Schedule = PowerLaw(lr, power, timescale)
        stable = InverseSqrt(lr, timescale) if power == 0.5 else stable
        rest: Schedule = Product(stable, share)
        if lr_min:
            rest = Towards(Clip(stable, low=lr_min), share, lr_min)
    elif callable(decay_fn):
        rest = Towards(Constant(held), share, lr_min)
    else:
        rest = WSD(held, t_initial, decay_t, final_lr=lr_min, shape=shape)
    return after_warmup(lr, rest, warmup_t, warmup_lr_init, prefix=True)
