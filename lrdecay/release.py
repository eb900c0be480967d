"""Who made this release, when, its number, and where it stays: what every citation says."""

from collections.abc import Mapping
from importlib import metadata
from types import MappingProxyType

AUTHORS = "lrdecay contributors"
YEAR = 2026  # a test holds it to CITATION.cff
RELEASED: Mapping[str, str] = MappingProxyType({})
"""The day of each release whose pages stay where they are, oldest first; as in CHANGELOG.md."""


def version() -> str:
    """Return the version of the package."""
    return metadata.version("lrdecay")


def address(site: str) -> str:
    """Return where the pages of this release stay; before it is released, where all pages are.

    Args:
        site: address of the site; "" for addresses relative to its root.

    Examples:
        >>> address("https://example.org")
        'https://example.org/'
    """
    root = f"{site}{'/' if site and not site.endswith('/') else ''}"
    own = f"v{version()}/"
    return f"{root.removesuffix(own)}{own}" if site and version() in RELEASED else root


def bibtex(key: str, title: str, url: str, **more: str) -> str:
    """Return a BibTeX entry of something in this release.

    Args:
        key: of the entry, after "lrdecay-".
        title: what it is called.
        url: where it is.
        **more: further fields.
    """
    fields = {
        "author": f"{{{AUTHORS}}}",
        "title": title,
        "howpublished": f"lrdecay {version()}",
        "year": str(YEAR),
        **more,
        "url": url,
    }
    lines = (f"  {name} = {{{_latex(value)}}}," for name, value in fields.items())
    return "\n".join([f"@misc{{lrdecay-{key},", *lines, "}"])


def _latex(value: str) -> str:
    for character in "%&#_":
        value = value.replace(character, f"\\{character}")
    return value
