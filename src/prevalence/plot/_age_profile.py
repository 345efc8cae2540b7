"""Age profile: estimates over age groups, one line a sex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from prevalence.estimates import Estimates
from prevalence.plot.axes import GREY, axes_for, bare, caption_below, key_of_series, value_axis
from prevalence.plot.series import Series, grid
from prevalence.totals import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AGE = "age_group"
WIDTH, HEIGHT = 7.0, 4.0
DODGE = 0.07
"""Distance between the sexes at one age, so that intervals do not cover each other."""


def age_profile(estimates: Estimates, *, hidden: Sequence[bool] | None = None, ax: Axes | None = None) -> Axes:
    """Draw estimates over age groups with their intervals, one line a sex.

    Parameters
    ----------
    estimates : Estimates
        By ``age_group`` and, if wanted, sex.
    hidden : sequence of bool, optional
        Rows that are not drawn, because they are withheld; the line breaks there.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        If the table has no age groups, or several dimensions beside sex.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> from matplotlib.figure import Figure
    >>> rows = pd.DataFrame({"w": 1.0, "age_group": ["5-11", "12-14"] * 40, "child_labour": ([0.0] * 4 + [1.0]) * 16})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="age_group")
    >>> axes = pv.plot.age_profile(table, ax=Figure().add_subplot())
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['12-14', '5-11']
    """
    points = grid(estimates, hidden, along=AGE, margin=False)
    axes = axes_for(ax, WIDTH, HEIGHT)
    places = np.arange(len(points.levels), dtype=np.float64)
    middle = (len(points.series) - 1) / 2
    for index, series in enumerate(points.series):
        _draw(axes, series, places + DODGE * (index - middle))
    axes.set_xticks(places, list(points.levels))
    axes.set_xlim(-0.4, len(places) - 0.6)
    axes.set_xlabel("age in completed years", color=GREY)
    value_axis(axes.yaxis, estimates)
    if estimates.kind == "proportion":
        axes.set_ylim(bottom=0, top=max(axes.get_ylim()[1], 1.0))
    bare(axes)
    key_of_series(axes, points)
    caption_below(axes, estimates, withheld=hidden is not None and any(hidden))
    return axes


def _draw(ax: Axes, series: Series, places: Floats) -> None:
    look = series.look
    ax.vlines(places, series.low, series.high, color=look.colour, linewidth=1.2)
    ax.plot(
        places,
        series.estimate,
        linestyle=look.line,
        linewidth=1.6,
        marker=look.marker,
        markersize=6.5,
        markeredgewidth=1.4,
        color=look.colour,
        markerfacecolor=look.face,
        label=series.name,
        clip_on=False,
        zorder=3,
    )
