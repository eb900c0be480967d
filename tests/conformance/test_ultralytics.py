"""The dialect of Ultralytics against Ultralytics.

Run as a program it writes the golden file.
"""

import golden
import harness
from hypothesis import given
from hypothesis import strategies as st
from ultralytics_source import run, theirs

from lrdecay.dialects import ultralytics as ours

PEER = "ultralytics"
CASES = [
    ("train", {"nb": 4, "epochs": 4, "lr0": 1.0, "lrf": 0.1, "warmup_epochs": 1.5}),
    ("train", {"nb": 4, "epochs": 4, "lrf": 0.1, "param_group": "bias"}),
    ("train", {"nb": 3, "epochs": 5, "cos_lr": True, "warmup_epochs": 1.0}),
    ("train", {"nb": 1, "epochs": 16, "lrf": 0.0, "warmup_epochs": 0.0}),
    ("train_momentum", {"nb": 4, "epochs": 4, "warmup_epochs": 2.3}),
    ("train_momentum", {"nb": 4, "epochs": 4, "momentum": 0.9, "warmup_epochs": 0.1}),
    ("one_cycle", {"y1": 1.0, "y2": 0.01, "steps": 10}),
]

shares = st.floats(0.0, 1.0)


@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.floats(1e-5, 10.0),
    st.floats(0.0, 2.0),
    st.booleans(),
    st.floats(0.0, 14.0),
    shares,
    st.integers(0, 12),
)
def test_train(nb, epochs, lr0, lrf, cos_lr, warmup_epochs, bias, more):
    kwargs = {"nb": nb, "epochs": epochs, "lr0": lr0, "lrf": lrf, "cos_lr": cos_lr}
    kwargs |= {"warmup_epochs": warmup_epochs, "warmup_bias_lr": bias}
    rates = run(**kwargs, more=more).rates
    for group in ("weight", "bias"):
        harness.agree(PEER, "train", rates[group], ours.train(**kwargs, param_group=group))


@given(st.integers(1, 12), st.integers(1, 12), st.floats(0.0, 14.0), shares, shares)
def test_train_momentum(nb, epochs, warmup_epochs, first, last):
    kwargs = {"nb": nb, "epochs": epochs, "warmup_epochs": warmup_epochs}
    kwargs |= {"warmup_momentum": first, "momentum": last}
    harness.agree(
        PEER, "train_momentum", run(**kwargs, more=2).momentum, ours.train_momentum(**kwargs)
    )


@given(
    st.integers(1, 30),
    st.integers(1, 8),
    st.floats(0.0, 9.0),
    st.integers(1, 100),
    st.integers(1, 200),
)
def test_train_updates(nb, epochs, warmup_epochs, batch, nbs):
    kwargs = {"nb": nb, "epochs": epochs, "warmup_epochs": warmup_epochs}
    kwargs |= {"batch": batch, "nbs": nbs}
    assert run(**kwargs).updates == ours.train_updates(**kwargs).tolist()


@given(st.floats(0.0, 2.0), st.floats(0.0, 2.0), st.integers(1, 30))
def test_one_cycle(y1, y2, steps):
    kwargs = {"y1": y1, "y2": y2, "steps": steps}
    want = theirs("one_cycle", 2 * steps + 3, **kwargs)
    harness.agree(PEER, "one_cycle", want, ours.one_cycle(**kwargs))


if __name__ == "__main__":
    golden.write(PEER, PEER, CASES, theirs)
