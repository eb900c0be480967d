"""The columns of the trials' tables, each said once: type, unit, meaning, when empty.

Pages, the published files and their metadata say what stands here. A row of "runs" is a run, of
"arms" a way to train, of "curves" a point of a loss curve. Columns of one name mean the same in all
of them, so that tables can be joined by the columns which they share.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Kind = Literal["text", "whole number", "number", "yes or no"]


class Column(NamedTuple):
    """What is known of a column.

    Attributes:
        name: of the column.
        kind: of its values.
        unit: theirs; "" for none.
        meaning: in words.
        missing: when there is no value; "" if there always is one.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    missing: str = ""


_TRIAL = Column("trial", "text", "", "data, network and optimizer that were trained together")
_PIECE = Column("piece", "text", "", "the part of a trial that was run together; it names an arm")
_ARM = Column("arm", "text", "", "a way to train: one in its piece and number of updates")
_SHAPE = Column("shape", "text", "", "the form of the schedule, a key of `shapes.SHAPES`")
_UPDATES = Column("updates", "whole number", "updates", "the horizon: updates of a whole run")

RUNS = (
    _TRIAL,
    _PIECE,
    _ARM,
    _SHAPE,
    _UPDATES,
    Column(
        "phase", "text", "", '"tuning", on which peaks were chosen, or "judging", to compare arms'
    ),
    Column("peak", "number", "learning rate", "the highest rate of the schedule"),
    Column(
        "from_best",
        "number",
        "",
        "the peak over the one that tuning chose: 1 is the arm at its best",
        "in ladders, where no peak is chosen",
    ),
    Column(
        "seed",
        "whole number",
        "",
        "of the initial weights and of the order of the examples: the same for all arms of a trial",
    ),
    Column("diverged", "yes or no", "", "whether the run had learnt nothing at its end"),
    Column(
        "train_loss",
        "number",
        "nats",
        "final loss of training examples; infinite if the run diverged",
        "in tuning",
    ),
    Column(
        "valid_loss",
        "number",
        "nats",
        "final loss of validation data, by which peaks are chosen; infinite if the run diverged",
        "in judging",
    ),
    Column(
        "test_loss",
        "number",
        "nats",
        "final loss of test data, by which arms are compared; infinite if the run diverged",
    ),
    Column(
        "accuracy",
        "number",
        "share",
        "of the test examples, or characters, those whose likeliest answer is right",
        "in tuning",
    ),
    Column(
        "worst",
        "number",
        "nats",
        "the greatest loss of a batch in training; infinite if the loss overflowed",
        "in tuning",
    ),
    Column("start", "number", "nats", "the loss of the first batch", "but in ladders"),
    Column(
        "first_cut",
        "number",
        "updates",
        "the update at which a plateau rule first cut the rate; infinite if it never did",
        "without a plateau rule, and in tuning",
    ),
)

ARMS = (
    _TRIAL,
    _PIECE,
    _ARM,
    _SHAPE,
    _UPDATES,
    Column("data", "text", "", "what it is trained on"),
    Column("network", "text", "", '"mlp", "conv" (convolutions) or "transformer"'),
    Column(
        "sizes",
        "text",
        "",
        "widths of the hidden layers of an mlp, channels of convolutions, or layers, width, heads "
        "and context of a transformer",
    ),
    Column("optimizer", "text", "", "its name"),
    Column(
        "batch",
        "number",
        "examples",
        "examples, or sequences of text, an update",
        "if it changes during the run: see `batches`",
    ),
    Column(
        "batches",
        "text",
        "",
        "updates x examples, one after the other where the batch changes during the run",
    ),
    Column("examples", "whole number", "examples", "examples met in the run, repeats counted"),
    Column("momentum", "number", "", "of the optimizer", "of AdamW"),
    Column("beta2", "number", "", "of AdamW", "of SGD"),
    Column("weight_decay", "number", "", "decoupled, of AdamW"),
    Column("clip", "number", "", "the greatest norm of the gradient; 0 for any"),
    Column("warmup", "number", "share", "of the updates"),
    Column("first", "text", "", "the rate of the first update as a share of the peak, w of warmup"),
    Column(
        "average",
        "text",
        "",
        "which mean of the weights is judged: of those after each update of the last % of the run, "
        "or exponential",
        "if the last weights are judged",
    ),
    Column(
        "plateau",
        "text",
        "",
        "every, patience and factor of a rule that cuts the rate when the validation loss, looked "
        "at after so many updates, has not fallen so many times",
        "without such a rule",
    ),
    Column(
        "tuned_as",
        "text",
        "",
        "arm/updates whose best peak was taken",
        "if the arm has a sweep of its own",
    ),
    Column("ladder", "yes or no", "", "whether every peak was judged, and none chosen"),
    Column("best_peak", "number", "learning rate", "the peak that was chosen", "in ladders"),
    Column("guess", "number", "nats", "the loss of a uniform guess"),
    Column("device", "text", "", "cpu or cuda"),
)

CURVES = (
    _TRIAL,
    _PIECE,
    _ARM,
    _UPDATES,
    Column("seed", "number", "", "of the run", "if the point is a mean over the judged seeds"),
    Column("progress", "number", "share", "of the run: the middle of the part"),
    Column(
        "batch_loss",
        "number",
        "nats",
        "mean loss of the batches in a part of the run, at the chosen peak or that of the range "
        "test",
        "if it is not finite",
    ),
)

TABLES: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {"runs": RUNS, "arms": ARMS, "curves": CURVES}
)
"""The columns of each table, in their order."""
