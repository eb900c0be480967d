"""A formula as a graph, and what is made of it."""

from .arrays import FINITE, is_traced, on_array
from .codegen import array, compiled, constant, python
from .functions import Call, NoFormulaError, opened, value
from .graph import FUNCTIONS, Arrays, Eager, Symbol, Symbolic, bisect, item, topological

__all__ = [
    "FINITE",
    "FUNCTIONS",
    "Arrays",
    "Call",
    "Eager",
    "NoFormulaError",
    "Symbol",
    "Symbolic",
    "array",
    "bisect",
    "compiled",
    "constant",
    "is_traced",
    "item",
    "on_array",
    "opened",
    "python",
    "topological",
    "value",
]
