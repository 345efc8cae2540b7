"""t tests of the rows of a table, one by one and adjusted for their number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import prevalence as pv
from prevalence.errors import OptionError

EXACT = 1e-12
"""The same arithmetic in another order."""

RNG = np.random.default_rng(6)
ROWS = pd.DataFrame(
    {
        "ea": np.repeat(np.arange(30), 12),
        "w": RNG.uniform(1, 3, 360),
        "region": RNG.choice(["a", "b", "c", "d"], 360),
        "sex": RNG.choice(["Female", "Male"], 360),
        "works": RNG.integers(0, 2, 360),
    }
)
TABLE = pv.prevalence(pv.Survey(ROWS, pv.Design(weight="w", psu="ea")), "works", by=["region", "sex"])


def test_gaps_are_tested_against_zero_with_their_own_degrees_of_freedom() -> None:
    gaps = TABLE.difference("sex", "Female", "Male")
    found = gaps.tests(adjust="holm")
    t = gaps.numbers.estimate / gaps.numbers.se
    np.testing.assert_allclose(found.p_value, 2 * stats.t.sf(np.abs(t), gaps.numbers.df), rtol=EXACT)
    # A row alone: the joint test is the square of t.
    one = gaps.select(region="a").test()
    assert one.p_value == pytest.approx(found.p_value[0], rel=1e-10)
    table = found.to_pandas()
    assert table.columns.tolist() == [
        "indicator",
        "statistic",
        "region",
        "sex",
        "estimate",
        "t",
        "df",
        "p_value",
        "p_adjusted",
        "flag",
    ]
    assert (table["p_adjusted"] >= table["p_value"]).all()


def test_ratios_are_tested_against_one_on_the_log_scale() -> None:
    ratios = TABLE.relative("sex", "Female", "Male")
    np.testing.assert_allclose(ratios.tests().test.t, np.log(ratios.numbers.estimate) / ratios.numbers.se_log, rtol=EXACT)
    against_two = ratios.tests(null=2.0).test.t
    np.testing.assert_allclose(against_two, np.log(ratios.numbers.estimate / 2) / ratios.numbers.se_log, rtol=1e-10)


def test_another_null_is_taken_off() -> None:
    np.testing.assert_allclose(TABLE.tests(null=0.25).test.t, (TABLE.numbers.estimate - 0.25) / TABLE.numbers.se, rtol=EXACT)


def test_ratios_are_tested_jointly_by_their_logarithms() -> None:
    ratios = TABLE.relative("sex", "Female", "Male").select(region=["a", "b"])
    logs, covariance = np.log(ratios.numbers.estimate), ratios.covariance()
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), ratios.numbers.se_log, rtol=EXACT)
    found = ratios.test()
    assert found.f == pytest.approx(logs @ np.linalg.solve(covariance, logs) / 2 * found.df / (found.df + 1), rel=1e-10)


def test_rows_without_a_test_do_not_count() -> None:
    rows = ROWS.assign(works=np.where(ROWS["region"] == "d", 0, ROWS["works"]))
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "works", by="region")
    found = table.tests(null=0.5, adjust="benjamini-hochberg")
    assert found.adjusted is not None
    assert (found.adjusted.tests, found.adjusted.left_out) == (3, 1)
    assert np.isnan(found.p_value[3])
    assert "no cases" in found.flags[3]


def test_unknown_adjustments_are_refused() -> None:
    with pytest.raises(OptionError, match="adjust must be one of"):
        TABLE.tests(adjust="bonferroni")


@pytest.mark.parametrize("name", ["t", "p_value", "p_adjusted"])
def test_a_dimension_called_like_a_column_of_tests_is_refused(name: str) -> None:
    table = pv.prevalence(pv.Survey(ROWS.assign(**{name: ROWS["sex"]}), pv.Design(weight="w", psu="ea")), "works", by=name)
    with pytest.raises(OptionError, match=f"'{name}' is called like a column of tests"):
        table.tests()


def test_a_joint_test_has_the_degrees_of_freedom_of_all_its_rows() -> None:
    """Three of six areas in each region: 2 degrees of freedom for each, 5 for both, of which a test of two rows leaves 4."""
    rows = pd.DataFrame({"ea": np.repeat(range(6), 4), "w": 1.0, "region": np.repeat(["N", "S"], 12)})
    rows["y"] = (rows.groupby("ea").cumcount() < np.repeat([1, 3, 2, 1, 4, 3], 4)).astype(float)
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w", psu="ea", df_rule="own")), "y", by="region")
    assert table.numbers.df.tolist() == [2, 2]
    assert table.test().df == 4
