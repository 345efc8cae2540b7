"""Tests of association of surveys: domains, engines, adjustments and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import prevalence as pv
from prevalence.errors import OptionError
from prevalence.survey import Family

SAME = 1e-10
"""Eigenvalues of the same matrices in another order."""

RNG = np.random.default_rng(12)
ROWS = pd.DataFrame(
    {
        "ea": np.repeat(np.arange(40), 12),
        "w": RNG.uniform(1, 3, 480),
        "region": np.repeat(["North", "South"], 240),
        "sex": RNG.choice(["Female", "Male"], 480),
        "status": RNG.choice(["Employee", "Own-account", "Family", None], 480, p=[0.4, 0.3, 0.2, 0.1]),
        "chain_cocoa": RNG.integers(0, 2, 480),
    }
)
DESIGN = pv.Design(weight="w", psu="ea")
SURVEY = pv.Survey(ROWS, DESIGN)


def test_a_two_by_two_table_tests_the_difference_of_two_shares() -> None:
    table = pv.association(SURVEY, "sex", "chain_cocoa").to_pandas().iloc[0]
    gap = pv.prevalence(SURVEY, "chain_cocoa", by="sex").difference("sex", "Female", "Male").tests()
    # The linearised log odds ratio is another function of the same table: near independence both are the same test.
    assert table["f"] == pytest.approx(float(gap.test.t[0] ** 2), rel=0.05)
    assert table["f_df"] == pytest.approx(1, rel=SAME)
    assert table["n"] == len(ROWS)


def test_domains_margins_and_missing_answers() -> None:
    found = pv.association(SURVEY, "sex", "status", by="region", margins=True)
    table = found.to_pandas()
    assert table["region"].tolist() == ["North", "South", "All"]
    assert table["n"].tolist() == [
        *(ROWS[ROWS.region == name]["status"].notna().sum() for name in ("North", "South")),
        ROWS["status"].notna().sum(),
    ]
    everyone = pv.association(SURVEY, "sex", "status").to_pandas()
    numbers = ["f", "f_df", "f_below", "p_value", "wald_f", "pearson"]
    np.testing.assert_allclose(table[numbers].iloc[2].to_numpy(float), everyone[numbers].iloc[0].to_numpy(float), rtol=SAME)
    among = pv.association(
        pv.Survey(ROWS.assign(north=(ROWS.region == "North").astype(int)), DESIGN), "sex", "status", among="north"
    ).to_pandas()
    np.testing.assert_allclose(table[numbers].iloc[0].to_numpy(float), among[numbers].iloc[0].to_numpy(float), rtol=SAME)


def test_order_of_categories_rows_and_engine_change_nothing() -> None:
    numbers = ["f", "f_df", "f_below", "p_value", "chi2_p", "wald_f", "wald_p", "pearson", "n", "df"]
    expected = pv.association(SURVEY, "sex", "status").to_pandas()[numbers].iloc[0].to_numpy(float)
    mixed = ROWS.sample(frac=1, random_state=2)
    others = [
        pv.association(SURVEY, "status", "sex"),
        pv.association(pv.Survey(mixed, DESIGN), "sex", "status"),
        pv.association(pv.Survey(pl.from_pandas(mixed).lazy(), DESIGN), "sex", "status"),
    ]
    for other in others:
        np.testing.assert_allclose(other.to_pandas()[numbers].iloc[0].to_numpy(float), expected, rtol=1e-9)


def test_adjusted_for_the_number_of_domains() -> None:
    plain = pv.association(SURVEY, "sex", "status", by="region")
    holm = pv.association(SURVEY, "sex", "status", by="region", adjust="holm")
    p = np.sort(plain.p_value)
    assert holm.adjusted is not None
    np.testing.assert_allclose(np.sort(holm.adjusted.p_value), [min(2 * p[0], 1), min(max(2 * p[0], p[1]), 1)], rtol=SAME)
    assert "p_adjusted" in holm.to_pandas()
    assert "p_adjusted" not in plain.to_pandas()


def test_created_replicates() -> None:
    replicated = pv.Design(weight="w", psu="ea", replicates=pv.Replicates(method="JKn"))
    plain, jackknife = (
        pv.association(pv.Survey(ROWS, design), "sex", "status").to_pandas().iloc[0] for design in (DESIGN, replicated)
    )
    assert jackknife["f"] == pytest.approx(plain["f"], rel=0.05)


def test_what_cannot_be_tested_is_said() -> None:
    rows = ROWS.assign(one="yes", lone=np.where(ROWS["ea"] == 0, ROWS["sex"], None))
    survey = pv.Survey(rows, DESIGN)
    alone = pv.association(survey, "sex", "one")
    assert np.isnan(alone.p_value[0])
    assert "fewer than two levels" in alone.flags[0]
    lone = pv.association(survey, "lone", "chain_cocoa")
    assert np.isnan(lone.p_value[0])
    assert "no degrees of freedom" in lone.flags[0]
    empty = rows.assign(status=np.where((rows["sex"] == "Male") & (rows["status"] == "Family"), "Employee", rows["status"]))
    assert "cells without anybody" in pv.association(pv.Survey(empty, DESIGN), "sex", "status").flags[0]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"first": "sex", "second": "sex"}, "must differ"),
        ({"first": "sex", "second": "status", "by": "sex"}, "must differ"),
        ({"first": "sex", "second": "status", "by": [["region"], ["ea"]]}, "one list of dimensions"),
        ({"first": "sex", "second": "chains"}, "family of overlapping columns"),
        ({"first": "sex", "second": "status", "under": "null"}, "under must be one of"),
        ({"first": "sex", "second": "status", "adjust": "bonferroni"}, "adjust must be one of"),
        ({"first": "sex", "second": "status", "by": "contrasts"}, "by='contrasts' is the name of a column of results"),
    ],
)
def test_wrong_questions(question: dict[str, object], words: str) -> None:
    chains = Family(name="chains", members={"cocoa": "chain_cocoa"}, exposure="household", denominator="people of the chain")
    with pytest.raises(OptionError, match=words):
        pv.association(pv.Survey(ROWS, DESIGN, families={"chains": chains}), **question)


def test_one_degree_of_freedom_is_enough_for_one_contrast() -> None:
    rows = pd.DataFrame({"ea": np.repeat([0, 1], 20), "w": 1.0, "sex": ["Female", "Male"] * 20})
    rows["works"] = np.isin(np.arange(40), [0, 1, 4, 5, 8, 12, 20, 21, 23, 27, 31, 35])
    table = pv.association(pv.Survey(rows, DESIGN), "sex", "works")
    assert table.df.tolist() == [1]
    assert table.wald.rank.tolist() == [1]
    assert np.isfinite(table.wald.p_value).all()
    assert table.flags == ("",)


def test_where_nothing_can_be_tested_empty_cells_are_no_news() -> None:
    """In the north everybody works."""
    rows = ROWS.assign(works=(ROWS["region"] == "North") | (np.arange(480) % 3 == 0))
    table = pv.association(pv.Survey(rows, DESIGN), "sex", "works", by="region")
    assert table.flags == ("not testable: fewer than two levels of a category have anybody", "")


def test_all_statistics_of_a_table() -> None:
    found = pv.association(SURVEY, "sex", "status", by="region", margins=True)
    table = found.to_pandas()
    for name, value, p in (("second-order", "f", "p_value"), ("first-order", "chi2", "chi2_p"), ("wald", "wald_f", "wald_p")):
        test = found.test(name)
        np.testing.assert_array_equal(np.array([test.value, test.p_value]), table[[value, p]].to_numpy().T)
    plain, wald = found.test("unadjusted-wald"), found.test("wald")
    np.testing.assert_allclose(plain.value, wald.value * found.df / wald.below, rtol=SAME)
    assert np.all(plain.p_value < wald.p_value)
    exact, near = found.test("exact"), found.test("saddlepoint")
    assert np.all(exact.value == table["pearson"])
    np.testing.assert_allclose(exact.p_value, table["p_value"], rtol=0.1)
    np.testing.assert_allclose(near.p_value, exact.p_value, rtol=0.06)
    with pytest.raises(OptionError, match="statistic must be"):
        found.test("F")


def test_without_a_test_no_statistic_has_a_p_value() -> None:
    found = pv.association(pv.Survey(ROWS.assign(sex="Female"), DESIGN), "sex", "status")
    for name in ("second-order", "first-order", "exact", "saddlepoint", "wald", "unadjusted-wald"):
        assert np.isnan(found.test(name).p_value).all()
