"""What an interval must be, by any method, on any design."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import prevalence as pv
from prevalence.errors import OptionError
from prevalence.formulas.satterthwaite import LEAST_DF

from .asked import EVERY_METHOD, INSIDE, ROUNDING, TABLES, ask, assert_close
from .designs import COUNTING, declared, surveys

SOME = settings(max_examples=20)
SHARES = st.sampled_from(["prevalence", "among", "distribution", "standardised", "imputed"])
NAMES = st.sampled_from(sorted(TABLES))
LEVELS = (0.5, 0.9, 0.95, 0.999)


@SOME
@given(surveys(), SHARES)
def test_limits_of_shares_are_shares_and_contain_the_estimate(survey: pv.Survey, name: str) -> None:
    table = ask(name, survey)
    for method in EVERY_METHOD:
        limits, estimate = table.ci(method=method).limits, table.numbers.estimate
        there = ~np.isnan(limits.low)
        assert (there == ~np.isnan(limits.high)).all()
        low, high, estimate = limits.low[there], limits.high[there], estimate[there]
        assert ((low <= estimate + ROUNDING) & (estimate <= high + ROUNDING)).all(), method
        if method in INSIDE:
            assert ((low >= 0) & (high <= 1)).all(), method


@SOME
@given(surveys(), SHARES)
def test_limits_of_shares_widen_with_the_level(survey: pv.Survey, name: str) -> None:
    """With more degrees of freedom than observations less one, the effective size of Korn and Graubard grows with the level."""
    table = ask(name, survey)
    usual = table.numbers.df <= table.numbers.n - 1
    for method in EVERY_METHOD[:7]:
        limits = [table.ci(level, method=method).limits for level in LEVELS]
        for inner, outer in pairwise(limits):
            there = ~np.isnan(inner.low) & (usual | (method not in ("beta", "korn-graubard")))
            assert (outer.low[there] <= inner.low[there] + ROUNDING).all(), method
            assert (inner.high[there] <= outer.high[there] + ROUNDING).all(), method


@SOME
@given(surveys(), st.sampled_from(["total", "people"]))
def test_numbers_of_people_are_on_the_log_scale(survey: pv.Survey, name: str) -> None:
    """Limits hold the estimate, are above zero and equally far by their ratio; of nobody they are those of the share times the people."""
    table = ask(name, survey)
    numbers, limits = table.numbers, table.limits
    assert table.interval.method == "log"
    there = ~np.isnan(limits.low)
    assert (there == ~np.isnan(limits.high)).all()
    assert (limits.low[there] <= numbers.estimate[there]).all()
    assert (numbers.estimate[there] <= limits.high[there]).all()
    # With less than one degree of freedom limits may pass all numbers.
    usual = there & (numbers.estimate > 0) & (numbers.df >= 1)
    assert (limits.low[usual] > 0).all()
    assert_close(np.sqrt(limits.low[usual] * limits.high[usual]), numbers.estimate[usual])
    nobody = there & (numbers.estimate == 0) & ~numbers.census
    assert (limits.low[nobody] == 0).all()
    assert ((limits.high[nobody] > 0) & (limits.high[nobody] <= numbers.population[nobody] * (1 + ROUNDING))).all()


@SOME
@given(surveys(), NAMES)
def test_limits_of_other_estimates_contain_them_and_widen(survey: pv.Survey, name: str) -> None:
    table = ask(name, survey)
    if "region" not in table.dimensions:
        return
    for comparison in (table.difference("region", "N", "S"), table.relative("region", "N", "S"), table.excess("region")):
        estimate = comparison.numbers.estimate
        limits = [comparison.ci(level).limits for level in LEVELS]
        there = ~np.isnan(limits[0].low)
        assert (there | np.array([bool(flag) for flag in comparison.flags])).all()
        nested = np.array([*(limit.low for limit in limits[::-1]), estimate, *(limit.high for limit in limits)])[:, there]
        slack = ROUNDING * np.maximum(1, np.abs(estimate[there]))
        assert (nested[:-1] <= nested[1:] + slack).all()


@SOME
@given(surveys(), SHARES)
def test_korn_graubard_is_never_shorter_than_with_all_observations(survey: pv.Survey, name: str) -> None:
    """Its effective sample is capped at n, that of ``beta`` is not."""
    table = ask(name, survey)
    capped, free = (table.ci(method=method).limits for method in ("korn-graubard", "beta"))
    there = ~np.isnan(capped.low)
    assert (capped.low[there] <= free.low[there] + ROUNDING).all()
    assert (capped.high[there] >= free.high[there] - ROUNDING).all()


@SOME
@given(surveys())
def test_every_rule_for_degrees_of_freedom_is_within_the_design(survey: pv.Survey) -> None:
    rules = ("satterthwaite", *COUNTING)
    found = [pv.prevalence(declared(survey, df_rule=rule), "y", by=["chain", "region"], margins=True) for rule in rules]
    read, occupied, own, domain_strata, design = (table.numbers.df for table in found)
    usual = pv.prevalence(survey, "y", by=["chain", "region"], margins=True).numbers.df
    assert ((usual >= 0) & (usual <= design)).all()
    if np.isnan(found[0].numbers.n_psu).any():  # without units the rank of the replicates, whatever the rule
        assert_close(occupied, own)
        assert_close(read, occupied)
        return
    assert ((read >= np.minimum(occupied, LEAST_DF)) & (read <= occupied)).all()
    assert ((occupied >= 0) & (occupied <= domain_strata) & (own <= domain_strata) & (domain_strata <= design)).all()
    assert (occupied <= np.maximum(found[0].numbers.n_psu - 1, 0)).all()
    for table in found[1:]:
        assert_close(table.numbers.se, found[0].numbers.se)


@SOME
@given(surveys(), SHARES)
def test_design_effects_against_other_samples(survey: pv.Survey, name: str) -> None:
    table = ask(name, survey)
    mics, plain = table.design_effect("mics").numbers, table.numbers
    known = plain.se > 0
    if name in ("prevalence", "among", "distribution"):  # p(1-p)/(n-1)
        inside = known & (plain.estimate > 0) & (plain.estimate < 1)
        p, n = plain.estimate[inside], plain.n[inside]
        assert_close(mics.deff[inside], plain.se[inside] ** 2 / (p * (1 - p)) * (n - 1))
    assert np.isnan(mics.deff[~known]).all()
    without = table.design_effect("without-replacement")
    assert_close(
        without.design_effect("with-replacement").numbers.deff[plain.population > plain.n], plain.deff[plain.population > plain.n]
    )


@SOME
@given(surveys(), st.sampled_from(["total", "mean", "ratio", "quantile"]))
def test_methods_of_shares_are_for_shares(survey: pv.Survey, name: str) -> None:
    table = ask(name, survey)
    for method in EVERY_METHOD:
        if method == "wald":
            continue
        with pytest.raises(
            OptionError,
            match=f"must be one of 'wald', 'log', 'log-people'; found '{method}'|Intervals of quantiles are found from the rows",
        ):
            table.ci(method=method)


@SOME
@given(surveys())
def test_korn_graubard_is_never_narrower_than_a_simple_sample_of_as_many(survey: pv.Survey) -> None:
    """The effective size is at most n: its limits hold those of Clopper and Pearson, also where the design gains."""
    table = pv.prevalence(survey, ["y", "v"], by="region", margins=True).ci(method="korn-graubard")
    p, n = table.numbers.estimate, table.numbers.n
    known = np.isfinite(table.limits.low) & (p > 0) & (p < 1)
    p, n = p[known], n[known]
    assert (table.limits.low[known] <= stats.beta.ppf(0.025, p * n, n - p * n + 1) + ROUNDING).all()
    assert (table.limits.high[known] >= stats.beta.ppf(0.975, p * n + 1, n - p * n) - ROUNDING).all()
