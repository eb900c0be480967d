"""Does a cooldown show progress that was made before it?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...charts import Lines
from ...families.wsd import WSD
from ...lab import river
from ...lab.stats import bootstrap, share
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 400
COOLDOWN = 80
HIGH, MIDDLE, LOW = 0.8, 0.2, 0.05  # peak rates; the limit of stability is 2
RUNS = 20
SHOWN = river.Valley()


def experiment(seeds: range) -> Evidence:
    """Cool down in valleys, straight and narrowing, and split the drop into hill and river."""
    shape = WSD(1.0, STEPS, decay_steps=COOLDOWN).sample(STEPS)
    straight, narrow = river.draw(seeds), river.draw(seeds, narrowing=0.25)
    lrs = np.stack([peak * shape for peak in (HIGH, MIDDLE, LOW)])
    exact = river.follow(straight, lrs, curve=True)
    noise = range(RUNS * seeds.start, RUNS * seeds.start + RUNS)
    sampled = river.simulate(narrow, lrs[0], noise, curve=True)
    cases = (
        _case(
            "high", "the rate is high and the valley straight", exact.river[:, 0], exact.hill[:, 0]
        ),
        _case(
            "narrow",
            "the rate is high and the valley gets narrower",
            sampled.river.mean(axis=1),
            sampled.hill.mean(axis=1),
        ),
        _case(
            "low", "the rate is low and the valley straight", exact.river[:, 2], exact.hill[:, 2]
        ),
    )
    start = STEPS - COOLDOWN
    constant = river.follow(straight, np.full(STEPS, HIGH))
    before, after = exact.loss[:, :, start], exact.loss[:, :, -1]
    numbers = {
        "worse": share(int(np.count_nonzero(before[:, 0] > before[:, 1])), len(seeds)),
        "better": share(int(np.count_nonzero(after[:, 0] < after[:, 1])), len(seeds)),
        "after": bootstrap(1.0 - after[:, 0] / after[:, 1]),
        "lag": bootstrap(exact.river[:, 0, -1] / constant.river - 1.0),
        "whole": bootstrap(1.0 - after[:, 0] / before[:, 0]),
    }
    one = river.follow(SHOWN, lrs, curve=True)
    chart = Lines(
        x=tuple(range(STEPS + 1)),
        curves={
            "loss, high rate": tuple(one.loss[0].tolist()),
            "river, high rate": tuple(one.river[0].tolist()),
            "loss, middle rate": tuple(one.loss[1].tolist()),
            "river, middle rate": tuple(one.river[1].tolist()),
        },
        xlabel="update",
        ylabel="height",
        alt="Loss and height of the river over a run, at a high and at a middle rate. Before the "
        "cooldown the high rate has the higher loss and the lower river; in the cooldown its loss "
        "drops nearly to its river, far below that of the middle rate.",
        caption="Until update 320 the high rate has the higher loss, though it is further down "
        "the river. The cooldown shows it. One valley of timescale 10 and noise 1.",
        log="y",
    )
    measure = "share of the cooldown's drop that is height above the river"
    return Evidence(measure, cases, chart, numbers)


def _case(key: str, when: str, along: NDArray[np.float64], above: NDArray[np.float64]) -> Case:
    """Return the share of the drop in the cooldown that is not the river's, over valleys."""
    start = STEPS - COOLDOWN
    fall = above[:, start] - above[:, -1]
    part = fall / (fall + along[:, start] - along[:, -1])
    return Case(key, when, bootstrap(part), at_least=0.8)


RULE = Rule(
    id="H050",
    name="The river valley",
    question="Does a cooldown only show progress that was made before it?",
    claim="In a river valley at least 80 % of what the loss falls by in a cooldown is height "
    "above the river, which noise had kept up: progress along the river was made before.",
    topic="shape",
    action="Do not judge a run by its loss before the cooldown. Compare runs after one, or cool "
    "down a copy for a few steps.",
    value="At a high rate the cooldown lowers the loss by {whole:.0%}, and {high:.0%} of that is "
    "height above the river. Before it, the loss is higher than at a quarter of the rate in "
    "{worse:.0%} of valleys; after it, it is lower in {better:.0%}, by {after:.0%}.",
    tradeoff="Time spent cooling down is lost for the river: a cooldown of a fifth ends {lag:.0%} "
    "higher up it than the constant rate would.",
    reasoning="Along the flat river progress follows the sum of the rates; across the steep "
    "valley noise keeps the run at a height in proportion to the present rate. The high rate "
    "travels far and swings high. In a cooldown the height falls with the rate, since steep walls "
    "forget quickly, and the run stays about where it is along the river. At a low rate there is "
    "little swing to end: only {low:.0%} of the drop is height. Where the valley narrows "
    "downstream, the walls also push a swinging run back up the river, so that the decay lets it "
    "move on.",
    not_when="The rate was low all along. A drop of the loss in another landscape may have other "
    "reasons: this world shows what the picture implies, not that a network's loss is such a "
    "valley.",
    conditions="Two coordinates, 400 updates of SGD with a linear cooldown over the last 80; a "
    "seed draws the valley's timescale and noise. Peak rates 0.8 (high), 0.2 (middle) and 0.05 "
    "(low), limit of stability 2. Exact where the valley is straight, 20 runs each where it "
    "narrows.",
    sources=("wen-2024", "haegele-2024"),
    situations=("during a run", "pre-training", "reading papers"),
    symptoms=("loss stalls",),
    related=("H004", "H006", "H014", "H018"),
    experiment=experiment,
    seeds=range(1000, 1050),
)
