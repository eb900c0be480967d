"""The formulas of the trainers without a dialect, as their sources state them.

Each is written from reading the file that `docs/reference/other-trainers.md` names: what the
trainer sets for update k of a run with the page's numbers. Those that compute a rate from the one
before are written so.
"""

import math
from bisect import bisect_right
from itertools import accumulate

LR, T, W, D, N = 0.1, 100, 10, 20, 10


def chained(*schedulers):
    """Return mmengine's rates: what each scheduler in turn makes of the rate before."""
    rates, lr = [], LR
    for step in range(T):
        for begin, end, value in schedulers:
            if begin <= step < end:
                lr = value(step - begin, lr)
        rates.append(lr)
    return rates.__getitem__


def by_epoch(*schedulers):
    """Return mmengine's rates when schedulers are stepped once in N updates."""
    rates = chained(*schedulers)
    return lambda k: rates(k // N)


def step_lr(size, gamma):
    return lambda i, lr: lr if i == 0 or i % size else lr * gamma


def multi_step(milestones, gamma=0.1):
    return lambda i, lr: lr * gamma if i in milestones else lr


def linear(begin, end, start):
    total = end - begin - 1

    def value(i, lr):
        if i == 0:
            return lr * start
        return lr * (1 + (1 - start) / (total * start + (i - 1) * (1 - start)))

    return begin, end, value


def constant(begin, end, factor):
    def value(i, lr):
        return lr * factor if i == 0 else lr / factor if i == end - begin - 1 else lr

    return begin, end, value


def poly(begin, end, power, eta_min):
    total = end - begin - 1

    def value(i, lr):
        return lr if i == 0 else (lr - eta_min) * (1 - 1 / (total - i + 1)) ** power + eta_min

    return begin, end, value


def cosine(begin, end, t_max, eta_min=0.0):
    def value(i, lr):
        if i == 0:
            return lr
        if (i - 1 - t_max) % (2 * t_max) == 0:
            return lr + (LR - eta_min) * (1 - math.cos(math.pi / t_max)) / 2
        ratio = (1 + math.cos(math.pi * i / t_max)) / (1 + math.cos(math.pi * (i - 1) / t_max))
        return ratio * (lr - eta_min) + eta_min

    return begin, end, value


def restarts(periods, weights, eta_min):
    ends = list(accumulate(periods))

    def value(i, lr):
        cycle = bisect_right(ends, i)
        step = i - ([0, *ends])[cycle]
        if step == 0:
            return LR * weights[cycle]
        now, before = (1 + math.cos(math.pi * (step - m) / periods[cycle]) for m in (0, 1))
        return now / before * (lr - eta_min) + eta_min

    return 0, T, value


def one_cycle(i, _):
    def wave(start, end, share):
        return end + (start - end) / 2 * (1 + math.cos(math.pi * share))

    rise, first, last = 0.3 * T - 1, LR / 25, LR / 25 / 1e4
    return wave(first, LR, i / rise) if i <= rise else wave(LR, last, (i - rise) / (T - 1 - rise))


MMENGINE = {
    "StepLR(step_size=30)": chained((0, T, step_lr(30, 0.1))),
    "MultiStepLR(milestones=[60, 80])": chained((0, T, multi_step((60, 80)))),
    "ExponentialLR(gamma=0.97)": chained((0, T, lambda i, lr: lr * 0.97 if i else lr)),
    "ConstantLR(factor=0.1, end=w)": chained(constant(0, W, 0.1)),
    "LinearLR(start_factor=0.001, end=w)": chained(linear(0, W, 0.001)),
    "PolyLR(power=0.9, eta_min=1e-4, end=T)": chained(poly(0, T, 0.9, 1e-4)),
    "CosineAnnealingLR(T_max=T, eta_min=1e-3)": chained(cosine(0, T, T, 1e-3)),
    "CosineRestartLR([50, 50], [1, 0.5], eta_min=0.01)": chained(
        restarts((50, 50), (1, 0.5), 0.01)
    ),
    "OneCycleLR(eta_max=lr, total_steps=T)": chained((0, T, one_cycle)),
    "LinearLR(start_factor=0.001, end=w), CosineAnnealingLR(T_max=T - w, begin=w, end=T)": chained(
        linear(0, W, 0.001), cosine(W, T, T - W)
    ),
    "LinearLR(start_factor=0.001, end=w), MultiStepLR(milestones=[60, 80])": chained(
        linear(0, W, 0.001), (0, T, multi_step((60, 80)))
    ),
    "MultiStepLR(milestones=[6, 8], by_epoch=True)": by_epoch((0, T, multi_step((6, 8)))),
    "CosineAnnealingLR(T_max=10, by_epoch=True)": by_epoch(cosine(0, T, 10)),
}


def detectron2(decay, constant_warmup=False):
    """Return rates on the clock `where`, the share of the run: the decay's runs in the warmup."""

    def lr(k):
        where, length = k / T, W / T
        if where + 1e-6 > length:
            return LR * decay(where)
        start = 0.001 * decay(0.0)
        if constant_warmup:
            return LR * start
        share = where / length
        return LR * (decay(length) * share + start * (1 - share))

    return lr


def multi(where):
    return (1, 0.1, 0.01)[bisect_right((60, 80), int((where + 1e-6) * T))]


DETECTRON2 = {
    "WarmupMultiStepLR, STEPS (60, 80)": detectron2(multi),
    "WarmupMultiStepLR, WARMUP_METHOD constant": detectron2(multi, constant_warmup=True),
    "WarmupCosineLR": detectron2(lambda where: 0.5 * (1 + math.cos(math.pi * where))),
}


def noam(k):
    return 512**-0.5 * min(k**-0.5 if k else 1, W**-1.5 * k)


def paddle_poly(power, end, cycle):
    def lr(k):
        total, now = 40, k
        if cycle:
            total *= max(1, math.ceil(k / 40))
        else:
            now = min(k, 40)
        return (LR - end) * (1 - now / total) ** power + end

    return lr


def paddle_cosine(t_max, eta_min):
    """Return the rates of Paddle's scheduler, which has PyTorch's recursion and stays in motion."""
    _, _, value = cosine(0, T, t_max, eta_min)
    rates = list(accumulate(range(1, T), lambda lr, i: value(i, lr), initial=LR))
    return rates.__getitem__


PADDLE = {
    "NoamDecay(512, w)": noam,
    "PiecewiseDecay([50, 75], [lr, lr / 2, lr / 10])": lambda k: (LR, LR / 2, LR / 10)[
        (k >= 50) + (k >= 75)
    ],
    "NaturalExpDecay(lr, gamma=0.1)": lambda k: LR * math.exp(-0.1 * k),
    "ExponentialDecay(lr, gamma=0.97)": lambda k: LR * 0.97**k,
    "InverseTimeDecay(lr, gamma=0.1)": lambda k: LR / (1 + 0.1 * k),
    "PolynomialDecay(lr, 40, end_lr=0.001, power=2.0)": paddle_poly(2.0, 0.001, cycle=False),
    "PolynomialDecay(lr, 40, end_lr=0.001, cycle=True)": paddle_poly(1.0, 0.001, cycle=True),
    "StepDecay(lr, step_size=30)": lambda k: LR * 0.1 ** (k // 30),
    "MultiStepDecay(lr, [60, 80])": lambda k: LR * 0.1 ** ((k >= 60) + (k >= 80)),
    "CosineAnnealingDecay(lr, T_max=T)": paddle_cosine(T, 0.0),
    "CosineAnnealingDecay(lr, T_max=40, eta_min=0.01)": paddle_cosine(40, 0.01),
    "LinearWarmup(CosineAnnealingDecay(lr, T - w), w, 0.0, lr)": lambda k: (
        LR * k / W if k < W else LR * (1 + math.cos(math.pi * (k - W) / (T - W))) / 2
    ),
}


def torchtitan(d, kind="linear", low=0.0):
    falls = {
        "linear": lambda p: 1 - p,
        "sqrt": lambda p: 1 - math.sqrt(p),
        "cosine": lambda p: 0.5 * (1 + math.cos(math.pi * p)),
    }

    def lr(k):
        if k < W:
            return LR * (k + 1) / W
        stable = T + 1 - W - d
        if k < W + stable:
            return LR
        return LR * (low + (1 - low) * falls[kind]((k + 1 - W - stable) / d))

    return lr


TORCHTITAN = {
    "warmup_steps=w": torchtitan(T - W),
    "warmup_steps=w, decay_type=cosine, min_lr_factor=0.1": torchtitan(T - W, "cosine", 0.1),
    "warmup_steps=w, decay_ratio=0.2": torchtitan(D),
    "warmup_steps=w, decay_ratio=0.2, decay_type=sqrt": torchtitan(D, "sqrt"),
}


def ramp(top, c):
    return top * min(c, W) / W


def olmo(after, top=LR, strictly=True):
    """Return rates of update k: the trainer counts it, then asks for the rate of the count."""

    def lr(k):
        c = k + 1
        return ramp(top, c) if c < W or (c == W and not strictly) else after(c)

    return lr


def olmo_cosine(c, low=0.1 * LR):
    return low if c >= T else low + (LR - low) * (1 + math.cos(math.pi * (c - W) / (T - W))) / 2


def olmo_power(c):
    def curve(c):
        return LR * (c / W) ** -0.51

    return curve(T - D) * (T - c) / D if c >= T - D else curve(c)


OLMO_CORE = {
    "ConstantWithWarmup(warmup=w)": olmo(lambda _: LR),
    "LinearWithWarmup(warmup=w)": olmo(lambda c: LR - 0.9 * LR * (c - W) / (T - W)),
    "CosWithWarmup(warmup=w)": olmo(olmo_cosine),
    "HalfCosWithWarmup(warmup=w)": olmo(
        lambda c: (
            0.1 * LR + 0.9 * LR * (1 + math.cos(math.pi * (c - W + (T - W)) / (2 * (T - W)))) / 2
        ),
        top=0.1 * LR + 0.9 * LR / 2,
    ),
    "CosWithWarmupAndLinearDecay(warmup=w, decay=d)": olmo(
        lambda c: olmo_cosine(T - D) * (T - c) / D if c >= T - D else olmo_cosine(c)
    ),
    "InvSqrtWithWarmup(warmup=w)": olmo(lambda c: 0.1 * LR + 0.9 * LR * math.sqrt(W / c)),
    "WSD(warmup=w, decay=d)": olmo(
        lambda c: LR * (T - c) / D if c >= T - D else LR, strictly=False
    ),
    "PowerLR(warmup=w, decay=d)": olmo(olmo_power, strictly=False),
    "ExponentialScheduler()": lambda k: LR if k + 1 >= T else 1e-9 * (LR / 1e-9) ** ((k + 1) / T),
}


def litgpt(low):
    def lr(k):
        if k < W:
            return LR * k / W
        return low + (LR - low) * (1 + math.cos(math.pi * (k - W) / (T - W))) / 2

    return lr


LITGPT = {
    "pretrain, get_lr with min_lr=0.01": litgpt(0.01),
    "finetune, get_lr_scheduler": litgpt(0.0),
}

TORCHTUNE = {"get_cosine_schedule_with_warmup(opt, w, T)": litgpt(0.0)}


def composer(factor, start=1.0):
    """Return rates with a ramp of w batches from 0 to the first factor."""
    return lambda k: LR * (start * k / W if k < W else factor(k))


def left(k, total=T, since=0):
    return 1 - min(1.0, (k - since) / (total - since))


def anneal(share):
    return (1 + math.cos(math.pi * min(max(share, 0.0), 1.0))) / 2


def warm_restarts(k, length, mult):
    start = 0
    while start + length <= k:
        start, length = start + length, int(mult * length)
    return anneal((k - start) / length)


COMPOSER = {
    "StepScheduler('30ba')": lambda k: LR * 0.1 ** int(k / 30),
    "MultiStepScheduler(['60ba', '80ba'])": lambda k: LR * 0.1 ** ((k >= 60) + (k >= 80)),
    "ConstantScheduler(alpha=0.5, t_max='40ba')": lambda k: LR * (0.5 if k < 40 else 1.0),
    "LinearScheduler(alpha_f=0.1)": lambda k: LR * (1 - 0.9 * (1 - left(k))),
    "ExponentialScheduler(gamma=0.9, decay_period='1ep')": lambda k: LR * 0.9 ** (k / N),
    "CosineAnnealingScheduler(alpha_f=0.1)": lambda k: LR * (0.1 + 0.9 * anneal(k / T)),
    "CosineAnnealingWarmRestartsScheduler('20ba', t_mult=2.0)": lambda k: (
        LR * warm_restarts(k, 20, 2.0)
    ),
    "PolynomialScheduler(power=2.0)": lambda k: LR * left(k) ** 2.0,
    "MultiStepWithWarmupScheduler('10ba', ['60ba', '80ba'])": composer(
        lambda k: 0.1 ** ((k >= 60) + (k >= 80))
    ),
    "ConstantWithWarmupScheduler('10ba')": composer(lambda _: 1.0),
    "LinearWithWarmupScheduler('10ba', alpha_f=0.1)": composer(
        lambda k: 1 - 0.9 * (1 - left(k, since=W))
    ),
    "CosineAnnealingWithWarmupScheduler('10ba', alpha_f=0.1)": composer(
        lambda k: 0.1 + 0.9 * anneal((k - W) / (T - W))
    ),
    "PolynomialWithWarmupScheduler('10ba')": composer(lambda k: left(k, since=W) ** 2.0),
}


def levanter(after, warmup=W):
    """Return rates of optax's joined schedules: each on its own clock."""
    return lambda k: LR * k / warmup if k < warmup else after(k - warmup)


def held(fall, low=0.1 * LR):
    def lr(c):
        share = (c - (T - W - D)) / D
        return LR if share < 0 else low + (LR - low) * fall(share)

    return lr


LEVANTER = {
    "lr_schedule=constant, warmup=w": levanter(lambda _: LR),
    "lr_schedule=cosine, warmup=w": levanter(
        lambda c: LR * (0.9 * (1 + math.cos(math.pi * c / (T - W))) / 2 + 0.1)
    ),
    "lr_schedule=linear, warmup=w": levanter(lambda c: LR + (0.1 * LR - LR) * c / (T - W)),
    "lr_schedule=linear, warmup=w, decay=d": levanter(held(lambda p: 1 - p)),
    "lr_schedule=cosine, warmup=w, decay=d": levanter(
        held(lambda p: (1 + math.cos(math.pi * p)) / 2)
    ),
    "lr_schedule=InvSqrt(timescale=40), warmup=w": levanter(
        lambda c: max(LR * min(1.0, 1 / math.sqrt(max(c + W, 1) / 40)), 0.1 * LR)
    ),
    "lr_schedule=inv, warmup=w": levanter(
        lambda c: max(LR * min(1.0, 1 / (9 * max(c, 1) / (T - W) + 1)), 0.1 * LR)
    ),
    "lr_schedule=Power(8, 64), warmup=0": levanter(
        lambda c: min(LR, 8 * 4.6 * (c * 8 * 64) ** -0.51) if c else LR, warmup=0
    ),
    "lr_schedule=cosine, warmup=0, cycles=4": lambda k: (
        LR * (0.9 * (1 + math.cos(math.pi * (k % 25) / 25)) / 2 + 0.1)
    ),
}


def fairseq(after, start=0.0):
    return lambda k: start + k * (LR - start) / W if k < W else after(k)


def tri_stage(k):
    if k < W + 30:
        return LR
    return LR * math.exp(math.log(0.01) / 40 * (k - W - 30)) if k <= W + 70 else 0.01 * LR


def fairseq_cosine(k, t_mult=2):
    c = k - W
    i = math.floor(math.log(1 - c / 20 * (1 - t_mult), t_mult))
    start, length = (2**i - 1) * 20, 2**i * 20
    return 0.1**i * LR * (1 + math.cos(math.pi * (c - start) / length)) / 2


def triangular(low, shrink_min):
    def lr(k):
        cycle = k // (2 * 15)
        least = low * 0.5**cycle if shrink_min else low
        height = max(0.0, 1 - abs(k / 15 - 2 * (cycle + 1) + 1))
        return least + (LR * 0.5**cycle - least) * height

    return lr


def fixed(k):
    warmup = min(1.0, (k + 1) / W)
    epoch = k // N + 1
    return warmup * LR * (0.5 ** (epoch + 1 - 4) if epoch >= 4 else 1.0)


FAIRSEQ = {
    "inverse_sqrt, warmup_init_lr 0.001": fairseq(lambda k: LR * W**0.5 * k**-0.5, start=0.001),
    "polynomial_decay, power 2, end_learning_rate 0.001": fairseq(
        lambda k: (LR - 0.001) * (1 - (k - W) / (T - W)) ** 2 + 0.001
    ),
    "cosine, min_lr 0.01": fairseq(
        lambda k: 0.01 + 0.5 * (LR - 0.01) * (1 + math.cos(math.pi * (k - W) / (T - W))),
        start=0.01,
    ),
    "cosine, lr_period_updates 20, t_mult 2, lr_shrink 0.1": fairseq(fairseq_cosine),
    "tri_stage, hold_steps 30, decay_steps 40": fairseq(tri_stage, start=0.01 * LR),
    "step, lr_deacy_period 30, min_lr 0.03": fairseq(
        lambda k: max(LR * 0.5 ** ((k - W) // 30), 0.03), start=0.03
    ),
    "triangular, lr 0.01, lr_period_updates 30, lr_shrink 0.5": triangular(0.01, shrink_min=False),
    "triangular, the same with shrink_min": triangular(0.01, shrink_min=True),
    "fixed, force_anneal 4, lr_shrink 0.5": fixed,
}

TRAINERS = {
    "mmengine": MMENGINE,
    "detectron2": DETECTRON2,
    "Paddle": PADDLE,
    "torchtitan": TORCHTITAN,
    "OLMo-core": OLMO_CORE,
    "litgpt": LITGPT,
    "torchtune": TORCHTUNE,
    "Composer": COMPOSER,
    "levanter": LEVANTER,
    "fairseq": FAIRSEQ,
}
