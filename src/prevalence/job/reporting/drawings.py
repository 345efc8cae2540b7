"""The figures of a report: those of the baseline without their titles, which stand above them as text."""

from __future__ import annotations

from prevalence.job._figures import KINDS, WIDTH
from prevalence.job._masks import Shown
from prevalence.job.reporting.grids import Style, slug
from prevalence.plot.files import rendered
from prevalence.plot.words import caption
from prevalence.report import Published
from prevalence.report.document.tree import Figure
from prevalence.report.words import alternative

ON_PAGE = 6.5
"""Inches."""


def figure(shown: Shown, part: Published, style: Style, *, name: str, title: str) -> Figure | None:
    """Return the figure of a table in a country; None if the table has none or all of it is withheld."""
    kind = KINDS.get(shown.table.id)
    if kind is None or part.hidden.all():
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(WIDTH, kind.height(part)))
    FigureCanvasAgg(drawing)
    axes = kind.draw(part, caption=False, labels=style.words.text, ax=drawing.add_subplot())
    withheld = f" {style.phrases.say('withheld_not_drawn')}" if part.hidden.any() else ""
    return Figure(
        name=slug(f"figure-{name}-{kind.ending}"),
        title=title,
        note=f"{caption(part, labels=style.words.text)}{withheld}",
        alternative=alternative(part, title),
        svg=rendered(axes, "svg"),
        png=rendered(axes, "png"),
        width=ON_PAGE,
    )
