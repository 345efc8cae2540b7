"""How small results print: as a table in a terminal, in a notebook, as a data frame and as CSV."""

from __future__ import annotations

from dataclasses import dataclass, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from prevalence import written
from prevalence.written import settled, write_file

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Column = tuple[str, ...] | Floats | Ints | Booleans
Scalar = str | float | int | bool

SHOWN_ROWS = 40
THOUSANDS = 10_000
"""From here on numbers are shown whole, with commas."""


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A frozen result: arrays and tuples of one length are its columns, single values stand below them.

    A result without columns is a table of one row.
    """

    def columns(self) -> dict[str, Column]:
        """Return the columns by name, each of the same length."""
        found = {name: value for name, value in self._values().items() if isinstance(value, np.ndarray | tuple)}
        return found or {name: _single(value) for name, value in self.facts().items()}

    def facts(self) -> dict[str, Scalar]:
        """Return the single values by name."""
        return {name: value for name, value in self._values().items() if isinstance(value, str | float | int | bool)}

    def to_pandas(self) -> pd.DataFrame:
        """Return the columns as a data frame."""
        import pandas as pd

        return pd.DataFrame({name: list(c) if isinstance(c, tuple) else c for name, c in self.columns().items()})

    def to_csv(self, path: str | Path) -> Path:
        """Write the columns as CSV, numbers to 12 significant digits; return the path."""
        return write_file(Path(path), csv_text(self.columns()))

    def __repr__(self) -> str:
        facts = "; ".join(f"{name} {text}" for name, text in self._said().items())
        head = f"{type(self).__name__}: {facts}"
        return f"{head}\n{table_text(self.columns())}" if self._has_columns else head

    def _repr_html_(self) -> str:
        facts = self._said()
        if not self._has_columns:
            rows = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>' for name, text in facts.items())
            return f"<table><tbody>{rows}</tbody></table>"
        below = "; ".join(f"{name}: {text}" for name, text in facts.items())
        note = f"<p style='font-size:smaller;margin:0'>{escape(below)}</p>" if below else ""
        return table_html(self.columns()) + note

    def _said(self) -> dict[str, str]:
        """Return the single values as texts, those that are missing left out."""
        texts = {name: _text(value) for name, value in self.facts().items()}
        return {name: text for name, text in texts.items() if text}

    @property
    def _has_columns(self) -> bool:
        return any(isinstance(value, np.ndarray | tuple) for value in self._values().values())

    def _values(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self) if field.repr}


def table_html(columns: dict[str, Column], *, caption: str = "", most: int = SHOWN_ROWS) -> str:
    """Return columns as an HTML table; all texts are escaped."""
    columns, texts = _filled(columns)
    sides = ["left" if isinstance(column, tuple) else "right" for column in columns.values()]
    head = "".join(
        f'<th scope="col" style="text-align:{side}">{escape(name)}</th>' for name, side in zip(texts, sides, strict=True)
    )
    rows = list(zip(*texts.values(), strict=True))
    body = "".join(
        "<tr>"
        + "".join(f'<td style="text-align:{side}">{escape(cell)}</td>' for side, cell in zip(sides, row, strict=True))
        + "</tr>"
        for row in rows[:most]
    )
    more = f"<p>{len(rows) - most:,} more rows: <code>.to_pandas()</code></p>" if len(rows) > most else ""
    title = f'<caption style="text-align:left;caption-side:top">{escape(caption)}</caption>' if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def table_text(columns: dict[str, Column]) -> str:
    """Return columns as aligned text."""
    columns, texts = _filled(columns)
    widths = {name: max([len(name), *(len(cell) for cell in cells[:SHOWN_ROWS])]) for name, cells in texts.items()}
    left = {name for name, column in columns.items() if isinstance(column, tuple)}

    def line(cells: dict[str, str]) -> str:
        return "  ".join(f"{c:<{widths[n]}}" if n in left else f"{c:>{widths[n]}}" for n, c in cells.items()).rstrip()

    rows = written.records(texts)
    lines = [line({name: name for name in texts}), *(line(row) for row in rows[:SHOWN_ROWS])]
    return "\n".join([*lines, *([f"... {len(rows) - SHOWN_ROWS:,} more rows"] if len(rows) > SHOWN_ROWS else [])])


def csv_text(columns: dict[str, Column]) -> str:
    """Return columns as CSV; missing numbers are empty cells."""
    return written.csv_text({name: plain(column) for name, column in columns.items()})


def plain(column: Column) -> list[str | float | int | None]:
    """Return a column as values that CSV and JSON can hold: floats settled, truth values as yes and no."""
    if isinstance(column, tuple):
        return list(column)
    if column.dtype == np.bool_:
        return ["yes" if value else "no" for value in column.tolist()]
    if column.dtype.kind == "f":
        return list(settled(column.astype(np.float64)))
    return [int(value) for value in column.tolist()]


def _filled(columns: dict[str, Column]) -> tuple[dict[str, Column], dict[str, list[str]]]:
    """Return the columns that hold something, and their texts."""
    texts = {name: _texts(column) for name, column in columns.items()}
    kept = [name for name, cells in texts.items() if any(cells) or not cells]
    return {name: columns[name] for name in kept}, {name: texts[name] for name in kept}


def _texts(column: Column) -> list[str]:
    return list(column) if isinstance(column, tuple) else [_text(value) for value in column.tolist()]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _number(value)
    return str(value)


def _number(value: float) -> str:
    if np.isnan(value):
        return ""
    if abs(value) >= THOUSANDS:
        return f"{value:,.0f}"
    if abs(value) >= 1_000:  # a year must not be rounded to four digits: 2014.5
        return f"{value:.1f}".removesuffix(".0")
    return f"{value:.4g}"


def _single(value: Scalar) -> Column:
    if isinstance(value, str):
        return (value,)
    return np.array([value])
