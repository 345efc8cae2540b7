"""Records, changes and progress as tables: their figures are those of the objects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.report.tables.grid import Table
from prevalence.report.tables.language import language as read_language
from prevalence.report.tables.rounds import _p_values


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


def figures(table: Table) -> dict[str, list[tuple[float, ...]]]:
    """Return the values of each column, one tuple a row."""
    return {column.name: [row.cells[place].values for row in table.rows] for place, column in enumerate(table.columns)}


def test_every_column_of_a_change_is_that_of_the_object() -> None:
    change = pv.baseline.change(baseline(2016, 0.2), baseline(2024, 0.25), samples="independent", adjust="holm")
    rates, numbers = pv.report.change_tables(change)
    found = figures(rates)
    for name in ("old", "new", "change", "se", "relative"):
        assert found[name] == [(pytest.approx(100 * value),) for value in getattr(change, name)]
    for name, low, high in (("interval", "low", "high"), ("relative_interval", "relative_low", "relative_high")):
        limits = zip(getattr(change, low), getattr(change, high), strict=True)
        assert found[name] == [(pytest.approx(100 * one), pytest.approx(100 * other)) for one, other in limits]
    heads = [column.name for column in rates.columns]
    texts = {name: [row.cells[heads.index(name)].text for row in rates.rows] for name in ("change", "p", "p_adjusted")}
    assert texts["change"] == [f"+{100 * value:.1f}" for value in change.change]
    for name, values in (("p", change.p_value), ("p_adjusted", change.p_adjusted)):
        assert texts[name] == ["<0.001" if value < 0.001 else f"{value:.3f}" for value in values]
    assert texts["p"] != texts["p_adjusted"]
    found = figures(numbers)
    of_object = {"old": change.number_old, "new": change.number_new, "change": change.number_change, "se": change.number_se}
    of_object |= {"population": change.population_effect, "rate": change.prevalence_effect}
    for name, values in of_object.items():
        assert found[name] == [(pytest.approx(value),) for value in values]


def test_a_p_value_of_a_thousandth_is_not_below_it() -> None:
    assert _p_values(np.array([0.001, 0.00099, np.nan]), read_language("en")) == ("0.001", "<0.001", "")


def test_rounds_of_numbers_are_people(rounds: tuple[pv.baseline.Baseline, ...]) -> None:
    series = pv.baseline.round_series(rounds, of="number", samples="independent")
    found = pv.baseline.progress(series.years, series.values, covariance=series.covariance, target=series.values[0] / 2)
    years, _ = pv.report.progress_tables(series, found)
    assert figures(years)["value"] == [(pytest.approx(value),) for value in series.values]


def test_cells_without_anybody_are_no_rows_and_the_last_dimension_names_a_row() -> None:
    """Nobody in the north is a boy."""
    rows = pd.DataFrame({"w": 1.0, "region": ["North"] * 40 + ["South"] * 80, "sex": ["Female"] * 40 + ["Female", "Male"] * 40})
    survey = pv.Survey(rows.assign(child_labour=np.arange(120) % 3 == 0), pv.Design(weight="w"))
    facts = {"definition": "sdg-8.7.1", "universe": "all children 5-17", "reference_period": "week"}
    record = pv.baseline.create(survey, "child_labour", base_year=2024, by=["region", "sex"], margins=False, **facts)
    found = [(row.group, row.label) for row in pv.report.baseline_table(record).rows]
    assert found == [("North", "Female"), ("South", "Female"), ("South", "Male")]
