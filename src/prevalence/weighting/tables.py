"""A small table that shows itself: texts and numbers by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prevalence.weighting.shown import html_table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, repr=False)
class WeightTable:
    """Numbers about weights, one row a step, a group or a cell.

    Attributes
    ----------
    title : str
    columns : mapping of name to sequence
        Texts or numbers, all of one length.
    """

    title: str
    columns: Mapping[str, Sequence[str] | Sequence[float]]

    def to_pandas(self) -> pd.DataFrame:
        """Return the table as a data frame."""
        import pandas as pd

        return pd.DataFrame({name: list(values) for name, values in self.columns.items()})

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __repr__(self) -> str:
        return f"{self.title}\n{self.to_pandas().to_string(index=False, float_format=lambda value: f'{value:,.4g}')}"

    def _repr_html_(self) -> str:
        return html_table(self.to_pandas(), self.title)
