"""A report as one HTML file that needs nothing else: contents, tables that scroll on a phone, drawings inline."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from prevalence.report.document.tree import Bullets, Figure, Heading, Paragraph, Report, TablePart
from prevalence.report.formats.word_layout import heads
from prevalence.report.formats.word_text import cleaned

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
    return cleaned(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _inline(figure: Figure) -> Markup:
    """Return the SVG file of a figure as an element of the page; ids get its name so that figures do not share them."""
    svg = figure.svg.decode()
    body = svg[svg.index("<svg") :]
    body = re.sub(r'\bid="', f'id="{figure.name}-', body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{figure.name}-", body)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, count=1, flags=re.DOTALL)
    return Markup(body.replace("<svg ", f'<svg role="img" aria-label="{escape(cleaned(figure.alternative))}" ', 1))
