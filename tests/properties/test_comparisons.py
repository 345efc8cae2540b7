"""What comparisons owe to the covariance of the rows they compare, on designs of every kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import prevalence as pv
from prevalence.errors import OptionError
from prevalence.estimates import Estimates
from prevalence.formulas.variance import NO_SPREAD

from .asked import BY_REGION, ROUNDING, ask, assert_close, assert_same
from .designs import declared, surveys

SOME = settings(max_examples=20)
NEARLY_ONE = 0.99
"""Correlations beyond it lose more digits of an inverse than tests compare."""
NEARLY_CERTAIN = 1e-6
"""The same of errors that are nearly zero beside the others."""
NAMES = st.sampled_from(BY_REGION)


def bilinear(survey: pv.Survey) -> pv.Survey:
    """Return the survey under rules whose variance of a sum is made of variances and covariances: no rule that looks at a domain."""
    lonely = survey.design.lonely_psu
    return declared(survey, lonely_domains=False, lonely_psu="adjust" if lonely == "average" else lonely)


def defined(table: Estimates) -> Estimates:
    """Return the rows that have a standard error."""
    return table.take(np.flatnonzero(np.isfinite(table.numbers.se)))


@SOME
@given(surveys(), NAMES)
def test_covariance_has_the_variances_on_its_diagonal_and_no_correlation_beyond_one(survey: pv.Survey, name: str) -> None:
    table = defined(ask(name, survey))
    matrix, scale = table.covariance(), float(np.max(table.numbers.se**2, initial=1.0))
    assert_close(np.diag(matrix), table.numbers.se**2, scale=scale)
    assert_close(matrix, matrix.T, scale=scale)
    of_squares = survey.design.two_phase is None and survey.design.selection != "hartley-rao-ht"  # the others may be below zero
    if survey.design.lonely_psu in ("fail", "certainty") and of_squares:
        bound = np.outer(table.numbers.se, table.numbers.se)
        assert (np.abs(matrix) <= bound * (1 + ROUNDING) + ROUNDING * scale).all()


@SOME
@given(surveys(), NAMES, st.integers(0, 10**6))
def test_variance_of_a_contrast_is_l_c_l(survey: pv.Survey, name: str, seed: int) -> None:
    table = defined(ask(name, bilinear(survey)))
    if not len(table):
        return
    coefficients = np.random.default_rng(seed).normal(size=(3, len(table)))
    found, matrix = table.contrast(coefficients), table.covariance()
    assert_close(found.numbers.estimate, coefficients @ table.numbers.estimate, scale=np.abs(table.numbers.estimate).sum())
    wanted = coefficients @ matrix @ coefficients.T
    known = np.isfinite(found.numbers.se)  # an unbiased form may be below zero
    scale = float(np.abs(matrix).sum() + NO_SPREAD * (table.numbers.estimate**2).sum())  # errors below it are 0
    assert_close(found.numbers.se[known] ** 2, np.diag(wanted)[known], scale=scale)
    assert_close(found.covariance()[np.ix_(known, known)], wanted[np.ix_(known, known)], scale=scale)


@SOME
@given(surveys(), NAMES)
def test_a_difference_changes_sign_when_its_levels_swap(survey: pv.Survey, name: str) -> None:
    table = ask(name, survey)
    one, other = table.difference("region", "N", "S"), table.difference("region", "S", "N")
    assert_close(one.numbers.estimate, -other.numbers.estimate)
    assert_close(one.limits.low, -other.limits.high)
    assert_same(one, other, "se", "df", "n", "n_psu")


@SOME
@given(surveys(), NAMES)
def test_a_ratio_turns_over_when_its_levels_swap(survey: pv.Survey, name: str) -> None:
    table = ask(name, survey)
    one, other = table.relative("region", "N", "S"), table.relative("region", "S", "N")
    both = np.isfinite(one.numbers.se_log) & np.isfinite(other.numbers.se_log)
    assert_close(one.numbers.estimate[both] * other.numbers.estimate[both], np.ones(both.sum()))
    assert_close(one.numbers.se_log[both], other.numbers.se_log[both])
    product = one.limits.low[both] * other.limits.high[both]
    assert_close(product[np.isfinite(product)], np.ones(np.isfinite(product).sum()))


@SOME
@given(surveys(), NAMES)
def test_differences_and_ratios_from_the_covariance(survey: pv.Survey, name: str) -> None:
    table = defined(ask(name, bilinear(survey)).select(region=["N", "S"]))
    differences = defined(table.difference("region", "N", "S")) if _compares(table) else table.take(np.zeros(0, dtype=np.int64))
    for row in range(len(differences)):
        labels = {key.name: key.texts()[row] for key in differences.keys if key.name not in ("region", "statistic")}
        pair = table.select(**labels)
        matrix, (a, b) = pair.covariance(), pair.numbers.estimate
        variance = matrix[0, 0] + matrix[1, 1] - 2 * matrix[0, 1]
        assert_close(differences.numbers.se[row] ** 2, variance, scale=np.diag(matrix).sum())
        assert differences.numbers.estimate[row] == a - b
        if a > 0 and b > 0:
            logs = matrix[0, 0] / a**2 + matrix[1, 1] / b**2 - 2 * matrix[0, 1] / (a * b)
            ratio = pair.relative("region", "N", "S").numbers
            assert_close(ratio.se_log**2, logs, scale=matrix[0, 0] / a**2 + matrix[1, 1] / b**2)
            assert_close(ratio.se, a / b * ratio.se_log, scale=a / b)


def _compares(table: Estimates) -> bool:
    return {"N", "S"} <= {text for key in table.keys if key.name == "region" for text in key.texts()}


@SOME
@given(surveys(), NAMES)
def test_excess_is_the_difference_from_all(survey: pv.Survey, name: str) -> None:
    table = ask(name, survey)
    excess = table.excess("region")
    for level in ("N", "S", "islands"):
        assert_same(excess.select(region=f"{level} - All"), table.difference("region", level, "All"))


@SOME
@given(surveys())
def test_difference_of_indicators_is_the_mean_of_the_difference(survey: pv.Survey) -> None:
    """Where both are known of everybody, p - q is the mean of y - v."""
    known = survey.data["y"].notna()
    rows = survey.data.assign(v=survey.data["v"].where(known), gap=survey.data["y"] - survey.data["v"])
    both = pv.Survey(rows, survey.design)
    one = pv.prevalence(both, ["y", "v"], by="region", margins=True).difference("indicator", "y", "v")
    assert_same(one, pv.mean(both, "gap", by="region", margins=True), "estimate", "se", "df", "n", "n_psu")


@SOME
@given(surveys(), NAMES)
def test_the_joint_test_of_one_row_is_its_t_test(survey: pv.Survey, name: str) -> None:
    gaps = ask(name, survey).difference("region", "N", "S").take(np.array([0]))
    if not gaps.numbers.se[0] > 0:
        with pytest.raises(OptionError, match="standard error above zero in every row; 1 of 1 rows have none"):
            gaps.test()
        assert np.isnan(gaps.tests().p_value[0])
        assert gaps.flags[0]
        return
    joint, single = gaps.test(), gaps.tests()
    assert_close(joint.f, single.test.t[0] ** 2 if joint.df > 0 else np.nan)
    assert_close(joint.p_value, single.p_value[0])


@SOME
@given(surveys(), NAMES, st.integers(0, 10**6))
def test_the_joint_test_of_rows_is_that_of_any_rows_made_of_them(survey: pv.Survey, name: str, seed: int) -> None:
    """F is g' C^-1 g over the rank, times (df - rank + 1) / df, whichever combinations of the rows g are asked for."""
    table = defined(ask(name, bilinear(survey)))
    table = table.take(np.flatnonzero(table.numbers.se > NEARLY_CERTAIN * np.abs(table.numbers.estimate)))
    coefficients = np.random.default_rng(seed).normal(size=(2, len(table)))
    gaps = table.contrast(coefficients) if len(table) > 1 else table
    if len(gaps) < 2 or not (gaps.numbers.se > 0).all() or abs(_correlation(gaps)) > NEARLY_ONE:
        return
    joint, mixed = gaps.test(), gaps.contrast(np.array([[1.0, 1.0], [1.0, -2.0]]) / gaps.numbers.se)
    if joint.df > 0:
        squares = gaps.numbers.estimate @ np.linalg.solve(gaps.covariance(), gaps.numbers.estimate)
        assert joint.rank == 2
        assert_close(joint.f, squares / 2 * joint.df / (joint.df + 1))
        assert_close([mixed.test().f, mixed.test().p_value], [joint.f, joint.p_value])


