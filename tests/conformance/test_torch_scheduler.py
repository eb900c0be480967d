"""A schedule as PyTorch's scheduler: its rates, resuming in every order, groups, copies."""

import copy
import io
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given

import lrdecay as lr
from lrdecay import torch_scheduler
from tests.makers import MADE
from tests.strategies import EXAMPLES, SCHEDULES

torch = pytest.importorskip("torch")
lr_scheduler = torch.optim.lr_scheduler

WAVE = lr.Warmup(lr.CosineRestarts(0.5, 3, 2, 0.1), 2)
OTHER = lr.Linear(0.2, 9)
BASES = (1.0, 0.25)
STEPS = 12
# What a scheduler is made with, and the rates of both groups at a step.
MODES = {
    "one for all": (WAVE, {}, lambda k: [WAVE(k)] * 2),
    "one each": ([WAVE, OTHER], {}, lambda k: [WAVE(k), OTHER(k)]),
    "relative": (WAVE, {"relative": True}, lambda k: [base * WAVE(k) for base in BASES]),
    "relative each": (
        (WAVE, OTHER),
        {"relative": True},
        lambda k: [BASES[0] * WAVE(k), BASES[1] * OTHER(k)],
    ),
}
BY_MODE = pytest.mark.parametrize("mode", MODES)


def groups(bases=BASES, kind="SGD", names=(), **options):
    parameters = [{"params": [torch.nn.Parameter(torch.ones(1))], "lr": base} for base in bases]
    for group, name in zip(parameters, names, strict=False):
        group["name"] = name
    return getattr(torch.optim, kind)(parameters, lr=0.7, **options)


def rates(optimizer):
    return [float(group["lr"]) for group in optimizer.param_groups]


def run(optimizer, scheduler, steps):
    """The rates that updates use, and the run one step further after each."""
    used = []
    for _ in range(steps):
        used.append(rates(optimizer))
        assert [float(one) for one in scheduler.get_last_lr()] == used[-1]
        optimizer.step()
        scheduler.step()
    return used


@given(SCHEDULES)
def test_rates_are_the_schedules(schedule):
    optimizer = groups()
    scheduler = torch_scheduler(optimizer, schedule)
    assert isinstance(scheduler, lr_scheduler.LRScheduler)
    assert run(optimizer, scheduler, 30) == [[schedule(k)] * 2 for k in range(30)]


@BY_MODE
@pytest.mark.parametrize("kind", ["SGD", "AdamW"])
def test_groups(mode, kind):
    schedule, options, expected = MODES[mode]
    optimizer = groups(kind=kind)
    scheduler = torch_scheduler(optimizer, schedule, **options)
    assert run(optimizer, scheduler, STEPS) == [expected(k) for k in range(STEPS)]


BY_NAME = lr.per_group(lr.Cosine(1.0, 10), {"a": 1, "b": 0.1})


@pytest.mark.parametrize(
    ("names", "order"), [((), "ab"), (("b",), "ab"), (("a", "b"), "ab"), (("b", "a"), "ba")]
)
def test_a_mapping_goes_by_the_names_of_the_groups_or_else_their_order(names, order):
    optimizer = groups(names=names)
    scheduler = torch_scheduler(optimizer, BY_NAME, weight_decay=BY_NAME)
    want = [[BY_NAME[name](k) for name in order] for k in range(STEPS)]
    assert run(optimizer, scheduler, STEPS) == want
    decays = [group["weight_decay"] for group in optimizer.param_groups]
    assert decays == [BY_NAME[name](STEPS) for name in order]


def test_groups_may_share_a_name():
    optimizer = groups((1.0, 1.0, 1.0), names=("a", "b", "a"))
    torch_scheduler(optimizer, BY_NAME)
    assert rates(optimizer) == [1.0, 0.1, 1.0]


