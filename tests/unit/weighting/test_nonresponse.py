"""Adjustment for non-response: classes and their collapsing, propensities, dispositions and the rates of AAPOR."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence import weighting
from prevalence.errors import DataError, OptionError

CODES = {1: "interview", 2: "partial", 3: "refusal", 4: "non-contact", 5: "other", 8: "unknown", 9: "ineligible"}


def survey(**columns: Any) -> pv.Survey:
    """Return 12 cases of weight 10 in two areas."""
    rows = pd.DataFrame(
        {
            "ea": [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4],
            "w": 10.0,
            "area": ["u"] * 6 + ["r"] * 6,
            "result": [1, 1, 3, 2, 8, 9, 1, 4, 1, 1, 5, 9],
            "x": [0.0, 1, 2, 1, 0, 2, 1, 3, 2, 0, 2, 1],
        }
    )
    return pv.Survey(rows.assign(**columns), pv.Design(weight="w", psu="ea"))


def adjusted(**options: Any) -> pv.Survey:
    given = {"disposition": "result", "codes": CODES, "min_respondents": 1, "max_factor": 99} | options
    return weighting.nonresponse(survey(), **given)


def test_weight_passes_within_classes_and_to_known_cases_first() -> None:
    """Urban: 60 of weight, one of 6 unknown: each of the 5 known gets 12; 4 of them in scope, 3 responded: 16. Rural: 5 in scope, 3 responded."""
    found = adjusted(classes="area")
    assert weighting.weights(found).round(9).tolist() == [16, 16, 0, 16, 0, 0, *np.round([50 / 3, 0, 50 / 3, 50 / 3, 0, 0], 9)]
    assert [step.effect for step in found.design.adjustments] == ["sample", "given", "sample"]
    assert {count.reason: count.rows for count in found.design.plan[0].counts}["disposition: refusal"] == 1


def test_weight_of_each_class_is_kept() -> None:
    found = adjusted(classes="area", codes={**CODES, 8: "refusal", 9: "refusal"})
    sums = found.data.groupby("area")["weight_nonresponse"].sum()
    assert sums.round(9).to_dict() == {"r": 60.0, "u": 60.0}


def test_small_classes_collapse_into_the_neighbour_that_shares_leading_columns() -> None:
    groups = ["a", "b", "c", "a", "b", "c", "a", "b", "c", "a", "b", "c"]
    answered = [1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1]
    found = weighting.nonresponse(
        survey(group=groups, answered=answered),
        disposition="answered",
        classes=["area", "group"],
        min_respondents=2,
        max_factor=99,
    )
    labels = set(found.data["weight_nonresponse_class"])
    assert labels == {"u x a", "u x b + u x c", "r x a + r x b", "r x c"}
    assert sum("Collapsed" in note for note in found.provenance.notes) == 2


def test_a_large_factor_collapses_too() -> None:
    answered = [1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    found = weighting.nonresponse(
        survey(answered=answered), disposition="answered", classes="area", min_respondents=1, max_factor=2.0
    )
    assert set(found.data["weight_nonresponse_class"]) == {"r + u"}


def test_propensities_solve_the_likelihood_equations_of_the_design_weights() -> None:
    weights = np.arange(1.0, 13)
    found = weighting.nonresponse(
        survey(answered=[1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 1], w=weights),
        disposition="answered",
        form="inverse",
        predictors=["area", "x"],
    )
    p = found.data["weight_nonresponse_propensity"].to_numpy()
    left = weights * (found.data["answered"] - p)
    for column in (1, found.data["x"], found.data["area"] == "u"):
        assert abs((left * column).sum()) < 1e-12 * weights.sum()
    answered = found.data["answered"] == 1
    np.testing.assert_allclose(weighting.weights(found)[answered], (weights / p)[answered], rtol=1e-14)
    assert (weighting.weights(found)[~answered] == 0).all()


def test_codes_enter_by_category_where_asked() -> None:
    answered = [1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 1]
    options: dict[str, Any] = {"disposition": "answered", "form": "inverse", "predictors": ["code"]}
    data = survey(answered=answered, code=[1, 1, 1, 2, 2, 2, 3, 3, 3, 1, 2, 3])
    by_category = weighting.nonresponse(data, categorical=["code"], **options).data
    share = by_category.groupby("code")["answered"].transform("mean")
    np.testing.assert_allclose(by_category["weight_nonresponse_propensity"], share, rtol=1e-12)


def test_strata_of_the_propensity_are_classes() -> None:
    random = np.random.default_rng(1)
    rows = pd.DataFrame({"ea": np.arange(400) // 10, "w": random.uniform(1, 3, 400), "x": random.normal(size=400)})
    rows["answered"] = (random.random(400) < 1 / (1 + np.exp(-rows["x"]))).astype(float)
    found = weighting.nonresponse(
        pv.Survey(rows, pv.Design(weight="w", psu="ea")),
        disposition="answered",
        form="strata",
        predictors="x",
        strata=4,
        max_factor=99,
        min_respondents=5,
    )
    sums = found.data.groupby("weight_nonresponse_class")[["w", "weight_nonresponse"]].sum()
    np.testing.assert_allclose(sums["weight_nonresponse"], sums["w"], rtol=1e-12)
    assert len(sums) == 4
    assert any("Strata of response propensities count as given" in note for note in found.provenance.notes)


def test_a_case_on_the_edge_of_two_strata_belongs_to_the_upper_one() -> None:
    """Propensities 1/5, 1/2 and 4/5 of 10, 20 and 10 cases: their median is 1/2, where the upper stratum begins: 18 of its 30 responded."""
    group = np.repeat(["a", "b", "c"], [10, 20, 10])
    answered = np.concatenate([np.arange(10) < 2, np.arange(20) < 10, np.arange(10) < 8]).astype(float)
    rows = pd.DataFrame({"w": 1.0, "group": group, "answered": answered})
    found = weighting.nonresponse(
        pv.Survey(rows, pv.Design(weight="w")),
        disposition="answered",
        form="strata",
        predictors="group",
        strata=2,
        max_factor=99,
        min_respondents=1,
    )
    of_group = [set(weighting.weights(found)[(group == name) & (answered == 1)].round(9)) for name in "abc"]
    assert of_group == [{5.0}, {round(30 / 18, 9)}, {round(30 / 18, 9)}]


@pytest.mark.parametrize(
    ("columns", "options", "words"),
    [
        ({"result": [None, 1, 3, 2, 8, 9, 1, 4, 1, 1, 5, 9]}, {}, "missing in 1 row"),
        ({}, {"codes": {1: "interview"}}, "6 values have none"),
        ({}, {"codes": {**CODES, 1: "interviewed"}}, "Did you mean 'interview'"),
        ({"result": 3}, {}, "Nobody responded"),
        ({"area": [None] * 2 + ["u"] * 10}, {"classes": "area"}, "'area' is missing in 2 rows"),
        ({"result": 1}, {"form": "inverse", "predictors": "x"}, "only one kind"),
        ({"result": [3] * 6 + [1, 1, 1, 1, 3, 1]}, {"form": "inverse", "predictors": "area"}, "must have a respondent.*'u'"),
        ({"x": [np.nan] * 2 + [1.0] * 10}, {"form": "inverse", "predictors": "x"}, "'x' is missing or infinite in 2 rows"),
    ],
)
def test_what_cannot_be_adjusted_is_one_clear_error(columns: dict[str, Any], options: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        weighting.nonresponse(survey(**columns), **({"disposition": "result", "codes": CODES} | options))


def test_respondents_without_a_probability_are_an_error() -> None:
    """One respondent among a thousand others of extreme x, where the model expects none."""
    x = np.concatenate([np.linspace(0, 1, 500), [40.0]])
    answered = np.concatenate([np.linspace(0, 1, 500) < 0.5, [1]]).astype(float)
    answered[240:260] = [0, 1] * 10
    rows = pd.DataFrame({"w": np.append(np.full(500, 1.0), 1e-9), "x": x, "answered": answered})
    with pytest.raises(DataError, match="Respondents must have a probability"):
        weighting.nonresponse(pv.Survey(rows, pv.Design(weight="w")), disposition="answered", form="inverse", predictors="x")


def test_separation_is_an_error() -> None:
    rows = pd.DataFrame({"w": 1.0, "x": np.arange(20.0), "answered": (np.arange(20) > 9).astype(float)})
    with pytest.raises(DataError, match=r"did not converge in .* some combination of predictors determines the outcome"):
        weighting.nonresponse(pv.Survey(rows, pv.Design(weight="w")), disposition="answered", form="inverse", predictors="x")


def test_options_are_checked() -> None:
    for options, words in (
        ({"form": "weights"}, "form must be one of"),
        ({"form": "inverse"}, "predictors="),
        ({"predictors": "x"}, "belong to form"),
        ({"variance": "none"}, "variance must be one of"),
        ({"form": "strata", "predictors": "x", "strata": 1}, "2 or more"),
    ):
        with pytest.raises(OptionError, match=words):
            adjusted(**options)


def test_rates_by_the_definitions_of_aapor() -> None:
    """I 4, P 1, R 1, NC 1, O 1, U 1, ineligible 2 (by hand)... of the 12 cases, interviews are 5."""
    table = weighting.response_rates(survey(), disposition="result", codes=CODES)
    cases = dict(zip(table.dispositions()["disposition"], table.dispositions()["cases"], strict=True))
    assert cases == {"interview": 5, "partial": 1, "refusal": 1, "non-contact": 1, "other": 1, "unknown": 1, "ineligible": 2}
    found = table.to_pandas().set_index("rate")["unweighted"]
    e = 9 / 11
    expected = {
        "RR1": 5 / 10,
        "RR2": 6 / 10,
        "RR3": 5 / (9 + e),
        "RR4": 6 / (9 + e),
        "RR5": 5 / 9,
        "RR6": 6 / 9,
        "COOP1": 5 / 8,
        "COOP3": 5 / 7,
        "REF1": 1 / 10,
        "REF3": 1 / 9,
        "CON1": 8 / 10,
        "CON3": 8 / 9,
    }
    assert found.to_dict() == pytest.approx(expected)
    given = weighting.response_rates(survey(), disposition="result", codes=CODES, eligibility=0.5).to_pandas().set_index("rate")
    assert given.loc["RR3", "unweighted"] == pytest.approx(5 / 9.5)


def test_rates_by_group_are_weighted_and_shown() -> None:
    data = survey(w=[20.0] + [10.0] * 11)
    table = weighting.response_rates(data, disposition="result", codes=CODES, by="area")
    rates = table.to_pandas().set_index(["group", "rate"])
    assert rates.loc[("u", "RR1"), "weighted"] == pytest.approx(30 / 60)
    assert "RR1" in repr(table)
    assert "<table>" in table._repr_html_()
