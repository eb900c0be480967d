"""lrdecay: learning-rate schedules as pure functions, and small exact worlds to test them in.

The public API on one screen. `lrdecay.lab` holds the experiments; `lrdecay.plot` and
`lrdecay.outputs` draw (they need matplotlib: `pip install lrdecay[plot]`).
"""

import importlib
from typing import Any

from .families.cosine import Cosine
from .families.cyclic import Cyclic
from .families.exponential import Exponential
from .families.inverse import InverseSqrt, InverseTime, PowerLaw
from .families.linear import Linear
from .families.multistep import MultiStep
from .families.noam import Noam
from .families.noise import Noise
from .families.onecycle import OneCycle
from .families.others import Chebyshev, Hyperbolic
from .families.piecewise import Piecewise
from .families.polynomial import Polynomial
from .families.restarts import CosineCycles, CosineRestarts
from .families.rex import REX
from .families.slanted import SlantedTriangular
from .families.step import Step
from .families.tanh import Tanh
from .families.warmup import RAdamWarmup, Warmup, untuned_warmup_steps, warmup_cosine, warmup_linear
from .families.wsd import WSD
from .plateau import Fold, PlateauState, ReduceOnPlateau, ThenFold
from .runs import (
    Rerun,
    Summary,
    branch,
    cooldown,
    examples_per_step,
    extend,
    steps_from_epochs,
    steps_from_examples,
    steps_from_share,
    steps_from_tokens,
    summary,
    with_sum,
)
from .schedule import (
    Clip,
    Constant,
    Difference,
    Hold,
    Product,
    Repeat,
    Reverse,
    Scale,
    Schedule,
    Shift,
    Skip,
    Stretch,
    Stride,
    Sum,
    Then,
    per_group,
)
from .torch import torch_scheduler

__all__ = [
    "REX",
    "WSD",
    "Chebyshev",
    "Clip",
    "Constant",
    "Cosine",
    "CosineCycles",
    "CosineRestarts",
    "Cyclic",
    "Difference",
    "Exponential",
    "Fold",
    "Hold",
    "Hyperbolic",
    "InverseSqrt",
    "InverseTime",
    "Linear",
    "MultiStep",
    "Noam",
    "Noise",
    "OneCycle",
    "Piecewise",
    "PlateauState",
    "Polynomial",
    "PowerLaw",
    "Product",
    "RAdamWarmup",
    "ReduceOnPlateau",
    "Repeat",
    "Rerun",
    "Reverse",
    "Scale",
    "Schedule",
    "Shift",
    "Skip",
    "SlantedTriangular",
    "Step",
    "Stretch",
    "Stride",
    "Sum",
    "Summary",
    "Tanh",
    "Then",
    "ThenFold",
    "Warmup",
    "branch",
    "cooldown",
    "examples_per_step",
    "extend",
    "per_group",
    "steps_from_epochs",
    "steps_from_examples",
    "steps_from_share",
    "steps_from_tokens",
    "summary",
    "torch_scheduler",
    "untuned_warmup_steps",
    "warmup_cosine",
    "warmup_linear",
    "with_sum",
]


# Each the function of its own module in lrdecay.tuning.
TOOLS = ("diagnose", "find", "identify", "lint", "predict", "preflight")


def __getattr__(name: str) -> Any:
    """Import what not everyone needs when it is asked for: the version, tools, whole submodules."""
    if name in TOOLS:
        return getattr(importlib.import_module(f"lrdecay.tuning.{name}"), name)
    if name == "recommend":
        return getattr(importlib.import_module("lrdecay.heuristics"), name)
    if name in {"charts", "dialects", "export", "heuristics", "lab", "outputs", "plot", "tuning"}:
        return importlib.import_module(f"lrdecay.{name}")
    if name != "__version__":
        raise AttributeError(f"module 'lrdecay' has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("lrdecay")
    except PackageNotFoundError:  # a source tree on sys.path, not installed
        return "0+unknown"
