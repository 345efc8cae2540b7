"""Every number against R `survey` 4.1-1; the scripts that wrote the numbers stand beside this file."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from export_sample import sample_children
from scipy.special import stdtrit

import prevalence as pv
import reference
from prevalence.estimates import Estimates
from prevalence.survey import Family
from reference import Domain, Row

TAYLOR = 1e-12
"""Same formula, other order of summation: estimates and standard errors, relative to their scale (DESIGN section 7)."""

ITERATED = 1e-3
"""R finds the limits of ``likelihood`` by interpolating a profile; ours are exact roots (DESIGN section 7)."""

PROFILED = 5
"""With fewer rows R's profile ends (10 steps) before it reaches the limit."""

INTERVAL = 1e-10
"""Limits pass through t, logit or beta functions of another library."""

NO_SPREAD = 1e-12
"""Where the exact standard error is 0 R leaves noise; ratios with it (deff, limits) mean nothing."""

EXCLUDED = "a domain without rows, which R gives as mean 0"
POINTS = ("prevalence", "mean", "total", "ratio")


def comparable(row: Row) -> bool:
    if row.statistic in POINTS:
        return row.n > 0
    return all(has_members(row, side) for side in (row.a_in, row.b_in))


def has_members(row: Row, side: Domain) -> bool:
    rows = reference.data(row.data)
    inside = rows[row.arguments.weight].gt(0) & rows[list(row.variables)].notna().all(axis=1)
    for name, wanted in {**row.domain, **side}.items():
        inside &= rows[name] == wanted
    return bool(inside.any())


ROWS = [row for table in reference.TABLES for row in reference.rows(table) if comparable(row)]


@cache
def survey(design: str, table: str) -> pv.Survey:
    row = next(row for row in reference.rows(table) if row.design == design)
    used = row.arguments
    rows = reference.data(row.data)
    chains = {name: name for name in rows.columns if name.startswith("chain_")}
    family = Family(name="supply_chain", members=chains, exposure="household", denominator="people of the chain")
    return pv.Survey(
        rows,
        pv.Design(
            weight=used.weight,
            stratum=used.stratum,
            psu=used.psu,
            fpc=used.fpc,
            lonely_psu=used.lonely_psu,
            lonely_domains=used.lonely_domains,
            df_rule="own",
        ),
        families={"supply_chain": family} if chains else {},
    )


@cache
def estimates(design: str, table: str, statistic: str, variables: tuple[str, ...], by: tuple[str, ...]) -> Estimates:
    ask = {"prevalence": pv.prevalence, "mean": pv.mean, "total": pv.total, "ratio": pv.ratio}[statistic]
    return ask(
        survey(design, table), *variables, by=list(by) or None, margins=["supply_chain"] if "supply_chain" in by else False
    )


