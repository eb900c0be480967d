"""Every formula of the package, written a second time.

It shares no code with the package: whole-step arithmetic is in exact fractions, cosines are
half-angle identities, the hyperbolic tangent is a logistic, powers are exponentials of logarithms.
"""

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np

import lrdecay as lr


def expected(schedule: lr.Schedule, k: float | Fraction) -> float:
    """Return the learning rate of `schedule` at `k`, computed here."""
    x = Fraction(k)
    for part in (_decays, _waves, _wrapped, _algebra):
        found = part(schedule, x)
        if found is not None:
            return found
    raise AssertionError(schedule)


def cos2(share: float) -> float:
    """Return half a cosine wave from 1 to 0, by the half-angle identity."""
    return math.sin(math.pi / 2 * (1 - share)) ** 2


def power(base: float, exponent: float) -> float:
    """Return a power of a number >= 0."""
    return math.exp(exponent * math.log(base)) if base > 0 else 0.0


def logistic(x: float) -> float:
    """Return (1 - tanh(x)) / 2."""
    return 1 / (1 + math.exp(2 * x))


def _decays(schedule: lr.Schedule, x: Fraction) -> float | None:
    match schedule:
        case lr.Constant(base_lr=b):
            return b
        case lr.Step(base_lr=b, step_size=size, gamma=g):
            return b * power(g, math.floor(x / size))
        case lr.MultiStep(base_lr=b, milestones=milestones, gamma=g):
            factors = g if isinstance(g, tuple) else [g] * len(milestones)
            passed = [f for m, f in zip(milestones, factors, strict=True) if m <= x]
            return b * math.prod(passed)
        case lr.Piecewise(milestones=milestones, values=values, between=between):
            i = sum(m <= x for m in milestones)
            if between == "constant" or i == len(milestones):
                return values[i]
            start, end = (0, *milestones)[i], milestones[i]
            share = (x - start) / (end - start)
            return float(Fraction(values[i]) * (1 - share) + Fraction(values[i + 1]) * share)
        case lr.Exponential(base_lr=b, rate=rate, gamma=g, half_life=h):
            if g is not None:
                rate = -math.log(g)
            if h is not None:
                rate = math.log(2) / h
            return b * math.exp(-(rate or 0.0) * float(x))
        case lr.InverseTime(base_lr=b, rate=rate):
            return b / float(1 + Fraction(rate) * x)
        case lr.InverseSqrt(base_lr=b, timescale=scale):
            return b * math.sqrt(Fraction(scale) / (Fraction(scale) + x))
        case lr.PowerLaw(base_lr=b, power=p, timescale=scale):
            return b * math.exp(-p * math.log1p(x / Fraction(scale)))
        case lr.Noam(d_model=d, warmup_steps=w, factor=factor):
            root = math.sqrt(d * max(x + 1, w))
            return factor * float(min(x + 1, w) / w) / root
        case lr.Linear(base_lr=b, total_steps=t, final_lr=f):
            return f + (b - f) * float(1 - min(x / t, 1))
        case lr.Polynomial(base_lr=b, total_steps=t, power=p, final_lr=f, cycle=cycle):
            t *= max(1, math.ceil(x / t)) if cycle else 1
            return f + (b - f) * power(float(1 - min(x / t, 1)), p)
        case lr.Tanh(base_lr=b, total_steps=t, final_lr=f, lower=low, upper=high):
            share = float(min(x / t, 1))
            return f + (b - f) * logistic(low + (high - low) * share)
        case lr.REX(base_lr=b, total_steps=t, final_lr=f):
            x = min(x, Fraction(t))
            return f + (b - f) * float(2 * (t - x) / (2 * t - x))
        case lr.Chebyshev(base_lr=b, total_steps=t, final_lr=f):
            return f + (b - f) * cos2((2 * min(math.floor(x), t - 1) + 1) / (2 * t))
        case lr.Hyperbolic(base_lr=b, total_steps=t, upper_bound=u, final_lr=f):
            x = min(x, Fraction(t))
            arc, start = (math.sqrt((u - n) ** 2 - (u - t) ** 2) / u for n in (x, 0))
            return b - (b - f) * (start - arc)
    return None


