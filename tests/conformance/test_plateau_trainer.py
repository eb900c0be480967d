"""A rule that follows a metric in transformers' Trainer, which hands it the metric it watches."""

import pytest

from lrdecay import ReduceOnPlateau, torch_scheduler

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

LOSSES = [3.0, 3.0, 3.0, 2.0, 2.0, 2.0]
BATCHES = 3
RULE = ReduceOnPlateau(1.0, patience=0, gamma=0.5).after_warmup(4)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(1, 1)

    def forward(self, x):
        return {"loss": self.inner(x).mean()}


class Trainer(transformers.Trainer):
    """One whose evaluations are known."""

    def evaluate(self, **_):
        return {"eval_loss": LOSSES[round(self.state.epoch) - 1]}


def train(path, epochs, resume=None):
    """The rates of a run's updates, and where it was saved."""
    pytest.importorskip("accelerate", reason="the Trainer needs it")
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=7.0)
    used = []
    optimizer.register_step_pre_hook(lambda *_: used.append(optimizer.param_groups[0]["lr"]))
    arguments = transformers.TrainingArguments(
        path,
        num_train_epochs=epochs,
        per_device_train_batch_size=1,
        eval_strategy="epoch",
        save_strategy="epoch",
        metric_for_best_model="loss",
        report_to=[],
        use_cpu=True,
    )
    examples = [{"x": torch.ones(1)}] * BATCHES
    scheduler = torch_scheduler(optimizer, RULE)
    trainer = Trainer(
        model,
        arguments,
        train_dataset=examples,
        eval_dataset=examples,
        optimizers=(optimizer, scheduler),
    )
    trainer.train(resume_from_checkpoint=resume)
    return used


def test_the_trainer_hands_over_the_metric(tmp_path):
    used = train(tmp_path, len(LOSSES))
    assert used == RULE.rates(LOSSES, BATCHES).tolist()
    assert len(set(used)) > 4


@pytest.mark.parametrize("at", [1, 3])
def test_the_trainer_resumes(tmp_path, at):
    whole = RULE.rates(LOSSES, BATCHES).tolist()
    train(tmp_path, len(LOSSES))
    after = train(tmp_path, len(LOSSES), tmp_path / f"checkpoint-{at * BATCHES}")
    assert after == whole[at * BATCHES :]
