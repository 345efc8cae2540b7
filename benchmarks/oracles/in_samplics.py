"""Asks samplics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from oracles.answers import Answer, NotOfferedError
from oracles.cases import Case, Sample
from samplics.categorical import CrossTabulation, Ttest
from samplics.estimation import ReplicateEstimator, TaylorEstimator
from samplics.utils.types import PopParam, RepMethod, SinglePSUEst
from samplics.weighting import ReplicateWeight, SampleWeight

PARAMETERS = {"mean": PopParam.mean, "prevalence": PopParam.prop, "total": PopParam.total, "ratio": PopParam.ratio}
SINGLE = {"fail": SinglePSUEst.error, "certainty": SinglePSUEst.skip}
METHODS = {
    "BRR": RepMethod.brr,
    "Fay": RepMethod.brr,
    "bootstrap": RepMethod.bootstrap,
    "JK1": RepMethod.jackknife,
    "JKn": RepMethod.jackknife,
}
Words = npt.NDArray[np.object_]


def answer(frames: Mapping[str, pd.DataFrame], case: Case) -> Answer:
    """Return the numbers of a case."""
    told = case.sample
    if told.phases:
        raise NotOfferedError("two phases")
    if told.selection != "independent":
        raise NotOfferedError(f"selection {told.selection}")
    if told.made and told.weighting:
        raise NotOfferedError("weights of replicates")
    rows = frames[told.data]
    ways = {
        "distribution": distribution,
        "quantile": quantile,
        "table": table_test,
        "t_test": t_test,
        "interval": interval,
        "df": freedom,
        "kish": kish,
    }
    if case.ask in ways:
        return ways[case.ask](rows, case)
    if case.ask not in PARAMETERS:
        raise NotOfferedError(case.ask)
    return replicated(rows, case) if told.columns or told.made else point(rows, case)


def words(rows: pd.DataFrame, names: Any) -> Words:
    """Return columns crossed as text."""
    return rows[list(names)].astype(str).agg("-".join, axis=1).to_numpy(dtype=object)


def design_of(rows: pd.DataFrame, told: Sample) -> dict[str, Any]:
    """Return the arguments of a design: arrays, and a correction by stratum."""
    if told.lonely not in SINGLE or told.lonely_domains:
        raise NotOfferedError(f"rule {told.lonely}")
    found: dict[str, Any] = {"samp_weight": weights_of(rows, told), "single_psu": SINGLE[told.lonely]}
    if told.stratum:
        found["stratum"] = words(rows, told.stratum)
    if told.psu:
        found["psu"] = words(rows, told.psu)
    if told.later:
        found["ssu"] = words(rows, [*told.psu, told.later[0]["unit"]])
    if told.fpc:
        found["fpc"] = corrections(rows, told)
    return found


def corrections(rows: pd.DataFrame, told: Sample) -> Any:
    """Return 1 - f of each stratum, or of the sample; samplics takes that, not counts."""
    unit = words(rows, told.psu) if told.psu else np.arange(len(rows)).astype(str).astype(object)
    stratum = words(rows, told.stratum) if told.stratum else np.full(len(rows), "all", dtype=object)
    given = rows[told.fpc].to_numpy(dtype=float)
    found = {}
    for level in sorted(set(stratum)):
        inside = stratum == level
        size = given[inside][0]
        found[level] = float(1 - size if size <= 1 else 1 - len(set(unit[inside])) / size)
    return found if told.stratum else found["all"]


def weights_of(rows: pd.DataFrame, told: Sample) -> npt.NDArray[np.float64]:
    """Return the weights after all steps."""
    weight = rows[told.weight].to_numpy(dtype=float)
    for kind, figures in (told.weighting or {}).items():
        if kind not in STEPS:
            raise NotOfferedError(kind)
        weight = np.asarray(STEPS[kind](rows, weight, figures))
    return weight / rows[told.rounds].nunique() if told.rounds else weight


def post_stratified(rows: pd.DataFrame, weight: Any, figures: Mapping[str, Any]) -> Any:
    ((name, people),) = figures.items()
    return SampleWeight().poststratify(weight, control=dict(people), domain=rows[name].astype(str).to_numpy())


def raked(rows: pd.DataFrame, weight: Any, figures: Mapping[str, Any]) -> Any:
    margins = {name: rows[name].astype(str).to_numpy() for name in figures}
    control = {name: dict(people) for name, people in figures.items()}
    return SampleWeight().rake(weight, margins=margins, control=control, tol=1e-13, ctrl_tol=1e-13, max_iter=1000)


def calibrated(rows: pd.DataFrame, weight: Any, figures: Mapping[str, Any]) -> Any:
    if figures.get("method", "linear") != "linear" or figures.get("bounds") or figures.get("household"):
        raise NotOfferedError("linear calibration without bounds alone")
    columns = {
        f"{name}_{level}": (rows[name].astype(str) == level) * 1.0
        for name, people in figures["categories"].items()
        for level in people
    }
    control = {f"{name}_{level}": number for name, people in figures["categories"].items() for level, number in people.items()}
    auxiliary = np.column_stack([*columns.values(), *(rows[name] for name in figures["totals"])])
    return SampleWeight().calibrate(weight, aux_vars=auxiliary, control={**control, **figures["totals"]})


def respondents(rows: pd.DataFrame, weight: Any, figures: Mapping[str, Any]) -> Any:
    status = rows["status"].to_numpy(dtype=object)
    codes = {"in": "in", "rr": "rr", "nr": "nr", "uk": "uk"}
    return SampleWeight().adjust(weight, rows[figures["classes"]].to_numpy(dtype=object), status, resp_dict=codes)


STEPS = {"post_stratify": post_stratified, "rake": raked, "calibrate": calibrated, "nonresponse": respondents}


def domain_of(rows: pd.DataFrame, case: Case) -> Words | None:
    """Return "in" or "out" for each row."""
    if not case.domain:
        return None
    inside = np.ones(len(rows), dtype=bool)
    for column, level in case.domain.items():
        inside &= (rows[column] == level).to_numpy()
    return np.where(inside, "in", "out").astype(object)


def estimator(rows: pd.DataFrame, case: Case, of: str) -> TaylorEstimator:
    """Return a fitted estimator of the whole sample, or of the domain."""
    found = TaylorEstimator(param=PARAMETERS[of])
    more: dict[str, Any] = {"x": rows[case.x].to_numpy(dtype=float)} if of == "ratio" and case.x else {}
    domain = domain_of(rows, case)
    if domain is not None:
        more["domain"] = domain
    found.estimate(y=rows[case.y].to_numpy(), **more, **design_of(rows, case.sample), remove_nan=True)
    return found


def at(values: Any, case: Case, level: Any = None) -> float:
    """Return the number of the domain and of the level of the outcome."""
    found = values["in"] if case.domain else values
    if level is None:
        return float(found)
    return float(next(value for key, value in found.items() if str(key).removesuffix(".0") == str(level)))


def point(rows: pd.DataFrame, case: Case) -> Answer:
    found = estimator(rows, case, case.ask)
    level = 1 if case.ask == "prevalence" else None
    return {"estimate": at(found.point_est, case, level), "se": at(found.stderror, case, level)}


def distribution(rows: pd.DataFrame, case: Case) -> Answer:
    found = (replicate_estimator if case.sample.columns else estimator)(rows, case, "prevalence")
    level = case.options["level"]
    return {"estimate": at(found.point_est, case, level), "se": at(found.stderror, case, level)}


def freedom(rows: pd.DataFrame, case: Case) -> Answer:
    fitted = replicate_estimator(rows, case, "prevalence") if case.sample.columns else estimator(rows, case, "prevalence")
    return {"df": float(fitted.degree_of_freedom)}


def interval(rows: pd.DataFrame, case: Case) -> Answer:
    method = case.options["method"]
    if method not in ("logit", "t", "wald"):
        raise NotOfferedError(method)
    of = case.options.get("of", "prevalence" if method == "logit" else "mean")
    found, level = estimator(rows, case, of), 1 if of == "prevalence" else None
    return {
        name: at(getattr(found, where), case, level)
        for name, where in (("estimate", "point_est"), ("low", "lower_ci"), ("high", "upper_ci"))
    }


def quantile(rows: pd.DataFrame, case: Case) -> Answer:
    if case.options["p"] != 0.5 or case.sample.columns or "rule" in case.options:
        raise NotOfferedError("medians alone, without replicates")
    found = TaylorEstimator(param=PopParam.median)
    domain = domain_of(rows, case)
    more = {} if domain is None else {"domain": domain}
    found.estimate(y=rows[case.y].to_numpy(), **more, **design_of(rows, case.sample), remove_nan=True)
    return {
        name: at(getattr(found, where), case)
        for name, where in (("estimate", "point_est"), ("low", "lower_ci"), ("high", "upper_ci"))
    }


def kish(rows: pd.DataFrame, case: Case) -> Answer:
    return {"deff": float(SampleWeight().calculate_deff_weight(rows[case.sample.weight].to_numpy(dtype=float)))}


def table_test(rows: pd.DataFrame, case: Case) -> Answer:
    kind = case.options["statistic"]
    if case.sample.columns:
        raise NotOfferedError("replicates")
    if kind not in ("F", "Chisq"):
        raise NotOfferedError(kind)
    known = rows[[case.y, case.x]].notna().all(axis=1)
    kept = rows[known]
    found = CrossTabulation(param=PopParam.prop)
    told = {name: value for name, value in design_of(kept, case.sample).items() if name != "ssu"}
    if "stratum" not in told and "fpc" in told:
        told["fpc"] = {"__none__": told["fpc"]}
    pair = kept[[case.y, case.x]].astype(str).reset_index(drop=True)
    found.tabulate(vars=pair, varnames=[case.y, case.x], **told, remove_nan=True)
    stats = found.stats["Pearson-Adj" if kind == "F" else "Pearson-Unadj"]
    return {"statistic": stats["f_value" if kind == "F" else "chisq_value"], "p": stats["p_value"]}


def t_test(rows: pd.DataFrame, case: Case) -> Answer:
    group = case.options.get("group")
    kept = rows[rows[[case.y, *([group] if group else [])]].notna().all(axis=1)]
    found = Ttest(samp_type="one-sample")
    more = {"group": kept[group].to_numpy()} if group else {"known_mean": 0}
    found.compare(y=kept[case.y].to_numpy(dtype=float), **more, **design_of(kept, case.sample))
    if not group:
        return {"statistic": found.stats["t"], "df": found.stats["df"], "p": found.stats["p_value"]["not_equal"]}
    two = found.stats
    return {"statistic": -two["t_uneq_variance"], "df": two["df_uneq_variance"], "p": two["p_value_uneq_variance"]["not_equal"]}


def replicated(rows: pd.DataFrame, case: Case) -> Answer:
    found = replicate_estimator(rows, case, case.ask)
    level = 1 if case.ask == "prevalence" else None
    return {"estimate": at(found.point_est, case, level), "se": at(found.stderror, case, level)}


def replicate_estimator(rows: pd.DataFrame, case: Case, of: str) -> ReplicateEstimator:
    """Return a fitted estimator from replicates of the file or made."""
    told = case.sample
    kind = (told.columns or told.made or {})["method"]
    if kind not in METHODS:
        raise NotOfferedError(kind)
    replicates, coefficients, fay = of_file(rows, told) if told.columns else made(rows, told)
    found = ReplicateEstimator(method=METHODS[kind], param=PARAMETERS[of], fay_coef=fay)
    known = rows[case.y].notna().to_numpy()  # remove_nan takes the coefficients for rows
    rows, replicates = rows[known], replicates[known]
    more: dict[str, Any] = {"x": rows[case.x].to_numpy(dtype=float)} if of == "ratio" else {}
    domain = domain_of(rows, case)
    if domain is not None:
        more["domain"] = domain
    mse = bool((told.columns or told.made or {}).get("mse"))
    weight = rows[told.weight].to_numpy(dtype=float)
    arguments = {"rep_coefs": coefficients, "conservative": mse}
    found.estimate(y=rows[case.y].to_numpy(), samp_weight=weight, rep_weights=replicates, **more, **arguments)
    return found


def of_file(rows: pd.DataFrame, told: Sample) -> tuple[Any, Any, float | None]:
    """Return replicate weights of the file, their coefficients where they are told, and Fay's."""
    columns = told.columns or {}
    factors = rows[[f"{columns['prefix']}{number + 1}" for number in range(columns["n"])]]
    if not columns["combined"]:
        factors = factors.mul(rows[told.weight], axis=0)
    coefficients = None if columns["rscales"] is None else np.array(columns["rscales"])
    return factors.to_numpy(), coefficients, columns["rho"]


def made(rows: pd.DataFrame, told: Sample) -> tuple[Any, Any, float | None]:
    """Return replicate weights that samplics makes, and the coefficients that it gives with them."""
    wanted = told.made or {}
    if told.fpc:
        raise NotOfferedError("replicates with a finite population correction")
    stratified = bool(told.stratum)
    maker = ReplicateWeight(
        method=METHODS[wanted["method"]],
        strat=stratified,
        nb_reps=wanted["n"] or 500,
        fay_coef=wanted["rho"] or 0.0,
        rand_seed=wanted["seed"],
    )
    unit = words(rows, told.psu) if told.psu else np.arange(len(rows)).astype(str).astype(object)
    found = maker.replicate(
        samp_weight=rows[told.weight].to_numpy(dtype=float),
        psu=unit,
        stratum=words(rows, told.stratum) if stratified else None,
        rep_prefix="rep_",
    )
    coefficients = np.array(maker.rep_coefs) if len(maker.rep_coefs) else None
    return found[[name for name in found.columns if name.startswith("rep_")]].to_numpy(), coefficients, wanted["rho"]
