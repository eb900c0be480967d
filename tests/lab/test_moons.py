"""The moons lab against the published output, micrograd, scikit-learn and itself."""

import random
import warnings
from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdecay import Cosine
from lrdecay.lab import moons
from lrdecay.lab.moons.net import Net, with_ones
from tests.paths import DATA

PUBLISHED = np.loadtxt(DATA / "micrograd_demo.csv", delimiter=",", skiprows=2)
DEMO = 1.0 - 0.9 * np.arange(100) / 100
ARRAYS = [f.name for f in fields(moons.Run) if f.name != "snapshots"]


def assert_same_bits(one, other):
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.snapshots.keys() == other.snapshots.keys()
    for step, parameters in one.snapshots.items():
        np.testing.assert_array_equal(parameters, other.snapshots[step])


# The published run


def test_demo_repeats_every_published_line():
    run = moons.demo()
    np.testing.assert_allclose(run.loss, PUBLISHED[:, 1], rtol=1e-12, atol=0)
    np.testing.assert_array_equal(run.accuracy, PUBLISHED[:, 2])
    assert not run.diverged


def test_demo_parts_and_snapshots_fit_together():
    run = moons.demo()
    points, labels = moons.data(moons.SEED)
    np.testing.assert_array_equal(run.lr, DEMO)
    np.testing.assert_array_equal(run.snapshots[0], moons.initial(moons.SEED))
    np.testing.assert_array_equal(run.snapshots[100], run.parameters)
    for k in (0, 10, 40, 99):
        score = moons.scores(run.snapshots[k], points)
        assert np.maximum(0, 1 - labels * score).mean() == pytest.approx(run.hinge[k], abs=1e-14)
        assert moons.PENALTY * (run.snapshots[k] ** 2).sum() == pytest.approx(run.penalty[k])
        assert ((score > 0) == (labels > 0)).mean() == run.accuracy[k]
    assert run.hinge[83] > 0
    assert not run.hinge[84:].any()


def check_against_micrograd(steps):
    """Assert that these steps, in their order, are ours; after a gap they start from ours."""
    nn = pytest.importorskip("micrograd.nn")
    engine = pytest.importorskip("micrograd.engine")
    ours = moons.run(DEMO, [moons.SEED], keep=range(len(DEMO) + 1))[0]
    points, labels = moons.data(moons.SEED)
    state = random.getstate()
    random.seed(moons.SEED)
    model = nn.MLP(2, [16, 16, 1])
    random.setstate(state)
    worst = 0.0
    for last, k in pairwise([-1, *steps]):
        if k != last + 1:
            for p, value in zip(model.parameters(), ours.snapshots[k], strict=True):
                p.data = float(value)
        outputs = [model([engine.Value(float(v)) for v in x]) for x in points]
        hinge = [(1 + -float(y) * s).relu() for y, s in zip(labels, outputs, strict=True)]
        loss = sum(hinge) * (1.0 / len(hinge))
        loss += moons.PENALTY * sum(p * p for p in model.parameters())
        right = [(y > 0) == (s.data > 0) for y, s in zip(labels, outputs, strict=True)]
        assert loss.data == pytest.approx(ours.loss[k], rel=1e-12, abs=0)
        assert sum(right) / len(right) == ours.accuracy[k]
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
        parameters = np.array([p.data for p in model.parameters()])
        worst = max(worst, np.abs(parameters - ours.snapshots[k + 1]).max())
    print(f"largest difference of a parameter in {len(steps)} steps: {worst:.3g}")  # noqa: T201
    assert worst < 1e-12


@pytest.mark.parametrize("steps", [(0, 1), (40,), (83, 84, 99)], ids=str)
def test_steps_of_micrograd(steps):
    check_against_micrograd(steps)


@pytest.mark.full
def test_all_steps_of_micrograd():
    check_against_micrograd(range(100))


# Data and initial parameters


@pytest.mark.parametrize("seed", [0, 1, 1337, 2**32 - 1])
@pytest.mark.parametrize(("points", "noise"), [(100, 0.1), (7, 0.3), (2, 0.0)])
def test_data_has_the_bits_of_scikit_learn(seed, points, noise):
    datasets = pytest.importorskip("sklearn.datasets")
    x, y = datasets.make_moons(points, noise=noise, random_state=seed)
    ours, labels = moons.data(seed, points, noise)
    np.testing.assert_array_equal(ours, x)
    np.testing.assert_array_equal(labels, 2 * y - 1)


def test_initial_parameters_are_python_uniforms():
    rng = random.Random(7)
    neurons = [2] * 16 + [16] * 16 + [16]
    expected = [v for n in neurons for v in [*(rng.uniform(-1, 1) for _ in range(n)), 0.0]]
    np.testing.assert_array_equal(moons.initial(7), expected)


