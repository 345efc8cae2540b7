"""The figures of a baseline: chains by sex and the age profile, of each survey in each country."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prevalence.errors import OptionError
from prevalence.job._masks import Shown
from prevalence.job._places import Place
from prevalence.plot import age_profile, dots
from prevalence.plot.files import rendered
from prevalence.report import Published
from prevalence.report.words import alternative

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 7.0
"""Inches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A figure as files: `name` has no ending."""

    place: Place
    survey: str
    name: str
    title: str
    alternative: str
    svg: bytes
    png: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """How a table is drawn."""

    ending: str
    draw: Callable[..., Axes]
    height: Callable[[Published], float]


KINDS = {
    "chain_by_sex": _Kind(ending="chains", draw=dots, height=lambda table: 1.2 + 0.55 * len(_levels(table))),
    "sex_by_age": _Kind(ending="ages", draw=age_profile, height=lambda _: 3.6),
}


def drawings(tables: Sequence[Shown], places: Sequence[Place]) -> tuple[Drawing, ...]:
    """Return the figures of all places, without withheld cells."""
    made = []
    for place in places:
        for shown in tables:
            kind = KINDS.get(shown.table.id)
            part = place.part(shown) if kind else None
            if kind is not None and part is not None and not part.hidden.all():
                made.append(_drawn(shown, part, place, kind))
    return tuple(made)


def _drawn(shown: Shown, part: Published, place: Place, kind: _Kind) -> Drawing:
    title = f"{place.name}: {shown.table.title[:1].lower()}{shown.table.title[1:]}" if place.name else shown.table.title
    ax = _axes(kind.height(part))
    kind.draw(part.estimates, hidden=part.hidden.tolist(), ax=ax)
    ax.set_title(title, loc="left", fontsize=11, fontweight="bold", pad=26)
    return Drawing(
        place=place,
        survey=shown.table.plan.name,
        name=f"{place.slug}{shown.table.plan.name}-{kind.ending}",
        title=title,
        alternative=alternative(part, title),
        svg=rendered(ax, "svg"),
        png=rendered(ax, "png"),
    )


def _axes(height: float) -> Axes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def _levels(table: Published) -> Sequence[str]:
    key = next((key for key in table.estimates.keys if key.name == "supply_chain"), None)
    if key is None:
        raise OptionError("A figure of chains needs a table by supply chain.")
    there = table.estimates.numbers.n > 0
    return sorted({text for text, some in zip(key.texts(), there, strict=True) if some})
