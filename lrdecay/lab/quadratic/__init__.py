r"""The noisy quadratic model: the exact expected loss under any learning rates.

$$L(\theta) = \tfrac12 \sum_i w_i h_i \theta_i^2, \qquad
g_i = h_i \theta_i + \text{noise of variance } c_i / B$$

Directions do not mix and only second moments enter, so the expected loss of a run follows from a
recursion, without sampling. For gradient descent with the learning rates $\eta_k$

$$m_i \leftarrow (1 - \eta_k h_i)^2 m_i + \eta_k^2 c_i / B_k, \qquad
E[L] = \tfrac12 \sum_i w_i h_i m_i$$

and likewise with heavy-ball momentum, averaged weights and changing batch sizes. What one problem
gives does not depend, to the bit, on the others it is computed with.

Source:
    G. Zhang, L. Li, Z. Nado et al., "Which Algorithmic Choices Matter at Which Batch Sizes?
    Insights From a Noisy Quadratic Model", 2019, arXiv:1907.04164 (its abstract was read). The
    recursions are derived here.
"""

from .contrasts import Effect, effects, gain
from .moments import Ema, Tail, floor, loss
from .optima import Optimal, gradient, greedy, optimal
from .problem import Problem, draw, power_law
from .sampling import simulate
from .search import Best, best, rates

__all__ = [
    "Best",
    "Effect",
    "Ema",
    "Optimal",
    "Problem",
    "Tail",
    "best",
    "draw",
    "effects",
    "floor",
    "gain",
    "gradient",
    "greedy",
    "loss",
    "optimal",
    "power_law",
    "rates",
    "simulate",
]
