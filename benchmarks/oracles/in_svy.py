"""Asks svy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

import pandas as pd
import polars as pl
import svy
from oracles.answers import Answer, NotOfferedError, picked
from oracles.cases import Case, Sample

NUMBERS = {"estimate": "est", "se": "se"}
LIMITS = {"estimate": "est", "low": "lci", "high": "uci"}
SINGLETON = {"fail": None, "certainty": "skip", "adjust": "center", "average": "scale"}
KEPT_LEVELS = 1


def answer(frames: Mapping[str, pd.DataFrame], case: Case) -> Answer:
    """Return the numbers of a case."""
    ways = {
        "distribution": distribution,
        "difference": contrasted,
        "relative": contrasted,
        "quantile": quantile,
        "table": table_test,
        "t_test": t_test,
        "deff": design_effect,
        "interval": interval,
        "df": freedom,
        "standardised": standardised,
        "imputed": not_offered,
        "joint": joint_test,
        "kish": kish,
    }
    return ways.get(case.ask, point)(sample_of(frames[case.sample.data], case), case)


def sample_of(rows: pd.DataFrame, case: Case) -> Any:
    """Return the sample under its design, weights fitted and replicates made."""
    told = case.sample
    if told.phases:
        raise NotOfferedError("two phases")
    if told.selection != "independent":
        raise NotOfferedError(f"selection {told.selection}")
    if told.made and not told.psu:
        told = replace(told, psu=["row"])
    rows = sizes_of(factors_times_weights(rows, told), told)
    if told.rounds:
        # combine_samples refuses units that the first round did not have
        rows = rows.assign(**{told.weight: rows[told.weight] / rows[told.rounds].nunique()})
    found = svy.Sample(pl.from_pandas(rows), design_of(told))
    if told.made:
        found = with_replicates(found, told.made)
    return weighted(found, told.weighting) if told.weighting else found


def design_of(told: Sample) -> Any:
    """Return svy's design; it has two stages at most and no strata in the second."""
    if any(stage.get("stratum") for stage in told.later):
        raise NotOfferedError("strata in later stages")
    second = told.later[0] if told.later else None
    size: Any = told.fpc
    if second and told.fpc:
        size = svy.PopSize(psu=told.fpc, ssu=second["fpc"])
    rule: Any = SINGLETON[told.lonely] if told.stratum else None
    if told.lonely_domains:
        rule = svy.Singleton(rule, domains="apply")
    return svy.Design(
        wgt=told.weight,
        stratum=tuple(told.stratum) or None,
        psu=tuple(told.psu) or None,
        ssu=second["unit"] if second else None,
        pop_size=size,
        singleton=rule,
        rep_wgts=columns_of(told) if told.columns else None,
    )


def sizes_of(rows: pd.DataFrame, told: Sample) -> pd.DataFrame:
    """Return rows whose correction is a number of units: svy takes no fractions."""
    if not told.fpc or rows[told.fpc].max() > 1:
        return rows
    strata = rows.groupby(list(told.stratum))
    units = strata[told.psu[0]].transform("nunique") if told.psu else strata[told.weight].transform("size")
    return rows.assign(**{told.fpc: (units / rows[told.fpc]).round(6)})


def factors_times_weights(rows: pd.DataFrame, told: Sample) -> pd.DataFrame:
    """Return rows whose replicate columns are weights: svy takes no factors."""
    if not told.columns or told.columns["combined"]:
        return rows
    names = [f"{told.columns['prefix']}{number + 1}" for number in range(told.columns["n"])]
    return rows.assign(**{name: rows[name] * rows[told.weight] for name in names})


def columns_of(told: Sample) -> Any:
    """Return the replicate weights of a file."""
    columns = told.columns or {}
    same = {"prefix": columns["prefix"], "n_reps": columns["n"]}
    match columns["method"]:
        case "BRR" | "Fay":
            return svy.BrrWgts(**same, fay_coef=columns["rho"] or 0.0)
        case "bootstrap":
            return svy.BootstrapWgts(**same)
        case "SDR":
            return svy.SdrWgts(**same)
        case kind:
            return svy.JackknifeWgts(**same, kind=kind.lower(), scale=columns["rscales"])


