"""The dialect of Keras against Keras on its torch backend, the only one with a cosine in float64.

Run as a program it writes the golden file.
"""

import inspect
import math
import os
import types

import golden
import harness
import numpy as np
import pytest
from folds import Replay
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdecay.dialects import keras as ours

pytest.importorskip("torch")
os.environ["KERAS_BACKEND"] = "torch"
keras = pytest.importorskip("keras")

FOLD = "ReduceLROnPlateau"


@pytest.fixture(autouse=True)
def float64():
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx(before)


def peer(name):
    return getattr(keras.callbacks if name == FOLD else keras.optimizers.schedules, name)


def theirs(name, steps, **kwargs):
    if name == FOLD:
        return fold(kwargs.pop("metrics"), **kwargs)
    schedule = peer(name)(**kwargs)
    return [float(schedule(k)) for k in range(steps)]


def fold(metrics, lr, **kwargs):
    optimizer = types.SimpleNamespace(learning_rate=np.float64(lr))
    callback = peer(FOLD)(**kwargs)
    callback.set_model(types.SimpleNamespace(optimizer=optimizer, metrics=[]))
    callback.on_train_begin()
    rates = []
    for epoch, metric in enumerate(metrics):
        callback.on_epoch_end(epoch, {kwargs.get("monitor", "val_loss"): np.float64(metric)})
        rates.append(float(optimizer.learning_rate))
    return rates


def agree(name, steps, **kwargs):
    # (initial - end) + end loses digits where the end is the larger, though it is never reached.
    among = kwargs.get("end_learning_rate", 0.0)
    own = getattr(ours, name)(**kwargs)
    harness.agree("keras", name, theirs(name, steps, **kwargs), own, among=among)


def case(name, initial, steps, **kwargs):
    first = "first_decay_steps" if name == "CosineDecayRestarts" else "decay_steps"
    return name, {"initial_learning_rate": initial, first: steps} | kwargs


CASES = [
    case("ExponentialDecay", 1.0, 4, decay_rate=0.5),
    case("ExponentialDecay", 0.3, 3, decay_rate=0.7, staircase=True),
    case("ExponentialDecay", 0.3, 1, decay_rate=1.1),
    ("PiecewiseConstantDecay", {"boundaries": [3], "values": [1.0, 0.1]}),
    ("PiecewiseConstantDecay", {"boundaries": [0, 4, 9], "values": [1.0, 0.5, 0.0, 2.0]}),
    case("PolynomialDecay", 1.0, 4, end_learning_rate=0.1, power=2.0),
    case("PolynomialDecay", 1.0, 4, end_learning_rate=0.1, cycle=True),
    case("PolynomialDecay", 1e-5, 7),
    case("InverseTimeDecay", 1.0, 2, decay_rate=0.5),
    case("InverseTimeDecay", 0.3, 4, decay_rate=2.0, staircase=True),
    case("CosineDecay", 1.0, 4, alpha=0.1),
    case("CosineDecay", 0.0, 5, alpha=0.1, warmup_target=1.0, warmup_steps=3),
    case("CosineDecay", 0.5, 5, warmup_target=0.2, warmup_steps=3),
    case("CosineDecay", 0.5, 5, warmup_steps=3),
    case("CosineDecay", 0.5, 5, warmup_target=1.0),
    case("CosineDecayRestarts", 1.0, 2, m_mul=0.5, alpha=0.1),
    case("CosineDecayRestarts", 1.0, 5, t_mul=1.0, m_mul=0.8),
    case("CosineDecayRestarts", 0.3, 3, t_mul=1.5, alpha=0.2),
    (
        FOLD,
        {
            "lr": 0.5,
            "patience": 2,
            "cooldown": 2,
            "min_lr": 0.002,
            "metrics": [3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0],
        },
    ),
]

