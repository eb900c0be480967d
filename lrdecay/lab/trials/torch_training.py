"""One run of a network that PyTorch trains: a small convolutional net, or a character transformer.

On a processor a run uses one thread, and so has the same bits every time; on a graphics card it
computes in bfloat16 where PyTorch thinks it safe, and does not.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ... import Schedule
from ..streams import stream
from .data import CLASSES, Images, Text, batches
from .design import Model
from .records import TRAIN_EXAMPLES, Curve, Mean, Result, Task, torch_or_say

WINDOWS = {"train": 256, "valid": 512, "test": 1024}
"""Windows of text, evenly spaced, that the final losses of each part are measured on."""

_AT_ONCE = 256  # examples or windows in one forward pass after training


def alone(task: Task, schedule: Any, seed: int, loaded: Images | Text) -> Result:
    """Train one network, and return its final losses and its curve, as `training.train` does."""
    torch = torch_or_say()
    assert isinstance(schedule, Schedule)  # no plateau rule here
    rates = schedule.sample(task.updates)
    curve, mean = Curve(task.updates), Mean(task.average, task.updates)
    with _one_thread(torch), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = build(task.model, loaded).to(task.device)
        optimizer = _optimizer(task, net)
        parameters = list(net.parameters())
        for k, (inputs, targets) in enumerate(_drawn(task, seed, loaded)):
            for group in optimizer.param_groups:
                group["lr"] = float(rates[k])
            optimizer.zero_grad()
            loss = _loss(net, inputs, targets, task.device)
            loss.backward()
            if task.model.clip:
                torch.nn.utils.clip_grad_norm_(parameters, task.model.clip)
            optimizer.step()
            curve.add(k, loss.item())
            if not np.isfinite(curve.worst):  # what is not a number stays so
                break
            if task.average:
                with torch.no_grad():
                    mean.add(k, torch.nn.utils.parameters_to_vector(parameters))
        found = curve.named() | _final(net, task, loaded)
        if task.average:
            if np.isfinite(curve.worst):
                torch.nn.utils.vector_to_parameters(mean.value(), parameters)
            averaged = _final(net, task, loaded)
            found |= {f"average_{name}": value for name, value in averaged.items()}
    return found


@contextmanager
def _one_thread(torch: Any) -> Generator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


# --- data ----------------------------------------------------------------------------------------


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


def _part(name: str, model: Model, loaded: Images | Text) -> tuple[Any, Any]:
    part: Any = getattr(loaded, name)
    if isinstance(loaded, Images):
        return tuple(array[: TRAIN_EXAMPLES if name == "train" else None] for array in part)
    context = model.sizes[-1]
    starts = np.linspace(0, len(part) - context - 1, WINDOWS[name]).astype(np.int64)
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


# --- networks ------------------------------------------------------------------------------------


def build(model: Model, loaded: Images | Text) -> Any:
    """Return a network, its weights drawn from PyTorch's generator."""
    if isinstance(loaded, Images):
        return _convolutional(*model.sizes, loaded.train[0].shape[1], CLASSES[model.data])
    return _transformer(CLASSES[model.data], *model.sizes)


def _convolutional(first: int, second: int, pixels: int, classes: int) -> Any:
    """Return two 3x3 convolutions, each with ReLU and 2x2 pooling, and a linear layer."""
    nn = torch_or_say().nn
    side = round(pixels**0.5)
    return nn.Sequential(
        nn.Unflatten(1, (1, side, side)),
        nn.Conv2d(1, first, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(second * (side // 4) ** 2, classes),
    )


def _transformer(symbols: int, depth: int, width: int, heads: int, context: int) -> Any:
    """Return a causal transformer with the norms before its blocks and learned positions.

    Weights are normal with a deviation of 0.02, those that write to the residual stream smaller by
    the root of twice the depth. There are no biases.
    """
    torch = torch_or_say()
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = (nn.LayerNorm(width, bias=False) for _ in range(2))
            self.attend = nn.Linear(width, 3 * width, bias=False)
            self.join = nn.Linear(width, width, bias=False)
            self.grow = nn.Linear(width, 4 * width, bias=False)
            self.shrink = nn.Linear(4 * width, width, bias=False)

        def forward(self, x: Any) -> Any:
            size, length, _ = x.shape
            parts = self.attend(self.norm1(x)).view(size, length, 3, heads, width // heads)
            q, k, v = parts.permute(2, 0, 3, 1, 4)
            mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.join(mixed.transpose(1, 2).reshape(size, length, width))
            return x + self.shrink(nn.functional.gelu(self.grow(self.norm2(x))))

    class Transformer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.symbols = nn.Embedding(symbols, width)
            self.places = nn.Embedding(context, width)
            self.blocks = nn.Sequential(*(Block() for _ in range(depth)))
            self.norm = nn.LayerNorm(width, bias=False)
            self.head = nn.Linear(width, symbols, bias=False)
            for name, weight in self.named_parameters():
                if weight.ndim == 2:
                    writes = name.endswith(("join.weight", "shrink.weight"))
                    nn.init.normal_(weight, 0.0, 0.02 / ((2 * depth) ** 0.5 if writes else 1.0))

        def forward(self, codes: Any) -> Any:
            places = self.places.weight[: codes.shape[1]]
            return self.head(self.norm(self.blocks(self.symbols(codes) + places)))

    return Transformer()


def _optimizer(task: Task, net: Any) -> Any:
    """Return the optimizer; weight decay is for matrices alone."""
    optim = torch_or_say().optim
    model = task.model
    if model.optimizer == "sgd":
        return optim.SGD(net.parameters(), lr=0.0, momentum=task.momentum)
    groups = [
        {"params": [p for p in net.parameters() if p.ndim >= 2]},
        {"params": [p for p in net.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    betas = (0.9, model.beta2)
    return optim.AdamW(groups, lr=0.0, betas=betas, weight_decay=model.weight_decay, fused=True)
