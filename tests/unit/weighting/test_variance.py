"""Standard errors after any chain of steps, against the derivative of the whole procedure and against replicates made by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence import weighting

DERIVATIVE = 1e-6
"""Central differences with steps of 1e-4 leave 1e-8 of a score; steps are solved to 1e-12."""

REFITTED = 1e-9
"""The same equations solved twice, to 1e-12 of their totals each; deviations are differences of near numbers."""

STEP = 1e-4

STRATA, SIZE = 3, 4
UNITS = STRATA * SIZE
RELATIVE = 1
"""Rows of the ratio of prevalences, which stands before the two of the distribution."""

Chain = Callable[[pv.Survey], pv.Survey]

SEX = {"sex": {"Female": 3100, "Male": 2900}}
AREA = {"area": {"rural": 3500, "urban": 2500}}


@cache
def rows() -> pd.DataFrame:
    random = np.random.default_rng(4)
    n = 20 * UNITS
    psu = np.repeat(np.arange(UNITS), 20)
    home = np.repeat(np.arange(5 * UNITS), [3, 5, 2, 6, 4] * UNITS)
    level = random.normal(size=UNITS)[psu]
    wealth = random.normal(size=n) + 0.5 * level
    sex = random.choice(["Female", "Male"], n)
    area = np.where(random.random(5 * UNITS)[home] < 0.4, "urban", "rural")
    responded = random.random(n) < 1 / (1 + np.exp(-(0.6 + 0.7 * wealth)))
    result = np.where(responded, "interview", random.choice(["refusal", "unknown", "ineligible"], n, p=[0.7, 0.2, 0.1]))
    y = (random.random(n) < 1 / (1 + np.exp(1 - wealth - level))).astype(float)
    answered = result == "interview"
    return pd.DataFrame(
        {
            "stratum": psu // SIZE,
            "psu": psu,
            "w": random.uniform(10, 30, 5 * UNITS)[home],
            "sex": sex,
            "area": area,
            "wealth": wealth,
            "result": result,
            "home": home,
            "spread": random.uniform(1, 2, n),
            "y": np.where(answered, y, np.nan),
            "hours": np.where(answered, np.exp(random.normal(size=n)), np.nan),
        }
    )


def survey_of(frame: pd.DataFrame) -> pv.Survey:
    return pv.Survey(frame, pv.Design(weight="w", stratum="stratum", psu="psu", df_rule="design"))


def in_classes(survey: pv.Survey) -> pv.Survey:
    return weighting.nonresponse(survey, disposition="result", classes=["area", "sex"], min_respondents=1, max_factor=99)


def by_propensity(survey: pv.Survey) -> pv.Survey:
    return weighting.nonresponse(survey, disposition="result", form="inverse", predictors=["area", "wealth"], min_respondents=1)


def raked(survey: pv.Survey) -> pv.Survey:
    return weighting.rake(survey, margins=SEX | AREA)


def bounded(survey: pv.Survey) -> pv.Survey:
    return weighting.calibrate(survey, margins=SEX, totals={"wealth": 800}, method="logit", bounds=(0.2, 4))


def linear(survey: pv.Survey) -> pv.Survey:
    return weighting.calibrate(survey, margins=AREA, totals={"wealth": 800})


def in_homes(survey: pv.Survey, method: str = "linear", variance: str | None = None) -> pv.Survey:
    homes = {"area": {"rural": 850, "urban": 650}}
    return weighting.calibrate(survey, margins=SEX, household="home", household_margins=homes, method=method, variance=variance)


LINEAR: dict[str, Chain] = {
    "post-stratified": lambda survey: weighting.post_stratify(survey, margins=SEX),
    "linear": linear,
    "model variance": lambda survey: weighting.calibrate(survey, margins=AREA, totals={"wealth": 800}, variance="spread"),
    "households": in_homes,
    "households, model variance": lambda survey: in_homes(survey, variance="spread"),
    "classes": in_classes,
    "propensity": by_propensity,
    "classes, post-stratified, linear": lambda survey: linear(weighting.post_stratify(in_classes(survey), margins=SEX)),
    "propensity, linear": lambda survey: linear(by_propensity(survey)),
}
"""Where residuals of the regression with the weights before are the derivative itself, and not only to first order in the sample size."""

CHAINS: dict[str, Chain] = LINEAR | {
    "raked": raked,
    "bounded": bounded,
    "households, raked": lambda survey: in_homes(survey, "raking"),
    "propensity, raked, bounded": lambda survey: bounded(raked(by_propensity(survey))),
}

ESTIMATES: dict[str, Callable[[pv.Survey], pv.Estimates]] = {
    "total": lambda survey: pv.total(survey, "hours"),
    "domain total": lambda survey: pv.total(survey, "y", by="area"),
    "prevalence": lambda survey: pv.prevalence(survey, "y", by="sex", margins=True),
    "ratio": lambda survey: pv.ratio(survey, "y", "hours"),
    "difference": lambda survey: pv.prevalence(survey, "y", by="sex").difference("sex", "Female", "Male"),
    "relative": lambda survey: pv.prevalence(survey, "y", by="area").relative("area", "urban", "rural"),
    "distribution": lambda survey: pv.distribution(survey, "y"),
}


def found(table: pv.Estimates, column: str = "estimate") -> np.ndarray:
    return table.to_pandas()[column].to_numpy(dtype=float)


def every_estimate(survey: pv.Survey, column: str = "estimate") -> np.ndarray:
    return np.concatenate([found(ask(survey), column) for ask in ESTIMATES.values()])


def reweighted(factor: np.ndarray) -> pv.Survey:
    return survey_of(rows().assign(w=rows()["w"] * factor[rows()["psu"]]))


@pytest.mark.parametrize("chain", LINEAR)
def test_scores_are_the_derivative_of_the_whole_procedure(chain: str) -> None:
    scores = []
    for unit in range(UNITS):
        ends = [every_estimate(LINEAR[chain](reweighted(1 + step * (np.arange(UNITS) == unit)))) for step in (STEP, -STEP)]
        scores.append((ends[0] - ends[1]) / (2 * STEP))
    z = np.array(scores).reshape(STRATA, SIZE, -1)
    se = np.sqrt((SIZE / (SIZE - 1) * (z - z.mean(axis=1, keepdims=True)) ** 2).sum(axis=(0, 1)))
    np.testing.assert_allclose(every_estimate(LINEAR[chain](survey_of(rows())), "se"), se, rtol=DERIVATIVE)


@pytest.mark.parametrize("chain", CHAINS)
def test_every_step_is_taken_again_in_every_replicate(chain: str) -> None:
    take = CHAINS[chain]
    whole = every_estimate(take(survey_of(rows())))
    square = np.zeros_like(whole)
    for unit in range(UNITS):
        factor = np.where(np.arange(UNITS) // SIZE == unit // SIZE, SIZE / (SIZE - 1), 1.0) * (np.arange(UNITS) != unit)
        square += (SIZE - 1) / SIZE * (every_estimate(take(reweighted(factor))) - whole) ** 2
    made = weighting.replicate(take(survey_of(rows())), method="JKn")
    straight = slice(None, -RELATIVE - 2)  # a ratio of prevalences is linearised from its parts' replicates
    np.testing.assert_allclose(every_estimate(made), whole, rtol=1e-12)
    np.testing.assert_allclose(every_estimate(made, "se")[straight], np.sqrt(square)[straight], rtol=REFITTED)
    np.testing.assert_allclose(every_estimate(made, "se")[-2:], np.sqrt(square)[-2:], rtol=REFITTED)


@pytest.mark.parametrize("chain", CHAINS)
def test_linearisation_and_jackknife_agree_to_first_order(chain: str) -> None:
    survey = CHAINS[chain](survey_of(rows()))
    ratio = every_estimate(survey, "se") / every_estimate(weighting.replicate(survey, method="JKn"), "se")
    assert ratio.min() > 0.8
    assert ratio.max() < 1.1


def test_the_order_of_replicate_and_the_other_steps_does_not_matter() -> None:
    before = raked(in_classes(weighting.replicate(survey_of(rows()), method="bootstrap", n=50, seed=3)))
    after = weighting.replicate(raked(in_classes(survey_of(rows()))), method="bootstrap", n=50, seed=3)
    assert found(pv.prevalence(before, "y"), "se") == found(pv.prevalence(after, "y"), "se")


@pytest.mark.parametrize("combined", [True, False])
def test_replicate_weights_of_a_file_are_adjusted_like_those_made(combined: bool) -> None:
    frame = rows().copy()
    for unit in range(UNITS):
        factor = np.where(frame["stratum"] == unit // SIZE, SIZE / (SIZE - 1), 1.0) * (frame["psu"] != unit)
        frame[f"rep{unit:02d}"] = factor * (frame["w"] if combined else 1.0)
    files = pv.Replicates(columns="rep*", method="JKn", rscales=[1 - 1 / SIZE], mse=True, combined=combined)
    of_file = pv.Survey(frame, pv.Design(weight="w", stratum="stratum", psu="psu", replicates=files))
    made = weighting.replicate(survey_of(rows()), method="JKn")
    for take in (CHAINS["propensity, raked, bounded"], lambda one: weighting.trim(one, rule="median", multiple=1)):
        for ask in ("total", "difference", "distribution"):
            pair = [found(ESTIMATES[ask](take(one)), "se") for one in (of_file, made)]
            np.testing.assert_allclose(*pair, rtol=REFITTED)


def test_a_calibrated_total_has_no_variance_and_its_domains_have_one() -> None:
    survey = raked(survey_of(rows().assign(one=1.0)))
    assert found(pv.total(survey, "one", by="sex"), "se").tolist() == [0.0, 0.0]
    assert (found(pv.total(survey, "one", by=["sex", "area"]), "se") > 1).all()


def test_covariance_of_estimated_totals_enters_estimates_and_contrasts() -> None:
    """V = V_known + m' S m with m the cell means: of totals; and of their difference, by the difference of the means."""
    spread = np.array([[90.0**2, -(20.0**2)], [-(20.0**2), 70.0**2]])
    frame = rows().assign(grown=np.exp(rows()["wealth"]), other=rows()["spread"] ** 3)
    known = weighting.post_stratify(survey_of(frame), margins=SEX)
    estimated = weighting.post_stratify(survey_of(frame), margins=SEX, covariance=spread, estimated=True)
    tables = [pv.total(one, ["grown", "other"]) for one in (known, estimated)]
    means = [found(pv.mean(known, name, by="sex")) for name in ("grown", "other")]
    added = found(tables[1], "se") ** 2 - found(tables[0], "se") ** 2
    np.testing.assert_allclose(added, [m @ spread @ m for m in means], rtol=1e-9)
    gaps = [found(table.difference("indicator", "grown", "other"), "se").item() for table in tables]
    apart = means[0] - means[1]
    assert gaps[1] ** 2 - gaps[0] ** 2 == pytest.approx(apart @ spread @ apart, rel=1e-9)
    np.testing.assert_allclose(np.diag(tables[1].covariance()), found(tables[1], "se") ** 2, rtol=1e-12)