def _waves(schedule: lr.Schedule, x: Fraction) -> float | None:
    match schedule:
        case lr.Cosine(base_lr=b, total_steps=t, final_lr=f, exponent=e, k_decay=d):
            return f + (b - f) * power(cos2(power(float(min(x / t, 1)), d)), e)
        case lr.CosineRestarts(
            base_lr=b, cycle_steps=length, cycle_mult=mult, final_lr=f, gamma=g, cycles=cycles
        ):
            mult = Fraction(str(mult))  # as it is written
            number = x // length if mult == 1 else 0
            if mult == 1:
                x %= length
            if mult < 1 and x >= length / (1 - mult):
                return f
            while x >= length:
                x, length, number = x - length, length * mult, number + 1
            if cycles is not None and number >= cycles:
                return f
            return f + (b * power(g, number) - f) * cos2(float(x / length))
        case lr.CosineCycles(base_lr=b, total_steps=t, cycles=cycles, final_lr=f):
            return f if x >= t else f + (b - f) * cos2(float(cycles * x / t % 1))
        case lr.Cyclic(base_lr=b, min_lr=low, up_steps=up, down_steps=down):
            down = up if down is None else down
            height = power(schedule.step_gamma, float(x))
            height *= power(schedule.cycle_gamma, x // (up + down))
            x %= up + down
            return low + (b - low) * height * float(min(x / up, (up + down - x) / down))
        case lr.SlantedTriangular(base_lr=b, total_steps=t, cut=cut, ratio=ratio):
            top = t * Fraction(cut)
            x = min(x, Fraction(t))
            height = min(x / top, (t - x) / (t - top))
            return b / ratio + (b - b / ratio) * float(height)
        case lr.OneCycle(base_lr=b, total_steps=t, warmup_steps=w, start_lr=s, final_lr=f):
            w = t * 30 // 100 if w is None else w
            s, f = b / 25 if s is None else s, b / 25 / 1e4 if f is None else f
            x = min(x, Fraction(t))
            if x < w:
                return s + (b - s) * _fall(schedule.shape, 1 - x / w)
            if schedule.return_steps is None:
                return f + (b - f) * _fall(schedule.shape, (x - w) / (t - w))
            back = w + schedule.return_steps
            if x < back:
                return s + (b - s) * _fall(schedule.shape, (x - w) / schedule.return_steps)
            return f + (s - f) * _fall(schedule.shape, (x - back) / (t - back))
        case lr.WSD(base_lr=b, total_steps=t, decay_steps=d, warmup_steps=w, final_lr=f):
            if x < w:
                return b * float((x + 1) / (w + 1))
            share = max(Fraction(0), (min(x, Fraction(t)) - (t - d)) / d) if d else Fraction(0)
            return f + (b - f) * _fall(schedule.shape, share)
    return None


def _fall(shape: Any, share: Fraction) -> float:
    """Return what is left of 1 after a share of a cooldown."""
    p = float(share)
    match shape:
        case "linear":
            return float(1 - share)
        case "cosine":
            return cos2(p)
        case "1-sqrt":
            return 1 - math.sqrt(p)
        case "1-square":
            return (1 - p) * (1 + p)
        case "exponential":
            return math.expm1((1 - p) * math.log(10)) / 9
        case float():
            return 1 - power(p, shape)
    return shape(p)


def _wrapped(schedule: lr.Schedule, x: Fraction) -> float | None:
    match schedule:
        case lr.Warmup(schedule=after, warmup_steps=w, start_lr=s, first=first, shape=shape):
            if x >= w:
                return expected(after, x - w)
            shares = {"1/(w+1)": (x + 1) / (w + 1), "1/w": min((x + 1) / w, 1), "zero": x / w}
            p, n = float(shares[first]), w if first == "1/w" else w + 1
            rise = {
                "linear": p,
                "cosine": math.sin(math.pi / 2 * p) ** 2,
                "exponential": math.expm1(p * math.log(10)) / 9,
                "1-sqrt": 1 - math.sqrt(1 - p),
                "log": min(1.0, math.log1p(x) / math.log(n)) if n > 1 else 1.0,
            }
            return s + (expected(after, 0) - s) * rise[shape]
        case lr.RAdamWarmup(schedule=after, beta2=beta2, threshold=threshold):
            return expected(after, x) * _rectification(beta2, threshold, x + 1)
        case lr.Noise(schedule=after, total_steps=t, std=std, seed=seed):
            draw = np.random.default_rng(seed)
            steps = [draw.standard_normal() for _ in range(t)] if x < t else []
            factor = max(0.0, 1 + std * steps[math.floor(x)]) if steps else 1.0
            return expected(after, x) * factor
    return None


def _rectification(beta2: float, threshold: float, s: Fraction) -> float:
    """Return RAdam's factor, in fifty digits."""
    with localcontext(prec=50):
        beta, n = Decimal(beta2), Decimal(s.numerator) / Decimal(s.denominator)
        most = 2 / (1 - beta) - 1
        decayed = beta**n
        rho = most - 2 * n * decayed / (1 - decayed)
        if rho <= Decimal(threshold):
            return 0.0
        return float(((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho)).sqrt())


def _algebra(schedule: lr.Schedule, x: Fraction) -> float | None:
    match schedule:
        case lr.Then(first=first, second=second, at=at):
            return expected(first, x) if x < at else expected(second, x - at)
        case lr.Sum(left=left, right=right):
            return expected(left, x) + expected(right, x)
        case lr.Product(left=left, right=right):
            return expected(left, x) * expected(right, x)
        case lr.Difference(left=left, right=right):
            return max(0.0, expected(left, x) - expected(right, x))
        case lr.Scale(schedule=inner, factor=factor):
            return expected(inner, x) * factor
        case lr.Clip(schedule=inner, low=low, high=high):
            return sorted((low, expected(inner, x), math.inf if high is None else high))[1]
        case lr.Shift(schedule=inner, steps=steps):
            return expected(inner, max(x - steps, Fraction(0)))
        case lr.Skip(schedule=inner, steps=steps):
            return expected(inner, x + steps)
        case lr.Stretch(schedule=inner, factor=factor):
            return expected(inner, x / Fraction(factor).limit_denominator(100))
        case lr.Stride(schedule=inner, steps=steps):
            return expected(inner, x * steps)
        case lr.Hold(schedule=inner, steps=steps):
            return expected(inner, Fraction(x // steps))
        case lr.Reverse(schedule=inner, total_steps=t):
            return expected(inner, max(t - x, Fraction(0)))
        case lr.Repeat(schedule=inner, period=period):
            return expected(inner, x % period)
    return None


def scale(schedule: lr.Schedule) -> float:
    """Return the size of the rates among the arguments, to which rounding errors are relative."""
    match schedule:
        case lr.Sum(left=left, right=right) | lr.Difference(left=left, right=right):
            return scale(left) + scale(right)
        case lr.Product(left=left, right=right):
            return scale(left) * scale(right)
        case lr.Scale(schedule=inner, factor=factor):
            return scale(inner) * factor
        case lr.Noise(schedule=inner, std=std):
            return scale(inner) * (1 + 6 * std)
        case lr.Noam():
            return schedule.peak
        case lr.Piecewise(values=values):
            return max(values)
    names = ("base_lr", "final_lr", "start_lr", "min_lr", "low")
    rates = [getattr(schedule, name, None) or 0.0 for name in names]
    names = ("schedule", "first", "second")
    parts = [getattr(schedule, name, None) for name in names]
    return max([*rates, *(scale(part) for part in parts if isinstance(part, lr.Schedule))])
