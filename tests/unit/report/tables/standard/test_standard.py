"""Standard tables: every figure is the estimate that one would ask for by hand, and what a survey lacks is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.errors import ColumnError, ConfigError, DataError, OptionError
from prevalence.report.formats.html import html
from prevalence.report.tables.grid import Cell, Row, Table
from prevalence.report.tables.standard.answers import NORMALISED
from prevalence.report.tables.standard.families import FAMILIES, LEVELS
from prevalence.report.tables.standard.features import CATEGORIES, INDICATORS, MAJOR_GROUPS
from prevalence.report.tables.standard.filled import ABSENT_BEFORE, DIFFERING
from prevalence.report.tables.standard.rounds import PREVIOUS, SAME
from prevalence.report.tables.standard.shells import Shell, shells
from prevalence.report.tables.translated import translations

PEOPLE = {"country": "XAA"}
ROUNDING = 1e-9
"""Figures are in percent, estimates are shares."""


@pytest.fixture(scope="module")
def children() -> pv.Survey:
    return pv.classify.child_labour(pv.load("data/sample/children.sav", profile="sample-children"))


@pytest.fixture(scope="module")
def workers() -> pv.Survey:
    return pv.classify.forced_labour(pv.load("data/sample/workers.dta", profile="sample-workers"))


def row(table: Table, label: str, group: str = "") -> Row:
    return next(row for row in table.rows if row.label == label and row.group == group)


def cell(table: Table, row: Row, head: str, *spanners: str) -> Cell:
    place = next(
        place for place, column in enumerate(table.columns) if column.head == head and set(spanners) <= set(column.spanners)
    )
    return row.cells[place]


def test_pr_3_3_has_the_figures_of_a_question_put_by_hand(children: pv.Survey) -> None:
    (table,) = pv.report.standard("mics-pr.3.3", children, people=PEOPLE)
    again = pv.classify.child_labour(children, definition="mics6")
    asked = pv.prevalence(again, ["child_labour", "household_chores"], by=["country", "wealth"]).select(country="XAA").to_pandas()
    for _, found in asked.iterrows():
        head = "Total child labour" if found["indicator"] == "child_labour" else "At or above the age specific threshold"
        above = (
            ()
            if found["indicator"] == "child_labour"
            else ("Children involved in household chores for a total number of hours during last week",)
        )
        printed = cell(table, row(table, found["wealth"], "Wealth"), head, *above)
        assert printed.values[0] == pytest.approx(100 * found["estimate"], abs=ROUNDING)
        assert printed.text == f"{100 * found['estimate']:.1f}"
    richest = children.data[(children.data["country"] == "XAA") & (children.data["wealth"] == "Richest")]
    counted = [
        cell(table, row(table, "Richest", "Wealth"), kind, "Number of children age 5-17 years")
        for kind in ("Weighted", "Unweighted")
    ]
    assert [each.values[0] for each in counted] == pytest.approx([richest["fsweight"].sum(), len(richest)], abs=ROUNDING)
    assert [each.text for each in counted] == [f"{richest['fsweight'].sum():.0f}", f"{len(richest)}"]
    assert (table.number, table.title) == ("PR.3.3", "Child labour")


def test_the_definition_of_a_table_is_its_own_and_the_survey_keeps_its_own(children: pv.Survey) -> None:
    (table,) = pv.report.standard("mics-pr.3.3", children, people=PEOPLE)
    assert any("mics6" in note.text for note in table.notes)
    assert children.provenance.definitions["child_labour"].name == "sdg-8.7.1"
    (other,) = pv.report.standard("national-11", children, people=PEOPLE)
    assert any("sdg-8.7.1" in note.text for note in other.notes)


def test_people_stay_in_the_design(children: pv.Survey) -> None:
    """A country is a domain: its standard errors are those of the domain, not those of a file of its rows."""
    (table,) = pv.report.standard("national-11", children, people=PEOPLE)
    asked = pv.prevalence(children, "child_labour", by=["country", "sex"]).select(country="XAA", sex="Female").to_pandas().iloc[0]
    found = cell(table, row(table, "Total"), "95% interval", "Female").values
    assert found == pytest.approx((100 * asked["ci_low"], 100 * asked["ci_high"]), abs=ROUNDING)


def test_a_distribution_has_a_column_a_level_and_adds_up(children: pv.Survey) -> None:
    (table,) = pv.report.standard("national-2", children, people=PEOPLE, publish=False, rule=None)
    assert [column.head for column in table.columns[:4]] == ["School only", "School and work", "Work only", "Neither"]
    for each in table.rows:
        assert sum(cell.values[0] for cell in each.cells[:4]) == pytest.approx(100, abs=ROUNDING)


def test_all_measures_of_one_table_are_of_the_people_they_name(children: pv.Survey) -> None:
    (table,) = pv.report.standard("mics-pr.3.1", children, people=PEOPLE, publish=False)
    rows = children.data[(children.data["country"] == "XAA") & (children.data["age_group"] == "12-14")]
    total, above = row(table, "Total"), "Number of children age 12-14 years"
    assert cell(table, total, "Unweighted", above).values == (len(rows),)
    assert cell(table, total, "Weighted", above).values == pytest.approx((rows["fsweight"].sum(),), rel=1e-12)
    share = np.average((rows["economic_activity"] == 1) & (rows["economic_hours"] >= 14), weights=rows["fsweight"])
    assert cell(table, row(table, "Total"), "Economic activity for 14 hours or more").values[0] == pytest.approx(
        100 * share, abs=ROUNDING
    )


def test_a_set_leaves_out_what_the_survey_cannot_fill_and_says_why(children: pv.Survey) -> None:
    made = pv.report.standard("national", children, people=PEOPLE)
    names = [table.name for table in made]
    assert names[:3] == ["national-1", "national-2", "national-3"]
    assert "national-6" not in names
    assert any("'national-6'" in text and "'status'" in text for text in made.left_out)
    assert len(made) + len(made.left_out) == sum(shell.set == "national" for shell in shells().values())


def test_a_table_asked_for_by_name_must_be_possible(children: pv.Survey) -> None:
    with pytest.raises(ColumnError, match=r"Table 'national-6' cannot be filled: no column 'status'"):
        pv.report.standard("national-6", children)


def test_normalised_weights_give_no_numbers_of_people(children: pv.Survey) -> None:
    (table,) = pv.report.standard("national-3", children, people=PEOPLE)
    assert all(column.kind != "number" for column in table.columns)
    assert any(
        "Number of children in employment (numbers of people need weights that are not normalised)" in note.text
        for note in table.notes
    )


def test_numbers_of_people_stand_beside_rates_where_weights_have_them(workers: pv.Survey) -> None:
    (table,) = pv.report.standard("forced-labour-1", workers, people=PEOPLE, publish=False, rule=None)
    asked = pv.total(workers, "forced_labour", by=["country", "sex"]).select(country="XAA", sex="Male").to_pandas().iloc[0]
    place = next(
        place
        for place, column in enumerate(table.columns)
        if "Number of workers in forced labour" in column.spanners and "Male" in column.spanners and column.kind == "count"
    )
    assert row(table, "Total").cells[place].values[0] == pytest.approx(asked["estimate"], rel=1e-12)


def test_a_chain_must_be_named_and_is_in_the_title(children: pv.Survey) -> None:
    with pytest.raises(OptionError, match="name it with chain="):
        pv.report.standard("supply-chain-3", children)
    (table,) = pv.report.standard("supply-chain-3", children, chain="cocoa", people=PEOPLE)
    assert table.title == "Children in households of the cocoa supply chain"
    assert table.name == "supply-chain-3-cocoa"


@pytest.mark.parametrize(
    ("name", "said"),
    [("mics-pr.3.9", "Did you mean 'mics-pr.3."), ("mic", "Did you mean 'mics'"), ("nationl", "Did you mean 'national'")],
)
def test_unknown_names(children: pv.Survey, name: str, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        pv.report.standard(name, children)


OWN = """
name = "mine"
set = "own"
title = "My table"
people = "children"
rows = ["sex"]
source = "our office"
status = "verified"
[[measures]]
head = "In child labour"
variable = "child_labour"
show = ["estimate", "se"]
"""


def test_a_layout_of_ones_own(children: pv.Survey, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(OWN, encoding="utf-8")
    (table,) = pv.report.standard(tmp_path / "mine.toml", children, people=PEOPLE)
    assert [column.head for column in table.columns] == ["%", "SE"]
    assert [each.label for each in table.rows] == ["Total", "Female", "Male"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('rows = ["sex"]', 'rows = ["sex"]\nacross = "sex"'), "'sex' stands either in rows or across"),
        (('show = ["estimate", "se"]', 'show = ["estimat"]'), "Did you mean 'estimate'"),
        (('variable = "child_labour"\n', ""), "a measure of statistic 'prevalence' needs a variable"),
        (
            ('variable = "child_labour"\n', 'variable = "child_labour"\nstatistic = "difference"\n'),
            "needs one dimension and its two levels",
        ),
        (('show = ["estimate", "se"]', 'show = ["estimate", "p"]'), '"p" is shown of a difference'),
        (
            ('variable = "child_labour"\n', 'variable = "task_*"\nstatistic = "mean"\n'),
            "a family of columns, 'task_\\*', is asked for",
        ),
        (('head = "In child labour"', 'heads = "In child labour"'), "unknown key 'heads'. Did you mean 'head'"),
    ],
)
def test_faults_of_a_layout(children: pv.Survey, tmp_path: Path, change: tuple[str, str], said: str) -> None:
    (tmp_path / "mine.toml").write_text(OWN.replace(*change), encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        pv.report.standard(tmp_path / "mine.toml", children)


def test_layouts_ask_for_known_features_and_rows_once() -> None:
    for each in shells().values():
        assert isinstance(each, Shell)
        assert len(set(each.rows)) == len(each.rows)
        for measure in each.measures:
            assert measure.statistic != "distribution" or measure.variable in {
                *CATEGORIES,
                *LEVELS,
                "sector",
                "status",
                "age_group",
            }
            assert not measure.variable.startswith("exposed_") or measure.variable in INDICATORS


def test_bands_of_hours_end_where_the_next_begin() -> None:
    hours = [0, 0.5, 13, 14, 27, 28, 42, 43, 98, None]
    data = pd.DataFrame({"w": 1.0, "age": 10, "in_employment": 1.0, "economic_hours": hours, "sex": "Female"})
    (table,) = pv.report.standard("national-8", pv.Survey(data, pv.Design(weight="w")), publish=False, rule=None)
    shares = [cell.values[0] for cell in table.rows[0].cells[:4]]
    assert shares == pytest.approx([25, 25, 25, 25], abs=ROUNDING)


def test_withheld_cells_have_no_numbers() -> None:
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"w": 1.0, "sex": np.tile(["Female", "Male"], 100), "area": np.repeat(["Urban", "Rural"], [20, 180])})
    data = data.assign(child_labour=rng.binomial(1, 0.3, 200))
    (table,) = pv.report.standard("national-20", pv.Survey(data, pv.Design(weight="w")))
    urban = row(table, "Urban", "Area")
    assert all(cell.values == () for cell in urban.cells)
    assert urban.cells[0].text not in ("", "30.0")


def test_every_layout_can_be_listed() -> None:
    known = pv.report.standard_tables()
    assert set(known["name"]) == set(shells())
    assert known["source"].str.len().min() > 0
    assert set(known["status"]) == {"verified", "to be verified"}


@pytest.mark.parametrize("code", ["es", "fr", "pt"])
def test_every_fixed_text_is_translated_with_its_fields(code: str) -> None:
    known = translations(code)
    texts = {
        text
        for each in shells().values()
        for text in (each.title, each.subtitle, *each.notes, *(text for m in each.measures for text in (m.head, m.spanner)))
        if text
    }
    levels = set(MAJOR_GROUPS.values()) | {
        "School only",
        "School and work",
        "Work only",
        "Neither",
        "43 or more",
        "21 or more",
        "3 or more",
    }
    levels |= {
        text
        for known in (*FAMILIES.values(), *({name: name for name in names} for names in LEVELS.values()))
        for text in known.values()
    }
    levels |= {PREVIOUS, SAME, DIFFERING, NORMALISED, ABSENT_BEFORE}
    assert sorted((texts | levels) - set(known)) == []
    for mark in ("{chain}", "{round}"):
        assert all((mark in text) == (mark in said) for text, said in known.items())


def test_a_french_table_has_french_heads_labels_marks_and_chain(children: pv.Survey) -> None:
    (table,) = pv.report.standard("supply-chain-3", children, chain="cocoa", people=PEOPLE, language="fr")
    assert table.title == "Enfants des ménages de la chaîne d'approvisionnement\u00a0: cacao"
    assert "Sexe" in table.groups
    assert "," in row(table, "Ensemble" if table.rows[0].label == "Ensemble" else "Total").cells[0].text


@pytest.mark.parametrize("group", ["mics", "national", "supply-chain", "forced-labour"])
def test_snapshots_of_every_set(
    children: pv.Survey, workers: pv.Survey, group: str, snapshot: Callable[[str, str], None]
) -> None:
    """Every standard table as it is printed, from the sample survey."""
    survey = workers if group == "forced-labour" else children
    made = pv.report.standard(group, survey, chain="cocoa", people=PEOPLE)
    snapshot(f"standard-{group}.html", "\n".join(html(table) for table in made))


def test_snapshot_of_sampling_errors(children: pv.Survey, snapshot: Callable[[str, str], None]) -> None:
    found = pv.prevalence(children, ["child_labour", "in_employment"], by=["country", "sex"], margins="sex").select(country="XAA")
    snapshot("sampling-errors.html", "\n".join(html(table) for table in pv.report.sampling_errors(found, domain="sex")))


def test_a_limit_of_hours_that_does_not_exist_is_not_applicable(children: pv.Survey) -> None:
    (table,) = pv.report.standard("mics-pr.3.3", children, people=PEOPLE)
    oldest = row(table, "15-17", "Age group")
    assert [cell.text for cell in oldest.cells[2:4]] == ["n.a.", "n.a."]
    assert all(cell.values == () for cell in oldest.cells[2:4])
    assert next(note.text for note in table.notes if note.mark == "n.a.") == "Not applicable."


def test_heads_are_those_of_the_layout_and_not_labels_of_data(children: pv.Survey) -> None:
    (table,) = pv.report.standard("mics-pr.3.4", children, people=PEOPLE)
    assert [column.head for column in table.columns[:2]] == ["Economic activities", "Household chores"]
    (spanish,) = pv.report.standard("national-3", children, people=PEOPLE, language="es")
    assert "Porcentaje de ocupados" in spanish.columns[0].spanners


def test_people_who_are_not_there_are_one_clear_error(children: pv.Survey) -> None:
    with pytest.raises(ColumnError, match="Did you mean 'country'"):
        pv.report.standard("national-11", children, people={"contry": "XAA"})
    with pytest.raises(DataError, match="country 'ZZZ' has none"):
        pv.report.standard("national-11", children, people={"country": "ZZZ"})


def test_tables_stand_in_the_order_of_their_numbers() -> None:
    numbers = pv.report.standard_tables().query("set == 'supply-chain'")["number"].tolist()
    assert numbers == ["SC.1", "SC.2", "SC.2n", "SC.3", "SC.4", "SC.5", "SC.6", "SC.7", "SC.8", "SC.9", "SC.10", "SC.11"]
