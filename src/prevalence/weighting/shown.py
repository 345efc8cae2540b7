"""Small tables as HTML for a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def html_table(table: pd.DataFrame, caption: str, notes: tuple[str, ...] = ()) -> str:
    """Return a table of texts and numbers as HTML, with a caption above and notes below."""
    numeric = {name: table[name].dtype.kind in "iuf" for name in table.columns}
    header = "".join(
        f'<th scope="col" style="text-align:{"right" if numeric[name] else "left"}">{escape(str(name))}</th>'
        for name in table.columns
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td style="text-align:{"right" if numeric[name] else "left"}">{escape(_text(value))}</td>'
            for name, value in zip(table.columns, row, strict=True)
        )
        + "</tr>"
        for row in table.itertuples(index=False)
    )
    below = "".join(f"<p style='font-size:smaller;margin:0'>{escape(note)}</p>" for note in notes)
    title = f'<caption style="text-align:left;caption-side:top">{escape(caption)}</caption>'
    return f"<table>{title}<thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>{below}"


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
