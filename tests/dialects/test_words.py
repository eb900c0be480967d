"""One word, several curves: how far apart they are, from formulas written down here."""

import json

import numpy as np
import pytest

from lrdecay import WSD, Exponential
from lrdecay.dialects import megatron, timm
from tests.paths import ROOT

P = np.linspace(0, 1, 1001)
NOTEBOOK = ROOT / "notebooks/words.ipynb"


def stretched(base, low):
    """Return a decay by `base` over the cooldown, drawn out from 1 to `low`."""
    return low + (1 - low) * (base**P - base) / (1 - base)


@pytest.mark.parametrize(
    ("theirs", "low", "apart"),
    [
        (stretched(0.5, 0.0), 0.0, 0.185),  # Megatron
        (stretched(0.5, 0.1), 0.1, 0.166),
        (0.1**P, 0.1, 0.0),  # fairseq's tri_stage
        (0.05**P, 0.05, 0.066),
        (0.01**P, 0.01, 0.202),  # its default
    ],
)
def test_the_cooldown_called_exponential_is_another_curve_elsewhere(theirs, low, apart):
    ours = WSD(1.0, 1000, 1000, final_lr=low, shape="exponential").sample(1000)
    assert ours == pytest.approx(stretched(0.1, low)[:-1], abs=1e-14)
    assert np.abs(ours - theirs[:-1]).max() == pytest.approx(apart, abs=6e-4)


def test_what_the_notebook_compares_is_what_the_formulas_say():
    cooldown = {"wsd_decay_steps": 1000, "lr_wsd_decay_style": "exponential"}
    for low in (0.0, 0.1):
        run = megatron.OptimizerParamScheduler(1.0, 1.0, low, 0, 1000, "WSD", **cooldown)
        assert run.sample(1001) == pytest.approx(stretched(0.5, low), abs=1e-14)
    tri_stage = Exponential(1.0, gamma=0.05 ** (1 / 1000))
    assert tri_stage.sample(1001) == pytest.approx(0.05**P, abs=1e-14)
    same = timm.WSDLRScheduler(1.0, 1000, 1000, decay_fn="exp")
    assert same.sample(1001) == pytest.approx(stretched(0.1, 0.0), abs=1e-14)


def test_no_word_is_measured_against_itself():
    space = {}
    for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"][2:]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), space)
    rows = [row for name in ("cooldowns", "warmups", "decays", "cycles") for row in space[name]]
    for word, (ours, theirs), library, _, there in rows:
        apart = space["apart"](ours, theirs)
        alike = there == "the same" or (word, library) == ("exponential, to 0.1", "fairseq")
        assert (apart < 1e-12) == alike, (word, library, apart)
