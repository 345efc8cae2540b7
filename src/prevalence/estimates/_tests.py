"""Tests of every row of a table, one by one, and for their number together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from prevalence.errors import OptionError, check_option
from prevalence.estimates._keys import Key
from prevalence.formulas.significance import ADJUSTMENTS, Adjusted, Adjustment, TTest, adjusted, t_test
from prevalence.totals import Floats

if TYPE_CHECKING:
    import pandas as pd

    from prevalence.estimates._estimates import Estimates

COLUMNS = frozenset(("t", "p_value", "p_adjusted"))
"""Names of the columns of `RowTests.to_pandas` that estimates do not have."""


@dataclass(frozen=True, slots=True)
class RowTests:
    """Two-sided t tests, one a row; arrays have shape (rows,).

    Attributes
    ----------
    keys : tuple of Key
        Label columns of the rows.
    estimate : float array
        Ratios of estimates are tested by their logarithm.
    test : TTest
    adjusted : Adjusted, optional
        P-values adjusted for the number of rows that have one.
    flags : tuple of str
        Why a row has no test.
    """

    keys: tuple[Key, ...]
    estimate: Floats
    test: TTest
    adjusted: Adjusted | None
    flags: tuple[str, ...]

    @property
    def p_value(self) -> Floats:
        """P-values before any adjustment."""
        return self.test.p_value

    def to_pandas(self) -> pd.DataFrame:
        """Return a tidy data frame: the label columns, ``estimate, t, df, p_value``, ``p_adjusted`` where asked for, ``flag``."""
        import pandas as pd

        columns: dict[str, Any] = {key.name: key.texts() for key in self.keys}
        columns |= {"estimate": self.estimate, "t": self.test.t, "df": self.test.df, "p_value": self.test.p_value}
        columns |= {} if self.adjusted is None else {"p_adjusted": self.adjusted.p_value}
        return pd.DataFrame({**columns, "flag": list(self.flags)})


def row_tests(table: Estimates, null: float | None, adjust: Adjustment | None) -> RowTests:
    """Return the t test that each row is `null`: by default 0, or 1 where rows are ratios of estimates.

    Parameters
    ----------
    table : Estimates
    null : float, optional
    adjust : {"holm", "benjamini-hochberg"}, optional
    """
    if adjust is not None:
        check_option("adjust", adjust, ADJUSTMENTS)
    taken = sorted(COLUMNS & {key.name for key in table.keys})
    if taken:
        raise OptionError(
            f"The dimension {taken[0]!r} is called like a column of tests. Rename the column of the data, for example '{taken[0]}_'."
        )
    numbers, log = table.numbers, table.kind == "log"
    value = (1.0 if log else 0.0) if null is None else null
    if log:
        with np.errstate(divide="ignore", invalid="ignore"):
            test = t_test(np.log(numbers.estimate), numbers.se_log, numbers.df, null=float(np.log(value)))
    else:
        test = t_test(numbers.estimate, numbers.se, numbers.df, null=value)
    return RowTests(table.keys, numbers.estimate, test, adjusted(test.p_value, adjust) if adjust else None, table.flags)
