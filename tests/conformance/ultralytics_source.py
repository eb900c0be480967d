"""The trainer's own statements that set rates, taken out of the source of Ultralytics.

`import ultralytics` needs torchvision and OpenCV, which no schedule does: what runs here are two
methods of `BaseTrainer`, and of its loop over the batches the two statements that warm up and that
decide whether an update is made, on a stand-in for the trainer with a real optimizer.
"""

import ast
import importlib.util
import math
import textwrap
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
FOUND = importlib.util.find_spec("ultralytics")
if FOUND is None:
    pytest.skip("ultralytics is not installed", allow_module_level=True)
ROOT = Path(FOUND.origin).parent


def source(file):
    return ast.parse((ROOT / file).read_text("utf-8"))


def function(tree, name):
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name]
    return nodes[0]


def compiled(nodes, **scope):
    exec(compile(ast.Module(nodes, type_ignores=[]), "ultralytics", "exec"), scope)
    return SimpleNamespace(**scope)


def condition(loop, words):
    """Return the first `if` of a loop whose condition reads so."""
    return next(
        node
        for node in ast.walk(loop)
        if isinstance(node, ast.If) and words in ast.unparse(node.test)
    )


TRAINER = source("engine/trainer.py")
one_cycle = compiled([function(source("utils/torch_utils.py"), "one_cycle")], math=math).one_cycle
methods = compiled(
    [function(TRAINER, name) for name in ("_setup_scheduler", "_get_warmup_iterations")],
    one_cycle=one_cycle,
    optim=torch.optim,
)
LOOP = function(TRAINER, "_do_train")
STATEMENTS = [condition(LOOP, "ni <= nw"), condition(LOOP, "ni - last_opt_step")]
ONCE = "for _ in range(1):\n"  # a loop, for what breaks out of one
BATCH = compile(
    ONCE + textwrap.indent("\n".join(map(ast.unparse, STATEMENTS)), "  "), "ultralytics", "exec"
)


def run(
    nb,
    epochs=100,
    lr0=0.01,
    lrf=0.01,
    cos_lr=False,
    warmup_epochs=3.0,
    warmup_bias_lr=0.1,
    momentum=0.937,
    warmup_momentum=0.8,
    batch=16,
    nbs=64,
    more=0,
):
    """Train for the given epochs and `more`, and return what was in force at each batch."""
    groups = [
        {"params": [torch.nn.Parameter(torch.zeros(1))], "param_group": name}
        for name in ("bias", "weight", "bn")
    ]
    accumulate = min(max(round(nbs / batch), 1), nb * epochs)  # as _build_train_pipeline does
    seen = SimpleNamespace(rates={name: [] for name in ("bias", "weight")}, momentum=[], updates=[])
    args = SimpleNamespace(
        cos_lr=cos_lr,
        lrf=lrf,
        warmup_epochs=warmup_epochs,
        warmup_bias_lr=warmup_bias_lr,
        warmup_momentum=warmup_momentum,
        momentum=momentum,
        time=None,
    )
    trainer = SimpleNamespace(
        args=args,
        epochs=epochs,
        optimizer=torch.optim.SGD(groups, lr=lr0, momentum=momentum),
        accumulate=accumulate,
    )
    scope = {"self": trainer, "np": np, "acc0": accumulate, "last_opt_step": -1}
    trainer.optimizer_step = lambda: seen.updates.append(scope["ni"])
    methods._setup_scheduler(trainer)
    trainer.scheduler.last_epoch = -1
    scope["nw"] = methods._get_warmup_iterations(trainer, nb)
    for epoch in range(epochs + more):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the first step comes before the first update
            trainer.scheduler.step()
        for i in range(nb):
            scope |= {"ni": i + nb * epoch, "epoch": epoch}
            exec(BATCH, scope)
            bias, weight, bn = trainer.optimizer.param_groups
            assert weight["lr"] == bn["lr"]
            seen.rates["bias"].append(bias["lr"])
            seen.rates["weight"].append(weight["lr"])
            seen.momentum.append(weight["momentum"])
    return seen


def theirs(name, steps, /, **kwargs):
    if name == "one_cycle":
        function_ = one_cycle(**kwargs)
        return [function_(k) for k in range(steps)]
    group = kwargs.pop("param_group", "weight")
    seen = run(**kwargs)
    return seen.momentum if name == "train_momentum" else seen.rates[group]
