from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from prevalence.errors import OptionError
from prevalence.report.formats.layout import clean
from prevalence.report.formats.number_formats import limit_formats, number_format
from prevalence.report.formats.workbook import sheet_names, workbook
from prevalence.report.tables.grid import Cell, Column, Table

Demo = Callable[..., Table]
FIRST_HEAD = 4
"""Line of the first heads, from 1."""


def opened(*tables: Table, title: str = "") -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(workbook(tables, title=title)))


def figures(sheet: Worksheet, depth: int, table: Table) -> dict[str, list[object]]:
    """Return the lines of figures by label."""
    lines = sheet.iter_rows(min_row=FIRST_HEAD + depth + 1, values_only=True)
    return {str(label): list(values) for label, *values in lines if any(value is not None for value in values)}


def expected(table: Table) -> dict[str, list[object]]:
    lines = {}
    for row in table.rows:
        values: list[object] = []
        for column, cell in zip(table.columns, row.cells, strict=True):
            missing = 1 if column.kind == "interval" else 0
            letters = "ᵇ" if cell.marks else ""
            values += list(cell.values) or [(cell.text + letters) or None, *[None] * missing]
        lines[row.label + ("ᶜ" if row.marks else "")] = values
    return lines


@pytest.mark.parametrize("depth", range(4))
def test_numbers_are_numbers_and_stand_where_the_grid_has_them(demo: Demo, depth: int) -> None:
    table = demo(depth)
    assert figures(opened(table)["PR.3.3"], depth, table) == expected(table)


@pytest.mark.parametrize("depth", range(1, 4))
def test_spanners_are_merged_over_their_columns(demo: Demo, depth: int) -> None:
    sheet = opened(demo(depth))["PR.3.3"]
    merged = {str(each): sheet.cell(each.min_row, each.min_col).value for each in sheet.merged_cells.ranges}
    line = FIRST_HEAD + depth - 1
    for place, sex in zip(("B{0}:E{0}", "F{0}:I{0}", "J{0}:M{0}"), ("Male", "Female", "Total"), strict=True):
        assert merged[place.format(line)] == sex
    if depth > 1:
        assert merged[f"B{line - 1}:I{line - 1}"] == "By sex"
    assert merged[f"C{FIRST_HEAD + depth}:D{FIRST_HEAD + depth}"] == "95% interval"


def test_the_format_prints_what_the_table_prints(demo: Demo) -> None:
    sheet = opened(demo())["PR.3.3"]
    by_label = {sheet.cell(line, 1).value: line for line in range(1, sheet.max_row + 1)}
    formats = {label: [sheet.cell(by_label[label], place).number_format for place in (2, 3, 5)] for label in ("Urban", "Capital")}
    assert formats == {"Urban": ["0.0", "0.0", "#,##0"], "Capital": ['"("0.0")"', "0.0", "#,##0"]}
    assert sheet.cell(by_label["Total"], 2).font.bold and not sheet.cell(by_label["Urban"], 2).font.bold
    assert sheet.cell(by_label["Capital"], 1).alignment.indent == 1


@pytest.mark.parametrize(
    ("kind", "decimals", "cell", "format_"),
    [
        ("percent", 1, Cell(text="12,3", values=(12.3,)), "0.0"),
        ("count", 0, Cell(text="1 234", values=(1234.0,)), "#,##0"),
        ("number", 2, Cell(text="1,234.50", values=(1234.5,)), "#,##0.00"),
        ("percent", 1, Cell(text="12.3*", values=(12.3,)), '0.0"*"'),
        ("percent", 1, Cell(text="12.3", values=(12.3,), marks=("a", "b")), '0.0"ᵃ˒ᵇ"'),
        ("points", 1, Cell(text="+1.2", values=(1.2,)), "+0.0;-0.0;0.0"),
        ("points", 1, Cell(text="−1.2", values=(-1.2,)), "0.0"),
        ("percent", 1, Cell(text='"12.3', values=(12.3,)), '\\"0.0'),
        ("percent", 1, Cell(text="a long word before 12.3", values=(12.3,)), "0.0"),
    ],
)
def test_number_formats(kind: str, decimals: int, cell: Cell, format_: str) -> None:
    assert number_format(Column(name="x", head="", kind=kind, decimals=decimals), cell) == format_


def test_letters_of_an_interval_stand_at_its_upper_limit() -> None:
    column = Column(name="x", head="", kind="interval", decimals=1)
    assert limit_formats(column, Cell(text="[1.0, 2.0]", values=(1.0, 2.0), marks=("a",))) == ("0.0", '0.0"ᵃ"')


