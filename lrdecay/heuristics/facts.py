"""What well-known runs did: cited facts, which no small experiment can judge."""

from __future__ import annotations

from .rule import Rule

# fmt: off
FACTS: tuple[Rule, ...] = (
    Rule(
        id="H051", name="GPT-3's schedule", topic="known runs",
        question="What schedule did GPT-3 use?",
        claim="GPT-3 warmed up over 375 million tokens, followed a cosine to 10 % of the peak over "
        "260 billion tokens, and stayed there for the rest of 300 billion.",
        action="Cite it as a cosine that ends before the run does, at a tenth of the peak, with a "
        "warmup of about an eighth of one per cent of the tokens.",
        value="A documented anchor for the cosine to 10 %, peaks and batch sizes of eight model "
        "sizes included.",
        tradeoff="It compares no other schedule, so it is no evidence that this one is best.",
        reasoning="Appendix B of the paper states it. Later studies find that 10 % is too high an "
        "end: see the related rules.",
        not_when="As evidence for a choice: it says what was done.",
        conditions="Language models of 125 million to 175 billion parameters, Adam.",
        sources=("brown-2020",),
        situations=("pre-training", "reading papers"),
    ),
)
# fmt: on
