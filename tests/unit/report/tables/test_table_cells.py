"""Every cell of a table against the estimates, formatted here anew, for all that can be shown and every way to place dimensions."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report.tables.grid import Cell, Table

ALONE = ("ci", "se", "cv", "n", "cases", "deff", "deft", "df", "weighted", "population")
SHOWS = [(), *((name,) for name in ALONE), *combinations(ALONE, 2), ALONE]
PLACES = [
    (None, None),
    (["area"], ["sex"]),
    (["sex"], ["area"]),
    (["area", "sex"], []),
    (["sex", "area"], ["indicator"]),
    (["indicator", "area"], ["sex"]),
    (["indicator"], ["sex", "area"]),
]
DECIMALS = {"estimate": 1, "se": 2, "cv": 1, "n": 0, "cases": 0, "deff": 2, "deft": 2, "df": 0, "weighted": 0, "population": 0}


@pytest.fixture(scope="module")
def estimates() -> Estimates:
    random = np.random.default_rng(7)
    size = 1200
    people = pd.DataFrame(
        {
            "w": random.uniform(1, 400, size),
            "psu": random.integers(0, 60, size),
            "area": random.choice(["Rural", "Urban"], size),
            "sex": random.choice(["Female", "Male"], size),
            "child_labour": (random.uniform(size=size) < 0.2).astype(float),
        }
    )
    return pv.prevalence(pv.Survey(people, pv.Design(weight="w", psu="psu")), "child_labour", by=["area", "sex"], margins=True)


def rounded(value: float, decimals: int) -> str:
    """Return a number in English with a true minus, by way of integers."""
    units = round(abs(value) * 10**decimals)
    whole, part = divmod(units, 10**decimals)
    text = f"{whole:,}" + (f".{part:0{decimals}d}" if decimals else "")
    return f"−{text}" if value < 0 and units else text


def expected(row: pd.Series, what: str) -> tuple[str, tuple[float, ...]]:
    if what == "ci":
        limits = 100 * row["ci_low"], 100 * row["ci_high"]
        return f"[{rounded(limits[0], 1)}, {rounded(limits[1], 1)}]", limits
    value = math.sqrt(row["deff"]) if what == "deft" else row[what] * (100 if what in ("estimate", "se", "cv") else 1)
    return rounded(value, DECIMALS[what]), (value,)


def cells_by_place(table: Table) -> dict[tuple[tuple[str, ...], str], Cell]:
    """Return the cells by the labels that lead to them, and what they show."""
    found = {}
    for row in table.rows:
        for column, cell in zip(table.columns, row.cells, strict=True):
            labels = [*row.group.split(" · "), row.label, *column.spanners]
            found[tuple(sorted(filter(None, labels))), column.name.partition("_")[2]] = cell
    return found


@pytest.mark.parametrize("show", SHOWS, ids="|".join)
@pytest.mark.parametrize(("rows", "columns"), PLACES)
def test_every_cell_is_its_estimate(
    estimates: Estimates, rows: list[str] | None, columns: list[str] | None, show: tuple[str, ...]
) -> None:
    table = pv.report.table(estimates, rows=rows, columns=columns, show="|".join(show), reasons=[""] * len(estimates))
    found = cells_by_place(table)
    named = "indicator" in [*(rows or ()), *(columns or ())]
    data = estimates.to_pandas()
    assert len(found) == sum(len(row.cells) for row in table.rows) == len(data) * (1 + len(show))
    for _, row in data.iterrows():
        labels = tuple(sorted([row["area"], row["sex"], *(["Child labour"] if named else [])]))
        for what in ("estimate", *show):
            text, values = expected(row, what)
            cell = found[labels, "estimate0" if what == "estimate" else what]
            assert cell.text == text
            assert cell.values == pytest.approx(values, rel=1e-12)


@pytest.mark.parametrize("rule", [each.name for each in pv.report.rules()])
def test_the_table_prints_what_each_rule_displays(rule: str) -> None:
    """Over domains of 1 to 400 observations and shares from 0 to 1; the rule's own text is the one of `reliability`."""
    random = np.random.default_rng(11)
    sizes = [1, 3, 6, 14, 20, 24, 25, 31, 49, 50, 64, 100, 150, 250, 400]
    domains = [f"d{size}-{share}" for size in sizes for share in (0, 3, 30, 100)]
    rows = [
        (domain, size, share)
        for domain, (size, share) in zip(domains, ((s, p) for s in sizes for p in (0, 3, 30, 100)), strict=True)
    ]
    people = pd.DataFrame(
        [
            {
                "domain": domain,
                "psu": place % 40,
                "w": random.uniform(1, 9),
                "child_labour": float(random.uniform(0, 100) < share),
            }
            for domain, size, share in rows
            for place in range(size)
        ]
    )
    estimates = pv.prevalence(pv.Survey(people, pv.Design(weight="w", psu="psu")), "child_labour", by="domain")
    table = pv.report.table(estimates, rule=rule, reasons=[""] * len(estimates), show="")
    verdict = pv.report.reliability(estimates, rule).verdicts[0]
    assert [row.cells[0].text for row in table.rows] == list(verdict.displays)
    assert [row.cells[0].values == () for row in table.rows] == list(verdict.withheld)
    bare = [symbol.replace(" ", "") for symbol in verdict.symbols]
    beside = ["".join((*row.cells[0].marks, row.cells[0].text)).replace(" ", "") for row in table.rows]
    assert all(set(symbol) <= set(shown) for symbol, shown in zip(bare, beside, strict=True))