def test_texts_from_data_stay_texts(hostile: Table) -> None:
    found = opened(hostile, hostile, title="=1+1")
    cells = [cell for sheet in found for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert {cell.hyperlink.location[0] for cell in cells if cell.hyperlink} == {"'"}
    assert all(cell.hyperlink.target is None for cell in cells if cell.hyperlink)
    values = {cell.value for cell in cells}
    assert {clean(row.label) for row in hostile.rows} <= values
    sheet = found.worksheets[1]
    labels = [sheet.cell(line, 1).value for line in range(1, sheet.max_row + 1) if isinstance(sheet.cell(line, 3).value, float)]
    assert labels == [clean(row.label) for row in hostile.rows]


def test_contents_lead_to_each_sheet_and_back(demo: Demo) -> None:
    found = opened(demo(), demo(number="", name="second"), title="All tables")
    assert found.sheetnames == ["Contents", "PR.3.3", "second", "Notes"]
    links = {cell.value: cell.hyperlink.location for line in found["Contents"].iter_rows() for cell in line if cell.hyperlink}
    assert links == {"PR.3.3. Child labour by area": "'PR.3.3'!A1", "2. Child labour by area": "'second'!A1"}
    assert found["Contents"]["A1"].value == "All tables"
    assert found["second"]["A3"].hyperlink.location == "'Contents'!A1"


def test_notes_stand_below_the_table_and_with_the_facts_on_a_sheet(demo: Demo) -> None:
    found = opened(demo())
    below = [value for (value, *_) in found["PR.3.3"].iter_rows(values_only=True)][-4:]
    assert below == [
        "Share of all children of the age.",
        "ᵃ Hours and hazards.",
        "ᵇ Fewer than 25 observations.",
        "ᶜ With estates.",
    ]
    lines = list(found["Notes"].iter_rows(values_only=True))
    assert lines[1:4] == [
        ("Definition", "SDG 8.7.1"),
        ("Source", "Survey of Testland"),
        (None, "Share of all children of the age."),
    ]
    assert ("b", "Fewer than 25 observations.") in lines


def test_contents_and_notes_are_named_in_the_language_of_the_tables(demo: Demo) -> None:
    assert opened(demo(language="fr")).sheetnames == ["Table des matières", "PR.3.3", "Notes"]
    assert opened(demo(language="sw")).sheetnames == ["Contents", "PR.3.3", "Notes"]


def test_heads_stay_in_view_and_are_printed_again(demo: Demo) -> None:
    sheet = opened(demo(2))["PR.3.3"]
    assert sheet.freeze_panes == "B7"
    assert sheet.print_title_rows == "$4:$6"
    assert opened(demo(direction="rtl", language="ar"))["PR.3.3"].sheet_view.rightToLeft


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (["area", "AREA", "area"], ["area", "AREA (2)", "area (3)"]),
        (["x" * 40, "x" * 40], ["x" * 31, "x" * 27 + " (2)"]),
        (["a/b\\c[d]:*?", "'quoted'", "", "History"], ["a-b-c-d----", "quoted", "table", "History (2)"]),
        (["😀" * 20], ["😀" * 15]),
        (["area (2)", "area", "area"], ["area (2)", "area", "area (3)"]),
    ],
)
def test_sheet_names_are_valid_and_differ(demo: Demo, wanted: list[str], given: list[str]) -> None:
    names = sheet_names([demo(number=name, name="") for name in wanted])
    assert names == given
    assert len({name.casefold() for name in names}) == len(names)


def test_two_tables_may_have_one_number(demo: Demo) -> None:
    assert opened(demo(), demo(), demo(number="Notes")).sheetnames == ["Contents", "PR.3.3", "PR.3.3 (2)", "Notes (2)", "Notes"]


def test_equal_tables_give_equal_bytes_without_a_date_of_today(demo: Demo) -> None:
    made = workbook([demo(), demo(1)], title="Tables")
    assert made == workbook([demo(), demo(1)], title="Tables")
    with ZipFile(BytesIO(made)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"2000-01-01" in archive.read("docProps/core.xml")


def test_numbers_have_twelve_digits(demo: Demo) -> None:
    table = demo()
    first = table.rows[0]
    noisy = replace(first, cells=(replace(first.cells[0], values=(0.1 + 0.2,)), *first.cells[1:]))
    assert figures(opened(demo(rows=(noisy,)))["PR.3.3"], 2, table)["Total"][0] == 0.3


def test_what_a_sheet_cannot_hold_is_one_clear_error(demo: Demo) -> None:
    with pytest.raises(
        OptionError, match=r"texts of 32,767 characters; sheet 'PR.3.3' has more \(40,000 characters in one text\)"
    ):
        workbook([demo(stub="x" * 40_000)])


def test_a_table_without_rows_and_one_of_two_hundred_columns(demo: Demo) -> None:
    table = demo(0)
    wide = replace(
        table,
        name="wide",
        number="",
        columns=table.columns * 23,
        rows=tuple(replace(row, cells=row.cells * 23) for row in table.rows),
    )
    found = opened(demo(rows=()), wide)
    assert found["wide"].max_column == 1 + 23 * 12
