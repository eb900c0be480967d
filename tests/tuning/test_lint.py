"""What lint finds in schedules that are wrong, and does not find in their correct twins."""

import json
import math

import numpy as np
import pytest
from typer.testing import CliRunner

import lrdecay as lrd
from lrdecay.cli import app
from lrdecay.dialects import diffusers, keras, optax, torch, transformers
from lrdecay.export import to_json
from lrdecay.heuristics import RULES
from lrdecay.heuristics.recipes import RECIPES
from lrdecay.tuning.lint import CODES, lint
from lrdecay.tuning.lint.subject import MOST, Counts, of_rates
from lrdecay.tuning.logs import Log
from tests.makers import SCHEDULES
from tests.paths import ROOT

WAVE = torch.CosineAnnealingLR
RAMP = torch.LinearLR(0.1, 0.01, 1.0, 100)


def plain_cosine(k):
    return 0.05 * (1 + math.cos(math.pi * min(k, 1000) / 1000))


def flat(_):
    return 0.1


def restarted(k):
    return lrd.CosineRestarts(1.0, 250)(k)


table = [0.1] * 1000  # of as many rates as updates


# Code, what is wrong, its twin, updates, and facts of the run.
PAIRS = [
    ("LR001", transformers.get_cosine_schedule_with_warmup(1e-3, 50, 1000),
     lrd.warmup_cosine(1e-3, 1000, 50), 1000, {}),
    ("LR001", optax.warmup_cosine_decay_schedule(0.0, 1e-3, 50, 1000),
     optax.warmup_cosine_decay_schedule(1e-5, 1e-3, 50, 1000), 1000, {}),
    ("LR002", lrd.warmup_linear(1e-3, 5000, 2000), lrd.warmup_linear(1e-3, 1000, 50), 1000, {}),
    ("LR002", lambda k: k / 2000, lambda k: max(1 - k / 1000, 0), 1000, {}),
    ("LR003", lrd.Linear(1e-3, 2000), lrd.Linear(1e-3, 1000), 1000, {}),
    ("LR002", torch.OneCycleLR(0.1, 10_000), torch.OneCycleLR(0.1, 1000), 1000, {}),
    ("LR002", torch.CosineAnnealingLR(1e-4, 1000, 1e-3), torch.CosineAnnealingLR(1e-3, 1000, 1e-4),
     1000, {}),
    ("LR003", torch.CosineAnnealingWarmRestarts(0.1, 300),
     torch.CosineAnnealingWarmRestarts(0.1, 250), 1000, {}),
    ("LR003", torch.CosineAnnealingWarmRestarts(0.1, 5000),
     torch.CosineAnnealingWarmRestarts(0.1, 1000), 1000, {}),
    ("LR003", lambda k: max(1 - k / 9000, 0), lambda k: 0.997**k, 1000, {}),
    ("LR003", lambda k: max(1 - k / 1500, 0), lambda k: max(1 - k / 1000, 0), 1000, {}),
    ("LR003", lrd.CosineRestarts(1e-3, 333), lrd.CosineRestarts(1e-3, 250), 1000, {}),
    ("LR004", WAVE(0.1, 500), WAVE(0.1, 1000), 1000, {}),
    ("LR004", transformers.get_cosine_schedule_with_warmup(1e-3, 50, 1000, 1.0),
     restarted, 1000, {}),
    ("LR004", lambda k: 1 + math.cos(math.pi * k / 600), plain_cosine, 1000, {}),
    ("LR005", lambda k: 1 - k / 500, lambda k: max(1 - k / 1000, 0), 1000, {}),
    ("LR005", lambda k: math.nan if k == 9 else 0.1, flat, 1000, {}),
    ("LR005", lambda k: 1 / (500 - k), lambda k: table[k], 1000, {}),
    ("LR005", torch.OneCycleLR(0.1, 999), torch.OneCycleLR(0.1, 1000), 1000, {}),
    ("LR006", lrd.Linear(1e-3, 500, 5e-4).then(lrd.Cosine(1e-3, 500), 500),
     lrd.Linear(1e-3, 500, 5e-4).then(lrd.Cosine(5e-4, 500), 500), 1000, {}),
    ("LR006", lambda k: 0.1 if k < 500 else 0.2 * (1 - k / 1000) + 0.2, flat, 1000, {}),
    ("LR007", WAVE(0.1, 90), WAVE(0.1, 9000), 9000, {"epochs": 90}),
    ("LR007", lrd.Cosine(0.1, 90), lrd.Cosine(0.1, 9000), 9000, {}),
    ("LR007", lrd.Linear(0.1, 4000), lrd.Linear(0.1, 1000), 1000, {"accumulation": 4}),
    ("LR007", lrd.Linear(0.1, 250), lrd.Linear(0.1, 1000), 1000, {"accumulation": 4}),
    ("LR007", lrd.Linear(0.1, 8000), lrd.Linear(0.1, 1000), 1000, {"world_size": 8}),
    ("LR007", lrd.Linear(0.1, 125), lrd.Linear(0.1, 1000), 1000, {"world_size": 8}),
    ("LR007", torch.OneCycleLR(0.1, 90), torch.OneCycleLR(0.1, 9000), 9000, {"epochs": 90}),
    ("LR007", lrd.Linear(0.1, 250), lrd.Linear(0.1, 1000), 1000, {"epochs": 4}),
    ("LR007", WAVE(0.1, 9000), WAVE(0.1, 90), 90, {}),
    ("LR007", lambda k: max(1 - k / 4000, 0), lambda k: max(1 - k / 1000, 0), 1000,
     {"accumulation": 4}),
    ("LR007", transformers.get_cosine_schedule_with_warmup(1e-3, 20, 250).__call__, plain_cosine,
     1000, {"accumulation": 4}),
    ("LR007", lrd.Linear(0.1, 36_000), lrd.Linear(0.1, 1125), None,
     {"epochs": 3, "dataset_size": 12_000, "batch_size": 32}),
    ("LR008", lrd.Warmup(lrd.Cosine(0.1, 1000), 100), lrd.Warmup(lrd.Cosine(0.1, 900), 100), 1000,
     {}),
    ("LR008", lrd.Warmup(lrd.Cosine(0.1, 800), 100), lrd.Warmup(lrd.Cosine(0.1, 900), 100), 1000,
     {}),
    ("LR009", torch.MultiStepLR(0.1, [300, 1200]), torch.MultiStepLR(0.1, [300, 600]), 1000, {}),
    ("LR009", lambda k: 0.1 ** sum(k >= at for at in (300, 600, 1000)), lambda k: 0.4 ** (k // 250),
     1000, {}),
    ("LR009", lambda k: 0.1 if k < 1200 else 0.01, flat, 1000, {}),
    ("LR009", torch.StepLR(0.1, 1000), torch.StepLR(0.1, 300), 1000, {}),
    ("LR010", lrd.warmup_linear(1e-3, 1000, 200), lrd.warmup_linear(1e-3, 1000, 100), 1000, {}),
    ("LR010", lrd.Warmup(lrd.Constant(0.1), 1000), lrd.Warmup(lrd.Constant(0.1), 50), 1000, {}),
    ("LR011", lrd.Cosine(1e-3, 1000, 2e-4), lrd.Cosine(1e-3, 1000, 1e-4), 1000, {}),
    ("LR012", lrd.Exponential(1e-3, gamma=0.99), lrd.Exponential(1e-3, gamma=0.996), 1000, {}),
    ("LR013", lrd.Cosine(1e-3, 1300), lrd.Cosine(1e-3, 1000), 1000, {}),
    ("LR013", keras.CosineDecay(0.1, 700), keras.CosineDecay(0.1, 1000), 1000, {}),
    ("LR014", torch.ExponentialLR(0.1, 1.0), torch.ExponentialLR(0.1, 0.997), 1000, {}),
    ("LR014", optax.exponential_decay(0.1, 100, 1.0), optax.exponential_decay(0.1, 100, 0.7), 1000,
     {}),
    ("LR014", lrd.Cosine(1e-3, 1000, 1e-3), lrd.Cosine(1e-3, 1000), 1000, {}),
    ("LR015", lrd.CosineRestarts(1.0, 9).stretch(1 / 3.7), lrd.CosineRestarts(1.0, 10).stretch(10),
     100, {}),
    ("LR016", lrd.ReduceOnPlateau(1e-3, patience=2), lrd.ReduceOnPlateau(1e-3, patience=20), 100,
     {"noise": 0.05, "fall": 2.0}),
    ("LR017", lrd.Linear(1e-3, 990), lrd.Linear(1e-3, 1000), 1000, {}),
    ("LR018", lrd.OneCycle(0.1, 1000, 300), lrd.Linear(3e-4, 1000), 1000, {"base_lr": 3e-4}),
    ("LR019", lrd.Cosine(1e-3, 1000), lrd.Cosine(1e-3, 2000), None,
     {"resumed": lrd.Cosine(1e-3, 2000), "at": 500}),
]  # fmt: skip


def codes(schedule, updates, facts):
    return {found.code for found in lint(schedule, updates, **facts)}


@pytest.mark.parametrize(("code", "wrong", "right", "updates", "facts"), PAIRS)
def test_what_is_wrong_is_found_and_its_twin_is_left_alone(code, wrong, right, updates, facts):
    assert code in codes(wrong, updates, facts)
    assert not {found.code for found in lint(right, updates, **facts) if found.severity != "info"}


def test_every_code_is_tried():
    of_runs = {code for code in CODES if code >= "LR020"}  # in test_preflight, and in conformance
    assert {pair[0] for pair in PAIRS} | of_runs == set(CODES)
    assert len(of_runs) == 8


@pytest.mark.parametrize("one", RULES[CODES["LR009"].rule] and CODES.values())
def test_a_code_names_a_rule_there_is(one):
    assert one.rule is None or one.rule in RULES
    assert one.fix.endswith(".")


# What three projects met: T_max with the warmup in it (UniRL, pull request 223), epochs given as
# steps (speculators, 1049), restarts that never came (tier4's Diffusion-Planner, 293).
def test_bugs_that_others_met_are_found():
    unirl = torch.SequentialLR(0.1, [RAMP, WAVE(0.1, 1000)], [100])
    mended = torch.SequentialLR(0.1, [RAMP, WAVE(0.1, 900)], [100])
    assert "LR008" in codes(unirl, 1000, {})
    assert not codes(mended, 1000, {}) - {"LR004"}  # an info: it would rise after the run

    speculators = transformers.get_linear_schedule_with_warmup(1e-4, 1, 10)
    assert "LR007" in codes(speculators, 5000, {"epochs": 10})

    class CosineAnnealingWarmUpRestarts:
        def __call__(self, _):
            return 1e-4

    assert codes(CosineAnnealingWarmUpRestarts(), 1000, {}) == {"LR014"}


def test_no_recipe_has_an_error():
    for recipe in RECIPES:
        horizon = recipe.horizon
        if recipe.schedule is not None and isinstance(horizon, int) and horizon < MOST:
            found = lint(recipe.schedule, horizon)
            assert not [one for one in found if one.severity == "error"], recipe.name


@pytest.mark.parametrize("made", SCHEDULES.values(), ids=list(SCHEDULES))
def test_any_schedule_can_be_looked_at(made):
    for updates in (1, 2, 12, 1000):
        for found in lint(made, updates):
            assert found.step is None or 0 <= found.step < updates


def test_the_end_of_rates_is_seen_and_a_fade_has_none():
    k = np.arange(200.0)
    wave = 1 + np.cos(np.pi * k / 120)  # climbs again, as PyTorch's does
    ends = {
        "line": (np.maximum(1 - k / 150, 0), 150),
        "wave": (wave, 120),
        "fade": (0.5**k, None),
        "constant": (0 * k + 1, None),
        "restarts": (1 - (k % 120) / 120, None),
    }
    for name, (rates, end) in ends.items():
        assert of_rates(rates, 100, Counts(), name).horizon == end, name


def test_a_run_that_ends_within_a_cycle_is_told_from_one_that_ends_with_it():
    for made in (lrd.CosineRestarts(1e-3, 10, 2), torch.CosineAnnealingWarmRestarts(1e-3, 10, 2)):
        assert "LR003" in codes(made, 1000, {})
        assert codes(made, 630, {}) == set()
        assert "LR003" in codes(lambda k, made=made: made(k), 1000, {})
        assert codes(lambda k, made=made: made(k), 630, {}) == set()
    late = lint(lrd.CosineRestarts(1e-3, 333), 1000)[0]
    assert late.message.endswith("at 100% of the peak, one update after the restart at step 999")
    climbs = [min(1, (k + 1) / 10) * max(1 - k / 1000, 0) for k in range(2000)]  # no restarts
    assert codes(climbs.__getitem__, 1000, {}) == set()


def test_a_longer_run_is_looked_at_in_places():
    assert codes(lrd.Linear(1.0, 3 * MOST), 3 * MOST, {}) == set()
    assert codes(lrd.Linear(1.0, MOST), 3 * MOST, {}) >= {"LR017"}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"total_steps": 0}, "total_steps must be"),
        ({"epochs": 3}, "total_steps must be given, or epochs with dataset_size and batch_size"),
        ({"total_steps": 9, "accumulation": 0}, "accumulation must be"),
        ({"total_steps": 9, "resumed": lrd.Constant(1)}, "at must be a step of the run"),
        (
            {"total_steps": 99, "epochs": 3, "dataset_size": 90, "batch_size": 10},
            "total_steps must be left out, or the 27 updates",
        ),
        ({"total_steps": 9, "base_lr": -1}, "base_lr must be"),
    ],
)
def test_facts_that_are_none_are_refused(facts, sentence):
    with pytest.raises(ValueError, match=sentence):
        lint(lrd.Cosine(0.1, 9), **facts)