def test_covariance_of_estimated_totals_leaves_out_those_that_follow_from_others() -> None:
    """Of three margins of two levels each, four totals tell the other two."""
    frame = rows().assign(rich=np.where(rows()["wealth"] > rows()["wealth"].median(), "rich", "poor"))
    sums = {name: frame.groupby(name)["w"].sum() * 1.02 for name in ("sex", "area", "rich")}
    free = np.diag([90.0, 80.0, 70.0, 60.0]) ** 2
    every = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [1, 1, -1, 0], [0, 0, 0, 1], [1, 1, 0, -1]])
    margins = {name: dict(each) for name, each in sums.items()}
    whole = weighting.calibrate(survey_of(frame), margins=margins, covariance=every @ free @ every.T, estimated=True)
    first = {name: sums[name].index[0] for name in ("area", "rich")}
    flagged = frame.assign(**{f"is_{name}": (frame[name] == level).astype(float) for name, level in first.items()})
    without = weighting.calibrate(
        survey_of(flagged),
        margins={"sex": margins["sex"]},
        totals={f"is_{name}": float(sums[name].iloc[0]) for name in ("area", "rich")},
        covariance=free,
        estimated=True,
    )
    for by in (None, "area"):
        one, other = (pv.total(survey, "y", by=by) for survey in (whole, without))
        np.testing.assert_allclose(found(one, "se"), found(other, "se"), rtol=1e-9)


