"""Schedules as JSON: public names alone, and what was written once is read for ever."""

import importlib
import json

import numpy as np
import pytest

from lrdecay.export import from_json, to_json
from tests.paths import DATA

# What to_json wrote at format 1 of all that could be written, and the rates that it stood for.
FORMAT_1 = json.loads((DATA / "format-1.json").read_text("utf-8"))


def names(value):
    """Yield the names of classes in what was read."""
    if isinstance(value, dict):
        yield from [value["type"]] if "type" in value else []
        value = list(value.values())
    for part in value if isinstance(value, list) else []:
        yield from names(part)


@pytest.mark.parametrize("case", FORMAT_1["cases"], ids=lambda case: str(case["json"])[:60])
def test_what_format_1_wrote_is_read_for_ever(case):
    made = from_json(json.dumps(case["json"]))
    if "lr" in case:
        rates, expected = [made(step) for step in FORMAT_1["steps"]], case["lr"]
    else:
        rates, expected = made.history(FORMAT_1["metrics"]), case["lr_after_metrics"]
    np.testing.assert_allclose(rates, expected, rtol=1e-13, atol=0)

    text = to_json(made)
    assert from_json(text) == made
    for name in names(json.loads(text)):
        room, _, last = f"lrdecay.{name}".rpartition(".")
        assert "._" not in room
        assert last in importlib.import_module(room).__all__
