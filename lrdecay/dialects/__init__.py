"""The peers' own schedulers: their names, arguments and defaults, their numbers, as schedules.

Each module is named after a library and holds one function for each of its schedulers, in `__all__`
with the classes that these return; what each does differently stands in its docstring under
"Compared", and in `SCHEDULERS`. The result
is a `lrdecay.Schedule`, made of the families of this package wherever these give the same numbers,
so that its `repr` is a translation. Where the peer takes an optimizer, the first argument here is
`lr`.
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