def test_rows_and_columns_are_in_the_order_of_the_levels(estimates: Estimates) -> None:
    table = pv.report.table(estimates, rows=["sex", "area"])
    assert [(row.group, row.label, row.total) for row in table.rows] == [
        (sex, area, area == "All") for sex in ("Female", "Male", "All") for area in ("Rural", "Urban", "All")
    ]
    across = pv.report.table(estimates, columns=["sex", "area"], rows=["indicator"], show="")
    assert [column.spanners for column in across.columns] == [
        (sex, area) for sex in ("Female", "Male", "All") for area in ("Rural", "Urban", "All")
    ]


def test_columns_of_one_table_have_as_many_spanners_and_names_of_their_own(estimates: Estimates) -> None:
    table = pv.report.table([estimates, estimates.difference("sex", "Female", "Male")])
    assert {len(column.spanners) for column in table.columns} == {1}
    assert len({column.name for column in table.columns}) == len(table.columns)


def test_numbers_of_people_are_whole_and_means_are_no_percent() -> None:
    people = pd.DataFrame(
        {"w": 250.0, "area": ["a", "b"] * 100, "child_labour": [1.0, 0.0, 0.0, 0.0] * 50, "hours": [10.0, 25.0] * 100}
    )
    survey = pv.Survey(people, pv.Design(weight="w"))
    (count, *_) = pv.report.table(pv.total(survey, "child_labour", by="area"), show="").rows[0].cells
    (mean, *_) = pv.report.table(pv.mean(survey, "hours", by="area"), show="").rows[0].cells
    assert (count.text, count.values) == ("12,500", (12500.0,))
    assert (mean.text, mean.values) == ("10.0", (10.0,))
    assert pv.report.table(pv.mean(survey, "hours", by="area"), show="", decimals=3).rows[0].cells[0].text == "10.000"


def test_dimensions_that_no_row_crosses_stand_one_below_the_other_after_everyone() -> None:
    people = pd.DataFrame(
        {"w": 1.0, "area": ["Urban", "Rural"] * 120, "region": ["N", "S", "E"] * 80, "child_labour": ([0.0] * 4 + [1.0]) * 48}
    )
    estimates = pv.prevalence(pv.Survey(people, pv.Design(weight="w")), "child_labour", by=[["area"], ["region"]], margins=True)
    table = pv.report.table(estimates)
    assert [(row.group, row.label, row.total) for row in table.rows] == [
        ("", "All", True),
        ("Area", "Rural", False),
        ("Area", "Urban", False),
        ("Region", "E", False),
        ("Region", "N", False),
        ("Region", "S", False),
    ]
    assert [row.cells[2].values for row in table.rows] == [(240.0,), (120.0,), (120.0,), (80.0,), (80.0,), (80.0,)]


def test_p_values_are_of_comparisons_alone(estimates: Estimates) -> None:
    gap = estimates.difference("sex", "Male", "Female")
    table = pv.report.table(gap, show=["ci", "p"], rule=None, publish=False)
    found = [cell for row in table.rows for cell, column in zip(row.cells, table.columns, strict=True) if column.head == "p"]
    assert [cell.values[0] for cell in found] == pytest.approx(gap.tests().p_value.tolist(), rel=1e-12)
    assert all(cell.text == ("<0.001" if cell.values[0] < 0.001 else rounded(cell.values[0], 3)) for cell in found)
    assert any("p = p-value of the t test" in note.text for note in table.notes)
    assert all(column.head != "p" for column in pv.report.table(estimates, show="p", rule=None).columns)


def test_small_p_values_are_less_than_the_least_printed() -> None:
    rows = pd.DataFrame({"w": 1.0, "psu": [i % 50 for i in range(400)], "sex": ["Female"] * 200 + ["Male"] * 200})
    rows["child_labour"] = [float(i % 10 == 0) for i in range(200)] + [float(i % 2) for i in range(200)]
    found = pv.prevalence(pv.Survey(rows, pv.Design(weight="w", psu="psu")), "child_labour", by="sex")
    table = pv.report.table(found.difference("sex", "Male", "Female"), show="p", rule=None, publish=False, language="fr")
    assert table.rows[0].cells[-1].text == "<0,001"