def test_nothing_global_is_touched():
    legacy = np.random.mtrand._rand  # what `np.random.seed` seeds
    states = random.getstate(), legacy.get_state(), np.geterr()
    moons.run(DEMO[:3], [1, 2], batch_size=10)
    assert random.getstate() == states[0]
    np.testing.assert_equal(legacy.get_state(), states[1])
    assert np.geterr() == states[2]


def test_data_is_the_callers_own():
    moons.data(3)[0][:] = 0
    moons.data(3)[1][:] = 0
    assert moons.data(3)[0].all()
    assert moons.data(3)[1].all()


# The gradient


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_gradient_is_that_of_finite_differences(seed):
    points, labels = moons.data(seed)
    rng = np.random.default_rng(seed)
    parameters = moons.initial(seed) + 0.1 * rng.normal(size=337)
    net, gradient = Net(1, 100), np.empty((1, 337))
    given_ = parameters[None], with_ones(points)[None], labels[None, None]
    net.forward(*given_)
    net.backward(*given_, gradient)

    def hinge(p):
        return np.maximum(0, 1 - labels * moons.scores(p, points)).mean(axis=-1)

    # Central differences from two widths agree where no kink lies between.
    slopes = []
    for width in (1e-5, 1e-6):
        shift = width * np.eye(337)
        slopes.append((hinge(parameters + shift) - hinge(parameters - shift)) / (2 * width))
    smooth = np.abs(slopes[0] - slopes[1]) < 1e-7
    assert smooth.mean() > 0.5
    np.testing.assert_allclose(gradient[0][smooth], slopes[1][smooth], atol=2e-7)


# Batches


@pytest.mark.parametrize("batch_size", [None, 1, 10, 37])
@settings(deadline=None, max_examples=8)
@given(
    seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=5),
    peaks=st.lists(st.floats(0, 3), min_size=1, max_size=4),
    workers=st.integers(1, 3),
    chunk=st.integers(1, 70),
)
def test_a_run_has_the_same_bits_alone_and_in_company(batch_size, seeds, peaks, workers, chunk):
    options: dict[str, Any] = {"batch_size": batch_size, "keep": (0, 3), "test_points": 50}
    lrs = np.array(peaks)[:, None] * DEMO[:12]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moons.training, "_CHUNK", chunk)
        together = moons.run(lrs, seeds, workers=workers, **options)
    for i in range(len(peaks)):
        for j, seed in enumerate(seeds):
            alone = moons.run(lrs[i], [seed], workers=1, **options)[0]
            assert_same_bits(alone, together[i, j])


def test_long_runs_have_the_same_bits_in_a_full_batch():
    together = moons.run([DEMO, np.ones(100)], range(1300, 1364))
    assert_same_bits(together[0, 37], moons.run(DEMO, [1337])[0])
    assert_same_bits(together[1, 5], moons.run(np.ones(100), [1305])[0])
    np.testing.assert_array_equal(together.loss[0, 37], moons.demo().loss)


def test_a_longer_run_begins_like_a_shorter_one():
    long = moons.run(np.full(300, 0.3), [5], batch_size=10, keep=[150])
    short = moons.run(np.full(150, 0.3), [5], batch_size=10)
    np.testing.assert_array_equal(long.snapshots[150], short.parameters)
    np.testing.assert_array_equal(long.loss[:, :150], short.loss)


def test_minibatch_of_all_points_is_the_full_batch():
    whole = moons.run(DEMO[:30], range(4))
    shuffled = moons.run(DEMO[:30], range(4), batch_size=100)
    np.testing.assert_allclose(shuffled.loss, whole.loss, rtol=1e-9)
    np.testing.assert_array_equal(shuffled.accuracy, whole.accuracy)
    assert (shuffled.parameters != whole.parameters).any()


@pytest.mark.parametrize("batch_size", [None, 10])
def test_curves_cost_nothing_but_time(batch_size):
    with_curves = moons.run(DEMO, range(3), batch_size=batch_size)
    without = moons.run(DEMO, range(3), batch_size=batch_size, curves=False)
    assert with_curves.loss.shape == (3, 100)
    assert without.loss.shape == without.accuracy.shape == (3, 0)
    np.testing.assert_array_equal(without.parameters, with_curves.parameters)
    np.testing.assert_array_equal(without.final_loss, with_curves.final_loss)


