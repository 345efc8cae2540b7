"""``pv.plot.trajectory``: rounds, where their rate of reduction leads, and what a target asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axis import XAxis
from matplotlib.ticker import FixedLocator, FuncFormatter

from prevalence.baseline import Progress, Projection, progress, projection
from prevalence.baseline.series import Method, series_of
from prevalence.checks import check_share
from prevalence.errors import OptionError
from prevalence.plot.axes import axes_for, bare, captioned
from prevalence.plot.layout import POINTS
from prevalence.plot.looks import BLUE, RULE, VERMILLION
from prevalence.plot.texts import SMALL, plain
from prevalence.plot.trajectory_words import Told
from prevalence.plot.words import Labels, Words
from prevalence.totals import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 7.0, 3.3
PATH, NEED = BLUE, VERMILLION
STEPS = 80
LINES = 0.14
"""Part of the height of the figure that a label of two lines takes."""
YEAR = 2.9
"""Room that a year takes along the axis, over the size of the font."""
DARKEST, LIGHTEST = 0.34, 0.12
"""Opacity of the innermost and the outermost band of the fan."""


class Years(FixedLocator):
    """Ticks at the last and the first year, and at those between that have room, the later before the earlier."""

    def __init__(self, years: Sequence[float]) -> None:
        super().__init__(years)
        self.years = tuple(years)

    def tick_values(self, vmin: float | None, vmax: float | None) -> Sequence[float]:
        """Return the years that have room, for the length that the axis has now."""
        first, *between, last = self.years
        kept = [last, first]
        for year in reversed(between):
            if min(abs(year - other) for other in kept) > self._room():
                kept.append(year)
        return sorted(kept)

    def _room(self) -> float:
        """Return the years that a label covers."""
        if not isinstance(self.axis, XAxis):
            return 0.0
        low, high = self.axis.get_view_interval()
        size = float(self.axis.get_major_ticks(1)[0].label1.get_fontsize())
        pixels = YEAR * size * self.axis.axes.figure.dpi / POINTS
        return float(pixels / self.axis.axes.bbox.width * (high - low))


def trajectory(
    years: Sequence[float],
    values: Sequence[float],
    *,
    se: Sequence[float] | None = None,
    correlation: float = 0.0,
    covariance: Sequence[Sequence[float]] | None = None,
    target: float | None = None,
    target_year: float = 2030,
    kind: str = "level",
    ending: float | None = None,
    method: Method = "two-point",
    drift: float = 0.0,
    levels: Sequence[float] = (0.5, 0.8, 0.95),
    about: str = "",
    labels: Labels | None = None,
    caption: bool = True,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw rounds with their intervals, the path of the observed rate of reduction as a fan, and the paths to the target.

    Parameters
    ----------
    years, values, se, correlation, covariance, target, target_year, kind, ending, method, drift
        As in ``pv.baseline.progress``. Values up to 1 are shown in percent.
    levels : sequence of float
        Confidence of the bands of the fan.
    about : str
        What the values are: it stands first in the caption. ``pv.plot.caption(table)`` makes it of the last round.
    labels, caption
        As in `dots`.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        The fan is sampling error, given a constant rate, plus `drift`. The caption has the progress class with its probability.

    Raises
    ------
    OptionError
        As ``pv.baseline.progress``; or if there is no level, or one is not between 0 and 1.

    Examples
    --------
    >>> import prevalence as pv
    >>> from matplotlib.figure import Figure
    >>> axes = pv.plot.trajectory([2014, 2022], [0.22, 0.18], se=[0.012, 0.011], target=0.05, ax=Figure().add_subplot())
    >>> [text.get_text() for text in axes.texts][0]
    'at the observed rate:\n14.7% [11.3, 19.1]'
    """
    if not len(levels):
        raise OptionError("levels must hold at least one confidence, such as 0.95; found none.")
    for level in levels:
        check_share("levels", level)
    wide = max(levels)
    given = series_of(years, values, se, correlation, covariance)
    when = np.linspace(float(given.years[-1]), float(target_year), STEPS)
    matrix = given.covariance.tolist() if given.has_errors else None
    points = given.years.tolist(), given.values.tolist()

    def path(at: Floats, level: float) -> Projection:
        return projection(*points, at=at.tolist(), covariance=matrix, method=method, level=level, drift=drift)

    found = progress(
        *points,
        covariance=matrix,
        target=target,
        target_year=target_year,
        kind=kind,
        ending=ending,
        method=method,
        drift=drift,
        level=wide,
    )
    scale = 100.0 if float(given.values.max()) <= 1 else 1.0
    axes = axes_for(ax, WIDTH, HEIGHT)
    for level in sorted(levels, reverse=True):
        band = path(when, level)
        place = sorted(levels).index(level) / max(len(levels) - 1, 1)
        shade = DARKEST + (LIGHTEST - DARKEST) * place
        axes.fill_between(when, scale * band.low, scale * band.high, color=PATH, alpha=shade, linewidth=0, zorder=1)
    observed = np.linspace(float(given.years[0]), float(target_year), STEPS)
    axes.plot(observed, scale * path(observed, wide).value, color=PATH, linewidth=1.6, zorder=2)
    _points(axes, given.years, scale * given.values, given.se / given.values, wide)
    _needed(axes, found, scale)
    axes.set_ylim(bottom=0)
    said = Told(words=Words(labels), scale=scale)
    _labels(axes, found, said)
    _scales(axes, found, given.years, said)
    return captioned(axes, " ".join(filter(None, [about, *said.caption(found, levels)])) if caption else "")


