"""Asks this library. R's degrees of freedom, so that limits are compared at the same t."""

from __future__ import annotations

from collections.abc import Mapping
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


def offered(path: str) -> Any:
    """Return a public name, or say that this version does not have it."""
    found: Any = pv
    for name in path.split("."):
        if not hasattr(found, name):
            raise NotOfferedError(f"no pv.{path} in this version")
        found = getattr(found, name)
    return found


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
    }
    return ways.get(case.ask, point)(survey_of(frames, case), case)


def survey_of(frames: Mapping[str, pd.DataFrame], case: Case) -> pv.Survey:
    """Return the survey, with a 0/1 column of the domain."""
    rows = frames[case.sample.data]
    inside = np.ones(len(rows), dtype=bool)
    for column, level in case.domain.items():
        inside &= (rows[column] == level).to_numpy()
    survey = pv.Survey(rows.assign(**{INSIDE: inside.astype(float)}), design_of(case.sample))
    return weighted(survey, case.sample.weighting) if case.sample.weighting else survey


def design_of(sample: Sample, df_rule: Any = "own") -> pv.Design:
    """Return the design of a sample."""
    more: dict[str, Any] = {}
    if sample.phases:
        more["two_phase"] = offered("TwoPhase")(**sample.phases)
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


def weighted(survey: pv.Survey, weighting: Mapping[str, Any]) -> pv.Survey:
    """Return the survey fitted to population figures."""
    ((kind, told),) = weighting.items()
    categories = told["categories"] if kind == "calibrate" else told
    levels = {name: pd.Series(survey.data[name].unique()) for name in categories}
    margins = [margin(name, people, levels[name]) for name, people in categories.items()]
    if kind == "post_stratify":
        return offered("weighting.post_stratify")(survey, margins=margins[0])
    if kind == "rake":
        return offered("weighting.rake")(survey, margins=margins)
    return offered("weighting.calibrate")(survey, margins=margins, totals=told["totals"])


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
    table = offered("quantile")(survey, case.y, case.options["p"], among=INSIDE if case.domain else None, interval=interval)
    return picked(row_of(table), **LIMITS, se="se")


def table_test(survey: pv.Survey, case: Case) -> Answer:
    found = offered("association")(survey, case.y, case.x)
    match case.options["statistic"]:
        case "F":
            return {"statistic": float(found.rao_scott.f[0]), "p": float(found.rao_scott.f_p[0])}
        case "Chisq":
            return {"statistic": float(found.rao_scott.pearson[0]), "p": float(found.rao_scott.chi2_p[0])}
        case "adjWald":
            return {"statistic": float(found.wald.f[0]), "p": float(found.wald.p_value[0])}
        case kind:
            raise NotOfferedError(kind)


def t_test(survey: pv.Survey, case: Case) -> Answer:
    group = case.options.get("group")
    table = table_of(survey, case, "mean", by=group)
    found = (table.difference(group, 1, 0) if group else table).tests()
    return picked(found.to_pandas().to_dict("records")[0], statistic="t", df="df", p="p_value")


def design_effect(survey: pv.Survey, case: Case) -> Answer:
    table = table_of(survey, case, case.options["of"])
    return picked(row_of(table.design_effect(REFERENCES[case.options["reference"]])), deff="deff")


def interval(survey: pv.Survey, case: Case) -> Answer:
    method = case.options["method"]
    table = table_of(survey, case, case.options.get("of", "prevalence"))
    return picked(row_of(table.ci(method=None if method == "t" else method)), **LIMITS)


def standardised(survey: pv.Survey, case: Case) -> Answer:
    standard = {case.options["over"]: case.options["standard"]}
    return picked(row_of(pv.standardised(survey, case.y, standard=standard, among=INSIDE if case.domain else None)), **NUMBERS)


def imputed(survey: pv.Survey, case: Case) -> Answer:
    table = pv.prevalence(survey, [f"{case.y}{m + 1}" for m in range(case.options["m"])])
    return picked(row_of(pv.combine_imputations(table, indicator=case.y)), **NUMBERS, df="df")
