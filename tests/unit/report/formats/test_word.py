"""Word files, opened again: every cell, captions that Word counts, heads that repeat, notes; hostile texts and extreme sizes."""

from __future__ import annotations

import io
import re
import time
import zipfile
from dataclasses import replace
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn

from prevalence.report.formats.widths import asked, is_wide, parts, sizes
from prevalence.report.formats.word import word
from prevalence.report.tables.grid import Cell, Column, Note, Row, Table

HOSTILE = (
    '<b>bold</b> & "quoted"',
    "=1+1",
    "]]><w:p/>",
    "\x00\x0b\x1bcontrol",
    "line\nbreak\ttab",
    "\u202ereversed",
    "متسربون",
    "W" * 300,
    "{TOC}",
    "\ud800",
)
ROOM = 9500.0


def grid(rows: int = 3, columns: int = 4, **fields: Any) -> Table:
    heads = tuple(
        Column(name=f"c{i}", head=("%", "95% interval")[i % 2], spanners=(("Female", "Male")[i // 2 % 2],))
        for i in range(columns)
    )
    body = tuple(
        Row(
            label=f"Level {i}",
            group=f"Group {i // 2}",
            total=i == 0,
            indent=i % 2,
            cells=tuple(Cell(text=f"{i}.{j}", marks=("a",) if i == j == 1 else ()) for j in range(columns)),
        )
        for i in range(rows)
    )
    notes = (Note(text="Percent of people in scope."), Note(text="A remark.", mark="a"))
    return Table(**{"name": "t", "title": "By level", "columns": heads, "rows": body, "stub": "Level", "notes": notes} | fields)


def opened(data: bytes) -> Any:
    return docx.Document(io.BytesIO(data))


def texts(row: Any) -> list[str]:
    return [cell.text for cell in row.cells]


def test_every_cell_is_in_the_file() -> None:
    table = grid()
    (made,) = opened(word([table])).tables
    rows = [texts(row) for row in made.rows]
    assert rows[0] == ["Level", "Female", "Female", "Male", "Male"]
    assert rows[1] == ["Level", "%", "95% interval", "%", "95% interval"]
    assert rows[2] == ["Group 0"] * 5
    assert rows[3] == ["Level 0", "0.0", "0.1", "0.2", "0.3"]
    assert rows[4] == ["Level 1", "1.0", "1.1a", "1.2", "1.3"]
    assert rows[5] == ["Group 1"] * 5
    assert rows[6] == ["Level 2", "2.0", "2.1", "2.2", "2.3"]
    assert len(rows) == 7


def test_heads_repeat_and_rows_stay_whole() -> None:
    (made,) = opened(word([grid()])).tables
    properties = [row._tr.trPr for row in made.rows]
    assert [each.find(qn("w:tblHeader")) is not None for each in properties] == [True, True, False, False, False, False, False]
    assert all(each.find(qn("w:cantSplit")) is not None for each in properties)


def test_totals_are_bold_and_letters_of_footnotes_are_raised() -> None:
    (made,) = opened(word([grid()])).tables
    assert all(run.bold for cell in made.rows[3].cells for run in cell.paragraphs[0].runs)
    assert not any(run.bold for cell in made.rows[4].cells for run in cell.paragraphs[0].runs)
    assert [run.font.superscript for run in made.rows[4].cells[2].paragraphs[0].runs] == [None, True]


def test_caption_is_a_field_that_word_counts_and_lists() -> None:
    document = opened(word([grid(), grid(title="Second", number="PR.3.3")], title="Both"))
    codes = [element.text.strip() for element in document.element.iter(qn("w:instrText"))]
    assert codes.count("SEQ Table \\* ARABIC") == 2
    assert any(code.startswith('TOC \\h \\z \\c "Table"') for code in codes)
    captions = [p.text for p in document.paragraphs if p.style.name == "Table title"]
    assert captions == ["Table 1. By level", "Table 2. PR.3.3 Second"]
    listed = [p.text for p in document.paragraphs if p.style.name == "table of figures"]
    assert [text.rstrip("\t ") for text in listed] == captions
    assert document.settings.element.find(qn("w:updateFields")) is not None


def test_notes_are_paragraphs_below_the_table_in_a_style_of_their_own() -> None:
    document = opened(word([grid(subtitle="Everyone")]))
    assert [p.text for p in document.paragraphs if p.style.name == "Table note"] == ["Percent of people in scope.", "a A remark."]
    assert [p.text for p in document.paragraphs if p.style.name == "Table subtitle"] == ["Everyone"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_shown_as_they_are(text: str) -> None:
    table = grid(1, 1, title=text, stub=text, notes=(Note(text=text, mark="a"),))
    row = replace(table.rows[0], label=text, group=text, cells=(Cell(text=text),))
    document = opened(word([replace(table, rows=(row,))], title=text))
    shown = document.tables[0].rows[-1].cells[1].text
    spaced = re.sub(r"[\n\t\x0b]", " ", text)
    wanted = "".join(letter for letter in spaced if letter >= " " and letter not in "\u202e\ud800")
    assert shown == wanted
    assert document.tables[0].rows[-1].cells[0].text == wanted
    assert document.core_properties.title == wanted[:255]


def test_right_to_left_tables_are_mirrored_but_figures_are_not() -> None:
    document = opened(word([grid(direction="rtl", language="ar")]))
    table = document.tables[0]
    assert table._tbl.tblPr.find(qn("w:bidiVisual")) is not None
    label, figure = table.rows[3].cells[:2]
    assert label._tc.find(f".//{qn('w:bidi')}") is not None
    assert figure._tc.find(f".//{qn('w:bidi')}") is None


def test_a_wide_table_stands_on_a_turned_page_and_the_next_one_upright() -> None:
    sections = opened(word([grid(), grid(columns=16), grid()])).sections
    assert [section.orientation for section in sections] == [0, 1, 0]


def test_two_hundred_columns_are_cut_into_parts_that_word_can_open() -> None:
    table = grid(columns=200)
    made = opened(word([table])).tables
    assert all(len(part.columns) <= 63 for part in made)
    heads = [texts(part.rows[1])[1:] for part in made]
    assert [head for part in heads for head in part] == [column.head for column in table.columns]
    cells = [text for part in made for text in texts(part.rows[3])[1:]]
    assert cells == [cell.text for cell in table.rows[0].cells]
    assert len(made) == len(parts(table))


@pytest.mark.parametrize("table", [grid(0), grid(2, 0, notes=()), grid(0, 0, notes=(), stub="")])
def test_tables_without_rows_or_columns_are_written(table: Table) -> None:
    assert len(opened(word([table])).tables) == 1


def test_no_tables_make_an_empty_document() -> None:
    assert opened(word([])).tables == []


def test_the_same_tables_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first = word([grid()], title="T")
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    monkeypatch.setattr(time, "localtime", lambda *_: time.struct_time((2033, 5, 18, 3, 33, 20, 2, 138, 0)))
    assert word([grid()], title="T") == first


def test_the_file_tells_no_time_and_nobodys_name() -> None:
    data = word([grid()], title="T")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
        assert "thumbnail" not in " ".join(archive.namelist())
        assert "thumbnail" not in archive.read("_rels/.rels").decode()
    assert "dcterms:" not in core.replace("xmlns:dcterms", "")
    assert opened(data).core_properties.author == ""


def test_widths_fill_no_more_than_the_room_and_squeeze_labels_first() -> None:
    narrow, wide = grid(), grid(columns=30)
    assert sum(sizes(narrow, ROOM, 98)) < ROOM
    assert sum(sizes(wide, ROOM, 98)) == pytest.approx(ROOM)
    assert not is_wide(narrow)
    assert is_wide(wide)
    texts_alone = replace(
        grid(1, 1), columns=(Column(name="c", head="What", kind="text"),), rows=(Row(label="A", cells=(Cell(text="w " * 40),)),)
    )
    assert asked(texts_alone).columns[0] < asked(texts_alone).wanted[0]
    assert sizes(texts_alone, ROOM, 98)[1] > 98 * asked(texts_alone).columns[0]
