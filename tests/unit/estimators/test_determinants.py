"""Determinants: a regression that tells groups apart alone has their differences; what cannot be solved is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import prevalence as pv
from prevalence.errors import ColumnError, DataError, OptionError

SAME = 1e-9
"""The regression is solved by iteration; differences are sums."""
LINEAR = 0.03
"""Replicates of linearised scores and replicates of the estimate differ by terms of the second order, here in 30 units."""
SEED = 11


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    size = 900
    data = pd.DataFrame({
        "stratum": np.arange(size) // 300, "psu": np.arange(size) // 30, "w": rng.uniform(1, 3, size),
        "sex": rng.choice(["Female", "Male"], size), "area": rng.choice(["Rural", "Urban"], size), "hours": rng.gamma(2, 5, size),
        "inside": rng.choice([0.0, 1.0], size),
    })  # fmt: skip
    line = -1 + 0.6 * (data["sex"] == "Male") + 0.4 * (data["area"] == "Rural") + rng.normal(0, 0.4, 30)[data["psu"]]
    return data.assign(child_labour=rng.binomial(1, 1 / (1 + np.exp(-line))).astype(float))


DESIGN = pv.Design(weight="w", stratum="stratum", psu="psu")


def gap(survey: pv.Survey, among: str | None = None) -> tuple[float, float]:
    """Return the difference between the sexes, and its standard error."""
    found = pv.prevalence(survey, "child_labour", by="sex", among=among).difference("sex", "Male", "Female").to_pandas()
    return found["estimate"].item(), found["se"].item()


@pytest.mark.parametrize("among", [None, "inside"])
@pytest.mark.parametrize("averaged", ["sampled", "fixed"])
def test_one_category_alone_has_the_differences_of_its_levels(rows: pd.DataFrame, among: str | None, averaged: Any) -> None:
    survey = pv.Survey(rows, DESIGN)
    found = pv.determinants(survey, "child_labour", of="sex", among=among, averaged=averaged)
    estimate, se = gap(survey, among)
    assert found.effect == pytest.approx([estimate], rel=SAME)
    assert found.effect_se == pytest.approx([se], rel=SAME)


def test_variance_follows_the_calibration_of_the_weights(rows: pd.DataFrame) -> None:
    people = pd.DataFrame({"area": ["Rural", "Urban"], "population": [1000.0, 900.0]})
    survey = pv.weighting.post_stratify(pv.Survey(rows, DESIGN), margins=people)
    found = pv.determinants(survey, "child_labour", of="sex")
    estimate, se = gap(survey)
    assert found.effect == pytest.approx([estimate], rel=SAME)
    assert found.effect_se == pytest.approx([se], rel=SAME)


def test_replicates(rows: pd.DataFrame) -> None:
    design = pv.Design(weight="w", stratum="stratum", psu="psu", replicates=pv.Replicates(columns=(), method="JKn"))
    survey = pv.Survey(rows, design)
    assert pv.determinants(survey, "child_labour", of="sex").effect_se == pytest.approx([gap(survey)[1]], rel=LINEAR)


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_frames_of_other_kinds(rows: pd.DataFrame, kind: str) -> None:
    other = pl.from_pandas(rows) if kind == "polars" else pl.from_pandas(rows).to_arrow()
    ours, theirs = (pv.determinants(pv.Survey(data, DESIGN), "child_labour", of=["sex", "hours"]) for data in (rows, other))
    assert theirs.effect == pytest.approx(ours.effect, rel=SAME)
    assert theirs.effect_se == pytest.approx(ours.effect_se, rel=SAME)


def test_row_labels_of_pandas_are_of_no_importance(rows: pd.DataFrame) -> None:
    turned = rows.set_index(rows.index[::-1])
    ours, theirs = (pv.determinants(pv.Survey(data, DESIGN), "child_labour", of=["sex", "hours"]) for data in (rows, turned))
    assert theirs.effect_se == pytest.approx(ours.effect_se, rel=SAME)


def test_the_scale_of_weights_and_of_numbers_does_not_matter(rows: pd.DataFrame) -> None:
    ours = pv.determinants(pv.Survey(rows, DESIGN), "child_labour", of=["area", "hours"])
    scaled = rows.assign(w=rows["w"] * 1e6, hours=rows["hours"] * 60)
    theirs = pv.determinants(pv.Survey(scaled, DESIGN), "child_labour", of=["area", "hours"])
    assert theirs.effect == pytest.approx(ours.effect / [1, 60], rel=SAME)
    assert theirs.t == pytest.approx(ours.t, rel=SAME)


def test_turning_the_reference_turns_the_sign(rows: pd.DataFrame) -> None:
    survey = pv.Survey(rows, DESIGN)
    ours = pv.determinants(survey, "child_labour", of=["sex", "area"])
    theirs = pv.determinants(survey, "child_labour", of=["sex", "area"], reference={"sex": "Male"})
    assert (theirs.level[0], theirs.reference[0]) == ("Female", "Male")
    assert theirs.effect == pytest.approx(ours.effect * [-1, 1], rel=SAME)
    assert theirs.odds_ratio[0] == pytest.approx(1 / ours.odds_ratio[0], rel=SAME)
    assert theirs.effect_se == pytest.approx(ours.effect_se, rel=SAME)


def test_people_without_an_answer_are_a_part_of_the_design_and_counted(rows: pd.DataFrame) -> None:
    """Blank answers are outside the domain, as if `among` had left them out."""
    blank = rows.assign(area=rows["area"].where(rows["inside"] == 1, None))
    ours = pv.determinants(pv.Survey(rows, DESIGN), "child_labour", of=["sex", "area"], among="inside")
    theirs = pv.determinants(pv.Survey(blank, DESIGN), "child_labour", of=["sex", "area"])
    assert theirs.effect_se == pytest.approx(ours.effect_se, rel=SAME)
    assert (theirs.used, theirs.missing) == (int(rows["inside"].sum()), int((rows["inside"] == 0).sum()))
    assert ours.missing == 0


def test_levels_that_nobody_in_scope_has_are_no_levels(rows: pd.DataFrame) -> None:
    elsewhere = rows.assign(area=np.where(rows["inside"] == 1, rows["area"], "Abroad"))
    ours, theirs = (
        pv.determinants(pv.Survey(data, DESIGN), "child_labour", of=["area", "sex"], among="inside") for data in (rows, elsewhere)
    )
    assert theirs.level == ours.level == ("Urban", "Male")
    assert theirs.effect_se == pytest.approx(ours.effect_se, rel=SAME)


def test_counts_are_those_of_the_level(rows: pd.DataFrame) -> None:
    found = pv.determinants(pv.Survey(rows, DESIGN), "child_labour", of=["sex", "hours"])
    males = rows[rows["sex"] == "Male"]
    assert (found.n.tolist(), found.cases.tolist()) == (
        [len(males), 900],
        [males["child_labour"].sum(), rows["child_labour"].sum()],
    )


def test_effects_can_be_set_against_each_other(rows: pd.DataFrame) -> None:
    three = rows.assign(wealth=np.array(["Poor", "Middle", "Rich"])[np.arange(len(rows)) % 3])
    survey = pv.Survey(three, DESIGN)
    first = pv.determinants(survey, "child_labour", of=["wealth", "sex"], reference={"wealth": "Poor"})
    second = pv.determinants(survey, "child_labour", of=["wealth", "sex"], reference={"wealth": "Rich"})
    gap_ = first.effects.difference("wealth", "Middle", "Rich").to_pandas()
    place = second.level.index("Middle")
    assert gap_["estimate"].item() == pytest.approx(second.effect[place], rel=SAME)
    assert gap_["se"].item() == pytest.approx(second.effect_se[place], rel=SAME)
    assert first.test("wealth").f == pytest.approx(second.test("wealth").f, rel=SAME)


def test_odds_ratios_have_the_limits_of_their_logarithms(rows: pd.DataFrame) -> None:
    found = pv.determinants(pv.Survey(rows, DESIGN), "child_labour", of=["sex", "hours"])
    logs = found.coefficients.take(np.array([1, 2]))
    for odds, log in (
        (found.odds_ratio, logs.numbers.estimate),
        (found.odds_low, logs.limits.low),
        (found.odds_high, logs.limits.high),
    ):
        assert np.log(odds) == pytest.approx(log, rel=SAME)
    assert found.odds.tests().p_value == pytest.approx(logs.tests().p_value, rel=SAME)


@pytest.mark.parametrize(
    ("change", "options", "error", "said"),
    [
        ({}, {"of": "sexe"}, ColumnError, "Did you mean 'sex'"),
        ({}, {"of": []}, OptionError, "of must name one variable or more"),
        ({}, {"of": "sex", "reference": {"sex": "Boys"}}, OptionError, "no level 'Boys' to be the reference"),
        ({}, {"of": "sex", "reference": {"area": "Urban"}}, OptionError, "reference names 'area'"),
        ({"sex": "Male"}, {"of": "sex"}, DataError, "'sex' has 1 level"),
        ({"twice": lambda d: 2 * d["hours"]}, {"of": ["hours", "twice"]}, DataError, "none is a sum of others"),
        (
            {"child_labour": lambda d: (d["sex"] == "Male").astype(float)},
            {"of": "sex"},
            DataError,
            "for example sex 'Female'|sex 'Male'",
        ),
        ({"child_labour": lambda d: (d["hours"] > 10).astype(float)}, {"of": "hours"}, DataError, "odds are infinite"),
        ({"child_labour": lambda d: d["hours"]}, {"of": "sex"}, ColumnError, "must be 0, 1 or missing"),
    ],
)
def test_what_cannot_be_solved_is_said(
    rows: pd.DataFrame, change: dict[str, Any], options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        pv.determinants(pv.Survey(rows.assign(**change), DESIGN), "child_labour", **options)


def test_lazy_rows_are_refused(rows: pd.DataFrame) -> None:
    with pytest.raises(OptionError, match="needs rows in memory"):
        pv.determinants(pv.Survey(pl.from_pandas(rows).lazy(), DESIGN), "child_labour", of="sex")


def test_unknown_variables_have_no_test(rows: pd.DataFrame) -> None:
    with pytest.raises(OptionError, match="Did you mean 'sex'"):
        pv.determinants(pv.Survey(rows, DESIGN), "child_labour", of="sex").test("sexe")


def test_people_of_two_phases_have_the_weight_of_both(rows: pd.DataFrame) -> None:
    """Answers of people outside phase 2 are no answers, whatever the file holds."""
    rng = np.random.default_rng(SEED)
    drawn = (rng.random(len(rows)) < np.where(rows["area"] == "Rural", 0.4, 0.8)).astype(int)
    elsewhere = rows.assign(module=drawn, child_labour=np.where(drawn == 1, rows["child_labour"], 1.0))
    design = pv.Design(weight="w", stratum="stratum", psu="psu", two_phase=pv.TwoPhase(subset="module", stratum="area"))
    survey = pv.Survey(elsewhere, design)
    found = pv.determinants(survey, "child_labour", of="sex")
    estimate, se = gap(survey)
    assert found.effect == pytest.approx([estimate], rel=SAME)
    assert found.effect_se == pytest.approx([se], rel=SAME)
    assert (found.used, found.missing) == (drawn.sum(), 0)


@pytest.mark.parametrize(
    "absent",
    [
        lambda text: text.astype("string"),
        lambda text: text.astype("string").astype(object),
        lambda text: text.astype("category"),
        lambda text: pd.to_datetime(text.map({"Rural": "2020-01-01", "Urban": "2021-01-01"})),
        lambda text: text.astype("string[pyarrow]"),
    ],
)
def test_no_kind_of_missing_answer_is_a_level(rows: pd.DataFrame, absent: Any) -> None:
    blank = rows["area"].where(rows["inside"] == 1, None)
    ours = pv.determinants(pv.Survey(rows.assign(area=blank), DESIGN), "child_labour", of=["area", "sex"])
    theirs = pv.determinants(pv.Survey(rows.assign(area=absent(blank)), DESIGN), "child_labour", of=["area", "sex"])
    assert len(theirs.level) == 2
    assert theirs.missing == ours.missing == int((rows["inside"] == 0).sum())
    assert theirs.effect_se == pytest.approx(ours.effect_se, rel=SAME)


def test_people_of_weight_zero_are_in_no_count(rows: pd.DataFrame) -> None:
    lighter = rows.assign(w=rows["w"].where(rows["inside"] == 1, 0.0))
    survey = pv.Survey(lighter.assign(area=lighter["area"].where(lighter.index % 7 > 0, None)), DESIGN)
    found = pv.determinants(survey, "child_labour", of=["area", "sex"])
    here = survey.data[survey.data["w"] > 0]
    assert (found.used, found.missing) == (here["area"].notna().sum(), here["area"].isna().sum())
    assert found.n.tolist() == [((here["area"] == "Urban").sum()), ((here["sex"] == "Male") & here["area"].notna()).sum()]


@pytest.mark.parametrize("level", [True, 1.0, 1, "1"])
def test_references_of_zero_and_one(rows: pd.DataFrame, level: object) -> None:
    survey = pv.Survey(rows.assign(inside=rows["inside"] == 1), DESIGN)
    found = pv.determinants(survey, "child_labour", of="inside", reference={"inside": level})
    assert (found.level, found.reference) == (("0",), ("1",))


@pytest.mark.parametrize(
    ("change", "options", "error", "said"),
    [
        ({"hours": lambda d: d["hours"].where(d["hours"] > 1, np.inf)}, {"of": "hours"}, ColumnError, "must hold finite numbers"),
        ({}, {"of": "hours", "reference": {"hours": 3}}, OptionError, "'hours' is a number, which has no reference"),
        ({"estimate": lambda d: d["sex"]}, {"of": "estimate"}, OptionError, "of='estimate' is the name of a column of results"),
    ],
)
def test_what_would_be_dropped_in_silence_is_refused(
    rows: pd.DataFrame, change: dict[str, Any], options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        pv.determinants(pv.Survey(rows.assign(**change), DESIGN), "child_labour", **options)


@pytest.mark.parametrize("start", [2e3, 1e6, 1.6e9])
def test_numbers_far_from_zero_lose_no_digits(rows: pd.DataFrame, start: float) -> None:
    """Hours since some date have the effects of hours; the constant is another one."""
    hours = np.round(rows["hours"] * 1024) / 1024  # so that the sums are exact
    ours, theirs = (
        pv.determinants(pv.Survey(rows.assign(hours=hours + of), DESIGN), "child_labour", of=["hours", "sex"])
        for of in (0.0, start)
    )
    for name in ("effect", "effect_se", "t", "odds_ratio", "odds_low"):
        assert getattr(theirs, name) == pytest.approx(getattr(ours, name), rel=SAME)
    constant = ours.coefficients.numbers.estimate @ [1, -start, 0]
    assert theirs.coefficients.numbers.estimate[0] == pytest.approx(constant, rel=SAME)
    covariance = ours.coefficients.covariance()
    assert theirs.coefficients.numbers.se[0] == pytest.approx(np.sqrt([1, -start, 0] @ covariance @ [1, -start, 0]), rel=1e-6)