def level(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def asked(row: Row, statistic: str, *more: str) -> Estimates:
    found = estimates(row.design, row.table, statistic, row.variables, (*more, *row.domain))
    return found.select(**{name: level(value) for name, value in row.domain.items()})


def close(found: float, expected: float, tolerance: float, scale: float) -> bool:
    if math.isnan(expected):
        return math.isnan(found)
    return abs(found - expected) <= tolerance * max(abs(expected), scale)


@pytest.mark.parametrize("table", reference.TABLES)
def test_inputs_are_those_of_the_numbers(table: str) -> None:
    assert reference.stale(table) == []


def test_sample_of_the_numbers_is_the_sample_loaded_and_classified() -> None:
    pd.testing.assert_frame_equal(sample_children(), reference.data("sample_children.csv"), check_dtype=False)


def test_the_suite_is_as_large_as_it_says() -> None:
    assert len(ROWS) > 1200, EXCLUDED


@pytest.mark.parametrize("row", [row for row in ROWS if row.statistic in POINTS], ids=str)
def test_estimates(row: Row) -> None:
    found = asked(row, row.statistic).numbers
    scale = 1.0 if row.statistic == "prevalence" else abs(row.estimate)
    assert len(found.estimate) == 1
    assert close(found.estimate[0], row.estimate, TAYLOR, scale)
    assert close(found.se[0], row.se, TAYLOR, scale)
    assert found.n[0] == row.n
    assert found.df[0] == row.df
    if row.se > NO_SPREAD * scale:
        assert close(found.deff[0], row.deff, INTERVAL, 1.0)


def asin_stays_inside(row: Row) -> bool:
    """Beyond 0 or 1 R's sine turns back and its limits no longer bracket the estimate; ours stop at 0 and 1."""
    limits = [math.asin(math.sqrt(limit)) for limit in row.ci["asin"]]
    centre = math.asin(math.sqrt(row.estimate))
    half = stdtrit(row.df, 0.975) * row.se / (2 * math.sqrt(row.estimate * (1 - row.estimate)))
    return bool(np.allclose([centre - half, centre + half], limits))


@pytest.mark.parametrize("row", [row for row in ROWS if row.statistic == "prevalence"], ids=str)
def test_intervals_of_proportions(row: Row) -> None:
    table = asked(row, "prevalence")
    if not (0 < row.estimate < 1 and row.se > NO_SPREAD and row.df > 0):
        limits = table.limits
        if table.numbers.census[0]:
            assert limits.low[0] == limits.high[0] == table.numbers.estimate[0]
        else:
            assert (limits.high[0] > limits.low[0]) if row.df > 0 else math.isnan(limits.low[0])
        return
    # R's beta takes its sample size from all rows; ours counts rows with a weight above zero.
    methods = {"logit": "xlogit", "wald": "mean_t", **({"beta": "beta"} if row.n == row.rows else {})}
    if asin_stays_inside(row):
        methods["asin"] = "asin"
    for method, name in methods.items():
        limits = table.ci(method=method).limits
        np.testing.assert_allclose([limits.low[0], limits.high[0]], row.ci[name], rtol=INTERVAL, atol=INTERVAL, err_msg=method)
    expected = row.ci["likelihood"]
    if not math.isnan(sum(expected)) and row.n >= PROFILED:
        limits = table.ci(method="likelihood").limits
        np.testing.assert_allclose([limits.low[0], limits.high[0]], expected, atol=ITERATED, err_msg="likelihood")


@pytest.mark.parametrize("row", [row for row in ROWS if row.statistic in ("mean", "total", "ratio")], ids=str)
def test_t_intervals(row: Row) -> None:
    limits = asked(row, row.statistic).limits
    if asked(row, row.statistic).numbers.census[0]:
        assert limits.low[0] == limits.high[0] == pytest.approx(row.estimate, rel=TAYLOR)
    elif row.df == 0 or row.se <= NO_SPREAD * abs(row.estimate):
        assert math.isnan(limits.low[0])
    else:
        np.testing.assert_allclose(
            [limits.low[0], limits.high[0]], row.ci["mean_t"], rtol=INTERVAL, atol=INTERVAL * abs(row.estimate)
        )


@pytest.mark.parametrize("row", [row for row in ROWS if row.statistic in ("difference", "relative")], ids=str)
def test_contrasts_with_covariance(row: Row) -> None:
    table = asked(row, row.of, row.dimension)
    sides = (level(row.a), level(row.b))
    found = table.difference(row.dimension, *sides) if row.statistic == "difference" else table.relative(row.dimension, *sides)
    assert len(found) == 1
    scale = 1.0 if row.of == "prevalence" else max(abs(row.estimate), *np.abs(table.numbers.estimate))
    se = found.numbers.se[0] if row.statistic == "difference" else found.numbers.se_log[0]
    assert close(found.numbers.estimate[0], row.estimate, TAYLOR, scale)
    assert close(se, row.se, TAYLOR, scale)
    assert found.numbers.df[0] == row.df
    if row.df > 0 and row.se > NO_SPREAD * scale:
        limits = found.limits
        np.testing.assert_allclose([limits.low[0], limits.high[0]], row.ci["mean_t"], rtol=INTERVAL, atol=INTERVAL * scale)


# Under lonely_psu="average" R's svyby covariance averages over the strata of all rows, ours over those of each pair of domains.
MATRICES = [row for row in ROWS if row.statistic == "covariance" and row.arguments.lonely_psu != "average"]


@pytest.mark.parametrize("row", MATRICES, ids=str)
def test_covariance_matrices(row: Row) -> None:
    table = estimates(row.design, row.table, row.of, row.variables, row.by)
    place = {tuple(cell): index for index, cell in enumerate(zip(*(levels(table, name) for name in row.by), strict=True))}
    order = [place[tuple(level(cell[name]) for name in row.by)] for cell in row.cells]
    found = table.covariance()[np.ix_(order, order)]
    scale = np.abs(np.array(row.covariance)).max()
    np.testing.assert_allclose(table.numbers.estimate[order], row.estimates, rtol=TAYLOR)
    np.testing.assert_allclose(found, row.covariance, rtol=TAYLOR, atol=TAYLOR * scale)


def levels(table: Estimates, name: str) -> list[Any]:
    key = next(key for key in table.keys if key.name == name)
    return [key.levels[code] for code in key.codes]
