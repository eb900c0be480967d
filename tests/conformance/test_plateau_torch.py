"""Rules that follow a metric as PyTorch's schedulers: its own rates, files, groups, trainers."""

import copy
import gc
import io
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdecay as lr
from lrdecay import ReduceOnPlateau, torch_scheduler
from lrdecay.dialects import torch as ours
from tests.core.test_plateau import METRICS, RULES, walk

torch = pytest.importorskip("torch")

SETTINGS = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["min", "max"]),
        "threshold_mode": st.sampled_from(["rel", "abs"]),
        "patience": st.integers(0, 4),
        "threshold": st.sampled_from([0.0, 1e-4, 0.1]),
        "cooldown": st.integers(0, 3),
    }
)
POSITIVE = st.lists(st.floats(0.1, 2.0) | st.sampled_from([1.0, float("nan")]), max_size=40)
BY_RULE = pytest.mark.parametrize("rule", RULES, ids=repr)
BASES = (1.0, 0.25)


def groups(bases=BASES, names=(), kind="SGD"):
    parameters = [{"params": [torch.nn.Parameter(torch.ones(1))], "lr": base} for base in bases]
    for group, name in zip(parameters, names, strict=False):
        group["name"] = name
    return getattr(torch.optim, kind)(parameters, lr=0.7)


def rates(optimizer):
    return [float(group["lr"]) for group in optimizer.param_groups]


def run(optimizer, scheduler, metrics, every=2):
    """The groups' rates after each metric, which follows `every` updates."""
    found = []
    for metric in metrics:
        for _ in range(every):
            optimizer.step()
        scheduler.step(metric)
        assert scheduler.get_last_lr() == scheduler.get_lr() == rates(optimizer)
        found.append(rates(optimizer))
    return found


@given(POSITIVE, SETTINGS, st.sampled_from([0.0, 0.05]))
def test_same_rates_as_torch(metrics, settings, min_lr):
    # Positive: with a negative metric the two differ on purpose, see ReduceOnPlateau.
    peer_optimizer = groups((1.0,))
    peer = torch.optim.lr_scheduler.ReduceLROnPlateau(
        peer_optimizer, factor=0.3, min_lr=min_lr, eps=0.0, **settings
    )
    want = run_peer(peer_optimizer, peer, metrics)
    rule = ReduceOnPlateau(
        1.0,
        0.3,
        settings["patience"],
        settings["threshold"],
        settings["threshold_mode"],
        settings["mode"],
        cooldown=settings["cooldown"],
        min_lr=min_lr,
    )
    assert [[one] for one in rule.history(metrics).tolist()] == want
    optimizer = groups((0.3,))
    assert run(optimizer, torch_scheduler(optimizer, rule), metrics) == want


def run_peer(optimizer, peer, metrics):
    found = []
    for metric in metrics:
        peer.step(metric)
        found.append(rates(optimizer))
    return found


@given(
    st.lists(st.floats(-2, 2) | st.sampled_from([0.0, float("inf"), float("nan")]), max_size=40),
    SETTINGS,
)
def test_each_group_has_its_floor_as_in_torch(metrics, settings):
    floors = [0.02, 0.1]
    peer_optimizer = groups()
    peer = torch.optim.lr_scheduler.ReduceLROnPlateau(
        peer_optimizer, factor=0.3, min_lr=floors, **settings
    )
    want = run_peer(peer_optimizer, peer, metrics)
    rules = [
        ours.ReduceLROnPlateau(base, factor=0.3, min_lr=floor, **settings)
        for base, floor in zip(BASES, floors, strict=True)
    ]
    optimizer = groups((0.3, 0.3))
    assert run(optimizer, torch_scheduler(optimizer, rules), metrics) == want
    named = dict(zip("ba", rules, strict=True))
    optimizer = groups((0.3, 0.3), "ab")
    swapped = run(optimizer, torch_scheduler(optimizer, named), metrics)
    assert [pair[::-1] for pair in swapped] == want


