"""The dialect of fastai against fastai.

Run as a program it writes the golden file.
"""

import ast
import inspect
import math

import golden
import harness
import numpy as np
import pytest
from fastai_source import FOLD, ROOT, fold, made, peer, theirs, tracker
from folds import Replay
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lrdecay import CosineRestarts, Schedule
from lrdecay.dialects import fastai as ours

# The positions are rounded to float32, and a piece of the run is steeper than the whole.
ULP = 4


def agree(name, *, exact=False, **kwargs):
    schedule = made(ours, name, kwargs)
    want = theirs(name, 0, **kwargs)
    harness.agree("fastai", name, want, schedule, ulp32=None if exact else ULP)


def case(name, **kwargs):
    return name, kwargs


LINES = [["SchedLin", {"start": 0.1, "end": 1.0}], ["SchedNo", {"start": 0.5, "end": 0.0}]]

CASES = [
    case("SchedNo", start=0.3, end=1.0, total_steps=5),
    case("SchedLin", start=0.3, end=1.0, total_steps=7),
    case("SchedCos", start=1.0, end=0.1, total_steps=9),
    case("SchedExp", start=1.0, end=0.01, total_steps=9),
    case("SchedExp", start=1e-3, end=2.0, total_steps=9),
    case("SchedPoly", start=1.0, end=0.1, power=2.0, total_steps=9),
    case("combine_scheds", pcts=[0.25, 0.75], scheds=LINES, total_steps=12),
    case("combined_cos", pct=0.3, start=0.1, middle=1.0, end=0.01, total_steps=12),
    case("fit_one_cycle", n_epoch=4, lr_max=1.0, n_iter=4),
    case("fit_one_cycle", n_epoch=3, n_iter=5, div=10.0, div_final=100.0, pct_start=0.3),
    case("fit_flat_cos", n_epoch=4, lr=1.0, n_iter=4),
    case("fit_flat_cos", n_epoch=3, n_iter=5, pct_start=0.5),
    case("fit_sgdr", n_cycles=3, cycle_len=1, lr_max=1.0, n_iter=3),
    case("fit_sgdr", n_cycles=2, cycle_len=2, n_iter=2, cycle_mult=3),
    case("fine_tune", epochs=3, base_lr=1.0, n_iter=6),
    case("lr_find"),
    case("lr_find", start_lr=1e-5, end_lr=1.0, num_it=4),
    case(FOLD, lr=0.5, patience=2, min_lr=0.02, metrics=[3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0]),
]
FIRST = [case_ for case_ in CASES if case_[0] != FOLD]


@pytest.mark.parametrize(("name", "kwargs"), FIRST)
def test_case(name, kwargs):
    agree(name, **kwargs, exact=name.startswith("Sched") or name == "lr_find")


rates = st.floats(1e-5, 10.0)
totals = st.integers(1, 40)


near = st.floats(0.05, 10.0)  # start + (end - start) loses digits of an end that is tiny


@given(near, near, totals, st.floats(0.0, 4.0) | st.sampled_from([0.0, 1.0, 2.0]))
def test_annealers(start, end, total, power):
    for name in ("SchedNo", "SchedLin", "SchedCos", "SchedExp"):
        agree(name, start=start, end=end, total_steps=total, exact=True)
    agree("SchedPoly", start=start, end=end, power=power, total_steps=total, exact=True)
    agree("lr_find", start_lr=start, end_lr=end, num_it=total, exact=True)


@pytest.mark.parametrize("name", ["SchedNo", "SchedLin", "SchedCos", "SchedExp"])
def test_with_one_step_the_step_is_the_position(name):
    mine, want = getattr(ours, name)(1.0, 0.2), getattr(peer, name)(1.0, 0.2)
    for position in np.linspace(0, 1, 33):
        assert mine(position) == pytest.approx(want(position), rel=1e-12)


@given(rates, rates, rates, totals, st.sampled_from([0.0, 0.25, 0.3, 0.5, 0.7, 1.0]))
def test_combined_cos(start, middle, end, total, pct):
    agree("combined_cos", pct=pct, start=start, middle=middle, end=end, total_steps=total)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(1, 10), st.data())
def test_combine_scheds_with_jumps(parts, more, data):
    pcts = [part / sum(parts) for part in parts]
    assume(sum(pcts) == 1)
    flat = st.builds(lambda start: ["SchedNo", {"start": start, "end": start}], rates)
    scheds = data.draw(st.lists(flat, min_size=len(pcts), max_size=len(pcts)))
    # The change itself is where fastai's float32 has it: no tolerance for a step too early.
    agree("combine_scheds", pcts=pcts, scheds=scheds, total_steps=sum(parts) * more, exact=True)


cycles = {
    "n_epoch": st.integers(1, 5),
    "n_iter": st.integers(1, 8),
    "div_final": st.sampled_from([1e5, 10.0]),
    "pct_start": st.sampled_from([0.0, 0.25, 0.3, 0.5, 0.75, 1.0]) | st.floats(0.2, 0.8),
}


@given(st.fixed_dictionaries(cycles), rates, st.floats(1.0, 50.0))
def test_fits(kwargs, lr, div):
    agree("fit_one_cycle", **kwargs, lr_max=lr, div=div)
    agree("fit_flat_cos", **kwargs, lr=lr)


