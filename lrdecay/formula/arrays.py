"""The rates of a schedule at the steps of an array, of any library and dtype."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, is_array_api_obj, is_jax_array
from numpy.typing import NDArray

from ..checks import dtype_kind, refuse
from .functions import is_traced
from .graph import Symbol, has_gaps
from .namespaces import Arrays, Eager, Symbolic

Formula = Callable[[Any, Any], Any]
Number = Callable[[float], float]
FINITE = "a finite number"

_BLOCK = 16_384  # steps whose intermediate results stay in the cache: twice as fast as all at once
_INT32 = 2**31 - 1  # the most that JAX holds as a whole number with a sign


def on_array(formula: Formula, number: Number, step: Any) -> Any:
    """Return the rates at an array or a sequence of steps.

    They are computed in float64, or in the widest floats there are, and rounded to the dtype of
    the result.

    Args:
        formula: the rates in terms of checked steps and an array namespace, or of symbols.
        number: the function of one number that was made of it.
        step: the steps.
    """
    step: Any = step if is_array_api_obj(step) else _as_numpy(step)
    kind, xp = dtype_kind(step.dtype), array_namespace(step)
    if kind is None:
        raise refuse("step", step.dtype, "an array of integers or real numbers")
    default = xp.__array_namespace_info__().default_dtypes()["real floating"]
    out = step.dtype if kind == "float" else default
    if is_jax_array(step):
        return xp.astype(_on_jax(formula, step, kind, default, xp), out)
    if isinstance(step, np.ndarray):
        return _on_numpy(formula, number, step, kind, out)
    # Apple's GPUs have no float64.
    work = default if getattr(device(step), "type", None) == "mps" else xp.float64
    k = _checked(xp.astype(step, work), kind, xp)
    return xp.astype(_filled(formula(k, Arrays(xp)), k, formula, number), out)


def _on_numpy(
    formula: Formula, number: Number, step: NDArray[Any], kind: str, out: Any
) -> NDArray[Any]:
    xp = array_namespace(step)
    rates = np.empty_like(step, dtype=out, order="C")
    flat, into = np.asarray(step).reshape(-1), np.asarray(rates).reshape(-1)
    undefined: list[object] = []  # operations such as 0 times infinity, of which NumPy tells
    with np.errstate(all="ignore", invalid="call", call=lambda *of: undefined.append(of)):
        for i in range(0, flat.size, _BLOCK):
            k = _checked(flat[i : i + _BLOCK].astype(np.float64), kind, xp)
            lr = formula(k, Arrays(xp))
            into[i : i + _BLOCK] = _filled(lr, k, formula, number) if undefined else lr
    return rates


def _checked(k: Any, kind: str, xp: Any) -> Any:
    """Return steps as a formula gets them, finite and >= 0."""
    if not math.prod(k.shape):
        return k
    low = xp.min(k)
    # Whole numbers are finite, and another look at them all takes its time.
    high = xp.max(k) if kind == "float" else low
    if not (low > -math.inf and high < math.inf):
        raise refuse("step", float(high if low > -math.inf else low), FINITE)
    return xp.where(k < 0, xp.zeros_like(k), k) if low < 0 else k


def _filled(lr: Any, k: Any, formula: Formula, number: Number) -> Any:
    """Return the rates with those in place that came to 0 times infinity or the like."""
    xp = array_namespace(k)
    gaps = xp.isnan(lr)
    if not xp.any(gaps):
        return lr
    filled = xp.zeros_like(lr)
    rates = [_where_undefined(at, formula, number) for at in k[gaps].tolist()]
    filled[gaps] = xp.asarray(rates, dtype=lr.dtype, device=device(lr))
    return xp.where(gaps, filled, lr)


def _where_undefined(step: float, formula: Formula, number: Number) -> float:
    """Return a rate that is not a number in an array.

    A number does not come to that by a constant 0; else the rate is too large for a float. A
    formula may also say by NaN that a step has no rate.
    """
    try:
        lr = number(step)
    except OverflowError:
        return math.inf
    return math.inf if math.isnan(lr) and not has_gaps(formula(Symbol(), Symbolic())) else lr


def _on_jax(formula: Formula, step: Any, kind: str, work: Any, xp: Any) -> Any:
    """Return the rates at a JAX array's steps, from the graph of the formula.

    JAX takes an int of Python's for an int32, and has no more than float32 unless told so.
    """
    from .jax import Whole, evaluate

    k = xp.where(step < 0, xp.zeros_like(step), step)
    floats = xp.astype(k, work)
    finite: Any = True
    if kind == "float":
        finite = xp.isfinite(step)
        if not (is_traced(k) or finite.all()):
            raise refuse("step", float(step[~finite][0]), FINITE)
    try:
        graph = formula(Symbol(), Eager())
    except (AttributeError, TypeError):  # a formula of the user's, with more than symbols have
        return formula(floats, Arrays(xp))
    if kind == "int" and xp.finfo(work).bits < 64:
        most = min(int(xp.iinfo(k.dtype).max), _INT32)
        near = xp.astype(xp.minimum(k, most), xp.int32)
        lr = evaluate(graph, Whole(near, 0, most), work, xp)
        if xp.iinfo(k.dtype).max > most:
            lr = xp.where(k > most, evaluate(graph, floats, work, xp), lr)
    else:
        lr = evaluate(graph, floats, work, xp)
    return lr if has_gaps(graph) else xp.where(xp.isnan(lr) & finite, math.inf, lr)


def _as_numpy(step: Any) -> NDArray[Any]:
    try:
        array = np.asarray(None if isinstance(step, (bytearray, memoryview)) else step)
    except ValueError:
        array = np.asarray(None)
    # An empty list becomes float64, so what is left here is text, None, ragged or complex. Among
    # numbers NumPy takes a truth value for one.
    if array.dtype.kind not in "iuf" or _has_bool(step):
        raise refuse("step", step, "a real number, or a sequence or array of them")
    return array


def _has_bool(step: Any) -> bool:
    if isinstance(step, (list, tuple)):
        return any(map(_has_bool, step))
    return isinstance(step, (bool, np.bool_)) or getattr(step, "dtype", None) == np.bool_
