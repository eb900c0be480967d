"""The claims of note 001, a note in a collection on deep learning."""

from __future__ import annotations

from .claim import Claim

CLAIMS = (
    Claim(
        "S1-01",
        "Step decay multiplies the first rate by a factor for every s steps passed.",
        "holds",
        "PyTorch's StepLR has the same formula.",
        ("schedules/step.md",),
    ),
    Claim(
        "S1-02",
        "Exponential decay multiplies the first rate by exp(-kt).",
        "holds",
        "PyTorch writes it as a power of gamma. The two are the same with k = -ln gamma.",
        ("schedules/exponential.md",),
    ),
    Claim(
        "S1-03",
        "Cosine annealing follows half a wave from the highest rate to the lowest.",
        "holds when",
        "Without a clamp the formula climbs again: half a run later it is back at "
        "{{ number conventions.rebound }} of the peak.",
        ("schedules/cosine.md", "learn/conventions.md"),
        when="t stops at T",
    ),
    Claim(
        "S1-04",
        "Cosine annealing gives state-of-the-art results.",
        "does not hold",
        "Tuned, it ends {H007.cosine_slow:.1%} above the best of nine schedules where curvatures "
        "fall slowly and {H007.cosine_fast:.1%} where they fall fast, a line to zero "
        "{H007.slow:.1%} and {H007.fast:.1%}. Two published comparisons report the line ahead. "
        "Both are far better than no decay.",
        ("H007", "H011", "schedules/cosine.md"),
    ),
    Claim(
        "S1-05",
        "Linear decay is what transformers and fine-tuning use.",
        "holds when",
        "GPT-1's pre-training, GPT-3 and the Llama models followed a cosine, the first "
        "Transformer and T5 an inverse root.",
        ("tables/recipes.md", "H055", "H051", "H062"),
        when="BERT or the fine-tuning of GPT-1 is meant",
    ),
    Claim(
        "S1-06",
        "A linear warmup has the rate target × t / length.",
        "holds when",
        "At t = 0 the formula gives 0. The wasted update costs {H029.cost_20:.1%} of the final "
        "loss in a run of 20 updates and {H029.cost_1000:.3%} in one of 1000.",
        ("H029", "schedules/warmup.md"),
        when="t counts from 1, or the first update may do nothing",
    ),
    Claim(
        "S1-07",
        "Warmup takes the first few epochs.",
        "holds when",
        "Goyal et al. warm up for 5 epochs of 90. Language models see most of their data once, and "
        "their warmups are counted in updates.",
        ("H030", "schedules/warmup.md"),
        when="the run has many epochs",
    ),
    Claim(
        "S1-08",
        "Warmup stabilises early training, above all with large batches.",
        "holds when",
        "In a linear network with noisy labels warmup raises the highest peak that a run survives "
        "by a factor of {H028.noisy:.1f}; where the curvature is fixed, not at all. Larger batches "
        "do gain more: in the micrograd demo it avoids {H027.full:.0%} of early spikes on the full "
        "batch, with batches of 10 {H027.mini:.0%}.",
        ("H028", "H027", "H030"),
        when="the peak is near the edge of stability and training can lower the curvature",
    ),
    Claim(
        "S1-09",
        "Warm up for 5 to 10 % of training, then follow a cosine.",
        "does not hold",
        "Of {H030.known_runs:.0f} well-known runs {H030.known_below:.0%} spend less than 5 % on "
        "it. Ten per cent changes the final loss by {H030.full_10:+.0%} in the micrograd demo on "
        "the full batch, where stability sets the peak, and by {H030.quadratic_10:+.1%} on noisy "
        "quadratics.",
        ("H030", "tables/recipes.md"),
    ),
    Claim(
        "S1-10",
        "Warmup with linear decay is common in transformers such as BERT and GPT.",
        "holds when",
        "GPT-1 was pre-trained with a cosine to zero and GPT-3 with one to 10 %. The report on "
        "GPT-2 names no schedule.",
        ("tables/recipes.md", "H055", "H051", "H059"),
        when="BERT or the fine-tuning of GPT-1 is meant",
    ),
    Claim(
        "S1-11",
        "Cyclic rates can escape local minima.",
        "holds when",
        "Five cycles end in the deeper of two minima in {H032.cycles_share:.0%} of runs, one "
        "cosine with the same peak in {H032.cosine_share:.0%}, a constant rate at that peak in "
        "{H032.constant_share:.0%}. It is the high rate that escapes, not the cycling.",
        ("H032", "schedules/cyclic.md"),
        when="they are compared with a lower constant rate, not with one decay from the same peak",
    ),
    Claim(
        "S1-12",
        "One cycle rises to the maximum and decays to near zero.",
        "holds when",
        "The usual implementation moves the momentum the other way at the same time.",
        ("schedules/onecycle.md", "H035"),
        when="only the rate is meant",
    ),
    Claim(
        "S1-13",
        "StepLR, CosineAnnealingLR and get_cosine_schedule_with_warmup are called as shown.",
        "holds",
        "The arguments have these names. Note that the units are those in which step() is called: "
        "a step size of 30 means epochs only in a loop over epochs.",
        ("schedules/step.md", "reference/rosetta.md"),
    ),
    Claim(
        "S1-14",
        "Cosine annealing often outperforms step decay.",
        "holds when",
        "Three drops by 10 end {H010.drops:.0%} above a cosine. A drop by 1.6 at every tenth of "
        "the run ends level with it ({H010.many:+.1%}): it is the size of the drops that costs.",
        ("H010", "H017"),
        when="the drops are few and large",
    ),
    Claim(
        "S1-15",
        "Use warmup for large batches or when training from scratch.",
        "holds when",
        "Training from scratch alone is no reason. A tenth of warmup changes the final loss by "
        "{H030.full_10:+.0%} in the micrograd demo on the full batch, by {H030.mini_10:+.0%} with "
        "batches of 10, and by {H030.quadratic_10:+.1%} on noisy quadratics.",
        ("H030", "H028"),
        when="stability, not noise, limits the peak",
    ),
    Claim(
        "S1-16",
        "For fine-tuning, linear decay with warmup works well.",
        "not testable",
        "It is a convention: GPT-1 was fine-tuned so. Nothing on this site fine-tunes a model that "
        "was trained before.",
        ("tables/recipes.md", "schedules/linear.md"),
    ),
    Claim(
        "S1-17",
        "Adam has built-in adaptation (so that it depends less on a schedule).",
        "holds when",
        "At a batch of 1 a constant rate leaves {H043.small:.2f} times the loss of a decay with "
        "Adam, {H043.sgd_small:.2f} times with SGD; at a batch of 100 {H043.large:.2f} and "
        "{H043.sgd_large:.2f} times. With hardly any noise it is {H043.exact:.1f} and "
        "{H043.sgd_exact:.2f} times: then Adam needs the decay and SGD does not.",
        ("H043",),
        when="gradients are noisy",
    ),
    Claim(
        "S1-18",
        "Reduce-on-plateau is adaptive, because it follows the metric.",
        "holds when",
        "It adapts to noise as well. With 1 % of noise the default rule cuts {H034.one:.0%} of "
        "runs that still improve within 100 epochs, with 3 % {H034.three:.0%}; a patience of 50 "
        "brings the last to {H034.patient:.1%}, and within 300 epochs still cuts "
        "{H034.patient_late:.0%}.",
        ("H034", "schedules/plateau.md"),
        when="the metric is quiet, or the rule patient and the run short",
    ),
)