ROWS = [
    ("PiecewiseConstantDecay", ([3], [1.0, 0.1]), "1 1 1 1 .1 .1"),
    ("InverseTimeDecay", (1.0, 2, 0.5), "1 .8 .6667 .5714 .5 .4444"),
    ("ExponentialDecay", (1.0, 4, 0.5), "1 .8409 .7071 .5946 .5 .4204 .3536"),
    ("PolynomialDecay", (1.0, 4, 0.1, 2.0), "1 .6063 .325 .1562 .1 .1 .1"),
    (
        "PolynomialDecay",
        (1.0, 4, 0.1, 1.0, True),
        "1 .775 .55 .325 .1 .4375 .325 .2125 .1 .325 .25 .175 .1",
    ),
    ("CosineDecay", (1.0, 4, 0.1), "1 .8682 .55 .2318 .1 .1 .1"),
    (
        "CosineDecay",
        (0.0, 5, 0.1, 1.0, 3),
        "0 .3333 .6667 1 .9141 .6891 .4109 .1859 .1 .1 .1",
    ),
    (
        "CosineDecayRestarts",
        (1.0, 2, 2.0, 0.5, 0.1),
        "1 .55 .55 .4841 .325 .1659 .325 .3164 .2921 .2556 .2125 .1694 .133 .1086 .2125",
    ),
]


@pytest.mark.parametrize(("name", "kwargs"), [case for case in CASES if case[0] != FOLD])
def test_case(name, kwargs):
    agree(name, 40, **kwargs)


@pytest.mark.parametrize(("name", "args", "row"), ROWS)
def test_rows_of_the_reference(name, args, row):
    want = [float(rate) for rate in row.split()]
    assert getattr(ours, name)(*args).sample(len(want)) == pytest.approx(want, abs=6e-5)


rates = st.floats(1e-5, 10.0) | st.sampled_from([0.0, 1.0])
steps = st.integers(1, 15)


@given(rates, steps, st.floats(0.1, 1.5), st.booleans())
def test_exponential_and_inverse_time(initial, length, rate, stairs):
    given_ = {"initial_learning_rate": initial, "decay_steps": length, "staircase": stairs}
    agree("ExponentialDecay", 30, **given_, decay_rate=rate)
    agree("InverseTimeDecay", 30, **given_, decay_rate=rate - 0.1)


@given(rates, steps, rates, st.sampled_from([0.0, 1.0, 2.0]) | st.floats(0.1, 4.0), st.booleans())
def test_polynomial(initial, length, end, power, cycle):
    agree("PolynomialDecay", 35, initial_learning_rate=initial, decay_steps=length)
    agree(
        "PolynomialDecay",
        35,
        initial_learning_rate=initial,
        decay_steps=length,
        end_learning_rate=end,
        power=power,
        cycle=cycle,
    )


@given(st.sets(st.integers(0, 20), min_size=1, max_size=4), st.lists(rates, min_size=5, max_size=5))
def test_piecewise(boundaries, values):
    values = values[: len(boundaries) + 1]
    agree("PiecewiseConstantDecay", 24, boundaries=sorted(boundaries), values=values)


@given(rates, steps, rates, st.none() | rates, st.integers(0, 8))
def test_cosine(initial, length, alpha, target, warmup):
    agree(
        "CosineDecay",
        30,
        initial_learning_rate=initial,
        decay_steps=length,
        alpha=alpha,
        warmup_target=target,
        warmup_steps=warmup,
    )


@settings(max_examples=40)
@given(
    rates,
    steps,
    st.sampled_from([1.0, 2.0, 3.0, 1.5, 1.25, 2.5]),
    st.sampled_from([1.0, 0.5]) | st.floats(0.1, 1.2),
    st.sampled_from([0.0, 1.0]) | st.floats(0.0, 1.0),
)
def test_restarts(initial, length, growth, height, alpha):
    agree(
        "CosineDecayRestarts",
        40,
        initial_learning_rate=initial,
        first_decay_steps=length,
        t_mul=growth,
        m_mul=height,
        alpha=alpha,
    )


def test_keras_loses_restarts_that_the_dialect_has():
    missed = 0
    for growth in (2, 3, 5, 6, 7, 10):
        # Which are missed depends on how the machine rounds a logarithm.
        at = np.cumsum([growth**i for i in range(16) if growth**i < 2**22])
        schedule = peer("CosineDecayRestarts")(np.float32(1.0), 1, t_mul=float(growth))
        found = np.array([float(schedule(k)) for k in at.tolist()])
        low = found < 0.5
        np.testing.assert_allclose(found[low], 0.0, atol=1e-5)
        np.testing.assert_allclose(found[~low], 1.0, atol=1e-5)
        missed += low.sum()
        assert (ours.CosineDecayRestarts(1.0, 1, t_mul=float(growth))(at) == 1.0).all()
    assert missed > 0


