"""Preflight in PyTorch: nothing is changed, and what a loop does is seen."""

import copy
import random
import warnings

import numpy as np
import pytest

import lrdecay

torch = pytest.importorskip("torch")
from torch.optim import lr_scheduler as lrs  # noqa: E402 - needs torch

T = 100


def weights(groups=1, kind=torch.optim.SGD, **settings):
    made = [
        {"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.1 / (k + 1)} for k in range(groups)
    ]
    optimizer = kind(made, lr=0.1, **settings)
    for group in optimizer.param_groups:
        group["params"][0].grad = torch.zeros(1)
    return optimizer


def codes(found):
    return [one.code for one in found]


def loud(found):
    return [one.code for one in found if one.severity != "info"]


class Halves(lrs.LRScheduler):
    """One of a user's own, which draws random numbers and warns."""

    def get_lr(self):
        torch.rand(1), random.random(), np.random.rand()  # noqa: NPY002
        warnings.warn("halved", stacklevel=1)
        return [base * 0.97**self.last_epoch for base in self.base_lrs]


def sequence(optimizer, first, rest):
    rise = lrs.LinearLR(optimizer, 0.1, 1.0, first)
    return lrs.SequentialLR(optimizer, [rise, lrs.CosineAnnealingLR(optimizer, rest)], [first])


def late(optimizer):
    rise, fall = lrs.LinearLR(optimizer, 0.1, 1.0, 5), lrs.CosineAnnealingLR(optimizer, T - 5)
    return lrs.SequentialLR(optimizer, [rise, fall], [15])


def chained(optimizer):
    parts = [lrs.ConstantLR(optimizer, 1.0, 5), lrs.ExponentialLR(optimizer, 0.97)]
    return lrs.ChainedScheduler(parts)


def linear(optimizer):
    return lrs.LambdaLR(optimizer, lambda k: max(1 - k / T, 0))


# Every kind of scheduler, and the loud codes of lint.
KINDS = {
    "cosine": (lambda o: lrs.CosineAnnealingLR(o, T), []),
    "epochs": (lambda o: lrs.CosineAnnealingLR(o, 10), ["LR007", "LR011"]),
    "longer": (lambda o: sequence(o, 5, T), ["LR008"]),
    "sequence": (lambda o: sequence(o, 5, T - 5), []),
    "chain": (chained, []),
    "closure": (linear, []),
    "one cycle": (lambda o: lrs.OneCycleLR(o, 0.3, total_steps=T), ["LR018"]),
    "one cycle stops": (lambda o: lrs.OneCycleLR(o, 0.3, total_steps=50), ["LR005"]),
    "cyclic": (lambda o: lrs.CyclicLR(o, 0.01, 0.1, 20), []),
    "restarts": (lambda o: lrs.CosineAnnealingWarmRestarts(o, 20), []),
    "one cycle ends early": (lambda o: lrs.OneCycleLR(o, 0.1, total_steps=T - 1), ["LR005"]),
    "one cycle, long": (lambda o: lrs.OneCycleLR(o, 0.1, total_steps=5 * T), ["LR002", "LR018"]),
    "a cycle is cut": (lambda o: lrs.CosineAnnealingWarmRestarts(o, 30), ["LR003"]),
    "drops": (lambda o: lrs.StepLR(o, 30), []),
    "drops never": (lambda o: lrs.StepLR(o, T), ["LR009"]),
    "milestones": (lambda o: lrs.MultiStepLR(o, [30, 60, 80]), []),
    "milestones later": (lambda o: lrs.MultiStepLR(o, [30, 60, T]), ["LR009"]),
    "far longer": (lambda o: lrs.CosineAnnealingLR(o, 10 * T), ["LR013"]),
    "updates as epochs": (lambda o: lrs.CosineAnnealingLR(o, 50 * T), ["LR007"]),
    "floor above": (lambda o: lrs.CosineAnnealingLR(o, T, eta_min=0.5), ["LR002", "LR010"]),
    "rates as factors": (lambda o: lrs.LambdaLR(o, lambda k: 0.1 * max(1 - k / T, 0)), ["LR018"]),
    "late hand-off": (late, ["LR003"]),
    "constant": (lambda o: lrs.ExponentialLR(o, 1.0), ["LR014"]),
    "ours": (lambda o: lrdecay.torch_scheduler(o, lrdecay.warmup_cosine(0.07, T, 5)), ["LR018"]),
    "own": (Halves, []),
    "plateau": (lrs.ReduceLROnPlateau, []),
}  # fmt: skip


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_changed_and_what_will_run_is_looked_at(name, groups):
    make, expected = KINDS[name]
    optimizer = weights(groups, momentum=0.9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = make(optimizer)
    twin = copy.deepcopy((optimizer, scheduler))

    def state():
        drawn = torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
        group = [dict(one) for one in optimizer.param_groups]
        return repr((group, scheduler.state_dict(), optimizer.defaults)), drawn

    before = state()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flight = lrdecay.preflight(optimizer, scheduler, T, epochs=10)
        found = lrdecay.lint(scheduler, T, epochs=10)
    assert state() == before
    assert loud(flight.findings) == loud(found) == expected
    assert ("LR027" in codes(found)) == (name == "plateau")
    if groups == 2:
        assert all("group" in one.message for one in found if one.code not in ("LR005", "LR027"))
    # The plan is what the scheduler then does.
    other, its = twin
    for k in range(len(flight.plan[0][:T]) if flight.plan else 0):
        assert [one[k] for one in flight.plan] == [group["lr"] for group in other.param_groups]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            other.step()
            if k + 1 < len(flight.plan[0]):
                its.step()


def test_a_finding_names_its_group():
    optimizer = weights(3)
    optimizer.param_groups[1]["name"] = "head"
    falls = lambda k: 1 - k / T  # noqa: E731
    scheduler = lrs.LambdaLR(optimizer, [falls, lambda k: falls(k) - 1.5, falls])
    found = lrdecay.preflight(optimizer, scheduler, T).findings
    told = next(one for one in found if "head" in one.message)
    assert (told.code, told.message) == ("LR005", "group 1 (head): the rate of step 0 is -0.025")


def refused(*_):
    raise AssertionError("a parameter was copied")


def test_no_parameter_is_copied():
    class Model:
        def __init__(self, weight):
            self.weight = weight

        def __call__(self, k):
            return 1 - k / T

    optimizer = weights()
    weight = optimizer.param_groups[0]["params"][0]
    scheduler = lrs.LambdaLR(optimizer, Model(weight))
    weight.__class__ = type("Heavy", (type(weight),), {"__deepcopy__": refused})
    assert lrdecay.preflight(optimizer, scheduler, T).plan[0][T - 1] == pytest.approx(0.001)


def run(order, updates=T, scheduler=linear, total=T, **facts):
    """The codes that are found in a loop; `order` says what an update does."""
    optimizer = weights()
    made = scheduler(optimizer)
    flight = lrdecay.preflight(optimizer, made, total, **facts)
    before = loud(flight.findings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k in range(updates):
            order(k, optimizer, made)
    flight.close()
    return before, codes(flight.report())


def plain(_, optimizer, scheduler):
    optimizer.step()
    scheduler.step()


def before(_, optimizer, scheduler):
    scheduler.step()
    optimizer.step()


def each_epoch(k, optimizer, scheduler):
    optimizer.step()
    if k % 20 == 19:
        scheduler.step()


def never(_, optimizer, __):
    optimizer.step()


def four_times(_, optimizer, scheduler):
    optimizer.step()
    for _ in range(4):
        scheduler.step()


def scaled(skipped):
    scalers = {}

    def update(k, optimizer, scheduler):
        scaler = scalers.setdefault(optimizer, torch.amp.GradScaler("cpu", init_scale=4.0))
        weight = optimizer.param_groups[0]["params"][0]
        optimizer.zero_grad()
        scaler.scale(weight.sum() * (float("inf") if k in skipped else 1.0)).backward()
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()

    return update


def again(k, optimizer, scheduler):
    if k == 40:
        scheduler.load_state_dict({**scheduler.state_dict(), "last_epoch": 0, "lr_lambdas": [None]})
        optimizer.param_groups[0]["lr"] = 0.1
    plain(k, optimizer, scheduler)


def overwritten(k, optimizer, scheduler):
    if k == 30:
        optimizer.param_groups[0]["lr"] = 0.5
    plain(k, optimizer, scheduler)


@pytest.mark.parametrize(
    ("order", "updates", "expected"),
    [
        (plain, T, []),
        (each_epoch, T, ["LR020"]),
        (never, T, ["LR020"]),
        (before, T, ["LR021"]),
        (scaled({}), T, []),
        (scaled({0}), T, ["LR022"]),
        (scaled({7}), T, ["LR022"]),
        (scaled({0, 7, 8, 50, 99}), T, ["LR022"]),
        (again, T, ["LR023"]),
        (overwritten, T, ["LR024"]),
        (plain, 60, ["LR025"]),
        (plain, 130, ["LR025"]),
        (four_times, T, ["LR026"]),
    ],
)  # fmt: skip
def test_where_a_loop_leaves_the_plan(order, updates, expected):
    assert run(order, updates) == ([], expected)


def test_a_group_that_joins_later_is_found():
    optimizer = weights()
    scheduler = lrs.CosineAnnealingLR(optimizer, T)
    flight = lrdecay.preflight(optimizer, scheduler, T)
    for k in range(T):
        if k == T // 2:
            optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))]})
        optimizer.step()
        scheduler.step()
    (found,) = flight.report()
    assert (found.code, found.severity, found.step) == ("LR024", "warning", T // 2)


def test_restarts_by_parts_of_an_epoch_are_no_fault():
    optimizer = weights()
    scheduler = lrs.CosineAnnealingWarmRestarts(optimizer, 2)
    flight = lrdecay.preflight(optimizer, scheduler, T, every=T // 10)
    for k in range(T - 1):
        optimizer.step()
        scheduler.step((k + 1) * 10 / T)
    optimizer.step()
    assert loud(flight.report()) == []
    assert codes(flight.report()) == ["LR027"]


def test_a_schedule_that_ends_with_the_run_is_looked_at():
    from lrdecay.dialects.torch import OneCycleLR

    flight = lrdecay.preflight(weights(), OneCycleLR(0.1, T), total_steps=T)
    assert flight.findings == ()


def test_a_scheduler_of_epochs_may_be_stepped_each_epoch():
    decay = lambda optimizer: lrs.LambdaLR(optimizer, lambda k: 0.5**k)  # noqa: E731
    assert run(each_epoch, scheduler=decay, every=20) == ([], [])
    counts_updates = lambda optimizer: lrs.CosineAnnealingLR(optimizer, T)  # noqa: E731
    found, told = run(each_epoch, scheduler=counts_updates, every=20)
    assert ("LR020" in found, told) == (True, [])


def resume(mistake):
    first = weights()
    scheduler = lrs.CosineAnnealingLR(first, T)
    for k in range(40):
        plain(k, first, scheduler)
    saved = first.state_dict(), scheduler.state_dict()
    second = weights()
    if mistake == "optimizer first":
        second.load_state_dict(saved[0])
        second.param_groups[0]["lr"] = 0.1
    made = lrs.CosineAnnealingLR(second, T)
    if mistake != "optimizer first":
        second.load_state_dict(saved[0])
    if mistake != "no scheduler":
        made.load_state_dict(saved[1])
    flight = lrdecay.preflight(second, made, T, step=40)
    for k in range(40, T):
        plain(k, second, made)
    return loud(flight.findings), codes(flight.report())


def test_a_resume_is_looked_at():
    assert resume(None) == ([], [])
    assert "LR023" in resume("optimizer first")[0]
    assert "LR023" in resume("no scheduler")[0]


def test_a_state_that_is_loaded_later_is_no_fault():
    optimizer = weights()
    scheduler = linear(optimizer)
    flight = lrdecay.preflight(optimizer, scheduler, T)
    scheduler.last_epoch, scheduler._last_lr = 40, [0.06]
    optimizer.param_groups[0]["lr"] = 0.1 * 0.6
    for k in range(60):
        plain(k, optimizer, scheduler)
    assert flight.report() == ()


def test_a_loop_that_sets_the_rate_itself():
    optimizer, schedule = weights(2), lrdecay.Linear(0.1, T)
    flight = lrdecay.preflight(optimizer, schedule, T)
    groups = lrdecay.preflight(optimizer.param_groups, schedule, T)
    assert flight.findings == groups.findings == ()
    for k in range(T):
        for group in optimizer.param_groups:
            group["lr"] = schedule(k)
        groups.record(k, [group["lr"] for group in optimizer.param_groups])
        optimizer.step()
    assert flight.report() == groups.report() == ()
    assert codes(lrdecay.preflight(optimizer, lrdecay.Linear(0.1, 4), T).findings)[0] == "LR007"


def test_what_accelerate_prepares():
    accelerate = pytest.importorskip("accelerate")
    accelerator = accelerate.Accelerator(cpu=True)
    optimizer = weights()
    prepared, scheduler = accelerator.prepare(optimizer, linear(optimizer))
    flight = lrdecay.preflight(prepared, scheduler, T)
    assert loud(flight.findings) == []
    for _ in range(T):
        prepared.step()
        scheduler.step()
    assert flight.report() == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"total_steps": None}, "total_steps must be given"),
        ({"total_steps": 0}, "total_steps must be"),
        ({"every": 0}, "every must be"),
        ({"step": T}, "step must be below the 100 updates"),
        ({"optimizer": 3}, "optimizer must be an optimizer of PyTorch, or its parameter groups"),
        ({"scheduler": "cosine"}, "scheduler must be a scheduler of PyTorch, a schedule"),
        ({"optimizer": weights()}, "scheduler must be a scheduler of this optimizer"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(change, sentence):
    optimizer = weights()
    given = {"optimizer": optimizer, "scheduler": linear(optimizer), "total_steps": T} | change
    with pytest.raises(ValueError, match=sentence):
        lrdecay.preflight(**given)


def test_a_scheduler_that_cannot_be_copied_is_refused():
    optimizer = weights()
    scheduler = linear(optimizer)
    scheduler.each = (k for k in range(T))  # of a generator there is no copy
    with pytest.raises(ValueError, match="scheduler must be one that can be copied"):
        lrdecay.preflight(optimizer, scheduler, T)
