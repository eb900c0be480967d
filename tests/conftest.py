"""What all tests share: where modules are found, and how hard Hypothesis tries."""

import sys
from pathlib import Path

from hypothesis import settings

# So that `from tests.strategies import ...` works however pytest was started.
sys.path.insert(0, str(Path(__file__).parent.parent))

# The same examples every time, so that a red run is red again. For a search:
# `pytest --hypothesis-profile=deep`.
settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True, database=None)
settings.register_profile("deep", max_examples=1000, deadline=None)
settings.load_profile("quick")
