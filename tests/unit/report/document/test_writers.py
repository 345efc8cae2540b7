"""The three writers hold the same texts, whatever the texts are, and give the same bytes twice."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import docx
import lxml.html
import pypdf
import pytest

from prevalence.errors import OptionError
from prevalence.report.document.tree import Report, TablePart, numbered
from prevalence.report.document.written import FORMATS, written
from prevalence.report.tables.grid import Cell, Column, Note, Row, Table

HOSTILE = (
    "<script>alert(1)</script>",
    "{{ 7*7 }} #set text(red) $x$ *b* @ref <label> \\",
    "=cmd|' /C calc'!A0",
    "\x00\x07\x1bcontrol",
    "] #panic() [",
    "متسربون من المدرسة",
    "W" * 200,
    "&amp;&#x41;",
    "\u202edesrever\u202c",
)


def shown(text: str) -> str:
    return "".join(letter for letter in text if letter >= " " and letter not in "\u202e\u202c")


def squeezed(text: str) -> str:
    return "".join(text.split()).replace("\u200b", "").replace("\xad", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_text_in_word_and_html(tree: Callable[..., Report], text: str) -> None:
    report = tree(text)
    document = docx.Document(io.BytesIO(written(report, "docx")))
    assert document.tables[0].rows[-1].cells[2].text == shown(text)
    assert document.paragraphs[0].text == shown(text)
    page = lxml.html.fromstring(written(report, "html").decode())
    assert page.findtext(".//title") == shown(text)
    assert page.xpath("//td")[-1].text_content() == shown(text)
    assert not page.xpath("//script") and "javascript:" not in written(report, "html").decode()
    assert page.xpath("//svg")[0].get("aria-label") == shown(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_text_in_pdf(tree: Callable[..., Report], text: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(written(tree(text), "pdf")))
    assert reader.metadata is not None
    assert reader.metadata.title == shown(text)
    if text.isascii():
        content = squeezed("".join(page.extract_text() for page in reader.pages))
        assert content.count(squeezed(shown(text))) >= 8


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_the_same_report_gives_the_same_bytes(tree: Callable[..., Report], form: str, direction: str) -> None:
    assert written(tree(direction=direction), form) == written(tree(direction=direction), form)


def test_figures_have_words_for_those_who_cannot_see_them(tree: Callable[..., Report]) -> None:
    report = tree("Words")
    document = docx.Document(io.BytesIO(written(report, "docx")))
    assert [shape._inline.docPr.get("descr") for shape in document.inline_shapes] == ["Words"]
    page = lxml.html.fromstring(written(report, "html").decode())
    assert [svg.get("aria-label") for svg in page.xpath("//svg[@role='img']")] == ["Words"]


def test_html_needs_nothing_else(tree: Callable[..., Report]) -> None:
    page = lxml.html.fromstring(written(tree(), "html").decode())
    assert not page.xpath("//link | //script | //img | //*[@src]")
    assert all(link.get("href").startswith("#") for link in page.xpath("//a"))
    ids = page.xpath("//*/@id")
    assert len(set(ids)) == len(ids)
    assert {link.get("href")[1:] for link in page.xpath("//a")} <= set(ids)


def test_the_pdf_is_tagged_and_has_no_date(tree: Callable[..., Report]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(written(tree(), "pdf")))
    assert "/MarkInfo" in reader.trailer["/Root"]
    assert reader.metadata is not None
    assert reader.metadata.creation_date is None


def test_an_unknown_format_is_an_error(tree: Callable[..., Report]) -> None:
    with pytest.raises(OptionError, match="'odt'"):
        written(tree(), "odt")


def test_two_hundred_columns_no_rows_and_no_columns_are_set(tree: Callable[..., Report]) -> None:
    columns = tuple(Column(name=f"c{i}", head=f"h{i}x") for i in range(200))
    wide = Table(
        name="w", title="Wide", columns=columns, rows=(Row(label="r", cells=tuple(Cell(text=f"v{i}y") for i in range(200))),)
    )
    empty = Table(name="e", title="No rows", columns=columns[:2], rows=(), notes=(Note(text="Nobody."),))
    bare = Table(name="b", title="No columns", columns=(), rows=(Row(label="only", cells=()),))
    blocks = numbered([TablePart(table=each) for each in (wide, empty, bare)])
    report = replace(tree(), blocks=blocks)
    text = squeezed("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(written(report, "pdf"))).pages))
    assert all(f"h{i}x" in text and f"v{i}y" in text for i in range(200))
    assert "Nobody." in text and "only" in text
    page = lxml.html.fromstring(written(report, "html").decode())
    assert len(page.xpath("//td")) == 200
    parts = docx.Document(io.BytesIO(written(report, "docx"))).tables
    assert sum(len(part.columns) - 1 for part in parts) == 202
