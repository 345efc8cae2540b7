"""The report as one page that needs nothing else: tables, figures with their words, and how every number was made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from prevalence.provenance import Count, Definition, Source
from prevalence.report.formats.drawing import inline

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
        return inline(self.svg, self.name, self.alternative)


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