@pytest.mark.parametrize("names", [("a", "c"), ("a", "a")])
def test_a_mapping_with_other_names_than_the_groups_is_refused(names):
    with pytest.raises(ValueError, match=r"schedule must be one for each of the parameter groups"):
        torch_scheduler(groups(names=names), BY_NAME)


def momenta(optimizer):
    return [
        float(group["betas"][0] if "betas" in group else group["momentum"])
        for group in optimizer.param_groups
    ]


def their_run(kind, make):
    """The rates and momenta of PyTorch's own scheduler, one of each a step."""
    optimizer = groups((1.0,), kind, **({} if kind == "AdamW" else {"momentum": 0.9}))
    scheduler = make(optimizer)
    found = []
    for _ in range(29):
        found.append((rates(optimizer)[0], momenta(optimizer)[0]))
        optimizer.step()
        scheduler.step()
    return found


KINDS = pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("SGD", {"momentum": 0.9}),
        ("RMSprop", {"momentum": 0.9}),
        ("AdamW", {}),
        ("AdamW", {"betas": (torch.tensor(0.9), torch.tensor(0.99)), "foreach": False}),
    ],
    ids=["SGD", "RMSprop", "AdamW", "AdamW with tensors"],
)


@KINDS
@pytest.mark.parametrize("three_phase", [False, True])
def test_momentum_as_pytorchs_one_cycle(kind, options, three_phase):
    want = their_run(
        kind,
        lambda o: lr_scheduler.OneCycleLR(o, 1.0, total_steps=30, three_phase=three_phase),
    )
    # Its horizon is one less, and its rise ends a step before 30 %; the return likewise.
    phases = {"total_steps": 29, "warmup_steps": 8, "return_steps": 8 if three_phase else None}
    cycle = lr.OneCycle(1.0, start_lr=1 / 25, final_lr=1 / 25e4, **phases)
    optimizer = groups((0.3,), kind, **options)
    scheduler = torch_scheduler(optimizer, cycle, momentum=cycle.momentum(0.95, 0.85))
    for k in range(29):
        assert (rates(optimizer)[0], momenta(optimizer)[0]) == pytest.approx(want[k], rel=1e-6)
        optimizer.step()
        scheduler.step()
    assert momenta(optimizer)[0] == pytest.approx(0.95)


def test_betas_that_are_tensors_stay_the_same_tensors():
    betas = torch.tensor(0.9), torch.tensor(0.99)
    optimizer = groups((1.0,), "AdamW", betas=betas, foreach=False)
    torch_scheduler(optimizer, WAVE, momentum=lr.Constant(0.5))
    found = optimizer.param_groups[0]["betas"]
    assert all(one is other for one, other in zip(found, betas, strict=True))
    assert (float(betas[0]), float(betas[1])) == pytest.approx((0.5, 0.99))


def test_the_momentum_of_the_reported_cycle():
    cycle = lr.OneCycle(1.0, 100)
    optimizer = groups((1.0,), momentum=0.9)
    torch_scheduler(optimizer, cycle, step=30, momentum=cycle.momentum())
    assert momenta(optimizer) == [cycle.momentum()(30)] == [pytest.approx(0.85)]


@KINDS
def test_momentum_as_pytorchs_cyclic(kind, options):
    want = their_run(
        kind,
        lambda o: lr_scheduler.CyclicLR(
            o, 0.1, 1.0, step_size_up=4, step_size_down=6, base_momentum=0.8, max_momentum=0.9
        ),
    )
    optimizer = groups((0.3,), kind, **options)
    up = lr.Cyclic(1.0, 0.1, 4, 6)
    # From 0.9 down to 0.8 in 4 steps, and back in 6.
    down = lr.Linear(0.9, 4, 0.8).then(lr.Linear(0.8, 6, 0.9), at=4).repeat(10)
    scheduler = torch_scheduler(optimizer, up, momentum=down)
    for pair in want:
        assert (rates(optimizer)[0], momenta(optimizer)[0]) == pytest.approx(pair, rel=1e-6)
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize("kind", ["SGD", "AdamW"])
def test_weight_decay_of_each_group(kind):
    optimizer = groups(kind=kind)
    decays = [lr.Cosine(0.4, 10, 0.04), lr.Constant(0.0)]
    scheduler = torch_scheduler(optimizer, WAVE, weight_decay=decays)
    for k in range(STEPS):
        assert [g["weight_decay"] for g in optimizer.param_groups] == [d(k) for d in decays]
        optimizer.step()
        scheduler.step()


