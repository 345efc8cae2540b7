"""The content of a report as parts that know no file format: headings, paragraphs, lists, figures, tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from prevalence.report.tables.grid import Table

UNNUMBERED = "{-}"
"""A heading that ends in it gets no number, as in Pandoc's Markdown."""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text of one look."""

    text: str
    strong: bool = False
    emphasis: bool = False
    code: bool = False


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading of level 1 (a chapter) to 4; `number` such as ``"2.1"``, empty without one; `id` is unique in the report."""

    text: str
    level: int
    number: str = ""
    id: str = ""

    @property
    def numbered_text(self) -> str:
        """Number and text."""
        return f"{self.number}  {self.text}" if self.number else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph; a ``lead`` opens a section, a ``notice`` warns."""

    runs: Runs
    kind: Literal["body", "lead", "notice"] = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    """A list, numbered or with bullets."""

    items: tuple[Runs, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing as files, with its title, the note below it, and the words for those who cannot see it.

    Attributes
    ----------
    name : str
        Unique in the report; letters, digits, ``-`` and ``_``.
    title, note, alternative : str
    svg, png : bytes
    width : float
        Inches.
    number : str
        Given by `numbered`.
    """

    name: str
    title: str
    note: str
    alternative: str
    svg: bytes
    png: bytes
    width: float
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePart:
    """A table in its place in the report; `number` is given by `numbered`."""

    table: Table
    number: str = ""

    @property
    def title(self) -> str:
        """Title with the number that the table has elsewhere, such as ``"PR.3.3 Child labour"``."""
        return f"{self.table.number} {self.table.title}".strip()


Block = Heading | Paragraph | Bullets | Figure | TablePart


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report.

    Attributes
    ----------
    title, subtitle : str
    authors : tuple of str
    notice : str
        A warning on the first page, such as that the report is not for publication; empty without one.
    language : str
        Code of the language.
    direction : {"ltr", "rtl"}
    words : Words
    blocks : tuple of Block
        From top to bottom, made by `numbered`.
    """

    title: str
    subtitle: str
    authors: tuple[str, ...]
    notice: str
    language: str
    direction: Literal["ltr", "rtl"]
    words: Words
    blocks: tuple[Block, ...]

    @property
    def headings(self) -> tuple[Heading, ...]:
        """All headings."""
        return tuple(block for block in self.blocks if isinstance(block, Heading))

    @property
    def tables(self) -> tuple[TablePart, ...]:
        """All tables."""
        return tuple(block for block in self.blocks if isinstance(block, TablePart))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures."""
        return tuple(block for block in self.blocks if isinstance(block, Figure))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a report that are not of its content."""

    table: str
    figure: str
    contents: str
    tables: str
    figures: str
    continued: str
    page: str


def numbered(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Return blocks with numbers: headings as 1, 1.1; tables and figures from 1 on; and ids for what links point at."""
    return tuple(_numbered(blocks))


def _numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    places = [0, 0, 0, 0]
    headings = tables = figures = 0
    open_chapter = False
    for block in blocks:
        if isinstance(block, Heading):
            headings += 1
            yield _placed(block, places, f"s{headings}", open_chapter=open_chapter)
            open_chapter = (block.level > 1 and open_chapter) or (block.level == 1 and not block.text.endswith(UNNUMBERED))
        elif isinstance(block, TablePart):
            tables += 1
            yield replace(block, number=str(tables))
        elif isinstance(block, Figure):
            figures += 1
            yield replace(block, number=str(figures))
        else:
            yield block


def _placed(heading: Heading, places: list[int], identity: str, *, open_chapter: bool) -> Heading:
    """Return a heading with its number, and count it in `places`; below a chapter without a number there are none."""
    plain = heading.text.removesuffix(UNNUMBERED).rstrip()
    if plain != heading.text or (heading.level > 1 and not open_chapter) or heading.level > 2:
        return replace(heading, text=plain, id=identity)
    places[heading.level - 1] += 1
    places[heading.level :] = [0] * (len(places) - heading.level)
    return replace(heading, id=identity, number=".".join(map(str, places[: heading.level])))
