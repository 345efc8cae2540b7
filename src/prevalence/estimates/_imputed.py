"""Tables of multiply imputed data sets, combined into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from prevalence.errors import OptionError
from prevalence.estimates._estimates import Estimates
from prevalence.estimates._keys import Key, key_named
from prevalence.estimates._numbers import COLUMNS, Numbers, default_method
from prevalence.formulas.imputation import Imputed, barnard_rubin
from prevalence.formulas.ratio import divide
from prevalence.formulas.variance import standard_errors
from prevalence.totals import Floats


def combine_imputations(tables: Estimates | Sequence[Estimates], *, indicator: str) -> Estimates:
    """Combine the tables of multiply imputed data by Rubin's rules.

    Parameters
    ----------
    tables : Estimates or sequence of Estimates
        One table a completed data set, all with the same rows; or one table of several indicators, each an imputation of the same.
    indicator : str
        Name of the result's indicator.

    Returns
    -------
    Estimates
        Estimates are the means, those of ratios of estimates on the log scale; variances are the mean variance within plus (1 + 1/m) times the variance between the imputations; degrees of
        freedom after Barnard & Rubin (1999). Differences and tests taken of the result are combined in the same way. `n` is that of the completed data.

    Raises
    ------
    OptionError
        If there are fewer than two tables, or their rows differ.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({
    ...     "ea": [1, 1, 2, 2, 3, 3], "w": [1.0] * 6, "filled_1": [0, 1, 0, 1, 0, 0], "filled_2": [0, 1, 0, 1, 1, 0],
    ... })
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w", psu="ea")), ["filled_1", "filled_2"])
    >>> pv.combine_imputations(table, indicator="child_labour").to_pandas()[["indicator", "estimate", "se"]].round(4)
          indicator  estimate      se
    0  child_labour    0.4167  0.1863
    """
    parts = _completed(tables)
    first, log = parts[0], parts[0].kind == "log"
    # The scores of ratios of estimates are those of their logarithms, and so is all that is combined.
    with np.errstate(divide="ignore", invalid="ignore"):
        estimates = np.array([np.log(part.numbers.estimate) if log else part.numbers.estimate for part in parts])
    rule, scores = Imputed.stacked(
        tuple(part.sample.rule for part in parts), tuple(part.sample.scores for part in parts), estimates
    )
    sample = replace(first.sample, rule=rule, scores=scores)
    found = sample.spread()
    numbers = _mean([part.numbers for part in parts])
    estimate = np.exp(estimates.mean(axis=0)) if log else numbers.estimate
    spread = standard_errors(found.variance, np.ones(len(first)) if log else np.abs(estimate))
    se = estimate * spread if log else spread
    deff = np.where(se == 0, numbers.deff, divide(se**2, np.mean([_srs_variance(part.numbers) for part in parts], axis=0)))
    of_rule = found.df_of(se)
    df = np.where(np.isnan(of_rule), _df_of_tables(parts, found.variance), of_rule)
    census = found.census & (se == 0)
    numbers = replace(numbers, estimate=estimate, se=se, df=df, n_psu=found.n_psu, deff=deff, census=census, given=None)
    numbers = replace(numbers, se_log=spread) if log else numbers
    # Limits that were found from the rows of each data set cannot be found again; t limits can.
    method = first.interval.method if first.numbers.given is None else default_method(first.kind, numbers.people)
    note = f"{indicator}: {len(parts)} imputations combined by Rubin's rules, df after Barnard and Rubin (1999)."
    keys = tuple(Key.constant(key.name, indicator, len(first)) if key.name == "indicator" else key for key in first.keys)
    interval = replace(first.interval, method=method)
    return replace(
        first, keys=keys, numbers=numbers, interval=interval, sample=sample, provenance=first.provenance.add(notes=(note,))
    )


def _completed(tables: Estimates | Sequence[Estimates]) -> list[Estimates]:
    """Return one table a completed data set, their rows the same."""
    if isinstance(tables, Estimates):
        levels = key_named(tables.keys, "indicator").levels
        parts = [tables.select(indicator=level) for level in levels]
    else:
        parts = list(tables)
    if len(parts) < 2:
        raise OptionError("Multiple imputation needs two or more completed data sets; found one. Impute several times.")
    for part in parts[1:]:
        _check_same_rows(parts[0], part)
        _check_same_units(parts[0], part)
    return parts


def _check_same_rows(first: Estimates, other: Estimates) -> None:
    labels = [{key.name: key.texts() for key in table.keys if key.name != "indicator"} for table in (first, other)]
    if labels[0] != labels[1] or first.kind != other.kind:
        raise OptionError(
            f"Tables of imputations must have the same rows; one has {len(first)} by {', '.join(first.dimensions) or 'nothing'}, another "
            f"{len(other)} by {', '.join(other.dimensions) or 'nothing'}. Ask for all of them with the same `by` and levels."
        )


def _check_same_units(first: Estimates, other: Estimates) -> None:
    units = [table.sample.presence.shape[0] for table in (first, other)]
    if units[0] != units[1]:
        raise OptionError(
            f"Completed data sets must have the same sampling units; one has {units[0]}, another {units[1]}. Keep all rows in each, and ask for "
            "some of them with among=."
        )


def _df_of_tables(parts: Sequence[Estimates], total: Floats) -> Floats:
    """Return degrees of freedom from those of the tables, for rules that give none, shape (rows,)."""
    within = np.mean([(part.numbers.se_log if part.kind == "log" else part.numbers.se) ** 2 for part in parts], axis=0)
    return barnard_rubin(total - within, total, len(parts), np.min([part.numbers.df for part in parts], axis=0))


def _srs_variance(of: Numbers) -> Floats:
    """Return the variance of a simple random sample, shape (rows,): the variance over its design effect, 0 where none or all are cases."""
    return np.where((of.se == 0) & np.isnan(of.deff), 0.0, divide(of.se**2, of.deff))


def _mean(parts: Sequence[Numbers]) -> Numbers:
    def averaged(name: str) -> Any:
        return np.mean([getattr(part, name) for part in parts], axis=0)

    names = (name for name in COLUMNS if name not in ("census", "people"))
    return replace(parts[0], **{name: averaged(name) for name in names})
