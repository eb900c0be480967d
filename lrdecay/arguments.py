"""The old place of `checked`, until nothing imports it from here."""

from .checks import NUMBER, checked

__all__ = ["NUMBER", "checked"]