@pytest.mark.parametrize("name", ["ExponentialDecay", "InverseTimeDecay"])
def test_keras_cuts_to_whole_numbers_what_the_dialect_refuses(name):
    cut = [float(peer(name)(1, 2, 0.5)(k)) for k in range(4)]
    assert cut == {"ExponentialDecay": [1, 0, 0, 0], "InverseTimeDecay": [1, 1, 1, 1]}[name]
    with pytest.raises(ValueError, match="initial_learning_rate must be a float"):
        getattr(ours, name)(1, 2, 0.5)


@pytest.mark.parametrize("name", sorted(set(ours.SCHEDULERS) - {FOLD, "PiecewiseConstantDecay"}))
def test_refuses_what_its_peer_refuses(name):
    rest = (0.5,) if name in ("ExponentialDecay", "InverseTimeDecay") else ()
    for make in (peer(name), getattr(ours, name)):
        with pytest.raises(ValueError, match="decay_steps"):
            make(1.0, 0, *rest)


def test_piecewise_refuses_what_its_peer_refuses():
    for make in (peer("PiecewiseConstantDecay"), ours.PiecewiseConstantDecay):
        with pytest.raises(ValueError, match="boundaries"):
            make([1, 2], [1.0, 0.5])


metrics = st.lists(
    st.floats(-2.0, 2.0) | st.sampled_from([1.0, 0.5, math.nan, math.inf]), min_size=1, max_size=40
)


@given(
    metrics,
    st.fixed_dictionaries(
        {"lr": st.sampled_from([1.0, 0.3])},
        optional={
            "factor": st.sampled_from([0.3, 0.5]),
            "patience": st.integers(0, 4),
            "mode": st.sampled_from(["auto", "min", "max"]),
            "min_delta": st.sampled_from([0.0, 0.2, -0.1]),
            "cooldown": st.integers(0, 3),
            "min_lr": st.sampled_from([0.0, 0.05, 0.7, 1.5]),
        },
    ),
)
def test_reduce_on_plateau(values, kwargs):
    want = fold(values, **kwargs)
    harness.agree("keras", FOLD, want, Replay(ours.ReduceLROnPlateau(**kwargs).history(values)))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_plateau_with_a_real_optimizer():
    values = [3.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0]
    optimizer = keras.optimizers.SGD(learning_rate=0.5)
    callback = keras.callbacks.ReduceLROnPlateau(patience=2)
    callback.set_model(types.SimpleNamespace(optimizer=optimizer, metrics=[]))
    callback.on_train_begin()
    rates = []
    for epoch, metric in enumerate(values):
        callback.on_epoch_end(epoch, {"val_loss": metric})
        rates.append(float(optimizer.learning_rate))
    assert rates == pytest.approx(ours.ReduceLROnPlateau(0.5, patience=2).history(values), rel=1e-6)


def test_plateau_refuses_what_its_peer_refuses():
    with pytest.raises(ValueError, match="factor"):
        peer(FOLD)(factor=1.0)
    with pytest.raises(ValueError, match="factor must be"):
        ours.ReduceLROnPlateau(1.0, factor=1.0)


def test_every_name_of_the_peer_is_known():
    public = {name for name in dir(keras.optimizers.schedules) if not name.startswith("_")}
    public |= {
        name
        for name in dir(keras.callbacks)
        if any(word in name for word in ("LR", "LearningRate", "Schedule"))
    }
    assert public == set(ours.SCHEDULERS) | set(ours.NOT_SCHEDULES)
    assert set(ours.__all__) == set(ours.SCHEDULERS)


def test_arguments_are_the_peers():
    for name in ours.SCHEDULERS:
        want = {
            n: p.default
            for n, p in inspect.signature(peer(name)).parameters.items()
            if n not in ("name", "verbose", "kwargs")
        }
        given_ = {
            n: p.default for n, p in inspect.signature(getattr(ours, name)).parameters.items()
        }
        assert [(n, d) for n, d in given_.items() if n != "lr"] == list(want.items()), name


if __name__ == "__main__":
    keras.config.set_floatx("float64")
    golden.write("keras", "keras", CASES, theirs)
