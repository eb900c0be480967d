"""Who made this release, in which year, and its number: what every citation says."""

from importlib import metadata

AUTHORS = "lrdecay contributors"
YEAR = 2026  # a test holds it to CITATION.cff


def version() -> str:
    """Return the version of the package."""
    return metadata.version("lrdecay")


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
