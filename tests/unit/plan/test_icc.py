"""Variance components against R's aov, textbook analysis of variance, and populations that are known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
import reference
from prevalence.errors import DesignError, OptionError
from prevalence.plan.nested import components, nested_codes

SAME_SUMS = 1e-12
"""Sums of squares of the same numbers in another order."""
THREE_ERRORS = 3


def test_unequal_units_agree_with_r_aov(from_r: dict[str, list[dict[str, Any]]]) -> None:
    record = from_r["components"][0]
    schools = reference.data(record["data"])
    found = components(
        nested_codes(np.zeros(len(schools), np.int64), pd.factorize(schools["dnum"])[0]),
        np.ones(len(schools)),
        schools["met_school"].to_numpy(float),
    )
    assert found.variance.tolist() == pytest.approx([record["between"], record["within"]], rel=SAME_SUMS)
    assert found.icc == pytest.approx(record["icc"], rel=SAME_SUMS)


def test_balanced_nested_design_is_the_textbook_analysis_of_variance() -> None:
    rng = np.random.default_rng(4)
    strata, units, homes, people = 3, 5, 4, 2
    y = (
        rng.normal(size=(strata, units, homes, people))
        + rng.normal(size=(strata, units, homes, 1))
        + rng.normal(size=(strata, units, 1, 1))
    )
    codes = np.indices(y.shape).reshape(4, -1)
    found = components(nested_codes(codes[0], codes[1], codes[2]), np.ones(y.size), y.ravel())
    mean_home, mean_unit = y.mean(axis=3), y.mean(axis=(2, 3))
    rest = y.var(axis=3, ddof=1).mean()
    between_homes = people * mean_home.var(axis=2, ddof=1).mean()
    between_units = homes * people * mean_unit.var(axis=1, ddof=1).mean()
    expected = [(between_units - between_homes) / (homes * people), (between_homes - rest) / people, rest]
    assert found.variance.tolist() == pytest.approx(expected, rel=1e-10)


def test_jackknife_is_what_leaving_each_unit_out_gives() -> None:
    rng = np.random.default_rng(5)
    stratum = np.repeat([0, 1, 2], [14, 23, 9])
    # Three units in each of the first two strata, two in the last, of unequal size.
    unit = 3 * stratum + np.arange(len(stratum)) % np.array([3, 3, 2])[stratum]
    w, y = rng.uniform(1, 3, len(unit)), rng.normal(size=len(unit)) + rng.normal(size=8)[unit]
    whole = components(nested_codes(stratum, unit), w, y)
    total = 0.0
    for h in np.unique(stratum):
        inside = np.unique(unit[stratum == h])
        others = np.array(
            [components(nested_codes(stratum[unit != u], unit[unit != u]), w[unit != u], y[unit != u]).icc for u in inside]
        )
        total += (len(inside) - 1) / len(inside) * ((others - others.mean()) ** 2).sum()
    assert whole.icc_se == pytest.approx(np.sqrt(total), rel=1e-9)


def test_weighted_components_are_unbiased() -> None:
    rng = np.random.default_rng(6)
    truth, draws = np.array([0.2, 0.3, 0.5]), 200
    stratum, unit, home = np.repeat(np.arange(4), 6 * 5 * 3), np.repeat(np.arange(24), 15), np.repeat(np.arange(120), 3)
    found = []
    for _ in range(draws):
        y = 2.0 * rng.normal(size=4)[stratum]
        for variance, codes, groups in zip(truth, (unit, home, np.arange(360)), (24, 120, 360), strict=True):
            y = y + np.sqrt(variance) * rng.normal(size=groups)[codes]
        kept = rng.random(360) < 0.7
        weight = 0.2 + rng.exponential(size=360)
        found.append(components(nested_codes(stratum[kept], unit[kept], home[kept]), weight[kept], y[kept]).variance)
    error = np.std(found, axis=0) / np.sqrt(draws)
    assert (np.abs(np.mean(found, axis=0) - truth) < THREE_ERRORS * error).all()


def clustered(rng: np.random.Generator) -> pv.Survey:
    """Sixty areas of twelve children with an area effect, two regions."""
    area = np.repeat(np.arange(60), 12)
    rate = np.clip(0.2 + 0.15 * rng.normal(size=60), 0.01, 0.9)[area]
    rows = pd.DataFrame(
        {"area": area, "region": np.where(area < 30, "North", "South"), "w": 1.0, "y": (rng.random(720) < rate).astype(float)}
    )
    return pv.Survey(rows, pv.Design(weight="w", stratum="region", psu="area"))


def test_design_effect_of_the_survey_is_near_that_of_its_components() -> None:
    found = pv.plan.icc(clustered(np.random.default_rng(7)), "y")
    # Equal units and weights: the two differ by the strata and by degrees of freedom alone.
    assert found.deff_model[0] == pytest.approx(found.deff[0], rel=0.05)
    assert found.per_psu[0] == 12
    assert found.weighting[0] == pytest.approx(1, rel=SAME_SUMS)
    assert found.roh[0] == pytest.approx((found.deff[0] - 1) / 11, rel=SAME_SUMS)


def test_domains_stand_before_everybody() -> None:
    survey = clustered(np.random.default_rng(7))
    found = pv.plan.icc(survey, "y", by="region")
    assert found.domain == ("North", "South", "All")
    assert found.n.tolist() == [360, 360, 720]
    assert found.icc[2] == pv.plan.icc(survey, "y").icc[0]


def test_missing_answers_and_zero_weights_are_left_out() -> None:
    survey = clustered(np.random.default_rng(7))
    more = pd.concat([survey.data, survey.data.head(5).assign(y=np.nan), survey.data.head(5).assign(w=0.0)])
    assert pv.plan.icc(pv.Survey(more, survey.design), "y").icc.tolist() == pv.plan.icc(survey, "y").icc.tolist()


def test_bad_input() -> None:
    survey = clustered(np.random.default_rng(7))
    with pytest.raises(DesignError, match="icc needs sampling units"):
        pv.plan.icc(pv.Survey(survey.data, pv.Design(weight="w")), "y")
    with pytest.raises(DesignError, match="no stratum has two sampling units"):
        pv.plan.icc(pv.Survey(survey.data, pv.Design(weight="w", stratum="area", psu="area", lonely_psu="certainty")), "y")
    single = pv.Survey(survey.data.assign(home=range(720)), survey.design)
    with pytest.raises(DesignError, match="leave household= out"):
        pv.plan.icc(single, "y", household="home")
    with pytest.raises(OptionError, match="Nobody in 'South' has a known 'y'"):
        pv.plan.icc(
            pv.Survey(survey.data.assign(y=survey.data["y"].where(survey.data["region"] == "North")), survey.design),
            "y",
            by="region",
        )
