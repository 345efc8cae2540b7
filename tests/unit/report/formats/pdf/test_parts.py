"""A document that is set in parts says, shows and tells screen readers what the same document says that is set in one."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from prevalence.report.document.as_pdf import as_pdf
from prevalence.report.document.tree import Heading, Paragraph, Report, Run, TablePart, Words, numbered
from prevalence.report.formats.pdf import setting
from prevalence.report.formats.typeset import pdf
from prevalence.report.tables.grid import Row, Table

SMALL_PART = 100
"""Figures of a part that make several of few tables."""
WORDS = Words(table="Table", figure="Figure", contents="Contents", tables="Tables", figures="Figures", continued="", page="Page")
GROWTH = 60
"""Megabytes by which six times as many tables may need more: one that is not forgotten needs five, and there are 40 more."""
MEMORY = """
import resource, sys
from prevalence.report.formats.pdf import setting
from prevalence.report.formats.typeset import pdf
from prevalence.report.tables.grid import Cell, Column, Row, Table
setting.MOST_FIGURES = 500
columns = tuple(Column(name=f"c{i}", head="%") for i in range(9))
def table(number):
    rows = tuple(Row(label=f"{number} {row}", cells=tuple(Cell(text=f"{number}.{row}") for _ in range(9))) for row in range(60))
    return Table(name=f"t{number}", title=f"T {number}", columns=columns, rows=rows)
for count in (8, 48):
    pdf([table(number) for number in range(count)])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""

Make = Callable[[], bytes]


def several(table: Table) -> list[Table]:
    """Return seven tables of different lengths, one of them turned."""
    made = [
        replace(
            table,
            name=f"t{k}",
            number="",
            title=f"Theme {k} (with 3 0 R)",
            rows=tuple(Row(label=f"t{k} r{i}", cells=table.rows[0].cells) for i in range(4 + 9 * k)),
        )
        for k in range(7)
    ]
    columns = tuple(replace(column, name=f"{k}-{column.name}") for k in range(2) for column in table.columns)
    made[3] = replace(made[3], columns=columns, rows=tuple(replace(row, cells=row.cells * 2) for row in made[3].rows))
    return made


def document(table: Table) -> Report:
    """Return a report of two chapters with these tables, a text below each."""
    blocks: list[Heading | Paragraph | TablePart] = []
    for place, part in enumerate(several(table)):
        if place in (0, 4):
            blocks.append(Heading(text=f"Chapter {place} (a", level=1))
        blocks += [
            Heading(text=f"Section {place}", level=2),
            TablePart(table=part),
            Paragraph(runs=(Run(f"Text below {place}. " * 9),)),
        ]
    return Report(
        title="Of parts",
        subtitle="",
        authors=(),
        notice="",
        language="en",
        direction="ltr",
        words=WORDS,
        blocks=numbered(blocks),
    )


@pytest.fixture(params=["tables", "document"])
def make(request: pytest.FixtureRequest, demo: Callable[..., Table]) -> Make:
    if request.param == "tables":
        return lambda: pdf(several(demo()), title="Of parts")
    return lambda: as_pdf(document(demo()))


@pytest.fixture
def parted(make: Make, monkeypatch: pytest.MonkeyPatch) -> PdfReader:
    with monkeypatch.context() as patch:
        patch.setattr(setting, "MOST_FIGURES", SMALL_PART)
        return PdfReader(io.BytesIO(make()), strict=True)


@pytest.fixture
def whole(make: Make) -> PdfReader:
    return PdfReader(io.BytesIO(make()), strict=True)


def elements(reader: PdfReader) -> list[DictionaryObject]:
    """Return all elements of the tree of tags, and check that each names the one above."""
    root = reader.trailer["/Root"]["/StructTreeRoot"]
    found: list[DictionaryObject] = []
    waiting = [(root, child) for child in root["/K"]]
    while waiting:
        above, reference = waiting.pop(0)
        element = reference.get_object()
        if not isinstance(element, DictionaryObject) or element.get("/Type") != "/StructElem":
            continue
        assert element["/P"] == above
        found.append(element)
        waiting += [(element, child) for child in element.get("/K", [])]
    return found