def _correlation(pair: Estimates) -> float:
    return float(pair.covariance()[0, 1] / pair.numbers.se.prod())


@SOME
@given(surveys(), NAMES)
def test_adjusted_p_values_grow_and_keep_their_order(survey: pv.Survey, name: str) -> None:
    table = ask(name, survey).excess("region")
    plain, holm, hochberg = (table.tests(adjust=adjust) for adjust in (None, "holm", "benjamini-hochberg"))
    known = ~np.isnan(plain.p_value)
    adjusted: list[Any] = [tests.adjusted.p_value[known] for tests in (holm, hochberg) if tests.adjusted is not None]
    raw = plain.p_value[known]
    steps = [raw, adjusted[1], adjusted[0], np.ones(len(raw))]
    assert (np.diff(steps, axis=0) >= -ROUNDING).all()
    for values in adjusted:
        assert (np.diff(values[np.argsort(raw, kind="stable")]) >= 0).all()
    assert (np.isnan(plain.p_value) <= np.array([bool(flag) for flag in plain.flags])).all()


@SOME
@given(surveys(), NAMES)
def test_selected_rows_are_the_rows(survey: pv.Survey, name: str) -> None:
    table = ask(name, survey)
    rows = np.flatnonzero(np.isfinite(table.numbers.estimate))
    assert_same(table.take(rows), table.take(rows[::-1]).take(np.arange(len(rows))[::-1]))
    of_all = table.covariance()[np.ix_(rows, rows)]
    assert_close(table.take(rows).covariance(), of_all, scale=float(np.nan_to_num(np.abs(of_all)).max(initial=1.0)))


@SOME
@given(surveys())
def test_a_table_asked_alone_or_with_others(survey: pv.Survey) -> None:
    """`stack` leaves each table as it is."""
    together = pv.prevalence(survey, ["v", "y"], by=[["sex"], ["region", "sex"], []], margins="region")
    alone = pv.prevalence(survey, "y", by=["region", "sex"], margins="region")
    kept = together.select(indicator="y")
    for sex in ("Female", "Male"):
        for region in ("N", "islands", "All"):
            assert_same(kept.select(sex=sex, region=region), alone.select(sex=sex, region=region))
