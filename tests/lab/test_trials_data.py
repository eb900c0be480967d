"""The trials as a data set: one table of all, its dictionary, its files and their metadata."""

import csv
import gzip
import hashlib
import io
import json
from collections import Counter
from dataclasses import fields

import numpy as np
import pytest

from lrdecay.lab import trials
from lrdecay.lab.trials import dataset, results
from lrdecay.lab.trials.catalogue import PIECES
from lrdecay.lab.trials.columns import TABLES
from lrdecay.lab.trials.data import CLASSES, LICENCES, SOURCES
from lrdecay.lab.trials.design import Model

TABLE = pytest.mark.parametrize("table", TABLES)
DTYPES = {"text": "U", "whole number": "i", "number": "f", "yes or no": "b"}


@TABLE
def test_every_column_is_in_the_dictionary_and_holds_what_that_says(table):
    found = dataset.tables()[table]
    assert list(found) == [column.name for column in TABLES[table]]
    assert len({len(values) for values in found.values()}) == 1
    for column in TABLES[table]:
        values = found[column.name]
        assert values.dtype.kind == DTYPES[column.kind], column
        missing = np.isnan(values) if column.kind == "number" else values == ""
        if column.kind in {"text", "number"} and table != "curves":
            assert missing.any() == bool(column.missing), column
        assert not np.all(missing), column


def test_a_name_means_the_same_in_every_table():
    shared = Counter(column for columns in TABLES.values() for column in columns)
    names = Counter(column.name for column in shared)
    assert [name for name, count in names.items() if count > 1] == ["seed"]  # of a mean, none


def test_a_column_that_nobody_documented_is_refused():
    text = gzip.decompress((results.FOLDER / "digits.json.gz").read_bytes()).decode()
    changed = text.replace('"settings":{', '"settings":{"nesterov":true,', 1)
    assert changed != text
    with pytest.raises(
        ValueError, match=r"columns of arms must be documented .*, got \['nesterov'\]"
    ):
        results.read(changed)


def test_all_trials_are_one_table():
    whole = trials.load()
    assert list(dict.fromkeys(whole.runs["trial"].tolist())) == trials.available()
    for name in trials.available():
        one = trials.load(name)
        for table in ("runs", "arms"):
            rows = getattr(whole, table)["trial"] == name
            for column, values in getattr(one, table).items():
                np.testing.assert_array_equal(getattr(whole, table)[column][rows], values)
        assert whole.about[name] == one.about
        assert all(whole.curves[key] is curve for key, curve in one.curves.items())
    assert len(whole.curves) == sum(len(trials.load(name).curves) for name in trials.available())


def test_an_arm_says_what_the_design_says():
    """The design is the oracle: every field of a model, every setting of an arm."""
    arms = trials.load().arms
    known = {
        (piece.name, arm.name, arm.updates): (piece, arm)
        for piece in PIECES.values()
        for arm in piece.arms
    }
    plain = {each.name for each in fields(Model)} - {"batch", "warmup", "sizes"}
    settings = set(results.SETTINGS) - {"batches", "warmup"}
    assert plain | settings <= arms.keys()
    for i, key in enumerate(
        zip(*(arms[x].tolist() for x in ("piece", "arm", "updates")), strict=True)
    ):
        piece, arm = known[key]
        of = {"sgd": {"beta2"}, "adamw": {"momentum"}}.get(piece.model.optimizer, set())
        said = results._method(arm.method)
        for name in (plain | settings) - of - said.keys():
            owner = arm if name in settings else piece.model
            assert arms[name][i] == getattr(owner, name), (key, name)
        assert all(np.isnan(arms[name][i]) for name in of - said.keys())
        assert all(arms[name][i] == value for name, value in said.items())
        assert arms["warmup"][i] == (piece.model.warmup if arm.warmup < 0 else arm.warmup)
        assert arms["examples"][i] == sum(n * size for n, size in arm.batches)
        assert arms["batch"][i] == arm.batches[0][1] or len(arm.batches) > 1
        assert arms["sizes"][i] == "-".join(map(str, piece.model.sizes))


def test_a_setting_that_came_after_the_file_has_its_default():
    content = json.loads(gzip.decompress((results.FOLDER / "text-64k.json.gz").read_bytes()))
    for piece in content["about"]["pieces"].values():
        del piece["model"]["beta2"]
    arms = results.read(json.dumps(content)).arms
    moves = np.isfinite(arms["beta2_end"])  # said by the arm
    assert set(arms["beta2"][~moves].tolist()) == {Model.__dataclass_fields__["beta2"].default}


@TABLE
def test_files_hold_the_tables_to_the_last_digit(table):
    made = dataset.files()
    content = made[dataset.FILES[table]]
    text = gzip.decompress(content) if dataset.FILES[table].endswith(".gz") else content
    names, *rows = csv.reader(io.StringIO(text.decode()))
    ours = dataset.tables()[table]
    assert names == list(ours)
    for name, cells in zip(names, zip(*rows, strict=True), strict=True):
        if ours[name].dtype.kind == "U":
            assert list(cells) == ours[name].tolist()
        elif ours[name].dtype.kind == "b":
            assert [cell == "true" for cell in cells] == ours[name].tolist()
            assert set(cells) <= {"true", "false"}
        else:
            np.testing.assert_array_equal([float(cell or "nan") for cell in cells], ours[name])


def test_the_metadata_describe_the_files():
    made = dataset.files("https://example.org/", "2026-11-27")
    about = json.loads(made.pop(dataset.METADATA))
    assert {one["name"] for one in about["distribution"]} == made.keys()
    for one in about["distribution"]:
        content = made[one["name"]]
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
        assert one["contentSize"] == f"{len(content)} B"
        assert one["contentUrl"] == f"https://example.org/{one['name']}"
        assert len(content) < 2e6  # a page's worth
    assert made == {name: x for name, x in dataset.files().items() if name != dataset.METADATA}
    assert about["datePublished"] == "2026-11-27"
    assert "datePublished" not in json.loads(dataset.files()[dataset.METADATA])
    lines = list(csv.DictReader(io.StringIO(made[dataset.DICTIONARY].decode())))
    ours = [(table, *column) for table, columns in TABLES.items() for column in columns]
    assert [tuple(line.values()) for line in lines] == ours


def test_the_licence_of_all_data_is_known():
    wholes = {name.partition("-")[0] for name in CLASSES}
    assert LICENCES.keys() == SOURCES.keys() == wholes
    used = {name.partition("-")[0] for name in trials.load().arms["data"]}
    assert all((LICENCES[name] in dataset.description()) == (name in used) for name in LICENCES)
