"""Does warmup prevent early spikes of the loss?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...charts import Dots
from ...families.linear import Linear
from ...families.warmup import warmup_linear
from ...lab import moons
from ...lab.stats import Interval, bootstrap, share
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS, WARMUP, WINDOW = 100, 10, 20
PEAKS = (1.0, 2.0)
SETTINGS = {None: "full batch", 10: "batches of 10"}


def avoided(spikes: NDArray[Any]) -> Interval:
    """Return the share of spikes that warmup avoids; spikes are (peak, with or without, seed)."""

    def statistic(seeds: NDArray[Any], axis: int) -> Any:
        without, warm = (spikes[:, i][:, seeds.astype(int)].mean(axis=0) for i in range(2))
        return 1.0 - warm.mean(axis=axis) / without.mean(axis=axis)

    return bootstrap(np.arange(spikes.shape[-1]), statistic)


def experiment(seeds: range) -> Evidence:
    """Count early spikes of linear decay with and without warmup, and compare final losses."""
    both = np.stack(
        [Linear(1.0, STEPS).sample(STEPS), warmup_linear(1.0, STEPS, WARMUP).sample(STEPS)]
    )
    lrs = np.array(PEAKS)[:, None, None] * both
    found, shares, numbers = {}, {}, {}
    for key, (batch_size, name) in zip(("full", "mini"), SETTINGS.items(), strict=True):
        runs = moons.run(lrs, seeds, batch_size=batch_size, workers=1)
        high = runs.loss[..., 1:] > 2.0 * runs.loss[..., :1]
        spikes = high[..., :WINDOW].any(axis=-1)
        found[key] = avoided(spikes)
        numbers[f"{key}_ever"] = avoided(high.any(axis=-1))
        for i, peak in enumerate(PEAKS):
            shares[f"{name}, peak {peak:g}"] = [
                share(int(row.sum()), len(seeds)) for row in spikes[i]
            ]
            final = runs.final_loss[i]
            numbers[f"{key}_final_{peak:g}"] = bootstrap(final[1] / final[0] - 1.0)
    cases = (
        Case("full", "gradients are exact (full batch)", found["full"], at_least=0.5),
        Case("mini", "gradients are noisy (batches of 10)", found["mini"], at_least=0.5),
    )
    chart = Dots(
        rows=tuple(shares),
        series={
            "no warmup": tuple(pair[0] for pair in shares.values()),
            "warmup over 10 %": tuple(pair[1] for pair in shares.values()),
        },
        xlabel="share of runs whose loss doubles in the first 20 updates",
        alt="Share of runs with an early spike, with and without warmup. Warmup lowers it in all "
        "four settings, in proportion least for batches of 10 at peak 2.",
        caption="Warmup avoids {full:.0%} of the spikes on the full batch, and {mini:.0%} with "
        "batches of 10.",
    )
    return Evidence("share of early spikes that warmup avoids", cases, chart, numbers)


RULE = Rule(
    id="H027",
    name="Warmup against early spikes",
    question="Does warmup prevent spikes of the loss at the start?",
    claim="A linear warmup over the first 10 % of the updates avoids at least half of the early "
    "spikes, in which the loss doubles.",
    topic="warmup",
    action="Against spikes in the first updates, add a short warmup. If they stay, lower the peak "
    "or enlarge the batch: a ramp does not remove the noise that causes the others.",
    value="At peaks of 1 and 2 together warmup avoids {full:.0%} of early spikes on the full batch "
    "and {mini:.0%} with batches of 10. The ramp does not just put them off: over all 100 updates "
    "it avoids {full_ever:.0%} and {mini_ever:.0%}.",
    tradeoff="A spike need not harm the end. At peak 1 on the full batch, where the run recovers "
    "anyway, warmup changes the median final loss by {full_final_1:.1%}; at peak 2, where it "
    "often does not, by {full_final_2:.0%}.",
    reasoning="The first gradients of a fresh network are large and point alike, and the "
    "curvature along them is often above what the peak rate tolerates. Small steps cross that "
    "place without a jump. With small batches there are more spikes, and more of them stay: a "
    "batch that misrepresents the data throws the run at any time at which the rate is high, also "
    "at the end of the ramp.",
    not_when="The peak is so low that the loss does not rise at the start anyway.",
    conditions="micrograd's demo, 100 updates, linear decay to 0 from peaks of 1 and 2, with and "
    "without a warmup of 10 updates; an early spike is a loss above twice the initial one within "
    "20 updates. A seed draws points, initial network and batches.",
    sources=("goyal-2017", "kalra-2024"),
    situations=("starting a run",),
    symptoms=("loss spikes early", "loss oscillates"),
    related=("H028", "H030", "H047"),
    experiment=experiment,
    seeds=range(1000, 1200),
)
