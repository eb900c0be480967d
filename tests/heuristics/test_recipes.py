"""Recipes: their rates against the formulas and numbers of their sources."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import lrdecay
from lrdecay.dialects.nanogpt import get_lr
from lrdecay.heuristics.recipe import Leg, Recipe
from lrdecay.heuristics.recipes import RECIPES, share_of_base

BIBLIOGRAPHY = Path(lrdecay.__file__).parent / "heuristics" / "references.bib"
UNKNOWN = ("not stated", "not verified")
NAMED = {recipe.name: recipe for recipe in RECIPES}
TUNED = [recipe for recipe in RECIPES if recipe.base]
DRAWN = [recipe for recipe in RECIPES if recipe.schedule is not None]


def schedule_of(name):
    schedule = NAMED[name].schedule
    assert schedule is not None
    return schedule


def test_names_are_unique_and_rows_in_order_of_years():
    assert len(NAMED) == len(RECIPES)
    assert all(early.year <= late.year for early, late in pairwise(RECIPES))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_row_names_a_source_of_the_bibliography_and_leaves_no_cell_empty(recipe):
    keys = re.findall(r"^@\w+\{([^,]+),", BIBLIOGRAPHY.read_text("utf-8"), re.MULTILINE)
    assert recipe.source in keys
    words = (recipe.name, recipe.model, recipe.batch, recipe.optimizer, recipe.verified)
    assert all(word.strip() for word in words)
    for cell in (recipe.peak, recipe.warmup, recipe.horizon, recipe.floor, recipe.warmup_share):
        assert cell in UNKNOWN if isinstance(cell, str) else cell >= 0


@pytest.mark.parametrize("recipe", DRAWN, ids=lambda recipe: recipe.name)
def test_a_schedule_starts_peaks_and_ends_where_its_row_says(recipe):
    schedule = schedule_of(recipe.name)
    grid = np.unique(np.linspace(0, recipe.horizon, 5001).round())
    assert schedule(recipe.warmup) == recipe.peak
    assert schedule(grid).max() <= recipe.peak * (1 + 1e-12)
    assert schedule(recipe.horizon) == recipe.floor
    if recipe.warmup:
        assert schedule(0) == recipe.start
        assert schedule(recipe.warmup / 2) == pytest.approx((recipe.start + recipe.peak) / 2)
    after = schedule(grid[grid >= recipe.warmup])
    assert (np.diff(after) <= 0).all()


@pytest.mark.parametrize("recipe", DRAWN, ids=lambda recipe: recipe.name)
def test_a_schedule_prints_as_the_code_that_makes_it(recipe):
    assert eval(repr(recipe.schedule), vars(lrdecay)) == recipe.schedule


@pytest.mark.parametrize("recipe", DRAWN, ids=lambda recipe: recipe.name)
def test_legs_follow_each_other(recipe):
    ends = [recipe.warmup, *(leg.to if leg.left is None else leg.left for leg in recipe.legs)]
    assert all(early < late for early, late in pairwise(ends))


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("BERT", 0.01),  # 10,000 of 1,000,000
        ("GPT-1, fine-tuning", 0.002),  # "0.2% of training"
        ("GPT-3 175B", 0.00125),  # 375 million of 300 billion tokens
        ("Llama 3 405B", 8 / 1200),
        ("nanoGPT, GPT-2 124M", 2 / 600),
        ("ResNet-50 in an hour", 5 / 90),
        ("T5", 0),
        ("Transformer, base", 0.04),
        ("GPT-2", "not stated"),
        (
            "RoBERTa large, RTE",
            pytest.approx(0.06, abs=1e-4),
        ),  # "6 percent of the number of updates"
        ("BERT base, MRPC", pytest.approx(0.1, abs=1e-3)),  # warmup_proportion
        ("Alpaca 7B", 0.03),  # warmup_ratio
        ("Llama 2-Chat, supervised", "not stated"),
    ],
)
def test_the_share_of_the_warmup_is_computed(name, share):
    assert NAMED[name].warmup_share == share


@pytest.mark.parametrize(
    ("name", "share", "shape"),
    [
        ("GPT-3 175B", pytest.approx(0.1), "cosine, then constant"),
        ("Llama 3 405B", pytest.approx(0.01), "cosine"),
        ("DeepSeek LLM 67B", pytest.approx(0.1), "steps"),
        ("DeepSeek-V2-Lite", pytest.approx(0.1, rel=2e-3), "steps"),  # 0.316 twice
        ("DeepSeek-V3", pytest.approx(0.033, rel=0.01), "constant, then cosine, then steps"),
        ("SmolLM3 3B", 0, "constant, then linear"),
        ("GPT-1, pre-training", 0, "cosine"),
        ("Chinchilla 70B", pytest.approx(0.1), "cosine"),
        ("GPT-2", "not stated", "not stated"),
        ("PaLM 540B", "not verified", "constant, then 1/sqrt"),
    ],
)
def test_the_floor_and_the_shape_follow_from_the_legs(name, share, shape):
    assert (NAMED[name].floor_share, NAMED[name].shape) == (share, shape)


@pytest.mark.parametrize(
    ("name", "width"), [("Transformer, base", 512), ("Transformer, big", 1024)]
)
def test_the_transformer_follows_equation_3(name, width):
    n = np.arange(1, 100_001)
    formula = width**-0.5 * np.minimum(n**-0.5, n * 4000**-1.5)
    np.testing.assert_allclose(schedule_of(name)(n), formula, rtol=1e-12)


def test_t5_follows_its_formula():
    n = np.arange(524_289)
    np.testing.assert_allclose(schedule_of("T5")(n), 1 / np.sqrt(np.maximum(n, 1e4)), rtol=1e-12)


def test_nanogpt_is_its_dialect_after_the_warmup():
    k = np.arange(2000, 600_001)
    np.testing.assert_allclose(schedule_of("nanoGPT, GPT-2 124M")(k), get_lr()(k), rtol=1e-12)


def test_resnet_is_at_its_reference_rates_in_every_epoch():
    got = schedule_of("ResNet-50 in an hour")([0, 5, 29, 30, 59, 60, 79, 80, 89])
    np.testing.assert_allclose(got, [0.1, 3.2, 3.2, 0.32, 0.32, 0.032, 0.032, 0.0032, 0.0032])


def test_olmo_leaves_its_cosine_at_the_rate_its_second_configuration_starts_from():
    # The file says 0.000061499; the cosine was cut off at a step that it also says.
    assert schedule_of("OLMo 2 7B")(928_646) == pytest.approx(0.000061499, rel=3e-3)


def test_nanochat_logs_the_multiplier_of_its_schedule():
    # Its log prints two decimals: 0.30 at step 107,319 of 130,000, 0.31 one step before.
    schedule = schedule_of("nanochat")
    assert [f"{lr:.2f}" for lr in schedule([92_642, 107_318, 107_319])] == ["0.47", "0.31", "0.30"]


def test_deepseek_v3_is_at_its_rates_between_the_token_counts_of_its_report():
    got = schedule_of("DeepSeek-V3")([9.9e6, 10e6, 12.15e6, 14.4e6, 14.63e6, 14.7e6])
    np.testing.assert_allclose(got, [2.2e-4, 2.2e-4, 1.21e-4, 2.2e-5, 2.2e-5, 7.3e-6])


@pytest.mark.parametrize("recipe", TUNED, ids=lambda recipe: recipe.name)
def test_a_base_was_trained_from_scratch_before(recipe):
    base = NAMED.get(recipe.base)
    assert recipe.base != recipe.name
    assert base is None or (not base.base and base.year <= recipe.year)


def test_every_run_that_is_called_a_fine_tuning_has_a_base():
    words = ("fine-tun", "lora", "dpo", "supervised", "adapters")
    assert len(TUNED) > 20
    for recipe in RECIPES:
        said = any(word in f"{recipe.name} {recipe.model}".lower() for word in words)
        assert recipe.base or not said


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("GPT-1, fine-tuning", 1 / 4),  # 6.25e-5 of 2.5e-4
        ("BERT base, MRPC", 1 / 5),  # 2e-5 of 1e-4
        ("RoBERTa large, RTE", 1 / 20),  # 2e-5 of 4e-4
        ("LoRA, RoBERTa large on SST-2", 1),  # 4e-4 of 4e-4
        ("T5, fine-tuning", 1 / 10),  # 1e-3 of 1e-2
        ("Alpaca 7B", 1 / 15),  # 2e-5 of 3e-4
        ("QLoRA, Guanaco 65B", 2 / 3),  # 1e-4 of 1.5e-4
        ("Tülu 3 405B, preferences", 1 / 400),  # 2e-7 of 8e-5
        ("ViT, ImageNet", "not verified"),  # its base has no row
    ],
)
def test_the_share_of_the_base_is_the_ratio_of_two_rows(name, share):
    got = share_of_base(NAMED[name])
    assert got == (share if isinstance(share, str) else pytest.approx(share, rel=1e-12))


def test_a_share_of_a_peak_that_nobody_stated_is_not_stated():
    tuned = replace(NAMED["T5, fine-tuning"], base="GPT-2")
    assert share_of_base(tuned) == "not stated"
    assert share_of_base(replace(tuned, peak="not verified")) == "not verified"


def test_ulmfit_follows_the_formula_of_its_slanted_triangle():
    t, cut, ratio = np.arange(1001), 100, 32
    p = np.where(t < cut, t / cut, 1 - (t - cut) / (cut * (1 / 0.1 - 1)))
    formula = 4e-3 * (1 + p * (ratio - 1)) / ratio
    got = schedule_of("ULMFiT, on the texts of the task")(t)
    np.testing.assert_allclose(got, formula, rtol=1e-12)


def test_bit_is_at_the_rates_of_its_rule():
    # Warmup over 500 steps; a tenth of the rate after 3,000, 6,000 and 9,000.
    got = schedule_of("BiT, 20,000 to 500,000 images")([250, 500, 2999, 3001, 6001, 9001])
    np.testing.assert_allclose(got, [1.5e-3, 3e-3, 3e-3, 3e-4, 3e-5, 3e-6])


def test_roberta_follows_the_polynomial_schedule_of_its_code():
    n, warmup, total, lr = np.arange(2037), 122, 2036, 2e-5
    code = np.where(n <= warmup, n / warmup * lr, lr * (1 - (n - warmup) / (total - warmup)))
    np.testing.assert_allclose(schedule_of("RoBERTa large, RTE")(n), code, rtol=1e-9, atol=1e-20)


def test_mae_scales_its_rate_with_the_batch_and_ends_at_its_least():
    schedule = schedule_of("MAE, ViT-B")
    assert schedule([2.5, 5, 52.5, 100]).tolist() == pytest.approx([1e-3, 2e-3, 1.0005e-3, 1e-6])


@pytest.mark.parametrize(
    "legs",
    [
        (),
        (Leg("not stated", 0.0, "cosine"),),
        (Leg(100, "not stated", "linear"),),
        (Leg(100, 0.1, "exponential"),),
    ],
)
def test_what_is_not_known_in_full_has_no_schedule(legs):
    assert Recipe("a", 2026, "b", 1.0, 10, legs, "c", "d", "e", "f").schedule is None
