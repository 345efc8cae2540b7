"""The numbers of published estimates as they are printed, those of rounded numbers of people with an interval that is no point."""

from __future__ import annotations

import numpy as np

from prevalence.plot.words import statistics
from prevalence.report.disclosure._published import Published
from prevalence.totals import Floats

DIGITS = 2
"""Of standard errors beside rounded numbers: exact ones would tell the number, by way of the coefficient of variation."""


def columns_in_print(shown: Published) -> dict[str, Floats]:
    """Return the numbers of each row, NaN where they are withheld.

    Notes
    -----
    The limits of a rounded number of people go outwards to the base, so that the interval holds what it held and is no point; its standard
    error, which may be far smaller than the base, keeps two digits.
    """
    columns: dict[str, Floats] = {name: values for name, values in shown.columns().items() if isinstance(values, np.ndarray)}
    base = shown.rules.round_people
    if base == 1 or "total" not in statistics(shown.estimates):
        return columns
    limits, numbers = shown.estimates.limits, shown.estimates.numbers
    exact = {
        "ci_low": np.floor(limits.low / base) * base + 0.0,
        "ci_high": np.ceil(limits.high / base) * base + 0.0,
        "se": to_digits(numbers.se),
    }
    return {**columns, **{name: np.where(shown.hidden, np.nan, values) for name, values in exact.items()}}


def to_digits(values: Floats) -> Floats:
    """Return values to two significant digits.

    Examples
    --------
    >>> import numpy as np
    >>> to_digits(np.array([1234.0, 0.0456, 0.0])).tolist()
    [1200.0, 0.046, 0.0]
    """
    return np.array([float(f"{value:.{DIGITS}g}") for value in values.tolist()])
