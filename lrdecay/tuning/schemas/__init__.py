"""The JSON schemas (draft 2020-12) of what tools print: one a tool, beside this file."""

from __future__ import annotations

from pathlib import Path

from ...checks import refuse

__all__ = ["TOOLS", "schema"]

_HERE = Path(__file__).parent
TOOLS = tuple(sorted(path.stem for path in _HERE.glob("*.json")))


def schema(tool: str) -> str:
    """Return the schema of what a tool prints, as JSON.

    Args:
        tool: one of `TOOLS`.

    Raises:
        ValueError: if there is no such tool.

    Examples:
        >>> import json
        >>> json.loads(schema("lint"))["properties"]["tool"]
        {'const': 'lint'}
    """
    if tool not in TOOLS:
        raise refuse("tool", tool, f"one of {', '.join(TOOLS)}")
    return (_HERE / f"{tool}.json").read_text("utf-8")
