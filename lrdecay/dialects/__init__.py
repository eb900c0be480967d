"""The peers' own schedulers: their names, arguments and defaults, their numbers, as schedules.

Each module is named after a library. Its `__all__` is the list: one function for each of the
library's schedulers, and the classes that some return. What a scheduler does differently stands in
its docstring under "Compared"; `SCHEDULERS` has these sentences by name, `NOT_SCHEDULES` says what
else the library has. A result is a `lrdecay.Schedule`, of the families of this package wherever
these give the same numbers, so that its `repr` is a translation. Where the peer takes an optimizer,
the first argument here is `lr`. Nothing else imports a dialect: they are looked up by name.
"""

from __future__ import annotations

import importlib
from pkgutil import iter_modules
from types import ModuleType

_COMMON = {"plateaus", "shared"}
PEERS = tuple(found.name for found in iter_modules(__path__) if found.name not in _COMMON)


def __getattr__(name: str) -> ModuleType:
    """Import a dialect when it is asked for; none imports its library."""
    if name in {*PEERS, *_COMMON}:
        return importlib.import_module(f"lrdecay.dialects.{name}")
    raise AttributeError(f"module 'lrdecay.dialects' has no attribute {name!r}")