def with_replicates(sample: Any, made: Mapping[str, Any]) -> Any:
    """Return the sample with replicate weights made from its units."""
    verbs = sample.weighting
    match made["method"]:
        case "BRR" | "Fay":
            return verbs.create_brr_wgts(fay_coef=made["rho"] or 0.0)
        case "bootstrap":
            return verbs.create_bs_wgts(n_reps=made["n"], rstate=made["seed"])
        case _:
            return verbs.create_jk_wgts()


def weighted(sample: Any, weighting: Mapping[str, Any]) -> Any:
    """Return the sample after all steps of its weights."""
    for number, (kind, told) in enumerate(weighting.items()):
        if kind not in STEPS:
            raise NotOfferedError(kind)
        sample = STEPS[kind](sample, told, f"weight{number}")
    return sample


def post_stratified(sample: Any, told: Mapping[str, Any], name: str) -> Any:
    ((column, people),) = told.items()
    return sample.weighting.poststratify(controls=levels_of(sample, column, people), cells=column, wgt_name=name)


def raked(sample: Any, told: Mapping[str, Any], name: str) -> Any:
    controls = {column: levels_of(sample, column, people) for column, people in told.items()}
    return sample.weighting.rake(controls=controls, tol=1e-13, max_iter=1000, wgt_name=name)


def calibrated(sample: Any, told: Mapping[str, Any], name: str) -> Any:
    if told.get("method", "linear") != "linear" or told.get("household") or told.get("bounds"):
        raise NotOfferedError("linear calibration alone, of rows, without bounds")
    controls = {svy.Cat(column): levels_of(sample, column, people) for column, people in told["categories"].items()}
    return sample.weighting.calibrate(controls={**controls, **told["totals"]}, wgt_name=name)


def respondents(sample: Any, told: Mapping[str, Any], name: str) -> Any:
    return sample.weighting.adjust("status", cells=told["classes"], wgt_name=name)


def trimmed(sample: Any, told: Mapping[str, Any], name: str) -> Any:
    if told["share"] != "proportional":
        raise NotOfferedError("shares in proportion to the weights alone")
    return sample.weighting.trim(upper=told["upper"], lower=told.get("lower"), max_iter=1000, tol=1e-12, wgt_name=name)


STEPS = {
    "post_stratify": post_stratified,
    "rake": raked,
    "calibrate": calibrated,
    "nonresponse": respondents,
    "trim": trimmed,
}


def levels_of(sample: Any, name: str, people: Mapping[str, float]) -> dict[Any, float]:
    """Return population figures by level, of the kind that the data have."""
    of_text = {str(level): level for level in sample.data[name].unique().to_list()}
    return {of_text[text]: number for text, number in people.items()}


def options_of(case: Case) -> dict[str, Any]:
    """Return the domain, what to do with missing values, and whether replicates make the variance."""
    found: dict[str, Any] = {"drop_nulls": True}
    if case.domain:
        found["where"] = reduce(lambda a, b: a & b, [svy.col(name) == level for name, level in case.domain.items()])
    if case.sample.columns or case.sample.made:
        found["method"] = "replication"
    told = case.sample.columns or case.sample.made or {}
    return found | ({"variance_center": "estimate"} if told.get("mse") else {})


def only(found: Any, case: Case, level: Any = None) -> dict[str, Any]:
    """Return the only row, or that of a level of the outcome."""
    rows = found.to_polars().to_dicts()
    kept = [row for row in rows if level is None or str(row[case.y]).removesuffix(".0") == str(level)]
    return kept[0]


def estimated(sample: Any, case: Case, of: str, **more: Any) -> Any:
    """Return an estimate of svy."""
    verbs, options = sample.estimation, options_of(case) | more
    if of == "ratio":
        return verbs.mean(case.y, **options) if case.x == "one" else verbs.ratio(case.y, case.x, **options)
    return {"mean": verbs.mean, "prevalence": verbs.prop, "total": verbs.total}[of](case.y, **options)


