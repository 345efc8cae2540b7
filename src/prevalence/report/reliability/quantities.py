"""The quantities that reliability rules compare with their thresholds, from the numbers of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from prevalence.errors import OptionError
from prevalence.estimates import Estimates
from prevalence.formulas.interval import Limits, Proportions, log_wald, proportion, student_t, wald
from prevalence.formulas.ratio import divide
from prevalence.totals import Floats

LEVEL = 0.95
"""NCHS's standards are about 95 % intervals."""

QUANTITIES = {
    "n": "unweighted observations of the denominator",
    "cases": "unweighted observations of the numerator; n for means and quantiles, which have none",
    "count": "observations behind the figure: cases of a total, n of all others",
    "estimate": "the estimate; proportions lie between 0 and 1",
    "se": "standard error",
    "cv": "se / |estimate|",
    "log_cv": "cv / -ln(p) below p = 0.5, cv / -ln(1 - p) from 0.5 on, with cv = se / p in both (ECLAC as R calidad computes it)",
    "df": "degrees of freedom, counted in sampling units",
    "deff": "design effect",
    "n_eff": "n / deff",
    "kg_n_eff": "min(n, p(1-p)/V times the squared ratio of t quantiles with n - 1 and df); n at p = 0 and 1 (NCHS)",
    "width": "width of the 95 % interval: Korn-Graubard for proportions, 0 at p = 0 and 1; for numbers of people t on the log scale, with cases - 1 degrees of freedom; t for others",
    "relative_width": "width / estimate",
    "complement_width": "width / (1 - p)",
    "ine_limit": "min(p, 1 - p)^(2/3) / 9 (INE Chile)",
    "planned": "1 where the domain was planned in the sample design",
    "df_excused": "1 where the domain was planned and its low degrees of freedom are justified",
}
"""Names and meanings. A quantity is undefined where the estimate has none, and for proportions alone from `log_cv` on where p stands in it."""

Choice = bool | Sequence[bool]


def quantities(estimates: Estimates, *, planned: Choice = False, low_df_justified: Choice = False) -> dict[str, Floats]:
    """Return each of `QUANTITIES`, shape (rows,), NaN where it is undefined.

    Raises
    ------
    OptionError
        If `planned` or `low_df_justified` does not have one value a row.
    """
    estimates = counting_units(estimates)
    numbers = estimates.numbers
    cv = divide(numbers.se, np.abs(numbers.estimate))
    found = {name: getattr(numbers, name) for name in ("n", "estimate", "se", "df", "deff")}
    whole = np.array([statistic in ("mean", "quantile") for statistic in statistics_of(estimates)])
    cases = np.where(whole & np.isnan(numbers.cases), numbers.n, numbers.cases)
    totals = np.array([statistic == "total" for statistic in statistics_of(estimates)])
    by_design = _chosen("planned", planned, len(estimates))
    excused = by_design * _chosen("low_df_justified", low_df_justified, len(estimates))
    return {
        **found,
        "cv": cv,
        "cases": cases,
        "count": np.where(totals, cases, numbers.n),
        "n_eff": divide(numbers.n, numbers.deff),
        "planned": by_design,
        "df_excused": excused,
        **_of_kind(estimates, cv),
    }


def counting_units(estimates: Estimates) -> Estimates:
    """Return the same estimates with degrees of freedom that count units, as the agencies do, whatever the intervals were made with."""
    if estimates.sample.design.df_rule != "satterthwaite":
        return estimates
    counted = estimates.sample.spread().counted
    df = np.where(np.isnan(counted), estimates.numbers.df, counted)
    return replace(estimates, numbers=replace(estimates.numbers, df=df))


def statistics_of(estimates: Estimates) -> list[str]:
    """Return what each row is to a rule: proportion, total, mean, quantile or comparison."""
    texts = next((key.texts() for key in estimates.keys if key.name == "statistic"), [""] * len(estimates))
    if estimates.kind == "proportion":
        return ["proportion"] * len(estimates)
    names = {"total": "total", "mean": "mean", "ratio": "mean", "quantile": "quantile"}
    if estimates.kind == "log":
        names = {}
    return [names.get(text, "comparison") for text in texts]


def _chosen(option: str, value: Choice, rows: int) -> Floats:
    given = np.asarray(value, dtype=np.bool_)
    if given.ndim and given.shape != (rows,):
        raise OptionError(f"{option} must be one truth value or one a row, {rows} in all; found {given.size}.")
    return np.broadcast_to(given, (rows,)).astype(np.float64)


def _of_kind(estimates: Estimates, cv: Floats) -> dict[str, Floats]:
    numbers = estimates.numbers
    nothing = np.full(len(estimates), np.nan)
    if estimates.kind != "proportion":
        # NCHS Series 2 No. 200, equation 24, as R surveytable cites it.
        counts = log_wald(numbers.estimate, cv, numbers.cases - 1, LEVEL)
        width = np.where(numbers.people, _width(counts), _width(wald(numbers.estimate, numbers.se, numbers.df, LEVEL)))
        relative = divide(width, np.abs(numbers.estimate))
        absent = dict.fromkeys(("log_cv", "kg_n_eff", "complement_width", "ine_limit"), nothing)
        return {**absent, "width": width, "relative_width": relative}
    p = numbers.estimate
    certain = (p <= 0) | (p >= 1)
    width = np.where(certain, 0.0, _width(proportion("korn-graubard", _without_loan(estimates), LEVEL)))
    return {
        "log_cv": _log_cv(p, cv),
        "kg_n_eff": effective_n(estimates),
        "width": width,
        "relative_width": divide(width, p),
        "complement_width": divide(width, 1 - p),
        "ine_limit": np.minimum(p, 1 - p) ** (2 / 3) / 9,
    }


def effective_n(estimates: Estimates) -> Floats:
    """Return the effective sample size of NCHS's standards (Series 2 No. 175), shape (rows,); n where p is 0 or 1 or the variance 0."""
    numbers = estimates.numbers
    plain = divide(numbers.estimate * (1 - numbers.estimate), numbers.se**2)
    adjusted = plain * (student_t(numbers.n - 1, LEVEL) / student_t(numbers.df, LEVEL)) ** 2
    smaller = np.minimum(numbers.n, np.where(numbers.df > 0, adjusted, 0.0))
    return np.where(numbers.shares().degenerate, numbers.n, smaller)


def _without_loan(estimates: Estimates) -> Proportions:
    """Return what the interval needs, without a design effect borrowed from a margin, which NCHS's rule does not know."""
    return replace(estimates.numbers.shares(), borrowed_deff=np.ones(len(estimates)))


def _width(limits: Limits) -> Floats:
    return limits.high - limits.low


def _log_cv(p: Floats, cv: Floats) -> Floats:
    inside = (p > 0) & (p < 1)
    safe = np.where(inside, p, 0.5)
    return np.where(inside, cv / -np.log(np.where(safe < 0.5, safe, 1 - safe)), np.nan)
