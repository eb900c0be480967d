"""Methods of training: each against a closed form, an unbroken run, or what it must leave alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrdecay import Constant, Linear, Piecewise
from lrdecay.lab.trials import adapters, data, grids, optimizers, questions, records, running
from lrdecay.lab.trials.catalogue import PIECES
from lrdecay.lab.trials.design import PLAIN, Method, Model, Piece
from lrdecay.lab.trials.mlp import initial, layers, parameters
from lrdecay.lab.trials.mlp_training import _layerwise, stacked
from lrdecay.lab.trials.records import Task
from lrdecay.lab.trials.training import train

ADAMW = Model("digits", "mlp", (12, 10), "adamw", 16, 0.1)
WIDTHS = (64, 12, 10, 10)
RATES = np.array([0.01])


@pytest.fixture(scope="module")
def images():
    pytest.importorskip("sklearn")
    found = data.load("digits")
    assert isinstance(found, data.Images)
    return found


def task(schedule=None, updates=40, model=ADAMW, method=PLAIN, **options):
    return Task(
        model,
        (schedule or Linear(0.02, updates),),
        (0, 1),
        ((updates, 16),),
        method=method,
        **options,
    )


def same(a, b):
    return all(np.array_equal(a[name], b[name]) for name in a.keys() & b.keys())


# --- training before ------------------------------------------------------------------------------


def test_a_run_cut_in_two_with_its_state_is_the_unbroken_run(images):
    whole = stacked(task(Constant(0.02)), images)
    first = task(Constant(0.02), 25)
    rest = task(Constant(0.02), 15, method=Method(kept=True), before=first)
    again = stacked(rest, images)
    for name in ("train_loss", "valid_loss", "test_loss", "accuracy"):
        assert np.array_equal(whole[name], again[name])
    fresh = stacked(replace(rest, method=PLAIN), images)
    assert not np.array_equal(whole["test_loss"], fresh["test_loss"])


def test_at_rate_zero_a_run_stays_where_it_started(images):
    before = task(Constant(0.02), 25)
    after = stacked(task(Constant(0.0), 5, before=before), images)
    assert same({"test_loss": stacked(before, images)["test_loss"]}, after)


def test_the_training_before_runs_where_the_arm_does():
    piece = PIECES["text-tuned-100"]
    (task, *_) = running.tasks(piece, piece.arms[0], -12, range(2), "cuda")
    assert task.before is not None
    assert (task.device, task.before.device) == ("cuda", "cuda")
    assert task.before.seeds == task.seeds


def test_other_classes_get_a_last_layer_of_their_own():
    from lrdecay.lab.trials.mlp_training import _taken_over

    flat, fresh = (np.stack([initial(seed, WIDTHS)]) for seed in (1, 2))
    new = _taken_over(flat, fresh, WIDTHS, "fashion-early", task())
    assert np.array_equal(layers(new, WIDTHS)[0], layers(flat, WIDTHS)[0])
    assert np.array_equal(layers(new, WIDTHS)[-1], layers(fresh, WIDTHS)[-1])
    assert np.array_equal(_taken_over(flat, fresh, WIDTHS, "digits", task()), flat)


# --- adapters -------------------------------------------------------------------------------------


def test_adapters_begin_where_the_weights_are():
    flat = np.repeat(initial(0, WIDTHS)[None], 3, axis=0)
    before = flat.copy()
    adapters.Adapters(flat, WIDTHS, 2, (0, 1, 2), 1).write()
    assert np.array_equal(flat, before)


def test_the_slope_of_adapters_is_that_of_the_loss():
    """Finite differences of a linear loss of the weights, in float64."""
    rng = np.random.default_rng(0)
    flat = initial(0, WIDTHS)[None].astype(np.float64)
    found = adapters.Adapters(flat, WIDTHS, 2, (0,), 1)
    found.trained += 0.1 * rng.standard_normal(found.trained.shape)
    gradient = rng.standard_normal(flat.shape)
    slope, start = found.slope(gradient), found.trained.copy()
    for i in rng.integers(0, start.size, 30):
        ends = []
        for sign in (1, -1):
            found.trained[:] = start
            found.trained[0, i] += sign * 1e-5
            found.write()
            ends.append(float((gradient * flat).sum()))
        assert slope[0, i] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5, abs=1e-7)


def test_adapters_move_hidden_matrices_by_their_rank_alone(images):
    before = task(Constant(0.02), 25)
    flat = np.repeat(initial(0, WIDTHS)[None], 1, axis=0)
    found = adapters.Adapters(flat, WIDTHS, 2, (0,), 1)
    start = flat.copy()
    found.trained += 0.1
    found.write()
    moved = [
        new - old for new, old in zip(layers(flat, WIDTHS), layers(start, WIDTHS), strict=True)
    ]
    for change in moved[:-1]:
        assert np.linalg.matrix_rank(change[0, :, :-1], tol=1e-4) <= 2
        assert not change[0, :, -1].any()  # biases
    assert np.isfinite(
        stacked(task(method=Method(rank=2), before=before), images)["test_loss"]
    ).all()


# --- optimizers -----------------------------------------------------------------------------------


def test_weight_decay_alone_in_closed_form():
    """With no gradient, weights shrink by the product of what is kept."""
    lrs = np.array([0.1, 0.05, 0.0])
    for pull, expected in ((None, lrs), (np.array([0.1]), np.full(3, 0.1)), (lrs**2 / 0.1, None)):
        weights = np.ones((1, 4))
        optimizer = optimizers.AdamW(weights, 0.5, 0.99)
        for k, lr in enumerate(lrs):
            if pull is not None:
                optimizer.pull = pull if len(pull) == 1 else pull[k : k + 1]
            optimizer.update(weights, np.zeros((1, 4)), np.array([lr]))
        rates = lrs**2 / 0.1 if expected is None else expected
        assert weights == pytest.approx(np.prod(1 - 0.5 * rates))


@pytest.mark.parametrize(
    ("decay", "rates"),
    [("constant", [0.02] * 4), ("with the square", [0.02, 0.01125, 0.005, 0.00125])],
)
def test_a_run_pulls_its_weights_as_its_method_says(images, decay, rates, monkeypatch):
    seen = []
    update = optimizers.AdamW.update

    def spy(self, *arguments):
        seen.append(float(self.pull[0]))
        update(self, *arguments)

    monkeypatch.setattr(optimizers.AdamW, "update", spy)
    stacked(task(updates=4, method=Method(decay=decay)), images)
    assert seen == pytest.approx(rates)


def test_means_that_move_and_stay_are_plain(images):
    moving = Method(momentum=(0.9, 0.9), beta2=(0.999, 0.999))
    plain, moved = (stacked(task(method=method), images) for method in (PLAIN, moving))
    assert moved["test_loss"] == pytest.approx(plain["test_loss"], rel=1e-3)


def test_a_mean_that_moves_is_unbiased():
    """Of equal gradients any weighted mean is the gradient: the first step has size 1."""
    weights = np.zeros((1, 3))
    optimizer = optimizers.AdamW(weights, 0.0, 0.9)
    for beta in (0.9, 0.99, 0.95, 0.5):
        optimizer.beta1 = optimizer.beta2 = np.array([[beta]])
        before = weights.copy()
        optimizer.update(weights, np.full((1, 3), 2.0), RATES)
        assert before - weights == pytest.approx(np.full((1, 3), 0.01))


def test_a_state_that_was_kept_goes_on_when_its_mean_moves():
    plain, moving = (optimizers.AdamW(np.zeros((1, 2)), 0.0, 0.9) for _ in range(2))
    a, b = np.zeros((1, 2)), np.zeros((1, 2))
    for k in range(6):
        gradient = np.full((1, 2), k - 2.5)
        if k == 3:
            moving.beta1, moving.beta2 = np.array([[0.9]]), np.array([[0.9]])
        plain.update(a, gradient, RATES)
        moving.update(b, gradient, RATES)
    assert a == pytest.approx(b, rel=1e-12)


def test_momentum_moves_with_the_rate(images, monkeypatch):
    seen = []
    update = optimizers.SGD.update

    def spy(self, *arguments):
        seen.append(float(self.momentum[0, 0]))
        update(self, *arguments)

    monkeypatch.setattr(optimizers.SGD, "update", spy)
    model = replace(ADAMW, optimizer="sgd")
    rates = Piecewise((2, 4), (0.0, 0.1, 0.0), "linear")
    stacked(task(rates, 4, model, Method(momentum=(0.8, 1.0))), images)
    assert seen == pytest.approx([1.0, 0.9, 0.8, 0.9])


@pytest.mark.parametrize("shape", [(3, 5, 8), (2, 8, 5), (1, 6, 6)])
def test_muon_comes_near_the_orthogonal_factor(shape):
    """Singular values go to between 0.7 and 1.2, and singular vectors stay."""
    matrices = np.random.default_rng(1).standard_normal(shape)
    found = optimizers.orthogonal(matrices)
    u, _, v = np.linalg.svd(matrices, full_matrices=False)
    inner = u.swapaxes(1, 2) @ found @ v.swapaxes(1, 2)
    diagonal = np.einsum("rii->ri", inner)
    assert np.all((diagonal > 0.6) & (diagonal < 1.25))
    assert np.allclose(inner, diagonal[:, :, None] * np.eye(inner.shape[1]), atol=1e-8)


def test_muon_moves_hidden_matrices_and_adamw_all_else():
    flat = np.stack([initial(0, WIDTHS)]).astype(np.float64)
    rng = np.random.default_rng(2)

    def hidden(array):
        return [layer[:, :, :-1] for layer in layers(array, WIDTHS)[:-1]]

    a, b = flat.copy(), flat.copy()
    muon, adamw = optimizers.Muon(a, 0.1, 0.99, hidden), optimizers.AdamW(b, 0.1, 0.99)
    gradient = rng.standard_normal(flat.shape)
    muon.update(a, gradient, RATES)
    adamw.update(b, gradient, RATES)
    for new, other in zip(hidden(a), hidden(b), strict=True):
        assert not np.isclose(new, other).all()
        new[...] = other[...] = 0.0
    assert np.array_equal(a, b)
    step = 0.01 * 0.2 * 64**0.5 * optimizers.orthogonal(1.95 * hidden(gradient)[0])
    muon_step = (1 - 0.001) * hidden(flat)[0] - step
    moved = flat.copy()
    optimizers.Muon(moved, 0.1, 0.99, hidden).update(moved, gradient, RATES)
    assert hidden(moved)[0] == pytest.approx(muon_step)


def test_layers_learn_slower_the_lower_they_are():
    scale = layers(_layerwise(0.5, WIDTHS), WIDTHS)
    assert [np.unique(layer).tolist() for layer in scale] == [[0.25], [0.5], [1.0]]
    assert sum(layer.size for layer in scale) == parameters(WIDTHS)


def test_clipping_bounds_the_step_and_a_high_bound_does_nothing(images):
    model = replace(ADAMW, optimizer="sgd", weight_decay=0.0)
    free, high, low = (
        stacked(task(model=model, method=Method(clip=clip)), images) for clip in (0.0, 1e6, 1e-3)
    )
    assert free["test_loss"] == pytest.approx(high["test_loss"], rel=1e-4)
    assert np.all(low["test_loss"] > free["test_loss"])  # hardly moved


# --- what is looked at ----------------------------------------------------------------------------


def test_a_watched_run_is_the_run(images):
    plain, watched = (stacked(task(method=Method(watched=w)), images) for w in (False, True))
    assert same(plain, watched)
    assert watched["test_looks"].shape == (1, 2, records.LOOKS)
    assert np.array_equal(watched["test_looks"][..., -1], watched["test_loss"])
    assert watched["rounded_8"] == pytest.approx(watched["test_loss"], rel=0.02)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_rounding_is_by_half_a_step_at_most(bits):
    weights = np.random.default_rng(3).standard_normal((2, 5, 7)).astype(np.float32)
    found = records.rounded(weights, bits)
    most = np.abs(weights).max(axis=(1, 2), keepdims=True)
    assert np.all(np.abs(found - weights) <= most / (2 ** (bits - 1) - 1) / 2 * (1 + 1e-5))
    assert all(len(np.unique(matrix)) <= 2**bits - 1 for matrix in found)
    assert not records.rounded(np.zeros((1, 2, 2), np.float32), bits).any()


def test_five_checkpoints_are_evenly_spaced_and_their_mean_is_theirs():
    mean = records.Mean("last_20_by_5", 100)
    for k in range(100):
        mean.add(k, np.array([float(k + 1)]))
    assert mean.value() == pytest.approx(np.mean([84, 88, 92, 96, 100]))


def test_halves_of_the_images_share_no_class():
    found = {name: data.CLASSES[name] for name in ("fashion-early", "fashion-late")}
    assert set(found.values()) == {5}
    rng = np.random.default_rng(4)
    part = (rng.standard_normal((4000, 3)).astype(np.float32), rng.integers(0, 10, 4000))
    whole = data.Images(part, part, part)
    early, late = (data._half(whole, late=late) for late in (False, True))
    assert set(early.train[1]) == set(late.valid[1]) == set(range(5))
    assert len(late.train[1]) == data.FEW
    assert len(early.test[1]) + len(late.test[1]) == 4000
    assert grids.FASHION_ADAMW.data == "fashion"


# --- effects, on data that anybody has ------------------------------------------------------------


@pytest.mark.slow
def test_signs_of_effects_on_the_digits():
    """Six signs that the trials on Fashion-MNIST found, with AdamW and with SGD."""
    pytest.importorskip("sklearn")
    adamw = replace(grids.DIGITS, optimizer="adamw", weight_decay=0.1)
    run = questions.Run(adamw, 300, grids.around(-12, 2))
    arms = (
        run.arm("constant", "constant"),
        run.arm("linear", "linear"),
        run.arm("decay_constant", "linear", decay="constant"),
        run.arm("decay_square", "linear", decay="with the square"),
        run.arm("clipped", "linear", clip=1.0),
        run.arm("watched", "linear", watched=True),
    )
    found = judged(adamw, arms)
    loss = {name: result["test_loss"].mean() for name, result in found.items()}
    assert loss["constant"] > loss["linear"]
    assert loss["decay_constant"] > loss["linear"] > loss["decay_square"]
    assert loss["linear"] > loss["clipped"]
    rounded = {bits: found["watched"][f"rounded_{bits}"].mean() for bits in records.BITS}
    assert rounded[4] > rounded[8] == pytest.approx(loss["watched"], rel=0.01)
    sgd = questions.Run(grids.DIGITS, 300, grids.around(-7, 2))
    found = judged(grids.DIGITS, (sgd.arm("linear", "linear"), sgd.arm("clip", "linear", clip=1.0)))
    assert found["linear"]["test_loss"].mean() > found["clip"]["test_loss"].mean()


def judged(model, arms):
    piece = Piece("digits", "digits", model, arms, range(1000, 1002), range(12), 0.0, 0.0)
    done = running.judge(piece, lambda tasks: [train(task, "", "") for task in tasks])
    return {arm.arm.name: arm.judging[arm.best] for arm in done}
