"""What a figure is given: a table, the rows it may not show, the rows it must mark as weak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from prevalence.errors import OptionError
from prevalence.estimates import Estimates

Mask = npt.NDArray[np.bool_]
WEAK = ("fewer than", "less than one degree of freedom", "standard error not estimable", "interval not estimable")
"""How the flags of weak estimates begin."""


@runtime_checkable
class Withholding(Protocol):
    """Estimates with the rows that are not shown, such as ``pv.report.published`` returns."""

    @property
    def estimates(self) -> Estimates:
        """The table."""
        ...

    @property
    def hidden(self) -> Mask:
        """Rows whose numbers are not shown, shape (rows,)."""
        ...


Drawable = Estimates | Withholding


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A table and, of each row, whether it is hidden and whether it is weak."""

    estimates: Estimates
    hidden: Mask
    weak: Mask

    @property
    def drawn(self) -> Mask:
        """Rows that have a number to be seen, shape (rows,)."""
        return np.asarray(~self.hidden & np.isfinite(self.estimates.numbers.estimate))

    @property
    def missing(self) -> tuple[str, ...]:
        """Why a row is not drawn, one text a row, empty where it is."""
        reason = np.where(self.estimates.numbers.n == 0, "no observations", "not estimable")
        return tuple(np.where(self.drawn, "", np.where(self.hidden, "withheld", reason)).tolist())

    def take(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> Shown:
        """Return the given rows."""
        index = np.asarray(rows, dtype=np.int64)
        return replace(self, estimates=self.estimates.take(index), hidden=self.hidden[index], weak=self.weak[index])


def shown(table: Drawable, hidden: Sequence[bool] | None = None, weak: Sequence[bool] | None = None) -> Shown:
    """Return a table as a figure takes it.

    Parameters
    ----------
    table : Estimates or Published
    hidden : sequence of bool, optional
        Rows that are not to be seen, beside those that `table` withholds.
    weak : sequence of bool, optional
        Rows that are marked; by default those whose flags speak of few observations, cases or degrees of freedom.

    Raises
    ------
    OptionError
        If the table is something else, or a mask does not fit it.
    """
    if isinstance(table, Estimates):
        estimates, shut = table, np.zeros(len(table), dtype=np.bool_)
    elif isinstance(table, Withholding):
        estimates, shut = table.estimates, np.asarray(table.hidden, dtype=np.bool_)
    else:
        raise OptionError(
            f"A figure needs Estimates, or what pv.report.published makes of them; found {type(table).__name__}. "
            "Make a table with pv.prevalence(...)."
        )
    marked = weak_rows(estimates) if weak is None else _mask("weak", weak, estimates)
    return Shown(estimates=estimates, hidden=shut if hidden is None else shut | _mask("hidden", hidden, estimates), weak=marked)


def weak_rows(estimates: Estimates) -> Mask:
    """Return the rows whose flags say that they rest on little, shape (rows,)."""
    return np.array([any(part.startswith(WEAK) for part in flag.split("; ")) for flag in estimates.flags], dtype=np.bool_)


def _mask(name: str, values: Sequence[bool], estimates: Estimates) -> Mask:
    mask = np.asarray(values, dtype=np.bool_)
    if mask.shape != (len(estimates),):
        raise OptionError(f"{name} needs one value a row: {len(estimates)}; found {mask.size}.")
    return mask
