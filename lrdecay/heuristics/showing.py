"""What a notebook shows of a rule: its figure, and a run beside what the site prints."""

from __future__ import annotations

from .. import outputs
from ..checks import refuse
from .evidence import Evidence
from .registry import RULES, judged
from .running import recorded


def figure(id: str, evidence: Evidence) -> outputs.Output:  # noqa: A002, what it is called on every page
    """Show the figure of a rule's evidence, under the rule's id.

    Args:
        id: of the rule, such as "H001".
        evidence: what its experiment measured.

    Raises:
        ValueError: if there is no such rule, or the evidence has no chart.
    """
    from ..plot import chart  # only here: it needs matplotlib

    if id not in RULES:
        raise refuse("id", id, f"one of {min(RULES)} to {max(RULES)}")
    if evidence.chart is None:
        raise refuse("evidence", evidence.chart, "one with a chart, as `heuristics.run` returns")
    told = RULES[id].told
    alt, caption = (told(words, evidence) for words in (evidence.chart.alt, evidence.chart.caption))
    return outputs.figure(chart(evidence.chart), id.lower(), alt=alt, caption=caption)


def beside(id: str, evidence: Evidence) -> outputs.Output:  # noqa: A002
    """Show what a rule's experiment measured beside what the site prints.

    Args:
        id: of the rule, such as "H001".
        evidence: what its experiment measured, at any seeds.

    Raises:
        ValueError: if there is no such rule, or it has no experiment.
    """
    rule = judged(id)
    pair = (recorded()[id], evidence)
    rows = [
        [f"When {cases[0].when}"]
        + [
            f"{format(case.effect, pair[0].format_of(case.key))}, "
            f"{'holds' if case.holds else 'does not hold'}"
            for case in cases
        ]
        for cases in zip(*(each.cases for each in pair), strict=True)
    ]
    rows.append(["Verdict", *(each.verdict.word for each in pair)])
    measure = f"{evidence.measure[0].upper()}{evidence.measure[1:]}"
    caption = f"{id}. {rule.question}"
    columns = [measure, "Recorded", "This run"]
    return outputs.table(f"{id.lower()}-again", columns=columns, rows=rows, caption=caption)
