"""Estimates and standard errors are those of the textbooks' formulas, on designs of every kind, whatever the domain."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import prevalence as pv
from prevalence.estimates import Estimates

from .asked import assert_close
from .by_hand import Asked, answer, degrees, is_known
from .designs import COUNTING, REGIONS, declared, surveys

SOME = settings(max_examples=30)
KNOWN = surveys().filter(is_known)


def is_lonely(survey: pv.Survey) -> bool:
    """Return whether some areas are alone in their stratum, and not all, under a rule that gives them a variance."""
    design, areas = survey.design, survey.data.groupby("stratum")["ea"].nunique()
    return bool(design.strata) and design.lonely_psu in ("adjust", "average") and areas.min() == 1 < areas.max()


LONELY = surveys("one-stage", "multistage").filter(is_lonely)

NEAR = 1e-6
"""Of standard errors near zero, as a part of the estimate: the root of what rounding leaves of squares."""


def assert_agrees(survey: pv.Survey, table: Estimates, y: str, x: str, *, is_total: bool = False) -> None:
    """Raise unless the rows N, S, C, islands and All are what comes out by hand."""
    rows = survey.data.assign(one=1.0)
    for number, region in enumerate((*REGIONS, "All")):
        member = np.ones(len(rows), dtype=bool) if region == "All" else (rows["region"] == region).to_numpy()
        asked = Asked(rows[y].to_numpy(dtype=float), rows[x].to_numpy(dtype=float), member, is_total)
        estimate, variance = answer(survey, asked)
        found, noise = table.numbers.se[number], NEAR * max(abs(np.nan_to_num(estimate)), NEAR)
        assert_close(table.numbers.estimate[number], estimate, region)
        if variance > noise**2 or np.isnan(variance):
            np.testing.assert_allclose(found, np.sqrt(variance), rtol=NEAR, err_msg=region)
        elif variance < -(noise**2):
            assert np.isnan(found), region
        else:
            assert not found > 2 * noise, region


@SOME
@given(KNOWN)
def test_prevalence(survey: pv.Survey) -> None:
    assert_agrees(survey, pv.prevalence(survey, "y", by="region", margins=True), "y", "one")


@SOME
@given(KNOWN)
def test_ratio(survey: pv.Survey) -> None:
    assert_agrees(survey, pv.ratio(survey, "z", "x", by="region", margins=True), "z", "x")


@SOME
@given(KNOWN)
def test_total(survey: pv.Survey) -> None:
    assert_agrees(survey, pv.total(survey, "z", by="region", margins=True), "z", "one", is_total=True)


@SOME
@given(LONELY)
def test_areas_alone_in_their_stratum(survey: pv.Survey) -> None:
    assert_agrees(survey, pv.mean(survey, "z", by="region", margins=True), "z", "one")


@SOME
@given(surveys("one-stage", "multistage", "selected", "two-phase", "created"), st.sampled_from(COUNTING))
def test_degrees_of_freedom_that_count_units(survey: pv.Survey, rule: str) -> None:
    counting = declared(survey, df_rule=rule)
    table, rows = pv.prevalence(counting, "y", by="region", margins=True).numbers, survey.data
    for number, region in enumerate((*REGIONS, "All")):
        member = np.ones(len(rows), dtype=bool) if region == "All" else (rows["region"] == region).to_numpy()
        df, units = degrees(counting, Asked(rows["y"].to_numpy(dtype=float), np.ones(len(rows)), member))
        assert (table.df[number], table.n_psu[number]) == (df, units), region
