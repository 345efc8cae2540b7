"""Heat map: shares as shaded cells with their values printed, such as hazards by age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from prevalence.errors import OptionError, listed
from prevalence.estimates import Estimates, Key
from prevalence.plot._compared import key_of
from prevalence.plot.axes import axes_for, bare, finish, level_axis
from prevalence.plot.layout import CELL
from prevalence.plot.looks import BLACK, GREY, PAPER, RULE
from prevalence.plot.shown import Drawable, Mask, Shown, shown
from prevalence.plot.words import Labels, Words, in_percent
from prevalence.totals import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 7.0
ROW = 0.36
"""Height of a row in inches."""
SHADES = ("#F7FBFF", "#C6DBEF", "#6BAED6", "#2171B5", "#08306B")
"""Light to dark of one hue, ever darker in grey (Brewer's Blues)."""
DARK = 0.55
"""Part of the scale above which numbers are white."""
WEAK = "( ): weak estimates, to be read with care."
EMPTY = "–: no estimate."
HATCHED = "Hatched: withheld."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """Values of cells, shape (rows, columns), and what must be said of each."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats
    weak: Mask
    hidden: Mask


def heat_map(
    estimates: Drawable,
    *,
    rows: str = "indicator",
    columns: str | Sequence[str] | None = None,
    top: float | None = None,
    hidden: Sequence[bool] | None = None,
    weak: Sequence[bool] | None = None,
    labels: Labels | None = None,
    caption: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw estimates as cells, darker where higher, with the value in each: hazards by age, sex or supply chain.

    Parameters
    ----------
    estimates : Estimates or Published
        For example of several indicators by one or two dimensions.
        Give ``pv.report.published(estimates)`` for publication: Estimates are drawn whole, cells that `pv.report.table` withholds among them.
    rows : str
        The dimension of the rows.
    columns : str or sequence of str, optional
        One or two dimensions of the columns; by default all others that have several levels.
    top : float, optional
        Value of the darkest cell on the scale of the table (0.5 for 50 percent); by default the highest. Figures that stand side by side
        need the same.
    hidden : sequence of bool, optional
        Further rows that are hatched, because they are withheld.
    weak : sequence of bool, optional
        Rows in parentheses; by default those whose flags speak of few observations, cases or degrees of freedom.
    labels, caption, ax
        As in `dots`.

    Returns
    -------
    Axes
        Rows and columns without any observation are left out. Intervals are not drawn; the caption says so.

    Raises
    ------
    OptionError
        If the table lacks a dimension, has others than those named, holds values below zero, or has nothing to draw.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> from matplotlib.figure import Figure
    >>> rows = pd.DataFrame({"w": 1.0, "area": ["Urban", "Rural"] * 60, "loads": ([0.0] * 4 + [1.0]) * 24, "dust": [0.0, 1.0] * 60})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), ["loads", "dust"], by="area")
    >>> axes = pv.plot.heat_map(table, ax=Figure().add_subplot())
    >>> [text.get_text() for text in axes.texts[:4]]
    ['20.0', '20.0', '100.0', '0.0']
    """
    table, words = shown(estimates, hidden, weak), Words(labels)
    cells = _cells(table, key_of(table.estimates, rows, "A heat map"), _columns(table.estimates, rows, columns), words)
    axes = axes_for(ax, WIDTH, 0.1 + ROW * len(cells.rows))
    scale = 100.0 if in_percent(table.estimates) else 1.0
    highest = scale * top if top is not None else float(np.nanmax(cells.values, initial=0.0))
    _draw(axes, cells, highest or 1.0, words)
    level_axis(axes.yaxis, [float(place) for place in range(len(cells.rows))], cells.rows)
    level_axis(axes.xaxis, [float(place) for place in range(len(cells.columns))], cells.columns)
    axes.set_xlim(-0.5, len(cells.columns) - 0.5)
    axes.set_ylim(len(cells.rows) - 0.5, -0.5)
    bare(axes)
    axes.spines["bottom"].set_visible(False)
    there = (cells.weak & ~np.isnan(cells.values)).any(), cells.hidden.any(), (np.isnan(cells.values) & ~cells.hidden).any()
    said = [text for is_there, text in zip(there, (WEAK, HATCHED, EMPTY), strict=True) if is_there]
    unit = ["Percent."] if in_percent(table.estimates) else []
    return finish(axes, [table], words, caption=caption, said=[*unit, *said, "Intervals are not drawn."], intervals=False)


def _columns(estimates: Estimates, rows: str, columns: str | Sequence[str] | None) -> list[Key]:
    """Return the dimensions of the columns; no other may have several levels."""
    several = [key.name for key in estimates.keys if key.name not in (rows, "statistic") and len(np.unique(key.codes)) > 1]
    asked = several if columns is None else [columns] if isinstance(columns, str) else list(columns)
    others = [name for name in several if name not in asked]
    if others or not 1 <= len(asked) <= 2:
        raise OptionError(
            f"A heat map has one dimension in its rows and one or two in its columns; found {listed(asked) or 'none'} for columns"
            f"{f' and {listed(others)} beside' if others else ''}. Cut the table with table.select(...), or name other dimensions."
        )
    return [key_of(estimates, name, "A heat map") for name in asked]


def _cells(table: Shown, row_key: Key, column_keys: Sequence[Key], words: Words) -> _Cells:
    """Return the table as cells, without rows and columns that have no observation."""
    estimates = table.estimates
    values = np.where(table.drawn, (100.0 if in_percent(estimates) else 1.0) * estimates.numbers.estimate, np.nan)
    if (values < 0).any():
        raise OptionError("A heat map shows shares, means or counts; found values below zero. Draw differences with pv.plot.gap.")
    there = estimates.numbers.n != 0
    down = [code for code in range(len(row_key.levels)) if (there & (row_key.codes == code)).any()]
    across = [
        codes for codes in product(*(range(len(key.levels)) for key in column_keys)) if (there & _at(column_keys, codes)).any()
    ]
    if not down:
        raise OptionError("A heat map needs at least one row with observations; found none. Look at table.to_pandas().")
    shape = (len(down), len(across))
    found = np.full(shape, np.nan)
    weak, hidden = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    for place, (code, codes) in zip(np.ndindex(shape), product(down, across), strict=True):
        rows = np.flatnonzero((row_key.codes == code) & _at(column_keys, codes))[:1]
        if len(rows):
            found[place], weak[place], hidden[place] = values[rows[0]], table.weak[rows[0]], table.hidden[rows[0]]
    names = [", ".join(_shown(key, code, words) for key, code in zip(column_keys, codes, strict=True)) for codes in across]
    return _Cells(
        rows=tuple(words.name(row_key.labels[code]) for code in down),
        columns=tuple(names),
        values=found,
        weak=weak,
        hidden=hidden,
    )


def _shown(key: Key, code: int, words: Words) -> str:
    return words.name(key.labels[code])


def _at(keys: Sequence[Key], codes: Sequence[int]) -> Mask:
    found = np.ones(len(keys[0].codes), dtype=np.bool_)
    for key, code in zip(keys, codes, strict=True):
        found &= key.codes == code
    return found


def _draw(ax: Axes, cells: _Cells, highest: float, words: Words) -> None:
    """Shade the cells and print their values."""
    shades = LinearSegmentedColormap.from_list("prevalence", SHADES)
    for row, column in np.ndindex(cells.values.shape):
        value, hidden = float(cells.values[row, column]), bool(cells.hidden[row, column])
        part = value / highest
        shade = PAPER if hidden else RULE if np.isnan(value) else shades(part)
        edge, hatch = (GREY, "////") if hidden else (PAPER, "")
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=shade, edgecolor=edge, hatch=hatch, linewidth=0))
        if not hidden:
            text = _text(value, weak=bool(cells.weak[row, column]), decimals=1 if highest < 1000 else 0, words=words)
            ax.annotate(
                text,
                xy=(column, row),
                ha="center",
                va="center",
                color=PAPER if part > DARK else BLACK,
                gid=f"{CELL}-{row}-{column}",
            )
    for edge_at in np.arange(len(cells.columns) + 1) - 0.5:
        ax.axvline(edge_at, color=PAPER, linewidth=1.5)
    for edge_at in np.arange(len(cells.rows) + 1) - 0.5:
        ax.axhline(edge_at, color=PAPER, linewidth=1.5)


def _text(value: float, *, weak: bool, decimals: int, words: Words) -> str:
    if np.isnan(value):
        return "–"
    number = words.number(value, decimals)
    return f"({number})" if weak else number
