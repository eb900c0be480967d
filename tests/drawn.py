"""Schedules of the dialects for Hypothesis to draw: arguments by their annotations.

A new function of a dialect is drawn from as soon as it is public. What it refuses is drawn anew.
"""

import collections.abc
import inspect
import typing
from types import ModuleType, UnionType

from hypothesis import assume
from hypothesis import strategies as st

import lrdecay as lr
from lrdecay import dialects
from tests import strategies as my


def halved(step: float) -> float:
    """Return a factor that falls: a function of the step for those who take one."""
    return 1 / (1 + step / 8)


Maker = collections.abc.Callable[..., lr.Schedule]


def _public(module: ModuleType) -> dict[str, Maker]:
    found = {name: getattr(module, name) for name in module.__all__}
    return {
        name: one for name, one in found.items() if inspect.isfunction(one) and _makes_schedule(one)
    }


def _makes_schedule(function: collections.abc.Callable[..., object]) -> bool:
    made = typing.get_type_hints(function).get("return")
    return isinstance(made, type) and issubclass(made, lr.Schedule)


MAKERS = {
    f"{peer}.{name}": function
    for peer in dialects.PEERS
    for name, function in _public(getattr(dialects, peer)).items()
}


def _of(hint: object) -> st.SearchStrategy[object]:
    """Return the values of an annotation."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, UnionType):
        return st.one_of([_of(part) for part in arguments])
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return st.tuples(*map(_of, arguments))
    if origin in (collections.abc.Sequence, collections.abc.Iterable, list, tuple):
        return st.lists(_of(arguments[0]), min_size=1, max_size=3).map(_sorted)
    if origin in (collections.abc.Mapping, dict):
        return st.dictionaries(_of(arguments[0]), _of(arguments[1]), max_size=3)
    if origin is collections.abc.Callable:
        return st.just(halved)
    if isinstance(hint, type) and issubclass(hint, lr.Schedule):
        return my.INNER
    known = {
        bool: st.booleans(),
        int: st.one_of(st.integers(0, 4), my.STEPS),
        float: st.one_of(my.RATES, st.sampled_from([0.1, 0.5, 2.0])),
        str: st.sampled_from(["linear", "cosine"]),
        type(None): st.none(),
    }
    return known.get(hint, st.nothing())


def _sorted(values: list[object]) -> list[object]:
    return sorted(values) if all(isinstance(x, (int, float)) for x in values) else values


# What no annotation says.
BY_NAME = {
    "step_rules": st.sampled_from(["1:10,0.1:20,0.01", "0.5:3,1", "1:1,0"]),
    "cosine_kwargs": st.lists(
        st.fixed_dictionaries(
            {
                "init_value": my.RATES,
                "peak_value": my.RATES,
                "warmup_steps": st.integers(0, 9),
                "decay_steps": st.integers(10, 99),
            }
        ),
        min_size=1,
        max_size=3,
    ),
}


@st.composite
def made(draw: st.DrawFn, maker: Maker) -> lr.Schedule:
    """Draw a schedule that a function makes."""
    hints = typing.get_type_hints(maker)
    given = {}
    for parameter in inspect.signature(maker).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        optional = parameter.default is not parameter.empty
        if optional and draw(st.booleans()):
            continue
        name = parameter.name
        given[name] = draw(BY_NAME[name] if name in BY_NAME else _of(hints[name]))
    try:
        return maker(**given)
    except ValueError:
        assume(False)
        raise
