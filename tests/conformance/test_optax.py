"""The dialect of optax against optax, in float64.

Run as a program it writes the golden file.
"""

import inspect
import math

import golden
import harness
import pytest
from folds import Replay
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdecay.dialects import optax as ours

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")
from optax_cases import CASES, FOLD, ROWS, made, mine, peer, theirs  # noqa: E402 - needs optax


def agree(name, steps, **kwargs):
    harness.agree("optax", name, theirs(name, steps, **kwargs), made(mine, name, **kwargs))


@pytest.mark.parametrize(("name", "kwargs"), [case for case in CASES if case[0] != FOLD])
def test_case(name, kwargs):
    agree(name, 40, **kwargs)


@pytest.mark.parametrize(("name", "args", "row"), ROWS)
def test_rows_of_the_reference(name, args, row):
    want = [float(rate) for rate in row.split()]
    assert mine(name)(*args).sample(len(want)).round(4).tolist() == pytest.approx(want, abs=1e-4)
    with jax.enable_x64(True):
        given_ = [float(peer(name)(*args)(k)) for k in range(len(want))]
    assert given_ == pytest.approx(want, abs=1e-4)


def test_one_number_at_a_time_is_the_same():
    for name, kwargs in CASES:
        if name == FOLD:
            continue
        with jax.enable_x64(True):
            schedule = made(peer, name, **kwargs)
            rates = [float(schedule(k)) for k in (0, 5, 11)]
        assert rates == pytest.approx(theirs(name, 12, **kwargs)[[0, 5, 11]], rel=1e-14, abs=1e-16)


rates = st.floats(1e-5, 10.0) | st.sampled_from([0.0, 1.0])
lengths = st.integers(-2, 20)
horizons = st.integers(1, 25)
powers = st.sampled_from([0, 1, 2]) | st.floats(0.1, 4.0)
shares = st.floats(0.0, 1.0)


@given(rates, rates, powers, lengths, lengths)
def test_polynomial_and_linear(init, end, power, steps, begin):
    line = {"init_value": init, "end_value": end, "transition_steps": steps}
    agree("polynomial_schedule", 45, **line, power=power, transition_begin=begin)
    agree("linear_schedule", 45, **line, transition_begin=begin)
    agree("constant_schedule", 3, value=init)


@given(
    rates,
    rates,
    lengths,
    st.sampled_from([0.0, 1.0]) | st.floats(0.1, 1.5),
    lengths,
    st.booleans(),
    st.none() | rates,
    st.integers(0, 12),
)
def test_exponential(init, peak, steps, rate, begin, stairs, end, warmup):
    decay = {
        "transition_steps": steps,
        "decay_rate": rate,
        "transition_begin": begin,
        "staircase": stairs,
        "end_value": end,
    }
    agree("exponential_decay", 45, init_value=init, **decay)
    warm = {"init_value": init, "peak_value": peak, "warmup_steps": warmup}
    agree("warmup_exponential_decay_schedule", 45, **warm, **decay)


@given(rates, horizons, rates, powers, rates, st.integers(-2, 12), rates)
def test_cosine_and_warmup(init, steps, alpha, exponent, peak, warmup, end):
    agree("cosine_decay_schedule", 40, init_value=init, decay_steps=steps, alpha=alpha)
    agree(
        "cosine_decay_schedule",
        40,
        init_value=init,
        decay_steps=steps,
        alpha=alpha,
        exponent=exponent,
    )
    warm = {"init_value": init, "peak_value": peak, "warmup_steps": warmup}
    agree("warmup_constant_schedule", 20, **warm)
    if warmup < 0:
        return
    cosine = warm | {"decay_steps": warmup + steps, "end_value": end, "exponent": exponent}
    agree("warmup_cosine_decay_schedule", 45, **cosine)


pieces = st.dictionaries(st.integers(0, 25), st.floats(0.0, 2.0) | st.just(0.0), max_size=5)


@settings(max_examples=40)
@given(rates, st.none() | pieces.map(lambda found: [list(pair) for pair in found.items()]))
def test_pieces(init, scales):
    given_ = {"init_value": init, "boundaries_and_scales": scales}
    agree("piecewise_constant_schedule", 30, **given_)
    agree("piecewise_interpolate_schedule", 30, interpolate_type="linear", **given_)
    agree("piecewise_interpolate_schedule", 30, interpolate_type="cosine", **given_)


@settings(max_examples=40)
@given(horizons, rates, st.floats(0.0, 1.3), st.floats(0.0, 1.3), st.floats(0.5, 50))
def test_onecycle(steps, peak, start, final, div):
    cycle = {"transition_steps": steps, "peak_value": peak}
    agree("linear_onecycle_schedule", 40, **cycle)
    agree("cosine_onecycle_schedule", 40, **cycle)
    cycle |= {"pct_start": start, "div_factor": div, "final_div_factor": 3 * div}
    agree("linear_onecycle_schedule", 40, **cycle, pct_final=final)
    agree("cosine_onecycle_schedule", 40, **cycle)


