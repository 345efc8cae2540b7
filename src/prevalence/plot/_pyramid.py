"""Population pyramid of child labourers: one side a sex, one bar an age, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from prevalence.errors import OptionError, listed
from prevalence.estimates import Estimates
from prevalence.plot._compared import is_statistic, key_of
from prevalence.plot.axes import axes_for, bare, finish, key_of_series, level_axis, remarks
from prevalence.plot.looks import BLACK, GREY, PAPER, RULE, Look
from prevalence.plot.series import SEX, Grid, Series, grid
from prevalence.plot.shown import Drawable, Shown, shown
from prevalence.plot.texts import SMALL, plain
from prevalence.plot.words import Labels, Words, in_percent
from prevalence.totals import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 7.0
HEIGHT = 3.8
"""Of the Axes where there are many ages, in inches; rows are between the two heights below."""
LOW_ROW, HIGH_ROW = 0.26, 0.42
BAR, OUTLINE = 0.62, 0.86
"""Height of a bar, and of the population around it, in rows."""
UNITS = ((2e6, 1e6, "people, in millions"), (2e4, 1e3, "people, in thousands"), (0.0, 1.0, "people"))
"""From which length an axis counts in which unit, and what it is called."""
EVERYONE = "#EEEEEE"


def pyramid(
    estimates: Drawable,
    *,
    age: str | None = None,
    left: str = "Male",
    right: str = "Female",
    population: Drawable | None = None,
    hidden: Sequence[bool] | None = None,
    weak: Sequence[bool] | None = None,
    labels: Labels | None = None,
    caption: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw a population pyramid of child labourers: bars by age to the left and right of zero, one side a sex.

    Parameters
    ----------
    estimates : Estimates or Published
        ``pv.total`` by age and sex: numbers of people. Or shares by age and sex.
        Give ``pv.report.published(estimates)`` for publication: Estimates are drawn whole, cells that `pv.report.table` withholds among them.
    age : str, optional
        The dimension of the bars; by default the one beside sex.
    left, right : str
        The levels of sex on either side.
    population : Estimates or Published, optional
        Totals of all people by the same dimensions, drawn as outlines around the bars.
    hidden, weak, labels, caption, ax
        As in `dots`; weak bars are hollow.

    Returns
    -------
    Axes
        The youngest are at the bottom.

    Raises
    ------
    OptionError
        If the table lacks sex, one of its two levels or an age, holds differences, or `population` does not fit it.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> from matplotlib.figure import Figure
    >>> ages, sexes = ["5-11", "12-14"] * 40, (["Female"] * 2 + ["Male"] * 2) * 20
    >>> rows = pd.DataFrame({"w": 10.0, "age_group": ages, "sex": sexes, "child_labour": ([0.0] * 4 + [1.0]) * 16})
    >>> table = pv.total(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by=["age_group", "sex"])
    >>> axes = pv.plot.pyramid(table, ax=Figure().add_subplot())
    >>> [round(bar.get_width()) for bar in axes.patches if bar.get_width()]
    [-40, -40, 40, 40]
    """
    table, words = shown(estimates, hidden, weak), Words(labels)
    ages = _sides(table, age, (left, right))
    outline = None if population is None else _outline(shown(population), ages, (left, right), table.estimates)
    axes = axes_for(ax, WIDTH, 0.2 + len(ages.levels) * min(max(HEIGHT / len(ages.levels), LOW_ROW), HIGH_ROW))
    places = np.arange(len(ages.levels), dtype=np.float64)
    for sign, series in zip((-1, 1), ages.series, strict=True):
        _draw(axes, series, places, sign, words)
    for sign, series in zip((-1, 1), outline.series if outline else (), strict=False):
        _draw_outline(axes, series, places, sign, words.say("Everyone in scope") if sign > 0 else "_everyone")
    level_axis(axes.yaxis, places, [words.name(level) for level in ages.levels])
    axes.set_ylim(-0.6, len(places) - 0.4)
    axes.set_ylabel(words.say("age in completed years"), color=GREY)
    _scale(axes, table.estimates, words)
    bare(axes)
    key_of_series(axes, 2)
    return finish(axes, [table], words, caption=caption, said=remarks(ages, withheld=bool(table.hidden.any())))


