"""One run of a network that PyTorch trains: a small convolutional net, or a character transformer.

On a processor a run uses one thread, and so has the same bits every time; on a graphics card it
computes in bfloat16 where PyTorch thinks it safe, and does not.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from ... import Schedule
from ..streams import stream
from .data import Images, Text, batches, load
from .design import Model
from .records import (
    BITS,
    LOOKS,
    TRAIN_EXAMPLES,
    Curve,
    Mean,
    Result,
    Task,
    checkpoints,
    rounded,
    torch_or_say,
)
from .torch_networks import adapt, build, merge, stages, weights
from .torch_optimizers import Steps

WINDOWS = {"train": 256, "valid": 512, "test": 1024}
"""Windows of text, evenly spaced, that the final losses of each part are measured on."""

LOOKED_AT = {"valid": 128, "test": 256}
"""Windows for each look at a run that is watched."""

_AT_ONCE = 256  # examples or windows in one forward pass after training


def alone(task: Task, schedule: Any, seed: int, loaded: Images | Text) -> Result:
    """Train one network, and return its final losses and its curve, as `training.train` does."""
    torch = torch_or_say()
    assert isinstance(schedule, Schedule)  # no plateau rule here
    with _one_thread(torch):
        run = _trained(task, schedule, seed, loaded)
        net, curve = run.net, run.curve
        merge(net)
        found = curve.named() | _final(net, task, loaded)
        if task.method.watched:
            found |= _watched(run, task, loaded)
        if task.average:
            if np.isfinite(curve.worst):
                torch.nn.utils.vector_to_parameters(run.mean.value(), weights(net))
            averaged = _final(net, task, loaded)
            found |= {f"average_{name}": value for name, value in averaged.items()}
    return found


@dataclass
class _Run:
    """A network, what trains it, and what was seen."""

    net: Any
    steps: Steps
    curve: Curve
    mean: Mean
    looks: dict[str, list[float]]


def _trained(task: Task, schedule: Schedule, seed: int, loaded: Images | Text) -> _Run:
    """Train one network."""
    torch, method, model = torch_or_say(), task.method, task.model
    before = None if task.before is None else _before(replace(task.before, seeds=(seed,)))
    clip = model.clip if method.clip is None else method.clip
    looks = checkpoints(task.updates, task.updates, LOOKS) if method.watched else []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = build(model, loaded).to(task.device)
        if before is not None:
            _take_over(net, before.net, task)
        if method.rank:
            adapt(net, method.rank)
    run = _Run(
        net,
        Steps(task, schedule, net),
        Curve(task.updates),
        Mean(task.average, task.updates),
        {name: [] for name in LOOKED_AT},
    )
    if method.kept:
        assert before is not None
        assert not method.rank
        states = before.steps.main.state
        old = before.net.parameters()
        run.steps.keep((to, states[of]) for to, of in zip(net.parameters(), old, strict=True))
    parameters = [weight for weight in net.parameters() if weight.requires_grad]
    for k, (inputs, targets) in enumerate(_going_on(task, seed, loaded)):
        net.zero_grad()
        loss = _loss(net, inputs, targets, task.device)
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(parameters, clip)
        run.steps.update(k)
        run.curve.add(k, loss.item())
        if not np.isfinite(run.curve.worst):  # what is not a number stays so
            break
        if task.average:
            with torch.no_grad():
                run.mean.add(k, torch.nn.utils.parameters_to_vector(weights(net)))
        if k + 1 in looks:
            for name, seen in run.looks.items():
                part = _part(name, model, loaded, LOOKED_AT)
                seen.append(_measured(net, task, *part)[0])
    return run


@lru_cache(maxsize=32)
def _before(task: Task) -> _Run:
    """Return a training before, of one schedule and one seed."""
    (schedule,), (seed,) = task.schedules, task.seeds
    assert isinstance(schedule, Schedule)
    return _trained(task, schedule, seed, load(task.model.data))


def _take_over(net: Any, old: Any, task: Task) -> None:
    """Copy weights of the training before; of an image network for other classes not the last."""
    assert task.before is not None
    copied = stages(net), stages(old)
    fresh = task.model.network == "conv" and task.before.model.data != task.model.data
    with torch_or_say().no_grad():
        for ours, theirs in list(zip(*copied, strict=True))[: -1 if fresh else None]:
            for to, of in zip(ours, theirs, strict=True):
                to.load_state_dict(of.state_dict())


def _watched(run: _Run, task: Task, loaded: Images | Text) -> Result:
    """Return the looks of a run, and the test losses of its last weights rounded, and elsewhere."""
    missing = [np.nan] * LOOKS  # those of a run that ended
    found: Result = {f"{n}_looks": np.array([*s, *missing][:LOOKS]) for n, s in run.looks.items()}
    for bits in BITS:
        net = deepcopy(run.net)
        _round(net, bits)
        found[f"rounded_{bits}"] = _measured(net, task, *_part("test", task.model, loaded))[0]
    before = task.before
    if before is not None and before.model.data != task.model.data:
        old = load(before.model.data)
        if isinstance(old, Text):
            part = _part("test", task.model, old)
            found["old_loss"] = _measured(run.net, task, *part)[0]
    return found


def _round(net: Any, bits: int) -> None:
    torch = torch_or_say()
    with torch.no_grad(), np.errstate(invalid="ignore"):
        for weight in net.parameters():
            if weight.ndim >= 2:
                flat = rounded(weight.flatten(1).cpu().numpy(), bits)
                weight.copy_(torch.from_numpy(flat).view_as(weight))


@contextmanager
def _one_thread(torch: Any) -> Generator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


# --- data ----------------------------------------------------------------------------------------


def _going_on(task: Task, seed: int, loaded: Images | Text) -> Iterator[tuple[Any, Any]]:
    """Yield inputs and targets of each update, after those of a training before on these data."""
    before = task.before
    if before is None or before.model.data != task.model.data:
        return _drawn(task, seed, loaded)
    whole = replace(task, plan=before.plan + task.plan)
    return islice(_drawn(whole, seed, loaded), before.updates, None)


def _drawn(task: Task, seed: int, loaded: Images | Text) -> Iterator[tuple[Any, Any]]:
    """Yield inputs and targets of each update."""
    torch = torch_or_say()
    if isinstance(loaded, Images):
        inputs, labels = (torch.from_numpy(part).to(task.device) for part in loaded.train)
        for rows in batches(seed, len(labels), task.plan):
            index = torch.from_numpy(rows).to(task.device)
            yield inputs[index], labels[index]
        return
    text, context = torch.from_numpy(loaded.train).to(task.device), task.model.sizes[-1]
    rng, span = stream("trials.windows", seed), torch.arange(context + 1, device=task.device)
    for updates, size in task.plan:
        for _ in range(updates):
            starts = torch.from_numpy(rng.integers(0, len(text) - context, size)).to(task.device)
            windows = text[starts[:, None] + span]
            yield windows[:, :-1], windows[:, 1:]


def _final(net: Any, task: Task, loaded: Images | Text) -> Result:
    """Return the losses of the last weights on the three parts, and the accuracy on test data."""
    found: Result = {}
    for name in ("train", "valid", "test"):
        loss, found["accuracy"] = _measured(net, task, *_part(name, task.model, loaded))
        found[f"{name}_loss"] = loss
    return found


def _part(
    name: str, model: Model, loaded: Images | Text, count: Mapping[str, int] = WINDOWS
) -> tuple[Any, Any]:
    part: Any = getattr(loaded, name)
    if isinstance(loaded, Images):
        return tuple(array[: TRAIN_EXAMPLES if name == "train" else None] for array in part)
    context = model.sizes[-1]
    starts = np.linspace(0, len(part) - context - 1, count[name]).astype(np.int64)
    windows = part[starts[:, None] + np.arange(context + 1)]
    return windows[:, :-1], windows[:, 1:]


def _measured(net: Any, task: Task, inputs: Any, targets: Any) -> tuple[float, float]:
    torch = torch_or_say()
    total, right = 0.0, 0
    with torch.no_grad():
        for i in range(0, len(inputs), _AT_ONCE):
            some = torch.from_numpy(inputs[i : i + _AT_ONCE]).to(task.device)
            theirs = torch.from_numpy(targets[i : i + _AT_ONCE]).to(task.device).flatten()
            scores = net(some).float().reshape(len(theirs), -1)
            total += float(torch.nn.functional.cross_entropy(scores, theirs, reduction="sum"))
            right += int((scores.argmax(-1) == theirs).sum())
    return total / targets.size, right / targets.size


def _loss(net: Any, inputs: Any, targets: Any, device: str) -> Any:
    torch = torch_or_say()
    with torch.autocast("cuda", torch.bfloat16, enabled=device == "cuda"):
        scores = net(inputs)
    flat = targets.flatten()
    return torch.nn.functional.cross_entropy(scores.float().reshape(len(flat), -1), flat)
