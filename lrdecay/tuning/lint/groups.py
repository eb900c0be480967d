"""Findings in several parameter groups, each told once with the groups that have it."""

from __future__ import annotations

from collections.abc import Sequence

from .codes import Finding


def over(found: Sequence[Sequence[Finding]], names: Sequence[str | None]) -> list[Finding]:
    """Return the findings of all groups; what several have is told with the first one's numbers.

    Args:
        found: the findings of each group.
        names: of the groups; None for one without.
    """
    if len(found) == 1:
        return list(found[0])
    having: dict[tuple[str, int | None], list[int]] = {}
    first: dict[tuple[str, int | None], Finding] = {}
    for group, several in enumerate(found):
        for one in several:
            groups = having.setdefault((one.code, one.step), [])
            groups += [group] if group not in groups else []
            first.setdefault((one.code, one.step), one)
    said = []
    for key, groups in having.items():
        words = [str(k) if names[k] is None else f"{k} ({names[k]})" for k in groups]
        if len(groups) == len(found):
            where = f"every group, such as {words[0]}"
        else:
            where = f"group{'s' if len(groups) > 1 else ''} {', '.join(words)}"
        said.append(first[key]._replace(message=f"{where}: {first[key].message}"))
    return said
