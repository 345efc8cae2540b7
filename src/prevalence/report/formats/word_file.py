"""A Word file from top to bottom: text, captions, tables, pictures, contents; the same content gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Emu, Inches, Mm, Pt

from prevalence.report.formats.layout import clean
from prevalence.report.formats.widths import parts
from prevalence.report.formats.word_styles import add_styles
from prevalence.report.formats.word_table import table_element
from prevalence.report.formats.word_text import (
    Element,
    Look,
    bookmarked,
    child,
    marks,
    paragraph,
    run,
    spread_field,
    style_id,
    word_field,
)
from prevalence.report.tables.grid import Table

SHORT, LONG, MARGIN, MARGIN_ABOVE = Mm(210), Mm(297), Mm(21), Mm(22)
UNDATED = (1980, 1, 1, 0, 0, 0)
"""The earliest time of a ZIP archive."""
REGIONS = {"en": "en-GB", "fr": "fr-FR", "es": "es-ES", "pt": "pt-PT"}
PLACE = "Table place"
PLACES = re.compile(rb'<w:p w:rsidR="([0-9A-F]{8})"><w:pPr><w:pStyle w:val="Tableplace"/></w:pPr></w:p>')
"""A paragraph where a table will stand; texts of data are never elements, so none of them can look like one."""
DROPPED = ("docProps/thumbnail.jpeg",)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of contents: its bookmark, its level (0: a table or figure), its text."""

    bookmark: str
    level: int
    text: str


@dataclass(slots=True)
class WordFile:
    """A Word file that is being written.

    Attributes
    ----------
    title : str
    language : str
    rtl : bool
        Whether its texts run from right to left.
    author : str
    """

    title: str = ""
    language: str = "en"
    rtl: bool = False
    author: str = ""
    document: Document = field(init=False)
    across: bool = field(default=False, init=False)
    bookmarks: int = field(default=0, init=False)
    opened: bool = field(default=False, init=False)
    tables: list[bytes] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.document = docx.Document()
        body = self.document.element.body
        for element in [element for element in body if element.tag != qn("w:sectPr")]:
            body.remove(element)
        add_styles(self.document, REGIONS.get(self.language, self.language))
        _turn(self.document.sections[-1], across=False)
        _set_foot(self.document.sections[-1])

    @property
    def room(self) -> int:
        """Width between the margins of the present page, twentieths of a point."""
        return int(Emu((LONG if self.across else SHORT) - 2 * MARGIN).pt * 20)

    def text(self, style: str, runs: Sequence[tuple[str, Look]], *, keep_next: bool = False) -> Element:
        """Append a paragraph."""
        made = paragraph(style, rtl=self.rtl, keep_next=keep_next)
        for words, look in runs:
            run(made, words, Look(look.bold, look.italic, look.raised, look.fixed, self.rtl))
        return self._append(made)

    def heading(self, text: str, level: int, bookmark: str) -> None:
        """Append a heading of level 1 to 4, with the bookmark that contents point at."""
        made = self.text(f"Heading {level}", [(text, Look())])
        if not self.opened and level == 1:
            child(made.find(qn("w:pPr")), "w:pageBreakBefore", val="0")
        self._bookmark(made, bookmark)

    def caption(self, style: str, word: str, number: str, text: str, bookmark: str) -> None:
        """Append a caption whose number Word counts, in a list of its own for each `word`."""
        made = paragraph(style, rtl=self.rtl)
        look = Look(rtl=self.rtl)
        run(made, f"{word} ", look)
        word_field(made, f"SEQ {word} \\* ARABIC", number, look)
        run(made, f". {text}", look)
        self._bookmark(self._append(made), bookmark)

    def table(self, table: Table, *, word: str, number: str, bookmark: str, continued: str = "") -> None:
        """Append a table with its caption above and its notes below, in parts where no page is wide enough."""
        shown = parts(table)
        title = f"{table.number} {table.title}".strip()
        for place, part in enumerate(shown):
            if place == 0:
                self.caption("Table title", word, number, title, bookmark)
            else:
                self.text("Table title", [(f"{word} {number}. {title} {continued}".rstrip(), Look())])
            if table.subtitle:
                self.text("Table subtitle", [(table.subtitle, Look())])
            self._keep(table_element(part, room=self.room))
        for place, note in enumerate(table.notes):
            made = self.text("Table note", [], keep_next=place < len(table.notes) - 1)
            letter = note.mark if len(note.mark) == 1 else ""
            marks(made, [letter] if letter else [], Look(rtl=self.rtl))
            run(made, f" {note.text}" if letter else f"{note.mark} {note.text}".lstrip(), Look(rtl=self.rtl))
            if place == len(table.notes) - 1:
                child(made.find(qn("w:pPr")), "w:spacing", before="20", after="200")
        if not table.notes:
            self.text("Table note", [])

    def picture(self, png: bytes, alternative: str, *, width: float, number: int) -> None:
        """Append a picture, `width` inches wide or as wide as the page, with the words for those who cannot see it."""
        made = self.document.add_paragraph(style="Figure drawing")
        widest = Pt(self.room / 20)
        shape = made.add_run().add_picture(io.BytesIO(png), width=min(Inches(width), widest))
        properties = shape._inline.docPr
        properties.set("id", str(1000 + number))
        properties.set("name", f"Figure {number}")
        properties.set("descr", clean(alternative))

    def contents(self, title: str, entries: Sequence[Entry], instruction: str, *, new_page: bool = False) -> None:
        """Append contents that Word brings up to date when the file is opened; until then they hold `entries`."""
        head = self.text("Contents title", [(title, Look())])
        if new_page:
            child(head.find(qn("w:pPr")), "w:pageBreakBefore")
        made = []
        for entry in entries:
            line = paragraph(f"toc {entry.level}" if entry.level else "table of figures", rtl=self.rtl)
            link = child(line, "w:hyperlink", anchor=entry.bookmark, history="1")
            run(link, entry.text, Look(rtl=self.rtl))
            child(child(link, "w:r"), "w:tab")
            word_field(link, f"PAGEREF {entry.bookmark} \\h", "", Look())
            made.append(self._append(line))
        if made:
            spread_field(made[0], instruction)
            end = paragraph("Section end")
            child(child(end, "w:r"), "w:fldChar", fldCharType="end")
            self._append(end)

    def turn(self, *, across: bool) -> None:
        """Go on with turned or with upright pages."""
        if across == self.across:
            return
        if self.opened:
            self._end_section()
        self.across = across
        _turn(self.document.sections[-1], across=across)

    def saved(self) -> bytes:
        """Return the file: no dates, no name of a machine or person but the given author."""
        _settle_properties(self.document, self.title, self.author, self.language)
        settings = self.document.settings.element
        child(settings, "w:updateFields", val="true")
        buffer = io.BytesIO()
        self.document.save(buffer)
        return _settled(buffer.getvalue(), self.tables)

    def _append(self, element: Element) -> Element:
        self.document.element.body.insert_element_before(element, "w:sectPr")
        self.opened = True
        return element

    def _keep(self, table: Element) -> None:
        """Keep a table as bytes, and its place in the document: elements take ten times the memory."""
        place = paragraph(PLACE)
        place.set(qn("w:rsidR"), f"{len(self.tables):08X}")
        self._append(place)
        self.tables.append(serialize_part_xml(table).partition(b"?>")[2].strip())

    def _bookmark(self, element: Element, name: str) -> None:
        self.bookmarks += 1
        bookmarked(element, name, self.bookmarks)

    def _end_section(self) -> None:
        """Close the present pages with a line too small to see."""
        self.document.add_section(WD_SECTION.NEW_PAGE)
        last = self.document.element.body[-2]
        style = OxmlElement("w:pStyle")
        style.set(qn("w:val"), style_id("Section end"))
        last.find(qn("w:pPr")).insert(0, style)


