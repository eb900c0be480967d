"""Rules of thumb about learning rates, the experiments that judge them, and their sources.

`RULES` holds every rule by its id; `run` runs the experiment of one.

Examples:
    >>> from lrdecay import heuristics
    >>> evidence = heuristics.run("H014")
    >>> str(evidence.answer)
    'no'
"""

from .answers import Answer, answer
from .cases import MARGINS, Case, of_losses
from .choices import QUESTIONS, Question, Reason, Recommendation, recommend
from .evidence import Dots, Evidence, Lines
from .provenance import fingerprint, source
from .registry import JUDGED, RULES
from .rule import SITUATIONS, SYMPTOMS, TOPICS, Rule
from .running import compare, recorded, run, run_all

__all__ = [
    "JUDGED",
    "MARGINS",
    "QUESTIONS",
    "RULES",
    "SITUATIONS",
    "SYMPTOMS",
    "TOPICS",
    "Answer",
    "Case",
    "Dots",
    "Evidence",
    "Lines",
    "Question",
    "Reason",
    "Recommendation",
    "Rule",
    "answer",
    "compare",
    "fingerprint",
    "of_losses",
    "recommend",
    "recorded",
    "run",
    "run_all",
    "source",
]