def test_estimated_totals_without_their_covariance_are_said_to_be_missing() -> None:
    with pytest.warns(pv.PrevalenceWarning, match="leave their uncertainty out"):
        survey = weighting.rake(survey_of(rows()), margins=SEX | AREA, estimated=True)
    assert any("leave their uncertainty out" in note for note in pv.prevalence(survey, "y").provenance.notes)


def test_fixed_propensities_give_the_standard_error_that_ignores_the_model_and_say_so() -> None:
    fixed = weighting.nonresponse(
        survey_of(rows()),
        disposition="result",
        form="inverse",
        predictors=["area", "wealth"],
        variance="fixed",
        min_respondents=1,
    )
    naive = pv.Survey(fixed.data, pv.Design(weight=fixed.design.weight, stratum="stratum", psu="psu", df_rule="design"))
    linearised = by_propensity(survey_of(rows()))
    assert found(pv.total(fixed, "hours"), "se") == found(pv.total(naive, "hours"), "se")
    assert found(pv.total(fixed, "hours"), "se") > found(pv.total(linearised, "hours"), "se")
    assert any("count as known" in note for note in pv.total(fixed, "hours").provenance.notes)


def test_all_parts_of_the_table_follow_the_plan_together() -> None:
    """Covariance, joint test and margins come from the same scores."""
    survey = raked(in_classes(survey_of(rows())))
    table = pv.prevalence(survey, "y", by=["sex", "area"])
    gap = table.contrast([[1, -1, 0, 0]])
    covariance = table.covariance()
    assert found(gap, "se").item() ** 2 == pytest.approx(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1], rel=1e-12)
    assert 0 <= table.test().p_value <= 1


