"""How a stage of selection drew its units, and the probability that each row had at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.errors import DataError, OptionError, counted, listed
from prevalence.rows import Floats, numbers

Number = str | float | None


@dataclass(frozen=True, kw_only=True)
class Draw:
    """One stage of selection: which units were drawn, and with which probability.

    Give `probability`; or `drawn` and `of`, for units drawn with equal probability; or `drawn`, `size` and `of`, for units drawn with
    probability proportional to size. Each is a column or a number.

    Parameters
    ----------
    unit : str or sequence of str, optional
        Columns that name what was drawn, within what the stages before drew: all rows of a unit must have one probability. Without it each row
        was drawn.
    probability : str or number, optional
    drawn : str or number, optional
        Units drawn, of the stratum or the unit above.
    of : str or number, optional
        Units that they were drawn from; with `size`, the sum of their sizes.
    size : str or number, optional
        Measure of size of the unit.

    Raises
    ------
    OptionError
        If the parts do not make a probability.

    Examples
    --------
    One of the eligible children of a household, as in MICS:

    >>> Draw(unit="child", drawn=1, of="eligible_children").columns
    ('child', 'eligible_children')
    """

    unit: str | Sequence[str] = ()
    probability: Number = None
    drawn: Number = None
    of: Number = None
    size: Number = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", (self.unit,) if isinstance(self.unit, str) else tuple(self.unit))
        from_counts = self.drawn is not None and self.of is not None
        alone = self.drawn is None and self.of is None and self.size is None
        if not (alone if self.probability is not None else from_counts):
            raise OptionError(
                "A draw needs its probability, or how many units were drawn and of how many: Draw(probability='p'), "
                "Draw(drawn=20, of='households_listed') or Draw(drawn='areas', size='households', of='households_in_stratum')."
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that it names, each once."""
        parts = (self.probability, self.drawn, self.of, self.size)
        return tuple(dict.fromkeys((*self.unit, *(part for part in parts if isinstance(part, str)))))

    def probabilities(self, frame: nw.DataFrame[Any], place: str) -> Floats:
        """Return the probability of each row at this stage, shape (rows,).

        Raises
        ------
        DataError
            If one is missing, not above 0, or above 1.
        """
        if self.probability is not None:
            found = _values(frame, self.probability)
        else:
            size = 1.0 if self.size is None else _values(frame, self.size)
            with np.errstate(divide="ignore", invalid="ignore"):
                found = np.asarray(_values(frame, self.drawn) * size / _values(frame, self.of), dtype=np.float64)
        wrong = np.flatnonzero(~((found > 0) & (found <= 1 + ROUNDING)))
        if len(wrong):
            advice = (
                "Units as large as the interval were drawn with certainty: give them probability 1."
                if self.size is not None
                else "Correct the selection data."
            )
            raise DataError(
                f"Probabilities of selection must lie above 0 and not above 1; at stage {place} {counted(len(wrong), 'row')} have others, such as "
                f"{listed(found[wrong].round(6).tolist())}. {advice}"
            )
        return np.minimum(found, 1.0)


ROUNDING = 1e-9
"""A probability of 1 that was divided out of counts may overshoot by this."""


def _values(frame: nw.DataFrame[Any], part: Number) -> Floats:
    return numbers(frame, part) if isinstance(part, str) else np.full(len(frame), np.nan if part is None else float(part))
