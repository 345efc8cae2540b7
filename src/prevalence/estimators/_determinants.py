"""Determinants: what goes with an indicator when other things are equal, by a design-based logistic regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.checks import as_names
from prevalence.errors import OptionError, check_option, suggestion
from prevalence.estimates import ALL, Estimates, Key, default_method
from prevalence.estimators._regression import NUMBER, Counts, Model, check_levels, counts_of, model_of, read_rows
from prevalence.estimators._requests import refuse_names_of_results
from prevalence.estimators._statistics import mean
from prevalence.formulas.contrast import WaldTest
from prevalence.formulas.logistic import (
    Effects,
    Logistic,
    change_of_level,
    influence,
    influence_of_effects,
    logistic,
    slope,
    together,
)
from prevalence.rows import with_arrays
from prevalence.shown import Booleans, Floats, Shown
from prevalence.survey import Survey

Averaged = Literal["sampled", "fixed"]
AVERAGED: tuple[Averaged, ...] = ("sampled", "fixed")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Determinants(Shown):
    """A logistic regression under the design, one row a level that is set against its reference; arrays of shape (rows,).

    Attributes
    ----------
    variable, level, reference : tuple of str
    effect, effect_se, effect_low, effect_high, t, df, p_value : float arrays
        Average marginal effect on the probability, as a share, its t interval, and the test that it is 0.
    odds_ratio, odds_low, odds_high : float arrays
    n, cases : float arrays
        Unweighted people at the level, all of them for a number, and those among them with the indicator.
    indicator : str
    used, missing : int
        Rows of the regression, and rows in scope that were left out since an answer is missing.
    effects, odds, coefficients : Estimates
        Effects and odds ratios with each variable as a dimension, for contrasts, covariances and tables; `coefficients` (log odds) has a row for the
        constant, the first.
    """

    variable: tuple[str, ...]
    level: tuple[str, ...]
    reference: tuple[str, ...]
    effect: Floats
    effect_se: Floats
    effect_low: Floats
    effect_high: Floats
    t: Floats
    df: Floats
    p_value: Floats
    odds_ratio: Floats
    odds_low: Floats
    odds_high: Floats
    n: Floats
    cases: Floats
    indicator: str
    used: int
    missing: int
    effects: Estimates = field(repr=False)
    odds: Estimates = field(repr=False)
    coefficients: Estimates = field(repr=False)

    def test(self, variable: str) -> WaldTest:
        """Return the adjusted Wald test that a variable has no coefficient other than 0.

        Raises
        ------
        OptionError
            If the regression has no such variable.
        """
        if variable not in self.variable:
            raise OptionError(f"The regression has no variable {variable!r}.{suggestion(variable, self.variable)}")
        rows = [1 + row for row, name in enumerate(self.variable) if name == variable]
        return self.coefficients.take(np.array(rows, dtype=np.int64)).test()


def determinants(
    survey: Survey,
    indicator: str,
    *,
    of: str | Sequence[str],
    reference: Mapping[str, Any] | None = None,
    among: str | None = None,
    averaged: Averaged = "sampled",
) -> Determinants:
    r"""Estimate what goes with an indicator, other things equal: odds ratios and average marginal effects.

    Parameters
    ----------
    survey : Survey
        With rows in memory.
    indicator : str
        Column of 0, 1 and missing.
    of : str or sequence of str
        Determinants: categories, such as ``["sex", "age_group", "wealth"]``, and numbers. Columns of 0 and 1 are categories.
    reference : mapping of variable to level, optional
        The level that the others are set against; by default the first.
    among : str, optional
        A 0/1 column that restricts the people as a domain.
    averaged : {"sampled", "fixed"}
        Whether the people over whom effects are averaged are a sample from the population, or the population of interest themselves.

    Returns
    -------
    Determinants

    Raises
    ------
    DataError
        If variables depend on each other, or a level has no cases or nothing else.
    ColumnError, DesignError, OptionError
        As in `prevalence`; or if rows are not in memory.

    Notes
    -----
    The coefficients solve :math:`\sum_i w_i x_i (y_i - p_i) = 0`; variances are those of the design, of the linearised scores (Binder 1983): the
    sandwich. The effect of a level is the average change of the probability if everyone were at that level and not at the reference; that of a
    number its average derivative. Rows with a missing answer are outside the domain. Where replicates make the variance, the linearised scores
    are replicated, not the solution. An association is no proof of a cause.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [i // 10 for i in range(200)], "w": 1.0, "sex": ["Female", "Male"] * 100})
    >>> rows["child_labour"] = [int(i % 2 * (i % 3 == 0) or i % 5 == 0) for i in range(200)]
    >>> found = pv.determinants(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "child_labour", of="sex")
    >>> found.to_pandas()[["variable", "level", "reference", "effect", "odds_ratio", "n"]].round(3)
      variable level reference  effect  odds_ratio      n
    0      sex  Male    Female    0.26       3.407  100.0
    """
    check_option("averaged", averaged, AVERAGED)
    names = as_names(of)
    if not names or len(set(names)) < len(names) or indicator in names:
        raise OptionError(f"of must name one variable or more, each once, and not the indicator; found {list(names)!r}.")
    refuse_names_of_results("of", names)
    rows = read_rows(survey, indicator, names, among)
    model = model_of(survey, rows, names, reference or {})
    known = rows.within & np.isfinite(rows.y) & np.isfinite(model.x).all(axis=1)
    check_levels(model, rows.y, known)
    y, weight = rows.y[known], rows.weight[known]
    x, to_zero = _about_means(model.x[known], weight, model)
    fit = logistic(x, y, weight)
    effects = together([_effect(fit, x, weight, model, place) for place in range(1, len(model.terms))])
    of_coefficients = influence(fit, x, y, weight)
    of_effects = influence_of_effects(effects, of_coefficients, sampled=averaged == "sampled")
    both = _estimates(survey, known, np.column_stack([of_coefficients @ to_zero.T, of_effects]))
    size, counts = len(model.terms), counts_of(model, rows.y, known)
    coefficients = _labelled(
        both.take(np.arange(size)), to_zero @ fit.coefficients, model, indicator, np.r_[np.nan, counts.least]
    )
    shown = _labelled(both.take(np.arange(size, 2 * size - 1)), effects.average, model, indicator, counts.least)
    return _result(model, indicator, coefficients, shown, counts, int((rows.within & ~known).sum()))


def _about_means(x: Floats, weight: Floats, model: Model) -> tuple[Floats, Floats]:
    """Return the columns with numbers about their means, and the matrix by which coefficients go back to numbers about zero.

    Numbers far from zero, such as dates, would else cost digits; the constant alone is another one.
    """
    number = np.array([term.level == NUMBER for term in model.terms])
    centre = np.where(number, weight @ x / weight.sum(), 0.0)
    to_zero = np.eye(len(model.terms))
    to_zero[0] -= centre
    return x - centre, to_zero


def _effect(fit: Logistic, x: Floats, weight: Floats, model: Model, place: int) -> Effects:
    term = model.terms[place]
    if term.level == NUMBER:
        return slope(fit, x, weight, place)
    return change_of_level(fit, x, weight, model.columns_of(term.variable), place)


def _estimates(survey: Survey, known: Booleans, influences: Floats) -> Estimates:
    """Return the weighted means of influences, which have the variances and degrees of freedom that are wanted."""
    names = [f"_influence_{place}" for place in range(influences.shape[1])]
    frame = survey.frame
    assert isinstance(frame, nw.DataFrame)
    values = np.full((len(names), len(known)), np.nan)
    values[:, known] = influences.T
    return mean(survey.grown(with_arrays(frame, dict(zip(names, values, strict=True)))), names)


def _labelled(table: Estimates, values: Floats, model: Model, indicator: str, n: Floats) -> Estimates:
    """Return estimates of the regression's terms: each variable a dimension, "All" where a term is of another."""
    terms = model.terms[len(model.terms) - len(values) :]
    keys = [Key.constant("indicator", indicator, len(values)), Key.constant("statistic", "difference", len(values))]
    for name in dict.fromkeys(term.variable for term in terms):
        labels = (*dict.fromkeys(term.level for term in terms if term.variable == name), ALL)
        codes = [labels.index(term.level) if term.variable == name else len(labels) - 1 for term in terms]
        keys.append(Key(name, np.array(codes, dtype=np.int64), labels, labels))
    unknown = np.full(len(values), np.nan)
    figures = replace(table.numbers, estimate=values, deff=unknown, cases=unknown, n=n, weighted=unknown, population=unknown)
    return replace(table, keys=tuple(keys), numbers=figures, caveats=())


def _result(
    model: Model, indicator: str, coefficients: Estimates, effects: Estimates, counts: Counts, missing: int
) -> Determinants:
    odds = _odds(coefficients, effects)
    tests = effects.tests()
    return Determinants(
        variable=tuple(term.variable for term in model.terms[1:]),
        level=tuple(term.level for term in model.terms[1:]),
        reference=model.references,
        effect=effects.numbers.estimate,
        effect_se=effects.numbers.se,
        effect_low=effects.limits.low,
        effect_high=effects.limits.high,
        t=tests.test.t,
        df=effects.numbers.df,
        p_value=tests.p_value,
        odds_ratio=odds.numbers.estimate,
        odds_low=odds.limits.low,
        odds_high=odds.limits.high,
        n=counts.n,
        cases=counts.cases,
        indicator=indicator,
        used=counts.used,
        missing=missing,
        effects=replace(effects, shares=True),
        odds=odds,
        coefficients=coefficients,
    )


def _odds(coefficients: Estimates, effects: Estimates) -> Estimates:
    """Return odds ratios, whose scores are those of their logarithms, by the dimensions of the effects."""
    logs = coefficients.take(np.arange(1, len(coefficients)))
    ratio = np.exp(logs.numbers.estimate)
    keys = tuple(Key.constant(key.name, "ratio", len(logs)) if key.name == "statistic" else key for key in effects.keys)
    figures = replace(logs.numbers, estimate=ratio, se=ratio * logs.numbers.se, se_log=logs.numbers.se)
    interval = replace(logs.interval, method=default_method("log", figures.people))
    return replace(logs, keys=keys, numbers=figures, kind="log", interval=interval)
