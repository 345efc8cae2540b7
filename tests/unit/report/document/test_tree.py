"""Numbers of headings, tables and figures; which blocks stand on turned pages."""

from __future__ import annotations

from prevalence.report.document.pages import turned
from prevalence.report.document.tree import Block, Heading, Paragraph, Run, TablePart, numbered
from prevalence.report.tables.grid import Cell, Column, Row, Table


def heading(level: int, text: str = "H") -> Heading:
    return Heading(text=text, level=level)


def table(columns: int) -> TablePart:
    heads = tuple(Column(name=f"c{i}", head="1234567890") for i in range(columns))
    return TablePart(table=Table(name="t", title="T", columns=heads, rows=(Row(label="r", cells=(Cell(text="1"),) * columns),)))


def test_headings_are_numbered_to_the_second_level() -> None:
    made = numbered([heading(1), heading(2), heading(3), heading(2), heading(1), heading(2)])
    assert [block.number for block in made if isinstance(block, Heading)] == ["1", "1.1", "", "1.2", "2", "2.1"]


def test_a_chapter_may_have_no_number_and_then_what_is_below_it_has_none() -> None:
    made = numbered([heading(1, "Foreword {-}"), heading(2), heading(1), heading(2)])
    assert [(block.text, block.number) for block in made if isinstance(block, Heading)] == [
        ("Foreword", ""),
        ("H", ""),
        ("H", "1"),
        ("H", "1.1"),
    ]


def test_ids_are_unique() -> None:
    made = [block.id for block in numbered([heading(1)] * 5) if isinstance(block, Heading)]
    assert len(set(made)) == 5


def test_headings_go_with_the_wide_table_that_they_lead_to() -> None:
    lead = Paragraph(runs=(Run("x"),), kind="lead")
    body = Paragraph(runs=(Run("x"),))
    blocks: list[Block] = [heading(1), body, heading(2), lead, table(20), heading(2), table(2)]
    assert turned(blocks) == (False, False, True, True, True, False, False)


def test_few_narrow_tables_between_wide_ones_stand_on_their_turned_page() -> None:
    wide, narrow = table(12), table(2)
    assert turned([narrow, wide, narrow, wide, narrow]) == (False, True, True, True, False)
    assert turned([wide, narrow, narrow, wide]) == (True,) * 4
    assert turned([wide, narrow, narrow, narrow, wide]) == (True, False, False, False, True)
    text = Paragraph(runs=(Run("x"),))
    assert turned([wide, text, narrow, wide]) == (True, False, False, True)