def _points(ax: Axes, years: Floats, values: Floats, cv: Floats, level: float) -> None:
    """Draw the rounds with limits on the log scale."""
    from scipy import special

    spread = np.exp(float(special.ndtri((1 + level) / 2)) * cv)
    ax.vlines(years, values / spread, values * spread, color="black", linewidth=1.4, zorder=4)
    ax.plot(years, values, linestyle="none", marker="o", markersize=6.5, color="black", zorder=5)


def _needed(ax: Axes, found: Progress, scale: float) -> None:
    """Draw the paths from the last round to the target: of a constant rate, and straight."""
    if np.isnan(found.target):
        return
    when = np.linspace(found.year, found.target_year, STEPS)
    left = (when - found.year) / (found.target_year - found.year)
    if found.target < found.now:
        end = 0.0 if not np.isnan(found.ending) else found.target
        ax.plot(when, scale * found.now * (found.target / found.now) ** left, color=NEED, linewidth=1.6, linestyle="--", zorder=3)
        ax.plot(when, scale * (found.now + (end - found.now) * left), color=NEED, linewidth=1.2, linestyle=":", zorder=3)
    ax.plot(
        [found.target_year],
        [scale * found.target],
        marker="D",
        markersize=7,
        color=NEED,
        linestyle="none",
        zorder=5,
        clip_on=False,
    )


def _labels(ax: Axes, found: Progress, said: Told) -> None:
    """Write beside the end of each path what it is."""
    told = [(found.projected, said.projected(found), PATH)]
    if not np.isnan(found.target):
        told.append((found.target, said.target(found), NEED))
    height = ax.get_ylim()[1] / said.scale
    close = len(told) == 2 and abs(told[0][0] - told[1][0]) < LINES * height
    for value, text, colour in told:
        upper = value == max(each[0] for each in told)
        ax.annotate(
            plain(text),
            xy=(found.target_year, said.scale * value),
            xytext=(12, (12 if upper else -12) if close else 0),
            textcoords="offset points",
            va="center",
            ha="left",
            fontsize=SMALL,
            color=colour,
            annotation_clip=False,
        )


def _scales(ax: Axes, found: Progress, years: Floats, said: Told) -> None:
    bare(ax)
    ax.xaxis.set_major_locator(Years([*years.tolist(), found.target_year]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: said.tick(value)))
    ax.set_xlim(found.base_year - 0.4, found.target_year)
    ax.tick_params(axis="x", pad=8)
    ax.grid(visible=True, axis="y", color=RULE, linewidth=0.8)