def _turn(section: Section, *, across: bool) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (LONG, SHORT) if across else (SHORT, LONG)
    section.left_margin = section.right_margin = MARGIN
    section.top_margin = section.bottom_margin = MARGIN_ABOVE
    section.footer_distance = Mm(11)


def _set_foot(section: Section) -> None:
    """Write the number of the page at the foot, which later sections take over."""
    foot = section.footer.paragraphs[0]
    foot.style = "Page foot"
    word_field(foot._p, "PAGE", "1")


def _settle_properties(document: Document, title: str, author: str, language: str) -> None:
    properties = document.core_properties
    properties.title, properties.author, properties.language = clean(title)[:255], clean(author)[:255], language
    properties.last_modified_by, properties.comments, properties.revision = "", "", 1
    element = properties._element
    for dated in [each for each in element if each.tag.endswith(("}created", "}modified"))]:
        element.remove(dated)


def _settled(archive: bytes, tables: Sequence[bytes]) -> bytes:
    """Return an archive with fixed times, with the tables in their places, and without the picture of python-docx's own template."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name in DROPPED:
                continue
            content = old.read(name)
            if name == "_rels/.rels":
                content = re.sub(rb"<Relationship [^>]*thumbnail[^>]*/>", b"", content)
            if name == "word/document.xml":
                content = PLACES.sub(lambda found: tables[int(found.group(1), 16)], content)
            entry = zipfile.ZipInfo(name, UNDATED)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(entry, content)
    return buffer.getvalue()
