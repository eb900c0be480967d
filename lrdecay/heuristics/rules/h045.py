"""Does AdamW's weight decay average over 1/(ηλ) updates?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...charts import Lines
from ...families.cosine import Cosine
from ...families.linear import Linear
from ...families.wsd import WSD
from ...lab.stats import bootstrap
from ...schedule import Constant
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 2000
RANGE = (5.0, 100.0)  # of the run's length times peak times weight decay
SHOWN = 10.0
SHAPES = {
    "constant": Constant(1.0),
    "wsd": WSD(1.0, STEPS, decay_steps=STEPS // 5),
    "cosine_10": Cosine(1.0, STEPS, 0.1),
    "cosine": Cosine(1.0, STEPS),
    "linear": Linear(1.0, STEPS),
}
NAMES = {
    "constant": "the rate is constant",
    "wsd": "it is constant, with a cooldown over the last 20 %",
    "cosine_10": "a cosine ends at 10 %",
    "cosine": "a cosine ends at 0",
    "linear": "a line ends at 0",
}


def weights(lrs: NDArray[Any]) -> NDArray[Any]:
    """Return the weight of each update in the final parameters: lrs hold rate times decay."""
    after = np.cumprod(1.0 - lrs[..., :0:-1], axis=-1)[..., ::-1]
    kept = np.concatenate([after, np.ones_like(lrs[..., :1])], axis=-1)
    return lrs * kept


def experiment(seeds: range) -> Evidence:
    """Compute the mean age of updates in the final parameters, in units of 1 / (rate x decay)."""
    low, high = np.log(RANGE)
    draws = np.array([np.random.default_rng([seed, 45]).uniform(low, high) for seed in seeds])
    rates = np.exp(draws) / STEPS  # peak times weight decay
    age = np.arange(STEPS)[::-1]
    ages, counts = {}, {}
    for key, schedule in SHAPES.items():
        share = weights(rates[:, None] * schedule.sample(STEPS))
        share /= share.sum(axis=-1, keepdims=True)
        ages[key] = (share * age).sum(axis=-1) * rates
        counts[key] = rates / np.square(share).sum(axis=-1) / 2.0
    cases = tuple(Case(key, name, bootstrap(ages[key]), 0.8, 1.25) for key, name in NAMES.items())
    numbers = {f"count_{key}": bootstrap(values) for key, values in counts.items()}
    numbers["by_formula"] = bootstrap(ages["linear"] / np.sqrt(np.pi * STEPS * rates / 2.0))
    chart = Lines(
        x=tuple(range(0, STEPS, 10)),
        curves={
            label: tuple(weights(SHOWN / STEPS * SHAPES[key].sample(STEPS))[::10] * STEPS)
            for key, label in (
                ("constant", "constant"),
                ("wsd", "cooldown over 20 %"),
                ("cosine_10", "cosine to 10 %"),
                ("linear", "linear to 0"),
            )
        },
        xlabel="update",
        ylabel="weight at the end, 1 = even",
        alt="Weight of each update in the final parameters. At a constant rate it grows "
        "exponentially to the end. With linear decay it is a broad hump past the middle of the "
        "run.",
        caption="At a constant rate the last updates make up most of the parameters. A decay lets "
        "older updates in. Here the product of peak, weight decay and updates is 10.",
    )
    return Evidence("mean age of an update, times peak and weight decay", cases, chart, numbers)


RULE = Rule(
    id="H045",
    name="Weight decay's span 1/(ηλ)",
    question="Does AdamW's weight decay average over 1/(ηλ) updates?",
    claim="The updates that make up the final weights are 1/(ηλ) updates old on average, within a "
    "factor of 1.25, where η is the peak rate and λ the weight decay.",
    topic="optimizers",
    action="At a constant rate choose the weight decay by the time 1/(ηλ) that you want, and "
    "halve it when you double the rate. With decay to 0 think in shares of the run instead, and "
    "tune the weight decay anew when the schedule changes.",
    value="The mean age is {constant:.2f} times 1/(ηλ) at a constant rate, {wsd:.1f} times with a "
    "cooldown over 20 %, {cosine_10:.1f} times with a cosine to 10 %, {linear:.1f} times with "
    "linear decay.",
    tradeoff="What is averaged here is updates, each of which depends on the weights of its time: "
    "a long average smooths noise, and keeps what was learned from weights long gone.",
    reasoning="AdamW's step is $\\theta \\leftarrow (1 - \\eta_k \\lambda)\\, \\theta - \\eta_k "
    "u_k$, an exponential moving average of $-u_k / \\lambda$ with the weights $\\eta_k \\lambda "
    "\\prod_{j > k} (1 - \\eta_j \\lambda)$. At a constant rate they fall with age in the time $1 "
    "/ (\\eta \\lambda)$. When the rate decays, old updates are forgotten more slowly and new "
    "ones come in smaller. For linear decay to 0 over $T$ updates the weights are $a\\, e^{-\\eta "
    "\\lambda a^2 / 2 T}$ at age $a$, with the mean $\\sqrt{\\pi T / (2 \\eta \\lambda)}$ (the "
    "run gives {by_formula:.3f} times that). So decay is an average over weights too: over "
    "{count_linear:.1f} times as many updates as the same peak without decay.",
    not_when="Weights that a normalisation layer makes scale-free: there weight decay sets the "
    "effective rate. And L2 penalties, which Adam divides by its root.",
    conditions="Closed form, 2000 updates. A seed draws the product of peak, weight decay and "
    "updates, log-uniform from 5 to 100. The initial parameters, which fade as well, are left "
    "out. Nothing is trained: whether the longer average is better is not judged here.",
    sources=("wang-2024", "bergsma-2025"),
    situations=("tuning the peak rate", "pre-training"),
    symptoms=("the horizon changed",),
    related=("H041", "H042"),
    experiment=experiment,
    seeds=range(1000, 1100),
)
