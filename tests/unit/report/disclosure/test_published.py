"""What is really published: withheld rows have no number at all, rounded ones are multiples of their base."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report import published
from prevalence.report.disclosure._published import to_base
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


def test_halves_go_away_from_zero() -> None:
    np.testing.assert_array_equal(to_base(np.array([5.0, -5.0, 4.9, 15.0]), 10), [10, -10, 0, 20])
