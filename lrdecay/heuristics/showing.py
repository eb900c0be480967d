"""What a notebook shows of a rule: its figure, and a run beside what the site prints."""

from __future__ import annotations

from collections import Counter

from .. import outputs
from ..charts import Ladder, Rung
from ..checks import refuse
from .cases import GAIN, WORLDS, Case, Outcome
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


def ladder(id: str, evidence: Evidence) -> outputs.Output:  # noqa: A002
    """Show what each setting says to a rule's question, real evidence on top.

    Cases in another unit than most, as where decay gains nothing, stand in the table alone.

    Args:
        id: of the rule, such as "H001".
        evidence: what the worlds found.

    Raises:
        ValueError: if there is no such rule.
    """
    from .. import plot

    if id not in RULES:
        raise refuse("id", id, f"one of {min(RULES)} to {max(RULES)}")
    unit = Counter(case.unit for case in evidence.cases).most_common(1)[0][0]
    shown = [case for case in evidence.cases if case.unit == unit]
    places = list(dict.fromkeys(case.pooled for case in shown))
    worlds = list(WORLDS)
    shown.sort(key=lambda c: (worlds.index(c.world), places.index(c.pooled), c.updates))
    told = f"{id}. {evidence.answer}".replace("_", " ")
    left_out = len(evidence.cases) - len(shown)
    caption = (
        f"Each row is a setting with its 95 % interval; the tint is where the claim puts it, "
        f"{shown[0].claimed()}."
    )
    if any("*" in label(case) for case in shown):
        caption += " A star: in the unit of 124M over 50,000 updates, the only one known."
    if left_out:
        caption += f" {left_out} more, in another unit, stand in the table."
    data = Ladder(
        rungs=tuple(
            Rung(WORLDS[case.world], label(case), case.effect, case.outcome) for case in shown
        ),
        claimed=shown[0].range,
        xlabel=evidence.measure if unit != GAIN else f"share {GAIN}",
        alt=f"The ladder of {told}: {_counted(shown)}.",
        caption=caption,
        percent=shown[0].percent,
    )
    return outputs.figure(
        plot.ladder(data),
        f"{id.lower()}-ladder",
        alt=data.alt,
        caption=caption,
        phone=plot.ladder(data, phone=True),
    )


def label(case: Case) -> str:
    """Return a case in the few words that a row has room for."""
    words = case.when
    for long, short in _SHORT:
        words = words.replace(long, short)
    return words if len(words) <= _ROOM else f"{words[: _ROOM - 1].rstrip(' ,')}…"


_ROOM = 62
_SHORT = (
    ("a published ", ""),
    (" model on ", ", "),
    (" updates", ""),
    (", unit of 124M, 50,000", " *"),
    ("King James text, ", "text, "),
    (" transformer, AdamW", ""),
    ("Fashion-MNIST", "Fashion"),
    (", one peak, tuned for neither", ", untuned"),
)


_COUNTED: dict[Outcome, str] = {
    "supports": "support",
    "contradicts": "contradict",
    "undecided": "are undecided",
}


def _counted(cases: list[Case]) -> str:
    counts = Counter(case.outcome for case in cases)
    return ", ".join(f"{counts[key]} {told}" for key, told in _COUNTED.items() if counts[key])


def beside(id: str, evidence: Evidence) -> outputs.Output:  # noqa: A002
    """Show what a rule's experiment measured beside what the site prints.

    Args:
        id: of the rule, such as "H001".
        evidence: what its experiment measured, at any seeds.

    Raises:
        ValueError: if there is no such rule, or it has no experiment.
    """
    rule = judged(id)
    if rule.experiment is None:
        raise refuse("id", id, "a rule with an experiment in small worlds")
    pair = (recorded()[id].small, evidence.small)
    rows = [
        [f"When {cases[0].when}"]
        + [f"{format(case.effect, pair[0].format_of(case.key))}, {case.outcome}" for case in cases]
        for cases in zip(*(each.cases for each in pair), strict=True)
    ]
    rows.append(["Answer of small worlds", *(each.answer.word for each in pair)])
    measure = f"{evidence.measure[0].upper()}{evidence.measure[1:]}"
    caption = f"{id}. {rule.question}"
    columns = [measure, "Recorded", "This run"]
    return outputs.table(f"{id.lower()}-again", columns=columns, rows=rows, caption=caption)
