"""What is peculiar to the dialect of lrsched; its rates are in test_golden."""

import pytest

from lrdecay.dialects import lrsched


def test_sequential_holds_the_last_rate_it_used():
    fall = lrsched.cosine(base_lr=1.0, min_lr=0.0, total_steps=4)
    whole = lrsched.sequential([(2, lrsched.constant(lr=1.0)), (4, fall)])
    assert whole.sample(8).round(4).tolist() == [1, 1, 1, 0.8536, 0.5, 0.1464, 0.1464, 0.1464]


def test_what_is_refused():
    for name, call in {
        "phases": lambda: lrsched.sequential([]),
        "warmup_steps": lambda: lrsched.with_warmup(
            lrsched.constant(lr=1.0), warmup_steps=0, start_lr=0.0
        ),
        "drop": lambda: lrsched.step_decay(base_lr=1.0, drop=2.0, step_size=1),
        "decay_rate": lambda: lrsched.exponential_decay(base_lr=1.0, decay_rate=1.0, decay_steps=1),
    }.items():
        with pytest.raises(ValueError, match=name):
            call()
