"""What a notebook shows, as the site reads it back."""

import json
import math
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from lrdecay import Linear, outputs, plot
from lrdecay.heuristics import RULES, recorded, showing

WORDS = {"alt": "A line falls.", "caption": "It is straight."}


@pytest.fixture
def fig():
    return plot.schedules({"linear": Linear(1.0, 10)}, 10)


def bundle(output):
    data, metadata = output._repr_mimebundle_(include=None, exclude=None)
    # What nbformat will do with it.
    assert json.loads(json.dumps([data, metadata], allow_nan=False)) == [data, metadata]
    return data, metadata["lrdecay"]


def test_figure_carries_its_name_and_words(fig):
    alt = 'The "rate" falls from 1 & reaches\n  0 < final_lr at k = 10.'
    data, about = bundle(outputs.figure(fig, "linear-1", alt=alt, caption=" It is\n straight. "))
    flat = 'The "rate" falls from 1 & reaches 0 < final_lr at k = 10.'
    small = {kind: about.pop(kind) for kind in ("narrow", "thumbnail")}
    assert about == {
        "kind": "figure",
        "name": "linear-1",
        "alt": flat,
        "caption": "It is straight.",
    }
    assert data["text/plain"] == flat
    for image in (data["image/svg+xml"], *small.values()):
        assert ET.fromstring(image).tag == "{http://www.w3.org/2000/svg}svg"
    root = ET.fromstring(data["image/svg+xml"])
    assert (root.get("role"), root.get("aria-label")) == ("img", flat)


@pytest.mark.parametrize("argument", ["alt", "caption"])
@pytest.mark.parametrize("bad", ["", "  \n", None, 3])
def test_empty_words_are_refused(fig, argument, bad):
    message = rf"{argument} must be a sentence, not empty, got {re.escape(repr(bad))}"
    with pytest.raises(ValueError, match=message):
        outputs.figure(fig, "linear", **{**WORDS, argument: bad})


@pytest.mark.parametrize("bad", ["", "Linear", "a b", "a_b", "-a", "a-", "a--b", "é", "a\n", None])
def test_names_that_a_page_could_not_embed_are_refused(fig, bad):
    message = rf"name must be lower-case .+, got {re.escape(repr(bad))}"
    with pytest.raises(ValueError, match=message):
        outputs.figure(fig, bad, **WORDS)
    with pytest.raises(ValueError, match=message):
        outputs.table(bad, columns=["a"], rows=[], caption="c")


def test_table():
    output = outputs.table(
        "best",
        columns=["schedule", "loss <"],
        rows=[["a & b", 0.0123456], ["c", 100], ["d", "n/a"]],
        caption="The <best>.",
    )
    data, about = bundle(output)
    assert about == {"kind": "table", "name": "best", "caption": "The <best>."}
    table = ET.fromstring(data["text/html"])
    assert table.findtext("caption") == "The <best>."
    assert [(th.get("scope"), th.text) for th in table.iter("th")] == [
        ("col", "schedule"),
        ("col", "loss <"),
        ("row", "a & b"),
        ("row", "c"),
        ("row", "d"),
    ]
    assert [(td.get("class"), td.text) for td in table.iter("td")] == [
        ("number", "0.0123"),
        ("number", "100"),
        (None, "n/a"),
    ]
    assert data["text/plain"] == "schedule | loss <\na & b | 0.0123\nc | 100\nd | n/a"


def test_a_run_of_a_rule_stands_beside_the_record():
    printed = recorded()["H001"]
    full = printed.cases[0]
    moved = replace(full, effect=full.effect._replace(estimate=0.1, low=0.05, high=0.2))
    other = replace(printed, cases=(moved, *printed.cases[1:]))
    data, about = bundle(showing.beside("H001", other))
    assert about["caption"] == f"H001. {RULES['H001'].question}"
    rows = [line.split(" | ") for line in data["text/plain"].splitlines()]
    assert rows[0] == ["Median gain in final loss, constant - decay", "Recorded", "This run"]
    assert rows[1][0] == f"When {full.when}"
    assert rows[1][1] == f"{full.effect:.4f}, contradicts"
    assert rows[1][2] == "0.1000 [0.0500, 0.2000], supports"
    assert rows[-1] == ["Answer of small worlds", "depends", "mostly yes"]
    for id_ in ("H051", "H999"):
        with pytest.raises(
            ValueError, match=r"^id must be a rule that is judged, such as H001, got"
        ):
            showing.beside(id_, other)
    with pytest.raises(ValueError, match=r"^id must be one of H001 to H\d{3}, got 'H999'"):
        showing.figure("H999", other)


def test_table_with_a_short_row_is_refused():
    with pytest.raises(ValueError, match=r"rows must be rows of 2 cells each, got \['x'\]"):
        outputs.table("t", columns=["a", "b"], rows=[["y", 1], ["x"]], caption="c")


def test_numbers():
    data, about = bundle(
        outputs.numbers(
            loss=0.010984, steps=40, share="92 %", seeds=np.int64(200), lr=np.float32(0.5)
        )
    )
    assert about == {"kind": "numbers"}
    assert data["application/json"] == {
        "loss": {"value": 0.010984, "text": "0.011"},
        "steps": {"value": 40, "text": "40"},
        "share": {"value": "92 %", "text": "92 %"},
        "seeds": {"value": 200, "text": "200"},
        "lr": {"value": 0.5, "text": "0.5"},
    }
    table = ET.fromstring(data["text/html"])
    assert [th.text for th in table.iter("th")] == ["loss", "steps", "share", "seeds", "lr"]
    assert json.loads(data["text/plain"])["loss"] == "0.011"


@pytest.mark.parametrize("bad", [math.nan, math.inf, np.float64("nan"), None, [1], 1j, np.ones(2)])
def test_numbers_that_json_has_no_word_for_are_refused(bad):
    with pytest.raises(ValueError, match=rf"loss must be a finite .+, got {re.escape(repr(bad))}"):
        outputs.numbers(loss=bad)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.1, "0.1"),
        (1 / 3, "0.333"),
        (12.345, "12.3"),
        (999.4, "999"),
        (999.6, "1000"),
        (12345.6, "12346"),
        (-12345.6, "-12346"),
        (1.5e9, "1.5e+09"),
        (2e-5, "2e-05"),
        (np.float32(0.25), "0.25"),
        (1000, "1000"),
        ("as it is", "as it is"),
    ],
)
def test_text(value, text):
    assert outputs.text(value) == text


def test_interval():
    assert outputs.interval(0.5, 0.25, 0.75, digits=2) == "0.50 [0.25, 0.75]"
