"""Publication tables: what MICS and ILO reports print, and what their footnotes say."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import prevalence as pv
from prevalence.errors import OptionError
from prevalence.estimates import Estimates
from prevalence.report._published import published
from prevalence.report.tables import joined_table
from prevalence.report.words import number
from prevalence.survey import Survey

SNAPSHOT = Path(__file__).resolve().parents[2] / "snapshots" / "table.html"


def body_of(html: str) -> str:
    """Return the table without the style sheet, which belongs to great_tables."""
    return re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)


def rows_of(html: str) -> dict[str, list[str]]:
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", body_of(html), flags=re.DOTALL):
        cells = [re.sub(r"<.*?>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, flags=re.DOTALL)]
        found[cells[0]] = cells[1:]
    return found


def test_cells_with_25_to_49_observations_are_in_parentheses_and_weak_ones_are_not_printed(table: Estimates) -> None:
    rows = rows_of(pv.report.table(table).as_raw_html())
    estimate = 100 * table.select(supply_chain="cocoa", sex="Female").numbers.estimate[0]
    assert rows["Cocoa"][0] == f"({estimate:.1f})ᵃ"
    assert rows["Garment"][0] == "(*)"
    assert rows["Garment"][3] == "(c)"


def test_footnotes_explain_the_marks_that_occur_and_no_others(table: Estimates) -> None:
    html = pv.report.table(table).as_raw_html()
    assert "(*) Withheld: based on fewer than 25 unweighted observations." in html
    assert "(c) Withheld: 1 to 4 cases" in html
    assert "( ) Based on 25 to 49 unweighted observations." in html
    assert "No observations" not in html
    assert "(*)" not in pv.report.table(table.select(supply_chain="All")).as_raw_html()


def test_two_levels_of_doubt_need_two_letters(table: Estimates) -> None:
    html = pv.report.table(table).as_raw_html()
    assert "ᵃ Interval approximate: fewer than 20 effective cases or 30 degrees of freedom." in html
    assert (
        "ᵇ Interval a rough guide: fewer than 10 effective cases or 15 degrees of freedom, the truth may well lie above it."
        in html
    )
    assert "ᶜ" not in html


def test_what_is_said_of_every_row_needs_no_letter(table: Estimates) -> None:
    everyone = table.select(supply_chain="All")
    assert len({*everyone.flags}) == 1
    gap = everyone.difference("sex", "Female", "Male")
    for html in (
        pv.report.table(everyone).as_raw_html(),
        joined_table([published(everyone), published(gap, [""] * len(gap))]).as_raw_html(),
    ):
        assert "In every row: interval approximate: fewer than 20 effective cases or 30 degrees of freedom." in html
        assert "ᵃ" not in html


def test_footnote_names_definition_source_and_that_it_is_to_be_verified(table: Estimates) -> None:
    html = pv.report.table(table).as_raw_html()
    assert "sdg-8.7.1, March 2019; source: UNSD metadata. Status: to be verified." in html


def test_a_chain_without_anybody_has_no_row(table: Estimates) -> None:
    assert list(rows_of(pv.report.table(table).as_raw_html())) == ["Cocoa", "Garment", "All"]


def test_unpublished_tables_show_all_and_say_what_would_be_withheld(table: Estimates) -> None:
    html = pv.report.table(table, publish=False).as_raw_html()
    assert "(*)" not in html
    assert "Would be withheld: fewer than 25 observations." in html


def test_the_gap_stands_beside_the_estimates_in_points_with_its_sign(table: Estimates) -> None:
    gap = table.difference("sex", "Female", "Male")
    html = joined_table([published(table), published(gap, [""] * len(gap))]).as_raw_html()
    value, low, high = (100 * array[-1] for array in (gap.numbers.estimate, gap.limits.low, gap.limits.high))
    assert "Female − Male" in html
    assert rows_of(html)["All"][-2:] == [number(value, signed=True), f"[{number(low, signed=True)}, {number(high, signed=True)}]"]


def test_a_difference_alone_is_in_percentage_points(table: Estimates) -> None:
    html = pv.report.table(table.difference("sex", "Female", "Male"), publish=False).as_raw_html()
    assert "Difference in percentage points" in html
    assert ">points<" in html


def test_means_are_not_made_percent() -> None:
    rows = pd.DataFrame({"w": 1.0, "sex": ["Female", "Male"] * 60, "hours": [10.0, 20.0, 12.0, 22.0] * 30})
    table = pv.mean(pv.Survey(rows, pv.Design(weight="w")), "hours", by="sex")
    assert rows_of(pv.report.table(table).as_raw_html())["Hours"][0] == "11.0"


def test_texts_of_the_data_are_escaped() -> None:
    rows = pd.DataFrame({"w": 1.0, "area": ["<script>alert(1)</script>", "b"] * 30, "child_labour": [0.0, 1.0, 1.0, 0.0] * 15})
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="area")
    html = pv.report.table(table, title="<b>Title</b>").as_raw_html()
    assert "<script>" not in html
    assert "<b>" not in html


def test_several_countries_become_groups_of_rows() -> None:
    rows = pd.DataFrame(
        {"w": 1.0, "country": ["XAA"] * 60 + ["XBB"] * 60, "area": ["Urban", "Rural"] * 60, "child_labour": [0.0, 1.0, 1.0] * 40}
    )
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by=["country", "area"])
    html = pv.report.table(table).as_raw_html()
    assert re.findall(r'class="gt_group_heading"[^>]*>([^<]*)<', html) == ["XAA", "XBB"]


def test_same_table_same_id(table: Estimates) -> None:
    assert pv.report.table(table).as_raw_html() == pv.report.table(table).as_raw_html()


def test_reasons_must_fit(table: Estimates) -> None:
    with pytest.raises(OptionError, match="one text a row"):
        pv.report.table(table, reasons=["", ""])


def test_snapshot(children: Survey, table: Estimates) -> None:
    """The whole table as it is printed. If it is meant to change, write the new body into the snapshot."""
    gap = table.difference("sex", "Female", "Male")
    html = joined_table([published(table), published(gap, [""] * len(gap))], name="snapshot").as_raw_html()
    assert body_of(html).strip() == SNAPSHOT.read_text(encoding="utf-8").strip()
