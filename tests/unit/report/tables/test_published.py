"""What is rounded, weighted or withheld for publication, as a table prints it; the words of each case."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report.tables.grid import Cell, Table
from prevalence.report.tables.notes import letters_of
from prevalence.report.tables.printed import Meaning, Printed


def survey_of(design: pv.Design | None = None, **columns: object) -> pv.Survey:
    return pv.Survey(pd.DataFrame({"w": 1.0, **columns}), design or pv.Design(weight="w"))


def cells(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def notes(table: Table) -> str:
    return "\n".join(f"{note.mark} {note.text}".strip() for note in table.notes)


@pytest.fixture(scope="module")
def columns() -> dict[str, object]:
    return {"area": ["a", "b"] * 200, "child_labour": ([0.0] * 3 + [1.0]) * 100}


@pytest.fixture(scope="module")
def estimates(columns: dict[str, object]) -> Estimates:
    return pv.prevalence(survey_of(**columns), "child_labour", by="area")


def test_contrasts_of_shares_are_points_with_their_sign_and_have_no_counts(estimates: Estimates) -> None:
    made = pv.report.table(estimates.contrast([[1, -1]], labels=["a less b"]), reasons=[""])
    assert [column.head for column in made.columns] == ["points", "95% interval"]
    assert made.rows[0].cells[0].text == "−50.0"
    assert "Difference in percentage points" in notes(made)
    assert "Percent of people" not in notes(made)


def test_decimals_of_the_rules_of_disclosure_win(estimates: Estimates) -> None:
    def printed(decimals: int, asked: int | None = None, show: str = "se") -> list[str]:
        shown = pv.report.published(estimates, ["", ""], rules=pv.report.Disclosure(decimals=decimals))
        return cells(pv.report.table(shown, decimals=asked, show=show))[1]

    assert printed(0) == ["50", "4"]
    assert printed(0, 3) == ["50", "4"]
    assert printed(2) == ["50.00", "3.54"]
    assert printed(2, 1) == ["50.0", "3.54"]


def test_rounded_numbers_of_people_keep_an_error_above_zero_and_an_interval_that_is_no_point(columns: dict[str, object]) -> None:
    number = pv.total(survey_of(**columns), "child_labour", by="area")
    shown = pv.report.published(number, ["", ""], rules=pv.report.Disclosure(round_people=100))
    made = pv.report.table(shown, show="ci|se", rule=None)
    assert number.numbers.se[1] == pytest.approx(8.67, abs=0.01)
    assert cells(made)[1] == ["100", "[0, 200]", "8.7"]
    assert made.rows[1].cells[2].values == (8.7,)
    assert "Numbers of people are rounded to the nearest 100." in notes(made)


def test_columns_that_would_tell_rounded_counts_are_left_out_and_named(estimates: Estimates) -> None:
    rules = pv.report.Disclosure(round_counts=10, round_people=100, decimals=1)
    made = pv.report.table(pv.report.published(estimates, ["", ""], rules=rules), show="cv|n|deff")
    assert [column.head for column in made.columns] == ["%", "n"]
    assert "Not shown, since with it rounded counts could be worked out: CV (%), deff." in notes(made)
    assert "Cannot be estimated" not in notes(made)


def test_weighted_counts_are_rounded_as_what_they_tell(columns: dict[str, object]) -> None:
    """400 rows of weight 1.37 are 548: to the base of people where they are people, else to that of counts; left out where they would tell people."""
    rules = pv.report.Disclosure(round_counts=10, round_people=100, decimals=1)

    def made(**scale: object) -> Table:
        survey = survey_of(pv.Design(weight="w", **scale), **{**columns, "w": 1.37})
        found = pv.prevalence(survey, "child_labour")
        return pv.report.table(pv.report.published(found, [""], rules=rules), show="weighted|n")

    expanding, normalised = made(), made(weight_scale="normalised")
    assert expanding.rows[0].cells[1].values == (500.0,)
    assert normalised.rows[0].cells[1].values == (550.0,)
    assert "Weighted counts are rounded to the nearest 10 too." in notes(normalised)
    assert "Weighted counts are rounded" not in notes(expanding)
    told = made(weight_scale="normalised", population=1e6)
    assert [column.head for column in told.columns] == ["%", "n"]
    assert "could be worked out: weighted n." in notes(told)


def test_normalised_weights_have_numbers_of_people_only_if_somebody_said_how_many(columns: dict[str, object]) -> None:
    known = pv.Design(weight="w", weight_scale="normalised", population=1_000_000)
    told = pv.report.table(pv.prevalence(survey_of(known, **columns), "child_labour", by="area"), show="n|population")
    assert [column.head for column in told.columns] == ["%", "n", "population"]
    assert "500,000" in cells(told)[1]
    assert "weighted n =" not in notes(told)
    assert "1,000,000 people" in told.facts["Weights"]
    unknown = pv.Design(weight="w", weight_scale="normalised")
    bare = pv.report.table(pv.prevalence(survey_of(unknown, **columns), "child_labour", by="area"), show="n|population")
    assert [column.head for column in bare.columns] == ["%", "n"]
    counted = pv.report.table(pv.prevalence(survey_of(unknown, **columns), "child_labour", by="area"), show="n|weighted")
    assert [column.head for column in counted.columns] == ["%", "n", "weighted n"]
    assert "weighted n = sum of normalised weights" in notes(counted)
    assert "no numbers of people" in bare.facts["Weights"]


def test_letters_of_footnotes_are_no_symbols_in_parentheses() -> None:
    """A footnote c beside the symbol (c) would be read as one."""
    cell, hidden = Cell(text="1", values=(1.0,)), Meaning("(c)", "withheld", "to protect people")
    read = [Printed(cells=(cell,), remarks=((remark,),)) for remark in ("first", "second", "third")]
    letters = letters_of([Printed(cells=(Cell(text="(c)"),), meanings=(hidden,), remarks=((),)), *read])
    assert letters == {"first": "a", "second": "b", "third": "d"}


def test_a_name_with_a_hyphen_is_one_indicator_and_a_comparison_two() -> None:
    data = {"area": ["a", "b"] * 60, "cl/a - b": [0.0, 0.0, 1.0] * 40, "x": [0.0, 1.0] * 60}
    alone = pv.prevalence(survey_of(**data), "cl/a - b", by="area")
    assert "No definition is recorded for: Cl/a - b." in notes(pv.report.table(alone))
    both = pv.prevalence(survey_of(area=data["area"], x=data["x"], y=data["cl/a - b"]), ["x", "y"])
    gap = both.difference("indicator", "x", "y")
    assert "No definition is recorded for: X, Y." in notes(pv.report.table(gap))


def test_what_would_be_withheld_is_said_at_each_rule(table: Estimates) -> None:
    made = pv.report.table(table, publish=False, rule=["mics", "ilo"])
    would = [note.mark for note in made.notes if note.text.startswith("Would be withheld: based on")]
    garment = next(row for row in made.rows if row.label == "Garment")
    assert len(would) == 1
    assert [would[0] in cell.marks for cell in garment.cells[:2]] == [True, True]


def test_levels_that_differ_in_the_data_differ_in_print() -> None:
    survey = survey_of(school_type=["State", "a_b", "A b"] * 40, child_labour=[0.0, 1.0, 1.0] * 40)
    made = pv.report.table(pv.prevalence(survey, "child_labour", by="school_type"), language="fr")
    assert sorted(row.label for row in made.rows) == ["A b", "State", "a_b"]
    assert np.unique([row.label for row in made.rows]).size == len(made.rows)


@pytest.mark.parametrize("figure", ["age_profile", "definitions", "dots", "excess", "gap", "heat_map", "pyramid"])
def test_figures_say_that_estimates_are_drawn_whole(figure: str) -> None:
    assert "Give ``pv.report.published(estimates)`` for publication" in str(getattr(pv.plot, figure).__doc__)
