"""Differences as dots around zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prevalence.plot.axes import axes_for, finish, remarks, value_axis
from prevalence.plot.looks import GREY
from prevalence.plot.rows import WIDTH, draw_rows, height_of
from prevalence.plot.series import Grid
from prevalence.plot.shown import Shown
from prevalence.plot.texts import plain
from prevalence.plot.words import Words, in_percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_around_zero(ax: Axes | None, table: Shown, points: Grid, words: Words, text: str, *, caption: bool) -> Axes:
    """Draw differences with zero in sight; `text` says what is subtracted from what."""
    axes = axes_for(ax, WIDTH, height_of(points))
    axes.axvline(0, color=GREY, linewidth=1.0, zorder=1)
    draw_rows(axes, points, words, [words.name(series.name) for series in points.series])
    value_axis(axes.xaxis, table.estimates, words)
    unit = words.say("percentage points") if in_percent(table.estimates) else ""
    axes.set_xlabel(plain(", ".join(filter(None, [text, unit]))), color=GREY)
    return finish(axes, [table], words, caption=caption, said=remarks(points, withheld=bool(table.hidden.any())))
