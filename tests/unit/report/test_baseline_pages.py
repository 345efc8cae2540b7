"""Pages of baselines: what they must say, and that texts of the user cannot break them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.report.baseline_pages import change_page, progress_page, record_page


def baseline(year: int, rate: float, **said: str) -> pv.baseline.Baseline:
    rng = np.random.default_rng(year)
    rows = pd.DataFrame({"w": 50.0, "ea": np.repeat(np.arange(50), 20) + 1000 * year, "sex": np.tile(["Female", "Male"], 500)})
    survey = pv.Survey(rows.assign(child_labour=rng.binomial(1, rate, 1000)), pv.Design(weight="w", psu="ea"))
    facts = {"definition": "sdg-8.7.1", "universe": "all children <5-17>", "reference_period": "week", **said}
    return pv.baseline.create(survey, "child_labour", base_year=year, by="sex", goal={"target": 0.1, "year": 2030}, **facts)


@pytest.fixture(scope="module")
def rounds() -> tuple[pv.baseline.Baseline, pv.baseline.Baseline]:
    return baseline(2016, 0.3), baseline(2024, 0.2)


def test_a_record_says_what_was_measured_and_escapes_it(rounds: tuple[pv.baseline.Baseline, ...]) -> None:
    page = record_page(rounds[0])
    assert "all children &lt;5-17&gt;" in page
    assert "<5-17>" not in page
    assert "10.0% by 2030" in page
    rate = rounds[0].record.cells[-1].rate.estimate
    assert rate is not None
    assert f"{100 * rate:.1f}%" in page
    assert "nan" not in page


def test_withheld_cells_say_why(rounds: tuple[pv.baseline.Baseline, ...]) -> None:
    page = record_page(rounds[0].withhold(["withheld: 1-4 cases", "", ""]))
    assert "1 cell is withheld, with the reason." in page
    assert "withheld: 1-4 cases" in page


def test_a_change_has_rates_numbers_a_figure_and_a_joint_test(rounds: tuple[pv.baseline.Baseline, ...]) -> None:
    change = pv.baseline.change(*rounds, samples="independent", cells={"sex": ["Female", "Male"]})
    page = change_page(change, title="Change")
    assert page.count("<h2>") == 2
    assert "<svg" in page
    assert f"F({change.test().rank}, " in page
    assert "nan" not in page


def test_a_forced_comparison_is_flagged() -> None:
    change = pv.baseline.change(
        baseline(2016, 0.3, respondent="child"),
        baseline(2024, 0.2, respondent="proxy"),
        samples="independent",
        force=["respondent"],
    )
    page = change_page(change)
    assert "Compared although the series has a break" in page
    assert "respondent differs" in page


def test_progress_has_its_classes_with_probabilities(rounds: tuple[pv.baseline.Baseline, ...]) -> None:
    series = pv.baseline.round_series(rounds, samples="independent")
    found = pv.baseline.progress(series.years, series.values, covariance=series.covariance, target=0.1)
    page = progress_page(series, found, target=0.1, ending=None, drift=0.0)
    assert "Target achieved" in page
    assert f">{100 * found.probability[2]:.1f}<" in page
    assert "plug-in, not predictive" in page
