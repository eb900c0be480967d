"""lrdecay: learning-rate schedules as pure functions, and small exact worlds to test them in.

The public API on one screen. `lrdecay.lab` holds the experiments; `lrdecay.plot` and
`lrdecay.show` draw (they need matplotlib: `pip install lrdecay[plot]`).
"""

from importlib.metadata import PackageNotFoundError, version

from .families.constant import Constant as Constant
from .families.cosine import Cosine as Cosine
from .families.cyclic import Cyclic as Cyclic
from .families.exponential import Exponential as Exponential
from .families.onecycle import OneCycle as OneCycle
from .families.plateau import PlateauState as PlateauState
from .families.plateau import ReduceOnPlateau as ReduceOnPlateau
from .families.polynomial import Linear as Linear
from .families.polynomial import Polynomial as Polynomial
from .families.restarts import CosineRestarts as CosineRestarts
from .families.step import MultiStep as MultiStep
from .families.step import Step as Step
from .families.warmup import Warmup as Warmup
from .families.warmup import warmup_cosine as warmup_cosine
from .families.warmup import warmup_linear as warmup_linear
from .schedule import Schedule as Schedule

try:
    __version__ = version("lrdecay")
except PackageNotFoundError:  # a source tree on sys.path, not installed
    __version__ = "0+unknown"
