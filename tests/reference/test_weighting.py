"""The weighting steps as users call them, and the standard errors after them, against the numbers of `calibration.R`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from samplics_weights import MARGINS, TOTALS, TYPES, outcomes

import prevalence as pv
import reference

AGREEMENT = 1e-10
"""R and we iterate to 1e-13 and 1e-12 of the totals, and solve different forms of the same equations."""

NEGATIVE = "clus1_linear_clusters"
"""R gives three schools weights below zero, which no survey may have."""

EVERY = json.loads((Path(__file__).parent / "calibration.json").read_text(encoding="utf-8"))["cases"]
CASES = [case for case in EVERY if case["name"] != NEGATIVE]

APPROXIMATE = {
    "strat_rake": "R's rake() takes residuals of the margins in turn, ten times over, with the weights after",
    "strat_two_steps_in_r_order": "R takes the residuals of the first step first",
    "homes_post_stratified": "R takes x'B away from rows of weight zero as if their weight were 1",
}


def declared(case: dict[str, Any]) -> pv.Survey:
    """Return the sample of a case as a survey, outcomes of ratios known together."""
    said = case["design"]
    rows = reference.data(case["data"]).copy()
    if said["positive"]:
        rows = rows[rows[said["weight"]] > 0]
    if "hours" in rows.columns:
        rows.loc[rows["y"].isna() | rows["hours"].isna(), ["y", "hours"]] = np.nan
    first, *later = said["stages"] or [None]
    fpc = [*said["fpc"], None, None]
    design = pv.Design(
        weight=said["weight"],
        stratum=said["stratum"],
        psu=first,
        fpc=fpc[0],
        later_stages=[pv.Stage(unit=unit, fpc=column) for unit, column in zip(later, fpc[1:], strict=False)],
        replicates=pv.Replicates(method=said["replicates"], mse=True) if said["replicates"] else None,
        df_rule="design",
    )
    return pv.Survey(rows, design)


def margins_of(step: dict[str, Any], rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    levels = {name: sorted(rows[name].astype(str).unique()) for name in step["margins"]}
    return {
        name: dict(zip(levels[name], totals, strict=True)) for name, totals in zip(step["margins"], step["totals"], strict=True)
    }


def take(survey: pv.Survey, step: dict[str, Any]) -> pv.Survey:
    margins = margins_of(step, survey.data)
    if step["method"] == "post-stratify":
        return pv.weighting.post_stratify(survey, margins=margins)
    if step["method"] == "rake":
        return pv.weighting.rake(survey, margins=margins)
    measured = {name: total[0] for name, total in zip(step["measured"], step["measured_totals"], strict=True)}
    return pv.weighting.calibrate(
        survey,
        margins=margins,
        totals=measured,
        method=step["method"],
        bounds=tuple(step["bounds"]) or None,
        bounds_on=step["bounds_on"] or "ratio",
        household=step["household"],
        variance=step["variance"],
    )


@cache
def weighted(name: str) -> pv.Survey:
    case = next(case for case in CASES if case["name"] == name)
    survey = declared(case)
    for step in case["steps"]:
        survey = take(survey, step)
    return survey


def estimated(record: dict[str, Any], survey: pv.Survey) -> pv.Estimates:
    names, domain = record["variables"], record["domain"] or {}
    by = list(domain)
    if record["statistic"] == "total":
        table = pv.total(survey, names[0], by=by or None)
    elif len(names) > 1:
        table = pv.ratio(survey, *names, by=by or None)
    else:
        table = pv.mean(survey, names[0], by=by or None)
    if record["statistic"] == "difference":
        ((dimension, level),) = domain.items()
        return table.difference(dimension, level, record["against"][dimension])
    return table.select(**domain) if domain else table


RECORDS = [(case, record) for case in CASES for record in case["estimates"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_weights(case: dict[str, Any]) -> None:
    np.testing.assert_allclose(pv.weighting.weights(weighted(case["name"])), case["weights"], rtol=AGREEMENT)


@pytest.mark.parametrize(("case", "record"), RECORDS, ids=lambda value: value.get("name") or value["statistic"])
def test_estimates_and_standard_errors(case: dict[str, Any], record: dict[str, Any]) -> None:
    survey = weighted(case["name"])
    found = estimated(record, survey).to_pandas().iloc[0]
    scale = abs(record["estimate"])
    if record["statistic"] == "difference":
        scale = estimated({**record, "statistic": "mean"}, survey).to_pandas()["estimate"].abs().max()
    assert abs(found["estimate"] - record["estimate"]) <= AGREEMENT * scale
    if case["name"] in APPROXIMATE:
        assert 0.7 * found["se"] < record["se"] < 1.4 * found["se"]
    else:
        assert abs(found["se"] - record["se"]) <= AGREEMENT * max(record["se"], scale)


def test_weights_that_would_turn_negative_are_an_error() -> None:
    case = next(case for case in EVERY if case["name"] == NEGATIVE)
    with pytest.raises(pv.errors.DataError, match="would get a negative one"):
        take(declared(case), case["steps"][0])


def test_the_standard_error_that_ignores_calibration_is_several_times_too_large() -> None:
    """The total of enrolment after calibration to last year's scores and the type of school: by this factor."""
    survey = weighted("clus1_linear")
    naive = pv.Survey(survey.data, pv.Design(weight=survey.design.weight, psu="dnum", fpc="fpc"))
    factor = [pv.total(one, "api00").to_pandas()["se"].item() for one in (naive, survey)]
    case = next(case for case in CASES if case["name"] == "clus1_linear")
    exact = next(r["se"] for r in case["estimates"] if r["statistic"] == "total" and not r["domain"])
    assert factor[1] == pytest.approx(exact, rel=AGREEMENT)
    assert 20 < factor[0] / factor[1] < 60


SAMPLICS = json.loads((Path(__file__).parent / "samplics.json").read_text(encoding="utf-8"))["weights"]
SAMPLICS_TAKES = {
    "post_stratify": lambda survey: pv.weighting.post_stratify(survey, margins={"stype": TYPES}),
    "rake": lambda survey: pv.weighting.rake(survey, margins=MARGINS),
    "calibrate": lambda survey: pv.weighting.calibrate(survey, totals={"one": sum(TYPES.values()), **TOTALS}),
    "nonresponse": lambda survey: pv.weighting.nonresponse(
        survey,
        disposition="outcome",
        codes={"rr": "interview", "nr": "refusal", "in": "ineligible", "uk": "unknown"},
        classes="stype",
        min_respondents=1,
        max_factor=99,
    ),
}


@pytest.mark.parametrize("method", SAMPLICS_TAKES)
def test_weights_of_samplics(method: str) -> None:
    rows = reference.data("apistrat.csv")
    survey = pv.Survey(rows.assign(one=1.0, outcome=outcomes(len(rows))), pv.Design(weight="pw", stratum="stype", fpc="fpc"))
    found, theirs = pv.weighting.weights(SAMPLICS_TAKES[method](survey)), np.array(SAMPLICS[method])
    inside = found > 0  # samplics leaves cases out of scope their weight; here they get 0
    assert (inside == (np.isin(outcomes(len(rows)), ["rr"]) if method == "nonresponse" else True)).all()
    np.testing.assert_allclose(found[inside], theirs[inside], rtol=AGREEMENT)
