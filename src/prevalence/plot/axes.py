"""What all figures share: axes to draw on, points with whiskers, the scale, the key of the series, the caption."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter

from prevalence.estimates import Estimates
from prevalence.plot.layout import MARGIN, NAMES, POINTS, Fitted, key_above, settle
from prevalence.plot.looks import GREY, PAPER, RULE
from prevalence.plot.series import Grid, Series
from prevalence.plot.shown import Shown
from prevalence.plot.texts import SMALL, Caption, Names, plain
from prevalence.plot.words import COMPARED, Words, caption_of, in_percent, statistics
from prevalence.totals import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = ["GREY", "RULE", "SMALL", "axes_apart", "axes_for", "bare", "finish", "key_of_series", "value_axis"]

WITHHELD = "Withheld estimates are not drawn."
HOLLOW = "Hollow: weak estimates, to be read with care."
UNBOUNDED = "Without whisker: interval not estimable."
MARKER = 6.5


def axes_for(ax: Axes | None, width: float, height: float) -> Axes:
    """Return `ax`, or the axes of a new figure, which a notebook displays: `width` inches, and axes `height` inches high."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    _, made = pyplot.subplots(figsize=(width, height), layout=Fitted(height))
    return made


def axes_apart(width: float, height: float) -> Axes:
    """Return the axes of a new figure of so many inches, which no notebook displays."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def bare(ax: Axes) -> None:
    """Leave only what carries meaning: no frame on three sides."""
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.tick_params(length=0)
    ax.set_axisbelow(True)


def value_axis(axis: Axis, estimates: Estimates, words: Words | None = None) -> None:
    """Set ticks and label of the axis of estimates; shares are in percent, differences of shares in points."""
    told = words or Words()
    compared = bool(set(statistics(estimates)) & set(COMPARED))
    if in_percent(estimates) and not compared:
        axis.set_major_formatter(FuncFormatter(lambda value, _: told.say("{value}%", value=told.tick(value))))
    else:
        axis.set_major_formatter(FuncFormatter(lambda value, _: told.tick(value)))
    text = "percentage points" if compared else ""
    axis.set_label_text(
        plain(told.say(text if in_percent(estimates) else "estimate")) if text or not in_percent(estimates) else ""
    )
    axis.label.set_color(GREY)
    axis.grid(visible=True, color=RULE, linewidth=0.8)


def level_axis(axis: Axis, places: Sequence[float] | Floats, names: Sequence[str], remarks: Sequence[str] = ()) -> None:
    """Name the places along an axis."""
    axis.set_major_locator(FixedLocator(list(places)))
    axis.set_major_formatter(Names(names, remarks))


def points(ax: Axes, series: Series, x: Floats, y: Floats, *, name: str, line: str = "none") -> None:
    """Draw the markers of a series, hollow where weak; `line` joins them."""
    look = series.look
    ax.plot(
        x,
        y,
        linestyle=line,
        linewidth=1.6,
        marker=look.marker,
        markersize=MARKER,
        markeredgewidth=1.4,
        color=look.colour,
        label=plain(name) or "_series",
        clip_on=False,
        zorder=3,
    )
    weak = series.weak
    if weak.any():
        ax.plot(
            x[weak],
            y[weak],
            linestyle="none",
            marker=look.marker,
            markersize=MARKER,
            markeredgewidth=1.4,
            color=look.colour,
            markerfacecolor=PAPER,
            label="_weak",
            clip_on=False,
            zorder=3.1,
        )


def key_of_series(ax: Axes, number: int) -> None:
    """Name the series above the figure, in their order, unless there is only one."""
    handles, labels = ax.get_legend_handles_labels()
    if number > 1:
        key_above(ax, handles, labels, 10.0, len(labels))


def remarks(grid: Grid, *, withheld: bool) -> list[str]:
    """Return what must be said of the points: which are not drawn, which are weak, which have no interval."""
    weak = any(series.weak.any() for series in grid.series)
    bare_points = any((np.isfinite(series.estimate) & ~series.bounded).any() for series in grid.series)
    told = [(withheld, WITHHELD), (weak, HOLLOW), (bare_points, UNBOUNDED)]
    return [text for there, text in told if there]


def finish(
    ax: Axes, tables: Sequence[Shown], words: Words, *, caption: bool, said: Sequence[str] = (), intervals: bool = True
) -> Axes:
    """Write the caption of tables below a figure and give everything its room."""
    texts = [caption_of(tables, words, intervals=intervals), *(words.say(text) for text in said)]
    return captioned(ax, " ".join(filter(None, texts)) if caption else "")


def captioned(ax: Axes, caption: str) -> Axes:
    """Write a caption and fit the figure, if it is our own; on given Axes names and caption are broken and nothing is moved."""
    figure: Figure = ax.figure.figure
    below = Caption(caption)
    if caption:
        ax.add_artist(below)
    engine = figure.get_layout_engine()
    if isinstance(engine, Fitted):
        settle(figure, ax, engine.height)
        return ax
    width = POINTS * figure.get_figwidth()
    inside = ax.get_position().width * width
    if isinstance(names := ax.yaxis.get_major_formatter(), Names):
        names.wrap(min(NAMES * width, max((1 - ax.get_position().width) * width, inside / 2)), 10.0)
    if isinstance(names := ax.xaxis.get_major_formatter(), Names):
        names.wrap(inside / max(len(names.names), 1), 10.0)
    below.wrap_to(max(inside, width / 4) - MARGIN)
    below.xyann = (0, -38 if ax.get_xlabel() else -24)
    return ax
