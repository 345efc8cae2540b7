"""Weighted and unweighted counts of the MICS tables against sums by pandas, in the grid and in every file that is made of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pytest

import prevalence as pv
from prevalence.report.tables.grid import Table

PEOPLE = {"country": "XAA"}
BANDS = {
    "mics-pr.3.1": ("5-11", "12-14", "15-17"),
    "mics-pr.3.2": ("5-11", "12-14"),
    "mics-pr.3.3": ("5-17",),
    "mics-pr.3.4": ("5-17",),
}
GROUPS = {"Sex": "sex", "Area": "area", "Region": "region", "Age group": "age_group", "Wealth": "wealth"}
HEADS = {
    "en": ("Number of children age 5-17 years", "Weighted", "Unweighted"),
    "es": ("Número de niños de 5 a 17 años", "Ponderado", "No ponderado"),
    "fr": ("Nombre d'enfants de 5 à 17 ans", "Pondéré", "Non pondéré"),
    "pt": ("Número de crianças de 5 a 17 anos", "Ponderado", "Não ponderado"),
}


@pytest.fixture(scope="module")
def children() -> pv.Survey:
    return pv.load("data/sample/children.sav", profile="sample-children")


@pytest.fixture(scope="module")
def tables(children: pv.Survey) -> dict[str, Table]:
    return {table.name: table for table in pv.report.standard("mics", children, people=PEOPLE)}


def by_hand(children: pv.Survey, band: str, group: str, label: str) -> tuple[float, int]:
    """Return the sum of weights and the number of children of a row."""
    rows = children.data[children.data["country"] == "XAA"]
    rows = rows if band == "5-17" else rows[rows["age_group"] == band]
    if group:
        labels = children.codebook.levels(GROUPS[group])
        code = next((code for code, level in labels.items() if str(level) == label), label)
        rows = rows[rows[GROUPS[group]].isin([code, label])]
    return float(rows["fsweight"].sum()), len(rows[rows["fsweight"] > 0])


def pairs(children: pv.Survey, table: Table) -> dict[tuple[str, str], list[str]]:
    """Return what each row must print as counts, by group and label."""
    found = {}
    for row in table.rows:
        if row.group in ("", *GROUPS):
            counts = [by_hand(children, band, row.group, row.label) for band in BANDS[table.name]]
            found[row.group, row.label] = [text for weighted, n in counts for text in (f"{weighted:,.0f}", f"{n:,}")]
    return found


@pytest.mark.parametrize("name", BANDS)
def test_the_grid_has_sums_of_weights_and_of_children(children: pv.Survey, tables: dict[str, Table], name: str) -> None:
    table = tables[name]
    places = [place for place, column in enumerate(table.columns) if column.kind == "count"]
    heads = [(table.columns[place].spanners[-1], table.columns[place].head) for place in places]
    above = [f"Number of children age {band} years" for band in BANDS[name]]
    assert heads == [(head, kind) for head in above for kind in ("Weighted", "Unweighted")]
    wanted = pairs(children, table)
    assert len(wanted) > 10
    for row in table.rows:
        if (row.group, row.label) in wanted:
            assert [row.cells[place].text for place in places] == wanted[row.group, row.label]
            sums = [each for band in BANDS[name] for each in by_hand(children, band, row.group, row.label)]
            assert [row.cells[place].values[0] for place in places] == pytest.approx(sums, rel=1e-12)


@pytest.mark.parametrize("name", BANDS)
def test_every_file_has_them(children: pv.Survey, tables: dict[str, Table], name: str, tmp_path: Path) -> None:
    table, wanted = tables[name], pairs(children, tables[name])
    places = [place + 1 for place, column in enumerate(table.columns) if column.kind == "count"]
    for ending in ("docx", "xlsx", "tex", "md", "html"):
        lines = read(pv.report.save(table, tmp_path / f"{name}.{ending}"), table)
        assert len(lines) == len(table.rows), ending
        for row, line in zip(table.rows, lines, strict=True):
            if (row.group, row.label) in wanted:
                assert [line[place] for place in places] == wanted[row.group, row.label], (ending, row.label)


def read(path: Path, table: Table) -> list[list[str]]:
    """Return the lines of figures of a file as texts; numbers of Excel as whole numbers."""
    width = len(table.columns) + 1
    if path.suffix == ".docx":
        # A wide table is cut into parts, each with the labels.
        parts = [[[cell.text for cell in row.cells] for row in part.rows] for part in docx.Document(str(path)).tables]
        heads = [len(part) - len(parts[0]) for part in parts]
        assert set(heads) == {0}
        lines = [[*first, *(text for line in more for text in line[1:])] for first, *more in zip(*parts, strict=True)]
    elif path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path)[table.number]
        rows = [list(values)[:width] for values in sheet.iter_rows(values_only=True)]
        lines = [[f"{value:,.0f}" if isinstance(value, int | float) else str(value or "") for value in row] for row in rows]
    elif path.suffix == ".html":
        body = re.findall(r"<tr[^>]*>(.*?)</tr>", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        lines = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, flags=re.DOTALL) for line in body]
    elif path.suffix == ".md":
        lines = [line.strip("| ").split("|") for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    else:
        lines = [line.removesuffix(r" \\").split("&") for line in path.read_text(encoding="utf-8").splitlines() if "&" in line]
    plain = [
        [re.sub(r"<[^>]+>|\\(textbf|quad|hspace\*?\{\w+\})|[{}*]|&\w+;", "", text).strip() for text in line] for line in lines
    ]
    labels = {row.label for row in table.rows}
    return [line for line in plain if len(line) == width and line[0] in labels and any(line[1:]) and len(set(line)) > 1]


@pytest.mark.parametrize("language", HEADS)
def test_heads_in_four_languages(children: pv.Survey, language: str) -> None:
    (table,) = pv.report.standard("mics-pr.3.3", children, people=PEOPLE, language=language)
    counts = [column for column in table.columns if column.kind == "count"]
    above, *kinds = HEADS[language]
    assert [column.head for column in counts] == kinds
    assert {column.spanners[-1] for column in counts} == {above}


def test_weights_that_expand_are_counted_as_people_and_the_note_says_so(children: pv.Survey) -> None:
    data = children.data.assign(expanded=1000.0 * children.data["fsweight"])
    expanded = replace(children, data=data, design=replace(children.design, weight="expanded", weight_scale="population"))
    (table,) = pv.report.standard("mics-pr.3.3", expanded, people=PEOPLE)
    weighted, n = (cell.values[0] for cell in table.rows[0].cells[-2:])
    expected = by_hand(children, "5-17", "", "")
    assert (weighted, n) == pytest.approx((1000 * expected[0], expected[1]), rel=1e-12)
    notes = [note.text for note in table.notes]
    assert "Weighted counts are sums of the weights." in notes
    assert not any("normalised" in note for note in notes)
