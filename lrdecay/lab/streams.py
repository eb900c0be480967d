"""Random numbers by name: what one world draws for a seed is independent of all others.

The name of a stream is "world.what", or begins with the id of the rule that draws, and is written
where it is used, once: a seed and a name fix the numbers, and no module makes a generator itself.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np


def stream(name: str, seed: int) -> np.random.Generator:
    """Return the generator of a name and a seed.

    The generators of two names, or of two seeds, are children of NumPy's `SeedSequence` and as
    independent as it makes them. Neither depends on what other streams there are.

    Args:
        name: such as "well.noise".
        seed: a whole number >= 0, of any size.

    Examples:
        >>> stream("well.noise", 0).random() == stream("well.noise", 0).random()
        True
        >>> stream("well.noise", 0).random() == stream("river.noise", 0).random()
        False
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_key(name),)))


@cache
def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:16])
