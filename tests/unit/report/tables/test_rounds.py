"""Records, changes and progress as tables: their figures are those of the objects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv


def baseline(year: int, rate: float) -> pv.baseline.Baseline:
    rng = np.random.default_rng(year)
    rows = pd.DataFrame({"w": 50.0, "ea": np.repeat(np.arange(50), 20) + 1000 * year, "sex": np.tile(["Female", "Male"], 500)})
    survey = pv.Survey(rows.assign(child_labour=rng.binomial(1, rate, 1000)), pv.Design(weight="w", psu="ea"))
    facts = {"definition": "sdg-8.7.1", "universe": "all children 5-17", "reference_period": "week"}
    return pv.baseline.create(survey, "child_labour", base_year=year, by="sex", goal={"target": 0.1, "year": 2030}, **facts)


@pytest.fixture(scope="module")
def rounds() -> tuple[pv.baseline.Baseline, pv.baseline.Baseline]:
    return baseline(2016, 0.3), baseline(2024, 0.2)


def test_a_record_has_rates_in_percent_and_people(rounds: tuple[pv.baseline.Baseline, ...]) -> None:
    table = pv.report.baseline_table(rounds[0])
    found = rounds[0].to_pandas()
    names = [column.name for column in table.columns]
    everyone = next(row for row in table.rows if row.total)
    expected = found[found["sex"] == "All"].iloc[0]
    assert everyone.cells[names.index("rate")].values[0] == pytest.approx(100 * expected["rate"], rel=1e-12)
    assert everyone.cells[names.index("number")].values[0] == pytest.approx(expected["number"], rel=1e-12)
    assert everyone.cells[names.index("rate_interval")].values == pytest.approx(
        (100 * expected["rate_ci_low"], 100 * expected["rate_ci_high"]), rel=1e-12
    )


def test_withheld_cells_have_no_figure_and_a_reason(rounds: tuple[pv.baseline.Baseline, ...]) -> None:
    table = pv.report.baseline_table(rounds[0].withhold(["withheld: 1-4 cases", "", ""]))
    hidden = table.rows[0]
    assert all(cell.values == () for cell in hidden.cells)
    assert hidden.cells[-1].text == "withheld: 1-4 cases"


def test_a_change_has_signs_and_the_relative_change(rounds: tuple[pv.baseline.Baseline, ...]) -> None:
    change = pv.baseline.change(*rounds, samples="independent", cells={"sex": ["Female", "Male"]})
    rates, numbers = pv.report.change_tables(change)
    names = [column.name for column in rates.columns]
    for place, row in enumerate(rates.rows):
        assert row.cells[names.index("change")].values[0] == pytest.approx(100 * change.change[place], rel=1e-12)
        assert row.cells[names.index("change")].text.startswith("−")
    shown = [column.name for column in numbers.columns]
    parts = [numbers.rows[0].cells[shown.index(name)].values[0] for name in ("population", "rate", "change")]
    assert parts[0] + parts[1] == pytest.approx(parts[2], rel=1e-9)


def test_progress_has_rounds_and_classes_that_add_up(rounds: tuple[pv.baseline.Baseline, ...]) -> None:
    series = pv.baseline.round_series(rounds, samples="independent")
    found = pv.baseline.progress(series.years, series.values, covariance=series.covariance, target=0.1)
    years, classes = pv.report.progress_tables(series, found)
    assert [row.label for row in years.rows] == ["2016", "2024"]
    assert sum(row.cells[0].values[0] for row in classes.rows) == pytest.approx(100, abs=1e-6)


def test_tables_of_rounds_speak_french(rounds: tuple[pv.baseline.Baseline, ...]) -> None:
    change = pv.baseline.change(*rounds, samples="independent", cells={"sex": ["Female", "Male"]})
    rates = pv.report.change_tables(change, language="fr")[0]
    assert rates.language == "fr"
    assert "," in rates.rows[0].cells[0].text
    assert rates.columns[2].head != "Change, points"
