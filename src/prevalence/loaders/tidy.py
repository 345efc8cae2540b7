"""Columns as files deliver them, made plain: blank text is missing, numbers that came as objects are numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd


def tidied(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame in which blank text is missing, and columns of numbers that arrived as objects are numbers."""
    changed = {}
    for name, column in frame.items():
        if column.dtype.kind in "biufmM":
            continue
        values = column.astype(object)
        is_text = values.map(lambda value: isinstance(value, str)).to_numpy(dtype=bool)
        if is_text.any():
            blank = is_text & (values.astype(str).str.strip() == "").to_numpy()
            changed[name] = column.astype(object).mask(blank, None).infer_objects() if blank.any() else column
        elif values.notna().any() and values.map(_is_number_or_missing).all():
            changed[name] = pd.to_numeric(values)
    return frame.assign(**{str(name): column for name, column in changed.items()})


def _is_number_or_missing(value: object) -> bool:
    return isinstance(value, int | float | np.number) or value is None or value is pd.NA or value is pd.NaT
