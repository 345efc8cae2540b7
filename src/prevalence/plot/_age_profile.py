"""Age profile: estimates over age groups, one line and ribbon a sex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from prevalence.plot.axes import axes_for, bare, finish, key_of_series, level_axis, points, remarks, value_axis
from prevalence.plot.looks import GREY
from prevalence.plot.series import Grid, Series, grid
from prevalence.plot.shown import Drawable, shown
from prevalence.plot.words import Labels, Words
from prevalence.totals import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AGE = "age_group"
WIDTH, HEIGHT = 7.0, 3.1
DODGE = 0.05
"""Distance between the sexes at one age, so that intervals do not cover each other."""
SHADE = 0.13
"""Opacity of the ribbons."""


def age_profile(
    estimates: Drawable,
    *,
    hidden: Sequence[bool] | None = None,
    weak: Sequence[bool] | None = None,
    labels: Labels | None = None,
    caption: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw estimates over age groups, one line a sex with a ribbon of its intervals.

    Parameters
    ----------
    estimates : Estimates or Published
        By ``age_group`` and, if wanted, sex. What is withheld is not drawn, but said below its age; line and ribbon break there.
        Give ``pv.report.published(estimates)`` for publication: Estimates are drawn whole, cells that `pv.report.table` withholds among them.
    hidden, weak, labels, caption, ax
        As in `dots`.

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
    table, words = shown(estimates, hidden, weak), Words(labels)
    profile = grid(table, along=AGE, margin=False)
    axes = axes_for(ax, WIDTH, HEIGHT)
    places = np.arange(len(profile.levels), dtype=np.float64)
    middle = (len(profile.series) - 1) / 2
    for index, series in enumerate(profile.series):
        _draw(axes, series, places + DODGE * (index - middle), words.name(series.name))
    level_axis(axes.xaxis, places, [words.name(level) for level in profile.levels], _remarks(profile, words))
    axes.set_xlim(-0.4, len(places) - 0.6)
    axes.set_xlabel(words.say("age in completed years"), color=GREY)
    value_axis(axes.yaxis, table.estimates, words)
    if table.estimates.kind == "proportion":
        axes.set_ylim(bottom=0, top=max(axes.get_ylim()[1], 1.0))
    bare(axes)
    key_of_series(axes, len(profile.series))
    return finish(axes, [table], words, caption=caption, said=remarks(profile, withheld=bool(table.hidden.any())))


def _draw(ax: Axes, series: Series, places: Floats, name: str) -> None:
    colour = series.look.colour
    ax.vlines(places, series.low, series.high, color=colour, linewidth=1.0)
    ax.fill_between(places, series.low, series.high, where=series.bounded.tolist(), color=colour, alpha=SHADE, linewidth=0)
    points(ax, series, places, series.estimate, name=name, line=series.look.line)


def _remarks(profile: Grid, words: Words) -> list[str]:
    """Return what must be said below each age: who is not drawn, and why."""
    told = []
    for place in range(len(profile.levels)):
        reasons = [
            words.say("{who}: {reason}", who=", ".join(map(words.name, names)), reason=words.say(reason))
            if any(names)
            else words.say(reason)
            for reason, names in profile.missing_at(place).items()
        ]
        told.append("; ".join(reasons))
    return told
