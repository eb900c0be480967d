"""What a value is made of: counted, compared, printed and pickled, however deep it is nested.

Python does these by recursion, which ends a few hundred levels down, and takes what is shared for
as many copies. Here each is a loop over the parts.
"""

# ruff: noqa: SLF001 - methods of one base class

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self, TypeVar, get_args, get_origin, get_type_hints

from .fields import Checked, refuse

Node = TypeVar("Node")


class Extent(NamedTuple):
    """How large a value is.

    Attributes:
        nested: how deep it is.
        computed: how many parts are computed. One that is used twice at the same step is computed
            once.
        printed: how many parts its code has.
    """

    nested: int
    computed: int
    printed: int


MOST = Extent(nested=600, computed=10_000, printed=2**19)


class PartField(NamedTuple):
    """A field that holds a part: of which class, whether a tuple of them, whether None is one."""

    name: str
    kind: type
    several: bool
    optional: bool


class Place(NamedTuple):
    """The number of a part in a pickle, in place of the part."""

    number: int


@dataclass(frozen=True, repr=False)
class Nested(Checked):
    """A checked value whose fields may be such values, which are its parts.

    The fields that hold one, or a tuple of them, say so by their type.
    """

    # Whether every part is asked for the rate at the same step, so that a shared one is asked once.
    _together: ClassVar[bool] = False
    _extent: ClassVar[Extent] = Extent(1, 1, 1)

    def __init_subclass__(cls) -> None:
        # A dataclass makes these for itself, by recursion, unless its class has them already.
        super().__init_subclass__()
        for method in (Nested.__eq__, Nested.__hash__):
            if method.__name__ not in vars(cls):
                setattr(cls, method.__name__, method)

    def __post_init__(self) -> None:
        super().__post_init__()
        if part_fields(type(self)):
            self._measure()

    def _measure(self) -> None:
        """Check the fields that hold parts, and that there are not too many."""
        parts: list[Nested] = []
        for name, kind, several, optional in part_fields(type(self)):
            value = getattr(self, name)
            if several:
                for part in value:
                    if not isinstance(part, kind):
                        raise refuse(f"each of {name}", part, f"a {kind.__name__}")
                object.__setattr__(self, name, tuple(value))
                parts += value
            elif isinstance(value, kind):
                parts.append(value)
            elif value is not None or not optional:
                raise refuse(name, value, f"a {kind.__name__}")
        nested, computed, printed = 0, 1, 1
        before: Nested | None = None
        for part in parts:
            extent = part._extent
            nested = max(nested, extent.nested)
            computed += 0 if self._together and part is before else extent.computed
            printed += extent.printed
            before = part
        extent = Extent(nested + 1, computed, printed)
        if nested >= MOST.nested or computed > MOST.computed or printed > MOST.printed:
            raise _too_large(extent)
        object.__setattr__(self, "_extent", extent)

    def __eq__(self, other: object) -> bool:
        """Return whether the other has the same class and equal fields."""
        if type(other) is not type(self):
            return NotImplemented
        pending: list[tuple[Any, Any]] = [(self, other)]
        seen: set[tuple[int, int]] = set()
        while pending:
            left, right = pending.pop()
            if left is right:
                continue
            if isinstance(left, Nested) and isinstance(right, Nested):
                if type(left) is not type(right) or left._extent.printed != right._extent.printed:
                    return False
                if (id(left), id(right)) not in seen:
                    seen.add((id(left), id(right)))
                    pending += zip(_values(left), _values(right), strict=True)
            elif isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
                pending += zip(left, right, strict=True)
            elif left != right:
                return False
        return True

    def __hash__(self) -> int:
        """Return a hash of the class and the fields, computed once."""
        if "_hash" not in vars(self):
            for part in parts_first(self, parts_of):
                if "_hash" not in vars(part):
                    object.__setattr__(part, "_hash", hash((type(part), *_values(part))))
        return vars(self)["_hash"]

    def __repr__(self) -> str:
        """Return the code that makes this value, without the arguments left at their default."""
        known: dict[int, str] = {}
        if self._extent.printed > self._extent.computed:
            shared = shared_parts(self)
            for part in parts_first(self, parts_of):
                if id(part) in shared:
                    known[id(part)] = _printed(part, known)
        return _printed(self, known)

    def _code(self) -> list[Any]:
        """Return the code that makes this value, in pieces: text and parts."""
        pieces: list[Any] = []
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Nested):
                pieces += [", ", f"{field.name}=", value]
            elif isinstance(value, tuple) and any(isinstance(item, Nested) for item in value):
                listed = [piece for part in value for piece in (", ", part)]
                pieces += [", ", f"{field.name}=(", *listed[1:], ",)" if len(value) == 1 else ")"]
            elif value != field.default:
                pieces += [", ", f"{field.name}={value!r}"]
        return [f"{type(self).__name__}(", *pieces[1:], ")"]

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields alone: what else is kept is quickly made again."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the fields."""
        for name, value in state.items():
            object.__setattr__(self, name, value)
        if part_fields(type(self)):
            self._measure()

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Return a flat list of the parts, each once, and the function that makes them again."""
        numbers: dict[int, Place] = {}
        rows: list[tuple[type[Nested], dict[str, Any]]] = []
        for part in parts_first(self, parts_of):
            state = part.__getstate__()
            for name, *_ in part_fields(type(part)):
                state[name] = _replaced(state[name], lambda item: numbers[id(item)])
            numbers[id(part)] = Place(len(rows))
            rows.append((type(part), state))
        return _made, (rows,)

    def __copy__(self) -> Self:
        """Return another of the same parts."""
        twin = object.__new__(type(self))
        twin.__setstate__(self.__getstate__())
        return twin

    def __deepcopy__(self, _: object) -> Self:
        """Return this value, which cannot change."""
        return self


@cache
def part_fields(cls: type) -> tuple[PartField, ...]:
    """Return the fields of a class that hold parts."""
    found: list[PartField] = []
    for name, hint in get_type_hints(cls).items():
        kinds = [hint, *get_args(hint)]
        parts = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Nested)]
        if parts and get_origin(hint) is not ClassVar:
            several = get_origin(hint) is tuple
            found.append(PartField(name, parts[0], several, type(None) in kinds))
    return tuple(found)


def parts_of(value: Nested) -> Iterator[Nested]:
    """Yield the parts of a value, a part as often as it is used."""
    for name, *_ in part_fields(type(value)):
        part = getattr(value, name)
        if isinstance(part, Nested):
            yield part
        elif isinstance(part, tuple):
            yield from (item for item in part if isinstance(item, Nested))


def parts_first(root: Node, parts: Callable[[Node], Iterable[Node]]) -> Iterator[Node]:
    """Yield everything that a value is made of once, after its parts; the value is the last."""
    seen: set[int] = set()
    pending: list[tuple[Node, bool]] = [(root, False)]
    while pending:
        node, done = pending.pop()
        if done:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            pending.append((node, True))
            pending.extend((part, False) for part in reversed([*parts(node)]))


def shared_parts(root: Nested) -> frozenset[int]:
    """Return the ids of the parts that are used more than once."""
    uses = Counter(id(part) for whole in parts_first(root, parts_of) for part in parts_of(whole))
    return frozenset(part for part, count in uses.items() if count > 1)


def _printed(value: Nested, known: dict[int, str]) -> str:
    text: list[str] = []
    pending: list[Any] = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            text.append(item)
        elif id(item) in known:
            text.append(known[id(item)])
        else:
            pending.extend(reversed(item._code()))
    return "".join(text)


def _too_large(extent: Extent) -> ValueError:
    if extent.nested > MOST.nested:
        return ValueError(
            f"schedule must be nested at most {MOST.nested} deep, got {extent.nested}"
        )
    if extent.computed > MOST.computed:
        words = f"have at most {MOST.computed} parts that are not shared at the same step"
        return ValueError(f"schedule must {words}, got {extent.computed}")
    words = f"have at most {MOST.printed} parts, counted as often as they are printed"
    return ValueError(f"schedule must {words}, got {extent.printed}")


def _values(value: Nested) -> list[Any]:
    return [getattr(value, field.name) for field in fields(value)]


def _replaced(value: Any, by: Callable[[Any], Any]) -> Any:
    if isinstance(value, tuple) and not isinstance(value, Place):
        return tuple(map(by, value))
    return value if value is None else by(value)


def _made(rows: list[tuple[type[Nested], dict[str, Any]]]) -> Nested:
    """Return the value of which `__reduce__` wrote the parts."""
    made: list[Nested] = []
    for cls, state in rows:
        value = object.__new__(cls)
        places = {
            name: _replaced(state[name], lambda item: made[item.number])
            for name, *_ in part_fields(cls)
        }
        value.__setstate__(state | places)
        made.append(value)
    return made[-1]
