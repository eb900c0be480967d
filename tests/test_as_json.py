"""Schedules as JSON: what was written once is read for ever."""

import json
from pathlib import Path

import numpy as np
import pytest

from lrdecay.export import from_json

# What to_json wrote at format 1 of all that could be written, and the rates that it stood for.
FORMAT_1 = json.loads((Path(__file__).parent / "data/format-1.json").read_text("utf-8"))


@pytest.mark.parametrize("case", FORMAT_1["cases"], ids=lambda case: str(case["json"])[:60])
def test_what_format_1_wrote_is_read_for_ever(case):
    made = from_json(json.dumps(case["json"]))
    if "lr" in case:
        rates, expected = [made(step) for step in FORMAT_1["steps"]], case["lr"]
    else:
        rates, expected = made.history(FORMAT_1["metrics"]), case["lr_after_metrics"]
    np.testing.assert_allclose(rates, expected, rtol=1e-13, atol=0)
