"""A formula as a graph, and what is made of it.

A family writes its formula once, `_lr(k, xp)`, in the operations of an array library:

- On arrays of NumPy and PyTorch it is evaluated as it stands (`arrays`), in the namespace `Arrays`
  (`namespaces`).
- Evaluated on a `Symbol` in the namespace `Symbolic` it leaves the operations that it would have
  made: its graph (`graph`). The graph becomes the function of a Python number, and source code for
  another framework (`codegen`) or for a page (`ecmascript`). JAX evaluates it (`jax`), in whole
  numbers wherever it can: its floats tell steps apart only up to 2**24.
- Some of the schedule's numbers may stay names in it (`parameters`).
- Functions of the user's in it are called, or opened to see what they compute (`functions`).
"""

from .arrays import FINITE, on_array
from .codegen import Source, array, compiled, constant, python
from .ecmascript import helpers, indented, javascript, number
from .functions import Call, NoFormulaError, on_symbol, opened
from .graph import FUNCTIONS, Symbol
from .namespaces import Arrays, Eager, Symbolic
from .parameters import parametric

__all__ = [
    "FINITE",
    "FUNCTIONS",
    "Arrays",
    "Call",
    "Eager",
    "NoFormulaError",
    "Source",
    "Symbol",
    "Symbolic",
    "array",
    "compiled",
    "constant",
    "helpers",
    "indented",
    "javascript",
    "number",
    "on_array",
    "on_symbol",
    "opened",
    "parametric",
    "python",
]
