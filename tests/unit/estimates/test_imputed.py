"""Rubin's rules, worked by hand and against single imputation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import prevalence as pv

RNG = np.random.default_rng(9)
ROWS = pd.DataFrame(
    {
        "ea": RNG.integers(0, 20, 500),
        "w": RNG.uniform(0.5, 2, 500),
        "sex": RNG.choice(["Female", "Male"], 500),
        **{f"y{index}": (RNG.random(500) < 0.25).astype(float) for index in range(5)},
    }
)
SURVEY = pv.Survey(ROWS, pv.Design(weight="w", psu="ea"))
NAMES = [f"y{index}" for index in range(5)]


def test_rubins_rules_and_barnard_rubin_by_hand() -> None:
    table = pv.prevalence(SURVEY, NAMES)
    combined = pv.combine_imputations(table, indicator="y").numbers
    estimates, variances, complete = table.numbers.estimate, table.numbers.se**2, table.numbers.df.mean()
    between = estimates.var(ddof=1)
    total = variances.mean() + 1.2 * between
    part = 1.2 * between / total
    observed = (complete + 1) / (complete + 3) * complete * (1 - part)
    df = 1 / (part**2 / 4 + 1 / observed)
    assert combined.estimate[0] == pytest.approx(estimates.mean())
    assert combined.se[0] == pytest.approx(np.sqrt(total))
    assert combined.df[0] == pytest.approx(df)


def test_equal_imputations_are_one_data_set_but_for_small_sample_degrees() -> None:
    same = pv.prevalence(pv.Survey(ROWS.assign(again=ROWS["y0"]), SURVEY.design), ["y0", "again"], by="sex")
    combined = pv.combine_imputations(same, indicator="y")
    single = pv.prevalence(SURVEY, "y0", by="sex")
    np.testing.assert_allclose(combined.covariance(), single.covariance())
    np.testing.assert_allclose(combined.numbers.deff, single.numbers.deff)
    np.testing.assert_allclose(combined.numbers.df, single.numbers.df * (single.numbers.df + 1) / (single.numbers.df + 3))


def test_a_difference_is_combined_whether_taken_before_or_after() -> None:
    table = pv.prevalence(SURVEY, NAMES, by="sex")
    after = pv.combine_imputations(table, indicator="y").difference("sex", "Female", "Male")
    before = pv.combine_imputations(table.difference("sex", "Female", "Male"), indicator="y")
    for name in ("estimate", "se", "df", "n_psu"):
        np.testing.assert_allclose(getattr(after.numbers, name), getattr(before.numbers, name))


def test_a_joint_test_does_not_depend_on_how_its_rows_are_written() -> None:
    """Both rates are zero if and only if their sum and twice the one less the other are; the mean missing part by hand, from T and B."""
    table = pv.prevalence(SURVEY, NAMES, by="sex")
    combined = pv.combine_imputations(table, indicator="y")
    joint = combined.test()
    for matrix in ([[1.0, 1.0], [2.0, -1.0]], [[1.0, -1.0], [0.0, 1.0]]):
        other = combined.contrast(matrix).test()
        assert (other.f, other.df, other.p_value) == pytest.approx((joint.f, joint.df, joint.p_value), rel=1e-9)
    estimates = np.array([table.select(indicator=name).numbers.estimate for name in NAMES])
    between = 1.2 * np.cov(estimates.T)
    part = np.trace(np.linalg.solve(combined.covariance(), between)) / 2
    complete = 20 - 1
    df = 1 / (part**2 / 4 + 1 / ((complete + 1) / (complete + 3) * complete * (1 - part)))
    assert joint.df == pytest.approx(df - 1)


def test_in_a_census_imputation_is_the_only_error_of_rates_and_of_gaps() -> None:
    """Both shares of two completed censuses differ by one child in four: their variance is (1 + 1/2) B, B = (1/4)^2 / 2."""
    rows = pd.DataFrame({"w": 1.0, "whole": 1.0, "sex": ["Female", "Male"] * 4})
    rows = rows.assign(y0=[0, 1, 1, 0, 0, 0, 1, 1], y1=[1, 1, 1, 1, 0, 0, 1, 1])
    census = pv.prevalence(pv.Survey(rows, pv.Design(weight="w", fpc="whole")), ["y0", "y1"], by="sex")
    table = pv.combine_imputations(census, indicator="y")
    gap = table.contrast([[1.0, 1.0]])
    np.testing.assert_allclose(table.numbers.se**2, 1.5 / 32)
    np.testing.assert_allclose(gap.numbers.se**2, 4 * 1.5 / 32)
    for found in (table, gap):
        assert (found.limits.high - found.limits.low > found.numbers.se).all()
        assert not any("every unit was sampled" in flag for flag in found.flags)


def test_replicates_without_units_take_the_fewest_degrees_of_freedom_of_the_tables() -> None:
    """A jackknife of six areas: all of them answer the first time, four the second, which leaves three degrees of freedom."""
    area = np.repeat(range(6), 2)
    rows = pd.DataFrame({"w": 1.0, "y": [0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1]})
    rows = rows.assign(**{f"r{one}": np.where(area == one, 0.0, 6 / 5) for one in range(6)})
    replicates = pv.Replicates(columns=[f"r{one}" for one in range(6)], method="JK1")
    design = pv.Design(weight="w", replicates=replicates)
    filled = [rows, rows.assign(y=rows["y"].mask(area >= 4))]
    tables = [pv.prevalence(pv.Survey(each, design), "y") for each in filled]
    assert [table.numbers.df[0] for table in tables] == [5, 3]
    found = pv.combine_imputations(tables, indicator="y").numbers
    between = 1.5 * np.var([table.numbers.estimate[0] for table in tables], ddof=1)
    part = between / found.se[0] ** 2
    assert found.df[0] == pytest.approx(1 / (part**2 + 1 / (4 / 6 * 3 * (1 - part))))


def test_separate_files_are_combined_like_columns_of_one() -> None:
    tables = [pv.prevalence(pv.Survey(ROWS.rename(columns={name: "y"}), SURVEY.design), "y", by="sex") for name in NAMES]
    separate = pv.combine_imputations(tables, indicator="y")
    together = pv.combine_imputations(pv.prevalence(SURVEY, NAMES, by="sex"), indicator="y")
    pd.testing.assert_frame_equal(separate.to_pandas(), together.to_pandas())


def test_one_imputation_or_other_rows_are_refused() -> None:
    with pytest.raises(pv.errors.OptionError, match="two or more completed data sets"):
        pv.combine_imputations(pv.prevalence(SURVEY, "y0"), indicator="y")
    with pytest.raises(pv.errors.OptionError, match="must have the same rows; one has 1 by nothing, another 2 by sex"):
        pv.combine_imputations([pv.prevalence(SURVEY, "y0"), pv.prevalence(SURVEY, "y1", by="sex")], indicator="y")


def test_ratios_of_estimates_are_combined_on_the_log_scale() -> None:
    parts = [pv.prevalence(SURVEY, name, by="sex").relative("sex", "Female", "Male") for name in NAMES]
    combined = pv.combine_imputations(parts, indicator="y")
    logs = np.array([np.log(part.numbers.estimate[0]) for part in parts])
    total = np.mean([part.numbers.se_log[0] ** 2 for part in parts]) + 1.2 * logs.var(ddof=1)
    assert combined.numbers.estimate[0] == pytest.approx(np.exp(logs.mean()))
    assert combined.numbers.se_log[0] == pytest.approx(np.sqrt(total))
    assert combined.numbers.se[0] == pytest.approx(np.exp(logs.mean()) * np.sqrt(total))
    t = stats.t.ppf(0.975, combined.numbers.df[0])
    assert combined.limits.high[0] == pytest.approx(np.exp(logs.mean() + t * np.sqrt(total)))
    assert combined.test().p_value == pytest.approx(2 * stats.t.sf(abs(logs.mean()) / np.sqrt(total), combined.numbers.df[0]))


def test_odds_ratios_of_imputed_answers() -> None:
    """The combined odds ratio is that of the combined log odds."""
    fits = [pv.determinants(SURVEY, name, of="sex") for name in NAMES]
    odds = pv.combine_imputations([fit.odds for fit in fits], indicator="y").numbers
    logs = pv.combine_imputations([fit.coefficients.take(np.array([1])) for fit in fits], indicator="y").numbers
    assert odds.estimate[0] == pytest.approx(np.exp(logs.estimate[0]))
    assert odds.se_log[0] == pytest.approx(logs.se[0])
    assert odds.df[0] == pytest.approx(logs.df[0])


@pytest.mark.parametrize("interval", ["logit", "korn-graubard"])
def test_quantiles_have_t_limits_after_imputation(interval: str) -> None:
    hours = SURVEY.data.assign(**{f"h{index}": RNG.gamma(2, 9, 500) for index in range(2)})
    table = pv.quantile(pv.Survey(hours, SURVEY.design), ["h0", "h1"], 0.5, interval=interval)
    combined = pv.combine_imputations(table, indicator="hours")
    half = stats.t.ppf(0.975, combined.numbers.df[0]) * combined.numbers.se[0]
    assert combined.limits.high[0] == pytest.approx(combined.numbers.estimate[0] + half)


def test_joint_tests_do_not_depend_on_which_way_round_the_rows_are() -> None:
    """Degrees of freedom once were those of the sum of the rows, which another sign or scale of a row changes."""
    rows = ROWS.assign(**{f"y{index}": (RNG.random(500) < 0.2 + 0.02 * index).astype(float) for index in range(5)})
    combined = pv.combine_imputations(pv.prevalence(pv.Survey(rows, SURVEY.design), NAMES, by="sex"), indicator="y")
    joint = combined.contrast(np.eye(2)).test()
    for matrix in ([[1, 0], [0, -1]], [[1, 0], [0, 100]], [[1, 1], [1, -2]]):
        other = combined.contrast(matrix).test()
        assert (other.rank, other.f, other.df) == (2, pytest.approx(joint.f), pytest.approx(joint.df))
    # With no variance between imputations they are those of the complete data, but for Barnard's and Rubin's factor.
    same = pv.combine_imputations([pv.prevalence(SURVEY, "y0", by="sex")] * 2, indicator="y").test()
    counted = ROWS["ea"].nunique() - 1
    assert same.df == pytest.approx((counted + 1) / (counted + 3) * counted - 1)


def test_data_sets_without_some_units_are_refused() -> None:
    fewer = pv.Survey(ROWS[ROWS["ea"] > 0], SURVEY.design)
    with pytest.raises(pv.errors.OptionError, match="same sampling units; one has 20, another 19"):
        pv.combine_imputations([pv.prevalence(SURVEY, "y0"), pv.prevalence(fewer, "y1")], indicator="y")
