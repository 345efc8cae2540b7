"""The coverage study computes what the library computes: estimates, errors, design effects and df of the same people."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import prevalence as pv
from prevalence.design import DF_RULES

SAMPLES = 3
TOLERANCE = 1e-9
"""The sums are taken in another order."""


@pytest.fixture(scope="module")
def study() -> ModuleType:
    path = Path(__file__).resolve().parents[3] / "benchmarks" / "interval_coverage.py"
    spec = importlib.util.spec_from_file_location("interval_coverage", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["interval_coverage"] = module
    spec.loader.exec_module(module)
    return module


def people_of(drawn: object, sample: int) -> pd.DataFrame:
    """One row a person of a sample, with the domains as 0/1 columns."""
    people, cases, weight = (getattr(drawn, name)[sample] for name in ("people", "cases", "weight"))
    strata, units, halves, classes = people.shape
    place = np.indices(people.shape).reshape(4, -1)
    cells = pd.DataFrame(place.T, columns=["stratum", "unit", "half", "class"]).assign(
        n=people.ravel(),
        cases=cases.ravel(),
        w=np.broadcast_to(weight, people.shape).ravel(),
        scattered=np.repeat(drawn.marked[sample].ravel(), halves * classes).astype(int),
    )
    rows = cells.loc[cells.index.repeat(cells["n"])]
    rows = rows.assign(
        case=(rows.groupby(level=0).cumcount() < rows["cases"]).astype(int), ea=rows["stratum"] * units + rows["unit"]
    )
    rows["half of each unit"] = (rows["half"] == 0).astype(int)
    rows["quarter of strata"] = (rows["stratum"] < np.ceil(strata / 4)).astype(int)
    return rows.rename(columns={"scattered": "scattered quarter"}).assign(everyone=1).reset_index(drop=True)


@pytest.mark.parametrize("layout", [(2, 20, 20, 0.1, 0.05), (10, 20, 60, 0.05, 0.2), (0, 20, 20, 0.0, 0.5)])
def test_answers_are_those_of_the_library(study: ModuleType, layout: tuple[int, int, int, float, float]) -> None:
    drawn = study.draw(study.Setting(*layout), SAMPLES, np.random.default_rng(3))
    for domain, found in study.answers(drawn).items():
        for sample in range(SAMPLES):
            rows = people_of(drawn, sample)
            for rule in DF_RULES:
                design = pv.Design(weight="w", stratum="stratum", psu="ea", df_rule=rule)
                table = pv.prevalence(pv.Survey(rows, design), "case", among=domain).to_pandas().iloc[0]
                expected = [table["estimate"], table["se"], table["deff"], table["n"], table["df"]]
                df = found.df[sample, study.RULES.index(rule)]
                seen = [found.estimate[sample], found.se[sample], found.deff[sample], found.n[sample], df]
                np.testing.assert_allclose(seen, expected, rtol=TOLERANCE, err_msg=f"{domain}, {rule}")


def test_spread_of_a_variance_is_that_of_fishers_k_statistics(study: ModuleType) -> None:
    scores = np.random.default_rng(5).gamma(0.3, size=(1, 6, 12))
    variances = 12 * scores[0].var(axis=1, ddof=1)
    spread = sum(12**2 * stats.kstatvar(stratum, 2) for stratum in scores[0])
    expected = 2 * (variances.sum() ** 2 - spread) / spread
    found = study.satterthwaite(scores - scores.mean(axis=2, keepdims=True), np.full((1, 6), 12))
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE)


def test_pairs_that_differ_alike_keep_all_degrees_and_one_pair_keeps_one(study: ModuleType) -> None:
    # Strata of one degree each with the same square s: 2 (H s)^2 / (H 2 s^2 / 3) - 2 = 3 H - 2, and 1 where one alone differs.
    alike = np.tile([[-1.0, 1.0]], (1, 8, 1))
    alone = alike * (np.arange(8) == 0)[:, None]
    pairs = np.full((1, 8), 2)
    np.testing.assert_allclose(study.satterthwaite(alike, pairs), 3 * 8 - 2, rtol=TOLERANCE)
    np.testing.assert_allclose(study.satterthwaite(alone, pairs), 1, rtol=TOLERANCE)


@pytest.mark.parametrize(("strata", "units"), [(40, 2), (40, 3), (8, 10), (1, 60)])
def test_normal_scores_have_units_minus_strata_on_average(study: ModuleType, strata: int, units: int) -> None:
    scores = np.random.default_rng(7).normal(size=(4000, strata, units))
    n = np.full((4000, strata), units)
    V = units * scores.var(axis=2, ddof=1).sum(axis=1)
    df = study.satterthwaite(scores - scores.mean(axis=2, keepdims=True), n)
    # 2 / (df + 2) estimates without bias the squared coefficient of variation of V about its second moment.
    weight = V**2 / (V**2).mean()
    estimate = (weight * 2 / (df + 2)).mean()
    error = (weight * 2 / (df + 2)).std() / np.sqrt(4000)
    assert estimate == pytest.approx(2 / (strata * (units - 1) + 2), abs=3 * error)


def test_tables_of_the_docs_agree_on_the_pairs_that_hold() -> None:
    docs = Path(__file__).resolve().parents[3] / "docs" / "methods" / "coverage"
    contest = pd.read_csv(docs / "grid_contest.csv").set_index(["rule", "interval"])
    holds = contest.index[contest["too low"] == 0]
    assert set(holds) == {("satterthwaite", "korn-graubard"), ("satterthwaite", "beta")}
    cells = pd.read_csv(docs / "grid.csv")
    enough = cells[(cells["cases over deff"] >= 20) & (cells["median df, occupied"] >= 30)]
    for rule in ("occupied", "satterthwaite"):
        of_rule = enough[enough["df rule"].str.contains(rule)]
        short = of_rule["korn-graubard: covers"] < 95 - 3 * of_rule["Monte Carlo error"]
        assert (len(of_rule), short.sum()) == tuple(contest.loc[(rule, "korn-graubard"), ["cells", "too low"]])
