from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from prevalence.errors import OptionError, PrevalenceWarning
from prevalence.report.formats.typeset import measured, pdf, png
from prevalence.report.tables.grid import Row, Table

Demo = Callable[..., Table]


def pages(*tables: Table, title: str = "") -> list[str]:
    """Return the text of each page, letters of footnotes at their words."""
    return [page.extract_text() for page in PdfReader(BytesIO(pdf(tables, title=title))).pages]


def words(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", text)


def size(picture: bytes) -> tuple[int, int]:
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def many(table: Table, times: int) -> Table:
    rows = tuple(replace(row, label=f"{row.label} {time}") for time in range(times) for row in table.rows)
    return replace(table, rows=rows)


def wide(table: Table, times: int) -> Table:
    return replace(table, columns=table.columns * times, rows=tuple(replace(row, cells=row.cells * times) for row in table.rows))


@pytest.mark.parametrize("depth", range(4))
def test_every_line_is_printed_whole_and_in_order(demo: Demo, depth: int) -> None:
    table = demo(depth)
    (text,) = pages(table)
    lines = [
        words(row.label + "".join(row.marks) + "".join(cell.text + "".join(cell.marks) for cell in row.cells))
        for row in table.rows
    ]
    places = [words(text).find(line) for line in lines]
    assert min(places) >= 0
    assert places == sorted(places)


def test_caption_heads_and_notes(demo: Demo) -> None:
    (text,) = pages(demo(3))
    heads = [
        "PR.3.3. Child labour by area",
        "Percentage of children, Testland",
        "Age 5-17",
        "By sex",
        "Male",
        "Female",
        "Background",
    ]
    places = [text.find(head) for head in (*heads, "Urban", "Share of all children", "a Hours", "b Fewer", "c With")]
    assert min(places) >= 0
    assert places == sorted(places)


def test_heads_come_again_on_every_page_and_notes_on_the_last(demo: Demo) -> None:
    found = pages(many(demo(), 20))
    assert len(found) > 2
    assert all("characteristic" in text and "By sex" in text for text in found)
    assert ["With estates." in text for text in found] == [False] * (len(found) - 1) + [True]
    assert [text.split()[-1] for text in found] == [str(number) for number in range(1, len(found) + 1)]


def test_a_wide_table_turns_its_page_and_a_wider_one_is_set_in_parts(demo: Demo) -> None:
    reader = PdfReader(BytesIO(pdf([demo(1), wide(demo(), 2), wide(demo(), 22)], title="Tables")))
    turned = [page.mediabox.width > page.mediabox.height for page in reader.pages]
    assert turned[:2] == [False, False]
    assert all(turned[2:])
    for page in reader.pages:
        places: list[float] = []
        page.extract_text(visitor_text=lambda text, cm, tm, font, height, places=places: places.append(cm[4]))
        assert max(places) < page.mediabox.width - 40
    text = "".join(page.extract_text() for page in reader.pages)
    shares = re.findall(r"Urban((?:\s*(?:[\d.,]+|\[[^\]]*\]))+)", text)
    assert sum(words(line).count("1,234") for line in shares) == 3 * (1 + 2 + 22)


def test_several_tables_have_contents_and_bookmarks(demo: Demo) -> None:
    reader = PdfReader(BytesIO(pdf([demo(), demo(number="")], title="All tables")))
    first = reader.pages[0].extract_text()
    assert first.index("All tables") < first.index("Contents") < first.index("PR.3.3. Child") < first.index("2. Child")
    assert [entry["/Title"] for entry in reader.outline if not isinstance(entry, list)][-1] == "2. Child labour by area"
    assert reader.metadata.title == "All tables"


def test_texts_from_data_stay_texts(hostile: Table) -> None:
    (text, *more) = pages(hostile, title="#import")
    whole = words("".join([text, *more]))
    for sign in (
        "<script>alert(1)</script>",
        "=1+1",
        r"\input{/etc/hosts}",
        '#import"x":*',
        "$x^2$",
        "{{m}}{%raw%}{#c#}",
        "---'''<<>>",
    ):
        assert words(sign) in whole


def test_right_to_left_sets_the_first_column_at_the_right(demo: Demo) -> None:
    arabic = "عمل"
    reader = PdfReader(BytesIO(pdf([demo(0, direction="rtl", language="ar", stub=arabic)])))
    places: dict[str, float] = {}
    reader.pages[0].extract_text(visitor_text=lambda text, cm, tm, font, height: places.setdefault(text.strip(), cm[4]))
    assert places["Urban"] > places["8.4"] > places["10.4"]


@pytest.mark.parametrize("depth", [0, 3])
def test_a_picture_is_as_large_as_its_table(demo: Demo, depth: int) -> None:
    width, height = size(png(demo(depth), dpi=100))
    assert size(png(demo(depth), dpi=200)) == (pytest.approx(2 * width, abs=2), pytest.approx(2 * height, abs=2))
    assert size(png(wide(demo(depth), 2), dpi=100))[0] > 1.6 * width
    assert size(png(many(demo(depth), 2), dpi=100))[1] > 1.4 * height


@pytest.mark.parametrize("dpi", [0, -1, 5000, float("nan")])
def test_a_picture_that_nobody_can_open_is_refused(demo: Demo, dpi: float) -> None:
    with pytest.raises(OptionError, match="dpi must be 10 to 2400"):
        png(demo(), dpi=dpi)


def test_two_hundred_columns_as_a_picture(demo: Demo) -> None:
    with pytest.raises(OptionError, match=r"Choose a lower dpi, or write the table as \.pdf"):
        png(many(wide(demo(0), 22), 20), dpi=600)
    assert size(png(wide(demo(0), 22), dpi=50))[0] > 4000


def test_equal_tables_give_equal_bytes(demo: Demo) -> None:
    assert pdf([demo(), demo(1)], title="Tables") == pdf([demo(), demo(1)], title="Tables")
    assert png(demo()) == png(demo())


def test_letters_that_no_font_has_are_told(demo: Demo) -> None:
    with pytest.warns(PrevalenceWarning, match=r"Every letter must be in a font; 2 letters of these tables, 'ህ', 'ጻ'"):
        pdf([demo(title="ህጻ")])


def test_a_table_without_rows_title_or_notes(demo: Demo) -> None:
    (text,) = pages(demo(rows=(), title="", number="", subtitle="", notes=()))
    assert "Background" in text


def test_a_very_long_name_breaks_within_its_column(demo: Demo) -> None:
    row: Row = replace(demo().rows[1], label="W" * 300)
    (text,) = pages(demo(rows=(row,)))
    assert text.count("W") == 300 + 1  # "With estates" too
    assert max(line.count("W") for line in text.splitlines()) < 60


def test_wide_letters_measure_more() -> None:
    assert measured("WWW") > measured("aaa") > measured("iii") > measured("\u0301\u200b") == 0
