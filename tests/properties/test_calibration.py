"""What adjusted weights owe to the totals they were fitted to, on designs of every kind that can be adjusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

import prevalence as pv
from prevalence import weighting
from prevalence.errors import DataError

from .asked import ANSWERS, FREE_OF_COUNTS, ask, assert_close, assert_same
from .by_hand import Asked, is_known, replicate_weights, squares, stages
from .designs import SEEDS, drawn, survey_of, surveys

SOME = settings(max_examples=18)
FEW = settings(max_examples=8)
PURE = settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])  # the fixture has no state
NAMES = st.sampled_from(sorted(ANSWERS))
TAYLOR = ("one-stage", "multistage")
ADJUSTABLE = (*TAYLOR, "selected", "created", "file")


def adjustable() -> st.SearchStrategy[pv.Survey]:
    """Return surveys that can be adjusted."""
    return surveys(*ADJUSTABLE)


SOLVED = 1e-7
"""Totals are met, and what follows from them holds, to the tolerance of the solver and the loss of near-singular regressions."""

Convert = Callable[[pd.DataFrame], Any]
Margins = dict[str, dict[str, float]]
Calibrate = Callable[[pv.Survey, Margins, float], pv.Survey]

WAYS: dict[str, Calibrate] = {
    "post-stratified": lambda survey, margins, _: weighting.post_stratify(survey, margins={"sex": margins["sex"]}),
    "raked": lambda survey, margins, _: weighting.rake(survey, margins=margins),
    "linear": lambda survey, margins, total: weighting.calibrate(survey, margins=margins, totals={"income": total}),
    "exponential": lambda survey, margins, total: weighting.calibrate(
        survey, margins=margins, totals={"income": total}, method="raking"
    ),
    "bounded": lambda survey, margins, _: weighting.calibrate(survey, margins=margins, method="logit", bounds=(0.3, 3)),
}
MEASURED = ("linear", "exponential")
"""Ways that meet the total of a measured variable, too."""


def margins_of(survey: pv.Survey, seed: int) -> tuple[Margins, float]:
    """Return populations by sex and by age and a total of income, all near what the sample gives."""
    random, rows = np.random.default_rng(seed), survey.data
    whole = random.uniform(0.5, 3) * rows["w"].sum()
    found = {}
    for name in ("sex", "age"):
        sums = rows.groupby(name)["w"].sum()
        parts = sums[sums > 0] * random.uniform(0.85, 1.15, int((sums > 0).sum()))
        found[name] = (parts / parts.sum() * whole).to_dict()
    mean = np.average(rows["income"], weights=rows["w"])
    return found, float(mean * whole * random.uniform(0.97, 1.03))


def with_income(survey: pv.Survey) -> pv.Survey:
    """Return the survey with a measured variable that every row has."""
    number = np.arange(len(survey.data))
    return survey_of(survey.data.assign(income=10 + (number * 37 % 19) + survey.data["v"]), survey.design)


def calibrated(survey: pv.Survey, way: str, seed: int) -> tuple[pv.Survey, Margins, float]:
    """Return the survey with fitted weights and what they were fitted to; examples in which they cannot be are passed over."""
    begun = with_income(survey)
    margins, total = margins_of(begun, seed)
    try:
        return WAYS[way](begun, margins, total), margins, total
    except DataError:
        return reject()


def reached(table: Callable[[], pv.Estimates]) -> pv.Estimates:
    """Return a table, unless a replicate has lost a cell that it would have to meet."""
    try:
        return table()
    except DataError:
        return reject()


def answered(name: str, survey: pv.Survey) -> pv.Estimates:
    """Return an answer, unless it cannot be had."""
    replicates = survey.design.replicates
    if replicates is not None and replicates.created and "quantile" in name:  # they cannot follow weights in created replicates
        reject()
    return reached(lambda: ask(name, survey))


@SOME
@given(adjustable(), st.sampled_from(sorted(WAYS)), SEEDS)
def test_calibration_hits_its_margins_and_calibrated_totals_have_no_error(survey: pv.Survey, way: str, seed: int) -> None:
    found, margins, total = calibrated(survey, way, seed)
    for name in ("sex",) if way == "post-stratified" else ("sex", "age"):
        table = reached(lambda by=name: pv.total(found, "module", by=by))
        wanted = np.array([margins[name].get(level, np.nan) for level in table.keys[-1].texts()])
        there = ~np.isnan(wanted)
        np.testing.assert_allclose(table.numbers.estimate[there], wanted[there], rtol=SOLVED)
        assert (table.numbers.se[there] <= SOLVED * wanted[there].sum()).all(), name
    if way in MEASURED:
        income = reached(lambda: pv.total(found, "income")).numbers
        np.testing.assert_allclose(income.estimate, total, rtol=SOLVED)
        assert income.se[0] <= SOLVED * total
        mean = pv.mean(found, "income").numbers
        np.testing.assert_allclose(mean.estimate, total / sum(margins["sex"].values()), rtol=SOLVED)
        assert mean.se[0] <= SOLVED * mean.estimate[0]


@SOME
@given(surveys(*TAYLOR), st.sampled_from(sorted(WAYS)), SEEDS)
def test_errors_are_those_of_residuals(survey: pv.Survey, way: str, seed: int) -> None:
    """Of the regression with the weights before, times the weights after (Deville & Särndal 1992), the domain's deviations regressed."""
    found, margins, _ = calibrated(survey, way, seed)
    rows = found.data
    before, after = rows["w"].to_numpy(), rows[found.design.weight].to_numpy()
    auxiliaries = auxiliaries_of(rows, way, margins)
    tables = pv.prevalence(found, "y", by="region", margins=True), pv.total(found, "y", by="region", margins=True)
    for place, region in enumerate(("N", "S", "C", "islands", "All")):
        y = rows["y"].to_numpy(dtype=float)
        member = (region == "All") | (rows["region"] == region).to_numpy() & True
        member = member & ~np.isnan(y) & (after > 0)
        if not member.any():
            continue
        size, value = after[member].sum(), np.average(y[member], weights=after[member])
        for table, effect in zip(tables, ((y - value) / size, y), strict=True):
            u = np.where(member, np.nan_to_num(effect), 0.0)
            z = after * (u - regressed(auxiliaries, before, u))
            variance, scale = stages(rows, survey.design, z, member), abs(table.numbers.estimate[place])
            wanted = np.sqrt(variance)
            np.testing.assert_allclose(table.numbers.se[place], wanted, rtol=SOLVED, atol=SOLVED * scale, err_msg=region)


