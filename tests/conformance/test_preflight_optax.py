"""Preflight in optax: before the first update, and at the end, with and without `jit`."""

import pytest

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")

import lrdecay  # noqa: E402 - needs jax
from lrdecay.tuning.preflight.optax import checked  # noqa: E402

T = 40


def train(optimizer, updates=T, state=None, jit=True):
    """Make updates of one weight, and return the optimizer's state."""
    weight = jax.numpy.ones(1)
    state = optimizer.init(weight) if state is None else state

    def step(weight, state):
        change, state = optimizer.update(weight, state, weight)
        return optax.apply_updates(weight, change), state

    made = jax.jit(step) if jit else step
    for _ in range(updates):
        weight, state = made(weight, state)
    return state


def codes(found):
    return [one.code for one in found]


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize(
    "schedule",
    [optax.cosine_decay_schedule(0.1, T), lrdecay.Cosine(0.1, T), lambda k: 0.1 * (1 - k / T)],
)
def test_a_clean_run_says_nothing(schedule, jit):
    rate = checked(schedule, T)
    assert rate.findings == ()
    train(optax.adam(rate), jit=jit)
    assert rate.report() == ()
    assert len(rate.recorder.steps) == T


def test_the_rates_are_those_of_the_schedule():
    schedule = optax.linear_schedule(0.1, 0.0, T)
    rate = checked(schedule, T)
    train(optax.sgd(rate))
    rate.report()
    assert list(rate.recorder.used[0]) == pytest.approx([float(schedule(k)) for k in range(T)])


def test_what_is_wrong_is_found_before():
    short = optax.warmup_cosine_decay_schedule(1e-3, 0.1, 1, 4)
    assert "LR007" in codes(checked(short, T, epochs=4).findings)
    micro = optax.linear_schedule(0.1, 0.0, 4 * T)
    assert "LR007" in codes(checked(micro, T, accumulation=4).findings)


@pytest.mark.parametrize("jit", [True, False])
def test_accumulated_gradients_make_one_update(jit):
    rate = checked(optax.linear_schedule(0.1, 0.0, 10), 10, accumulation=4)
    train(optax.MultiSteps(optax.sgd(rate), 4), 40, jit=jit)
    assert rate.report() == ()


def test_a_state_that_was_not_loaded_is_found():
    state = train(optax.adam(optax.linear_schedule(0.1, 0.0, T)), 25)
    good = checked(optax.linear_schedule(0.1, 0.0, T), T, step=25)
    train(optax.adam(good), T - 25, state)
    assert good.report() == ()
    lost = checked(optax.linear_schedule(0.1, 0.0, T), T, step=25)
    train(optax.adam(lost), T - 25)
    assert codes(lost.report()) == ["LR023"]


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize(
    "make",
    [
        lambda rate: optax.inject_hyperparams(optax.sgd)(learning_rate=rate),
        lambda rate: optax.chain(optax.scale_by_schedule(rate), optax.sgd(rate)),
    ],
)
def test_one_update_may_ask_twice(make, jit):
    rate = checked(optax.linear_schedule(0.1, 0.0, T), T)
    state = train(make(rate), 25, jit=jit)
    rest = checked(optax.linear_schedule(0.1, 0.0, T), T, step=25)
    made = make(rest)
    made.init(jax.numpy.ones(1))  # what a checkpoint is loaded into
    jax.effects_barrier()
    train(made, T - 25, state, jit=jit)
    assert codes(rate.report()) == ["LR025"]
    assert rest.report() == ()


def test_forward_passes_that_are_taken_for_updates_are_found():
    rate = checked(optax.linear_schedule(0.1, 0.0, T), T)
    train(optax.MultiSteps(optax.sgd(rate), 4), T)
    assert codes(rate.report()) == ["LR025"]


def test_a_count_that_begins_again_is_found():
    rate = checked(optax.linear_schedule(0.1, 0.0, T), T)
    train(optax.adam(rate), 25)
    train(optax.adam(rate), 15)
    assert codes(rate.report()) == ["LR023"]


def test_a_run_that_stops_early_is_found():
    rate = checked(optax.linear_schedule(0.1, 0.0, T), T)
    train(optax.adam(rate), 30)
    assert codes(rate.report()) == ["LR025"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"schedule": 0.1}, "schedule must be a schedule, or a function of the count"),
        ({"total_steps": 0}, "total_steps must be"),
        ({"step": T}, "step must be below the 40 updates"),
        ({"total_steps": None}, "total_steps must be given"),
    ],
)
def test_bad_input_is_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        checked(**{"schedule": optax.linear_schedule(0.1, 0.0, T), "total_steps": T} | change)
