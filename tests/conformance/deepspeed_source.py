"""DeepSpeed's schedulers, out of one file of its source.

DeepSpeed comes as source alone, which no lock of wheels can hold, and installed without all that
it needs it breaks transformers' Trainer. So it lies apart, where `make conformance` puts it.
Without it the tests that drive it are skipped.
"""

import sys
from importlib.metadata import distributions
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

import harness
import pytest

# Before `load`, which forgets what it imports.
pytest.importorskip("torch")
TARGET = Path("build/deepspeed")
FILE = Path("deepspeed/runtime/lr_schedules.py")
VERSIONS = [d.version for d in distributions(path=[str(TARGET)]) if d.name == "deepspeed"]
if not VERSIONS or not (TARGET / FILE).is_file():
    pytest.skip(f"no deepspeed in {TARGET}: see {Path(__file__).name}", allow_module_level=True)
harness.EDITIONS["deepspeed"] = VERSIONS[0]


def load():
    """Return what the file defines, with its logger silent."""
    utils: Any = ModuleType("deepspeed.utils")
    utils.logger = SimpleNamespace(warning=lambda *_: None)
    module = ModuleType("deepspeed_lr_schedules")
    code = compile((TARGET / FILE).read_text("utf-8"), str(FILE), "exec")
    with mock.patch.dict(
        sys.modules, {"deepspeed": ModuleType("deepspeed"), utils.__name__: utils}
    ):
        exec(code, vars(module))
    return module


peer = load()
