"""Preflight in Keras, on its torch backend: before the first update, and at the end."""

import logging
import os
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("torch")
os.environ["KERAS_BACKEND"] = "torch"
keras = pytest.importorskip("keras")

from lrdecay.tuning.preflight import keras as preflight  # noqa: E402 - after the backend is chosen

EPOCHS, BATCHES = 4, 5
T = EPOCHS * BATCHES
X, Y = np.ones((BATCHES, 1), "float32"), np.zeros((BATCHES, 1), "float32")


def cosine(steps, **more):
    return keras.optimizers.schedules.CosineDecay(0.1, steps, **more)


def made(rate):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model


def fit(model, *others, total_steps=None, **settings):
    callback = preflight.callback(total_steps)
    settings = {"epochs": EPOCHS, "batch_size": 1, "verbose": 0} | settings
    model.fit(X, Y, callbacks=[callback, *others], **settings)
    return callback.recorder


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.INFO, "lrdecay.preflight")

    def heard(least=logging.WARNING):
        of_ours = [one for one in caplog.records if one.name == "lrdecay.preflight"]
        return [one.getMessage()[:5] for one in of_ours if one.levelno >= least]

    return heard


def test_a_clean_run_says_nothing(said):
    schedule = cosine(T)
    recorder = fit(made(schedule))
    assert said() == []
    assert list(recorder.used[0]) == pytest.approx([float(schedule(k)) for k in range(T)])


def test_epochs_given_as_steps_are_found(said):
    fit(made(cosine(EPOCHS)))
    assert "LR007" in said()


def test_a_schedule_that_takes_single_steps_is_asked_one_by_one(said):
    schedule = cosine(T - 1, warmup_target=0.1, warmup_steps=1)
    fit(made(schedule))
    assert set(said()) <= {"LR001"}


def test_a_resume_without_the_optimizer_is_found(said):
    model = made(cosine(T))
    fit(model, epochs=2, total_steps=T)
    assert said() == ["LR025"]  # half of the run
    fit(model, initial_epoch=2)
    assert said() == ["LR025"]  # nothing new: the optimizer went on
    fit(made(cosine(T)), initial_epoch=2)
    assert "LR023" in said()[1:]


def test_a_rate_that_is_overwritten_is_found(said):
    class Meddles(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, *_, **__):
            if epoch == 2:
                self.model.optimizer._learning_rate = keras.Variable(0.5, dtype="float32")

    fit(made(cosine(T)), Meddles())
    assert said() == ["LR024"]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in Keras
def test_a_rate_that_callbacks_set_is_recorded_alone(said):
    halving = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 * 0.5**epoch)
    recorder = fit(made(0.1), halving)
    assert (said(), said(logging.INFO)) == ([], ["LR027"])
    assert list(recorder.used[0]) == pytest.approx(np.repeat(0.1 * 0.5 ** np.arange(4), BATCHES))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="total_steps must be"):
        preflight.callback(0)


IN_JAX = """
import numpy, keras
from lrdecay.tuning.preflight.keras import callback
schedule = keras.optimizers.schedules.CosineDecay(0.1, 15)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(schedule), "mse", steps_per_execution=2)
told = callback()
ones = numpy.ones((5, 1))
model.fit(ones, ones, epochs=3, batch_size=1, verbose=0, callbacks=[told])
rates = [float(schedule(k)) for k in range(15)]
print(told.recorder.findings, told.recorder.report(), numpy.allclose(told.recorder.used[0], rates))
"""


def test_several_updates_in_one_execution_are_each_recorded():
    pytest.importorskip("jax")
    ran = subprocess.run(
        [sys.executable, "-c", IN_JAX],
        capture_output=True,
        text=True,
        env=os.environ | {"KERAS_BACKEND": "jax"},
        check=False,
    )
    assert ran.stdout == "() () True\n", ran.stderr