@SOME
@given(surveys("created", "file").filter(is_known), SEEDS)
def test_every_replicate_meets_the_margins_again(survey: pv.Survey, seed: int) -> None:
    rows, replicates = survey.data, survey.design.replicates
    assert replicates is not None
    weights, scales = replicate_weights(survey)
    if not len(scales):
        reject()
    margins, after = margins_of(with_income(survey), seed)[0]["sex"], rows["w"].to_numpy(copy=True)
    found = weighting.post_stratify(survey, margins={"sex": margins})
    table = reached(lambda: pv.prevalence(found, "y", by="region", margins=True)).numbers
    for level, wanted in margins.items():
        inside = (rows["sex"] == level).to_numpy()
        weights[inside] *= wanted / weights[inside].sum(axis=0)
        after[inside] *= wanted / after[inside].sum()
    for place, region in enumerate(("N", "S", "C", "islands", "All")):
        here = (rows["region"] == region).to_numpy() | (region == "All")
        asked = Asked(rows["y"].to_numpy(dtype=float), np.ones(len(rows)), here & rows["y"].notna().to_numpy() & (after > 0))
        estimate = asked.estimate(after)
        np.testing.assert_allclose(table.estimate[place], estimate, rtol=SOLVED, err_msg=region)
        variance = squares(asked, estimate, weights, scales, mse=replicates.mse) if asked.member.any() else np.nan
        np.testing.assert_allclose(table.se[place], np.sqrt(variance), rtol=SOLVED, atol=SOLVED, err_msg=region)


def auxiliaries_of(rows: pd.DataFrame, way: str, margins: Margins) -> npt.NDArray[np.float64]:
    """Return the auxiliaries of each row."""
    names = ("sex",) if way == "post-stratified" else ("sex", "age")
    columns = [rows[name] == level for name in names for level in margins[name]]
    return np.column_stack([*columns, *([rows["income"]] if way in MEASURED else [])]).astype(float)