def test_leading_axes_and_indexing():
    lrs = np.linspace(0.1, 1, 6).reshape(2, 3, 1) * np.ones(4)
    run = moons.run(lrs, [4, 5], keep=[4])
    assert run.loss.shape == run.lr.shape == (2, 3, 2, 4)
    assert run.final_loss.shape == run.test_accuracy.shape == run.seed.shape == (2, 3, 2)
    assert run.snapshots[4].shape == run.parameters.shape == (2, 3, 2, 337)
    np.testing.assert_array_equal(run.lr, np.broadcast_to(lrs[:, :, None], (2, 3, 2, 4)))
    np.testing.assert_array_equal(run.seed, np.broadcast_to([4, 5], (2, 3, 2)))
    part = run[1, :, 0]
    np.testing.assert_array_equal(part.hinge, run.hinge[1, :, 0])
    np.testing.assert_array_equal(part.snapshots[4], run.snapshots[4][1, :, 0])


def test_schedules_are_sampled():
    schedules = [Cosine(1.0, 8), Cosine(0.5, 8)]
    run = moons.run(schedules, [1], steps=8)
    assert_same_bits(run, moons.run(np.stack([s.sample(8) for s in schedules]), [1]))
    assert_same_bits(run[0], moons.run(schedules[0], [1], steps=8))


# Outcomes


def test_a_learning_rate_of_zero_changes_nothing():
    run = moons.run(np.zeros(3), [2])
    np.testing.assert_array_equal(run.parameters[0], moons.initial(2))
    assert (run.loss == run.final_loss[:, None]).all()


@pytest.mark.parametrize("batch_size", [None, 10])
def test_divergence_is_counted_without_a_warning(batch_size):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = moons.run([np.full(200, 1e9), np.full(200, 0.1)], range(6), batch_size=batch_size)
    np.testing.assert_array_equal(run.diverged, [[True] * 6, [False] * 6])
    assert np.isnan(run.final_loss[0]).any()
    assert ((run.test_accuracy >= 0) & (run.test_accuracy <= 1)).all()


def test_test_accuracy_is_that_of_fresh_points():
    run = moons.run(DEMO, range(20), test_points=400)
    assert (run.test_accuracy * 400 == np.round(run.test_accuracy * 400)).all()
    assert 0.9 < run.test_accuracy.mean() < run.final_accuracy.mean()


def test_scores_broadcast():
    run = moons.run(DEMO[:2], range(3), keep=[1])
    grid = np.stack(np.meshgrid([0.0, 1.0], [0.0, 0.5, 1.0]), axis=-1).reshape(-1, 2)
    together = moons.scores(run.snapshots[1], grid)
    assert together.shape == (3, 6)
    np.testing.assert_allclose(together[1], moons.scores(run.snapshots[1][1], grid), rtol=1e-13)


# Bad input


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("lrs", {"lrs": []}),
        ("lrs", {"lrs": 0.1}),
        ("lrs", {"lrs": [0.1, -0.1]}),
        ("lrs", {"lrs": [0.1, float("nan")]}),
        ("lrs", {"lrs": [0.1, float("inf")]}),
        ("lrs", {"lrs": "fast"}),
        ("lrs", {"lrs": [[0.1], [0.1, 0.2]]}),
        ("lrs", {"lrs": [0.1, 0.1], "steps": 3}),
        ("lrs", {"lrs": [Cosine(1.0, 8), 0.1], "steps": 3}),
        ("steps", {"lrs": Cosine(1.0, 8)}),
        ("steps", {"lrs": Cosine(1.0, 8), "steps": 0}),
        ("seeds", {"seeds": []}),
        ("seeds", {"seeds": [-1]}),
        ("seeds", {"seeds": [2**32]}),
        ("seeds", {"seeds": [0.5]}),
        ("batch_size", {"batch_size": 0}),
        ("batch_size", {"batch_size": 101}),
        ("keep", {"keep": [2]}),
        ("keep", {"keep": [-1]}),
        ("test_points", {"test_points": 1}),
        ("workers", {"workers": 0}),
    ],
)
def test_bad_input_is_named(name, arguments):
    everything: dict[str, Any] = {"lrs": [0.1], "seeds": [0], **arguments}
    with pytest.raises(ValueError, match=f"^{name} must be"):
        moons.run(**everything)


def test_bad_input_of_the_small_functions():
    with pytest.raises(ValueError, match=r"^points must be"):
        moons.data(0, points=1)
    with pytest.raises(ValueError, match=r"^noise must be"):
        moons.data(0, noise=-0.1)
    with pytest.raises(ValueError, match=r"^seed must be"):
        moons.initial(-1)
    with pytest.raises(ValueError, match=r"^parameters must be"):
        moons.scores(np.zeros(336), [[0.0, 0.0]])
    with pytest.raises(ValueError, match=r"^points must be"):
        moons.scores(np.zeros(337), [0.0, 0.0])
