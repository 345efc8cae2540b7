"""Random draws on whole arrays: the few kinds that the simulation uses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


def generator(seed: int, *stream: int) -> np.random.Generator:
    """Return the generator of a stream: the same seed and stream give the same numbers, whatever else is drawn."""
    return np.random.default_rng([seed, *stream])


def chance(rng: np.random.Generator, probability: Floats | float, size: int) -> Booleans:
    """Return `size` independent yes/no draws."""
    return np.asarray(rng.random(size) < probability, dtype=np.bool_)


def logistic(log_odds: Floats) -> Floats:
    """Return probabilities of log odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)), dtype=np.float64)


def pick(rng: np.random.Generator, shares: Sequence[float], size: int) -> Integers:
    """Return `size` positions in `shares`, drawn in proportion to them."""
    edges = np.cumsum(np.asarray(shares, dtype=np.float64))
    return np.minimum(np.searchsorted(edges / edges[-1], rng.random(size), side="right"), len(edges) - 1)


def pick_flag(rng: np.random.Generator, flags: Booleans) -> Integers:
    """Return, for each row of a (rows, k) array of flags, one of its true columns at random; -1 where none is true."""
    scores = np.where(flags, rng.random(flags.shape), -1.0)
    return np.where(flags.any(axis=1), scores.argmax(axis=1), -1)


def at_least_one(rng: np.random.Generator, shares: Sequence[float], size: int) -> Booleans:
    """Return (size, k) yes/no draws with the given shares, in which every row has at least one yes."""
    drawn = rng.random((size, len(shares))) < np.asarray(shares)
    drawn[np.arange(size), pick(rng, shares, size)] |= ~drawn.any(axis=1)
    return drawn


def heaped(rng: np.random.Generator, hours: Floats, share: float) -> Integers:
    """Return whole hours, a `share` of those of four and more moved to the nearest multiple of seven."""
    heap = (rng.random(len(hours)) < share) & (hours >= 4)
    whole = np.where(heap, 7 * np.round(hours / 7), np.floor(hours))
    return np.clip(whole, 0, 96).astype(np.int64)


def labelled(codes: Integers, names: Sequence[str], *, ordered: bool = False) -> pd.Categorical[str]:
    """Return the names by code as categories; code -1 is missing."""
    return pd.Categorical.from_codes(codes, pd.Index(list(names)), ordered=ordered)


def repeated_ranges(first: Integers, count: Integers) -> Integers:
    """Return the concatenation of ``range(first[i], first[i] + count[i])``."""
    ends = np.cumsum(count)
    return np.repeat(first - (ends - count), count) + np.arange(ends[-1] if len(ends) else 0)