def test_the_same_rows_stand_in_the_same_order(parted: PdfReader, whole: PdfReader) -> None:
    def labels(reader: PdfReader) -> list[str]:
        return [label for page in reader.pages for label in re.findall(r"t\d r\d+", page.extract_text())]

    assert labels(parted) == labels(whole)
    assert 0 <= len(parted.pages) - len(whole.pages) < 7
    assert [sum(element["/S"] == "/Part" for element in elements(made)) for made in (parted, whole)] == [7, 0]


def test_numbers_of_pages_run_through_and_the_contents_tell_them(parted: PdfReader) -> None:
    texts = [page.extract_text() for page in parted.pages]
    shown = [int(text.split()[-1]) for text in texts[1:]]
    assert shown == list(range(2, len(texts) + 1))
    told = [
        line.rsplit(maxsplit=1)
        for text in texts[:3]
        for line in text.splitlines()
        if "Theme" in line and ". ." in line.replace("..", ". .")
    ]
    assert len(told) == 7
    for title, number in told:
        name = title[title.index("Theme") :].split("(")[0].strip()
        assert name in texts[int(number) - 1]


def test_links_and_bookmarks_lead_to_what_they_name(parted: PdfReader) -> None:
    targets = []
    for page in parted.pages:
        for note in page.get("/Annots", []):
            place = note.get_object()["/Dest"]
            at = parted.get_page_number(place[0].get_object())
            title = note.get_object()["/Contents"]
            targets.append(at)
            words = title[title.index("“") + 1 : title.index("”")]
            assert words in parted.pages[at].extract_text().replace("\n", " ")
            assert title.endswith(f"page {at + 1}")
    assert len(targets) >= 7
    flat = [entry for entry in parted.outline if not isinstance(entry, list)]
    flat += [entry for group in parted.outline if isinstance(group, list) for entry in group]
    assert len(flat) >= 7
    for entry in flat:
        at = parted.get_destination_page_number(entry)
        if entry.title != "Contents":
            assert entry.title in parted.pages[at].extract_text()


def test_tags_are_one_tree_that_knows_all_pages(parted: PdfReader, whole: PdfReader) -> None:
    def kinds(reader: PdfReader) -> Counter[str]:
        return Counter(
            element["/S"] for element in elements(reader) if element["/S"] in ("/TD", "/TH", "/Table", "/H1", "/H2", "/TOCI")
        )

    assert kinds(parted) == kinds(whole)
    tree = parted.trailer["/Root"]["/StructTreeRoot"]
    numbers = tree["/ParentTree"]["/Nums"]
    keys = [int(key) for key in numbers[::2]]
    assert keys == list(range(len(keys)))
    assert tree["/ParentTreeNextKey"] == len(keys)
    for page in parted.pages:
        marked = numbers[2 * keys.index(int(page["/StructParents"])) + 1].get_object()
        assert all(element.get_object()["/Pg"].indirect_reference == page.indirect_reference for element in marked)


def test_cells_name_the_heads_of_their_own_table(parted: PdfReader) -> None:
    tree = parted.trailer["/Root"]["/StructTreeRoot"]["/IDTree"]["/Names"]
    names = [str(name) for name in tree[::2]]
    assert names == sorted(set(names))
    by_name = dict(zip(names, (reference.get_object() for reference in tree[1::2]), strict=True))
    assert all(element["/ID"] == name for name, element in by_name.items())

    def table(element: DictionaryObject) -> DictionaryObject:
        while element["/S"] != "/Table":
            element = element["/P"]
        return element

    checked = 0
    for element in elements(parted):
        for attribute in element.get("/A", []):
            for head in attribute.get_object().get("/Headers", []):
                assert table(by_name[str(head)]) == table(element)
                checked += 1
    assert checked > 100


def test_equal_documents_give_equal_bytes(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setting, "MOST_FIGURES", SMALL_PART)
    assert make() == make()


def test_memory_does_not_grow_with_tables() -> None:
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    few, many = map(int, done.stdout.split())
    assert many - few < GROWTH