@settings(max_examples=30)
@given(st.integers(1, 4), rates, st.integers(1, 3), st.integers(1, 6), st.sampled_from([0.3, 0.5]))
def test_fine_tune(epochs, lr, frozen, n_iter, pct):
    agree(
        "fine_tune",
        epochs=epochs,
        base_lr=lr,
        freeze_epochs=frozen,
        n_iter=n_iter,
        pct_start=pct,
    )


def test_sgdr_with_its_failures_and_lost_restarts():
    lost, failed, right = [], [], 0
    for growth in (2, 3, 4):
        for n_cycles in range(1, 6 if growth == 2 else 5):
            for cycle_len in range(1, 8):
                kwargs = {"n_cycles": n_cycles, "cycle_len": cycle_len, "cycle_mult": growth}
                key = n_cycles, cycle_len, growth
                try:
                    want = theirs("fit_sgdr", 0, **kwargs, lr_max=1.0)
                except AssertionError:
                    failed.append(key)
                    with pytest.raises(ValueError, match="n_cycles"):
                        ours.fit_sgdr(**kwargs)
                    continue
                schedule = ours.fit_sgdr(**kwargs, lr_max=1.0)
                if not isinstance(schedule, CosineRestarts):
                    lost.append(key)
                right += 1
                harness.agree("fastai", "fit_sgdr", want, schedule, ulp32=ULP)
    assert right > 70
    # The most usual number of cycles: the third begins at 0, not at the peak.
    assert (3, 1, 2) in lost
    want = theirs("fit_sgdr", 0, n_cycles=3, cycle_len=1, lr_max=1.0, n_iter=2)
    assert want[6] == pytest.approx(0.0, abs=1e-12)
    assert want[7] == pytest.approx(0.9619, abs=1e-4)


def test_sgdr_refuses_what_its_peer_refuses():
    with pytest.raises(ZeroDivisionError):
        theirs("fit_sgdr", 0, n_cycles=2, cycle_len=1, cycle_mult=1)
    with pytest.raises(ValueError, match="cycle_mult"):
        ours.fit_sgdr(2, 1, cycle_mult=1)


def test_combine_scheds_refuses_what_its_peer_refuses():
    for namespace in (peer, ours):
        scheds = [namespace.SchedNo(1.0, 1.0)] * 2
        for pcts in ([0.5, 0.4], [-0.5, 1.5]):
            with pytest.raises((AssertionError, ValueError)):
                namespace.combine_scheds(pcts, scheds)


metrics = st.lists(
    st.floats(-2.0, 2.0) | st.sampled_from([1.0, 0.5, math.nan, math.inf, -math.inf]),
    min_size=1,
    max_size=40,
)


@given(
    metrics,
    st.fixed_dictionaries(
        {"lr": st.sampled_from([1.0, 0.3])},
        optional={
            "monitor": st.sampled_from(["valid_loss", "accuracy", "error_rate"]),
            "comp": st.sampled_from(["min", "max"]),
            "min_delta": st.sampled_from([0.0, 0.2, -0.1]),
            "patience": st.integers(0, 4),
            "factor": st.sampled_from([10.0, 1.5]),
            "min_lr": st.sampled_from([0.0, 0.05, 0.7]),
        },
    ),
)
def test_reduce_on_plateau(values, kwargs):
    want = fold(values, **kwargs)
    harness.agree("fastai", FOLD, want, Replay(ours.ReduceLROnPlateau(**kwargs).history(values)))


def test_every_name_of_the_peer_is_known():
    source = ast.parse((ROOT / "schedule.py").read_text("utf-8"))
    public = {FOLD}
    for node in source.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            public |= set(ast.literal_eval(node.value))
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            public.add(node.name)
    assert public == set(ours.SCHEDULERS) | set(ours.NOT_SCHEDULES)
    assert set(ours.SCHEDULERS) <= set(ours.__all__)


def test_arguments_are_the_peers():
    other = {"wd", "moms", "cbs", "reset_opt", "start_epoch", "kwargs", "reset_on_fit", "self"}
    other |= {"stop_div", "show_plot", "suggest_funcs"}
    for name in ours.SCHEDULERS:
        theirs_ = getattr(tracker if name == FOLD else peer, name)
        want = {n: p.default for n, p in inspect.signature(theirs_).parameters.items()}
        mine = {n: p.default for n, p in inspect.signature(getattr(ours, name)).parameters.items()}
        for extra in ("total_steps", "n_iter"):
            mine.pop(extra, None)
        mine = {n: d for n, d in mine.items() if n != "lr" or "lr" in want}
        mine = {n: d for n, d in mine.items() if n != "div_final" or name != "fine_tune"}
        # The learner's own rate stands in for None: 1e-3 there too.
        mine = {n: None if want.get(n, 0) is None and d == 1e-3 else d for n, d in mine.items()}
        assert list(mine.items()) == [(n, d) for n, d in want.items() if n not in other], name


def test_past_the_end_the_last_rate_is_held():
    for name, kwargs in FIRST:
        schedule = made(ours, name, kwargs)
        assert isinstance(schedule, Schedule)
        assert schedule(200) == schedule(10**6)


if __name__ == "__main__":
    golden.write("fastai", "fastai", CASES, theirs)
