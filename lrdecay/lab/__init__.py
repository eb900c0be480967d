"""Small, exact worlds in which a rule about learning rates can be tried."""

from __future__ import annotations

import importlib
from pkgutil import iter_modules
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    """Import a world when it is asked for: `lrdecay.lab.moons`, say."""
    if name in __dir__():
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [module.name for module in iter_modules(__path__) if not module.name.startswith("_")]