cycles = st.tuples(rates, rates, st.integers(0, 4), st.integers(1, 8), rates).map(
    lambda t: {
        "init_value": t[0],
        "peak_value": t[1],
        "warmup_steps": t[2],
        "decay_steps": t[2] + t[3],
        "end_value": t[4],
    }
)


@given(st.lists(cycles, min_size=1, max_size=4), st.lists(st.integers(0, 20), max_size=3))
def test_joined(kwargs, boundaries):
    agree("sgdr_schedule", 50, cosine_kwargs=kwargs)
    # In any order, as optax takes them.
    schedules = [["warmup_cosine_decay_schedule", kwargs[0]]]
    schedules += [
        ["polynomial_schedule", {"init_value": 1.0, "end_value": 0.2, "power": 2, **steps}]
        for steps in ({"transition_steps": boundary} for boundary in boundaries)
    ]
    agree("join_schedules", 40, schedules=schedules, boundaries=boundaries)


metrics = st.lists(
    st.floats(-2.0, 2.0) | st.sampled_from([1.0, 0.5, math.nan, math.inf]), min_size=1, max_size=20
)


@settings(max_examples=30)
@given(
    metrics,
    st.fixed_dictionaries(
        {"lr": st.sampled_from([1.0, 0.3])},
        optional={
            "factor": st.sampled_from([0.3, 0.5]),
            "patience": st.integers(0, 3),
            "rtol": st.sampled_from([1e-4, 0.3, 1.0]),
            "atol": st.sampled_from([0.0, 0.2]),
            "cooldown": st.integers(0, 3),
            "accumulation_size": st.integers(1, 3),
            "min_scale": st.sampled_from([0.0, 0.05, 1.0]),
        },
    ),
)
def test_reduce_on_plateau(values, kwargs):
    want = theirs(FOLD, 0, metrics=values, **kwargs)
    rates = ours.reduce_on_plateau(**kwargs).history(values)
    harness.agree("optax", FOLD, want, Replay(rates))


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("cosine_decay_schedule", (1.0, 0)),
        ("warmup_cosine_decay_schedule", (0.0, 1.0, 5, 5)),
        ("linear_onecycle_schedule", (0, 1.0)),
        ("cosine_onecycle_schedule", (0, 1.0)),
        ("piecewise_constant_schedule", (1.0, {3: -0.1})),
        ("piecewise_interpolate_schedule", ("linear", 1.0, {3: -0.1})),
        ("piecewise_interpolate_schedule", ("square", 1.0, {3: 0.1})),
    ],
)
def test_refuses_what_its_peer_refuses(name, args):
    for make in (peer(name), mine(name)):
        with pytest.raises(ValueError, match=r"."):
            make(*args)


@pytest.mark.parametrize(
    "kwargs", [{"factor": 1.0}, {"factor": 0.0}, {"rtol": 0.0}, {"rtol": 1.1}, {"atol": -1.0}]
)
def test_fold_refuses_what_its_peer_refuses(kwargs):
    with pytest.raises(ValueError, match=r"."):
        optax.contrib.reduce_on_plateau(**kwargs)
    with pytest.raises(ValueError, match=r"."):
        ours.reduce_on_plateau(1.0, **kwargs)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("join_schedules", ([ours.constant_schedule(1.0)] * 3, [1])),
        ("join_schedules", ([], [])),
        ("sgdr_schedule", ([],)),
        ("piecewise_constant_schedule", (1.0, {-3: 0.1})),
        ("piecewise_interpolate_schedule", ("linear", 1.0, {2.5: 0.1})),
        ("constant_schedule", (-1.0,)),
    ],
)
def test_refuses_what_optax_gives_a_meaning_nobody_wants(name, args):
    with pytest.raises(ValueError, match=r"."):
        mine(name)(*args)


def test_every_name_of_the_peer_is_known():
    public = {
        name
        for name, value in vars(optax.schedules).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    public |= {
        name
        for name in vars(optax.contrib)
        if not name.startswith("_") and ("plateau" in name.lower() or "schedule" in name.lower())
    }
    assert public == set(ours.SCHEDULERS) | set(ours.NOT_SCHEDULES)
    assert set(ours.__all__) == set(ours.SCHEDULERS)


def test_arguments_are_the_peers():
    for name in ours.SCHEDULERS:
        want = {n: p.default for n, p in inspect.signature(peer(name)).parameters.items()}
        given_ = {n: p.default for n, p in inspect.signature(mine(name)).parameters.items()}
        assert [(n, d) for n, d in given_.items() if n != "lr"] == list(want.items()), name


if __name__ == "__main__":
    golden.write("optax", "optax", CASES, theirs)
