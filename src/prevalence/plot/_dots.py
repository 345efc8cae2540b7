"""Dot-and-interval figure: one row a level, one dot a sex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prevalence.plot.axes import axes_for, finish, remarks, value_axis
from prevalence.plot.looks import GREY
from prevalence.plot.rows import WIDTH, draw_rows, height_of
from prevalence.plot.series import grid
from prevalence.plot.shown import Drawable, shown
from prevalence.plot.words import Labels, Words, in_percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def dots(
    estimates: Drawable,
    *,
    hidden: Sequence[bool] | None = None,
    weak: Sequence[bool] | None = None,
    labels: Labels | None = None,
    caption: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw estimates as dots with their intervals, by a dimension and sex.

    Parameters
    ----------
    estimates : Estimates or Published
        By one dimension (supply chain, area, ...) and, if wanted, sex. A table by several dimensions is cut to one
        with ``select``. What ``pv.report.published`` withholds is not drawn but said.
        Give ``pv.report.published(estimates)`` for publication: Estimates are drawn whole, cells that `pv.report.table` withholds among them.
    hidden : sequence of bool, optional
        Further rows that are not drawn, because they are withheld.
    weak : sequence of bool, optional
        Rows drawn hollow; by default those whose flags speak of few observations, cases or degrees of freedom.
    labels : mapping or callable, optional
        Words in place of the names of levels and the English words of the figure (`prevalence.plot.WORDS`).
    caption : bool
        Whether definition, count and interval stand below the figure.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        If the table has several dimensions beside sex, or nothing to draw.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> from matplotlib.figure import Figure
    >>> rows = pd.DataFrame({"w": 1.0, "area": ["Urban", "Rural"] * 40, "child_labour": ([0.0] * 4 + [1.0]) * 16})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="area", margins=True)
    >>> axes = pv.plot.dots(table, ax=Figure().add_subplot())
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['Rural', 'Urban', 'All']
    """
    table, words = shown(estimates, hidden, weak), Words(labels)
    points = grid(table)
    axes = axes_for(ax, WIDTH, height_of(points))
    draw_rows(axes, points, words, [words.name(series.name) for series in points.series])
    value_axis(axes.xaxis, table.estimates, words)
    if table.estimates.kind == "proportion":
        axes.set_xlim(left=0, right=max(axes.get_xlim()[1], 1.0))
    elif in_percent(table.estimates):
        axes.axvline(0, color=GREY, linewidth=1.0)
    return finish(axes, [table], words, caption=caption, said=remarks(points, withheld=bool(table.hidden.any())))
