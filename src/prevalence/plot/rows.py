"""Figures of one row a level: dots with whiskers, and words where there is no dot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from prevalence.estimates import ALL
from prevalence.plot.axes import bare, key_of_series, level_axis, points
from prevalence.plot.looks import RULE
from prevalence.plot.series import Grid
from prevalence.plot.texts import SMALL, Remark
from prevalence.plot.words import Words
from prevalence.totals import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 7.0
"""Inches."""
ROW = 0.42
"""Height of a row of one series, in inches; each further series adds to it."""
FURTHER_SERIES = 0.09
BAND = 0.52
"""Part of a row over which the dots of the series are spread."""
APART = 0.3
"""Distance of the margin from the other levels, in rows."""


def height_of(grid: Grid) -> float:
    """Return the height of the Axes in inches."""
    row = ROW + FURTHER_SERIES * max(len(grid.series) - 1, 0)
    return 0.25 + row * (len(grid.levels) + (APART if grid.levels[-1] == ALL else 0))


def draw_rows(ax: Axes, grid: Grid, words: Words, names: Sequence[str]) -> None:
    """Draw all series of a grid, one row a level; `names` are those of the series."""
    places = _places(grid)
    for series, offset, name in zip(grid.series, _offsets(len(grid.series)), names, strict=True):
        ax.hlines(places + offset, series.low, series.high, color=series.look.colour, linewidth=1.6)
        points(ax, series, series.estimate, places + offset, name=name)
    _say_missing(ax, grid, places, words)
    level_axis(ax.yaxis, places, [words.name(level) for level in grid.levels])
    ax.tick_params(axis="y", pad=9)
    ax.set_ylim(places[-1] + 0.55, -0.55)
    if len(places) > 1 and grid.levels[-1] == ALL:
        ax.axhline(places[-1] - 0.5 - APART / 2, color=RULE, linewidth=1.0)
    bare(ax)
    key_of_series(ax, len(grid.series))


def _places(grid: Grid) -> Floats:
    """Return the height of each level from the top; the margin stands a little apart."""
    return np.array([index + (APART if level == ALL and index else 0.0) for index, level in enumerate(grid.levels)])


def _offsets(number: int) -> Floats:
    return np.linspace(-BAND / 2, BAND / 2, number) if number > 1 else np.zeros(1)


def _say_missing(ax: Axes, grid: Grid, places: Floats, words: Words) -> None:
    """Say in words, where a dot would stand, why there is none; once where that holds for the whole level."""
    offsets = _offsets(len(grid.series))
    for index, place in enumerate(places.tolist()):
        reasons = grid.missing_at(index)
        if not reasons:
            continue
        if len(reasons) == 1 and len(next(iter(reasons.values()))) == len(grid.series):
            ax.add_artist(Remark("", words.say(next(iter(reasons))), place, SMALL))
            continue
        for series, offset in zip(grid.series, offsets.tolist(), strict=True):
            if series.missing[index]:
                reason = words.say(series.missing[index])
                who = words.say("{who}: {reason}", who=words.name(series.name), reason=reason) if series.name else ""
                ax.add_artist(Remark(who, reason, place + offset, SMALL - 1.5))
