"""Formulas as graphs, and the code printed from them: random ones, three ways, and their shape."""

import copy
import itertools
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import Cosine, Linear, Schedule, formula
from lrdecay.formula import FUNCTIONS, Arrays, Symbol, array, compiled, python

jnp: Any = pytest.importorskip("jax.numpy")
Symbolic: Any = formula.Symbolic  # whose functions are made in a loop

# --- random formulas: a program of operations, each on earlier values, run in any namespace ------

CONSTANTS = st.sampled_from([0.0, 1.0, -1.0, 2.0, -0.5, 3, 0.25])
TABLE = (0.0, 1.5, 4.0, 9.0)
STEPS = [0.0, 0.5, 1.0, 1.5, 3.25, 4.0, 7.0, 30.0]


def bounded(x, xp):
    # Chains of products stay within reach of every dtype.
    return xp.clip(x, -8.0, 8.0)


def picked(table, x, xp):
    if xp is Symbolic:
        return xp.item(table, xp.bisect(table, xp.clip(x, 0.0, None)) - 1)
    index = xp.searchsorted(xp.asarray(table), xp.clip(x, 0.0, None), side="right") - 1
    return xp.take(xp.asarray(table, dtype=x.dtype), index)


UNARY = {
    "neg": lambda x, _: -x,
    "cos": lambda x, xp: xp.cos(x),
    "sin": lambda x, xp: xp.sin(x),
    "tanh": lambda x, xp: xp.tanh(x),
    "exp": lambda x, xp: xp.exp(bounded(x, xp)),
    "expm1": lambda x, xp: xp.expm1(bounded(x, xp)),
    "sqrt": lambda x, xp: xp.sqrt(xp.clip(x, 0.0, None)),
    "log": lambda x, xp: xp.log(xp.clip(x, 0.5, None)),
    "bounded": bounded,
    "full": lambda x, xp: xp.full_like(x, 0.75),
    "power": lambda x, xp: xp.clip(x, 0.5, 2.0) ** 2.5,
    "exponent": lambda x, xp: 0.5 ** bounded(x, xp),
    "to itself": lambda x, xp: xp.clip(x, 0.5, 2.0) ** bounded(x, xp),
    "from": lambda x, _: 1 - x,
    "part": lambda x, xp: 3 / (2 + xp.maximum(x, 0.0)),
    "table": lambda x, xp: picked(TABLE, x, xp),
}
BINARY = {
    "+": lambda x, y, _: x + y,
    "-": lambda x, y, _: x - y,
    "*": lambda x, y, xp: bounded(x, xp) * bounded(y, xp),
    "/": lambda x, y, _: x / (1 + y * y),
    "min": lambda x, y, xp: xp.minimum(x, y),
    "max": lambda x, y, xp: xp.maximum(x, y),
}


@st.composite
def programs(draw):
    """Draw operations, the numbers of the values that each works on, and a constant for each."""
    size = draw(st.integers(1, 12))
    earlier = [st.integers(0, i) for i in range(size)]
    ops = st.sampled_from([*UNARY, *BINARY, "constant", "where", "where", "least"])
    return [
        (draw(ops), draw(earlier[i]), draw(earlier[i]), draw(earlier[i]), draw(CONSTANTS))
        for i in range(size)
    ]


def run(program, k, xp):
    """Return the last value of a program, whose value 0 is `k`."""
    values = [k]
    for op, i, j, m, constant in program:
        x, y = values[i], values[j]
        if op in UNARY:
            # A function of a constant folds in the graph, and needs an array elsewhere.
            values.append(UNARY[op](x, xp))
        elif op in BINARY:
            values.append(BINARY[op](x, y, xp))
        elif op == "constant":
            values.append(x * constant + y)
        elif op == "least":
            values.append(xp.minimum(x + constant, y * constant))
        else:
            values.append(xp.where(values[0] <= 2 + constant, x, values[m]))
    return values[-1]


def lines_of(source, signature="def lr(k):"):
    return "\n    ".join([signature, *source.lines])


