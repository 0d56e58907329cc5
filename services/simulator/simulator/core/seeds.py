"""Make chance repeatable: the same names always give the same numbers, in any process and any order."""

import hashlib
from typing import Final

import numpy as np
import numpy.typing as npt

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_UNIT: Final = 2.0**-53


def seed_of(*names: object) -> int:
    """Return 64 bits that depend on every one of the names."""
    text = "/".join(str(name) for name in names)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def generator(*names: object) -> np.random.Generator:
    """Return a generator of its own for what is named."""
    return np.random.Generator(np.random.PCG64(seed_of(*names)))


def chance(seed: int, *keys: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return one number in [0, 1) per key (keys broadcast): SplitMix64's finaliser over seed and keys."""
    mixed = np.array([seed % 2**64], dtype=np.uint64)
    for key in keys:
        mixed = _mix(mixed ^ (np.atleast_1d(key).astype(np.uint64) * _GOLDEN + _FIRST))
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) * _UNIT)


def _mix(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return np.asarray(bits ^ (bits >> np.uint64(31)))