def level_of(of: str) -> int | None:
    return KEPT_LEVELS if of == "prevalence" else None


def point(sample: Any, case: Case) -> Answer:
    return picked(only(estimated(sample, case, case.ask), case, level_of(case.ask)), **NUMBERS)


def freedom(sample: Any, case: Case) -> Answer:
    return picked(only(estimated(sample, case, "prevalence"), case, KEPT_LEVELS), df="df")


def distribution(sample: Any, case: Case) -> Answer:
    return picked(only(sample.estimation.prop(case.y, **options_of(case)), case, case.options["level"]), **NUMBERS)


def contrasted(sample: Any, case: Case) -> Answer:
    told = case.options
    if told["b"] == "All":
        raise NotOfferedError("contrasts of overlapping domains")
    found = estimated(sample, case, "mean", by=told["dimension"])
    a, b = svy.estd(told["a"]), svy.estd(told["b"])
    if case.ask == "difference":
        return picked(found.contrast(a - b).to_polars().to_dicts()[0], **NUMBERS)
    ratio = found.contrast(a / b).to_polars().to_dicts()[0]["est"]
    return {"estimate": ratio, "se": found.contrast(a.log() - b.log()).to_polars().to_dicts()[0]["se"]}


def quantile(sample: Any, case: Case) -> Answer:
    if "rule" in case.options:
        raise NotOfferedError(case.options["rule"])
    return picked(only(sample.estimation.quantile(case.y, p=case.options["p"], **options_of(case)), case), **LIMITS, se="se")


def table_test(sample: Any, case: Case) -> Answer:
    kind = case.options["statistic"]
    if kind not in ("F", "Chisq"):
        raise NotOfferedError(kind)
    method = "replication" if case.sample.columns else "taylor"
    stats = sample.categorical.tabulate(case.y, case.x, method=method, drop_nulls=True).stats
    found = stats.f if kind == "F" else stats.chisq
    return {"statistic": found.value, "p": found.p_value}


def t_test(sample: Any, case: Case) -> Answer:
    found = sample.categorical.ttest(case.y, group=case.options.get("group"), drop_nulls=True).to_polars().to_dicts()[0]
    return picked(found, statistic="t", df="df", p="p_value")


def joint_test(sample: Any, case: Case) -> Answer:
    group = case.options["dimension"]
    found = sample.glm.fit(case.y, x=[svy.Cat(group)]).term_test(group)
    return {"statistic": found.value, "df": found.df_den, "p": found.p_value}


def kish(sample: Any, case: Case) -> Answer:
    return {"deff": float(sample.deff_w)}


def design_effect(sample: Any, case: Case) -> Answer:
    of = case.options["of"]
    return picked(only(estimated(sample, case, of, deff=case.options["reference"]), case, level_of(of)), deff="deff")


def interval(sample: Any, case: Case) -> Answer:
    method, of = case.options["method"], case.options.get("of", "prevalence")
    if of == "prevalence" and method not in ("logit", "beta", "korn-graubard", "wilson"):
        if method != "wald":
            raise NotOfferedError(method)
        of = "mean"
    more = {"ci_method": method} if of == "prevalence" else {}
    return picked(only(estimated(sample, case, of, **more), case, level_of(of)), **LIMITS)


def standardised(sample: Any, case: Case) -> Answer:
    told = case.options
    if "dimension" in told:
        raise NotOfferedError("contrasts of standardised rates")
    answered = svy.col(case.y).is_not_null()
    scope = [answered, *(svy.col(name) == level for name, level in case.domain.items())]
    shares = levels_of(sample, told["over"], told["standard"])
    found = sample.weighting.standardize(told["over"], shares=shares, where=reduce(lambda a, b: a & b, scope))
    return point(found, replace(case, ask="prevalence"))


def not_offered(sample: Any, case: Case) -> Answer:
    raise NotOfferedError(case.ask)
