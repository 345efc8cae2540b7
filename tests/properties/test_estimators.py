"""What must hold of every survey, on random designs: strata, units, weights, missing answers, empty and overlapping domains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import prevalence as pv
from prevalence.survey import Family

ROUNDING = 1e-9
"""Sums in another order; standard errors near zero are compared with an absolute floor of the same size."""

MANY = settings(max_examples=60)


@st.composite
def surveys(draw: st.DrawFn, *, strata: int = 4) -> pv.Survey:
    """Draw a survey with at least two units a stratum."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    units = rng.integers(2, 5, draw(st.integers(1, strata)))
    sizes = rng.integers(1, 9, units.sum())
    ea = np.repeat(np.arange(units.sum()), sizes)
    size = len(ea)
    y = (rng.random(size) < rng.choice([0.02, 0.3, 0.9])).astype(float)
    y[rng.random(size) < rng.choice([0.0, 0.1])] = np.nan
    rows = pd.DataFrame(
        {
            "w": rng.uniform(0.2, 5.0, size) * (rng.random(size) > 0.05) + (np.arange(size) == 0),
            "stratum": np.repeat(np.repeat(np.arange(len(units)), units), sizes),
            "ea": ea,
            "sex": rng.choice(["Female", "Male"], size),
            "region": rng.choice(["N", "S", "C"], size, p=[0.6, 0.35, 0.05]),
            "y": y,
            "z": rng.normal(20, 5, size),
            "cocoa": rng.random(size) < 0.3,
            "coffee": rng.random(size) < 0.2,
        }
    )
    return survey_of(rows)


def survey_of(rows: pd.DataFrame) -> pv.Survey:
    family = Family(name="chain", members={"cocoa": "cocoa", "coffee": "coffee"}, exposure="household", denominator="households")
    return pv.Survey(rows, pv.Design(weight="w", stratum="stratum", psu="ea"), families={"chain": family})


def table(survey: pv.Survey) -> pv.Estimates:
    return pv.prevalence(survey, "y", by=["chain", "region", "sex"], margins=True)


def assert_same(one: pv.Estimates, other: pv.Estimates, *names: str) -> None:
    for name in names or ("estimate", "se", "deff", "df", "n", "cases", "missing", "n_psu"):
        a, b = getattr(one.numbers, name), getattr(other.numbers, name)
        np.testing.assert_allclose(a, b, rtol=ROUNDING, atol=ROUNDING, err_msg=name)


@MANY
@given(surveys(), st.integers(0, 10**6))
def test_order_of_rows(survey: pv.Survey, seed: int) -> None:
    assert_same(table(survey), table(survey_of(survey.data.sample(frac=1, random_state=seed))))


@MANY
@given(surveys())
def test_relabelling_units_and_strata(survey: pv.Survey) -> None:
    relabelled = survey.data.assign(ea="EA-" + (survey.data["ea"] * 7 % 1009).astype(str), stratum=100 - survey.data["stratum"])
    assert_same(table(survey), table(survey_of(relabelled)))


@MANY
@given(surveys())
def test_splitting_a_row_in_two_of_half_weight(survey: pv.Survey) -> None:
    halved = pd.concat([survey.data.assign(w=survey.data["w"] / 2)] * 2)
    assert_same(table(survey), table(survey_of(halved)), "estimate", "se", "df", "n_psu", "population")


@MANY
@given(surveys(), st.floats(1e-3, 1e6))
def test_scaling_the_weights(survey: pv.Survey, factor: float) -> None:
    scaled = survey_of(survey.data.assign(w=survey.data["w"] * factor))
    assert_same(table(survey), table(scaled))
    total, larger = (pv.total(s, "y", by="sex").numbers for s in (survey, scaled))
    np.testing.assert_allclose(larger.estimate, total.estimate * factor, rtol=ROUNDING)
    np.testing.assert_allclose(larger.se, total.se * factor, rtol=ROUNDING, atol=ROUNDING * factor)


@MANY
@given(surveys())
def test_margin_is_the_weighted_mixture_of_its_cells(survey: pv.Survey) -> None:
    found = pv.prevalence(survey, "y", by="region", margins=True).numbers
    cells = np.nan_to_num(found.estimate[:-1])
    np.testing.assert_allclose(
        (cells * found.population[:-1]).sum() / found.population[:-1].sum(), found.estimate[-1], rtol=ROUNDING
    )
    assert found.n[:-1].sum() == found.n[-1]
    assert found.cases[:-1].sum() == found.cases[-1]


@MANY
@given(surveys())
def test_difference_of_complementary_levels_and_its_mirror(survey: pv.Survey) -> None:
    found = table(survey)
    one, other = found.difference("sex", "Female", "Male"), found.difference("sex", "Male", "Female")
    np.testing.assert_allclose(one.numbers.estimate, -other.numbers.estimate)
    assert_same(one, other, "se", "df", "n")


@MANY
@given(surveys())
def test_complement_has_the_same_error(survey: pv.Survey) -> None:
    complement = survey_of(survey.data.assign(y=1 - survey.data["y"]))
    one, other = table(survey), table(complement)
    np.testing.assert_allclose(one.numbers.estimate, 1 - other.numbers.estimate, rtol=ROUNDING, atol=ROUNDING)
    assert_same(one, other, "se", "df")
    np.testing.assert_allclose(one.limits.low, 1 - other.limits.high, rtol=ROUNDING, atol=ROUNDING)


@MANY
@given(surveys())
def test_every_interval_has_width_or_a_reason(survey: pv.Survey) -> None:
    found = table(survey)
    limits = found.limits
    width = limits.high - limits.low
    said = np.array([bool(flag) for flag in found.flags])
    assert ((width > 0) | said).all()
    inside = (limits.low <= found.numbers.estimate) & (found.numbers.estimate <= limits.high)
    assert (inside | np.isnan(width)).all()


@MANY
@given(surveys(), st.sampled_from(["occupied", "own", "domain-strata", "design"]))
def test_degrees_of_freedom_never_exceed_the_design(survey: pv.Survey, rule: str) -> None:
    ruled = replace(survey, design=replace(survey.design, df_rule=rule))
    df = table(ruled).numbers.df
    whole = survey.data["ea"].nunique() - survey.data["stratum"].nunique()
    assert ((df >= 0) & (df <= whole)).all()


@MANY
@given(surveys())
def test_total_of_a_one_stage_design_by_the_jackknife(survey: pv.Survey) -> None:
    """Taylor and stratified delete-one jackknife agree exactly for totals (Wolter 2007, section 4.5)."""
    rows = survey.data.assign(y=survey.data["y"].fillna(0))
    unit_total = rows.assign(wy=rows["w"] * rows["y"]).groupby(["stratum", "ea"])["wy"].sum()
    variance = 0.0
    for _, totals in unit_total.groupby(level="stratum"):
        count = len(totals)
        replicates = np.array([(totals.sum() - one) * count / (count - 1) for one in totals])
        variance += (count - 1) / count * ((replicates - totals.sum()) ** 2).sum()
    found = pv.total(survey_of(rows), "y").numbers.se[0]
    np.testing.assert_allclose(found, np.sqrt(variance), rtol=ROUNDING, atol=ROUNDING)