@given(st.lists(st.floats(0.1, 2.0), max_size=30), st.integers(0, 2))
def test_relative_keeps_the_groups_own_rates_apart(metrics, patience):
    peer_optimizer = groups()
    peer = torch.optim.lr_scheduler.ReduceLROnPlateau(
        peer_optimizer, factor=0.5, patience=patience, eps=0.0
    )
    want = run_peer(peer_optimizer, peer, metrics)
    optimizer = groups()
    rule = ReduceOnPlateau(1.0, 0.5, patience)
    assert run(optimizer, torch_scheduler(optimizer, rule, relative=True), metrics) == want


@BY_RULE
def test_every_rule_is_live(rule):
    optimizer = groups()
    scheduler = torch_scheduler(optimizer, rule)
    assert isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
    assert rates(optimizer) == [rule.start().lr] * 2
    assert run(optimizer, scheduler, METRICS) == [[one] * 2 for one in walk(rule, METRICS)[0]]


@BY_RULE
@pytest.mark.parametrize("at", [0, 1, 5])
def test_a_state_survives_torch_save(rule, at):
    _, state = walk(rule, METRICS[:at])
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    back = torch.load(file)  # weights only, which is the default
    assert rule.restore(rule.update(back, 1.0)) == rule.update(state, 1.0)
    assert walk(rule, METRICS[at:], back) == walk(rule, METRICS[at:], state)


def by_torch(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file)


def by_json(state):
    return {
        "optimizer": by_torch(state["optimizer"]),
        "scheduler": json.loads(json.dumps(state["scheduler"], allow_nan=False)),
    }


def by_pickle(state):
    return pickle.loads(pickle.dumps(state))


def load_optimizer_first(state, make, optimizer):
    optimizer.load_state_dict(state["optimizer"])
    scheduler = make(optimizer)
    scheduler.load_state_dict(state["scheduler"])
    return scheduler


def load_scheduler_last(state, make, optimizer):
    scheduler = make(optimizer)
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
    return scheduler


def load_scheduler_first(state, make, optimizer):
    scheduler = make(optimizer)
    scheduler.load_state_dict(state["scheduler"])
    optimizer.load_state_dict(state["optimizer"])
    return scheduler


def load_scheduler_alone(state, make, optimizer):
    scheduler = make(optimizer)
    scheduler.load_state_dict(state["scheduler"])
    return scheduler


ORDERS = [load_optimizer_first, load_scheduler_last, load_scheduler_first, load_scheduler_alone]
HELD = {
    "one": (RULES[0], {}),
    "warm": (RULES[10], {"momentum": lr.Linear(0.9, 9, 0.5)}),
    "relative": (RULES[11], {"relative": True}),
    "each": ([RULES[5], lr.Cosine(1.0, 20)], {}),
    "named": ({"b": RULES[8], "a": RULES[12]}, {"relative": True}),
}


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("file", [by_torch, by_json, by_pickle])
@pytest.mark.parametrize("at", [0, 1, 4])
def test_resume(held, order, file, at):
    schedule, options = HELD[held]

    def make(optimizer):
        return torch_scheduler(optimizer, schedule, **options)

    def momenta(optimizer):
        return [group["momentum"] for group in optimizer.param_groups]

    first = groups(names="ab")
    scheduler = make(first)
    run(first, scheduler, METRICS[:at])
    state = file({"optimizer": first.state_dict(), "scheduler": scheduler.state_dict()})
    again = groups(names="ab")
    resumed = order(state, make, again)
    assert rates(again) == resumed.get_last_lr() == rates(first)
    assert momenta(again) == momenta(first)
    assert run(again, resumed, METRICS[at:]) == run(first, scheduler, METRICS[at:])
    assert resumed.state_dict() == scheduler.state_dict()


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("copied", [copy.deepcopy, by_pickle])
def test_copies(held, copied):
    schedule, options = HELD[held]
    optimizer = groups(names="ab")
    scheduler = torch_scheduler(optimizer, schedule, **options)
    run(optimizer, scheduler, METRICS[:2])
    twin_optimizer, twin = copied((optimizer, scheduler))
    assert twin.optimizer is twin_optimizer
    assert type(twin) is type(scheduler)
    want = run(twin_optimizer, twin, METRICS)
    assert run(optimizer, scheduler, METRICS) == want


