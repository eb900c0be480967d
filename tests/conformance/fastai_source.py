"""fastai's own functions, taken out of its source, and what the tests drive them with.

`import fastai` needs torchvision and much more, which no schedule does: what runs here are the
definitions in its installed files, on a stand-in for the learner. Their positions are float32.
"""

import ast
import contextlib
import functools
import importlib.util
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
FOUND = importlib.util.find_spec("fastai")
if FOUND is None:
    pytest.skip("fastai is not installed", allow_module_level=True)
ROOT = Path(FOUND.origin).parent / "callback"

FOLD = "ReduceLROnPlateau"
LEARNER = ("fit_one_cycle", "fit_flat_cos", "fit_sgdr", "fine_tune", "lr_find")


def definitions(file, leave_out=()):
    """Return the functions and classes of a source file, without decorators and annotations."""
    for node in ast.parse((ROOT / file).read_text("utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name not in leave_out:
            for part in ast.walk(node):
                if isinstance(part, ast.FunctionDef):
                    part.decorator_list, part.returns = [], None
                    for arg in [*part.args.args, *part.args.kwonlyargs]:
                        arg.annotation = None
            if isinstance(node, ast.ClassDef):
                node.decorator_list = []
            yield node


def load(file, scope, **kwargs):
    module = ast.Module(list(definitions(file, **kwargs)), type_ignores=[])
    exec(compile(module, file, "exec"), scope)
    return SimpleNamespace(**scope)


class Annealer:
    def __init__(self, f, start, end):
        self.f, self.start, self.end = f, start, end

    def __call__(self, pos):
        return self.f(self.start, self.end, pos)


SCOPE = {
    "L": lambda items=None: list(items or []),
    "SuggestionMethod": SimpleNamespace(Valley=None),
    "_Annealer": Annealer,
    "Callback": type("Callback", (), {}),
    "functools": functools,
    "is_listy": lambda x: isinstance(x, (list, tuple)),
    "math": math,
    "np": np,
    "tensor": lambda items: torch.tensor([float(item) for item in items]),  # float32, as there
    "torch": torch,
}
peer = load("schedule.py", dict(SCOPE), leave_out=("_Annealer",))
tracker = load("tracker.py", {**SCOPE, "print": lambda *_: None})


class Learner:
    """What the methods that fit ask of a learner: it runs through the rates of the last group."""

    def __init__(self, n_iter):
        self.lr = 1e-3
        self.n_iter, self.rates, self.moms = n_iter, [], (0.95, 0.85, 0.95)
        self.dls = SimpleNamespace(train=range(n_iter))
        self.opt = SimpleNamespace(hypers=[{"lr": 0.0}], set_hyper=self.set_hyper)

    def set_hyper(self, _, value):
        self.opt.hypers[-1]["lr"] = value.stop if isinstance(value, slice) else value

    def freeze(self):
        pass

    unfreeze = freeze
    no_logging = contextlib.nullcontext

    def fit_one_cycle(self, *args, **kwargs):
        call("fit_one_cycle", self, *args, **kwargs)

    def fit(self, n_epoch, cbs, **_):
        scheds = (cbs[0] if isinstance(cbs, list) else cbs).scheds["lr"]
        for epoch in range(n_epoch):
            pct_train = epoch / n_epoch  # as fastai counts it
            for _ in range(self.n_iter):
                self.rates.append(float(np.squeeze(scheds(pct_train))))
                pct_train += 1.0 / (self.n_iter * n_epoch)


def call(name, *args, **kwargs):
    scope = getattr(peer, name).__globals__
    scope["ParamScheduler"] = lambda scheds: [SimpleNamespace(scheds=scheds)]
    return getattr(peer, name)(*args, **kwargs)


def theirs(name, _, **kwargs):
    if name == FOLD:
        return fold(**kwargs)
    if name == "lr_find":
        finder = peer.LRFinder(**kwargs)
        return [finder.scheds["lr"](k / finder.num_it) for k in range(finder.num_it)]
    if name in LEARNER:
        learner = Learner(kwargs.pop("n_iter", 1))
        call(name, learner, **kwargs)
        return learner.rates
    total = kwargs.pop("total_steps", 1)
    schedule = made(peer, name, kwargs)
    return [float(schedule(k / total)) for k in range(total)]


def fold(metrics, lr, comp=None, **kwargs):
    compare = {"min": np.less, "max": np.greater, None: None}[comp]
    callback = tracker.ReduceLROnPlateau(comp=compare, **kwargs)
    names = ["epoch", callback.monitor]
    callback.recorder = SimpleNamespace(metric_names=names, values=[])
    callback.opt, callback.epoch, rates = SimpleNamespace(hypers=[{"lr": lr}]), 0, []
    callback.before_fit()
    for metric in metrics:
        callback.recorder.values.append([metric])
        callback.after_epoch()
        rates.append(callback.opt.hypers[-1]["lr"])
    return rates


def made(namespace, name, kwargs):
    """Make a schedule from arguments that JSON can hold."""
    if "scheds" in kwargs:
        parts = [made(namespace, part, rest) for part, rest in kwargs["scheds"]]
        kwargs = kwargs | {"scheds": parts}
    return getattr(namespace, name)(**kwargs)
