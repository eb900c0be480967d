"""Schedules joined, chained and injected as optax allows, with `jit` and without."""

import numpy as np
import pytest

import lrdecay as lr

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
jnp = jax.numpy

STEPS = 12


def peer(schedule):
    """Return the rates of a schedule as a function of optax's own kind: a table, looked up."""
    table = jnp.asarray(schedule.sample(100))
    return lambda count: table[jnp.clip(count, 0, 99)]


PARTS = [
    lr.Constant(1.0),
    lr.Linear(1.0, 10),
    lr.warmup_cosine(0.5, 8, 3),
    lr.Step(0.3, 2, 0.5),
    lr.CosineRestarts(0.2, 2, 2),
    lr.Linear(1.0, 3).then(lr.Constant(0.1), 2).repeat(4),
]


def test_join_of_the_issue():
    joined = optax.join_schedules([lr.Constant(1.0), lr.Linear(1.0, 10)], [5])
    for call in (joined, jax.jit(joined)):
        assert [float(call(k)) for k in (0, 4, 5, 10)] == [1.0, 1.0, 1.0, 0.5]


def joins():
    """Return pairs of the same join, of our schedules and of tables."""
    for make in (lambda s: s, peer):
        a, b, c, d, e, f = map(make, PARTS)
        inner = optax.join_schedules([c, d], [3])
        yield [
            optax.join_schedules([a, b], [5]),
            optax.join_schedules([b, c, d], [2, 4]),
            optax.join_schedules([inner, optax.join_schedules([e, inner], [2])], [4]),
            optax.join_schedules([f, e], [7]),
        ]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("kind", [int, np.int32, lambda k: jnp.asarray(k, jnp.int32), float])
def test_joined(number, jit, kind):
    ours, theirs = (list(pair)[number] for pair in joins())
    call = jax.jit(ours) if jit else ours
    got = [float(call(kind(k))) for k in range(STEPS)]
    assert got == pytest.approx([float(theirs(k)) for k in range(STEPS)], rel=1e-6, abs=1e-7)


def run(optimizer, *, jit):
    """Return the weights of a run, from a gradient that is 1."""
    weights = {"w": jnp.zeros(2)}
    state = optimizer.init(weights)
    update = jax.jit(optimizer.update) if jit else optimizer.update
    seen = []
    for _ in range(STEPS):
        changes, state = update(jax.tree.map(jnp.ones_like, weights), state, weights)
        weights = optax.apply_updates(weights, changes)
        seen.append(float(weights["w"][0]))
    return seen


OPTIMIZERS = {
    "sgd": optax.sgd,
    "adam": optax.adam,
    "adamw": lambda s: optax.adamw(s, weight_decay=s),
    "scale_by_schedule": lambda s: optax.chain(
        optax.trace(0.9), optax.scale_by_schedule(s), optax.scale(-1.0)
    ),
    "scale_by_learning_rate": lambda s: optax.chain(
        optax.clip(1.0), optax.scale_by_learning_rate(s)
    ),
    "inject": lambda s: optax.inject_hyperparams(optax.sgd)(learning_rate=s, momentum=0.9),
    "inject two": lambda s: optax.inject_hyperparams(optax.adamw)(learning_rate=s, weight_decay=s),
    "multi": lambda s: optax.MultiSteps(optax.sgd(s), 2),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("jit", [False, True])
def test_in_an_optimizer(name, jit):
    whole = PARTS[2]
    got = run(OPTIMIZERS[name](whole), jit=jit)
    assert got == pytest.approx(run(OPTIMIZERS[name](peer(whole)), jit=True), rel=1e-5, abs=1e-6)
    ours, theirs = (list(pair)[1] for pair in joins())
    got = run(OPTIMIZERS[name](ours), jit=jit)
    assert got == pytest.approx(run(OPTIMIZERS[name](theirs), jit=True), rel=1e-5, abs=1e-6)


def test_an_injected_rate_is_seen_in_the_state():
    optimizer = optax.inject_hyperparams(optax.sgd)(learning_rate=lr.Linear(1.0, 4))
    weights = jnp.zeros(())
    state = optimizer.init(weights)
    for k in range(4):
        _, state = optimizer.update(jnp.ones(()), state)
        assert float(state.hyperparams["learning_rate"]) == 1 - k / 4
