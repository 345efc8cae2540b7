"""The figures of a baseline: prevalence, comparisons, numbers, hazards and definitions, of each survey in each country."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from prevalence.errors import OptionError, listed
from prevalence.estimates import ALL
from prevalence.job._masks import Shown
from prevalence.job._names import names_of
from prevalence.job._places import Place
from prevalence.job.details import AGE, DEFINITIONS, ELEMENTS, HAZARDS, NUMBERS
from prevalence.job.tables import CHAIN, GAP, SEX, Table
from prevalence.plot import age_profile, definitions, dots, excess, gap, heat_map, pyramid
from prevalence.plot.axes import axes_apart
from prevalence.plot.files import rendered
from prevalence.report import Published
from prevalence.report.tables.language import uncapitalised
from prevalence.report.words import alternative

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 7.0
"""Inches."""
CHAINS, AGES = "chain_by_sex", "sex_by_age"
HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A figure as files: `name` has no ending, `table` is the id of what it shows; `on_page` says whether the report has it."""

    place: Place
    survey: str
    table: str
    name: str
    title: str
    alternative: str
    svg: bytes
    png: bytes
    on_page: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """How a table is drawn; `least` is the share of its cells that must be seen for a figure to make sense."""

    ending: str
    draw: Callable[..., Axes]
    height: Callable[[Published], float]
    least: float = 0.0
    on_page: bool = True


def _by_row(levels: str, first: float, row: float) -> Callable[[Published], float]:
    """Return the height of a figure with a row for each level of a dimension."""
    return lambda table: first + row * len(_levels(table, levels))


KINDS = {
    CHAINS: _Kind(ending="chains", draw=dots, height=_by_row(CHAIN, 1.2, 0.55)),
    AGES: _Kind(ending="ages", draw=age_profile, height=lambda _: 3.6),
}
COMPARED = {
    f"{CHAINS}_gap": _Kind(ending="gap", draw=gap, height=_by_row(CHAIN, 1.0, 0.4)),
    f"{CHAINS}_excess": _Kind(ending="excess", draw=excess, height=_by_row(CHAIN, 1.2, 0.55)),
}
DETAILS = {
    NUMBERS: _Kind(ending="pyramid", draw=pyramid, height=lambda _: 2.6, least=HALF),
    HAZARDS: _Kind(ending="hazards", draw=heat_map, height=_by_row("indicator", 0.4, 0.46), least=HALF),
    ELEMENTS: _Kind(ending="elements", draw=heat_map, height=_by_row("indicator", 0.4, 0.4), least=HALF),
    DEFINITIONS: _Kind(ending="definitions", draw=definitions, height=_by_row(AGE, 1.2, 0.6), least=HALF),
}
SHARES = _Kind(ending="pyramid", draw=pyramid, height=lambda _: 2.6, least=HALF, on_page=False)
"""A pyramid where weights give no numbers: of shares, which the report shows as an age profile."""


def drawings(tables: Sequence[Shown], places: Sequence[Place]) -> tuple[Drawing, ...]:
    """Return the figures of all places, without withheld cells."""
    counted = {shown.table.plan.name for shown in tables if shown.table.id == NUMBERS}
    made = []
    for place in places:
        for shown in tables:
            part = place.part(shown)
            if part is not None:
                made += [_drawn(shown, part, place, kind) for kind in _kinds(shown, part, counted=counted)]
    return tuple(made)


def kind_of(shown: Shown, part: Published) -> _Kind | None:
    """Return how the statistical report draws a table of estimates; None if it does not, or if less than half of it may be seen."""
    kind = (KINDS | DETAILS).get(shown.table.id)
    return kind if kind is not None and _seen(part, replace(kind, least=HALF)) else None


def _kinds(shown: Shown, part: Published, *, counted: Collection[str]) -> list[_Kind]:
    """Return how a table is drawn; `counted` are the surveys with numbers of people."""
    kind = (KINDS | COMPARED | DETAILS).get(shown.table.id)
    found = [] if kind is None else [kind]
    if shown.table.id == AGES and shown.table.plan.name not in counted:
        found.append(SHARES)
    return [kind for kind in found if _seen(part, kind)]


def _seen(part: Published, kind: _Kind) -> bool:
    """Return whether enough of a table may be seen; of a pyramid, its two sides."""
    there = part.estimates.numbers.n > 0
    if kind.draw is pyramid:
        sexes = next((key.texts() for key in part.estimates.keys if key.name == SEX), [])
        if not set(GAP) <= set(sexes):
            return False
        ages = next(key.texts() for key in part.estimates.keys if key.name == AGE)
        there = there & np.isin(sexes, GAP) & (np.array(ages) != ALL)
    seen = there & ~part.hidden
    return bool(seen.any() and seen.sum() >= kind.least * there.sum())


def _drawn(shown: Shown, part: Published, place: Place, kind: _Kind) -> Drawing:
    words = _title(shown.table)
    title = f"{place.name}: {uncapitalised(words)}" if place.name else words
    names = names_of(shown.table)
    ax = kind.draw(part, labels=names, ax=axes_apart(WIDTH, kind.height(part)))
    ax.set_title(title, loc="left", fontsize=11, fontweight="bold", pad=26)
    return Drawing(
        place=place,
        survey=shown.table.plan.name,
        table=shown.table.id,
        name=f"{place.slug}{shown.table.plan.name}-{kind.ending}",
        title=title,
        alternative=alternative(_named(part, names), title),
        svg=rendered(ax, "svg"),
        png=rendered(ax, "png"),
        on_page=kind.on_page,
    )


def _named(part: Published, names: Mapping[str, str]) -> Published:
    """Return a table whose indicators bear their names."""
    keys = [
        replace(key, labels=tuple(names.get(label, label) for label in key.labels)) if key.name == "indicator" else key
        for key in part.estimates.keys
    ]
    return replace(part, estimates=replace(part.estimates, keys=tuple(keys)))


def _title(table: Table) -> str:
    """Return the title of a figure: that of its table, shorter where the axis says the rest."""
    source = table.title.partition(":")[0].removesuffix(" and sex")
    if table.id == f"{CHAINS}_gap":
        return f"{source}, gap between the sexes"
    return f"{source}, against everyone" if table.id == f"{CHAINS}_excess" else table.title


def _levels(table: Published, dimension: str) -> Sequence[str]:
    """Return the levels of a dimension that somebody has."""
    key = next((key for key in table.estimates.keys if key.name == dimension), None)
    if key is None:
        raise OptionError(f"This figure needs a table by {dimension!r}; found {listed(table.estimates.dimensions)}.")
    there = table.estimates.numbers.n > 0
    return sorted({text for text, some in zip(key.texts(), there, strict=True) if some})
