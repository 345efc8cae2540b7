"""The numbers of published estimates as they are printed."""

from __future__ import annotations

import numpy as np

from prevalence.report.disclosure._published import Published
from prevalence.totals import Floats


def columns_in_print(shown: Published) -> dict[str, Floats]:
    """Return the numbers of each row, rounded as in every other file, NaN where they are withheld."""
    return {name: values for name, values in shown.columns().items() if isinstance(values, np.ndarray)}