def stored(optimizer, scheduler):
    """A checkpoint as it comes back from a file, which may hold numbers and tensors only."""
    file = io.BytesIO()
    torch.save({"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def optimizer_make_scheduler(state, make, optimizer):
    optimizer.load_state_dict(state["optimizer"])
    scheduler = make(optimizer)
    scheduler.load_state_dict(state["scheduler"])
    return scheduler


def make_optimizer_scheduler(state, make, optimizer):
    scheduler = make(optimizer)
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
    return scheduler


def make_scheduler_optimizer(state, make, optimizer):
    scheduler = make(optimizer)
    scheduler.load_state_dict(state["scheduler"])
    optimizer.load_state_dict(state["optimizer"])
    return scheduler


def make_scheduler(state, make, optimizer):
    scheduler = make(optimizer)
    scheduler.load_state_dict(state["scheduler"])
    return scheduler


ORDERS = [
    optimizer_make_scheduler,
    make_optimizer_scheduler,
    make_scheduler_optimizer,
    make_scheduler,
]


@BY_MODE
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("at", [0, 1, 2, 5, 11])
@pytest.mark.parametrize("kind", ["SGD", "AdamW"])
def test_resume(mode, order, at, kind):
    schedule, options, expected = MODES[mode]

    def make(optimizer):
        return torch_scheduler(optimizer, schedule, **options)

    first = groups(kind=kind)
    scheduler = make(first)
    run(first, scheduler, at)
    state = stored(first, scheduler)

    again = groups(kind=kind)
    resumed = order(state, make, again)
    assert resumed.get_last_lr() == rates(again) == expected(at)
    assert run(again, resumed, STEPS) == [expected(at + k) for k in range(STEPS)]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("at", [0, 1, 5])
@pytest.mark.parametrize("kind", ["SGD", "AdamW"])
def test_resume_restores_momentum_and_weight_decay(order, at, kind):
    falling, rising = lr.Linear(0.9, 9, 0.5), lr.Linear(0.1, 9, 0.3)

    def make(optimizer):
        return torch_scheduler(optimizer, WAVE, momentum=falling, weight_decay=rising)

    def found(optimizer):
        return momenta(optimizer), [group["weight_decay"] for group in optimizer.param_groups]

    first = groups(kind=kind)
    scheduler = make(first)
    run(first, scheduler, at)
    again = groups(kind=kind)
    resumed = order(stored(first, scheduler), make, again)
    for k in range(at, at + 4):
        assert found(again) == ([falling(k)] * 2, [rising(k)] * 2)
        again.step()
        resumed.step()


def test_what_pytorch_gets_wrong_here_is_right():
    """Loaded before the scheduler is made, the optimizer's rates are overwritten by PyTorch's."""

    def resumed(make):
        first = groups((1.0,))
        scheduler = make(first)
        run(first, scheduler, 5)
        again = groups((1.0,))
        optimizer_make_scheduler(stored(first, scheduler), make, again)
        return rates(again), rates(first)

    wrong, right = resumed(lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 4))
    assert wrong != right
    ours, right = resumed(lambda o: torch_scheduler(o, lr.CosineRestarts(1.0, 4)))
    assert ours == right


def test_step_and_another_schedulers_state():
    optimizer = groups()
    scheduler = torch_scheduler(optimizer, WAVE, step=5)
    assert run(optimizer, scheduler, 4) == [[WAVE(k)] * 2 for k in range(5, 9)]
    before = groups()
    cosine = lr_scheduler.CosineAnnealingLR(before, 9)
    run(before, cosine, 3)
    scheduler = torch_scheduler(groups(), WAVE)
    scheduler.load_state_dict(cosine.state_dict())
    assert scheduler.get_last_lr() == [WAVE(3)] * 2


@BY_MODE
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("at", [0, 1, 4])
def test_copies(mode, copied, at):
    schedule, options, expected = MODES[mode]
    optimizer = groups()
    scheduler = torch_scheduler(optimizer, schedule, **options)
    run(optimizer, scheduler, at)
    twin_optimizer, twin = copied((optimizer, scheduler))
    assert twin.optimizer is twin_optimizer
    assert type(twin) is type(scheduler)
    want = [expected(at + k) for k in range(STEPS)]
    assert run(twin_optimizer, twin, STEPS) == want
    assert run(optimizer, scheduler, STEPS) == want


def add(optimizer, base=0.5):
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": base})


def test_a_later_group_joins_at_the_next_step():
    optimizer = groups()
    scheduler = torch_scheduler(optimizer, WAVE)
    run(optimizer, scheduler, 3)
    add(optimizer)
    assert rates(optimizer) == [WAVE(3), WAVE(3), 0.5]
    optimizer.step()
    scheduler.step()
    assert run(optimizer, scheduler, 4) == [[WAVE(k)] * 3 for k in range(4, 8)]


@pytest.mark.parametrize("when", [0, 1])
@pytest.mark.parametrize("order", ORDERS)
def test_a_later_group_has_its_own_rate(when, order):
    def make(optimizer):
        return torch_scheduler(optimizer, WAVE, relative=True)

    optimizer = groups()
    scheduler = make(optimizer)
    run(optimizer, scheduler, 3)
    add(optimizer)
    for _ in range(when):
        optimizer.step()
        scheduler.step()
    again = groups((*BASES, 0.5))
    resumed = order(stored(optimizer, scheduler), make, again)
    for one, other in [(optimizer, scheduler), (again, resumed)]:
        one.step()
        other.step()
        k = 4 + when
        assert rates(one) == [base * WAVE(k) for base in (*BASES, 0.5)]
        assert other.get_last_lr() == rates(one)


def test_a_later_group_needs_a_schedule_of_its_own():
    optimizer = groups()
    scheduler = torch_scheduler(optimizer, [WAVE, OTHER])
    add(optimizer)
    optimizer.step()
    with pytest.raises(ValueError, match="schedule must be one for each of the 3 parameter groups"):
        scheduler.get_lr()
    scheduler.schedule = [*scheduler.schedule, OTHER]
    scheduler.step()
    assert rates(optimizer) == [WAVE(1), OTHER(1), OTHER(1)]


@BY_MODE
def test_rates_that_are_tensors_stay_the_same_tensors(mode):
    schedule, options, expected = MODES[mode]
    optimizer = groups(tuple(torch.tensor(base) for base in BASES), "AdamW")
    tensors = [group["lr"] for group in optimizer.param_groups]
    scheduler = torch_scheduler(optimizer, schedule, **options)
    for k in range(STEPS):
        assert rates(optimizer) == pytest.approx(expected(k), rel=1e-6)
        optimizer.step()
        scheduler.step()
    state = stored(optimizer, scheduler)
    scheduler.load_state_dict(state["scheduler"])
    assert all(
        group["lr"] is one for group, one in zip(optimizer.param_groups, tensors, strict=True)
    )


def test_inside_pytorchs_sequence():
    optimizer = groups((1.0,))
    parts = [
        lr_scheduler.LinearLR(optimizer, 0.1, total_iters=3),
        torch_scheduler(optimizer, OTHER),
    ]
    scheduler = lr_scheduler.SequentialLR(optimizer, parts, milestones=[3])
    want = [0.1, 0.4, 0.7] + [OTHER(k) for k in range(5)]
    assert np.array(run(optimizer, scheduler, 8))[:, 0] == pytest.approx(want)


def test_the_order_of_steps_is_still_checked():
    optimizer = groups()
    scheduler = torch_scheduler(optimizer, WAVE)
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        scheduler.step()


@pytest.mark.parametrize(
    ("schedule", "options", "words"),
    [
        (abs, {}, "schedule must be a Schedule"),
        (0.1, {}, "schedule must be a Schedule"),
        ([WAVE, 0.1], {}, "schedule must be a Schedule"),
        ([WAVE], {}, "schedule must be one for each of the 2 parameter groups"),
        ([], {}, "schedule must be one for each of the 2 parameter groups"),
        (WAVE, {"step": -1}, "step must be"),
        ([lr.ReduceOnPlateau(1.0)], {}, "schedule must be one for each of the 2 parameter groups"),
        ({"a": WAVE}, {}, "schedule must be one for each of the 2 parameter groups"),
        ({"a": WAVE, "b": 0.1}, {}, "schedule must be a Schedule"),
        ("ab", {}, "schedule must be a Schedule"),
        (WAVE, {"momentum": 0.9}, "momentum must be a Schedule, got 0.9"),
        (WAVE, {"momentum": lr.ReduceOnPlateau(0.9)}, "momentum must be a Schedule"),
        (WAVE, {"momentum": [OTHER]}, "momentum must be one for each of the 2 parameter groups"),
        (WAVE, {"betas": OTHER}, "betas must be one of the numbers that every .+ has, dampening"),
        (WAVE, {"nesterov": OTHER}, "nesterov must be one of the numbers"),
        (WAVE, {"lr": OTHER}, "lr must be one of the numbers"),
    ],
)
def test_refused(schedule, options, words):
    with pytest.raises(ValueError, match=words):
        torch_scheduler(groups(), schedule, **options)


def test_bad_states_and_optimizers_are_refused():
    scheduler = torch_scheduler(groups(), WAVE, relative=True)
    for state in ({}, {"last_epoch": -1}, {"last_epoch": 1, "base_lrs": [1.0, 1.0, 1.0]}):
        with pytest.raises(ValueError, match=r"last_epoch must be|base_lrs must be"):
            scheduler.load_state_dict(state)
    assert scheduler.get_last_lr() == [base * WAVE(0) for base in BASES]
    with pytest.raises(TypeError):
        torch_scheduler(torch.nn.Linear(1, 1), WAVE)


def test_lrdecay_does_not_import_torch():
    code = "import sys, lrdecay; lrdecay.torch_scheduler; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("schedule", EXAMPLES, ids=repr)
def test_every_family_can_be_used(schedule):
    optimizer = groups()
    scheduler = torch_scheduler(optimizer, schedule)
    run(optimizer, scheduler, 3)
    twin = pickle.loads(pickle.dumps(scheduler))
    assert twin.schedule == schedule
    assert twin.get_last_lr() == [schedule(3)] * 2


@pytest.mark.parametrize(("kind", "label", "made"), MADE, ids=[label for _, label, _ in MADE])
def test_whatever_is_made_fits_or_is_named(kind, label, made):
    optimizer = groups()
    if kind not in {"schedule", "rule", "mapping"}:
        with pytest.raises(ValueError, match=r"^schedule must be"):
            torch_scheduler(optimizer, made)
        return
    scheduler = torch_scheduler(optimizer, made)
    optimizer.step()
    scheduler.step(*[1.0] * isinstance(scheduler, lr_scheduler.ReduceLROnPlateau))
    assert scheduler.get_last_lr() == rates(optimizer), label
    if kind == "schedule":
        assert rates(optimizer) == [made(1)] * 2
        torch_scheduler(optimizer, made, weight_decay=made)
        assert [group["weight_decay"] for group in optimizer.param_groups] == [made(0)] * 2
