"""mlcroissant imports jsonpath_rw, which comes as source alone and reads JSON; we have CSV."""

import importlib.util
import sys
from types import ModuleType

if importlib.util.find_spec("jsonpath_rw") is None:
    for name in ("jsonpath_rw", "jsonpath_rw.lexer"):
        sys.modules[name] = ModuleType(name)
    sys.modules["jsonpath_rw"].__dict__["lexer"] = sys.modules["jsonpath_rw.lexer"]