def regressed(x: npt.NDArray[np.float64], weight: npt.NDArray[np.float64], u: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return x'B by weighted least squares."""
    root = np.sqrt(weight)
    return x @ np.linalg.lstsq(x * root[:, None], u * root, rcond=1e-10)[0]


@FEW
@given(adjustable(), NAMES, SEEDS)
def test_one_classification_is_met_in_the_same_way_by_all(survey: pv.Survey, name: str, seed: int) -> None:
    margins = {"sex": margins_of(with_income(survey), seed)[0]["sex"]}
    first = answered(name, weighting.post_stratify(survey, margins=margins))
    for other in (
        weighting.rake(survey, margins=margins),
        weighting.calibrate(survey, margins=margins),
        weighting.calibrate(survey, margins=margins, method="raking"),
    ):
        assert_fitted_same(ask(name, other), first)


def assert_fitted_same(one: pv.Estimates, other: pv.Estimates, *names: str) -> None:
    """Raise unless two tables are the same to the tolerance of the solver."""
    for name in names or FREE_OF_COUNTS:
        pair = [getattr(table.numbers, name) for table in (one, other)]
        scale = float(np.nan_to_num(np.abs(other.numbers.estimate)).max(initial=0))
        np.testing.assert_allclose(*pair, rtol=SOLVED, atol=SOLVED * scale, err_msg=name)


@SOME
@given(adjustable(), NAMES, st.sampled_from(sorted(WAYS)), SEEDS)
def test_margins_met_before_change_nothing(survey: pv.Survey, name: str, way: str, seed: int) -> None:
    """Fitting weights again to the same totals leaves them, and every error, as they are."""
    once, margins, total = calibrated(survey, way, seed)
    twice = WAYS[way](once, margins, total)
    assert_close(weighting.weights(twice), weighting.weights(once))
    assert_fitted_same(answered(name, twice), answered(name, once))


@SOME
@given(adjustable(), NAMES, st.sampled_from(sorted(set(WAYS) - {"bounded"})), SEEDS, st.floats(0.01, 100))
def test_what_must_not_matter_to_calibrated_answers(survey: pv.Survey, name: str, way: str, seed: int, factor: float) -> None:
    """The order of rows, the names of areas, a row split in two, and the scale of the weights before."""
    found, margins, total = calibrated(survey, way, seed)
    begun, design = with_income(survey), survey.design
    rows = begun.data
    weights = ["w"]
    if design.replicates is not None and not design.replicates.created and design.replicates.combined:
        weights += list(survey.replicate_columns)
    scaled = rows.assign(**{column: rows[column] * factor / 2 for column in weights})
    split = pd.concat([scaled, scaled.sample(frac=1, random_state=seed)])
    if not design.units and design.replicates is None:
        design = replace(design, psu="person")
    other = WAYS[way](survey_of(split.assign(ea=split["ea"] + 1000), design), margins, total)
    assert_fitted_same(answered(name, other), answered(name, found))


@PURE
@given(survey=adjustable(), name=NAMES, way=st.sampled_from(sorted(WAYS)), seed=SEEDS)
def test_calibrated_answers_of_every_engine(engine: Convert, survey: pv.Survey, name: str, way: str, seed: int) -> None:
    found, margins, total = calibrated(survey, way, seed)
    native = survey_of(engine(with_income(survey).data), survey.design)
    one = answered(name, found)
    assert_same(ask(name, WAYS[way](native, margins, total)), one)
    assert_same(ask(name, survey_of(engine(found.data), found.design)), one)


@SOME
@given(adjustable(), NAMES)
def test_where_everybody_answered_there_is_no_adjustment(survey: pv.Survey, name: str) -> None:
    options: dict[str, Any] = {"disposition": "module", "min_respondents": 1}
    adjusted = weighting.nonresponse(survey, classes=["sex", "age"], **options)
    assert_close(weighting.weights(adjusted), survey.data["w"])
    assert_fitted_same(answered(name, adjusted), ask(name, survey))


@SOME
@given(SEEDS, st.sampled_from(TAYLOR))
def test_the_weight_of_those_who_did_not_answer_stays_in_their_class(seed: int, kind: str) -> None:
    survey = drawn(kind, seed)
    answered = np.random.default_rng(seed).random(len(survey.data)) < 0.7
    answered |= (survey.data["w"] > 0).to_numpy() & ~survey.data.duplicated("sex").to_numpy()
    rows = survey.data.assign(answered=answered.astype(int))
    try:
        adjusted = weighting.nonresponse(
            survey_of(rows, survey.design), disposition="answered", classes="sex", min_respondents=1, max_factor=1e6
        )
    except DataError:
        reject()
    after = weighting.weights(adjusted)
    assert (after[~answered] == 0).all()
    assert_close(pd.Series(after).groupby(rows["sex"].to_numpy()).sum(), rows.groupby("sex")["w"].sum())
