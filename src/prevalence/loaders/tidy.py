"""Columns as files deliver them, made plain: blank text is missing, numbers that came as objects are numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

NUMBERS = ("integer", "floating", "mixed-integer-float", "boolean")
TEXTS = ("string", "mixed", "mixed-integer")
"""What pandas calls objects that are all numbers, and objects among which there may be text."""


def tidied(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame in which blank text is missing, and columns of numbers that arrived as objects are numbers."""
    changed = {}
    for name, column in frame.items():
        if column.dtype.kind in "biufmM":
            continue
        values = column if isinstance(column.dtype, pd.StringDtype) else column.astype(object)
        kind = infer_dtype(values, skipna=True)
        if kind in NUMBERS or (kind == "mixed-integer" and values.map(_is_number_or_missing).all()):
            changed[name] = pd.to_numeric(values)
        elif kind in TEXTS:
            blank = (values.str.strip() == "").fillna(value=False).to_numpy(dtype=bool)
            if blank.any():
                changed[name] = values.astype(object).mask(blank, None).infer_objects()
    return frame.assign(**{str(name): column for name, column in changed.items()})


def _is_number_or_missing(value: object) -> bool:
    return isinstance(value, int | float | np.number) or value is None or value is pd.NA or value is pd.NaT
