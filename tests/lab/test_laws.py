"""Loss-curve laws: against the double sums as printed, limits, published fits, and a refit."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdecay as lrd
from lrdecay.lab import laws
from lrdecay.lab.laws.relaxation import changes, power

MPL = laws.MultiPowerLaw(2.0, 0.5, 0.5, 300.0, 2.0, 0.6, 0.6)
TISSUE = laws.AnnealingLaw(2.0, 0.5, 0.5, 0.4, 0.998)

RATES = st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e-2)), min_size=2, max_size=20).filter(
    lambda rates: rates[0] > 0
)


def by_hand(law, rates):
    """The formulas as printed, update by update."""
    losses = []
    for k in range(len(rates)):
        loss = law.L0 + law.A * sum(rates[: k + 1]) ** -law.alpha
        for i in range(1, k + 1):
            fall = rates[i - 1] - rates[i]
            if isinstance(law, laws.AnnealingLaw):
                loss -= law.C * sum(fall * law.decay ** (n - i) for n in range(i, k + 1))
            elif since := sum(rates[i : k + 1]):
                speed = law.C * max(rates[i], 1e-30) ** -law.gamma
                loss -= law.B * fall * (1 - (1 + speed * since) ** -law.beta)
        losses.append(loss)
    return losses


def pretraining(steps, shape):
    """A schedule as in the published runs: peak 3e-4, a warmup."""
    warmup = steps // 10
    return lrd.Warmup(shape, warmup).sample(steps)


@given(RATES, st.floats(0.05, 3.0), st.floats(0.0, 0.95))
def test_the_multi_power_law_is_its_double_sum(rates, beta, gamma):
    law = laws.MultiPowerLaw(2.0, 0.5, 0.5, 300.0, 2.0, beta, gamma)
    assert law.predict(rates) == pytest.approx(by_hand(law, rates), rel=1e-9)


@given(RATES, st.floats(0.01, 0.999))
def test_the_annealing_law_is_its_double_sum(rates, decay):
    law = laws.AnnealingLaw(2.0, 0.5, 0.5, 0.4, decay)
    assert law.predict(rates) == pytest.approx(by_hand(law, rates), rel=1e-9)


@pytest.mark.parametrize("law", [MPL, TISSUE, laws.PUBLISHED["100M"]])
@pytest.mark.parametrize(
    "shape",
    [
        lrd.Linear(3e-4, 300),
        lrd.Cosine(3e-4, 300, 3e-5),
        lrd.Step(3e-4, 100),
        lrd.CosineRestarts(3e-4, 70),
    ],
)
def test_many_points_take_another_way_to_the_same_losses(law, shape):
    rates = pretraining(300, shape)
    everywhere = law.predict(rates)
    at = np.arange(7, 300, 50)  # few points: the plain sum
    assert law.predict(rates, at=at) == pytest.approx(everywhere[at], rel=1e-10)
    assert everywhere[1:] == pytest.approx(by_hand(law, rates.tolist())[1:], rel=1e-9)


def test_a_power_is_a_mixture_of_exponentials_at_any_speed():
    rates = lrd.Linear(1.0, 400).sample(400)
    found = changes(rates, np.arange(400))
    for beta in (0.05, 1.0, 5.0):
        for speed in (1e-6, 1.0, 1e6):
            scale = np.full(found.drop.size, speed)
            area = np.concatenate([[0.0], np.cumsum(rates)])
            wanted = [
                np.sum((rates[:k] - rates[1 : k + 1])
                       * -np.expm1(-beta * np.log1p(speed * (area[k + 1] - area[1 : k + 1]))))
                for k in range(400)
            ]  # fmt: skip
            assert power(found, scale, beta) == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("law", [MPL, TISSUE])
def test_a_constant_rate_gives_the_power_of_its_area(law):
    rates = np.full(50, 3e-4)
    expected = law.L0 + law.A * (3e-4 * np.arange(1, 51)) ** -law.alpha
    assert law.predict(rates) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("law", [MPL, TISSUE])
def test_a_fall_of_the_rate_helps_first_and_an_early_one_costs_in_the_end(law):
    constant = law.predict(np.full(20_000, 3e-4))
    early = law.predict(np.repeat([3e-4, 3e-5], [5_000, 15_000]))
    late = law.predict(np.repeat([3e-4, 3e-5], [15_000, 5_000]))
    np.testing.assert_allclose(early[:5_000], constant[:5_000], rtol=1e-12)
    assert early[5_200] < constant[5_200] - 0.005
    assert late[-1] < min(constant[-1], early[-1]) - 0.005


@given(st.floats(1e-3, 1.0))
def test_a_rise_raises_the_loss_as_much_as_the_fall_back_lowers_it(low):
    instant = laws.MultiPowerLaw(2.0, 0.0, 1.0, 1.0, 1e12, 1.0, 0.0)
    found = instant.predict([1.0, low, 1.0, low])
    assert found == pytest.approx([2.0, 1.0 + low, 2.0, 1.0 + low], rel=1e-6)


def test_rows_are_independent_and_keep_their_shape():
    rows = np.stack([pretraining(300, shape) for shape in (lrd.Linear(1.0, 300), lrd.Constant(1))])
    together = MPL.predict(rows.reshape(2, 1, 300))
    assert together.shape == (2, 1, 300)
    for row, losses in zip(rows, together[:, 0], strict=True):
        np.testing.assert_array_equal(MPL.predict(row), losses)


@pytest.mark.parametrize("law", [MPL, TISSUE])
def test_the_loss_is_infinite_before_any_progress(law):
    found = law.predict([0.0, 0.0, 1.0])
    assert np.isinf(found).tolist() == [True, True, False]


@pytest.mark.parametrize("law", [MPL, TISSUE])
def test_another_unit_of_rate_changes_no_prediction(law):
    rates = pretraining(200, lrd.Linear(3e-4, 200))
    assert law._for(10.0).predict(10 * rates) == pytest.approx(law.predict(rates), rel=1e-10)


def test_the_published_fits_rank_schedules_as_their_runs_did():
    # 24,000 updates: decay ends lower than none, and the larger model lower than the smaller.
    shapes = (lrd.Cosine(3e-4, 24_000, 3e-5), lrd.WSD(3e-4, 24_000, 4_000, final_lr=3e-5))
    rates = [lrd.Warmup(shape, 2160).sample(24_000) for shape in (*shapes, lrd.Constant(3e-4))]
    found = [law.predict(rates, at=[23_999])[:, 0] for law in laws.PUBLISHED.values()]
    for cosine, wsd, constant in found:
        assert abs(cosine - wsd) < 0.02
        assert constant - cosine > 0.03
    assert (np.diff(found, axis=0) < 0).all()
    assert laws.PUBLISHED.keys() == laws.PUBLISHED_METRICS.keys()


@pytest.mark.parametrize("truth", [laws.PUBLISHED["100M"], TISSUE])
def test_a_fit_to_noisy_curves_predicts_schedules_it_has_not_seen(truth):
    rng = np.random.default_rng(0)
    step = lrd.MultiStep(3e-4, [1500], 0.3)
    curves = []
    for shape in (lrd.Cosine(3e-4, 4000, 3e-5), lrd.Constant(3e-4), step):
        rates = lrd.Warmup(shape, 200).sample(4000)
        at = np.arange(300, 4000, 50)
        noise = np.exp(rng.normal(0.0, 1e-3, at.size))
        curves.append((rates, at, truth.predict(rates, at=at) * noise))
    found = laws.fit(curves, type(truth), points=80)
    assert type(found) is type(truth)
    for shape in (lrd.WSD(3e-4, 4000, 800), lrd.Cosine(3e-4, 8000, 3e-5)):
        rates = lrd.Warmup(shape, 200).sample(shape.total_steps)
        at = np.arange(300, rates.size, 100)
        error = laws.metrics(found.predict(rates, at=at), truth.predict(rates, at=at))
        assert error.worst < 3e-3
        assert error.r2 > 0.999


def test_a_fit_without_noise_finds_the_parameters_of_the_annealing_law():
    curves = []
    for shape in (lrd.Linear(1e-3, 600), lrd.Step(1e-3, 200, 0.3)):
        rates = shape.sample(600)
        at = np.arange(20, 600, 5)
        curves.append((rates, at, TISSUE.predict(rates, at=at)))
    found = laws.fit(curves, laws.AnnealingLaw)
    for name in ("L0", "A", "alpha", "C", "decay"):
        assert getattr(found, name) == pytest.approx(getattr(TISSUE, name), rel=0.02)


def test_metrics_are_those_of_the_definition():
    found = laws.metrics([1.0, 2.0, 4.0], [1.0, 2.5, 3.0])
    assert found.mae == pytest.approx(0.5)
    assert found.rmse == pytest.approx(np.sqrt(1.25 / 3))
    assert found.relative == pytest.approx((0.2 + 1 / 3) / 3)
    assert found.worst == pytest.approx(1 / 3)
    assert found.r2 == pytest.approx(1 - 1.25 / np.sum((np.array([1, 2.5, 3]) - 6.5 / 3) ** 2))


def test_without_scipy_the_error_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "lrdecay.lab.laws.fitting", raising=False)
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(ImportError, match=r"pip install lrdecay\[lab\]"):
        laws.fit([([1.0, 0.5], [0, 1], [3.0, 2.0])])


@pytest.mark.parametrize(
    ("curve", "name"),
    [
        (([-1.0, 1.0], [0, 1], [3.0, 2.0]), "lrs"),
        (([1.0, 1.0], [0, 2], [3.0, 2.0]), "at"),
        (([1.0, 1.0], [1, 0], [3.0, 2.0]), "at"),
        (([1.0, 1.0], [0.0, 1.0], [3.0, 2.0]), "at"),
        (([1.0, 1.0], [0, 1], [3.0, 0.0]), "losses"),
        (([1.0, 1.0], [0, 1], [3.0]), "losses"),
        (([0.0, 1.0], [0, 1], [3.0, 2.0]), "steps"),
        (([[1.0, 1.0]], [0, 1], [3.0, 2.0]), "lrs and losses"),
    ],
)
def test_wrong_curves_are_refused_by_name(curve, name):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        laws.fit([curve])


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"curves": []}, "curves"),
        ({"points": 5}, "points"),
        ({"points": 0}, "points"),
        ({"law": laws.Law}, "law"),
    ],
)
def test_wrong_arguments_of_fit_are_refused_by_name(arguments, name):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        laws.fit(**{"curves": [([1.0, 0.5], [0, 1], [3.0, 2.0])]} | arguments)


def test_wrong_parameters_are_refused_by_name():
    with pytest.raises(ValueError, match=r"^alpha must be"):
        laws.MultiPowerLaw(1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match=r"^decay must be"):
        laws.AnnealingLaw(1.0, 1.0, 1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("predicted", "observed", "name"),
    [
        ([1.0], [1.0, 2.0], "predicted"),
        ([1.0, 2.0], [1.0, 1.0], "observed"),
        ([1.0, 2.0], [0.0, 1.0], "observed"),
        ([float("nan"), 2.0], [1.0, 2.0], "predicted"),
    ],
)
def test_wrong_losses_are_refused_by_name(predicted, observed, name):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        laws.metrics(predicted, observed)


def test_a_law_prints_as_code():
    assert repr(TISSUE) == "AnnealingLaw(L0=2.0, A=0.5, alpha=0.5, C=0.4, decay=0.998)"
    assert eval(repr(MPL), vars(laws)) == MPL
