"""Shortens the index that MkDocs' search has made: sentences, and what readers call a page.

Code, and the headings that every rule has, are found where they stand: on the page.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = re.compile(r"<pre>.*?</pre>|</?(?:p|[uo]?l|li)>", re.DOTALL)
FURNITURE = {"Changes", "Cite this rule", "Related rules", "Run this", "Sources"}
LENGTH = 500  # characters of a section; of an API page, where the first sentence says what it is, 1


def shorten(path: Path, known: Path) -> None:
    """Rewrite an index in place, with the names that a file gives to pages besides their titles."""
    names = yaml.safe_load(known.read_text("utf-8")) if known.is_file() else {}
    index = json.loads(path.read_text("utf-8"))
    index["docs"] = [one for one in index["docs"] if one["title"] not in FURNITURE]
    for one in index["docs"]:
        length = 1 if one["location"].startswith("reference/api/") else LENGTH
        kept = ""
        for block in BLOCK.split(one["text"]):
            if len(block.split()) > 3 and len(kept) < length:
                kept += f"<p>{' '.join(block.split())}</p>"
        one["text"] = kept
        if one["location"] in names:
            one["tags"] = names[one["location"]]
    path.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), "utf-8")
