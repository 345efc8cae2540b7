"""Determinants: what goes with an indicator when other things are equal, by a design-based logistic regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.errors import DataError, OptionError, check_option, counted, listed, suggestion
from prevalence.estimates import ALL, Estimates, Key
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
from prevalence.rows import indicator as zero_one
from prevalence.rows import numbers, plain, require_columns
from prevalence.shown import Booleans, Column, Floats, Shown
from prevalence.survey import Survey
from prevalence.totals import Ints

Averaged = Literal["sampled", "fixed"]
AVERAGED: tuple[Averaged, ...] = ("sampled", "fixed")
CONSTANT, NUMBER = "(constant)", "per unit"


@dataclass(frozen=True, slots=True)
class Term:
    """A column of the regression: a variable and its level; a number has none."""

    variable: str
    level: str


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
    effects, coefficients : Estimates
        For contrasts, covariances and tests; `coefficients` (log odds) has a row for the constant, the first.
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
    coefficients: Estimates = field(repr=False)

    def columns(self) -> dict[str, Column]:
        """Return the columns by name."""
        return {name: value for name, value in Shown.columns(self).items() if name not in ("effects", "coefficients")}

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
    0      sex  Male    Female    0.27       3.547  100.0
    """
    check_option("averaged", averaged, AVERAGED)
    names = (of,) if isinstance(of, str) else tuple(of)
    if not names or len(set(names)) < len(names) or indicator in names:
        raise OptionError(f"of must name one variable or more, each once, and not the indicator; found {list(names)!r}.")
    rows = _read(survey, indicator, names, among)
    model = _model(survey, rows.frame, names, reference or {})
    known = rows.within & np.isfinite(rows.y) & np.isfinite(model.x).all(axis=1)
    used = known & (rows.weight > 0)
    _check_levels(model, rows.y, used)
    x, y, weight = model.x[used], rows.y[used], rows.weight[used]
    fit = logistic(x, y, weight)
    effects = together([_effect(fit, x, weight, model, place) for place in range(1, len(model.terms))])
    of_coefficients = influence(fit, x, y, weight)
    of_effects = influence_of_effects(effects, of_coefficients, sampled=averaged == "sampled")
    both = _estimates(survey, known, used, np.column_stack([of_coefficients, of_effects]))
    size, counts = len(model.terms), _counts(model, rows.y, known)
    coefficients = _labelled(both.take(np.arange(size)), fit.coefficients, model, indicator, np.r_[np.nan, counts.least])
    shown = _labelled(both.take(np.arange(size, 2 * size - 1)), effects.average, model, indicator, counts.least)
    return _result(model, indicator, coefficients, shown, counts, int((rows.within & ~known).sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The rows of the survey: the indicator, weights, and who is in scope."""

    frame: nw.DataFrame[Any]
    y: Floats
    weight: Floats
    within: Booleans


def _read(survey: Survey, indicator: str, names: Sequence[str], among: str | None) -> _Rows:
    asked = [indicator, *names, *([among] if among else [])]
    require_columns(survey.data, asked)
    if isinstance(survey.frame, nw.LazyFrame):
        raise OptionError(
            "determinants needs rows in memory, since it goes over them several times; collect the lazy frame before."
        )
    frame = survey.collect([survey.design.weight, *asked])
    y = zero_one(frame, indicator)
    within = np.ones(len(y), dtype=np.bool_) if among is None else zero_one(frame, among) == 1
    return _Rows(frame=frame, y=y, weight=numbers(frame, survey.design.weight), within=within)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """The columns of the regression, the constant first.

    Attributes
    ----------
    x : float array, shape (rows, terms)
        NaN where a variable is missing.
    terms : tuple of Term
    references : tuple of str
        Of each term but the constant.
    at_reference : tuple of bool array or None
        Rows at the reference of each term but the constant; None for numbers.
    """

    x: Floats
    terms: tuple[Term, ...]
    references: tuple[str, ...]
    at_reference: tuple[Booleans | None, ...]

    def columns_of(self, variable: str) -> list[int]:
        """Return the columns of a variable."""
        return [place for place, term in enumerate(self.terms) if term.variable == variable]


def _model(survey: Survey, rows: nw.DataFrame[Any], names: Sequence[str], reference: Mapping[str, Any]) -> _Model:
    unknown = [name for name in reference if name not in names]
    if unknown:
        raise OptionError(f"reference names {unknown[0]!r}, which of does not.{suggestion(unknown[0], names)}")
    columns, terms = [np.ones(len(rows))], [Term(CONSTANT, "")]
    references: list[str] = []
    at_reference: list[Booleans | None] = []
    for name in names:
        levels = _levels(survey, rows, name)
        if levels is None:
            columns.append(numbers(rows, name))
            terms.append(Term(name, NUMBER))
            references.append("")
            at_reference.append(None)
            continue
        codes, labels = levels
        first = _reference(name, labels, reference)
        for code, label in enumerate(labels):
            if code != first:
                columns.append(np.where(codes < 0, np.nan, codes == code))
                terms.append(Term(name, label))
                references.append(labels[first])
                at_reference.append(codes == first)
    return _Model(x=np.column_stack(columns), terms=tuple(terms), references=tuple(references), at_reference=tuple(at_reference))


def _levels(survey: Survey, rows: nw.DataFrame[Any], name: str) -> tuple[Ints, list[str]] | None:
    """Return the code of each row, -1 where missing, and the labels of a category; None for a number."""
    series = rows.get_column(name)
    known = survey.codebook.levels(name)
    if (series.dtype.is_numeric() or series.dtype == nw.Boolean) and not known:
        values = numbers(rows, name)
        if not np.isin(values[np.isfinite(values)], (0.0, 1.0)).all():
            return None
        return np.where(np.isfinite(values), values, -1).astype(np.int64), ["0", "1"]
    values = [plain(value) for value in series.to_list()]
    found = {value for value in values if not _missing(value)}
    order: list[Any] = [value for value in known if value in found] + sorted(found - set(known), key=str)
    if len(order) < 2:
        raise DataError(f"A determinant needs two levels or more; {name!r} has {counted(len(order), 'level')}. Leave it out.")
    place = {value: code for code, value in enumerate(order)}
    codes = np.array([place.get(value, -1) for value in values], dtype=np.int64)
    return codes, [str(known.get(value, value)) for value in order]


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _reference(name: str, labels: Sequence[str], reference: Mapping[str, Any]) -> int:
    if name not in reference:
        return 0
    level = str(reference[name])
    if level not in labels:
        raise OptionError(
            f"{name!r} has no level {level!r} to be the reference; it has {listed(labels)}.{suggestion(level, labels)}"
        )
    return list(labels).index(level)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """People at each level, cases among them, and people at the level or its reference, whichever are fewer; all who are used."""

    n: Floats
    cases: Floats
    least: Floats
    used: int


def _counts(model: _Model, y: Floats, known: Booleans) -> _Counts:
    at = [known if term.level == NUMBER else known & (model.x[:, 1 + place] == 1) for place, term in enumerate(model.terms[1:])]
    n = np.array([float(rows.sum()) for rows in at])
    others = np.array([float((known if rows is None else known & rows).sum()) for rows in model.at_reference])
    cases = np.array([float(y[rows].sum()) for rows in at])
    return _Counts(n=n, cases=cases, least=np.minimum(n, others), used=int(known.sum()))


def _check_levels(model: _Model, y: Floats, used: Booleans) -> None:
    """Raise `DataError` if nobody or everybody at a level is a case: its odds are 0 or infinite."""
    if not used.any():
        raise DataError("A regression needs people with an answer to every variable; found none.")
    at = {
        (term.variable, term.level): model.x[:, place] == 1
        for place, term in enumerate(model.terms)
        if term.level not in ("", NUMBER)
    }
    for term, label, rows in zip(model.terms[1:], model.references, model.at_reference, strict=True):
        if rows is not None:
            at[term.variable, label] = rows
    wrong = [key for key, rows in at.items() if len(np.unique(y[used & rows])) < 2]
    if wrong:
        name, level = wrong[0]
        found = y[used & at[wrong[0]]]
        what = "nobody" if not len(found) else "only cases" if found[0] == 1 else "no case"
        raise DataError(
            f"A logistic regression needs cases and others at every level; {counted(len(wrong), 'level')} lack them, for example {name} {level!r}: "
            f"{what}. Merge levels, or restrict the people with among."
        )


def _effect(fit: Logistic, x: Floats, weight: Floats, model: _Model, place: int) -> Effects:
    term = model.terms[place]
    if term.level == NUMBER:
        return slope(fit, x, weight, place)
    return change_of_level(fit, x, weight, model.columns_of(term.variable), place)


def _estimates(survey: Survey, known: Booleans, used: Booleans, influences: Floats) -> Estimates:
    """Return the weighted means of influences, which have the variances and degrees of freedom that are wanted."""
    names = [f"_influence_{place}" for place in range(influences.shape[1])]
    frame = survey.frame
    assert isinstance(frame, nw.DataFrame)
    columns = []
    for place, name in enumerate(names):
        values = np.where(known, 0.0, np.nan)
        values[used] = influences[:, place]
        columns.append(nw.new_series(name, values, nw.Float64, backend=frame.implementation))
    first = frame.get_column(frame.columns[0])
    grown = survey.grown(frame.with_columns(*(_aligned(column, first) for column in columns)))
    return mean(grown, names)


def _aligned(column: nw.Series[Any], like: nw.Series[Any]) -> nw.Series[Any]:
    """Return a column with the row labels of the frame that it joins, where its kind of frame has them."""
    return nw.maybe_set_index(column, index=nw.maybe_get_index(like)) if like.implementation.is_pandas() else column


def _labelled(table: Estimates, values: Floats, model: _Model, indicator: str, n: Floats) -> Estimates:
    """Return estimates of the regression's terms: each variable a dimension, "All" where a term is of another."""
    terms = model.terms[len(model.terms) - len(values) :]
    keys = [Key.constant("indicator", indicator, len(values)), Key.constant("statistic", "difference", len(values))]
    for name in dict.fromkeys(term.variable for term in terms):
        labels = (*dict.fromkeys(term.level for term in terms if term.variable == name), ALL)
        codes = [labels.index(term.level) if term.variable == name else len(labels) - 1 for term in terms]
        keys.append(Key(name, np.array(codes, dtype=np.int64), labels, labels))
    unknown = np.full(len(values), np.nan)
    figures = replace(table.numbers, estimate=values, deff=unknown, cases=unknown, n=n, population=unknown)
    return replace(table, keys=tuple(keys), numbers=figures, caveats=())


def _result(
    model: _Model, indicator: str, coefficients: Estimates, effects: Estimates, counts: _Counts, missing: int
) -> Determinants:
    limits, odds = effects.limits, coefficients.limits
    tests = effects.tests()
    return Determinants(
        variable=tuple(term.variable for term in model.terms[1:]),
        level=tuple(term.level for term in model.terms[1:]),
        reference=model.references,
        effect=effects.numbers.estimate,
        effect_se=effects.numbers.se,
        effect_low=limits.low,
        effect_high=limits.high,
        t=tests.test.t,
        df=effects.numbers.df,
        p_value=tests.p_value,
        odds_ratio=np.exp(coefficients.numbers.estimate[1:]),
        odds_low=np.exp(odds.low[1:]),
        odds_high=np.exp(odds.high[1:]),
        n=counts.n,
        cases=counts.cases,
        indicator=indicator,
        used=counts.used,
        missing=missing,
        effects=replace(effects, shares=True),
        coefficients=coefficients,
    )
