"""What is peculiar to the dialect of Keras; its rates are in test_golden."""

import numpy as np
import pytest

from lrdecay.dialects import keras


def test_translations_are_families():
    assert repr(keras.CosineDecay(0.0, 5, 0.1, 1.0, 3)) == (
        "Warmup(schedule=Cosine(base_lr=1.0, total_steps=5, final_lr=0.1), warmup_steps=3, "
        "first='zero')"
    )
    assert repr(keras.CosineDecayRestarts(1.0, 5, m_mul=0.5)) == (
        "CosineRestarts(base_lr=1.0, cycle_steps=5, cycle_mult=2, gamma=0.5)"
    )


def test_restarts_of_growing_cycles():
    schedule = keras.CosineDecayRestarts(1.0, 4, t_mul=1.5)
    assert [schedule(k) for k in (0, 4, 10, 19)] == [1.0] * 4  # 4 + 6 + 9
    assert schedule(32) == pytest.approx(0.5 * (1 + np.cos(np.pi * 13 / 13.5)))
    assert 0 <= schedule(10**12) <= 1


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("ExponentialDecay", (1, 2, 0.5), "initial_learning_rate must be a float"),
        ("CosineDecay", (np.int64(1), 5), "initial_learning_rate"),
        ("CosineDecay", (1.0, 0), "decay_steps"),
        ("PiecewiseConstantDecay", ([4, 2], [1.0, 0.5, 0.1]), "boundaries"),
        ("PiecewiseConstantDecay", ([], [1.0]), "boundaries"),
        ("PiecewiseConstantDecay", ([2.5], [1.0, 0.1]), "boundaries"),
        ("PiecewiseConstantDecay", ([2], [1.0]), "values"),
        ("CosineDecayRestarts", (1.0, 5, 0.5), "t_mul"),
        ("CosineDecayRestarts", (1.0, 5, 2.0, 1.0, 1.5), "alpha"),
        ("ReduceLROnPlateau", (1.0, "val_accuracy"), "mode"),
        ("ReduceLROnPlateau", (1.0, "val_loss", 0.1, 10, "least"), "mode"),
    ],
)
def test_refuses(name, args, words):
    with pytest.raises(ValueError, match=words):
        getattr(keras, name)(*args)
