r"""Published pretraining runs: final losses of language models of 25M to 400M parameters.

Three public sets of logs, as tables of figures: a Llama-style model under many schedules, peaks and
horizons (`llama_style`), an optimization benchmark with up to 30 seeds (`benchmark`), and loss
curves of nine schedules (`nine_schedules`). `compare` and the functions after it ask of them what
rules about schedules say.

Most runs were made once. So a difference is judged against what a run differs by when it is made
again, `rerun_noise`, and the interval says how sure that makes it: of the runs that were made, with
these peaks, this warmup, this weight decay, and not of others.

Source:
    github.com/fabian-sp/lr-scheduling (F. Schaipp et al., arXiv:2501.18965; training code of A.
    Hägele et al., arXiv:2405.18392), github.com/KellerJordan/modded-nanogpt, and
    github.com/thu-yao-01-luo/MultiPowerLaw (K. Luo et al., arXiv:2503.12811), all under the MIT
    licence. `SOURCES` names the commits.
"""

from .effects import Best, Effect, arms, best, compare, gain
from .noise import pairs, rerun_noise, seed_noise
from .questions import (
    Average,
    above_best,
    at,
    at_one_peak,
    averages,
    cooldown_or_cosine,
    cooldowns,
    cut_cosine,
    extensions,
    kept_peak,
    one_run,
    peak_cost,
    peak_costs,
    seeded,
    spread,
    untuned_gains,
)
from .tables import (
    SOURCES,
    Configuration,
    Curve,
    Run,
    Source,
    benchmark,
    llama_style,
    nine_schedules,
)

__all__ = [
    "SOURCES",
    "Average",
    "Best",
    "Configuration",
    "Curve",
    "Effect",
    "Run",
    "Source",
    "above_best",
    "arms",
    "at",
    "at_one_peak",
    "averages",
    "benchmark",
    "best",
    "compare",
    "cooldown_or_cosine",
    "cooldowns",
    "cut_cosine",
    "extensions",
    "gain",
    "kept_peak",
    "llama_style",
    "nine_schedules",
    "one_run",
    "pairs",
    "peak_cost",
    "peak_costs",
    "rerun_noise",
    "seed_noise",
    "seeded",
    "spread",
    "untuned_gains",
]