def test_a_warmup_counts_the_updates_themselves():
    rule = ReduceOnPlateau(1.0, patience=0).after_warmup(3)
    optimizer = groups((0.3,))
    scheduler = torch_scheduler(optimizer, rule)
    used = []
    for _ in range(4):
        used.append(rates(optimizer)[0])
        optimizer.step()
    assert used == [0.25, 0.5, 0.75, 1.0]
    scheduler.step(1.0)
    scheduler.step(torch.tensor(1.0))
    assert rates(optimizer) == [0.1]
    assert (scheduler.updates, scheduler.last_epoch) == (4, 2)
    later = groups((0.3,))
    torch_scheduler(later, rule, step=2)
    assert rates(later) == [0.75]


def test_a_scheduler_that_was_replaced_sets_nothing():
    optimizer = groups((0.3,))
    scheduler = torch_scheduler(optimizer, ReduceOnPlateau(1.0).after_warmup(9))
    scheduler = torch_scheduler(optimizer, lr.Constant(0.5))
    gc.collect()
    optimizer.step()
    assert rates(optimizer) == [0.5]
    scheduler.step()


def test_momentum_follows_the_updates():
    falling = lr.Linear(0.9, 9, 0.5)
    optimizer = groups((0.3,))
    scheduler = torch_scheduler(optimizer, ReduceOnPlateau(1.0), momentum=falling)
    for k in range(4):
        assert optimizer.param_groups[0]["momentum"] == falling(k)
        optimizer.step()
    scheduler.step(1.0)
    assert optimizer.param_groups[0]["momentum"] == falling(4)


def test_a_later_group_follows_too():
    new = {"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.5}
    optimizer = groups()
    scheduler = torch_scheduler(optimizer, ReduceOnPlateau(1.0, patience=0), relative=True)
    run(optimizer, scheduler, [1.0, 1.0])
    optimizer.add_param_group(new)
    assert run(optimizer, scheduler, [1.0])[-1] == pytest.approx([0.01, 0.0025, 0.005])
    scheduler = torch_scheduler(groups(), [RULES[0], RULES[1]])
    scheduler.optimizer.add_param_group(new)
    with pytest.raises(ValueError, match="schedule must be one for each of the 3"):
        scheduler.step(1.0)
    scheduler.schedule = [*scheduler.schedule, lr.Constant(0.125)]
    scheduler.step(1.0)
    assert rates(scheduler.optimizer)[-1] == 0.125


def test_rates_that_are_tensors_stay_the_same_tensors():
    optimizer = groups((torch.tensor(1.0), torch.tensor(0.25)), kind="AdamW")
    tensors = [group["lr"] for group in optimizer.param_groups]
    scheduler = torch_scheduler(optimizer, ReduceOnPlateau(1.0, patience=0), relative=True)
    for metric in (1.0, 1.0):
        optimizer.step()
        scheduler.step(metric)
    assert rates(optimizer) == pytest.approx([0.1, 0.025])
    assert all(g["lr"] is one for g, one in zip(optimizer.param_groups, tensors, strict=True))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("1", "metrics must be a number"),
        (None, "metrics must be a number"),
        (torch.ones(2), "metrics must be"),
    ],
)
def test_bad_metrics_are_named(bad, words):
    scheduler = torch_scheduler(groups(), RULES[0])
    before = scheduler.state_dict()
    with pytest.raises(ValueError, match=words):
        scheduler.step(bad)
    assert scheduler.state_dict() == before


def test_bad_states_are_named():
    scheduler = torch_scheduler(groups(), RULES[0])
    good = scheduler.state_dict()
    peer = torch.optim.lr_scheduler.ReduceLROnPlateau(groups())
    for bad, words in [
        ({}, "last_epoch must be"),
        ({**good, "updates": -1}, "updates must be"),
        ({**good, "states": 5}, "states must be"),
        ({**good, "states": good["states"] * 2}, "states must be"),
        ({**good, "states": [{"lr": 1.0, "other": 2}]}, "state must be"),
        (peer.state_dict(), "updates must be"),
    ]:
        with pytest.raises(ValueError, match=words):
            scheduler.load_state_dict(bad)
        assert scheduler.state_dict() == good
