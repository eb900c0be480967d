"""Every rule, by its id."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from . import rules
from .facts import FACTS
from .rule import Rule


def _all() -> Mapping[str, Rule]:
    """Return the rules of the modules of `rules`, each of which has one, and the facts."""
    names = sorted(module.name for module in iter_modules(rules.__path__))
    modules = [import_module(f"{rules.__name__}.{name}") for name in names]
    found = [module.RULE for module in modules] + list(FACTS)
    return MappingProxyType({rule.id: rule for rule in sorted(found, key=lambda rule: rule.id)})


RULES = _all()
