"""What a method changes of a training: against PyTorch, `optimizers`, and closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from lrdecay import Constant, Linear
from lrdecay.lab.trials import design, optimizers
from lrdecay.lab.trials.data import Images, Text
from lrdecay.lab.trials.design import Method
from lrdecay.lab.trials.records import BITS, LOOKS, Task, rounded

torch = pytest.importorskip("torch")
networks = pytest.importorskip("lrdecay.lab.trials.torch_networks")
torch_optimizers = pytest.importorskip("lrdecay.lab.trials.torch_optimizers")
training = pytest.importorskip("lrdecay.lab.trials.torch_training")

TEXT = design.Model("kjv", "transformer", (2, 8, 2, 12), "adamw", 8, weight_decay=0.1)
CONV = design.Model("fashion-early", "conv", (2, 4), "sgd", 8)
FIRST, SECOND = 6, 12
START, END = Constant(0.02), Linear(0.02, SECOND)


def text(power=1):
    codes = np.cumsum(np.random.default_rng(power).integers(0, 3, 4000)) ** power % 65
    return Text(codes[:3000], codes[3000:3500], codes[3500:], "?" * 65)


def images():
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(5, 36))

    def part(n):
        labels = rng.integers(0, 5, n)
        return (centers[labels] + rng.normal(size=(n, 36))).astype(np.float32), labels

    return Images(part(400), part(100), part(100))


DATA = {"kjv": text, "code": lambda: text(2), "fashion-early": images, "fashion-late": images}


@pytest.fixture(autouse=True)
def synthetic(monkeypatch):
    monkeypatch.setattr(networks, "CLASSES", dict.fromkeys(DATA, 5) | {"kjv": 65, "code": 65})
    monkeypatch.setattr(training, "load", lambda name: DATA[name]())
    training._before.cache_clear()
    with training._one_thread(torch):
        yield
    training._before.cache_clear()


def task_of(method=design.PLAIN, model=TEXT, schedule=END, updates=SECOND, **options):
    return Task(model, (schedule,), (1,), ((updates, model.batch),), method=method, **options)


def trained(task, seed=1):
    return training._trained(task, task.schedules[0], seed, DATA[task.model.data]())


def results(task, seed=1):
    return training.alone(task, task.schedules[0], seed, DATA[task.model.data]())


def weights(run):
    return [weight.detach().clone() for weight in networks.weights(run.net)]


def equal(ones, others):
    return all(torch.equal(one, two) for one, two in zip(ones, others, strict=True))


def fresh(model=TEXT):
    torch.manual_seed(1)
    return networks.build(model, DATA[model.data]())


# --- a start -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [TEXT, CONV])
def test_a_kept_state_makes_of_two_parts_one_run(model):
    before = task_of(model=model, schedule=START, updates=FIRST)
    whole = task_of(model=model, schedule=START.then(END, at=FIRST), updates=FIRST + SECOND)
    parts = task_of(Method(kept=True), model, before=before)
    unbroken = weights(trained(whole))
    assert equal(weights(trained(parts)), unbroken)
    assert not equal(weights(trained(replace(parts, method=design.PLAIN))), unbroken)


def test_a_kept_state_is_gone_on_with_where_betas_may_move():
    before = task_of(schedule=START, updates=FIRST)
    plain = weights(trained(task_of(Method(kept=True), before=before)))
    still = Method(kept=True, momentum=(0.9, 0.9), beta2=(TEXT.beta2, TEXT.beta2))
    moving = weights(trained(task_of(still, before=before)))
    for one, two in zip(plain, moving, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5)


def test_arms_share_a_start_and_leave_it_as_it_was():
    before = Task(TEXT, (START,), (1, 2), ((FIRST, 8),))
    plain = task_of(before=before)
    first = weights(trained(plain))
    for method in (Method(rank=2, watched=True), Method(kept=True), Method(muon=True)):
        results(task_of(method, before=before))
    assert training._before.cache_info().misses == 1
    assert equal(weights(trained(plain)), first)
    training._before.cache_clear()
    assert equal(weights(trained(plain)), first)
    resting = task_of(schedule=Constant(0.0), before=before)
    for seed in (1, 2):
        alone = task_of(schedule=START, updates=FIRST)
        assert equal(weights(trained(resting, seed)), weights(trained(alone, seed)))


def test_data_go_on_where_the_start_stopped_and_others_begin():
    before = task_of(schedule=START, updates=FIRST)
    whole = list(training._drawn(task_of(updates=FIRST + SECOND), 1, text()))
    here = list(training._going_on(task_of(before=before), 1, text()))
    assert len(here) == SECOND
    assert all(equal(one, two) for one, two in zip(here, whole[FIRST:], strict=True))
    code = replace(TEXT, data="code")
    there = list(training._going_on(task_of(model=code, before=before), 1, text()))
    assert all(equal(one, two) for one, two in zip(there, whole[:SECOND], strict=True))


def test_an_image_network_gets_a_new_last_layer_for_other_classes():
    before = task_of(model=CONV, schedule=START, updates=FIRST)
    late = replace(CONV, data="fashion-late")
    taken = weights(trained(task_of(model=late, schedule=Constant(0.0), before=before)))
    old, new = weights(trained(before)), [w.detach() for w in networks.weights(fresh(late))]
    assert equal(taken, [*old[:-2], *new[-2:]])
    assert not equal(old[-2:], new[-2:])


# --- adapters ------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [TEXT, CONV])
def test_adapters_begin_with_the_network_and_merge_into_it(model):
    net, (inputs, _) = (
        fresh(model),
        next(training._drawn(task_of(model=model), 1, DATA[model.data]())),
    )
    plain = [w.detach().clone() for w in networks.weights(net)]
    with torch.no_grad():
        outputs = net(inputs)
        networks.adapt(net, 2)
        assert torch.equal(net(inputs), outputs)
        first = []
        for module in networks.hidden(net):
            product = module.parametrizations.weight[0]
            first.append(product.a.flatten() * product.a.shape[1] ** 0.5)
            torch.nn.init.normal_(product.b)
            wanted = product.b @ product.a * 2.0 + module.parametrizations.weight.original.flatten(
                1
            )
            torch.testing.assert_close(module.weight.flatten(1), wanted)
        assert torch.cat(first).std() == pytest.approx(1.0, rel=0.3)
        changed = net(inputs)
        assert not torch.allclose(changed, outputs)
        networks.merge(net)
        torch.testing.assert_close(net(inputs), changed)
    assert sorted(w.shape for w in net.parameters()) == sorted(w.shape for w in plain)


def test_adapters_train_products_embeddings_and_the_last_layer_alone():
    task = task_of(Method(rank=2))
    run, began = trained(task), dict(fresh().named_parameters())
    networks.merge(run.net)
    for name, weight in run.net.named_parameters():
        change = (weight - began[name]).detach()
        if "norm" in name:
            assert not change.any()
        elif name.startswith("blocks"):
            assert torch.linalg.matrix_rank(change, rtol=1e-4) == 2
        else:
            assert change.any(1).float().mean() > 0.5


def test_the_mean_of_adapted_weights_is_that_of_the_weights():
    found = results(task_of(Method(rank=2), average="last_1"))
    assert found["average_test_loss"] == pytest.approx(found["test_loss"], rel=1e-6)


# --- rates, decay, clipping ----------------------------------------------------------------------


def test_the_rate_falls_from_layer_to_layer():
    model = replace(TEXT, weight_decay=0.0)
    run = trained(task_of(Method(layerwise=0.5), model, Constant(1e-3), updates=1))
    began = fresh()
    names = ["symbols", "blocks.0", "blocks.1", "head"]
    for depth, name in enumerate(reversed(names)):
        old, new = (dict(net.named_parameters()) for net in (began, run.net))
        (found,) = {
            round(float((new[key] - old[key]).detach().abs().max()) / 1e-3, 2)
            for key in old
            if key.startswith(name)
        }
        assert found == pytest.approx(0.5**depth, abs=0.01)  # AdamW's first step has size 1
    assert (run.net.norm.weight - 1.0).detach().abs().max() == pytest.approx(1e-3, rel=0.01)
    assert (run.net.places.weight - began.places.weight).detach().abs().max() == pytest.approx(
        0.125e-3, rel=0.01
    )


@pytest.mark.parametrize("muon", [False, True])
@pytest.mark.parametrize(
    ("decay", "rate"),
    [
        ("with the rate", lambda lr, _: lr),
        ("constant", lambda _, peak: peak),
        ("with the square", lambda lr, peak: lr**2 / peak),
    ],
)
def test_weights_without_a_gradient_decay_as_told(decay, rate, muon):
    schedule = Linear(0.5, SECOND - 1)  # whose last rate is 0
    net, task = fresh(), task_of(Method(decay=decay, muon=muon), schedule=schedule)
    began = [w.detach().clone() for w in net.parameters()]
    steps = torch_optimizers.Steps(task, schedule, net)
    for k in range(SECOND):
        for weight in net.parameters():
            weight.grad = torch.zeros_like(weight)
        steps.update(k)
    left = np.prod([1.0 - 0.1 * rate(lr, 0.5) for lr in schedule.sample(SECOND)])
    for old, new in zip(began, net.parameters(), strict=True):
        torch.testing.assert_close(new.detach(), old * (left if old.ndim == 2 else 1.0))


def test_the_gradient_is_clipped_as_the_method_says():
    def moved(clip, norm):
        task = task_of(Method(clip=clip), replace(CONV, clip=norm), Constant(1.0), updates=1)
        pairs = zip(trained(task).net.parameters(), fresh(CONV).parameters(), strict=True)
        return float(sum((one - two).detach().square().sum() for one, two in pairs)) ** 0.5

    free = moved(None, 0.0)
    assert free > 0.1
    assert moved(0.0, 0.01) == pytest.approx(free, rel=1e-6)
    assert moved(None, 0.01) == pytest.approx(0.01, rel=1e-3)
    assert moved(0.02, 0.01) == pytest.approx(0.02, rel=1e-3)


# --- optimizers ----------------------------------------------------------------------------------


def test_still_betas_are_those_of_pytorch():
    plain = weights(trained(task_of()))
    still = Method(momentum=(0.9, 0.9), beta2=(TEXT.beta2, TEXT.beta2))
    for one, two in zip(plain, weights(trained(task_of(still))), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5)


def gradients(shape, count=30):
    rng = np.random.default_rng(2)
    return [rng.normal(size=shape) * 10.0 ** rng.integers(-3, 2, shape) for _ in range(count)]


def test_moving_betas_are_those_of_the_stacks():
    ours = np.random.default_rng(1).normal(size=(1, 20))
    theirs = torch.nn.Parameter(torch.from_numpy(ours[0].copy()))
    mine = optimizers.AdamW(ours, 0.1, 0.99)
    group = {"params": [theirs], "weight_decay": 0.1, "lr": 0.0}
    peer = torch_optimizers.Moving([group], (0.9, 0.99))
    for k, gradient in enumerate(gradients((1, 20))):
        betas = 0.5 + 0.01 * k, 0.999 - 0.01 * k
        mine.beta1, mine.beta2 = (np.array([[beta]]) for beta in betas)
        peer.betas, group["lr"] = betas, 0.01 / (k + 1)
        theirs.grad = torch.from_numpy(gradient[0].copy())
        peer.step()
        mine.update(ours, gradient, np.array([0.01 / (k + 1)]))
        np.testing.assert_allclose(ours[0], theirs.detach().numpy(), rtol=1e-9)


def test_momentum_moves_with_the_rate():
    run = task_of(Method(momentum=(0.9, 0.5)), CONV, Linear(0.02, SECOND))
    net = fresh(CONV)
    steps = torch_optimizers.Steps(run, run.schedules[0], net)
    flat = torch.nn.utils.parameters_to_vector(net.parameters()).detach().numpy()[None].copy()
    mine = optimizers.SGD(flat, 0.9)
    for k, gradient in enumerate(gradients(flat.shape, SECOND)):
        slope = gradient.astype(np.float32)
        ends = np.cumsum([0, *(w.numel() for w in net.parameters())])
        for weight, i, j in zip(net.parameters(), ends, ends[1:], strict=False):
            weight.grad = torch.from_numpy(slope[0, i:j].copy()).view_as(weight)
        steps.update(k)
        share = run.schedules[0](k) / 0.02
        mine.momentum = 0.5 + 0.4 * share
        mine.update(flat, slope, np.array([0.02 * share]))
    found = torch.nn.utils.parameters_to_vector(net.parameters()).detach().numpy()
    np.testing.assert_allclose(found, flat[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(6, 10), (12, 5), (8, 8)])
def test_muon_is_that_of_the_stacks_and_near_that_of_pytorch(shape):
    size = shape[0] * shape[1]
    ours = np.random.default_rng(1).normal(size=(1, size + 3)).astype(np.float32)
    here, there = (
        torch.nn.Parameter(torch.from_numpy(ours[0, :size].copy()).view(shape)) for _ in range(2)
    )
    mine = optimizers.Muon(ours, 0.1, 0.99, lambda flat: [flat[:, :size].reshape(-1, *shape)])
    group = {"params": [here], "weight_decay": 0.1, "lr": 0.0}
    peer = torch_optimizers.Muon([group])
    other = torch.optim.Muon(
        [there], momentum=0.95, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"
    )
    moved = 0.0
    for k, gradient in enumerate(gradients((1, size + 3))):
        group["lr"] = other.param_groups[0]["lr"] = 0.1 / (k + 1)
        slope = gradient.astype(np.float32)
        here.grad = torch.from_numpy(slope[0, :size].copy()).view(shape)
        there.grad = here.grad.clone()
        peer.step()
        other.step()
        before = ours[0, :size].copy()
        mine.update(ours, slope, np.array([0.1 / (k + 1)]))
        moved += np.linalg.norm(ours[0, :size] - before)
        flat = ours[0, :size].reshape(shape)
        np.testing.assert_allclose(here.detach().numpy(), flat, atol=2e-4)
        # bfloat16 has 8 bits, and each of five rounds multiplies three times.
        assert np.linalg.norm(there.detach().numpy() - flat) < 0.03 * moved


def test_muon_moves_hidden_matrices_and_adamw_the_rest_at_its_own_rate():
    still = task_of(Method(muon=True), schedule=Constant(0.01), others=(Constant(0.0),))
    run, began = trained(still), dict(fresh().named_parameters())
    for name, weight in run.net.named_parameters():
        hidden = name.startswith("blocks") and weight.ndim == 2
        assert torch.equal(weight, began[name]) != hidden
    both, plain = (
        weights(trained(task_of(Method(muon=muon), updates=1))) for muon in (True, False)
    )
    for one, two, name in zip(both, plain, began, strict=True):
        assert torch.equal(one, two) != (name.startswith("blocks") and one.ndim == 2)


# --- looks ---------------------------------------------------------------------------------------


def test_a_watched_run_is_seen_on_its_way_rounded_and_on_the_old_text():
    before = task_of(schedule=START, updates=FIRST)
    code = replace(TEXT, data="code")
    task = task_of(Method(watched=True), code, before=before)
    found, run = results(task), trained(task)
    plain = results(replace(task, method=design.PLAIN))
    assert found["test_loss"] == plain["test_loss"]
    assert found["valid_looks"].shape == found["test_looks"].shape == (LOOKS,)
    for name in ("valid", "test"):
        part = training._part(name, code, text(2), training.LOOKED_AT)
        last = training._measured(run.net, task, *part)[0]
        assert found[f"{name}_looks"][-1] == pytest.approx(last, rel=1e-6)
        assert len(set(found[f"{name}_looks"])) == LOOKS
    old = training._measured(run.net, task, *training._part("test", TEXT, text()))[0]
    assert found["old_loss"] == pytest.approx(old, rel=1e-6)
    assert found["test_loss"] != found["rounded_8"] != found["rounded_4"]
    assert found["rounded_8"] == pytest.approx(found["test_loss"], rel=0.01)
    assert "old_loss" not in results(task_of(Method(watched=True), before=before))


def test_a_watched_run_that_explodes_has_all_its_results():
    model = replace(CONV, weight_decay=0.0)
    found = results(task_of(Method(watched=True), model, Constant(1e9), average="last_10"))
    assert found["valid_looks"].shape == (LOOKS,)
    assert np.isnan(found["valid_looks"][-1])
    assert not np.isfinite(found["rounded_8"])


@pytest.mark.parametrize("bits", BITS)
def test_rounding_is_off_by_half_a_step_at_most(bits):
    net = fresh()
    with torch.no_grad():
        net.norm.weight.normal_()
    before = [w.detach().clone() for w in net.parameters()]
    training._round(net, bits)
    for old, new in zip(before, net.parameters(), strict=True):
        if old.ndim < 2:
            assert torch.equal(old, new)
            continue
        step = float(old.abs().max()) / (2 ** (bits - 1) - 1)
        assert (old - new).abs().max() <= step * 0.5001
        assert (old - new).abs().max() > step * 0.4
        assert len(new.unique()) <= 2**bits - 1
        np.testing.assert_array_equal(new.detach().numpy(), rounded(old.numpy(), bits))