LONG_RUN = ("Cosine(1, 9)", "--dataset-size", "90", "--batch-size", "10")


def call(*arguments):
    return CliRunner().invoke(app, ["lint", *arguments], env={"COLUMNS": "200"})


def test_the_command_says_what_python_says(tmp_path):
    made = lrd.Cosine(1e-3, 500)
    file = tmp_path / "schedule.json"
    file.write_text(to_json(made), "utf-8")
    done = call(str(file), "--updates", "1000", "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)["findings"]
    assert told == [found._asdict() for found in lint(made, 1000)]
    assert call("Cosine", "base_lr=1e-3", "total_steps=1000", "--updates", "1000").exit_code == 0


def test_one_bad_file_of_several_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.json").write_text(to_json(lrd.Cosine(1e-3, 500)), "utf-8")
    (tmp_path / "bad.json").write_text('{"lrdecay": 2, "schedule": {', "utf-8")
    (tmp_path / "lr=0.1.json").write_text(to_json(lrd.Cosine(0.1, 500)), "utf-8")
    assert call("good.json", "lr=0.1.json").exit_code == 0
    done = call("good.json", "bad.json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("lrdecay: bad.json: ")


def test_a_rate_that_is_not_seen_is_not_told():
    (found,) = [one for one in lint(lambda k: 1.01**k, 1000) if one.code == "LR002"]
    assert "is still rising at step" in found.message
    (found,) = [one for one in lint(lambda k: min(k / 1500, 1), 1000) if one.code == "LR002"]
    assert found.message.endswith("the peak of 1 comes at step 1,500")


def test_a_function_that_ends_says_why():
    found = lint(lambda k: (1 - k / 900) ** 0.9, 1000)  # a complex number beyond 900
    assert (found[0].code, found[0].step) == ("LR005", 901)
    assert "complex" in found[0].message
    with pytest.raises(ValueError, match="schedule must be a function of the step"):
        lint(lambda: 0.1, 1000)


def log_of(schedule, steps, name="lr"):
    return Log(np.asarray(steps), {name: schedule(np.asarray(steps))})


@pytest.mark.parametrize("every", [1, 10])
def test_a_log_is_looked_at(every):
    steps = range(0, 1000, every)
    assert not lint(log_of(lrd.warmup_cosine(1e-3, 1000, 20), steps))
    found = {one.code for one in lint(log_of(WAVE(0.1, 500), steps))}
    assert "LR004" in found
    assert "LR011" in {one.code for one in lint(log_of(lrd.Linear(0.1, 2000), steps), 1000)}
    half = lrd.Linear(0.1, 1000)
    assert {one.code for one in lint(log_of(half, steps), base_lr=3.0)} == {"LR018"}
    with pytest.raises(ValueError, match="resumed must be left out for a log"):
        lint(log_of(half, steps), resumed=half, at=5)


def test_a_log_that_counts_updates_made_ends_with_its_last():
    rate = transformers.get_linear_schedule_with_warmup(5e-5, 100, 1000)
    assert not lint(log_of(rate, range(10, 1001, 10)))
    assert {one.code for one in lint(log_of(rate, range(10, 1201, 10)))} == {"LR017"}


def test_a_jump_in_a_log_is_found():
    jumps = log_of(lambda k: np.where(k < 500, 0.01, 0.15 - 1e-4 * k), range(1000))
    assert "LR006" in {one.code for one in lint(jumps)}


def test_the_command_takes_a_log(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("step,lr\n" + "".join(f"{k},{WAVE(0.1, 500)(k)}\n" for k in range(1000)))
    done = call(str(file), "--json")
    assert done.exit_code == 1
    assert "LR004" in {one["code"] for one in json.loads(done.stdout)["findings"]}
    file.write_text("step,loss\n0,1\n1,1\n")
    assert call(str(file)).exit_code == 2


def test_an_info_alone_is_no_failure():
    done = call("torch.CosineAnnealingLR(0.1, 1000)", "--updates", "1000", "--json")
    told = json.loads(done.stdout)["findings"]
    assert [one["severity"] for one in told] in ([], ["info"])
    assert done.exit_code == 0


def test_bad_input_ends_with_2_and_a_sentence():
    for arguments, sentence in (
        (("Cosine(1, 9)", "--epochs", "3"), "--updates must be given, or --epochs with"),
        (("Step(0.1, 3)",), "--updates must be given"),
        (("ReduceOnPlateau(0.1)", "--updates", "9"), "--noise must be given, with --fall"),
        (("none.json",), "cannot read none.json"),
        ((*LONG_RUN, "--epochs", "1e300"), "--epochs must be small enough for at most"),
    ):
        done = call(*arguments)
        assert (done.exit_code, done.stdout) == (2, "")
        assert sentence in done.stderr


def test_diffusers_restarts_are_no_fault():
    made = diffusers.get_cosine_with_hard_restarts_schedule_with_warmup(1e-3, 0, 1000, 3)
    assert codes(made, 1000, {}) == set()


def test_each_code_has_a_page_and_stands_in_the_list():
    pages = ROOT / "docs" / "how-to" / "lint"
    index = (pages / "index.md").read_text("utf-8")
    for code, about in CODES.items():
        page = (pages / f"{code.lower()}.md").read_text("utf-8")
        assert f'title: "{code} {about.name}"' in page
        assert f"**{about.severity.capitalize()}.**" in page
        assert about.fix in page
        assert f"| [{code}]({code.lower()}.md) |" in index
        assert about.rule is None or f"[{about.rule}](" in page


LOGS = ROOT / "docs" / "how-to" / "logs"


@pytest.mark.parametrize("every", [1, 5, 10])
def test_a_log_is_looked_at_as_its_schedule_is(every):
    wrong = {
        "LR001": transformers.get_cosine_schedule_with_warmup(1e-3, 50, 1000),
        "LR004": torch.CosineAnnealingLR(1e-3, 500),
        "LR010": lrd.warmup_linear(1e-3, 1000, 300),
        "LR011": lrd.Cosine(1e-3, 1000, 3e-4),
        "LR012": lrd.Exponential(1e-3, gamma=0.98),
        "LR017": lrd.Linear(1e-3, 500),
    }
    for code, schedule in wrong.items():
        found = lint(log_of(schedule, range(0, 1000, every)))
        assert code in {one.code for one in found}, (code, found)
        assert all(one.step is None or 0 <= one.step < 1000 for one in found)
    for schedule in (lrd.warmup_cosine(1e-3, 1000, 100), lrd.WSD(1e-3, 1000, 200, 20)):
        assert lint(log_of(schedule, range(0, 1000, every))) == ()
        assert lint(log_of(schedule, range(0, 1000, every)), 1000) == ()


def test_of_a_log_every_group_is_looked_at_and_a_step_that_is_there_twice_counts_once():
    steps = np.array([*range(60), *range(40, 100)])
    good = 1 - steps / 100
    bad = np.where(steps < 90, good, 0.0)
    bad[40:60] = 9.0  # what those steps had before the run was resumed
    found = lint(Log(steps, {"lr": good, "lr-head": bad}))
    assert [(one.code, one.step) for one in found] == [("LR017", 90)]
    assert all(one.message.startswith("group 1 (lr-head): ") for one in found)
    with pytest.raises(ValueError, match="no learning rates"):
        lint(Log(steps, losses={"train": good}))
    with pytest.raises(ValueError, match="log must be one of at least 3"):
        lint(Log(steps[:2], {"lr": good[:2]}))


@pytest.mark.parametrize("name", ["log.csv", "trainer_state.json", "nanochat.txt"])
def test_the_command_looks_at_logs(name):
    assert call(str(LOGS / name)).output == "Nothing to say: the schedule fits the run.\n"
    assert call(str(LOGS / name), "--updates", "200").exit_code == 0
    assert "LR010" in call(str(LOGS / "range-test.csv")).stdout
    assert call(str(LOGS / "nanogpt.txt")).stderr == "lrdecay: this log has no learning rates\n"
