"""The report as one page that needs nothing else: tables, figures with their words, and how every number was made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from prevalence.provenance import Count, Definition, Source

TEMPLATE = "report.html.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing with its words: `svg` is the content of a file, `alternative` says what it shows to those who cannot see it."""

    name: str
    svg: str
    title: str
    alternative: str

    @property
    def inline(self) -> Markup:
        """The drawing as part of a page: no file header, ids of its own."""
        return _inline(self.svg, self.name, self.alternative)


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePart:
    """A table as HTML, with its title."""

    title: str
    html: str

    @property
    def inline(self) -> Markup:
        """The table as part of a page; its texts are escaped."""
        return Markup(self.html)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a survey says of one question, such as hazards: figures, then tables."""

    title: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[TablePart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One survey in one country: the main finding, then its topics."""

    title: str
    headline: str
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One country; `name` is empty where the files are of one country that nobody named."""

    name: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How the numbers of one survey were made."""

    title: str
    method: str
    definitions: tuple[Definition, ...]
    sources: tuple[Source, ...]
    counts: tuple[Count, ...]
    notes: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole report."""

    title: str
    publish: bool
    disclosure: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    makings: tuple[Making, ...]
    software: tuple[tuple[str, str], ...]


def html(page: Page) -> str:
    """Return the report as the text of an HTML file; all texts are escaped."""
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(TEMPLATE).render(page=page) + "\n"


def _inline(svg: str, name: str, alternative: str) -> Markup:
    """Return an SVG file as an element of a page; ids that it refers to get the name of the figure, others go: they may come twice."""
    body = svg[svg.index("<svg") :]
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r'\sid="([^"]*)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", body)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, count=1, flags=re.DOTALL)
    return Markup(body.replace("<svg ", f'<svg role="img" aria-label="{escape(alternative)}" ', 1))
