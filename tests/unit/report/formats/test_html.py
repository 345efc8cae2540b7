from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO

import lxml.html
import pandas as pd
import pytest
from great_tables import GT

from prevalence.report.formats.html import great_table, html, page
from prevalence.report.formats.layout import clean
from prevalence.report.tables.grid import Table

Demo = Callable[..., Table]


def element(table: Table) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(html(table))


def body_of(found: lxml.html.HtmlElement) -> list[list[str]]:
    """Return the rows of figures as their texts without letters of footnotes."""
    for letters in found.iter("sup"):
        letters.text = ""
    lines = [line for line in found.iterfind(".//tbody/tr") if line.get("class") is None]
    return [[cell.text_content().strip() for cell in line] for line in lines]


@pytest.mark.parametrize("depth", range(4))
def test_every_cell_stands_where_the_grid_has_it(demo: Demo, depth: int) -> None:
    table = demo(depth)
    assert body_of(element(table)) == [[row.label, *(cell.text for cell in row.cells)] for row in table.rows]


@pytest.mark.parametrize("depth", range(4))
def test_pandas_reads_the_heads_of_every_level(demo: Demo, depth: int) -> None:
    read = pd.read_html(StringIO(html(demo(depth))))[0]
    levels = [column if isinstance(column, tuple) else (column,) for column in read.columns]
    assert [level[-1] for level in levels[1:4]] == ["%a", "95% interval", "n"]
    spanners = [tuple(text for text in level[2:-1] if "Unnamed" not in text) for level in levels]
    expected = [tuple(text for text in column.spanners if text) for column in demo(depth).columns]
    assert [tuple(text for text in dict.fromkeys(found) if text.strip()) for found in spanners[1:]] == expected


def test_letters_are_superscripts_and_notes_stand_below(demo: Demo) -> None:
    found = element(demo())
    assert [letter.text_content() for letter in found.iterfind(".//thead//sup")] == ["a"]
    assert {letter.text_content() for letter in found.iterfind(".//tbody//sup")} == {"b", "c"}
    assert [note.text_content().strip() for note in found.iterfind(".//tfoot//td")] == [
        f"{note.mark} {note.text}".strip() for note in demo().notes
    ]


def test_a_screen_reader_finds_the_head_of_every_figure(demo: Demo) -> None:
    found = element(demo())
    ids = {each.get("id") for each in found.iter() if each.get("id")}
    assert all(set(cell.get("headers").split()) <= ids for cell in found.iterfind(".//tbody//td"))
    assert {cell.get("scope") for cell in found.iter("th")} == {"col", "colgroup", "row"}
    assert found.find(".//table").get("aria-labelledby") in ids
    assert (found.get("lang"), found.get("dir")) == ("en", "ltr")


def test_groups_indents_and_totals(demo: Demo) -> None:
    found = element(demo())
    assert [line.text_content().strip() for line in found.iterfind(".//tbody/tr[@class='gt_group_heading_row']")] == [
        "Area",
        "Region",
    ]
    labels = found.findall(".//tbody//th[@scope='row']")
    assert [label.text_content() for label in labels if "gt_indent_1" in label.get("class")] == ["Capital", "Other towns"]
    assert [label.text_content() for label in labels if "bold" in (label.get("style") or "")] == ["Total", "All regions"]


def test_a_group_that_comes_twice_keeps_the_order_of_rows(demo: Demo) -> None:
    rows = demo().rows
    table = demo(rows=(rows[1], rows[5], rows[2]))
    assert [line[0] for line in body_of(element(table))] == ["Urban", "North", "Capital"]


def test_texts_from_data_stay_texts(hostile: Table) -> None:
    text = page([hostile], title="<script>alert(2)</script>")
    found = lxml.html.fromstring(text)
    assert list(found.iter("script")) == []
    assert [link.get("href") for link in found.iter("a")] == []
    labels = [line.text_content().strip() for line in found.iterfind(".//tbody//th[@scope='row']")]
    assert [re.sub(r"a$", "", label) for label in labels] == [clean(row.label).strip() for row in hostile.rows]
    heads = [line.text_content().strip() for line in found.iterfind(".//thead/tr[last()]/th")]
    assert [re.sub(r"a$", "", head) for head in heads] == [clean(column.head) for column in hostile.columns]
    assert re.search(r"[\x00-\x08\x0e-\x1f\u202a-\u202e\ud800-\udfff]", text) is None
    text.encode()


def test_a_page_loads_nothing_and_leads_to_every_table(demo: Demo) -> None:
    found = lxml.html.fromstring(page([demo(), demo(), demo(number="")], title="Tables"))
    links = [link.get("href")[1:] for link in found.iter("a")]
    assert links == [section.get("id") for section in found.iter("section")]
    ids = [each.get("id") for each in found.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert [link.text for link in found.iter("a")][-1] == "3. Child labour by area"
    assert not any(each.get("src") or each.tag == "link" for each in found.iter())


def test_right_to_left(demo: Demo) -> None:
    found = lxml.html.fromstring(page([demo(language="ar", direction="rtl")]))
    assert (found.get("lang"), found.get("dir")) == ("ar", "rtl")
    assert "unicode-bidi: plaintext" in found.text_content()


def test_a_table_without_rows_or_heads_is_a_table(demo: Demo) -> None:
    assert body_of(element(demo(rows=()))) == []
    bare = demo(0, title="", number="", subtitle="", stub="", notes=())
    assert len(body_of(element(bare))) == len(bare.rows)


def test_two_hundred_columns(demo: Demo) -> None:
    table = demo(0)
    wide = replace(
        table, columns=(table.columns * 23)[:200], rows=tuple(replace(row, cells=(row.cells * 23)[:200]) for row in table.rows)
    )
    assert {len(line) for line in body_of(element(wide))} == {201}


def test_the_great_table_can_be_styled_further(demo: Demo) -> None:
    made = great_table(demo())
    assert isinstance(made, GT)
    assert "Added by hand" in made.tab_source_note("Added by hand").as_raw_html()


def test_equal_tables_give_equal_text(demo: Demo) -> None:
    assert html(demo()) == html(demo())
    assert demo()._repr_html_() == html(demo())
