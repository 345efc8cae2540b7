"""Publication tables: what MICS and ILO reports print, and what their footnotes say."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.errors import OptionError
from prevalence.estimates import Estimates
from prevalence.report.formats.html import html
from prevalence.report.tables.grid import Table
from prevalence.report.tables.language import language
from prevalence.report.tables.notes import check_defined

WEAK, PROTECTED = "withheld: fewer than 25 observations", "withheld: to protect people"


def texts(table: Table) -> dict[str, list[str]]:
    return {" · ".join(filter(None, [row.group, row.label])): [cell.text for cell in row.cells] for row in table.rows}


def notes(table: Table) -> str:
    return "\n".join(f"{note.mark} {note.text}".strip() for note in table.notes)


def survey_of(**columns: object) -> pv.Survey:
    return pv.Survey(pd.DataFrame({"w": 1.0, **columns}), pv.Design(weight="w"))


def reasons_of(table: Estimates, **why: str) -> list[str]:
    """Return reasons for the rows whose chain and sex are named, as in ``garment_Female=WEAK``."""
    keys = {key.name: key.texts() for key in table.keys}
    return [why.get(f"{chain}_{sex}", "") for chain, sex in zip(keys["supply_chain"], keys["sex"], strict=True)]


def test_cells_with_25_to_49_observations_are_in_parentheses_and_weak_ones_are_not_printed(table: Estimates) -> None:
    rows = texts(pv.report.table(table))
    estimate = 100 * table.select(supply_chain="cocoa", sex="Female").numbers.estimate[0]
    assert rows["Cocoa"][0] == f"({estimate:.1f})"
    assert rows["Garment"][0] == "(*)"
    assert rows["Garment"][3] == "(c)"


def test_withheld_cells_have_neither_text_nor_numbers(table: Estimates) -> None:
    reasons = reasons_of(table, garment_Female=WEAK, garment_Male=PROTECTED, garment_All=PROTECTED)
    made = pv.report.table(table, reasons=reasons, show="ci|se|cv|n|cases|deff|df|weighted|population", rule=["mics", "ilo"])
    (garment,) = (row for row in made.rows if row.label == "Garment")
    assert [cell.text for cell in garment.cells if cell.text] == ["(*)", "(*)", "(c)", "(c)", "(c)", "(c)"]
    assert all(cell.values == () and cell.marks == () for cell in garment.cells)


def test_disclosure_control_wins_over_the_reliability_rule(table: Estimates) -> None:
    shown = pv.report.table(table, reasons=reasons_of(table, cocoa_Female=PROTECTED))
    assert texts(shown)["Cocoa"][:3] == ["(c)", "", ""]


def test_figures_that_the_rule_alone_withholds_keep_the_counts_that_say_why(table: Estimates) -> None:
    made = pv.report.table(table, reasons=[""] * len(table), show="ci|se|n|cases|weighted|population")
    garment = next(row for row in made.rows if row.label == "Garment")
    population = table.select(supply_chain="garment", sex="Female").numbers.population[0]
    assert [cell.text for cell in garment.cells[:7]] == ["(*)", "", "", "20", "", *[f"{population:.0f}"] * 2]
    assert [cell.values for cell in garment.cells[:7]] == [(), (), (), (20.0,), (), (population,), (population,)]


def test_a_rule_that_withholds_weak_figures_as_disclosure_control_does_gives_them_its_symbol(table: Estimates) -> None:
    made = pv.report.table(table, rule="dhs", reasons=reasons_of(table, garment_Female=WEAK))
    assert texts(made)["Garment"][0] == "*"
    assert "* Withheld: based on fewer than 25 unweighted cases." in notes(made)
    assert "(*)" not in notes(made)


def test_footnotes_explain_the_marks_that_occur_and_no_others(table: Estimates) -> None:
    said = notes(pv.report.table(table))
    assert "(*) Withheld: based on fewer than 25 unweighted cases." in said
    assert "(c) Withheld: " in said
    assert "( ) Based on 25-49 unweighted cases." in said
    assert "No observations" not in said
    assert "(*)" not in notes(pv.report.table(table.select(supply_chain="All")))


def test_every_letter_has_a_note_and_every_note_a_cell(table: Estimates) -> None:
    made = pv.report.table(table, publish=False, rule=["mics", "nchs-2017"])
    used = {mark for row in made.rows for cell in row.cells for mark in cell.marks}
    assert used
    assert used == {note.mark for note in made.notes if re.fullmatch(r"[a-z]+", note.mark)}


def test_letters_of_remarks_are_not_symbols_of_the_rule() -> None:
    """ECLAC calls figures b and c."""
    estimates = pv.prevalence(survey_of(area=["a", "b"] * 60, child_labour=[0.0] * 110 + [1.0] * 10), "child_labour", by="area")
    made = pv.report.table(estimates, rule="eclac-2023", reasons=["", ""])
    marks = [note.mark for note in made.notes if note.mark]
    assert "c" in marks
    assert len(set(marks)) == len(marks)
    assert made.rows[0].cells[0].marks == ("c",)
    assert any(note.text.startswith("In every row: interval a rough guide") for note in made.notes)


def test_a_remark_of_some_rows_has_a_letter_and_one_of_every_row_none(table: Estimates) -> None:
    some = pv.report.table(table, rule=None, reasons=[""] * len(table))
    assert any(re.fullmatch("[a-z]", note.mark) and note.text.startswith("Interval") for note in some.notes)
    few = pv.prevalence(survey_of(area=["a", "b"] * 60, child_labour=[0.0] * 96 + [1.0] * 24), "child_labour", by="area")
    assert len({*few.flags}) == 1 and few.flags[0].startswith("interval")
    every = pv.report.table(few, rule=None, reasons=["", ""])
    assert [note.mark for note in every.notes if note.text.startswith("In every row: interval")] == [""]
    assert all(not cell.marks for row in every.rows for cell in row.cells)


def test_an_official_table_needs_a_definition_of_each_indicator() -> None:
    raw = pv.prevalence(survey_of(area=["a", "b"] * 60, mine=[0.0, 1.0] * 60), "mine", by="area")
    assert any(note.text.startswith("No definition is recorded for: Mine") for note in pv.report.table(raw).notes)
    with pytest.raises(OptionError, match="no definition is recorded for 'mine'"):
        pv.report.table(raw, strict=True)


def test_rules_stand_side_by_side_under_their_names(table: Estimates) -> None:
    made = pv.report.table(table.select(sex="All"), columns=[], rule=["mics", "ilo", "statcan"], show="n", reasons=[""] * 4)
    assert [column.head for column in made.columns] == ["% (mics)", "% (ilo)", "% (statcan)", "n"]
    assert texts(made)["Garment"] == ["11.6", "11.6", "F", "65"]
    assert made.rows[1].cells[2].values == ()
    verdict = pv.report.reliability(table.select(sex="All"), "statcan").of("statcan")
    shown = [display for display, n in zip(verdict.displays, table.select(sex="All").numbers.n, strict=True) if n]
    assert [row.cells[2].text for row in made.rows] == shown


def test_without_a_rule_every_figure_is_printed_as_it_is(table: Estimates) -> None:
    made = pv.report.table(table, rule=None, reasons=[""] * len(table))
    assert texts(made)["Cocoa"][0] == "30.4"
    assert texts(made)["Garment"][0] == "30.8"
    assert "( )" not in notes(made)


def test_footnote_names_definition_source_and_that_it_is_to_be_verified(table: Estimates) -> None:
    assert "sdg-8.7.1, March 2019; source: UNSD metadata. Status: to be verified." in notes(pv.report.table(table))


def test_an_indicator_without_definition_is_printed_with_a_note_and_refused_where_it_must_be_official(table: Estimates) -> None:
    raw = pv.prevalence(survey_of(area=["a", "b"] * 60, coughs=[0.0, 0.0, 1.0] * 40), "coughs", by="area")
    assert "No definition is recorded for: Coughs." in notes(pv.report.table(raw))
    with pytest.raises(OptionError, match="no definition is recorded for 'coughs'"):
        check_defined([raw])
    check_defined([table, table.difference("sex", "Female", "Male")])


def test_notes_are_few(table: Estimates) -> None:
    gap = table.difference("sex", "Female", "Male")
    made = pv.report.table([table, gap], show="ci|se|cv|n|cases|deff|df|weighted|population")
    assert len(made.notes) <= 11


def test_a_chain_without_anybody_has_no_row(table: Estimates) -> None:
    assert list(texts(pv.report.table(table))) == ["Cocoa", "Garment", "All"]


def test_a_dash_says_that_nobody_was_observed_and_na_that_a_number_cannot_be_had() -> None:
    rows = [("N", "Female"), ("N", "Male"), ("S", "Male")]
    survey = survey_of(region=[r for r, _ in rows] * 40, sex=[s for _, s in rows] * 40, child_labour=[0.0, 1.0, 1.0, 0.0] * 30)
    estimates = pv.prevalence(survey, "child_labour", by=["region", "sex"])
    made = pv.report.table(estimates, reasons=[""] * len(estimates))
    assert texts(made)["S"][:3] == ["–", "", "0"]
    assert "– No observations." in notes(made)
    nobody = pv.prevalence(survey_of(sex=["Female", "Male"] * 60, child_labour=0.0), "child_labour", by="sex")
    gap = pv.report.table(nobody.difference("sex", "Female", "Male"), reasons=[""])
    assert [(cell.text, len(cell.values)) for cell in gap.rows[0].cells] == [("0.0", 1), ("na", 0)]
    assert "na Cannot be estimated." in notes(gap)


def test_unpublished_tables_show_all_and_say_what_would_be_withheld(table: Estimates) -> None:
    made = pv.report.table(table, publish=False)
    assert "(*)" not in [cell.text for row in made.rows for cell in row.cells]
    assert "Would be withheld: based on fewer than 25 unweighted cases." in notes(made)
    assert all(cell.values for row in made.rows for cell in row.cells)


def test_the_gap_stands_beside_the_estimates_in_points_with_its_sign(table: Estimates) -> None:
    gap = table.difference("sex", "Female", "Male")
    made = pv.report.table([table, gap])
    value, low, high = (100 * array[-1] for array in (gap.numbers.estimate, gap.limits.low, gap.limits.high))
    assert made.columns[-1].spanners == ("Female − Male",)
    assert [cell.text.replace("−", "-") for cell in made.rows[-1].cells[-2:]] == [f"{value:+.1f}", f"[{low:+.1f}, {high:+.1f}]"]
    assert made.rows[-1].cells[-2].values == pytest.approx((value,))


def test_a_gap_is_withheld_where_one_of_its_sides_is(table: Estimates) -> None:
    made = pv.report.table([table, table.difference("sex", "Female", "Male")])
    garment = next(row for row in made.rows if row.label == "Garment")
    assert garment.cells[-2].text.startswith("(")
    assert [cell.values for cell in garment.cells[-2:]] == [(), ()]


def test_a_difference_alone_is_in_percentage_points(table: Estimates) -> None:
    made = pv.report.table(table.difference("sex", "Female", "Male"), publish=False)
    assert "Difference in percentage points" in notes(made)
    assert [column.head for column in made.columns] == ["points", "95% interval"]


def test_labels_of_comparisons_name_both_sides(table: Estimates) -> None:
    excess = table.excess("supply_chain")
    assert [row.label for row in pv.report.table(excess, reasons=[""] * len(excess)).rows] == ["Cocoa − All", "Garment − All"]


def test_tables_of_other_statistics_are_told_apart_by_a_spanner(table: Estimates, children: pv.Survey) -> None:
    number = pv.total(children, "child_labour", by=["supply_chain", "sex"], margins=True)
    made = pv.report.table([table, number], columns=[], rows=["supply_chain", "sex"])
    assert [column.spanners for column in made.columns[::3]] == [("Prevalence",), ("Total",)]


def test_several_countries_become_groups_of_rows() -> None:
    survey = survey_of(country=["XAA"] * 60 + ["XBB"] * 60, area=["Urban", "Rural"] * 60, child_labour=[0.0, 1.0, 1.0] * 40)
    table = pv.prevalence(survey, "child_labour", by=["country", "area"])
    assert pv.report.table(table).groups == ("XAA", "XBB")


def test_without_columns_all_dimensions_stand_down(table: Estimates) -> None:
    for nothing in ("", [], ()):
        made = pv.report.table(table, columns=nothing)
        assert made.groups == ("Cocoa", "Garment", "All")
        assert {column.spanners for column in made.columns} == {()}


def test_texts_of_the_data_are_escaped() -> None:
    survey = survey_of(area=["<script>alert(1)</script>", "b"] * 30, child_labour=[0.0, 1.0, 1.0, 0.0] * 15)
    made = pv.report.table(pv.prevalence(survey, "child_labour", by="area"), title="<b>Title</b>")
    assert "<script>" not in html(made)
    assert "<b>" not in html(made)


def test_names_are_stable_and_suit_files(table: Estimates) -> None:
    assert pv.report.table(table).name == "child-labour-by-supply-chain-sex"
    assert pv.report.table(table, title="Travail forcé, Élite", number="PR.3.3").name == "pr-3-3-travail-force-elite"
    assert pv.report.table(table, name="عمل", title="t").name == "t"
    long = [pv.report.table(table, title="x" * 90 + end).name for end in "ab"]
    assert len(set(long)) == 2
    assert max(map(len, long)) <= 60


def test_facts_hold_definition_design_interval_rule_and_software(table: Estimates) -> None:
    facts = pv.report.table(table).facts
    assert facts["Definition"].startswith("child_labour: children in economic activity")
    assert facts["Design"].startswith("units: psu; no strata")
    assert facts["Interval"] == "95% interval (Korn-Graubard)"
    assert facts["Reliability rule"].endswith("(verified)")
    assert "numpy" in facts["Software"]
    assert facts["Disclosure control"].startswith("withheld: ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": "supply_chian"}, "Did you mean 'supply_chain'"),
        ({"columns": ["sexx"]}, "Did you mean 'sex'"),
        ({"rows": "sex", "columns": "sex"}, "stands either in rows or in columns"),
        ({"rows": "supply_chain", "columns": []}, "differ in 'sex'. Put it into rows or columns"),
        ({"show": "ci|nn"}, "Did you mean 'n'"),
        ({"rule": "micss"}, "Did you mean 'mics'"),
        ({"language": "frr"}, "Did you mean 'fr'"),
        ({"reasons": ["", ""]}, "one text a row"),
        ({"decimals": -1}, "decimals must be a whole number, 0 or more; found -1"),
        ({"decimals": 0.5}, "decimals must be a whole number, 0 or more; found 0.5"),
    ],
)
def test_wrong_options_are_one_clear_error(table: Estimates, options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        pv.report.table(table, **options)


@pytest.mark.parametrize(("given", "found"), [(None, "NoneType"), ("x", "str"), ([None], "NoneType"), (3, "int")])
def test_what_is_no_table_of_estimates_is_one_clear_error(given: object, found: str) -> None:
    with pytest.raises(OptionError, match=rf"table needs Estimates.*pv\.report\.published.*found '?{found}"):
        pv.report.table(given)


def test_tables_side_by_side_need_the_same_rows_and_heads_of_their_own(table: Estimates) -> None:
    with pytest.raises(OptionError, match="head of its own"):
        pv.report.table([table, table])
    with pytest.raises(OptionError, match="have the rows of the first"):
        pv.report.table([table, table.excess("supply_chain")], columns=["sex", "statistic"])
    with pytest.raises(OptionError, match="at least one table"):
        pv.report.table([])
    with pytest.raises(OptionError, match="a row or more"):
        pv.report.table(table.take(np.array([], dtype=np.int64)))
    with pytest.raises(OptionError, match="each of the 2 tables"):
        pv.report.table([table, table.difference("sex", "Female", "Male")], reasons=[[""] * len(table)])


@pytest.mark.parametrize("code", ["en", "fr", "es", "pt"])
def test_snapshot(table: Estimates, code: str, snapshot: Callable[[str, str], None]) -> None:
    """The whole table as it is printed."""
    gap = table.difference("sex", "Female", "Male")
    reasons = [reasons_of(table, garment_Female=WEAK, garment_Male=PROTECTED), ["", PROTECTED, "", ""]]
    made = pv.report.table(
        [table, gap], reasons=reasons, language=code, title=language(code).label("child_labour"), name="snapshot"
    )
    snapshot("table.html" if code == "en" else f"table.{code}.html", html(made))
