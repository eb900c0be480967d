"""The loss falls during the decay: is the decay the reason?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.wsd import WSD
from ...lab import laws
from ...lab.stats import Interval, bootstrap, exact
from ..evidence import Case, Evidence
from ..rule import Rule

PEAK, WARMUP = 3e-4, 2160  # those of the runs that the laws were fitted to
WINDOWS = {  # name: the multipliers of the peak between which someone looks at the loss
    "long decay, 1 to 0.75": (1.0, 0.75),
    "long decay, 0.75 to 0.5": (0.75, 0.5),
    "long decay, 0.47 to 0.31": (0.47, 0.305),
}
SHORT = "short decay, all of it"
SHORTEST, LONGEST = 24_000, 72_000  # runs that the laws were fitted to, and tested on
NANOCHAT, LEG = 130_000, 87_000  # updates of the run whose log asks, and of its first leg


def experiment(seeds: range) -> Evidence:
    """Predict the loss in parts of a decay, and what it would be had the rate stayed."""
    found = np.array([_shares(seed) for seed in seeds])  # (seed, window, law)
    middle = np.median(found, axis=-1).T
    first, _, later, short = (bootstrap(row) for row in middle)
    cases = (
        Case("later", "a long decay is below half of the peak", later, at_least=0.5),
        Case("short", "the decay takes but a tenth to a fifth of the run", short, at_least=0.5),
        Case("first", "a long decay is in its first quarter", first, at_least=0.5),
    )
    chart = Dots(
        rows=(*WINDOWS, SHORT),
        series={
            f"fit to {name}": tuple(bootstrap(found[:, i, j]) for i in range(len(WINDOWS) + 1))
            for j, name in enumerate(laws.PUBLISHED)
        },
        xlabel="share of the fall that the decay brought",
        alt="Share of the fall of the loss that is owed to the decay, for four parts of schedules "
        "and three fits that agree. It is lowest at the beginning of a long decay, grows "
        "along it, and is highest for a short decay.",
        caption="Left of the line, most of the fall would have come anyway. The later in the run "
        "and the shorter the decay, the more of it is the decay's.",
        reference=0.5,
    )
    return Evidence("share of the fall that decay brought", cases, chart, _seen())


def _shares(seed: int) -> list[list[float]]:
    """Return the shares, (window, law), in a run of random length."""
    rng = np.random.default_rng([seed, 6])
    total = round(SHORTEST * (LONGEST / SHORTEST) ** rng.random())
    long = _schedule(total, 0.65, 0.05)
    rows = [_owed(long, _when(long, high), _when(long, low)) for high, low in WINDOWS.values()]
    share = 0.1 + 0.1 * rng.random()
    short = _schedule(total, share, 0.0)
    return [*rows, _owed(short, total - round(share * total), total - 1)]


def _seen() -> dict[str, Interval]:
    """Return the shares in the window that asks the question, by the run that it is in."""
    tested, logged, leg = (_schedule(n, 0.65, 0.05) for n in (LONGEST, NANOCHAT, LEG))
    owed = {}
    resumed = np.r_[leg, logged[LEG:]]
    for name, lrs in (("tested", tested), ("logged", logged), ("resumed", resumed)):
        found = _owed(lrs, *(_when(lrs, m) for m in WINDOWS["long decay, 0.47 to 0.31"]))
        owed[name] = exact(float(np.median(found)), len(found))
    return owed


def _schedule(total: int, share: float, floor: float) -> np.ndarray:
    decay = round(share * total)
    return WSD(PEAK, total, decay, warmup_steps=WARMUP, final_lr=floor * PEAK).sample(total)


def _when(lrs: np.ndarray, multiplier: float) -> int:
    """Return the last update at no less than a multiple of the peak."""
    return int(np.flatnonzero(lrs >= multiplier * PEAK)[-1])


def _owed(lrs: np.ndarray, begin: int, end: int) -> list[float]:
    """Return, by law, the share of the fall between two updates that decay between them brought."""
    held = lrs.copy()
    held[begin:] = lrs[begin]
    shares = []
    for law in laws.PUBLISHED.values():
        before, after = law.predict(lrs, at=[begin, end])
        shares.append(float((law.predict(held, at=[end])[0] - after) / (before - after)))
    return shares


RULE = Rule(
    id="H006",
    name="A fall during the decay",
    question="My loss falls while the rate decays: is the decay the reason?",
    claim="At least half of a fall of the loss during the decay is owed to the decay: it would "
    "not have come at a rate held from there.",
    topic="noise",
    action="Compare with a branch: from a checkpoint at the beginning of the decay, train on at "
    "the held rate for as long.",
    value="Without a branch, credit the decay with {first:.0%} of the fall while a long decay goes "
    "from the peak to three quarters of it, {later:.0%} while it goes from 0.47 to 0.31, and "
    "{short:.0%} in a short decay.",
    tradeoff="A branch costs as many updates as the part that is judged. It answers for "
    "that part only, and shares differ much between parts.",
    reasoning="The loss falls at a constant rate too, so that a fall alone shows nothing. What "
    "shows something is the difference to the run that would have been, and the laws of loss "
    "curves predict both. Early in a long decay the rate is still high and the model still "
    "learns a lot; late, and in long runs, little comes anyway. One log that was said to prove "
    "its schedule shows a fall while nanochat's multiplier goes from 0.47 to 0.31: of that the "
    "median fit gives {tested:.0%} to the decay if the run has 72,000 updates, the longest on "
    "which the fits were tested, {logged:.0%} if it has the log's 130,000, and {resumed:.0%} if "
    "it was decayed over 87,000 first, as the logged run seems to have been.",
    not_when="You ask whether the schedule works: that the decay brought a fall does not say that "
    "another schedule would not have brought more. Nor at another peak, where the shares differ.",
    conditions="The multi-power law as published for models of 25M, 100M and 400M, trained with "
    "AdamW at peak 0.0003. A seed draws the run's length, 24,000 to 72,000 updates, which is what "
    "the intervals are over: a law has no noise. Long decay: the last 65 %, linear to 5 %, as "
    "nanochat's, judged from 0.47 to 0.31 of the peak; short: the last 10 to 20 %, to 0. nanochat "
    "has other optimisers and data: indicative.",
    sources=("luo-2025", "multi-power-law", "nanochat", "tissue-2024"),
    situations=("during a run", "reading papers", "pre-training"),
    related=("H003", "H004", "H005"),
    experiment=experiment,
    seeds=range(50),
)
