"""Networks of `mlp` trained together: every schedule of a stack on every seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import ReduceOnPlateau, Schedule
from .adapters import Adapters, Whole
from .data import CLASSES, Images, batches, load
from .mlp import Array, Losses, Stack, evaluate, initial, layers, parameters, with_ones
from .optimizers import SGD, AdamW, Muon
from .records import BITS, LOOKS, TRAIN_EXAMPLES, Curve, Mean, Result, Task, checkpoints, rounded

WATCHED = 1000
"""How many validation examples, the first, a plateau rule is told the loss of."""


class Rates:
    """The learning rate of every run of a stack at each update, (runs,)."""

    def __init__(self, schedules: Sequence[Schedule | ReduceOnPlateau], task: Task) -> None:
        self.every = task.every
        self.folds = [s for s in schedules if isinstance(s, ReduceOnPlateau)]
        self.states = [fold.start() for fold in self.folds]
        plain = [s for s in schedules if isinstance(s, Schedule)]
        assert not self.folds or not plain
        self.first_cut = np.full(len(schedules), np.inf)
        self.rates = np.stack([s.sample(task.updates) for s in plain]) if plain else None

    def at(self, k: int, metric: Callable[[], Array]) -> Array:
        """Return the rates of update `k`; the metric is asked for only if a rule wants it."""
        if self.rates is not None:
            return self.rates[:, k]
        if k and k % self.every == 0:
            told = zip(self.folds, self.states, metric(), strict=True)
            self.states = [fold.update(state, float(value)) for fold, state, value in told]
        lrs = np.array([state.lr for state in self.states])
        cut = lrs < [fold.base_lr for fold in self.folds]
        self.first_cut[cut & np.isinf(self.first_cut)] = k
        return lrs


def stacked(task: Task, images: Images) -> Result:
    """Train networks of `mlp` together: seed by seed, and in each every schedule."""
    with np.errstate(all="ignore"):  # divergence is a result, not a warning
        trained = _Trained(task, images)
        trained.run()
        found = trained.results()
    shape = (len(task.seeds), len(task.schedules))
    return {
        name: np.swapaxes(value.reshape(*shape, *value.shape[1:]), 0, 1).copy()
        for name, value in found.items()
    }


class _Trained:
    """A stack of runs: `run` trains it, `results` measures it."""

    def __init__(self, task: Task, images: Images) -> None:
        method, each, seeds = task.method, len(task.schedules), task.seeds
        self.task, self.images = task, images
        self.inputs, self.labels = with_ones(images.train[0]), images.train[1]
        sizes = (self.inputs.shape[1] - 1, *task.model.sizes, CLASSES[task.model.data])
        self.widths = sizes
        before = None if task.before is None else _before(task.before)
        weights = np.stack([initial(seed, sizes) for seed in seeds])
        if before is not None:
            weights = _taken_over(before.flat, weights, sizes, before.task.model.data, task)
        self.flat = np.repeat(weights, each, axis=0)
        self.parameters = (
            Adapters(self.flat, sizes, method.rank, seeds, each)
            if method.rank
            else Whole(self.flat)
        )
        self.optimizer = self._optimizer()
        plain = not (method.rank or method.muon)
        assert plain or (not method.kept and method.layerwise == 1.0)  # nothing asks for both
        if method.kept:
            assert before is not None
            self.optimizer = deepcopy(before.optimizer)
        self.rates = Rates(list(task.schedules) * len(seeds), task)
        self.others = Rates(list(task.others) * len(seeds), task) if task.others else None
        runs = len(self.flat)
        self.curve, self.mean = Curve(task.updates, (runs,)), Mean(task.average, task.updates)
        self.looks: list[tuple[Array, Array]] = []
        self.scale = _layerwise(method.layerwise, sizes) if method.layerwise != 1.0 else None
        self.watched = with_ones(images.valid[0][:WATCHED]), images.valid[1][:WATCHED]

    def _optimizer(self) -> SGD | AdamW:
        model, trained = self.task.model, self.parameters.trained
        if model.optimizer == "sgd":
            return SGD(trained, self.task.momentum)
        if self.task.method.muon:
            return Muon(trained, model.weight_decay, model.beta2, self._hidden)
        return AdamW(trained, model.weight_decay, model.beta2)

    def _hidden(self, flat: Array) -> list[Array]:
        """Return the matrices before the last layer, without their biases."""
        return [layer[:, :, :-1] for layer in layers(flat, self.widths)[:-1]]

    def run(self) -> None:
        """Train."""
        task, flat, parameters = self.task, self.flat, self.parameters
        looks = checkpoints(task.updates, task.updates, LOOKS) if task.method.watched else []
        gradient = np.empty_like(flat)
        work = Stack(self.widths, len(task.seeds), len(task.schedules), task.plan[0][1])
        for k, rows in enumerate(self._order()):
            some = np.stack(rows)
            if some.shape[1] != work.batch:
                work = Stack(self.widths, work.seeds, work.each, some.shape[1])
            batch, answers = self.inputs[some], self.labels[some]
            lrs = self.rates.at(k, lambda: evaluate(flat, self.widths, *self.watched).loss)
            work.forward(flat, batch)
            self.curve.add(k, work.losses(answers).loss)
            work.backward(flat, batch, answers, gradient)
            self._step(k, parameters.slope(gradient), lrs)
            parameters.write()
            self.mean.add(k, flat)
            if k + 1 in looks:
                valid = evaluate(flat, self.widths, *self.watched).loss
                self.looks.append((valid, self._on(self.images.test, flat).loss))

    def _order(self) -> Iterator[Any]:
        """Yield the rows of the examples of each update, (seeds, batch)."""
        task, n, begun = self.task, len(self.labels), 0
        plan = task.plan
        if task.before is not None and task.before.model.data == task.model.data:
            plan, begun = task.before.plan + plan, task.before.updates
        orders = (batches(seed, n, plan) for seed in task.seeds)
        return islice(zip(*orders, strict=True), begun, None)

    def _step(self, k: int, gradient: Array, lrs: Array) -> None:
        """Move the weights by the gradient of update `k`, as the method says."""
        method, optimizer = self.task.method, self.optimizer
        model = self.task.model
        if clip := model.clip if method.clip is None else method.clip:
            norm = np.sqrt(np.square(gradient).sum(axis=1, keepdims=True))
            gradient *= np.minimum(1.0, clip / (norm + 1e-6)).astype(gradient.dtype)
        if self.rates.rates is not None:
            peaks = self.rates.rates.max(axis=1)
            share = (lrs / peaks)[:, None]
            if method.momentum:
                name = "momentum" if isinstance(optimizer, SGD) else "beta1"
                setattr(optimizer, name, _between(*method.momentum, share))
            if isinstance(optimizer, AdamW) and method.beta2:
                optimizer.beta2 = _between(*method.beta2, share)
            if isinstance(optimizer, AdamW) and method.decay != "with the rate":
                optimizer.pull = peaks if method.decay == "constant" else lrs**2 / peaks
        if self.scale is not None:
            lrs = lrs[:, None] * self.scale
        if isinstance(optimizer, Muon) and self.others is not None:
            optimizer.update(self.parameters.trained, gradient, lrs, self.others.at(k, _nothing))
        else:
            optimizer.update(self.parameters.trained, gradient, lrs)

    def results(self) -> Result:
        """Return losses of the last weights, and what else was looked at; arrays (runs, ...)."""
        found = self.curve.named() | self._final(self.flat)
        if self.task.every:
            found["first_cut"] = self.rates.first_cut
        if self.task.average:
            averaged = self._final(self.mean.value())
            found |= {f"average_{name}": value for name, value in averaged.items()}
        if self.task.method.watched:
            valid, test = (np.stack(each, axis=1) for each in zip(*self.looks, strict=True))
            found |= {"valid_looks": valid, "test_looks": test}
            for bits in BITS:
                found[f"rounded_{bits}"] = self._rounded(bits)
        return found

    def _rounded(self, bits: int) -> Array:
        """Return the test losses with every matrix rounded to so many bits."""
        flat = self.flat.copy()
        for layer in layers(flat, self.widths):
            layer[:, :, :-1] = rounded(layer[:, :, :-1], bits)
        return self._on(self.images.test, flat).loss

    def _on(self, part: Any, flat: Array) -> Losses:
        return evaluate(flat, self.widths, with_ones(part[0]), part[1])

    def _final(self, flat: Array) -> dict[str, Array]:
        images = self.images
        test = self._on(images.test, flat)
        first = tuple(array[:TRAIN_EXAMPLES] for array in images.train)
        return {
            "train_loss": self._on(first, flat).loss,
            "valid_loss": self._on(images.valid, flat).loss,
            "test_loss": test.loss,
            "accuracy": test.accuracy,
        }


def _between(at_peak: float, at_zero: float, share: Array) -> Array:
    return at_zero + (at_peak - at_zero) * share


def _nothing() -> Array:
    raise AssertionError("a rule that watches the loss has no rate beside it")


def _layerwise(share: float, widths: tuple[int, ...]) -> Array:
    """Return the factor of each parameter's rate: 1 in the last layer, `share` in that before."""
    scale = np.ones((1, parameters(widths)))
    found = layers(scale, widths)
    for depth, layer in enumerate(reversed(found)):
        layer[...] = share**depth
    return scale


# --- training before -----------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _before(task: Task) -> _Trained:
    """Return a stack of one schedule, trained."""
    images = load(task.model.data)
    assert isinstance(images, Images)
    trained = _Trained(task, images)
    trained.run()
    return trained


def _taken_over(
    flat: Array, fresh: Array, widths: tuple[int, ...], data: str, task: Task
) -> NDArray[np.float32]:
    """Return weights of the training before, with a fresh last layer for other data."""
    taken = flat.copy()
    if data != task.model.data:
        layers(taken, widths)[-1][...] = layers(fresh, widths)[-1]
    return taken
