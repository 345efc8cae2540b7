from __future__ import annotations

from collections.abc import Callable, Sequence

import lxml.html
import pytest
from multimark import markdown_to_html

from prevalence.report.formats.layout import clean
from prevalence.report.formats.markdown import markdown, markdown_document
from prevalence.report.tables.grid import Note, Table

Demo = Callable[..., Table]


def rendered(text: str) -> lxml.html.HtmlElement:
    """Return Markdown as GitHub's own reader gives it, raw HTML and links included."""
    return lxml.html.fromstring(
        "<div>" + markdown_to_html(text, unsafe=True, extensions=("table", "autolink", "strikethrough")) + "</div>"
    )


def lines_of(found: lxml.html.HtmlElement, place: str) -> list[list[str]]:
    return [[cell.text_content().strip() for cell in line] for line in found.iterfind(f".//{place}/tr")]


def with_letters(text: str, marks: Sequence[str]) -> str:
    return clean(text).strip() + ",".join(marks)


@pytest.mark.parametrize("depth", range(4))
def test_every_cell_stands_where_the_grid_has_it(demo: Demo, depth: int) -> None:
    table = demo(depth)
    found = rendered(markdown(table))
    lines = [line for line in lines_of(found, "tbody") if line[0] not in table.groups]
    assert lines == [
        [with_letters(row.label, row.marks), *(with_letters(cell.text, cell.marks) for cell in row.cells)] for row in table.rows
    ]
    heads = [
        with_letters(" · ".join(text for text in (*column.spanners, column.head) if text), column.marks)
        for column in table.columns
    ]
    assert lines_of(found, "thead") == [[table.stub, *heads]]


def test_groups_totals_indents_and_notes(demo: Demo) -> None:
    found = rendered(markdown(demo()))
    bold = [each.text_content() for each in found.iterfind(".//tbody/tr/td[1]/strong")]
    assert bold == ["Total", "Area", "Region", "All regions"]
    assert "\n| \u2003Capital |" in markdown(demo())
    notes = [each.text_content().strip() for each in found.iter("p")][-4:]
    assert notes == [f"{note.mark} {note.text}".strip() for note in demo().notes]


def test_texts_from_data_stay_texts(hostile: Table) -> None:
    found = rendered(markdown_document([hostile], title="# [x](y) <b>"))
    assert list(found.iter("script", "a", "img", "code", "em", "ul", "ol", "b")) == []
    assert len(list(found.iter("h1"))) == 1
    lines = lines_of(found, "tbody")
    labels = [line[0] for line in lines if any(line[1:])]
    assert labels == [clean(row.label).strip() for row in hostile.rows]
    assert [line[1] for line in lines if any(line[1:])] == [clean(row.cells[0].text).strip() for row in hostile.rows]


@pytest.mark.parametrize(
    "text", ["- x", "+ x", "1. x", "1) x", "# x", "> x", "===", "---", "[x]: http://y.org", "    x", "www.x.org http://x.org"]
)
def test_a_note_is_a_paragraph_whatever_it_begins_with(demo: Demo, text: str) -> None:
    found = rendered(markdown(demo(notes=(Note(text="Before."), Note(text=text)))))
    assert [each.text_content() for each in found.iter("p")][-2:] == ["Before.", text.strip()]
    assert list(found.iter("a", "ul", "ol", "blockquote", "hr", "h1", "h2", "pre")) == []


def test_a_document_has_a_heading_a_table(demo: Demo) -> None:
    found = rendered(markdown_document([demo(number=""), demo()], title="Tables"))
    assert [each.text_content() for each in found.iter("h1", "h2")] == [
        "Tables",
        "1. Child labour by area",
        "PR.3.3. Child labour by area",
    ]


def test_a_table_without_rows(demo: Demo) -> None:
    assert lines_of(rendered(markdown(demo(rows=()))), "tbody") == []
