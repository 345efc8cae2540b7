"""The figures of a report: those of the baseline without their titles, which stand above them as text."""

from __future__ import annotations

from prevalence.job._figures import WIDTH, kind_of
from prevalence.job._masks import Shown
from prevalence.job.reporting.grids import Style, slug
from prevalence.plot.axes import axes_apart
from prevalence.plot.files import rendered
from prevalence.plot.texts import Caption
from prevalence.report import Published
from prevalence.report.document.tree import Figure
from prevalence.report.words import alternative

ON_PAGE = 6.5
"""Inches."""


def figure(shown: Shown, part: Published, style: Style, *, name: str, title: str) -> Figure | None:
    """Return the figure of a table in a country; None if the table has none or too much of it is withheld.

    What a figure says below itself, its symbols among it, becomes the note of the report; `style` names its indicators.
    """
    kind = kind_of(shown, part)
    if kind is None:
        return None
    axes = kind.draw(part, labels=style.words.text, ax=axes_apart(WIDTH, kind.height(part)))
    below = next(artist for artist in axes.texts if isinstance(artist, Caption))
    below.remove()
    return Figure(
        name=slug(f"figure-{name}-{kind.ending}"),
        title=title,
        note=below.whole,
        alternative=alternative(part, title, style.words),
        svg=rendered(axes, "svg"),
        png=rendered(axes, "png"),
        width=ON_PAGE,
    )
