"""ReduceOnPlateau against the scheduler whose semantics it takes over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import ReduceOnPlateau

torch = pytest.importorskip("torch")


@given(
    # Positive: with a negative metric the two differ on purpose, see ReduceOnPlateau.
    st.lists(st.floats(0.1, 2.0) | st.sampled_from([1.0, float("nan")]), max_size=40),
    st.sampled_from(["min", "max"]),
    st.sampled_from(["rel", "abs"]),
    st.integers(0, 4),
    st.sampled_from([0.0, 1e-4, 0.1]),
    st.integers(0, 3),
    st.sampled_from([0.0, 0.05]),
)
def test_same_rates_as_torch(metrics, goal, compare, patience, threshold, cooldown, min_lr):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    peer = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer,
        mode=goal,
        factor=0.3,
        patience=patience,
        threshold=threshold,
        threshold_mode=compare,
        cooldown=cooldown,
        min_lr=min_lr,
        eps=0.0,
    )
    want = []
    for metric in metrics:
        peer.step(metric)
        want.append(optimizer.param_groups[0]["lr"])
    plateau = ReduceOnPlateau(
        1.0, 0.3, patience, threshold, compare, goal, cooldown=cooldown, min_lr=min_lr
    )
    assert plateau.history(metrics).tolist() == want