@given(programs())
def test_number_array_and_source_agree(program):
    k = np.array(STEPS)
    want = run(program, k, np)
    graph = run(program, Symbol(), Symbolic)
    number = compiled(graph)
    close: Any = {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose([number(step) for step in STEPS], want, **close)

    scope = {name: getattr(math, name) for name in FUNCTIONS}
    source = python(graph)
    scope |= source.tables | {"bisect_right": compiled.__globals__["bisect_right"]}
    exec(lines_of(source), scope)
    assert [scope["lr"](step) for step in STEPS] == [number(step) for step in STEPS]
    for step in STEPS:
        if step.is_integer():  # in whole numbers there is less rounding, if any
            assert number(int(step)) == pytest.approx(number(step), rel=1e-12, abs=1e-12)
            assert type(number(int(step))) is float

    source = array(graph, "np.", "np.asarray({}, dtype=int)")
    scope: dict[str, Any] = {
        "np": np,
        **{name: np.asarray(table) for name, table in source.tables.items()},
    }
    exec(lines_of(source), scope)
    # Without branches it is the formula as it was written, but for what does nothing.
    np.testing.assert_allclose(scope["lr"](k), want, **close)


@given(programs())
def test_printed_for_jax(program):
    source = array(run(program, Symbol(), Symbolic), "jnp.", "jnp.asarray({}, dtype=int)")
    scope: dict[str, Any] = {
        "jnp": jnp,
        **{name: jnp.asarray(table) for name, table in source.tables.items()},
    }
    exec(lines_of(source), scope)
    k = np.array(STEPS, np.float32)
    got = np.broadcast_to(scope["lr"](jnp.asarray(k)), k.shape)
    want = run(program, k.astype(float), np)
    # float32 may fall on the other side of an edge; most steps do not.
    near = np.isclose(got, want, rtol=2e-3, atol=2e-3)
    assert near.sum() >= len(k) - 2


TABLES = pytest.mark.parametrize(
    ("edges", "entries"), [((2, 5), (0.25, 3.0, 7.5)), ((0.5,), np.array([1.0, 2.0]))]
)


@TABLES
def test_tables_are_looked_up_alike_in_every_namespace(edges, entries):
    def formula(k, xp):
        index = xp.bisect(edges, k)
        return xp.item(entries, index) + 0.5**index

    steps = [[0.0, 0.5, 1.75], [2.0, 4.875, 60.0]]
    found = [[sum(edge <= k for edge in edges) for k in row] for row in steps]
    want = [[entries[i] + 0.5**i for i in row] for row in found]
    for library in (np, jnp):
        for dtype in (library.float32, *[np.float64] * (library is np)):
            got = formula(library.asarray(steps, dtype=dtype), Arrays(library))
            assert got.dtype == dtype
            assert got.tolist() == want
    number = compiled(formula(Symbol(), Symbolic))
    for call in (number, lambda k: formula(k, Symbolic)):
        assert [[call(k) for k in row] for row in steps] == want


def test_a_function_of_the_user_is_called_alike_in_every_namespace():
    given = []

    def halved(k):
        given.append(k)
        return k / 2

    k = np.array([[0.0, 3.0], [1.5, 8.0]])
    for xp, at in ((Arrays(np), k), (Arrays(jnp), jnp.asarray(k))):
        assert xp.call(halved, at).tolist() == (k / 2).tolist()
        assert [type(x) for x in given] == [int, int, float, int]
        given.clear()
        assert xp.apply(halved, at).tolist() == (k / 2).tolist()
        assert given.pop() is at
    called, opened = (f(halved, Symbol()) for f in (Symbolic.call, Symbolic.apply))
    given.clear()
    assert (compiled(called)(3), given) == (1.5, [3])
    assert (compiled(opened)(3), given) == (1.5, [3])
    # What refuses symbols is called, with a number of NumPy as an array has it.
    refused = Symbolic.apply(lambda x: x.item() / 2, Symbol())
    assert compiled(refused)(3) == 1.5


# --- what is printed ----------------------------------------------------------------------------


class Counted:
    """A function that counts its calls."""

    def __init__(self, result=1.0):
        self.calls = 0
        self.result = result

    def __call__(self, _):
        self.calls += 1
        return self.result


def test_a_branch_that_is_not_taken_is_not_computed():
    yes, no = Counted(1.0), Counted(2.0)
    k = Symbol()
    graph = Symbolic.where(k < 5, Symbolic.call(yes, k), Symbolic.call(no, k))
    for wrapped in (graph, 1 + 0.5 * graph, Symbolic.minimum(graph, 9.0), graph * graph):
        lr = compiled(wrapped)
        yes.calls = no.calls = 0
        lr(3)
        assert (yes.calls, no.calls) == (1, 0)
        lr(7)
        assert (yes.calls, no.calls) == (1, 1)


def test_a_branch_may_have_no_value_elsewhere():
    k = Symbol()
    root = compiled(Symbolic.where(k < 5, Symbolic.sqrt(5 - k), 1 / (k - 4)))
    assert (root(1), root(5)) == (2.0, 1.0)


def test_what_is_used_twice_is_computed_once():
    k = Symbol()
    cost = Counted()
    shared = Symbolic.call(cost, k)
    compiled(shared * shared + Symbolic.maximum(shared, 0.5) / shared)(3)
    assert cost.calls == 1
    # Also inside a branch inside an expression, however deep.
    value = shared
    for _ in range(40):
        value = Symbolic.minimum(value * value, value)
    graph = 2 * Symbolic.where(k < 5, value, 0.25)
    lr = compiled(graph)
    cost.calls = 0
    assert lr(3) == 2.0
    assert cost.calls == 1
    assert lr(6) == 0.5
    assert cost.calls == 1


def test_names_are_not_used_twice():
    k = Symbol()
    inner = Symbolic.minimum(k / 7, 1.0)
    outer = Symbolic.where(k < 5, Symbolic.maximum(inner, 0.25), 0.5)
    lines = python(1 - outer * outer).lines
    names = [line.split(" = ")[0] for line in lines if " = " in line]
    assert all(name.strip().startswith("t") for name in names)
    order = [name.strip() for name, _ in itertools.groupby(names)]
    assert len({*order}) == 3


def test_what_does_nothing_is_left_out():
    k = Symbol()
    x = k / 2
    assert python(0.0 * (1 - x) + 1 * x - 0 + x**1 * 0).lines == ["return k / 2"]
    assert python(x / 1).lines == ["return k / 2"]
    assert python(1 + 0 * k).lines == ["return 1.0"]
    assert python(Symbolic.full_like(k, 3)).lines == ["return 3.0"]
    assert python(Symbolic.maximum(2, 0.5)).lines == ["return 2.0"]
    assert python(Symbolic.where(2 < 3, x, 0.5)).lines == ["return k / 2"]  # noqa: PLR0133


def test_a_float_stays_one_where_the_step_is_an_int():
    k = Symbol()
    for graph in (k, k / 1, 1.0 * k, k + 0.0, -k, k // 2, k % 3, Symbolic.floor(k), k**2):
        for wrapped in (graph, Symbolic.maximum(graph, 1), Symbolic.where(k > 2, graph, 0)):
            value = compiled(wrapped)
            for step in (0, 3, 7):
                assert type(value(step)) is float
                assert value(step) == value(float(step))


def test_no_more_parentheses_than_python_needs():
    k = Symbol()
    for graph, line in [
        (-((k - 1) ** 2), "float(-(k - 1) ** 2)"),
        ((-k) ** 2 - (k - (k - 1)), "float((-k) ** 2 - (k - (k - 1)))"),
        (k * (k / 3) / (k * 3), "k * (k / 3) / (k * 3)"),
        (2.5 - -k, "2.5 - -k"),
        ((k**2) ** 3 + k ** (k**2), "float((k ** 2) ** 3 + k ** k ** 2)"),
        ((-2.5) ** k, "(-2.5) ** k"),
        (Symbolic.exp(-(k + 1)), "exp(-(k + 1))"),
    ]:
        assert python(graph).lines == [f"return {line}"]
        assert compiled(graph)(3) == eval(line, {"exp": math.exp, "k": 3})


def test_alternatives_are_as_deep_as_one():
    k = Symbol()
    value = 0.5
    for edge in (3, 2, 1):
        value = Symbolic.where(k < edge, edge / 8, value)
    assert python(1.0 - value * value).lines == [
        "if k < 1:",
        "    t1 = 0.125",
        "elif k < 2:",
        "    t1 = 0.25",
        "elif k < 3:",
        "    t1 = 0.375",
        "else:",
        "    t1 = 0.5",
        "return 1.0 - t1 * t1",
    ]
    assert python(value).lines == [
        "if k < 1:",
        "    return 0.125",
        "if k < 2:",
        "    return 0.25",
        "if k < 3:",
        "    return 0.375",
        "return 0.5",
    ]


def test_numbers_of_numpy_and_numbers_without_end_are_printed_as_code():
    k = Symbol()
    for value in (np.float64(0.1), np.float32(0.5), np.int64(3), math.inf, -math.inf):
        assert compiled(Symbolic.minimum(k, value) + 0.0)(7) == min(7.0, float(value))
    assert math.isnan(compiled(k * math.nan)(7))


def test_if_and_equality_are_refused():
    k = Symbol()
    for decision in (lambda: bool(k), lambda: 1 if k > 3 else 2, lambda: k and k, lambda: not k):
        with pytest.raises(TypeError, match=r"use xp\.where instead of if"):
            decision()
    for comparison in (lambda: k == 3, lambda: k != 3, lambda: k == Symbol()):
        with pytest.raises(TypeError, match="cannot be compared with ==: use >= and <="):
            comparison()
    assert k == k  # noqa: PLR0124 - what a dict asks


def test_a_family_with_an_if_is_told_so():
    class Hasty(Schedule):
        def _lr(self, k, xp):
            return xp.full_like(k, 1.0 if k < 3 else 0.5)

    with pytest.raises(TypeError, match=r"use xp\.where instead of if"):
        Hasty()(2)


def test_compiled_code_is_made_once_and_not_kept_in_copies():
    schedule = Cosine(1.0, 10) * Linear(1.0, 10)
    schedule(3)
    made = schedule._number
    schedule(4)
    assert schedule._number is made
    for twin in (copy.copy(schedule), pickle.loads(pickle.dumps(schedule))):
        assert "_number" not in twin.__getstate__()
        assert twin(3) == schedule(3)
