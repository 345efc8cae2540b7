"""Asks this library. R's degrees of freedom, so that limits are compared at the same t."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from oracles.answers import Answer, NotOfferedError, picked
from oracles.cases import Case, Sample

import prevalence as pv
from prevalence.estimates import Estimates

NUMBERS = {"estimate": "estimate", "se": "se"}
LIMITS = {"estimate": "estimate", "low": "ci_low", "high": "ci_high"}
REFERENCES = {"wr": "with-replacement", "wor": "without-replacement"}
INSIDE = "inside"


def answer(frames: Mapping[str, pd.DataFrame], case: Case) -> Answer:
    """Return the numbers of a case."""
    ways = {
        "difference": contrasted,
        "relative": contrasted,
        "quantile": quantile,
        "table": table_test,
        "t_test": t_test,
        "deff": design_effect,
        "interval": interval,
        "df": freedom,
        "distribution": distribution,
        "standardised": standardised,
        "imputed": imputed,
        "joint": joint_test,
        "kish": kish,
    }
    return ways.get(case.ask, point)(survey_of(frames, case), case)


def survey_of(frames: Mapping[str, pd.DataFrame], case: Case) -> pv.Survey:
    """Return the survey, with a 0/1 column of the domain."""
    rows = frames[case.sample.data]
    inside = np.ones(len(rows), dtype=bool)
    for column, level in case.domain.items():
        inside &= (rows[column] == level).to_numpy()
    marked = rows.assign(**{INSIDE: inside.astype(float)})
    if case.sample.rounds:
        return pooled(marked, case.sample)
    if not case.sample.weighting:
        return pv.Survey(marked, design_of(case.sample))
    return weighted(pv.Survey(marked, design_of(replace(case.sample, made=None))), case.sample)


def pooled(rows: pd.DataFrame, sample: Sample) -> pv.Survey:
    """Return the rounds of a panel as one survey."""
    parts = dict(list(rows.groupby(sample.rounds)))
    surveys = [pv.Survey(part.drop(columns=str(sample.rounds)), design_of(sample)) for part in parts.values()]
    return pv.weighting.pool(surveys, names=[str(name) for name in parts], column=str(sample.rounds))


def design_of(sample: Sample, df_rule: Any = "own") -> pv.Design:
    """Return the design of a sample."""
    more: dict[str, Any] = {}
    if sample.phases:
        more["two_phase"] = pv.TwoPhase(**sample.phases)
    return pv.Design(
        weight=sample.weight,
        stratum=tuple(sample.stratum),
        psu=tuple(sample.psu),
        fpc=sample.fpc,
        later_stages=[pv.Stage(**stage) for stage in sample.later],
        replicates=replicates_of(sample),
        lonely_psu=sample.lonely,
        lonely_domains=sample.lonely_domains,
        selection=sample.selection,
        order=sample.order,
        df_rule=df_rule,
        **more,
    )


def replicates_of(sample: Sample) -> pv.Replicates | None:
    """Return the replicates of a sample: columns of the file, or made."""
    if sample.columns:
        told = sample.columns
        names = [f"{told['prefix']}{number + 1}" for number in range(told["n"])]
        same = {"method": told["method"], "combined": told["combined"], "mse": told["mse"]}
        return pv.Replicates(columns=names, rscales=told["rscales"], fay_rho=told["rho"], **same)
    if sample.made:
        told = sample.made
        return pv.Replicates(
            method=told["method"], n=told["n"], seed=told["seed"], fay_rho=told["rho"], mse=told.get("mse", False)
        )
    return None


def weighted(survey: pv.Survey, sample: Sample) -> pv.Survey:
    """Return the survey after all steps of its weights; replicates are made at the end, and take all of them again."""
    for kind, told in (sample.weighting or {}).items():
        survey = STEPS[kind](survey, told)
    if not sample.made:
        return survey
    how = {name: sample.made[name] for name in ("method", "n", "seed") if sample.made[name]}
    return pv.weighting.replicate(survey, **how, fay_rho=sample.made["rho"], mse=sample.made.get("mse", False))


def margins_of(survey: pv.Survey, figures: Mapping[str, Any]) -> list[pd.DataFrame]:
    """Return population figures by column, their levels of the kind that the survey has."""
    return [margin(name, people, pd.Series(survey.data[name].unique())) for name, people in figures.items()]


def post_stratified(survey: pv.Survey, told: Mapping[str, Any]) -> pv.Survey:
    return pv.weighting.post_stratify(survey, margins=margins_of(survey, told)[0])


def raked(survey: pv.Survey, told: Mapping[str, Any]) -> pv.Survey:
    return pv.weighting.rake(survey, margins=margins_of(survey, told))


def calibrated(survey: pv.Survey, told: Mapping[str, Any]) -> pv.Survey:
    margins = margins_of(survey, told["categories"])
    how = {"method": told.get("method", "linear"), "bounds": told.get("bounds"), "household": told.get("household")}
    return pv.weighting.calibrate(survey, margins=margins, totals=told["totals"], **how)


def declared(survey: pv.Survey, told: Mapping[str, Any]) -> pv.Survey:
    return pv.weighting.declare_calibrated(survey, base=told["base"], margins=margins_of(survey, told["categories"]))


def respondents(survey: pv.Survey, told: Mapping[str, Any]) -> pv.Survey:
    every = {"min_respondents": 1, "max_factor": np.inf}
    return pv.weighting.nonresponse(survey, disposition=told["answered"], classes=told["classes"], **every)


def trimmed(survey: pv.Survey, told: Mapping[str, Any]) -> pv.Survey:
    return pv.weighting.trim(survey, **told)


STEPS: dict[str, Callable[[pv.Survey, Mapping[str, Any]], pv.Survey]] = {
    "post_stratify": post_stratified,
    "rake": raked,
    "calibrate": calibrated,
    "declare": declared,
    "nonresponse": respondents,
    "trim": trimmed,
}


def margin(name: str, people: Mapping[str, float], levels: pd.Series) -> pd.DataFrame:
    """Return a margin, its levels of the kind that the survey has."""
    of_text = {str(level): level for level in levels}
    return pd.DataFrame({name: [of_text[text] for text in people], "population": list(people.values())})


def ask_of(of: str, case: Case) -> Any:
    """Return the estimator of a statistic, its variables given."""
    if of == "ratio":
        return partial(pv.ratio, numerator=case.y, denominator=case.x)
    return {
        "mean": partial(pv.mean, variable=case.y),
        "total": partial(pv.total, variable=case.y),
        "prevalence": partial(pv.prevalence, indicator=case.y),
    }[of]


def table_of(survey: pv.Survey, case: Case, of: str, by: str | None = None, margins: bool = False) -> Estimates:
    """Return a table of the domain of the case."""
    if of == "ratio" and case.x == "one":
        of = "mean"
    return ask_of(of, case)(survey, among=INSIDE if case.domain else None, by=by, margins=margins)


def row_of(table: Estimates) -> dict[str, Any]:
    """Return the only row of a table."""
    (row,) = table.to_pandas().to_dict("records")
    return {str(name): value for name, value in row.items()}


def point(survey: pv.Survey, case: Case) -> Answer:
    return picked(row_of(table_of(survey, case, case.ask)), **NUMBERS)


def distribution(survey: pv.Survey, case: Case) -> Answer:
    table = pv.distribution(survey, case.y, among=INSIDE if case.domain else None).select(**{case.y: case.options["level"]})
    return picked(row_of(table), **NUMBERS)


def contrasted(survey: pv.Survey, case: Case) -> Answer:
    told = case.options
    table = table_of(survey, case, told["of"], by=told["dimension"], margins=told["b"] == "All")
    sides = (told["dimension"], told["a"], told["b"])
    if case.ask == "difference":
        return picked(row_of(table.difference(*sides)), **NUMBERS)
    found = table.relative(*sides)
    return {"estimate": float(found.numbers.estimate[0]), "se": float(found.numbers.se_log[0])}


def freedom(survey: pv.Survey, case: Case) -> Answer:
    return picked(row_of(table_of(survey, case, "prevalence")), df="df")


def quantile(survey: pv.Survey, case: Case) -> Answer:
    interval = "replicates" if case.sample.columns else "wald"
    how = {"among": INSIDE if case.domain else None, "rule": case.options.get("rule", "math")}
    table = pv.quantile(survey, case.y, case.options["p"], interval=interval, **how)
    return picked(row_of(table), **LIMITS, se="se")


def table_test(survey: pv.Survey, case: Case) -> Answer:
    found = pv.association(survey, case.y, case.x)
    match case.options["statistic"]:
        case "F":
            return {"statistic": float(found.rao_scott.f[0]), "p": float(found.rao_scott.f_p[0])}
        case "Chisq":
            return {"statistic": float(found.rao_scott.pearson[0]), "p": float(found.rao_scott.chi2_p[0])}
        case "adjWald":
            return {"statistic": float(found.wald.f[0]), "p": float(found.wald.p_value[0])}
        case "Wald":
            plain = found.test("unadjusted-wald")
            return {"statistic": float(plain.value[0]), "p": float(plain.p_value[0])}
        case kind:
            raise NotOfferedError(kind)


def t_test(survey: pv.Survey, case: Case) -> Answer:
    group = case.options.get("group")
    table = table_of(survey, case, "mean", by=group)
    found = (table.difference(group, 1, 0) if group else table).tests()
    return picked(found.to_pandas().to_dict("records")[0], statistic="t", df="df", p="p_value")


def joint_test(survey: pv.Survey, case: Case) -> Answer:
    table = table_of(survey, case, case.options["of"], by=case.options["dimension"])
    others = range(1, len(table))
    found = table.contrast(np.array([[-1.0] + [float(row == other) for row in others] for other in others])).test()
    return {"statistic": found.f, "df": found.df, "p": found.p_value}


def kish(survey: pv.Survey, case: Case) -> Answer:
    return {"deff": float(pv.weighting.effects(survey).to_pandas()["kish_effect"].iloc[-1])}


def design_effect(survey: pv.Survey, case: Case) -> Answer:
    table = table_of(survey, case, case.options["of"])
    return picked(row_of(table.design_effect(REFERENCES[case.options["reference"]])), deff="deff")


def interval(survey: pv.Survey, case: Case) -> Answer:
    method = case.options["method"]
    table = table_of(survey, case, case.options.get("of", "prevalence"))
    return picked(row_of(table.ci(method="wald" if method == "t" else method)), **LIMITS)


def standardised(survey: pv.Survey, case: Case) -> Answer:
    told = case.options
    standard = {told["over"]: told["standard"]}
    side = told.get("dimension")
    table = pv.standardised(survey, case.y, standard=standard, by=side, among=INSIDE if case.domain else None)
    return picked(row_of(table.difference(side, told["a"], told["b"]) if side else table), **NUMBERS)


def imputed(survey: pv.Survey, case: Case) -> Answer:
    table = pv.prevalence(survey, [f"{case.y}{m + 1}" for m in range(case.options["m"])])
    return picked(row_of(pv.combine_imputations(table, indicator=case.y)), **NUMBERS, df="df")
