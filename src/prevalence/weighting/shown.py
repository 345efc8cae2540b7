"""Small tables as HTML for a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from prevalence.shown import Column, table_html

if TYPE_CHECKING:
    import pandas as pd


def html_table(table: pd.DataFrame, caption: str, notes: tuple[str, ...] = ()) -> str:
    """Return a table of texts and numbers as HTML, with a caption above and notes below."""
    columns: dict[str, Column] = {
        str(name): values.to_numpy() if values.dtype.kind in "iuf" else tuple(map(str, values)) for name, values in table.items()
    }
    below = "".join(f"<p style='font-size:smaller;margin:0'>{escape(note)}</p>" for note in notes)
    return table_html(columns, caption=caption, most=len(table)) + below
