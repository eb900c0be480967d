"""Builds the site: notebooks to `build/`, then pages with their figures, tables and numbers.

The one-way flow: `notebooks/` -> `kernel` (runs one) -> `cache` -> `extract` (files under `build/`)
-> `embed` (into pages), `mathml` -> `site` (MkDocs into `site/`) -> `server`.
"""

import os

# Material prints a page of text about MkDocs 2 unless this is set before it is imported.
os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
