"""The claims of note 002, a chapter that compares training with raising a puppy."""

from __future__ import annotations

from .claim import Claim

CLAIMS = (
    Claim(
        "S2-01",
        "Step decay loses 10 % of the learning enthusiasm every month.",
        "does not hold",
        "With the usual factor of 0.1 a drop takes 90 % away and leaves 10 %. In the chapter's own "
        "code it takes half.",
        ("schedules/step.md",),
    ),
    Claim(
        "S2-02",
        "Cosine annealing is wavy and restarts periodically.",
        "does not hold",
        "PyTorch's documentation of CosineAnnealingLR says that it has no restarts. Those are "
        "another schedule.",
        ("schedules/cosine.md", "schedules/restarts.md"),
    ),
    Claim(
        "S2-03",
        "CosineAnnealingLR with T_max = 20 over 30 epochs cycles the rate smoothly.",
        "does not hold",
        "It reaches 0 at epoch 20 and climbs again the way it came, so that a run of 30 epochs "
        "ends at half of the peak. A decay over this run has T_max = 30.",
        ("schedules/cosine.md", "learn/conventions.md", "H009"),
    ),
    Claim(
        "S2-04",
        "The loop shows a model being trained.",
        "does not hold",
        "Its loss is a constant that no parameter enters, so every gradient is missing and no "
        "update changes anything. The scheduler does what it should.",
        ("schedules/step.md",),
    ),
    Claim(
        "S2-05",
        "The loop prints the rate of each epoch.",
        "does not hold",
        "It prints after the scheduler's step, so each line shows the rate of the next epoch, and "
        "the last line one that is never used.",
        ("learn/conventions.md", "schedules/step.md"),
    ),
    Claim(
        "S2-06",
        "0.1 × exp(-0.05 epoch) is an exponential decay over 50 epochs.",
        "holds",
        "It loses {{ number shapes.puppy_loss_per_step }} an epoch and half in "
        "{{ number shapes.puppy_half_life }} epochs.",
        ("schedules/exponential.md",),
    ),
    Claim(
        "S2-07",
        "Too high a rate overshoots the minimum; too low a rate crawls.",
        "holds",
        "On a quadratic {H047.fixed:.0%} of runs diverge above twice the inverse of the largest "
        "curvature. And while the loss still falls, a third of the rate leads over three times the "
        "rate in only {H004.slow_late:.0%} of runs after 1000 updates.",
        ("H047", "H004"),
    ),
    Claim(
        "S2-08",
        "Don't obsess over which schedule, just use one.",
        "holds when",
        "Among five gradual decays the worst loses {H011.gradual:.0%} of what no decay costs. In a "
        "short run, or with few large drops, it matters more.",
        ("H011", "H007", "H010", "H061"),
        when="it falls gradually, the run is long and the peak is tuned",
    ),
    Claim(
        "S2-09",
        "Pair schedules with Adam or with SGD and momentum.",
        "holds",
        "Nothing speaks against it, nor against plain SGD: there a tuned decay in place of a tuned "
        "constant rate changes the loss by {H005.quad:.0%} on noisy quadratics.",
        ("H005", "H044", "H043"),
    ),
    Claim(
        "S2-10",
        "Warmup helps prevent chaos in the first epoch.",
        "holds when",
        "In the micrograd demo it avoids {H027.full:.0%} of early spikes on the full batch and "
        "{H027.mini:.0%} with batches of 10.",
        ("H027", "H030"),
        when="the gradient is exact, or nearly so",
    ),
    Claim(
        "S2-11",
        "Cyclical rates often give surprising boosts.",
        "does not hold",
        "At the end five cycles stand {H033.end_cost:.0%} above one cosine, in a small network "
        "{H033.moons_cost:.0%}. What they give is a usable model early. Zhai et al. tried cyclic "
        "rates briefly and report that they seemed much worse.",
        ("H033", "H032", "schedules/cyclic.md"),
    ),
    Claim(
        "S2-12",
        "Small data: steps or a constant rate; large data: exponential or cosine; transformers: "
        "warmup and a line; for fun: cyclic.",
        "not testable",
        "The table does not say by what measure. Noise, the spread of curvatures and the number of "
        "updates are what decides in the experiments of this site; the size of the data is not "
        "among them.",
        ("H005", "H007", "H046"),
    ),
    Claim(
        "S2-13",
        "Start strong, ease off, and never forget to take breaks.",
        "holds when",
        "A restart is no rest: the rate jumps to its highest value, and the end is "
        "{H033.end_cost:.0%} higher than with one cosine.",
        ("H005", "H033", "schedules/restarts.md"),
        when="the breaks are left out and gradients are noisy",
    ),
)
