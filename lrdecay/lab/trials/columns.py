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
    Column(
        "early_loss",
        "number",
        "nats",
        "test loss at the checkpoint of the least validation loss, of ten evenly spaced ones",
        "in tuning, and if the run was not watched",
    ),
    Column(
        "late_loss",
        "number",
        "nats",
        "test loss at the last of them, on as much data: for text, less than `test_loss` has",
        "in tuning, and if the run was not watched",
    ),
    Column(
        "early",
        "number",
        "share",
        "of the run, at that checkpoint: 1 is its end",
        "in tuning, and if the run was not watched",
    ),
    Column(
        "rounded_8",
        "number",
        "nats",
        "test loss with every matrix of the last weights rounded to 8 bits",
        "in tuning, and if the run was not watched",
    ),
    Column(
        "rounded_4",
        "number",
        "nats",
        "likewise, to 4 bits",
        "in tuning, and if the run was not watched",
    ),
    Column(
        "old_loss",
        "number",
        "nats",
        "loss of the last weights on test data of the training before, where it was of other text",
        "elsewhere",
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
    Column("before", "text", "", "the data of the training before", "if the weights were fresh"),
    Column("before_shape", "text", "", "its schedule", "if the weights were fresh"),
    Column("before_updates", "number", "updates", "its horizon", "if the weights were fresh"),
    Column("before_peak", "number", "learning rate", "its peak", "if the weights were fresh"),
    Column("kept", "yes or no", "", "whether the optimizer's means were kept from it"),
    Column("rank", "whole number", "", "of the products that LoRA trains; 0 for whole matrices"),
    Column("layerwise", "number", "", "the rate of a layer over that of the layer after it"),
    Column(
        "others",
        "text",
        "",
        "with Muon, the schedule of AdamW's rate",
        "if it is the arm's, and without Muon",
    ),
    Column("decay", "text", "", "how weight decay goes with the rate"),
    Column("momentum_end", "number", "", "momentum at rate zero", "if it does not move"),
    Column("beta2_end", "number", "", "beta2 at rate zero", "if it does not move"),
    Column("watched", "yes or no", "", "whether the run was looked at on its way"),
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
