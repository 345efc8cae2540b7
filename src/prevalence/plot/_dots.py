"""Dot-and-interval figure: one row a level, one dot a sex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from prevalence.estimates import ALL, Estimates
from prevalence.plot.axes import GREY, RULE, SMALL, axes_for, bare, caption_below, key_of_series, value_axis
from prevalence.plot.series import Grid, Series, grid
from prevalence.plot.words import in_percent, name_of
from prevalence.totals import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 7.0
ROW_HEIGHT = 0.55
BAND = 0.5
"""Part of a row over which the dots of the sexes are spread."""


def dots(estimates: Estimates, *, hidden: Sequence[bool] | None = None, ax: Axes | None = None) -> Axes:
    """Draw estimates as dots with their intervals, by a dimension and sex.

    Parameters
    ----------
    estimates : Estimates
        By one dimension (supply chain, area, ...) and, if wanted, sex. A table by several dimensions is cut to one
        with ``select``.
    hidden : sequence of bool, optional
        Rows that are not drawn, because they are withheld.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        If the table has several dimensions beside sex.

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
    points = grid(estimates, hidden)
    axes = axes_for(ax, WIDTH, 1.3 + ROW_HEIGHT * len(points.levels))
    places = _places(points)
    for series, offset in zip(points.series, _offsets(len(points.series)), strict=True):
        _draw(axes, series, places + offset)
    _say_withheld(axes, points, places)
    _rows(axes, points, places)
    value_axis(axes.xaxis, estimates)
    _zero(axes, estimates)
    bare(axes)
    key_of_series(axes, points)
    caption_below(axes, estimates, withheld=hidden is not None and any(hidden))
    return axes


def _places(points: Grid) -> Floats:
    """Return the height of each level from the top; the margin stands a little apart."""
    return np.array([index + (0.3 if level == ALL and index else 0.0) for index, level in enumerate(points.levels)])


def _offsets(number: int) -> Floats:
    return np.linspace(-BAND / 2, BAND / 2, number) if number > 1 else np.zeros(1)


def _draw(ax: Axes, series: Series, places: Floats) -> None:
    look = series.look
    ax.hlines(places, series.low, series.high, color=look.colour, linewidth=1.6)
    ax.plot(
        series.estimate,
        places,
        linestyle="none",
        marker=look.marker,
        markersize=6.5,
        markeredgewidth=1.4,
        color=look.colour,
        markerfacecolor=look.face,
        label=series.name,
        clip_on=False,
        zorder=3,
    )


def _say_withheld(ax: Axes, points: Grid, places: Floats) -> None:
    """Say it in words where a level has no dot at all."""
    empty = np.all([np.isnan(series.estimate) for series in points.series], axis=0)
    for place in places[empty]:
        ax.annotate(
            "no estimate shown",
            xy=(0.01, place),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=SMALL,
            color=GREY,
            style="italic",
        )


def _rows(ax: Axes, points: Grid, places: Floats) -> None:
    ax.set_yticks(places, [name_of(level) for level in points.levels])
    ax.tick_params(axis="y", pad=9)
    ax.set_ylim(places[-1] + 0.55, -0.55)
    if len(places) > 1 and points.levels[-1] == ALL:
        ax.axhline(places[-1] - 0.65, color=RULE, linewidth=1.0)


def _zero(ax: Axes, estimates: Estimates) -> None:
    """Start shares at zero, and draw zero where differences go either side of it."""
    if estimates.kind == "proportion":
        ax.set_xlim(left=0, right=max(ax.get_xlim()[1], 1.0))
    elif in_percent(estimates):
        ax.axvline(0, color=GREY, linewidth=1.0)
