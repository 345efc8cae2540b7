"""Codes of the combinations of several columns, in the order of their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.rows import Codes, levels_of
from prevalence.totals import DENSE_PLACES_PER_ROW, Ints


def crossed(frame: nw.DataFrame[Any], names: Sequence[str]) -> tuple[Codes, list[str]]:
    """Return the code of each row's combination of columns, and the combinations that occur in order of their labels."""
    code = np.zeros(len(frame), dtype=np.int64)
    labels = [""]
    for name in names:
        part, levels = levels_of(frame, name)
        present, code = compressed(code * len(levels) + part, len(labels) * len(levels))
        labels = [
            f"{labels[value // len(levels)]} x {levels[value % len(levels)]}".removeprefix(" x ") for value in present.tolist()
        ]
    return code.astype(np.int64, copy=False), labels


def compressed(code: Codes, size: int) -> tuple[Ints, Codes]:
    """Return the codes that occur, ascending, and each row's place among them; `code` runs from 0 to ``size - 1``."""
    if size > DENSE_PLACES_PER_ROW * len(code) + 1024:
        present, place = np.unique(code, return_inverse=True)
        return present, place.astype(np.int64, copy=False)
    present = np.flatnonzero(np.bincount(code, minlength=size))
    if len(present) == size:
        return present, code
    lookup = np.zeros(size, dtype=np.int64)
    lookup[present] = np.arange(len(present))
    return present, lookup[code]
