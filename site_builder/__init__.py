"""Builds the site: `__main__` is the whole of it, the other modules are its steps."""

import os

# Material prints a page of text about MkDocs 2 unless this is set before it is imported.
os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
