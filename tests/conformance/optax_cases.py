"""How the tests drive optax, and the cases that the golden file keeps."""

import jax
import numpy as np
import optax

from lrdecay.dialects import optax as ours

FOLD = "reduce_on_plateau"


def peer(name):
    return getattr(optax.contrib if name == FOLD else optax.schedules, name)


def theirs(name, steps, **kwargs):
    with jax.enable_x64(True):
        if name == FOLD:
            return fold(kwargs.pop("metrics"), **kwargs)
        schedule = made(peer, name, **kwargs)
        # All steps at once, as one by one takes seconds; most of optax takes an array by itself.
        one = lambda k: jax.numpy.asarray(schedule(k), jax.numpy.float64)  # noqa: E731
        return np.asarray(jax.vmap(one)(jax.numpy.arange(steps)))


def fold(metrics, lr, **kwargs):
    transform = optax.contrib.reduce_on_plateau(**kwargs)
    weight = jax.numpy.zeros((), jax.numpy.float64)
    state, rates = transform.init(weight), []
    with jax.disable_jit():  # compiling it takes longer than running it
        for metric in metrics:
            step, state = transform.update(weight + lr, state, weight, value=metric)
            rates.append(float(step))
    return rates


def made(namespace, name, **kwargs):
    """Make a schedule from arguments that JSON can hold."""
    if name == "join_schedules":
        parts = [made(namespace, part, **rest) for part, rest in kwargs["schedules"]]
        return namespace(name)(parts, kwargs["boundaries"])
    if kwargs.get("boundaries_and_scales") is not None:
        pairs = dict(kwargs["boundaries_and_scales"])
        kwargs = kwargs | {"boundaries_and_scales": pairs}
    return namespace(name)(**kwargs)


def mine(name):
    return getattr(ours, name)


WARM = {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 3}

CASES = [
    ("constant_schedule", {"value": 0.3}),
    (
        "polynomial_schedule",
        {"init_value": 1.0, "end_value": 0.1, "power": 2, "transition_steps": 4},
    ),
    (
        "polynomial_schedule",
        {
            "init_value": 0.5,
            "end_value": 1.0,
            "power": 0.5,
            "transition_steps": 6,
            "transition_begin": 3,
        },
    ),
    (
        "polynomial_schedule",
        {"init_value": 0.5, "end_value": 1.0, "power": 2, "transition_steps": 0},
    ),
    (
        "linear_schedule",
        {"init_value": 1.0, "end_value": 0.1, "transition_steps": 5, "transition_begin": -2},
    ),
    (
        "piecewise_constant_schedule",
        {"init_value": 1.0, "boundaries_and_scales": [[3, 0.1], [8, 3.0]]},
    ),
    (
        "piecewise_constant_schedule",
        {"init_value": 1.0, "boundaries_and_scales": [[6, 0.0], [0, 0.5]]},
    ),
    ("piecewise_constant_schedule", {"init_value": 0.7}),
    *(
        (
            "piecewise_interpolate_schedule",
            {
                "interpolate_type": kind,
                "init_value": 1.0,
                "boundaries_and_scales": [[9, 0.1], [4, 2.0], [12, 0.0]],
            },
        )
        for kind in ("linear", "cosine")
    ),
    ("exponential_decay", {"init_value": 1.0, "transition_steps": 4, "decay_rate": 0.5}),
    (
        "exponential_decay",
        {
            "init_value": 1.0,
            "transition_steps": 2,
            "decay_rate": 0.5,
            "transition_begin": 2,
            "staircase": True,
            "end_value": 0.3,
        },
    ),
    (
        "exponential_decay",
        {"init_value": 1.0, "transition_steps": 3, "decay_rate": 2.0, "end_value": 5.0},
    ),
    ("exponential_decay", {"init_value": 1.0, "transition_steps": 3, "decay_rate": 0}),
    ("cosine_decay_schedule", {"init_value": 1.0, "decay_steps": 4, "alpha": 0.1}),
    ("cosine_decay_schedule", {"init_value": 0.3, "decay_steps": 11, "exponent": 2.5}),
    ("linear_onecycle_schedule", {"transition_steps": 12, "peak_value": 1.0}),
    ("linear_onecycle_schedule", {"transition_steps": 3, "peak_value": 1.0}),
    ("linear_onecycle_schedule", {"transition_steps": 12, "peak_value": 1.0, "pct_final": 1.0}),
    ("cosine_onecycle_schedule", {"transition_steps": 10, "peak_value": 1.0}),
    (
        "cosine_onecycle_schedule",
        {"transition_steps": 10, "peak_value": 1.0, "pct_start": 1.0, "div_factor": 4.0},
    ),
    ("warmup_constant_schedule", WARM),
    ("warmup_constant_schedule", WARM | {"warmup_steps": 0}),
    ("warmup_cosine_decay_schedule", WARM | {"decay_steps": 8, "end_value": 0.1}),
    ("warmup_cosine_decay_schedule", WARM | {"decay_steps": 8, "warmup_steps": 0, "exponent": 0.5}),
    (
        "warmup_exponential_decay_schedule",
        WARM | {"transition_steps": 4, "decay_rate": 0.5, "end_value": 0.2},
    ),
    (
        "warmup_exponential_decay_schedule",
        WARM | {"transition_steps": 4, "decay_rate": 1.5, "staircase": True, "end_value": 0.4},
    ),
    (
        "sgdr_schedule",
        {
            "cosine_kwargs": [
                WARM | {"warmup_steps": 1, "decay_steps": 4, "end_value": 0.1},
                WARM | {"peak_value": 0.5, "warmup_steps": 1, "decay_steps": 6, "end_value": 0.05},
            ]
        },
    ),
    (
        "join_schedules",
        {
            "schedules": [
                ["constant_schedule", {"value": 0.5}],
                ["cosine_decay_schedule", {"init_value": 1.0, "decay_steps": 5}],
                ["linear_schedule", {"init_value": 1.0, "end_value": 0.0, "transition_steps": 4}],
            ],
            "boundaries": [2, 9],
        },
    ),
    (
        FOLD,
        {
            "lr": 0.5,
            "patience": 2,
            "cooldown": 1,
            "min_scale": 0.02,
            "metrics": [3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0],
        },
    ),
]

ROWS = [
    ("polynomial_schedule", (1.0, 0.1, 2, 4), "1 .6063 .325 .1562 .1 .1 .1"),
    ("piecewise_constant_schedule", (1.0, {3: 0.1}), "1 1 1 .1 .1"),
    ("exponential_decay", (1.0, 4, 0.5), "1 .8409 .7071 .5946 .5 .4204 .3536"),
    ("exponential_decay", (1.0, 2, 0.5, 2, True, 0.3), "1 1 1 1 .5 .5 .3 .3 .3"),
    ("cosine_decay_schedule", (1.0, 4, 0.1), "1 .8682 .55 .2318 .1 .1 .1"),
    (
        "warmup_cosine_decay_schedule",
        (0.0, 1.0, 3, 8, 0.1),
        "0 .3333 .6667 1 .9141 .6891 .4109 .1859 .1 .1 .1",
    ),
    (
        "cosine_onecycle_schedule",
        (10, 1.0),
        ".04 .28 .76 1 .9505 .8117 .6113 .3887 .1883 .0495 0",
    ),
    ("linear_onecycle_schedule", (20, 1.0), ".04 .2 .36 .52 .68 .84 1 .9127"),
]
