"""Paragraphs, runs and fields of a Word file as XML elements; texts of data are cleaned on their way in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from prevalence.report.formats.layout import clean

Element = Any
"""An lxml element; lxml's own types do not reach python-docx."""

PRESERVED = "{http://www.w3.org/XML/1998/namespace}space"


@dataclass(frozen=True, slots=True)
class Look:
    """How a piece of text looks."""

    bold: bool = False
    italic: bool = False
    raised: bool = False
    fixed: bool = False
    rtl: bool = False


PLAIN = Look()


def style_id(name: str) -> str:
    """Return the id that python-docx gives a style.

    Examples
    --------
    >>> style_id("Table title")
    'Tabletitle'
    """
    return name.replace(" ", "")


def child(parent: Element, tag: str, **attributes: str) -> Element:
    """Append an element such as ``w:tc``; attributes are of the namespace of Word."""
    made = parent.makeelement(qn(tag))
    parent.append(made)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def paragraph(style: str, *, rtl: bool = False, keep_next: bool = False, align: str = "", indent: int = 0) -> Element:
    """Return an empty paragraph.

    Parameters
    ----------
    style : str
        Name of its style.
    rtl : bool
        Whether it is written from right to left.
    keep_next : bool
        Whether it stays on the page of the paragraph below it.
    align : str
        ``"center"``, ``"right"`` or, as the style has it, nothing.
    indent : int
        Twentieths of a point.
    """
    made = OxmlElement("w:p")
    properties = child(made, "w:pPr")
    child(properties, "w:pStyle", val=style_id(style))
    if keep_next:
        child(properties, "w:keepNext")
    if rtl:
        child(properties, "w:bidi")
    if indent:
        child(properties, "w:ind", left=str(indent))
    if align:
        child(properties, "w:jc", val=align)
    return made


def run(parent: Element, text: str, look: Look = PLAIN) -> Element:
    """Append a text to a paragraph; a tabulator alone is one."""
    made = child(parent, "w:r")
    _looks(made, look)
    if text == "\t":
        child(made, "w:tab")
        return made
    words = child(made, "w:t")
    words.text = clean(text)
    words.set(PRESERVED, "preserve")
    return made


def word_field(parent: Element, instruction: str, shown: str, look: Look = PLAIN) -> None:
    """Append a field of which Word works out the text; `shown` stands there until it does."""
    for kind in ("begin", "separate", "end"):
        if kind == "end":
            run(parent, shown, look)
        made = child(parent, "w:r")
        _looks(made, look)
        child(made, "w:fldChar", fldCharType=kind)
        if kind == "begin":
            asked = child(parent, "w:r")
            _looks(asked, look)
            code = child(asked, "w:instrText")
            code.text = f" {instruction} "
            code.set(PRESERVED, "preserve")


def spread_field(first: Element, instruction: str) -> None:
    """Open a field at the beginning of a paragraph that goes on over the next ones, as a table of contents does."""
    holder = OxmlElement("w:p")
    child(child(holder, "w:r"), "w:fldChar", fldCharType="begin")
    code = child(child(holder, "w:r"), "w:instrText")
    code.text = f" {instruction} "
    code.set(PRESERVED, "preserve")
    child(child(holder, "w:r"), "w:fldChar", fldCharType="separate")
    for place, element in enumerate(list(holder), start=1):
        first.insert(place, element)


def bookmarked(parent: Element, name: str, number: int) -> None:
    """Put a bookmark around all that a paragraph holds."""
    start = OxmlElement("w:bookmarkStart")
    start.set(qn("w:id"), str(number))
    start.set(qn("w:name"), name)
    properties = parent.find(qn("w:pPr"))
    parent.insert(0 if properties is None else 1, start)
    child(parent, "w:bookmarkEnd", id=str(number))


def marks(parent: Element, letters: Iterable[str], look: Look = PLAIN) -> None:
    """Append letters of footnotes, raised."""
    text = ",".join(letters)
    if text:
        run(parent, text, Look(bold=look.bold, raised=True, rtl=look.rtl))


def _looks(made: Element, look: Look) -> None:
    if look == PLAIN:
        return
    properties = child(made, "w:rPr")
    if look.fixed:
        child(properties, "w:rStyle", val="FixedWidth")
    if look.bold:
        child(properties, "w:b")
        child(properties, "w:bCs")
    if look.italic:
        child(properties, "w:i")
        child(properties, "w:iCs")
    if look.raised:
        child(properties, "w:vertAlign", val="superscript")
    if look.rtl:
        child(properties, "w:rtl")
