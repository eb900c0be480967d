"""The peers' own schedulers: their names, arguments and defaults, their numbers, as schedules.

Each module is named after a library and holds one function for each of its schedulers. The result
is a `lrdecay.Schedule`, made of the families of this package wherever these give the same numbers,
so that its `repr` is a translation. Where the peer takes an optimizer, the first argument here is
`lr`.
"""

from __future__ import annotations

import importlib
from types import ModuleType

PEERS = (
    "deepspeed",
    "diffusers",
    "fastai",
    "keras",
    "kohya",
    "lrsched",
    "megatron",
    "nanogpt",
    "optax",
    "pytorch_scheduler",
    "pytorch_warmup",
    "timm",
    "torch",
    "transformers",
    "ultralytics",
)


def __getattr__(name: str) -> ModuleType:
    """Import a dialect when it is asked for; none imports its library."""
    if name in PEERS:
        return importlib.import_module(f"lrdecay.dialects.{name}")
    raise AttributeError(f"module 'lrdecay.dialects' has no attribute {name!r}")
