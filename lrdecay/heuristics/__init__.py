"""Rules of thumb about learning rates, the experiments that judge them, and their sources.

`RULES` holds every rule by its id; `run` runs the experiment of one.

Examples:
    >>> from lrdecay import heuristics
    >>> evidence = heuristics.run("H001")
    >>> str(evidence.verdict)
    'holds when gradients are noisy (batches of 10)'
"""

from .evidence import Case, Dots, Evidence, Lines, Verdict
from .provenance import fingerprint, source
from .registry import JUDGED, RULES
from .rule import SITUATIONS, SYMPTOMS, TOPICS, Rule
from .running import compare, recorded, run, run_all

__all__ = [
    "JUDGED",
    "RULES",
    "SITUATIONS",
    "SYMPTOMS",
    "TOPICS",
    "Case",
    "Dots",
    "Evidence",
    "Lines",
    "Rule",
    "Verdict",
    "compare",
    "fingerprint",
    "recorded",
    "run",
    "run_all",
    "source",
]
