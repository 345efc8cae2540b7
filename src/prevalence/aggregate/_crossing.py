"""Codes of the combinations of several columns, in the order of their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.rows import Codes, levels_of
from prevalence.totals import occurring


def crossed(frame: nw.DataFrame[Any], names: Sequence[str]) -> tuple[Codes, list[str]]:
    """Return the code of each row's combination of columns, and the combinations that occur in order of their labels."""
    if not names:
        return np.zeros(len(frame), dtype=np.int64), [""]
    code, values = levels_of(frame, names[0])
    labels = [str(value) for value in values]
    for name in names[1:]:
        part, levels = levels_of(frame, name)
        present, code = occurring(code * len(levels) + part, len(labels) * len(levels))
        labels = [f"{labels[value // len(levels)]} x {levels[value % len(levels)]}" for value in present.tolist()]
    return code, labels
