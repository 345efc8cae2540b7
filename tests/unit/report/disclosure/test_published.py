"""What is really published: withheld rows have no number at all, rounded ones are multiples of their base."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report import published
from prevalence.report.disclosure._published import to_base, to_digits
from prevalence.report.disclosure.rules import Disclosure

ROUNDED = Disclosure(round_counts=10, round_people=100, decimals=1)


@pytest.fixture
def survey() -> pv.Survey:
    rows = {"w": 13.0, "sex": ["Female"] * 63 + ["Male"] * 74, "child_labour": [1.0] * 3 + [0.0] * 60 + [1.0] * 37 + [0.0] * 37}
    return pv.Survey(pd.DataFrame(rows), pv.Design(weight="w"))


@pytest.fixture
def table(survey: pv.Survey) -> Estimates:
    return pv.prevalence(survey, "child_labour", by="sex", margins=True)


def test_a_withheld_row_has_no_number_of_any_kind(table: Estimates) -> None:
    shown = published(table)
    numbers = {name: values for name, values in shown.columns().items() if isinstance(values, np.ndarray)}
    counts = {"deff", "df", "n", "cases", "missing", "n_psu", "weighted", "population"}
    assert {"estimate", "se", "ci_low", "ci_high", "cv"} | counts == set(numbers)
    assert all(np.isnan(values[shown.hidden]).all() for values in numbers.values())
    assert shown.hidden.tolist() == [True, True, False]


def test_the_text_of_a_withheld_row_does_not_say_why(table: Estimates) -> None:
    assert published(table).columns()["flag"][:2] == ["withheld: to protect people"] * 2


def test_rounding(table: Estimates) -> None:
    """137 observations, 40 cases, 1,781 people, 29.197 percent."""
    columns = published(table, rules=ROUNDED).columns()
    assert [columns[name][2] for name in ("n", "cases", "population")] == [140, 40, 1800]
    np.testing.assert_allclose(columns["estimate"][2], 0.292, rtol=1e-12)
    assert np.isnan(columns["deff"][2])


def test_rounding_changes_no_estimate(table: Estimates) -> None:
    shown = published(table, rules=ROUNDED)
    np.testing.assert_array_equal(shown.estimates.numbers.n, [63, 74, 137])


def test_totals_are_numbers_of_people(survey: pv.Survey) -> None:
    """40 cases of weight 13 are 520."""
    columns = published(pv.total(survey, "child_labour"), rules=ROUNDED).columns()
    assert columns["estimate"][0] == 500


def test_a_rounded_number_keeps_an_error_above_zero_and_an_interval_that_is_no_point(survey: pv.Survey) -> None:
    """An error rounded to the base of the number would be 0 or wrong by half of it; limits go outwards."""
    number = pv.total(survey, "child_labour", by="sex")
    exact, columns = number.columns(), published(number, ("", ""), rules=Disclosure(round_people=1000)).columns()
    for name, values in columns.items():
        if name in ("estimate", "se", "ci_low", "ci_high"):
            assert not np.isnan(values).any()
    np.testing.assert_allclose(columns["se"], exact["se"], rtol=0.05)
    assert (columns["se"] > 0).all()
    assert (columns["ci_low"] <= exact["ci_low"]).all()
    assert (columns["ci_high"] >= exact["ci_high"]).all()
    assert (columns["ci_high"] > columns["ci_low"]).all()
    assert {value % 1000 for name in ("estimate", "ci_low", "ci_high") for value in columns[name]} == {0.0}


def test_tables_and_files_round_alike(survey: pv.Survey) -> None:
    shown = published(pv.total(survey, "child_labour", by="sex"), ("", ""), rules=Disclosure(round_people=1000))
    columns = shown.columns()
    for place, row in enumerate(pv.report.table(shown, rows=["sex"], show="ci|se", rule=None).rows):
        values = [value for cell in row.cells for value in cell.values]
        assert values == [columns[name][place] for name in ("estimate", "ci_low", "ci_high", "se")]


def test_errors_have_two_digits() -> None:
    np.testing.assert_array_equal(to_digits(np.array([1249.0, 0.0456, 0.0, np.nan])), [1200.0, 0.046, 0.0, np.nan])


def test_halves_go_away_from_zero() -> None:
    np.testing.assert_array_equal(to_base(np.array([5.0, -5.0, 4.9, 15.0]), 10), [10, -10, 0, 20])
