"""What the flags say of thin estimates: one text a level, at the thresholds of the coverage study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prevalence.estimates._flags import KEPT, KEPT_DF, KEPT_DF_LOG, NEAR, NEAR_DF, NEAR_DF_LOG, flags
from prevalence.estimates._numbers import Given, Kind, Numbers
from prevalence.formulas.design_effect import effective_cases

APPROXIMATE = "interval approximate: fewer than 20 effective cases or 15 degrees of freedom"
ROUGH = "interval a rough guide: fewer than 10 effective cases or 8 degrees of freedom, the truth may well lie above it"
FEW = "interval a rough guide: fewer than 5 cases, the truth may well lie above it"

ERROR = 3
"""Monte Carlo errors that a cell of the study may be short of 95 %."""


def flag_of(
    kind: Kind = "proportion",
    given_limits: Given | None = None,
    *,
    people: bool = False,
    method: str = "wald",
    census: bool = False,
    **changed: float,
) -> str:
    given = {"estimate": 0.1, "se": 0.01, "se_log": np.nan, "deff": 1.0, "df": 60.0, "n": 1000.0, "cases": 100.0, "missing": 0.0}
    given |= {"n_psu": 80.0, "weighted": 1e6, "population": 1e6, "borrowed_deff": np.nan} | changed
    arrays = {name: np.array([value]) for name, value in given.items()}
    marked = {"census": np.array([census]), "people": np.array([people])}
    return flags(Numbers(**marked, given=given_limits, **arrays), kind, method, "no reason")[0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"df": 15.0}, ""),
        ({"df": 14.9}, APPROXIMATE),
        ({"df": 8.0}, APPROXIMATE),
        ({"df": 7.9}, ROUGH),
        ({"deff": 5.0}, ""),
        ({"deff": 5.1}, APPROXIMATE),
        ({"deff": 10.0}, APPROXIMATE),
        ({"deff": 10.1}, ROUGH),
        ({"cases": 12.0, "deff": 0.5}, APPROXIMATE),
        ({"cases": 9.0}, ROUGH),
        ({"cases": 5.0}, ROUGH),
        ({"cases": 4.0}, FEW),
        ({"cases": 4.0, "df": 5.0}, FEW),
        ({"cases": 6.0, "n": 25.0}, ROUGH),
        ({"cases": 6.0, "n": 24.0}, "fewer than 25 observations"),
        ({"cases": 4.0, "n": 24.0}, f"fewer than 25 observations; {FEW}"),
    ],
)
def test_levels_of_doubt(changed: dict[str, float], said: str) -> None:
    assert flag_of(**changed) == said


@pytest.mark.parametrize("kind", ["unbounded", "log"])
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"df": 30.0}, ""),
        ({"df": 29.9}, "t interval approximate: fewer than 30 degrees of freedom"),
        ({"df": 15.0}, "t interval approximate: fewer than 30 degrees of freedom"),
        ({"df": 14.9}, "t interval a rough guide: fewer than 15 degrees of freedom"),
        ({"df": 0.5}, "less than one degree of freedom: the interval says next to nothing"),
        ({"df": 0.0}, "interval not estimable: no degrees of freedom"),
        ({"df": 5.0, "se": 0.0}, "interval not estimable: no variation between sampling units"),
        ({"df": 5.0, "n": 24.0}, "fewer than 25 observations"),
        ({"cases": np.nan, "deff": np.nan}, ""),
    ],
)
def test_t_intervals_go_by_degrees_of_freedom_alone(kind: Kind, changed: dict[str, float], said: str) -> None:
    assert flag_of(kind, se_log=0.1, **changed) == said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"df": 15.0}, ""),
        ({"df": 14.9}, "interval on the log scale approximate: fewer than 15 degrees of freedom"),
        ({"df": 8.0}, "interval on the log scale approximate: fewer than 15 degrees of freedom"),
        ({"df": 7.9}, "interval on the log scale a rough guide: fewer than 8 degrees of freedom"),
        ({"df": 0.0}, "interval not estimable: no degrees of freedom"),
        ({"df": 5.0, "n": 24.0}, "fewer than 25 observations"),
    ],
)
@pytest.mark.parametrize("method", ["log", "log-people"])
def test_numbers_of_people_on_the_log_scale_hold_from_fewer_degrees_of_freedom(
    method: str, changed: dict[str, float], said: str
) -> None:
    assert flag_of("unbounded", people=True, method=method, **changed) == said


def test_flags_follow_the_method_that_was_used() -> None:
    """t limits of people are t limits; means on the log scale need as many degrees of freedom as t limits do."""
    t = "t interval approximate: fewer than 30 degrees of freedom"
    assert flag_of("unbounded", people=True, method="wald", df=20.0) == t
    assert flag_of("unbounded", people=False, method="log", df=20.0) == t
    assert flag_of("unbounded", people=False, method="log-people", df=20.0) == t


@pytest.mark.parametrize("kind", ["proportion", "unbounded"])
def test_a_census_needs_no_degrees_of_freedom(kind: Kind) -> None:
    assert flag_of(kind, census=True, se=0.0, df=0.0) == "every unit was sampled: no sampling error"


def test_limits_found_from_the_rows_are_no_t_intervals() -> None:
    assert flag_of("unbounded", Given(np.array([1.0]), np.array([2.0]), "woodruff", 0.95), df=5.0) == ""


def test_where_nearly_all_are_cases_the_others_count_and_the_lower_limit_is_the_weak_one() -> None:
    assert flag_of(estimate=0.99, cases=991.0) == ROUGH.replace("above", "below")
    assert flag_of(estimate=0.98, cases=985.0) == APPROXIMATE


def test_exact_intervals_have_words_of_their_own() -> None:
    unknown = "no cases; exact interval as under simple random sampling: no margin has a design effect, and if cases cluster it is too short"
    assert flag_of(estimate=0.0, cases=0.0, se=0.0, df=5.0) == unknown
    borrowed = flag_of(estimate=0.0, cases=0.0, se=0.0, df=5.0, borrowed_deff=1.5)
    assert borrowed == "no cases; exact interval with design effect 1.50 (the margin's, at least 1)"


def test_effective_cases() -> None:
    cases, n, deff = np.array([30.0, 970, 30, 30]), np.full(4, 1000.0), np.array([2.0, 2, 0.5, np.nan])
    assert effective_cases(cases, n, deff).tolist() == [15, 15, 30, 30]


def test_thresholds_of_t_intervals_are_those_of_the_study() -> None:
    """Each level holds more than the next; where nothing is said the lowest coverage is within 1.5 points, where it is called approximate within 3.5."""
    assert (KEPT_DF, NEAR_DF) == (30, 15)
    cells = of_the_study()
    cells = cells[cells["statistic"] != "total of cases"]
    covers, short = cells["wald: covers"].fillna(cells["log: covers"]), cells["Monte Carlo error"] * ERROR
    levels = [covers[within(cells, least, below)] for least, below in ((30, np.inf), (15, 30), (0, 15))]
    assert [len(level) for level in levels] == [248, 337, 1482]
    assert [int((level < 95 - short[level.index]).sum()) for level in levels] == [15, 167, 1252]
    assert [round(level.min(), 1) for level in levels] == [93.9, 91.7, 68.3]


def test_thresholds_of_numbers_of_people_are_those_of_the_study() -> None:
    """Where nothing is said the lowest coverage is within a point, where it is called approximate within 1.5."""
    assert (KEPT_DF_LOG, NEAR_DF_LOG) == (15, 8)
    cells = of_the_study()
    cells = cells[cells["statistic"] == "total of cases"]
    levels = [cells.loc[within(cells, *part), "log: covers"] for part in ((15, np.inf), (8, 15), (0, 8))]
    assert [round(level.min(), 1) for level in levels] == [94.2, 93.5, 92.8]


def of_the_study() -> pd.DataFrame:
    docs = Path(__file__).resolve().parents[3] / "docs" / "methods" / "coverage"
    cells = pd.read_csv(docs / "estimates.csv")
    return cells[cells["df rule"].str.contains("satterthwaite") & (cells["no interval, %"] < 50)]


def within(cells: pd.DataFrame, least: float, below: float) -> pd.Series:
    return (cells["median df"] >= least) & (cells["median df"] < below)


def test_thresholds_are_those_of_the_study() -> None:
    """Nothing is missed where nothing is said, and little where intervals are called approximate; the rest is called a rough guide."""
    assert [(level.cases, level.df) for level in (KEPT, NEAR)] == [(20, 15), (10, 8)]
    docs = Path(__file__).resolve().parents[3] / "docs" / "methods" / "coverage"
    cells = pd.read_csv(docs / "grid.csv")
    cells = cells[cells["df rule"].str.contains("satterthwaite")]
    missed = cells["korn-graubard: covers"] < 95 - ERROR * cells["Monte Carlo error"]
    kept, near = ((cells["cases over deff"] >= level.cases) & (cells["median df"] >= level.df) for level in (KEPT, NEAR))
    assert (kept.sum(), missed[kept].sum()) == (374, 0)
    assert ((near & ~kept).sum(), missed[near & ~kept].sum()) == (187, 4)
    assert ((~near).sum(), missed[~near].sum()) == (564, 80)
    assert cells.loc[near & ~kept, "korn-graubard: covers"].min() == pytest.approx(94.1, abs=0.1)
    assert cells.loc[~near, "korn-graubard: covers"].min() == pytest.approx(71.0, abs=0.1)
