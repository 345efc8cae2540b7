"""What all rows of a table share: its subtitle says it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.estimates import Estimates


@pytest.fixture(scope="module")
def survey() -> pv.Survey:
    random = np.random.default_rng(7)
    size = 1200
    people = pd.DataFrame(
        {
            "w": 1.0,
            "psu": random.integers(0, 60, size),
            "area": random.choice(["Rural", "Urban"], size),
            "sex": random.choice(["Female", "Male"], size),
            "child_labour": (random.uniform(size=size) < 0.2).astype(float),
            "hours": random.gamma(3, 5, size),
        }
    )
    return pv.Survey(people, pv.Design(weight="w", psu="psu"))


@pytest.fixture(scope="module")
def estimates(survey: pv.Survey) -> Estimates:
    return pv.prevalence(survey, "child_labour", by=["area", "sex"], margins=True)


def subtitle(*given: Estimates, **options: object) -> str:
    return pv.report.table(list(given), **options).subtitle


def test_a_selected_level_and_the_sides_of_a_difference_are_named(estimates: Estimates) -> None:
    urban = estimates.select(area="Urban")
    assert subtitle(urban) == "Area: Urban"
    assert subtitle(urban.select(sex="All"), language="fr") == "Milieu de résidence\u00a0: Urbain"
    assert subtitle(estimates.select(sex="All").difference("area", "Urban", "Rural")) == "Area: Urban − Rural"
    assert subtitle(urban.select(sex="All"), rows="area") == "Child labour"


def test_a_statistic_that_no_head_tells_is_named_with_its_indicator(survey: pv.Survey, estimates: Estimates) -> None:
    assert subtitle(pv.mean(survey, "hours", by="area")) == "Hours; Mean"
    assert subtitle(pv.mean(survey, "hours", by="area"), title="Hours of work") == "Mean"
    assert subtitle(pv.quantile(survey, "hours", 0.5, by="area")) == "Hours; Quantile 0.5"
    assert subtitle(pv.quantile(survey, "hours", 0.5, by="area"), language="es").endswith("0,5")
    assert subtitle(pv.quantile(survey, "hours", [0.25, 0.5], by="area")) == "Hours; Quantile"
    both = {"Female": 1.0, "Male": 1.0}
    assert subtitle(estimates.select(sex=["Female", "Male"]).standardised("sex", both)) == "Child labour; Standardised"


def test_what_heads_rows_title_or_definition_say_is_not_said_again(estimates: Estimates, table: Estimates) -> None:
    assert subtitle(estimates, title="Child labour by area and sex") == ""
    assert subtitle(estimates) == "Child labour"
    assert subtitle(estimates, rows=["indicator", "area"]) == ""
    assert subtitle(table) == ""
    assert subtitle(table, table.difference("sex", "Female", "Male")) == ""


def test_tables_side_by_side_say_what_they_share_and_what_one_has(survey: pv.Survey, estimates: Estimates) -> None:
    urban = estimates.select(area="Urban")
    assert subtitle(urban, urban.difference("sex", "Female", "Male"), title="Child labour") == "Area: Urban"
    mean = pv.mean(survey, "hours", by="area")
    number = pv.total(survey, "child_labour", by="area")
    assert subtitle(number, mean, rows="area", columns=[]) == "Total: Child labour; Mean: Hours"
