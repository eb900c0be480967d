r"""Karpathy's micrograd demo, vectorised: a small network, two moons, any learning rates.

The demo trains a 2-16-16-1 ReLU network $s$ with 337 parameters $p_j$ on 100 points $x_i$ of two
noisy half moons with labels $y_i = \pm 1$, by gradient descent with the learning rates $\eta_k$ on

$$\frac{1}{100} \sum_i \max(0, 1 - y_i\, s(x_i)) + 10^{-4} \sum_j p_j^2, \qquad
\eta_k = 1 - 0.9\, \frac{k}{100}$$

`demo` repeats the published run; `run` does the same for any seeds and learning rates, many at
once, on the full batch or on minibatches, in double precision. The same seed and learning rates
give the same bits alone or in company. Nothing global is read or changed.

Source:
    A. Karpathy, micrograd, `demo.ipynb`, MIT licence, commit c911406.
"""

from .net import initial, scores
from .points import data
from .training import EXPLODED, PENALTY, SEED, Run, demo, run

__all__ = ["EXPLODED", "PENALTY", "SEED", "Run", "data", "demo", "initial", "run", "scores"]
