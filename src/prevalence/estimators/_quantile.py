"""Quantiles of a measured variable: medians, percentiles and their differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from prevalence.aggregate import Entries, Members, Outcome, Table, aggregate, members
from prevalence.errors import OptionError, check_option, listed
from prevalence.estimates import Estimates, Given, Interval, Key, Numbers, Sample, stack
from prevalence.estimators._formula import Formula
from prevalence.estimators._quantile_rows import (
    JACKKNIVES,
    QUANTILE_INTERVALS,
    Found,
    QuantileAsked,
    QuantileInterval,
    by_replicates,
    by_woodruff,
    rows_of_domains,
)
from prevalence.estimators._requests import By, Margins, dimensions_with_margin, distinct, tables_of
from prevalence.estimators._tables import Shown, context_of, dimension_keys, formula_of, incomparable_of, repeated
from prevalence.formulas.quantile import QUANTILE_RULES, QuantileRule, quantiles
from prevalence.survey import Survey
from prevalence.totals import Floats, Totals, crossing


def quantile(
    survey: Survey,
    variable: str | Sequence[str],
    probabilities: float | Sequence[float],
    *,
    by: By = None,
    among: str | None = None,
    margins: Margins = False,
    rule: QuantileRule = "math",
    interval: QuantileInterval = "wald",
    level: float = 0.95,
) -> Estimates:
    """Estimate quantiles of a measured variable, such as median hours of work.

    Parameters
    ----------
    survey, by, among, margins
        As in `prevalence`.
    variable : str or sequence of str
        Numeric columns; rows where a variable is missing are outside its domain.
    probabilities : float or sequence of float
        Above 0 and below 1; 0.5 is the median.
    rule : {"math", "school", "shahvaish", "hf1", ..., "hf9"}
        Definition of a quantile, by the names of R's ``svyquantile``: ``math`` is the smallest value at or below which are at least that share of people,
        ``school`` the mean of two values where the share is met exactly, ``hf4`` to ``hf9`` interpolate as R's ``quantile`` types do.
    interval : str
        Interval of the share at or below the quantile, whose ends are turned into values (Woodruff): any method of proportions; R's ``mean`` is
        ``wald``, ``xlogit`` is ``logit``. ``replicates`` takes the quantiles under replicates made from the units, and is not for jackknives.
    level : float
        Confidence level. Intervals of quantiles need the rows, so `Estimates.ci` cannot change it afterwards.

    Returns
    -------
    Estimates
        One row a domain and probability, in the column ``probability``. The standard error is the width of the interval over twice t, as
        R's; differences have their covariance, and t intervals.

    Raises
    ------
    ColumnError, DesignError
        As in `prevalence`.
    OptionError
        If a probability or an option is not one.

    Notes
    -----
    Woodruff (1952); Francisco & Fuller (1991) for the linear form behind differences. See docs/methods/quantiles.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [i // 4 for i in range(40)], "w": 1.0, "hours": [(7 * i) % 40 for i in range(40)]})
    >>> table = pv.quantile(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "hours", [0.25, 0.5])
    >>> table.to_pandas()[["probability", "estimate", "ci_low", "ci_high"]]
      probability  estimate  ci_low  ci_high
    0        0.25       9.0     5.0     14.0
    1         0.5      19.0    14.0     25.0
    """
    asked = QuantileAsked(_checked(probabilities), rule, interval, level)
    check_option("rule", rule, QUANTILE_RULES)
    check_option("interval", interval, QUANTILE_INTERVALS)
    if not 0 < level < 1:
        raise OptionError(f"level must lie between 0 and 1, such as 0.95; found {level!r}.")
    tables = tables_of(by)
    if any("probability" in table for table in tables):
        raise OptionError(
            "by='probability' is the name of a column of quantiles. Rename the column of the data, for example 'probability_'."
        )
    with_margin = dimensions_with_margin(margins, tables)
    names = distinct(variable)
    _check_replicates(survey, interval)
    held = _in_memory(survey, names, tables, among)
    read = aggregate(held, [Outcome(name) for name in names], tables, among)
    formula = formula_of(survey, "mean", read)
    rows = [members(held, name, tables, among) for name in names]
    return stack(
        _labelled(
            survey, formula, asked, _Part(name, table, table.totals[place], rows[place], rows[place].tables[index]), with_margin
        )
        for index, table in enumerate(read.tables)
        for place, name in enumerate(names)
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One variable in one table: its sums and its rows."""

    variable: str
    table: Table
    totals: Totals
    rows: Members
    entries: Entries


def _checked(probabilities: float | Sequence[float]) -> tuple[float, ...]:
    found = (probabilities,) if isinstance(probabilities, int | float) else tuple(probabilities)
    wrong = [value for value in found if not 0 < value < 1]
    if wrong or not found or len(set(found)) < len(found):
        raise OptionError(
            f"probabilities must lie above 0 and below 1, each named once; found {listed(wrong or found)}. The median is 0.5."
        )
    return tuple(float(value) for value in found)


def _in_memory(survey: Survey, names: Sequence[str], tables: Sequence[Sequence[str]], among: str | None) -> Survey:
    """Return a survey whose rows are in memory, for the units and levels of sums and rows must be numbered alike."""
    families = [
        column
        for table in tables
        for name in table
        if name in survey.families
        for column in survey.families[name].members.values()
    ]
    plain = [name for table in tables for name in table if name not in survey.families]
    wanted = dict.fromkeys(
        [*survey.design.columns, *survey.replicate_columns, *survey.key, *names, *plain, *families, *([among] if among else [])]
    )
    return survey.grown(survey.collect(wanted))


def _check_replicates(survey: Survey, interval: QuantileInterval) -> None:
    replicates = survey.design.replicates
    if replicates is not None and replicates.created and survey.design.adjustments:
        raise OptionError(
            "Quantiles of weights that are adjusted anew in each created replicate are not available. Leave the replicates out of the design: "
            "the linearised variance follows every step of the weighting plan."
        )
    if interval == "replicates" and (replicates is None or replicates.method in JACKKNIVES):
        raise OptionError(
            "interval='replicates' needs a design with replicates, and not a jackknife, whose variance of a quantile is wrong in any size of sample. "
            "Use Replicates(method='bootstrap', n=500, seed=1) or 'BRR', or an interval of the share, such as 'wald'."
        )


def _labelled(survey: Survey, formula: Formula, asked: QuantileAsked, part: _Part, with_margin: frozenset[str]) -> Estimates:
    shown = [Shown.of(dimension, with_margin) for dimension in part.table.dimensions]
    cells = crossing([one.matrix for one in shown])
    base = formula.ranked(formula.apply(part.totals.margins(cells)))
    domains = rows_of_domains(part.rows, part.entries, cells)
    p = np.tile(asked.probabilities, (cells.shape[1], 1))
    estimate = quantiles(domains.ordering, p, asked.rule)
    of_domains = base.numbers.take(np.repeat(np.arange(len(p)), p.shape[1]))
    made = repeated(base.totals, p.shape[1])
    found = (by_replicates if asked.interval == "replicates" else by_woodruff)(
        formula.rule, asked, domains, made, estimate, of_domains.df
    )
    numbers = _numbers(of_domains, estimate, found, asked)
    keys = (
        Key.constant("indicator", part.variable, estimate.size),
        Key.constant("statistic", "quantile", estimate.size),
        *_keys(shown, asked.probabilities, cells.shape[1]),
    )
    return Estimates(
        keys=keys,
        numbers=numbers,
        kind="unbounded",
        interval=Interval(asked.interval, asked.level),
        sample=Sample(formula.rule, found.scores, made.n, formula.design),
        provenance=formula.provenance,
        context=context_of(survey, keys),
        incomparable=incomparable_of(survey, [one.dimension for one in shown]),
        caveats=found.caveats,
    )


def _numbers(of_mean: Numbers, estimate: Floats, found: Found, asked: QuantileAsked) -> Numbers:
    """Return the numbers of the mean of the same rows, with the quantile in its place."""
    value, limits = estimate.ravel(), found.limits
    low, high = (np.where(found.census, value, limit.ravel()) for limit in (limits.low, limits.high))
    return replace(
        of_mean,
        estimate=value,
        se=np.where(found.census, 0.0, limits.se.ravel()),
        deff=np.full(estimate.size, np.nan),
        df=found.df,
        census=found.census,
        given=Given(low, high, asked.interval, asked.level),
    )


def _keys(shown: Sequence[Shown], probabilities: tuple[float, ...], domains: int) -> list[Key]:
    k = len(probabilities)
    rows = np.repeat(np.arange(domains), k)
    labels = tuple(f"{value:g}" for value in probabilities)
    which = Key("probability", np.tile(np.arange(k, dtype=np.int64), domains), probabilities, labels)
    return [*(key.take(rows) for key in dimension_keys(shown)), which]