def test_normalised_weights_expand_through_an_adjustment_and_end_with_a_calibration() -> None:
    """N times the share has N times the standard error of the share of all weights."""
    frame = rows().assign(y=rows()["y"].fillna(0))
    design = pv.Design(weight="w", stratum="stratum", psu="psu", weight_scale="normalised", population=9000)
    adjusted = in_classes(pv.Survey(frame, design))
    counted = in_classes(survey_of(frame.assign(in_sample=1.0)))
    share = pv.ratio(counted, "y", "in_sample")
    total = pv.total(adjusted, "y")
    assert found(total).item() == pytest.approx(9000 * found(share).item(), rel=1e-12)
    assert found(total, "se").item() == pytest.approx(9000 * found(share, "se").item(), rel=1e-12)
    assert raked(adjusted).design.weight_scale == "population"


def test_every_engine_gives_the_same(engine: Callable[[pd.DataFrame], object]) -> None:
    plain = raked(by_propensity(survey_of(rows())))
    other = raked(by_propensity(survey_of(engine(rows()))))
    for ask in ("total", "difference"):
        for column in ("estimate", "se"):
            np.testing.assert_allclose(found(ESTIMATES[ask](other), column), found(ESTIMATES[ask](plain), column), rtol=1e-12)


def test_two_phases_and_plans_do_not_mix() -> None:
    frame = rows().assign(drawn=1.0)
    design = pv.Design(weight="w", stratum="stratum", psu="psu", two_phase=pv.TwoPhase(subset="drawn"))
    with pytest.raises(pv.errors.DesignError, match="weighting steps"):
        raked(pv.Survey(frame, design))
