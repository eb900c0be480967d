"""What lint can find: a code each, with a page of its own on the site."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]


class Code(NamedTuple):
    """What a code stands for.

    Attributes:
        name: in words, with hyphens.
        severity: error (this cannot be meant), warning (this is seldom meant), or info.
        fix: what to do, in one sentence.
        rule: the rule that says what it costs; None where none is about it.
    """

    name: str
    severity: Severity
    fix: str
    rule: str | None = None


CODES = {
    "LR001": Code(
        "first-update-at-zero", "warning",
        "Let the warmup begin one step later, as `first='1/(w+1)'` does.", "H029",
    ),
    "LR002": Code(
        "peak-not-reached", "error",
        "Let the rate reach its peak early in the run, and fall from there.", "H030",
    ),
    "LR003": Code(
        "end-not-reached", "warning",
        "Make the schedule as long as the run.", "H009",
    ),
    "LR004": Code(
        "rises-after-the-end", "error",
        "Make the schedule as long as the run, or hold its last rate.", "H009",
    ),
    "LR005": Code(
        "no-rate", "error",
        "Mend the function: a rate is finite and at least 0.",
    ),
    "LR006": Code(
        "jump", "warning",
        "Start the second part at the rate where the first one ends.", "H074",
    ),
    "LR007": Code(
        "wrong-unit", "error",
        "Count optimizer updates: `lrdecay.steps_from_epochs` counts as trainers do.",
    ),
    "LR008": Code(
        "warmup-miscounted", "warning",
        "Give the part after the warmup the updates that are left, as `warmup_cosine` does.",
        "H009",
    ),
    "LR009": Code(
        "never-fires", "warning",
        "Put it before the last update, or leave it out.", "H017",
    ),
    "LR010": Code(
        "long-warmup", "warning",
        "Use 1 to 5 % of the run, unless a sweep says otherwise.", "H030",
    ),
    "LR011": Code(
        "high-floor", "warning",
        "Let the rate fall further, in most runs to zero.", "H008",
    ),
    "LR012": Code(
        "starved", "warning",
        "Use a shape that stays high for longer, such as linear or WSD.", "H016",
    ),
    "LR013": Code(
        "cosine-cycle", "warning",
        "Set the cosine's length to that of the run.", "H009",
    ),
    "LR014": Code(
        "constant", "error",
        "Set a last rate below the first, and step the scheduler.", "H005",
    ),
    "LR015": Code(
        "lost-restart", "warning",
        "Use cycles of a whole number of updates.", "H033",
    ),
    "LR016": Code(
        "fires-on-noise", "warning",
        "Raise the patience or the threshold, or average the metric first.", "H034",
    ),
    "LR017": Code(
        "last-updates-at-zero", "warning",
        "Reach zero after the last update: a schedule of as many steps as updates does.", "H012",
    ),
    "LR018": Code(
        "overwritten", "warning",
        "Give the rate to the schedule: it replaces the optimizer's.",
    ),
    "LR019": Code(
        "changed-by-resume", "error",
        "Load the scheduler's state, and keep the horizon of the run that is resumed.", "H020",
    ),
    "LR020": Code(
        "stepped-once-an-epoch", "error",
        "Step the scheduler after each update, or count its steps in epochs.", "H005",
    ),
    "LR021": Code(
        "stepped-before-the-optimizer", "warning",
        "Call `optimizer.step()` first, then `scheduler.step()`.",
    ),
    "LR022": Code(
        "skipped-updates", "warning",
        "Step the scheduler only if the scaler did not skip the update.",
    ),
    "LR023": Code(
        "resumed-wrong", "error",
        "Make the optimizer and the scheduler first, then load the state of both.",
    ),
    "LR024": Code(
        "another-rate", "error",
        "Let one place alone set the rate.",
    ),
    "LR025": Code(
        "another-length", "warning",
        "Give the schedule the number of updates that the run makes.", "H009",
    ),
    "LR026": Code(
        "stepped-too-often", "error",
        "Step the scheduler once an update, in one process or loop alone.", "H009",
    ),
    "LR027": Code(
        "not-simulated", "info",
        "Look at the rates that were used, at the end.",
    ),
}  # fmt: skip


class Finding(NamedTuple):
    """One thing that is not as it was probably meant.

    Attributes:
        code: such as "LR001".
        severity: error, warning or info.
        step: where in the run it is seen first; None if it is nowhere in particular.
        message: what was found, in one sentence.
        fix: what to do.
        rule: what it costs, by the id of a rule, or None.
    """

    code: str
    severity: Severity
    step: int | None
    message: str
    fix: str
    rule: str | None

    def __str__(self) -> str:
        where = "" if self.step is None else f", step {self.step:,}"
        return f"{self.code} {self.severity}{where}: {self.message}. {self.fix}"


def finding(
    code: str, message: str, step: int | None = None, severity: Severity | None = None
) -> Finding:
    """Return a finding with what its code says."""
    about = CODES[code]
    return Finding(code, severity or about.severity, step, message, about.fix, about.rule)
