"""A folder of results: exact text for values, a key for inputs, one file a result."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import struct
import uuid
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from ...checks import refuse

PLAIN = (
    "made of None, bool, int, float, str, lists, tuples, dicts with string keys, and NumPy scalars "
    "and arrays of numbers"
)
_TAG = "!"  # marks what JSON does not know; a dict's own key gets another in front
_UTF8 = ("utf-8", "surrogatepass")  # any str, half of a pair included
_FORMAT = 1  # part of every key: files written another way are not found


def encode(value: Any, other: Callable[[Any], Any] | None = None) -> Any:
    """Return the JSON tree from which `decode` makes an equal value of the same types.

    Exact types only: a subclass would come back as something else. What is not `PLAIN` goes to
    `other`, and is a ValueError without it.
    """
    kind = type(value)
    if value is None or kind in {bool, int, str} or (kind is float and math.isfinite(value)):
        return value
    if kind is float:
        return {_TAG: "float", "value": str(value), "bits": struct.pack(">d", value).hex()}
    if kind in {list, tuple}:
        items = [encode(item, other) for item in value]
        return items if kind is list else {_TAG: "tuple", "items": items}
    if kind is dict and all(type(key) is str for key in value):
        return {_TAG * key.startswith(_TAG) + key: encode(v, other) for key, v in value.items()}
    if kind is np.ndarray or isinstance(value, np.generic):
        return {
            _TAG: "array" if kind is np.ndarray else "scalar",
            "dtype": _plain(value.dtype).str,
            "shape": list(value.shape),
            "base64": base64.b64encode(value.tobytes()).decode(),
        }
    if other is None:
        raise refuse("a result", kind, PLAIN)
    return other(value)


def _plain(dtype: np.dtype[Any]) -> np.dtype[Any]:
    # Objects have no bytes of their own, and long doubles some that mean nothing.
    if dtype.kind not in "biufc" or dtype.char in "gG":
        raise refuse("a value", dtype, PLAIN)
    return dtype


def decode(tree: Any) -> Any:
    """Return the value of a tree made by `encode`.

    Any other tree may raise any error, or give a value that `encode` makes another tree of. None
    makes bytes into anything but numbers.
    """
    if isinstance(tree, list):
        return [decode(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    match tree:
        case {"!": "float", "bits": str(bits)}:
            return struct.unpack(">d", bytes.fromhex(bits))[0]
        case {"!": "tuple", "items": list(items)}:
            return tuple(decode(item) for item in items)
        case {"!": "array" | "scalar" as kind, "dtype": str(dtype), "shape": shape, "base64": text}:
            data = bytearray(base64.b64decode(text))  # so that the array can be written
            array = np.ndarray(shape, _plain(np.dtype(dtype)), data)
            return array if kind == "array" else array[()]
        case {"!": unknown}:
            raise refuse("a tag", unknown, "one that encode writes")
    return {key.removeprefix(_TAG): decode(value) for key, value in tree.items()}


def dumps(value: Any) -> str:
    """Return a value as text, and never two texts for one value."""
    return _text(encode(value))


def loads(text: str) -> Any:
    """Return the value of a text made by `dumps`."""
    return decode(json.loads(text))


def _text(tree: Any, *, sort: bool = False) -> str:
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, sort_keys=sort)


def function_name(function: Any) -> str:
    """Return the name under which the results of a function are kept.

    Raises:
        ValueError: if it has none that another process would find, as a lambda, a nested function,
            a method or a `functools.partial`.
    """
    name = getattr(function, "__qualname__", "<")
    if not isinstance(function, FunctionType) or "<" in name:
        raise refuse("function", function, "defined with def at the top of a module")
    return f"{function.__module__}.{name}"


def key(name: str, case: Mapping[str, Any]) -> str:
    """Return the name of a result: the same for equal inputs, in any order, on any machine.

    Raises:
        ValueError: if an input is neither `PLAIN` nor a dataclass of such.
    """
    tree = {argument: encode(value, _dataclass) for argument, value in case.items()}
    return _sha256(_text([_FORMAT, name, tree], sort=True))


def _dataclass(value: Any) -> Any:
    """Encode a dataclass, such as a schedule, by all of its fields."""
    kind = type(value)
    if isinstance(value, type) or not is_dataclass(value):
        raise refuse("an input", kind, f"{PLAIN}, or a dataclass of such")
    # Also those at their default: another version of the class may have another default.
    return {
        _TAG: f"{kind.__module__}.{kind.__qualname__}",
        "fields": [[f.name, encode(getattr(value, f.name), _dataclass)] for f in fields(value)],
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(*_UTF8)).hexdigest()


def described(case: Mapping[str, Any]) -> str:
    """Return inputs as a person would write them in the call."""
    return ", ".join(f"{argument}={value!r}" for argument, value in case.items())


class Store:
    """A folder with one JSON file a result, named by the key of the function and its inputs.

    Each file says in words what was called and holds the result exactly. Files appear whole or not
    at all, so that any number of processes may share the folder. Whatever else is in the place of
    one counts as absent, and is replaced: what is damaged, and what `write` would not have written.

    Args:
        folder: made if it does not exist.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def __len__(self) -> int:
        """Return the number of files, damaged ones included."""
        return sum(1 for _ in self.folder.glob("*.json"))

    def read(self, key: str) -> str | None:
        """Return the text of a result, or None where there is none that `write` has written."""
        path = self.folder / f"{key}.json"
        if not path.is_file():  # a pipe would never end
            return None
        try:
            content = path.read_bytes().decode(*_UTF8)
            file = json.loads(content)
            text = dumps(decode(file["result"]))
            return (
                text if content == _content(key, text, file["function"], file["inputs"]) else None
            )
        except Exception:  # noqa: BLE001 - of what else is there, nothing is known
            return None

    def write(self, key: str, text: str, name: str, case: Mapping[str, Any]) -> None:
        """Keep the text of a result, with the name of the function and its inputs."""
        path = self.folder / f"{key}.json"
        part = self.folder / f"{key}.{uuid.uuid4().hex}.part"
        try:
            part.write_bytes(_content(key, text, name, described(case)).encode(*_UTF8))
            if path.is_dir() and not path.is_symlink():
                path.rmdir()  # unless something is in it, which then is an error
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _content(key: str, text: str, name: str, inputs: str) -> str:
    return (
        f'{{"function": {dumps(name)},\n "inputs": {dumps(inputs)},\n'
        f' "result": {text},\n "sha256": "{_sha256(key + text)}"}}\n'
    )
