"""lrdecay: learning-rate schedules as pure functions, and small exact worlds to test them in.

The public API on one screen. `lrdecay.lab` holds the experiments; `lrdecay.plot` and
`lrdecay.show` draw (they need matplotlib: `pip install lrdecay[plot]`).
"""

import importlib

from .algebra import (
    Clip,
    Difference,
    Hold,
    Product,
    Repeat,
    Reverse,
    Scale,
    Shift,
    Skip,
    Stretch,
    Stride,
    Sum,
    Then,
    per_group,
)
from .families.arcs import REX, Chebyshev, Hyperbolic, Tanh
from .families.constant import Constant
from .families.cosine import Cosine
from .families.cyclic import Cyclic, SlantedTriangular
from .families.exponential import Exponential
from .families.inverse import InverseSqrt, InverseTime, Noam, PowerLaw
from .families.noise import Noise
from .families.onecycle import OneCycle
from .families.piecewise import Piecewise
from .families.plateau import PlateauState, ReduceOnPlateau
from .families.polynomial import Linear, Polynomial
from .families.restarts import CosineCycles, CosineRestarts
from .families.step import MultiStep, Step
from .families.warmup import (
    RAdamWarmup,
    Warmup,
    untuned_warmup_steps,
    warmup_cosine,
    warmup_linear,
)
from .families.wsd import WSD
from .fold import Fold
from .reruns import Rerun, branch, cooldown, extend
from .schedule import Schedule
from .summary import Summary, summary, with_sum
from .then_fold import ThenFold
from .torch_scheduler import torch_scheduler
from .units import (
    examples_per_step,
    steps_from_epochs,
    steps_from_examples,
    steps_from_share,
    steps_from_tokens,
)

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


def __getattr__(name: str) -> object:
    """Import what not everyone needs when it is asked for: the version, and whole submodules."""
    if name in {"dialects", "export", "lab", "plot", "show"}:
        return importlib.import_module(f"lrdecay.{name}")
    if name != "__version__":
        raise AttributeError(f"module 'lrdecay' has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("lrdecay")
    except PackageNotFoundError:  # a source tree on sys.path, not installed
        return "0+unknown"
