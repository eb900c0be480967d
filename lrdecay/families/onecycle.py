"""One cycle: up once, then down far below the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ..checks import Rate, StepCount, Steps, checked, refuse
from ..schedule import Schedule, mix
from .cosine import half_cosine

Curve = Literal["cosine", "linear"]


@dataclass(frozen=True, repr=False)
class OneCycle(Schedule):
    r"""Up to `base_lr`, then down to `final_lr`: half a cosine wave each, or straight lines.

    With $w = \text{warmup\_steps}$, $T = \text{total\_steps}$ and a curve $c$ that falls from
    $c(0) = 1$ to $c(1) = 0$, namely $c(x) = \tfrac12 (1 + \cos \pi x)$ for "cosine" and $1 - x$ for
    "linear":

    $$\eta_k = \begin{cases}
      \text{base\_lr} + (\text{start\_lr} - \text{base\_lr})\, c(k / w) & k < w \\
      \text{final\_lr} + (\text{base\_lr} - \text{final\_lr})\,
        c\left(\frac{\min(k, T) - w}{T - w}\right) & k \ge w
      \end{cases}$$

    `start_lr` at $k = 0$, `base_lr` at $k = w$, `final_lr` at $k = T$ and held after. With
    `return_steps` $r$ there are three phases: up in $w$ steps, back down to `start_lr` in $r$, and
    from there to `final_lr` in the rest.

    Args:
        base_lr: the peak, >= 0.
        total_steps: the horizon $T$, >= 1; the rise is inside it.
        warmup_steps: length of the rise, from 0 to `total_steps` - 1; 30 % of `total_steps`,
            rounded down, when not given.
        start_lr: learning rate at $k = 0$, >= 0; `base_lr` / 25 when not given.
        final_lr: learning rate from $k = T$ on, >= 0; `base_lr` / 250 000 when not given.
        shape: the curve, "cosine" or "linear".
        return_steps: length of the second of three phases, >= 1; two phases when not given.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        L. N. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using
        Large Learning Rates", 2017, arXiv:1708.07120. The defaults are those of
        `torch.optim.lr_scheduler.OneCycleLR`, which reaches the end at $T - 1$.

    Examples:
        >>> [round(lr, 4) for lr in OneCycle(1.0, total_steps=10).sample(10).tolist()]
        [0.04, 0.28, 0.76, 1.0, 0.9505, 0.8117, 0.6113, 0.3887, 0.1883, 0.0495]
    """

    base_lr: Rate
    total_steps: Steps
    warmup_steps: StepCount | None = None
    start_lr: Rate | None = None
    final_lr: Rate | None = None
    shape: Curve = "cosine"
    return_steps: Steps | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warmup_steps is not None and self.warmup_steps >= self.total_steps:
            allowed = f"below total_steps = {self.total_steps}"
            raise refuse("warmup_steps", self.warmup_steps, allowed)
        if self.return_steps is not None and self._rise + self.return_steps >= self.total_steps:
            allowed = f"below total_steps - warmup_steps = {self.total_steps - self._rise}"
            raise refuse("return_steps", self.return_steps, allowed)

    @property
    def _rise(self) -> int:
        # 30 % in whole numbers, where there is no rounding to think about.
        return 3 * self.total_steps // 10 if self.warmup_steps is None else self.warmup_steps

    @checked()
    def momentum(self, high: Rate = 0.95, low: Rate = 0.85) -> OneCycle:
        """Return the momentum that goes with the rate: `low` where the rate is highest.

        It falls from `high` to `low` while the rate rises, comes back while the rate returns, and
        with three phases stays at `high` through the last. The result is a `OneCycle` whose values
        are momenta.
        """
        end = high
        return OneCycle(low, self.total_steps, self._rise, high, end, self.shape, self.return_steps)

    def _lr(self, k: Any, xp: Any) -> Any:
        peak = self.base_lr
        start = peak / 25 if self.start_lr is None else self.start_lr
        final = peak / 250_000 if self.final_lr is None else self.final_lr
        phases = [(self._rise, start, peak)]
        if self.return_steps is not None:
            phases.append((self._rise + self.return_steps, peak, start))
        phases.append((self.total_steps, phases[-1][2], final))

        k = xp.minimum(k, self.total_steps)
        begin, lr = 0, None
        pieces = []
        for end, first, last in phases:
            if end > begin:
                share = (k - begin) / (end - begin)
                left = 1 - share if self.shape == "linear" else half_cosine(share, xp)
                pieces.append((end, mix(last, first, left)))
            begin = end
        for end, piece in reversed(pieces):
            lr = piece if lr is None else xp.where(k < end, piece, lr)
        return lr
