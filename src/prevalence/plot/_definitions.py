"""Several definitions of one indicator, side by side in each domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from prevalence.errors import OptionError, listed
from prevalence.estimates import ALL
from prevalence.plot.axes import axes_for, finish, remarks, value_axis
from prevalence.plot.looks import FURTHER
from prevalence.plot.rows import WIDTH, draw_rows, height_of
from prevalence.plot.series import Grid, Series, grid
from prevalence.plot.shown import Drawable, Shown, shown
from prevalence.plot.words import Labels, Words, indicators_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ONE = "definition"


def definitions(
    estimates: Drawable | Sequence[Drawable] | Mapping[str, Drawable],
    *,
    hidden: Sequence[bool] | None = None,
    weak: Sequence[bool] | None = None,
    labels: Labels | None = None,
    caption: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw what several definitions of one indicator find in each domain, one series a definition.

    Parameters
    ----------
    estimates : Estimates or Published, or a sequence or mapping of them
        One table with an indicator for each definition, or one table for each. In a mapping the keys name the series; otherwise they bear
        the name of their definition, with its version where two have the same name. By one dimension.
        Give ``pv.report.published(estimates)`` for publication: Estimates are drawn whole, cells that `pv.report.table` withholds among them.
    hidden, weak : sequence of bool, optional
        As in `dots`, for one table; several tables come as ``pv.report.published`` makes them.
    labels, caption, ax
        As in `dots`.

    Returns
    -------
    Axes
        Definitions share their respondents: whether two differ is told by ``table.difference("indicator", a, b)``, not by their intervals.

    Raises
    ------
    OptionError
        If there is one definition only, two have the same name, there are more than seven, or a table has several dimensions.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> from matplotlib.figure import Figure
    >>> rows = pd.DataFrame({"w": 1.0, "area": ["Urban", "Rural"] * 40, "narrow": [0.0] * 64 + [1.0] * 16, "wide": [0.0, 1.0] * 40})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), ["narrow", "wide"], by="area")
    >>> axes = pv.plot.definitions(table, ax=Figure().add_subplot())
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['Narrow', 'Wide']
    """
    words = Words(labels)
    tables = _named(estimates, hidden, weak, words)
    points = _joined({name: grid(table, across=ONE) for name, table in tables.items()})
    axes = axes_for(ax, WIDTH, height_of(points))
    draw_rows(axes, points, words, [series.name for series in points.series])
    first = next(iter(tables.values())).estimates
    value_axis(axes.xaxis, first, words)
    if first.kind == "proportion":
        axes.set_xlim(left=0, right=max(axes.get_xlim()[1], 1.0))
    withheld = any(table.hidden.any() for table in tables.values())
    return finish(axes, list(tables.values()), words, caption=caption, said=remarks(points, withheld=withheld))


def _named(
    estimates: Drawable | Sequence[Drawable] | Mapping[str, Drawable],
    hidden: Sequence[bool] | None,
    weak: Sequence[bool] | None,
    words: Words,
) -> dict[str, Shown]:
    """Return one table a definition, by the name of the definition."""
    if isinstance(estimates, Mapping):
        return _checked([words.name(name) for name in estimates], [shown(table) for table in estimates.values()])
    if isinstance(estimates, Sequence):
        if hidden is not None or weak is not None:
            raise OptionError("hidden and weak are for one table; give several as pv.report.published makes them.")
        parts = [part for table in estimates for part in _parts(shown(table))]
    else:
        parts = _parts(shown(estimates, hidden, weak))
    return _checked(_names(parts, words), parts)


def _parts(table: Shown) -> list[Shown]:
    """Return a table of several indicators as one table each."""
    texts = np.array(next((key.texts() for key in table.estimates.keys if key.name == "indicator"), [""] * len(table.estimates)))
    return [table.take(np.flatnonzero(texts == name)) for name in dict.fromkeys(texts.tolist())]


def _names(parts: Sequence[Shown], words: Words) -> list[str]:
    """Return the name of each definition: of the standard, with its version where that alone tells two apart."""
    indicators = [next(iter(indicators_of(part.estimates)), "") for part in parts]
    rules = [part.estimates.provenance.definitions.get(name) for part, name in zip(parts, indicators, strict=True)]
    short = [rule.name if rule else words.name(name) for rule, name in zip(rules, indicators, strict=True)]
    return [
        words.label(f"{rule.name}, {rule.version}" if rule and short.count(name) > 1 else name)
        for rule, name in zip(rules, short, strict=True)
    ]


def _checked(names: list[str], tables: list[Shown]) -> dict[str, Shown]:
    same = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if same:
        raise OptionError(
            f"Each definition needs a name of its own; found {listed(same)} twice. Give a mapping of name to table."
        )
    if not 2 <= len(names) <= len(FURTHER):
        raise OptionError(
            f"The figure of definitions compares 2 to {len(FURTHER)}; found {len(names)}: {listed(names, limit=8) or 'none'}. "
            "Classify by several with name=, and ask for all of them: pv.prevalence(survey, [...], by=...)."
        )
    return dict(zip(names, tables, strict=True))


def _joined(grids: Mapping[str, Grid]) -> Grid:
    """Return the grids of several tables as one with a series each, in the levels of all of them."""
    dimensions = dict.fromkeys(each.dimension for each in grids.values())
    if len(dimensions) > 1:
        raise OptionError(f"The tables of all definitions must have the same dimension; found {listed(dimensions)}.")
    levels = list(dict.fromkeys(level for each in grids.values() for level in each.levels))
    if next(iter(dimensions)) == "indicator":
        grids, levels = {name: replace(each, levels=(ALL,)) for name, each in grids.items()}, [ALL]
    levels = [*(level for level in levels if level != ALL), *(level for level in levels if level == ALL)]
    series = [_placed(name, each, levels, position) for position, (name, each) in enumerate(grids.items())]
    return Grid(dimension=next(iter(dimensions)), levels=tuple(levels), series=tuple(series))


def _placed(name: str, of: Grid, levels: Sequence[str], position: int) -> Series:
    """Return the only series of a grid, at the places that its levels have among `levels`."""
    if len(of.series) != 1:
        raise OptionError("The figure of definitions shows one dimension. Choose a level of the others with table.select(...).")
    old = of.series[0]
    places = [of.levels.index(level) if level in of.levels else None for level in levels]
    estimate, low, high = (
        np.array([np.nan if place is None else array[place] for place in places], dtype=np.float64)
        for array in (old.estimate, old.low, old.high)
    )
    return Series(
        name=name,
        look=FURTHER[position],
        estimate=estimate,
        low=low,
        high=high,
        weak=np.array([place is not None and bool(old.weak[place]) for place in places], dtype=np.bool_),
        missing=tuple("no observations" if place is None else old.missing[place] for place in places),
    )
