"""Estimates as they may be published: withheld rows keep their labels and lose their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from prevalence.errors import OptionError
from prevalence.estimates import Estimates
from prevalence.report.disclosure._withheld import withheld
from prevalence.report.disclosure.people import Mask

FEW = "fewer than 25 observations"


@dataclass(frozen=True, slots=True)
class Published:
    """A table, why each of its rows should be withheld, and whether it is.

    Attributes
    ----------
    estimates : Estimates
    reasons : tuple of str
        One a row, empty where nothing speaks against publication.
    masked : bool
        Whether rows with a reason are withheld; if not, their flags say that they would be.
    """

    estimates: Estimates
    reasons: tuple[str, ...]
    masked: bool = True

    def __post_init__(self) -> None:
        if len(self.reasons) != len(self.estimates):
            raise OptionError(
                f"reasons needs one text a row, {len(self.estimates)} in all; found {len(self.reasons)}. Make them with pv.report.withheld."
            )

    @property
    def hidden(self) -> Mask:
        """Rows whose numbers are not shown, shape (rows,)."""
        return np.array([self.masked and bool(reason) for reason in self.reasons], dtype=np.bool_)

    def columns(self) -> dict[str, Any]:
        """Return the columns of ``Estimates.columns``, numbers of withheld rows empty and the reason in their flag."""
        columns = self.estimates.columns()
        shown = ~self.hidden
        masked = {
            name: np.where(shown, values, np.nan) if isinstance(values, np.ndarray) else values
            for name, values in columns.items()
        }
        flags = [self._flag(flag, reason) for flag, reason in zip(columns["flag"], self.reasons, strict=True)]
        return {**masked, "flag": flags}

    def _flag(self, flag: str, reason: str) -> str:
        if not reason:
            return flag
        if self.masked:
            return reason
        return "; ".join([*(part for part in flag.split("; ") if part and part != FEW), f"would be {reason}"])

    def select(self, **levels: Any) -> Published:
        """Return the rows with the given levels, as ``Estimates.select`` does."""
        kept = np.ones(len(self.reasons), dtype=bool)
        for key in self.estimates.keys:
            if key.name in levels:
                kept &= np.isin(key.codes, key.codes_of(levels[key.name]))
        reasons = tuple(reason for reason, keep in zip(self.reasons, kept, strict=True) if keep)
        return Published(self.estimates.select(**levels), reasons, self.masked)


def published(estimates: Estimates, reasons: Sequence[str] | None = None, *, publish: bool = True) -> Published:
    """Return a table ready to be shown; without `reasons` they are worked out from the table alone."""
    return Published(estimates, withheld([estimates])[0] if reasons is None else tuple(reasons), publish)
