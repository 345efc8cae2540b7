"""Small tables about weights, which show themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from prevalence.shown import Column, table_html

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


def html_table(table: pd.DataFrame, caption: str, notes: tuple[str, ...] = ()) -> str:
    """Return a table of texts and numbers as HTML, with a caption above and notes below."""
    columns: dict[str, Column] = {
        str(name): values.to_numpy() if values.dtype.kind in "iuf" else tuple(map(str, values)) for name, values in table.items()
    }
    below = "".join(f"<p style='font-size:smaller;margin:0'>{escape(note)}</p>" for note in notes)
    return table_html(columns, caption=caption, most=len(table)) + below