def _sides(table: Shown, age: str | None, sides: tuple[str, str]) -> Grid:
    """Return the bars of both sides, left first."""
    estimates = table.estimates
    if is_statistic(estimates, "difference") or is_statistic(estimates, "excess"):
        raise OptionError("A pyramid shows numbers or shares of people; found differences. Draw those with pv.plot.gap.")
    key_of(estimates, SEX, "A pyramid")
    several = [key for key in estimates.keys if key.name not in (SEX, "statistic") and len(np.unique(key.codes)) > 1]
    if age is None and not several:
        raise OptionError(
            f"A pyramid needs an age beside sex; the table has {listed(estimates.dimensions)}. Ask for by=['age_group', 'sex']."
        )
    points = grid(table, along=age, margin=False)
    by_name = {series.name: series for series in points.series}
    absent = [side for side in sides if side not in by_name]
    if absent:
        raise OptionError(
            f"A pyramid has a side for {listed(sides)}; the sexes of this table are {listed(by_name)}. Name them with left= and right=."
        )
    return Grid(dimension=points.dimension, levels=points.levels, series=tuple(by_name[side] for side in sides))


def _outline(population: Shown, ages: Grid, sides: tuple[str, str], estimates: Estimates) -> Grid:
    """Return the totals of all people at the levels of the bars."""
    if in_percent(estimates) or in_percent(population.estimates):
        raise OptionError("population goes with numbers of people: give totals for both, as pv.total makes them.")
    found = _sides(population, ages.dimension, sides)
    if found.levels != ages.levels:
        raise OptionError(
            f"population must have the levels {listed(ages.levels, limit=8)}; found {listed(found.levels, limit=8)}."
        )
    return found


def _draw(ax: Axes, series: Series, places: Floats, sign: int, words: Words) -> None:
    """Draw the bars of one side, hollow where weak, with whiskers, and say what is not there."""
    look = series.look
    for place, width, weak in zip(places, sign * np.nan_to_num(series.estimate), series.weak.tolist(), strict=True):
        ax.barh(place, width, height=BAR, zorder=2, **(_hollow(look) if weak else _filled(look)))
    ax.add_patch(Rectangle((0, 0), 0, 0, label=plain(words.name(series.name)), **_filled(look)))
    ax.hlines(places, sign * np.maximum(series.low, 0), sign * series.high, color=PAPER, linewidth=3.0, zorder=3)
    ax.hlines(places, sign * np.maximum(series.low, 0), sign * series.high, color=BLACK, linewidth=1.2, zorder=3)
    for place, missing in zip(places.tolist(), series.missing, strict=True):
        if missing:
            ax.annotate(
                words.say(missing),
                xy=(0, place),
                xytext=(6 * sign, 0),
                textcoords="offset points",
                ha="left" if sign > 0 else "right",
                va="center",
                fontsize=SMALL,
                color=GREY,
                style="italic",
            )


def _filled(look: Look) -> dict[str, Any]:
    return {"facecolor": look.colour, "edgecolor": PAPER, "hatch": look.hatch, "linewidth": 0.0}


def _hollow(look: Look) -> dict[str, Any]:
    return {"facecolor": PAPER, "edgecolor": look.colour, "linewidth": 1.4}


def _draw_outline(ax: Axes, series: Series, places: Floats, sign: int, label: str) -> None:
    widths = sign * np.nan_to_num(series.estimate)
    ax.barh(places, widths, height=OUTLINE, facecolor=EVERYONE, edgecolor=GREY, linewidth=0.8, zorder=1, label=plain(label))


def _scale(ax: Axes, estimates: Estimates, words: Words) -> None:
    """Make both sides equally long, and count in thousands or millions where numbers are large."""
    longest = max(abs(limit) for limit in ax.get_xlim())
    ax.set_xlim(-longest, longest)
    ax.axvline(0, color=GREY, linewidth=1.0, zorder=4)
    ax.grid(visible=True, axis="x", color=RULE, linewidth=0.8)
    if in_percent(estimates):
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.say("{value}%", value=words.tick(abs(value)))))
        return
    unit, text = next((unit, text) for least, unit, text in UNITS if longest >= least)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.tick(abs(value) / unit)))
    ax.set_xlabel(words.say(text), color=GREY)
