"""The claims of note 003, an answer to a question about a training log."""

from __future__ import annotations

from .claim import Claim

PUZZLE = "learn/puzzle.md"

CLAIMS = (
    Claim(
        "S3-01",
        "Step 107,319 of 130,000 is 82.55 % of the run.",
        "holds",
        "It is {{ number puzzle.done }}.",
        (PUZZLE,),
    ),
    Claim(
        "S3-02",
        "A cosine from 0.47 to 0.1 gives about 0.13 there.",
        "holds",
        "It gives {{ number puzzle.cosine }}.",
        (PUZZLE, "schedules/cosine.md"),
    ),
    Claim(
        "S3-03",
        "A line from 0.47 to 0 gives about 0.082 there.",
        "holds",
        "It gives {{ number puzzle.line }}.",
        (PUZZLE, "schedules/linear.md"),
    ),
    Claim(
        "S3-04",
        "The log's 0.30 to 0.31 comes from a line, a polynomial, a cosine with a higher floor or "
        "steps.",
        "does not hold",
        "From a peak of 0.47 each would need a constant that hardly anyone chooses. A line it most "
        "likely is, but of a multiplier that starts at 1.0 and is first held.",
        (PUZZLE, "schedules/wsd.md"),
    ),
    Claim(
        "S3-05",
        "The logged value is a learning rate, and 0.47 belongs to the early phase.",
        "does not hold",
        "Most likely it is nanochat's multiplier, and 0.47 is reached after "
        "{{ number puzzle.at_47_done }} of the run. That the log is of nanochat is inferred.",
        (PUZZLE, "H056"),
    ),
    Claim(
        "S3-06",
        "The function shown is the cosine that nanoGPT uses.",
        "does not hold",
        "The shape is right. But nanoGPT's first update is not at rate 0, its horizon is a number "
        "of its own, and past it the rate is held, where the function shown climbs again.",
        ("reference/dialects.md", "schedules/warmup.md", "H029"),
    ),
    Claim(
        "S3-07",
        "Cosine annealing is empirically proven: GPT-2 used it.",
        "not testable",
        "The report on GPT-2 says that the rate was tuned by hand and names no schedule. GPT-1 and "
        "GPT-3 did use a cosine; that they did is no comparison.",
        ("H059", "H007"),
    ),
    Claim(
        "S3-08",
        "nanoGPT and the GPT-2 and GPT-3 papers show that a fixed high rate diverges late and a "
        "fixed low one gets stuck.",
        "does not hold",
        "No such comparison was found in what was read of them. And a constant rate that is stable "
        "does not diverge late: it stays on a floor, which half the rate lowers to {H002.low:.2f} "
        "of its height.",
        ("H002", "H004", "H005"),
    ),
    Claim(
        "S3-09",
        "The loss went from 2.78 to 2.71 as the rate fell, so the schedule works.",
        "does not hold",
        "Loss falls at a constant rate too, so the fall alone shows nothing. The guess may still "
        "be right: by laws fitted to language models, {H006.later:.0%} of a fall like this is owed "
        "to the decay, of one in the first part of a decay {H006.first:.0%}.",
        ("H006", PUZZLE),
    ),
    Claim(
        "S3-10",
        "That is a drop of 0.1 in five hours.",
        "does not hold",
        "From 2.78 to 2.71 it is {{ number puzzle.drop }}.",
        (PUZZLE,),
    ),
    Claim(
        "S3-11",
        "Decay is simulated annealing applied to deep learning.",
        "not testable",
        "An analogy predicts nothing that could fail. The rate does act like a temperature: half "
        "of it leaves {H002.low:.2f} of the loss on the floor. But decay also pays on a quadratic, "
        "which has one minimum and nothing to explore.",
        ("H002", "H003", "H032"),
    ),
    Claim(
        "S3-12",
        "Decay matches the step to the curvature: late minima are sharp and require small steps.",
        "does not hold",
        "On quadratics, whose curvature never changes, a tuned constant rate in place of a tuned "
        "line changes the loss by {H003.noisy:+.0%} with noise and {H003.exact:+.0%} without: the "
        "noise is a sufficient reason. And a high rate can move training to flatter places, so "
        "that late sharpness may be the result of the decay.",
        ("H003", "H047"),
    ),
    Claim(
        "S3-13",
        "Schedules are stand-ins for the curvature; adaptive methods would be the smarter way.",
        "does not hold",
        "It is no choice of one or the other: nanoGPT trains with AdamW and a schedule, nanochat "
        "with Muon, AdamW and a schedule. On quadratics with large batches Adam gains from decay.",
        ("H043", "H003", "tables/recipes.md"),
    ),
    Claim(
        "S3-14",
        "Cosine annealing is simple: there is nothing to tune.",
        "does not hold",
        "It has a peak, a horizon, a floor and a warmup. A cycle of twice the run costs "
        "{H009.zero_200:.0%} even with a new peak, and the peak of another shape "
        "{H021.wsd_cosine:.0%}.",
        ("H009", "H021", "H008"),
    ),
    Claim(
        "S3-15",
        "Cosine annealing is theoretically sound: it covers exploration, then exploitation.",
        "holds when",
        "There is theory, but of another kind: in the worst case of convex problems a tuned cosine "
        "is {H007.bound_cosine:.1%} behind the best of nine schedules, which is the straight line.",
        ("H007", "schedules/cosine.md"),
        when="a bound on the last iterate is meant, not exploration",
    ),
    Claim(
        "S3-16",
        "At nanoGPT's scale a cosine with warmup is the gold standard.",
        "does not hold",
        "It is nanoGPT's default and a fair choice. nanochat, by the same author, holds the rate "
        "and then lowers it in a line. Which shape is best depends on the spectrum of curvatures.",
        ("H007", "H046", "H056", "H060"),
    ),
    Claim(
        "S3-17",
        "Far from convergence large updates are safe.",
        "does not hold",
        "The limit of stability holds from the first update on: above it {H047.fixed:.0%} of runs "
        "on quadratics diverge. The first update of the micrograd demo makes its loss "
        "{{ number micrograd.spike_ratio }} times as high.",
        ("H047", "H027", "learn/micrograd.md"),
    ),
    Claim(
        "S3-18",
        "Early on, the noise of large updates helps exploration.",
        "holds when",
        "There a higher rate ends in the deeper minimum more often: {H032.constant_share:.0%} of "
        "runs, against {H032.half_share:.0%} at half the rate. Whether the losses of networks look "
        "like this, it cannot say.",
        ("H032",),
        when="there is a bad minimum to leave (a double well)",
    ),
)
