"""The claims of note 000, a wiki page on the micrograd demo."""

from __future__ import annotations

from .claim import Claim

DEMO = "learn/micrograd.md"

CLAIMS = (
    Claim(
        "S0-01",
        "The rate starts at 1.0 and decays to 0.1 over 100 training steps.",
        "holds when",
        "The last rate that an update uses, at step 99, is {{ number micrograd.last_lr }}. The "
        "formula gives 0.1 at step 100, and the demo stops before it.",
        (DEMO, "H012"),
        when="step 100, which no update makes, is counted",
    ),
    Claim(
        "S0-02",
        "The rate is 1.0 - 0.9 × step / total, which is initial × (1 - factor × step / total).",
        "holds",
        "With a factor of 0.9 the two are the same line.",
        ("schedules/linear.md", DEMO),
    ),
    Claim(
        "S0-03",
        "The schedule stands in cell 7 of the demo's notebook.",
        "holds",
        "It does. The quotation leaves out the lines that print the loss.",
        (DEMO,),
    ),
    Claim(
        "S0-04",
        "From step 0 to 20 the loss drops from 0.9 to 0.2, by 80 %.",
        "holds when",
        "It goes from {{ number micrograd.first_loss }} to {{ number micrograd.loss_20 }}, by "
        "{{ number micrograd.drop_20 }}, but by way of {{ number micrograd.spike }}: the first "
        "update makes it {{ number micrograd.spike_ratio }} times as high.",
        (DEMO, "H027"),
        when="only the two ends are looked at",
    ),
    Claim(
        "S0-05",
        "From step 20 to 100 the loss stabilises around 0.01, a further 95 %.",
        "holds when",
        "It falls by {{ number micrograd.drop_rest }} to {{ number micrograd.last_loss }}. That is "
        "the L2 penalty, which was {{ number micrograd.first_penalty }} before training: the hinge "
        "loss is exactly 0 from step {{ number micrograd.zero_from }} on.",
        (DEMO,),
        when="the L2 penalty counts as loss",
    ),
    Claim(
        "S0-06",
        "The demo reaches 100 % accuracy within about 40 steps.",
        "holds when",
        "It is first reached at step {{ number micrograd.first_full }} and then missed at "
        "{{ number micrograd.misses_after }} more steps, the last of them "
        "{{ number micrograd.last_miss }}. It is accuracy on the training points.",
        (DEMO,),
        when="the first time is meant",
    ),
    Claim(
        "S0-07",
        "The decay ensures stable convergence and prevents oscillation around the minimum.",
        "holds when",
        "With batches of 10 the decay ends {H001.mini:.3f} lower than a constant rate, in the "
        "median. On the full batch, as the demo runs, the difference is {H001.full:.4f}.",
        ("H001", "H003", DEMO),
        when="gradients are noisy, which in the demo they are not",
    ),
    Claim(
        "S0-08",
        "A high initial rate gives rapid early progress.",
        "holds",
        "At a tenth of the demo's peak no schedule arrives in its 100 updates, with noise or "
        "without.",
        (DEMO, "H022"),
    ),
    Claim(
        "S0-09",
        "A high initial rate may cause instability on harder problems.",
        "holds",
        "Above twice the inverse of the largest curvature {H047.fixed:.0%} of runs on quadratics "
        "diverge. Networks can survive more, and in the demo itself the loss jumps in the first "
        "update.",
        ("H047", "H027", "H028"),
    ),
    Claim(
        "S0-10",
        "A large early rate lets training escape poor local minima.",
        "holds when",
        "In such a well {H032.constant_share:.0%} of runs end in the deeper minimum at one rate "
        "and {H032.half_share:.0%} at half of it. The demo shows nothing of the kind.",
        ("H032",),
        when="there is a worse minimum to leave and the gradients are noisy (a double well)",
    ),
    Claim(
        "S0-11",
        "The schedule needs no scheduler and no complex tuning.",
        "holds when",
        "It is one line of code. But its peak is to be tuned like any other, and a schedule that "
        "was made for another length costs loss: a cosine of twice the run {H009.zero_200:.0%}.",
        ("H009", "H021", "H005"),
        when="peak and number of updates are known already",
    ),
    Claim(
        "S0-12",
        "The decay is deterministic and predictable.",
        "holds",
        "It is a function of the step alone, so that a run can be resumed at any step.",
        ("learn/conventions.md", "schedules/linear.md"),
    ),
    Claim(
        "S0-13",
        'The second source is a blog, "Learning Rate Schedules".',
        "does not hold",
        "The address is that of PyTorch's documentation of torch.optim.",
        ("reference/bibliography.md",),
    ),
    Claim(
        "S0-14",
        "micrograd has no optimizer of its own.",
        "holds",
        "It consists of an engine for gradients and of layers. The demo's loop makes the updates.",
        (DEMO,),
    ),
    Claim(
        "S0-15",
        "The schedule is for training small networks with SGD.",
        "holds when",
        "The demo computes every gradient on all its points: nothing about it is stochastic, and "
        "there the decay wins in {H001.full_wins:.0%} of runs. With batches of 10 it wins in "
        "{H001.mini_wins:.0%}.",
        ("H001", DEMO),
        when="an update sees a sample of the points",
    ),
)
