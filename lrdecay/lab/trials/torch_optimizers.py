"""The optimizers of a network that PyTorch trains, and their rates, as a method says.

PyTorch's own where they can do it. Its AdamW takes a power of beta for what is left of the first
zeros, which is not so where beta moves; its Muon computes in bfloat16, which on a processor is slow
for small matrices and unlike `optimizers`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from ... import Schedule
from .design import Method
from .optimizers import NEWTON_SCHULZ, RMS, ROUNDS
from .records import Task, torch_or_say
from .torch_networks import hidden, stages


class Steps:
    """Moves the weights of a run, an update after the other.

    Args:
        task: of the run.
        schedule: of its rate.
        net: whose weights that need a gradient are moved.
    """

    def __init__(self, task: Task, schedule: Schedule, net: Any) -> None:
        self.method, self.model = task.method, task.model
        self.rates = self.others = schedule.sample(task.updates)
        if task.others:
            others = task.others[task.schedules.index(schedule)]
            self.others = others.sample(task.updates)
        groups = _groups(net, task.method)
        rest = [group for group in groups if not group["muon"]]
        self.main = self._main(rest, task.momentum)
        self.optimizers = [self.main]
        if task.method.muon:
            self.optimizers.append(Muon([group for group in groups if group["muon"]]))
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["weight_decay"] = self._decay(group)

    def _main(self, groups: list[dict[str, Any]], momentum: float) -> Any:
        optim, method = torch_or_say().optim, self.method
        if self.model.optimizer == "sgd":
            return optim.SGD(groups, lr=0.0, momentum=momentum)
        betas = (0.9, self.model.beta2)
        if method.momentum or method.beta2:
            return Moving(groups, betas)
        return optim.AdamW(groups, lr=0.0, betas=betas, fused=True)

    def _decay(self, group: dict[str, Any]) -> float:
        """Return the weight decay of a group, which is for matrices alone, as in AdamW."""
        adam = self.model.optimizer == "adamw"
        return self.model.weight_decay if adam and group["matrices"] else 0.0

    def keep(self, states: Iterable[tuple[Any, dict[str, Any]]]) -> None:
        """Begin with the running means, by weight, of another optimizer."""
        assert not self.method.muon
        for weight, state in states:
            self.main.state[weight] = deepcopy(state)

    def update(self, k: int) -> None:
        """Move the weights by their gradients of update `k`."""
        method = self.method
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                rates = self.rates if group["muon"] else self.others
                group["lr"] = float(rates[k]) * group["share"]
                if method.decay != "with the rate":
                    self._shrink(group, float(rates.max()) * group["share"])
        if method.momentum or method.beta2:
            self._move(float(self.rates[k] / self.rates.max()))
        for optimizer in self.optimizers:
            optimizer.step()

    def _move(self, share: float) -> None:
        """Set momentum, or the betas, at a share of the peak."""
        wanted = self.method.momentum, self.method.beta2
        if isinstance(self.main, Moving):
            self.main.betas = tuple(
                beta if ends is None else _between(*ends, share)
                for ends, beta in zip(wanted, self.main.first, strict=True)
            )
        elif wanted[0]:
            for group in self.main.param_groups:
                group["momentum"] = _between(*wanted[0], share)

    def _shrink(self, group: dict[str, Any], peak: float) -> None:
        """Let weight decay act here, and not in the optimizer, which would use the rate."""
        group["weight_decay"] = 0.0
        rate = peak if self.method.decay == "constant" else group["lr"] ** 2 / peak
        with torch_or_say().no_grad():
            for weight in group["params"]:
                weight.mul_(1.0 - rate * self._decay(group))


def _groups(net: Any, method: Method) -> list[dict[str, Any]]:
    """Return groups of weights that share a rate and a weight decay."""
    inside = {id(weight) for module in hidden(net) for weight in module.parameters()}
    found: dict[tuple[float, bool, bool], list[Any]] = {}
    for depth, stage in enumerate(reversed(stages(net))):
        for weight in (weight for module in stage for weight in module.parameters()):
            if weight.requires_grad:
                matrix = weight.ndim >= 2
                muon = method.muon and matrix and id(weight) in inside
                found.setdefault((method.layerwise**depth, matrix, muon), []).append(weight)
    return [
        {"params": weights, "share": share, "matrices": matrices, "muon": muon}
        for (share, matrices, muon), weights in found.items()
    ]


def _between(at_peak: float, at_zero: float, share: float) -> float:
    return at_zero + (at_peak - at_zero) * share


class Moving:
    """AdamW whose betas may change before any step, as `optimizers.AdamW`.

    What is left of the first zeros in a running mean is the product of the betas so far.

    Args:
        groups: weights, with `lr` and `weight_decay`.
        betas: at first, and those of the running means that are taken over.
    """

    def __init__(self, groups: list[dict[str, Any]], betas: tuple[float, float]) -> None:
        self.param_groups = groups
        self.state: dict[Any, dict[str, Any]] = defaultdict(dict)
        self.first: tuple[float, float] = betas
        self.betas: tuple[float, ...] = betas

    def step(self) -> None:
        """Move the weights by their gradients."""
        torch = torch_or_say()
        beta1, beta2 = self.betas
        with torch.no_grad():
            for group in self.param_groups:
                for weight in group["params"]:
                    state, slope = self._state(weight), weight.grad
                    state["left"] = left1, left2 = (
                        state["left"][0] * beta1,
                        state["left"][1] * beta2,
                    )
                    weight.mul_(1.0 - group["lr"] * group["weight_decay"])
                    mean, square = state["exp_avg"], state["exp_avg_sq"]
                    mean.lerp_(slope, 1.0 - beta1)
                    square.mul_(beta2).addcmul_(slope, slope, value=1.0 - beta2)
                    root = (square / (1.0 - left2)).sqrt_().add_(1e-8)
                    weight.addcdiv_(mean, root, value=-group["lr"] / (1.0 - left1))

    def _state(self, weight: Any) -> dict[str, Any]:
        state = self.state[weight]
        if "exp_avg" not in state:
            zeros = torch_or_say().zeros_like
            state |= {"exp_avg": zeros(weight), "exp_avg_sq": zeros(weight), "step": 0}
        if "left" not in state:
            state["left"] = tuple(beta ** float(state["step"]) for beta in self.first)
        return state


class Muon:
    """Muon for matrices, as `optimizers.Muon` moves its own.

    Args:
        groups: weights, a kernel taken as (outputs, rest), with `lr` and `weight_decay`.
    """

    def __init__(self, groups: list[dict[str, Any]]) -> None:
        self.param_groups = groups
        self.momentum = 0.95
        self.velocity: dict[Any, Any] = {}

    def step(self) -> None:
        """Move the weights by their gradients."""
        torch = torch_or_say()
        with torch.no_grad():
            for group in self.param_groups:
                for weight in group["params"]:
                    slope = weight.grad
                    velocity = self.velocity.setdefault(weight, torch.zeros_like(slope))
                    velocity.mul_(self.momentum).add_(slope)
                    wanted = slope.add(velocity, alpha=self.momentum).flatten(1)
                    scale = RMS * max(wanted.shape) ** 0.5
                    weight.mul_(1.0 - group["lr"] * group["weight_decay"])
                    step = orthogonal(wanted).view_as(weight)
                    weight.add_(step, alpha=-group["lr"] * scale)


def orthogonal(matrix: Any) -> Any:
    """Return nearly the orthogonal factor of a matrix, as `optimizers.orthogonal`."""
    torch = torch_or_say()
    a, b, c = NEWTON_SCHULZ
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.T if tall else matrix).contiguous()
    x = x / (x.norm() + 1e-7)
    for _ in range(ROUNDS):
        square = x @ x.T
        x = torch.addmm(x, torch.addmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return (x.T if tall else x).contiguous()
