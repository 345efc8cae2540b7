"""Where degrees of freedom are read from the scores, and where units are counted instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.design import Design, Replicates, TwoPhase

SAME = 1e-10
"""Sums of fourth powers in another order."""

RNG = np.random.default_rng(11)
UNIT = np.repeat(np.arange(60), 8)
ROWS = pd.DataFrame(
    {
        "w": RNG.lognormal(0, 0.8, 480),
        "stratum": UNIT // 10,
        "ea": UNIT,
        "y": (RNG.random(480) < 0.08).astype(float),
        "none": 0.0,
        "hours": RNG.gamma(2.0, 5.0, 480),
        "sex": RNG.choice(["Female", "Male"], 480),
        "area": np.where(UNIT % 2, "Urban", "Rural"),
        "module": 1.0,
    }
)
READ = Design(weight="w", stratum="stratum", psu="ea")
COUNTED = replace(READ, df_rule="occupied")


def both(ask: Callable[[pv.Survey], pv.Estimates], **changes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the degrees of freedom by the default rule and by the count."""
    read, counted = (ask(pv.Survey(ROWS, replace(design, **changes))) for design in (READ, COUNTED))
    np.testing.assert_array_equal(read.numbers.se, counted.numbers.se)
    return read.numbers.df, counted.numbers.df


def test_it_is_the_default_and_never_above_the_count() -> None:
    assert pv.Design(weight="w").df_rule == "satterthwaite"
    read, counted = both(lambda survey: pv.prevalence(survey, "y", by=["sex", "area"], margins=True))
    assert ((read >= 4) & (read <= counted)).all()
    assert (read < counted - 1).any()


def test_the_rule_written_out() -> None:
    """n k-statistics of the scores of each stratum of ten areas, straight from the rows."""
    by_unit = ROWS.assign(wy=ROWS["w"] * ROWS["y"]).groupby(["stratum", "ea"])[["w", "wy"]].sum()
    scores = ((by_unit["wy"] - by_unit["wy"].sum() / by_unit["w"].sum() * by_unit["w"]) / by_unit["w"].sum()).unstack("stratum")
    variance = spread = 0.0
    for stratum in scores:
        column = scores[stratum]
        z = column.dropna().to_numpy() - column.mean()
        n, square, fourth = len(z), (z**2).sum(), (z**4).sum()
        k2 = square / (n - 1)
        k4 = (n * (n + 1) * fourth - 3 * (n - 1) * square**2) / ((n - 1) * (n - 2) * (n - 3))
        variance += n * k2
        spread += n**2 * (2 * n * k2**2 + (n - 1) * k4) / (n * (n + 1))
    found = pv.prevalence(pv.Survey(ROWS, READ), "y").numbers
    assert found.se[0] ** 2 == pytest.approx(variance)
    assert found.df[0] == pytest.approx(2 * (variance**2 - spread) / spread)


def test_a_difference_reads_its_own_scores() -> None:
    read, counted = both(lambda survey: pv.prevalence(survey, "y", by="sex").difference("sex", "Female", "Male"))
    assert 4 <= read[0] < counted[0]
    read, counted = both(lambda survey: pv.prevalence(survey, "y", by="sex").relative("sex", "Female", "Male"))
    assert 4 <= read[0] < counted[0]


def test_quantiles_read_the_scores_of_their_share() -> None:
    read, counted = (pv.quantile(pv.Survey(ROWS, design), "hours", [0.1, 0.5]).numbers.df for design in (READ, COUNTED))
    assert read[0] != read[1]
    assert (read <= counted).all()


def test_without_variance_units_are_counted() -> None:
    read, counted = both(lambda survey: pv.prevalence(survey, "none", by="sex"))
    np.testing.assert_array_equal(read, counted)


@pytest.mark.parametrize(
    "changes",
    [
        {"replicates": Replicates(method="JKn")},
        {"two_phase": TwoPhase(subset="module")},
        {"selection": "successive-differences", "order": "ea"},
    ],
    ids=["replicates", "two phases", "systematic selection"],
)
def test_other_variances_count_units(changes: dict[str, Any]) -> None:
    read, counted = both(lambda survey: pv.prevalence(survey, "y", by="sex"), **changes)
    np.testing.assert_array_equal(read, counted)


def test_joint_tests_count_units_and_a_test_of_one_row_is_its_t_test() -> None:
    read, counted = (pv.prevalence(pv.Survey(ROWS, design), "y", by=["area", "sex"]) for design in (READ, COUNTED))
    gaps = [table.difference("sex", "Female", "Male") for table in (read, counted)]
    assert gaps[0].test() == gaps[1].test()
    one = gaps[0].select(area="Urban")
    assert one.test().p_value == pytest.approx(one.tests().p_value[0])


def test_tests_of_independence_count_units() -> None:
    read, counted = (pv.association(pv.Survey(ROWS, design), "sex", "area").to_pandas() for design in (READ, COUNTED))
    pd.testing.assert_frame_equal(read, counted)


def test_reliability_rules_count_units() -> None:
    read, counted = (
        pv.report.reliability(pv.prevalence(pv.Survey(ROWS, design), "y", by="area"), rule="nchs-2017").to_pandas()
        for design in (READ, COUNTED)
    )
    pd.testing.assert_frame_equal(read, counted)


def test_imputations_average_what_they_read() -> None:
    rows = ROWS.assign(first=ROWS["y"], second=np.where(np.arange(480) == 3, 1 - ROWS["y"], ROWS["y"]))
    table = pv.prevalence(pv.Survey(rows, READ), ["first", "second"])
    combined = pv.combine_imputations(table, indicator="y").numbers
    within, between = (table.numbers.se**2).mean(), 1.5 * table.numbers.estimate.var(ddof=1)
    part, complete = between / (within + between), table.numbers.df.mean()
    observed = (complete + 1) / (complete + 3) * complete * (1 - part)
    assert combined.df[0] == pytest.approx(1 / (part**2 + 1 / observed))


@pytest.mark.parametrize("weights", ["level", "unequal"])
def test_kept_moments_read_the_same_of_cells_and_of_contrasts(weights: str) -> None:
    survey = pv.Survey(ROWS.assign(w=1.0) if weights == "level" else ROWS, READ)
    asked = {"by": ["area", "sex"], "margins": True}
    units = pv.prevalence(survey, "y", **asked)
    moments = pv.prevalence(survey, "y", **asked, keep="moments", contrasts=["area", ("sex", "Female", "Male")])
    np.testing.assert_allclose(moments.numbers.df, units.numbers.df, rtol=SAME)
    for one, other in (
        (moments.difference("sex", "Female", "Male"), units.difference("sex", "Female", "Male")),
        (moments.relative("sex", "Female", "Male"), units.relative("sex", "Female", "Male")),
        (moments.excess("area"), units.excess("area")),
    ):
        np.testing.assert_allclose(one.numbers.df, other.numbers.df, rtol=SAME)
        assert (one.numbers.df < 53).any()
