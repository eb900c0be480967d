"""Networks and optimizers of the trials against PyTorch, and what PyTorch trains there."""

from dataclasses import replace

import numpy as np
import pytest

from lrdecay import Linear
from lrdecay.lab.trials import data, design, grids, mlp
from lrdecay.lab.trials.data import Images, Text
from lrdecay.lab.trials.mlp_training import stacked
from lrdecay.lab.trials.optimizers import SGD, AdamW
from lrdecay.lab.trials.records import Task

torch = pytest.importorskip("torch")
torch_training = pytest.importorskip("lrdecay.lab.trials.torch_training")

STEPS = 60
SCHEDULE = Linear(0.02, STEPS)


def images():
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(10, 36))

    def part(n):
        labels = rng.integers(0, 10, n)
        return (centers[labels] + rng.normal(size=(n, 36))).astype(np.float32), labels

    return Images(part(400), part(100), part(100))


def text():
    rng = np.random.default_rng(0)
    codes = np.cumsum(rng.integers(0, 3, 4000)) % 65
    return Text(codes[:3000], codes[3000:3500], codes[3500:], "?" * 65)


def optimizer_of(model, parameters):
    if model.optimizer == "sgd":
        return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)
    betas = (0.9, model.beta2)
    return torch.optim.AdamW(parameters, lr=0.1, betas=betas, weight_decay=model.weight_decay)


@pytest.mark.parametrize(
    "model",
    [
        design.Model("digits", "mlp", (8, 8), "sgd", 16),
        design.Model("digits", "mlp", (8,), "adamw", 16, weight_decay=0.1),
    ],
)
def test_the_same_weights_and_batches_give_the_same_losses(model):
    here, (inputs, labels) = images(), images().train
    widths = (36, *model.sizes, 10)
    plan = ((STEPS // 2, 16), (STEPS // 2, 32))
    found = stacked(Task(model, (SCHEDULE,), (5, 6), plan), here)
    layers = []
    for given in mlp.layers(mlp.initial(6, widths)[None], widths):
        layer = torch.nn.Linear(given.shape[2] - 1, given.shape[1])
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(given[0, :, :-1].copy()))
            layer.bias.copy_(torch.from_numpy(given[0, :, -1].copy()))
        layers += [layer, torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    optimizer = optimizer_of(model, net.parameters())
    losses = []
    for k, rows in enumerate(data.batches(6, len(labels), plan)):
        optimizer.param_groups[0]["lr"] = SCHEDULE(k)
        optimizer.zero_grad()
        scores = net(torch.from_numpy(inputs[rows]))
        loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(labels[rows]))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    curve = [np.mean(part) for part in np.split(losses, np.flatnonzero(np.diff(edges())) + 1)]
    np.testing.assert_allclose(found["curve"][0, 1], curve, rtol=2e-4)
    assert found["worst"][0, 1] == pytest.approx(max(losses), rel=1e-5)
    with torch.no_grad():
        scores = net(torch.from_numpy(here.test[0]))
        loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(here.test[1]))
    assert found["test_loss"][0, 1] == pytest.approx(loss.item(), rel=2e-4)


def edges():
    from lrdecay.lab.trials.records import Curve

    return Curve(STEPS).edges


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_optimizers(name):
    rng = np.random.default_rng(2)
    ours = rng.normal(size=(1, 20))
    theirs = torch.nn.Parameter(torch.from_numpy(ours[0].copy()))
    if name == "sgd":
        mine, peer = SGD(ours, 0.9), torch.optim.SGD([theirs], lr=1.0, momentum=0.9)
    else:
        mine = AdamW(ours, 0.1, 0.99)
        peer = torch.optim.AdamW([theirs], lr=1.0, betas=(0.9, 0.99), weight_decay=0.1)
    for k in range(30):
        gradient = rng.normal(size=(1, 20)) * 10.0 ** rng.integers(-4, 3, (1, 20))
        peer.param_groups[0]["lr"] = SCHEDULE(k)
        theirs.grad = torch.from_numpy(gradient[0].copy())
        peer.step()
        mine.update(ours, gradient, np.array([SCHEDULE(k)]))
        np.testing.assert_allclose(ours[0], theirs.detach().numpy(), rtol=1e-9)


CONV = design.Model("digits", "conv", (4, 8), "sgd", 16)
SMALL = design.Model("kjv", "transformer", (2, 16, 2, 24), "adamw", 8, 0.1, 1.0, 0.1, 0.99)


@pytest.mark.parametrize("model", [CONV, SMALL])
def test_a_run_has_the_same_bits_every_time_and_learns(model):
    loaded = images() if model.data == "digits" else text()
    task = Task(model, (SCHEDULE,), (1,), ((STEPS, model.batch),))
    before = torch.get_rng_state().clone(), torch.get_num_threads()
    one, two = (torch_training.alone(task, SCHEDULE, 1, loaded) for _ in range(2))
    other = torch_training.alone(task, SCHEDULE, 2, loaded)
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert one["test_loss"] != other["test_loss"]
    assert one["start"] == pytest.approx(np.log(data.CLASSES[model.data]), rel=0.1)
    assert one["test_loss"] < 0.95 * one["start"]
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.get_num_threads() == before[1]


def test_a_run_that_explodes_ends_and_is_told():
    model = replace(CONV, optimizer="sgd")
    task = Task(model, (Linear(1e6, STEPS),), (1,), ((STEPS, 16),), average="last_10")
    found = torch_training.alone(task, task.schedules[0], 1, images())
    assert not np.isfinite(found["train_loss"])
    assert not np.isfinite(found["average_train_loss"])


def test_the_mean_of_the_last_weights_is_judged_beside_them():
    task = Task(CONV, (SCHEDULE,), (1,), ((STEPS, 16),))
    last = torch_training.alone(replace(task, average="last_1"), SCHEDULE, 1, images())
    assert last["average_test_loss"] == pytest.approx(last["test_loss"], rel=1e-6)
    mean = torch_training.alone(replace(task, average="last_50"), SCHEDULE, 1, images())
    assert mean["test_loss"] == last["test_loss"]
    assert mean["average_test_loss"] != mean["test_loss"]


def test_no_character_sees_those_after_it():
    torch.manual_seed(0)
    net = torch_training.build(SMALL, text())
    codes = torch.randint(0, 65, (3, 24))
    changed = codes.clone()
    changed[:, 10:] = (changed[:, 10:] + 7) % 65
    with torch.no_grad():
        one, two = net(codes), net(changed)
    torch.testing.assert_close(one[:, :10], two[:, :10])
    assert not torch.allclose(one[:, 10:], two[:, 10:])


def test_the_networks_are_as_large_as_they_are_called():
    for model, least, most in (
        (grids.TEXT_64K, 60e3, 68e3),
        (grids.TEXT_161K, 157e3, 165e3),
        (grids.TEXT_10M, 9.5e6, 11.5e6),
    ):
        net = torch_training.build(model, text())
        assert least < sum(weight.numel() for weight in net.parameters()) < most
