"""A report as one HTML file that needs nothing else: contents, tables that scroll on a phone, drawings inline."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from prevalence.report.document.tree import Bullets, Figure, Heading, Paragraph, Report, TablePart
from prevalence.report.formats.drawing import inline
from prevalence.report.formats.layout import clean
from prevalence.report.formats.widths import heads

TEMPLATE = "report.html.j2"


def as_html(report: Report) -> str:
    """Return a report as the text of an HTML file; all its texts are escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=_final,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests |= {
        "heading": lambda block: isinstance(block, Heading),
        "paragraph": lambda block: isinstance(block, Paragraph),
        "bullets": lambda block: isinstance(block, Bullets),
        "figure": lambda block: isinstance(block, Figure),
        "tablepart": lambda block: isinstance(block, TablePart),
    }
    return environment.get_template(TEMPLATE).render(report=report, words=report.words, inline=_inline, heads=heads) + "\n"


def _final(value: object) -> object:
    """Return a text without control characters, which HTML forbids."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _inline(figure: Figure) -> Markup:
    return inline(figure.svg.decode(), figure.name, figure.alternative)
