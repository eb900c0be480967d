"""The claims of note 004, a lesson of a daily course."""

from __future__ import annotations

from .claim import Claim

CLAIMS = (
    Claim(
        "S4-01",
        "Training wants large steps early and small ones late; a fixed rate is a compromise.",
        "holds when",
        "With noise a tuned constant rate ends {H003.noisy:.0%} above a tuned line to zero. With "
        "exact gradients the difference is {H003.exact:.0%}: there the decay only costs progress.",
        ("H003", "H005", "H001"),
        when="gradients are noisy",
    ),
    Claim(
        "S4-02",
        "A small fixed rate is stable late and slow early; a large one is fast, then oscillates.",
        "holds",
        "While the loss still falls, a third of the rate leads over three times the rate in only "
        "{H004.slow_late:.0%} of runs after 1000 updates; once it has gone flat, in "
        "{H004.stalled:.0%} after 100. On the floor, half the rate leaves {H002.low:.2f} of the "
        "loss.",
        ("H004", "H002"),
    ),
    Claim(
        "S4-03",
        "Step decay trains in stages, each more conservative, such as 0.1, 0.01, 0.001.",
        "holds",
        "That is what it does. Three such drops end {H010.drops:.0%} above a tuned cosine, many "
        "small ones level with it ({H010.many:+.1%}).",
        ("schedules/step.md", "H010", "H017"),
    ),
    Claim(
        "S4-04",
        "Exponential decay is smoother than steps; a cosine has a gentler late phase.",
        "holds",
        "A cosine spends {{ number shapes.cosine_below_tenth }} of the run below a tenth of its "
        "peak, a line {{ number shapes.linear_below_tenth }}. The two are never more than "
        "{{ number shapes.cosine_linear_gap }} of the peak apart.",
        ("schedules/exponential.md", "schedules/cosine.md"),
    ),
    Claim(
        "S4-05",
        "Warmup helps where large early updates are unstable, as in larger models.",
        "holds when",
        "In a linear network with noisy labels it raises the highest peak that a run survives by a "
        "factor of {H028.noisy:.1f}, in the micrograd demo by {H028.moons:.2f}; on a quadratic not "
        "at all. That larger models need it more is not tested here.",
        ("H028", "H027", "H030"),
        when="training itself can lower the curvature, as networks can",
    ),
    Claim(
        "S4-06",
        "Unstable early: warmup or a lower rate. Oscillates late: decay. Stalls: decayed too soon, "
        "or too low a rate.",
        "holds when",
        "A stall can also be the noise floor. Of runs that had fallen by half and gone flat, a "
        "lower rate was right in {H004.stalled:.0%}. Try both, each for a short branch.",
        ("H004", "H027", "tables/symptoms.md"),
        when="the first two symptoms are meant; a stall can have the opposite cause",
    ),
    Claim(
        "S4-07",
        "Decaying too early makes training slow or leaves it in a mediocre place.",
        "holds",
        "A tenfold drop at 30 % of the run costs {H016.early:.1%}, with a hundredth of the noise "
        "{H016.calm_early:.0%}. With noise, one at 90 % costs more: {H016.late:.1%}.",
        ("H016", "H017"),
    ),
    Claim(
        "S4-08",
        "Adam or momentum alone does not solve it: the schedule decides how far to step over time.",
        "holds",
        "Momentum mostly multiplies the rate: at a batch of 1 it changes the tuned loss by "
        "{H044.loss_1:+.1%}. It does help where there is little noise, {H044.loss_1000:+.0%} at a "
        "batch of 1000.",
        ("H044", "H043"),
    ),
    Claim(
        "S4-09",
        "Use the simplest schedule that suits the behaviour; schedules are not mandatory.",
        "holds when",
        "Five gradual decays differ by {H011.gradual:.0%} of what no decay costs. On the full "
        "batch of the micrograd demo a tuned decay in place of a tuned constant rate changes the "
        "loss by {H005.exact:+.1%}: none is needed there.",
        ("H011", "H005", "H060"),
        when="it falls gradually, or gradients are exact",
    ),
    Claim(
        "S4-10",
        "A schedule is like changing the gain of a controller near its target.",
        "holds when",
        "There an update multiplies the error by one minus rate times curvature: it creeps, "
        "overshoots or diverges as a controller does, with the limit at twice the inverse of the "
        "curvature ({H047.fixed:.0%} of runs above it diverge).",
        ("H047", "H003"),
        when="the loss is a quadratic",
    ),
    Claim(
        "S4-11",
        "The SGDR paper is the source for cosine-style decay and restarts.",
        "holds",
        "It is. Its stated aim is good performance at any time of the run, which restarts do give, "
        "rather than the lowest loss at the end.",
        ("schedules/restarts.md", "schedules/cosine.md", "H033"),
    ),
)
