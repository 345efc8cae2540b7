"""The named styles of a Word file: headings, text, tables, captions, contents; who restyles them restyles the whole file."""

from __future__ import annotations

from dataclasses import dataclass

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.styles.style import ParagraphStyle

from prevalence.report.formats.word_text import child

FONT, FIXED = "Calibri", "Consolas"
INK, BLUE, GREY = "1A1A1A", "1F4E79", "595959"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """A paragraph style; sizes and spaces in points."""

    name: str
    size: float
    before: float = 0
    after: float = 0
    bold: bool = False
    italic: bool = False
    colour: str = INK
    leading: float = 1.0
    keep_next: bool = False
    indent: float = 0
    new_page: bool = False
    centred: bool = False
    tab: float = 0


STYLES = (
    _Style(name="Normal", size=10.5, after=6, leading=1.15),
    _Style(name="Title", size=26, before=150, after=10, bold=True, colour=BLUE),
    _Style(name="Subtitle", size=14, after=10, colour=GREY),
    _Style(name="Author", size=11, after=2),
    _Style(name="Heading 1", size=18, after=10, bold=True, colour=BLUE, keep_next=True, new_page=True),
    _Style(name="Heading 2", size=14, before=16, after=5, bold=True, colour=BLUE, keep_next=True),
    _Style(name="Heading 3", size=12, before=12, after=4, bold=True, keep_next=True),
    _Style(name="Heading 4", size=10.5, before=10, after=3, bold=True, colour=GREY, keep_next=True),
    _Style(name="Contents title", size=14, before=18, after=6, bold=True, colour=BLUE, keep_next=True),
    _Style(name="Lead", size=11.5, after=8, leading=1.2, keep_next=True),
    _Style(name="Notice", size=10.5, before=4, after=8, bold=True, colour="9C2A00"),
    _Style(name="Bullet item", size=10.5, after=3, leading=1.15, indent=16),
    _Style(name="Table title", size=10.5, before=16, after=4, bold=True, keep_next=True),
    _Style(name="Table subtitle", size=9.5, after=4, colour=GREY, keep_next=True),
    _Style(name="Table head", size=8, before=2, after=2, bold=True, keep_next=True),
    _Style(name="Table text", size=8, before=1.4, after=1.4),
    _Style(name="Table note", size=7.5, before=1, after=1, colour=GREY),
    _Style(name="Figure title", size=10.5, before=14, after=2, bold=True, keep_next=True),
    _Style(name="Figure drawing", size=8.5, after=2, keep_next=True),
    _Style(name="Figure note", size=8, after=8, colour=GREY),
    _Style(name="Page foot", size=8.5, colour=GREY, centred=True),
    _Style(name="Section end", size=1),
    _Style(name="toc 1", size=10.5, before=5, bold=True, tab=470),
    _Style(name="toc 2", size=10, before=1, indent=12, tab=470),
    _Style(name="toc 3", size=9.5, indent=24, tab=470),
    _Style(name="table of figures", size=9.5, before=1, tab=470),
)
"""Those that Word knows by name are Word's own."""


def add_styles(document: Document, language: str) -> None:
    """Give a document all styles, and say which language its texts are in, for the spelling check of Word."""
    for style in STYLES:
        _add(document, style)
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    child(defaults, "w:lang", val=language, eastAsia=language, bidi=language)
    fixed = document.styles.add_style("Fixed width", WD_STYLE_TYPE.CHARACTER)
    fixed.font.name, fixed.font.size = FIXED, Pt(8.5)
    _add_table_style(document)


def _add(document: Document, wanted: _Style) -> None:
    known = {style.name.lower() for style in document.styles}
    found = document.styles[wanted.name] if wanted.name.lower() in known else _new(document, wanted.name)
    if not isinstance(found, ParagraphStyle):
        return
    _set_font(found, wanted)
    form = found.paragraph_format
    form.space_before, form.space_after = Pt(wanted.before), Pt(wanted.after)
    form.line_spacing, form.keep_with_next, form.keep_together = wanted.leading, wanted.keep_next, True
    form.page_break_before, form.widow_control = wanted.new_page, True
    if wanted.indent:
        form.left_indent = Pt(wanted.indent)
    if wanted.name == "Bullet item":
        form.first_line_indent = Pt(-wanted.indent)
        form.tab_stops.add_tab_stop(Pt(wanted.indent))
    if wanted.centred:
        form.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if wanted.tab:
        form.tab_stops.add_tab_stop(Pt(wanted.tab), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    if wanted.name == "Title":
        _without_border(found)


def _new(document: Document, name: str) -> ParagraphStyle:
    builtin = name.startswith(("toc ", "table of"))
    made: ParagraphStyle = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin)
    made.base_style = document.styles["Normal"]
    made.quick_style = not builtin
    return made


def _set_font(style: ParagraphStyle, wanted: _Style) -> None:
    font = style.font
    font.name, font.size, font.bold, font.italic = FONT, Pt(wanted.size), wanted.bold, wanted.italic
    font.color.rgb = RGBColor.from_string(wanted.colour)
    properties = style.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    for name in list(fonts.attrib):
        del fonts.attrib[name]  # the fonts of the theme would go before the font of the style
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)
    size = str(round(2 * wanted.size))
    child(properties, "w:szCs", val=size)


def _without_border(style: ParagraphStyle) -> None:
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)


def _add_table_style(document: Document) -> None:
    """Add the style of tables: a rule above and below, room in the cells."""
    made = document.styles.add_style("Table Prevalence", WD_STYLE_TYPE.TABLE)
    properties = child(made.element, "w:tblPr")
    borders = child(properties, "w:tblBorders")
    for side in ("top", "bottom"):
        child(borders, f"w:{side}", val="single", sz="10", space="0", color=BLUE)
    margins = child(properties, "w:tblCellMar")
    for side in ("left", "right"):
        child(margins, f"w:{side}", w="50", type="dxa")
