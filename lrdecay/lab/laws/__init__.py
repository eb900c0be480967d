r"""Laws that predict the loss curve of a pretraining run from its learning rates.

Both laws know the rates alone. With the area $S_1(k) = \sum_{i \le k} \eta_i$ and the falls
$\eta_{i-1} - \eta_i$ of the rate, negative in a warmup, the loss after update $k$ is

$$L_k = L_0 + A\, S_1(k)^{-\alpha} - B \sum_{i=1}^{k} (\eta_{i-1} - \eta_i)\,
  \left[1 - \left(1 + C\, \eta_i^{-\gamma} \sum_{j=i}^{k} \eta_j\right)^{-\beta}\right]$$

by the multi-power law, where what a fall brings depends on the area since, and

$$L_k = L_0 + A\, S_1(k)^{-\alpha} - C \sum_{i=1}^{k} (\eta_{i-1} - \eta_i)\,
  \frac{1 - \lambda^{k - i + 1}}{1 - \lambda}$$

by the annealing law, where it depends on the updates since. They were fitted to language models
trained with AdamW at one peak rate: they say nothing of instability, nor of a peak far from theirs.

Source:
    K. Luo, H. Wen, S. Hu et al., "A Multi-Power Law for Loss Curve Prediction Across Learning Rate
    Schedules", 2025, arXiv:2503.12811, in the form of the authors' code (`src/models.py`), which
    counts the rises of the warmup too; H. Tissue, V. Wang, L. Wang, "Scaling Law with Learning Rate
    Annealing", 2024, arXiv:2408.11029, whose sum was read in others' code only.
"""

from .curves import PUBLISHED, AnnealingLaw, Law, MultiPowerLaw
from .errors import PUBLISHED_METRICS, Metrics, metrics
from .fitting import fit

__all__ = [
    "PUBLISHED",
    "PUBLISHED_METRICS",
    "AnnealingLaw",
    "Law",
    "Metrics",
    "MultiPowerLaw",
    "fit",
    "metrics",
]
