"""What one asks of a survey: prevalence, total, mean and ratio, by any dimensions, with margins.

Each is a thin join of the rooms below: one pass, a formula, labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from prevalence.aggregate import Dimension, Outcome, Pass, Table, aggregate
from prevalence.design import Design
from prevalence.errors import DesignError, OptionError, counted, suggestion
from prevalence.estimates import ALL, Estimates, Interval, Key, Numbers, Sample, stack
from prevalence.formulas import ratio as ratios
from prevalence.formulas.design_effect import srs_variance_of_ratio, srs_variance_of_total
from prevalence.formulas.ratio import Linear, column_sums, divide
from prevalence.formulas.variance import degrees_of_freedom, occupancy, variances
from prevalence.provenance import Count, Provenance
from prevalence.survey import Survey
from prevalence.totals import Floats, Ints, Totals, crossing

By = str | Sequence[str] | Sequence[Sequence[str]] | None
Margins = bool | str | Sequence[str]
Statistic = Literal["prevalence", "total", "mean", "ratio"]

CONFIDENCE = 0.95


def prevalence(
    survey: Survey, indicator: str | Sequence[str], *, by: By = None, among: str | None = None, margins: Margins = False
) -> Estimates:
    """Estimate the share of people for whom an indicator is 1.

    Parameters
    ----------
    survey : Survey
    indicator : str or sequence of str
        One or several 0/1 columns. Rows where it is missing (out of scope or unknown) are outside the domain.
    by : str, sequence of str, or sequence of sequences of str, optional
        One dimension, several crossed, or several tables set one below the other. A dimension is a column or a family of
        overlapping columns such as ``"supply_chain"``.
    among : str, optional
        0/1 column that restricts the denominator; the design keeps all rows.
    margins : bool, str or sequence of str
        Whether each dimension (or the named ones) has the level "All": everyone in scope.

    Returns
    -------
    Estimates
        Logit intervals; at 0 and 1 exact ones. See `Estimates.to_pandas` for the columns.

    Raises
    ------
    ColumnError
        If a column is absent, or the indicator holds anything but 0, 1 and missing.
    DesignError
        If the design contradicts the rows.
    OptionError
        If `by` or `margins` is malformed.

    Notes
    -----
    The estimate is the weighted ratio of cases to people; its variance is that of the linearised ratio between sampling units
    within strata (Särndal, Swensson & Wretman 1992, section 5.6), the same as R's ``svyby(~y, ~d, design, svymean)``.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({
    ...     "ea": [1, 1, 2, 2, 3, 3], "w": [10.0, 12.0, 8.0, 9.0, 11.0, 10.0],
    ...     "sex": ["Female", "Male"] * 3, "child_labour": [0, 1, 0, 0, 1, 1],
    ... })
    >>> survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
    >>> table = pv.prevalence(survey, "child_labour", by="sex", margins=True)
    >>> table.to_pandas()[["sex", "estimate", "n", "cases"]].round(3)
          sex  estimate    n  cases
    0  Female     0.379  3.0    1.0
    1    Male     0.710  3.0    2.0
    2     All     0.550  6.0    3.0
    """
    names = _names(indicator)
    outcomes = [_Asked(Outcome(name, binary=True, unknown=_unknown(survey, name)), name) for name in names]
    return _estimate(survey, "prevalence", outcomes, by, among, margins)


def total(
    survey: Survey, variable: str | Sequence[str], *, by: By = None, among: str | None = None, margins: Margins = False
) -> Estimates:
    """Estimate the population total of a variable: the number of people, where it is an indicator.

    Parameters
    ----------
    survey, by, among, margins
        As in `prevalence`.
    variable : str or sequence of str
        0/1 or measured columns.

    Returns
    -------
    Estimates
        With t intervals. Where weights are normalised and the design gives `population`, the total is that number times the share.

    Raises
    ------
    DesignError
        If the weights are normalised and the design does not say how many people they stand for.
    ColumnError, OptionError
        As in `prevalence`.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 1, 2, 2], "w": [10.0, 12.0, 8.0, 9.0], "child_labour": [0, 1, 0, 1]})
    >>> survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
    >>> pv.total(survey, "child_labour").to_pandas()[["estimate", "se"]]
       estimate   se
    0      21.0  3.0
    """
    if survey.design.weight_scale == "normalised" and survey.design.population is None:
        raise DesignError(
            "Totals need weights that add up to the population; these are normalised to the sample size. "
            "Give the design the number of people that all rows stand for: Design(..., population=...), or ask for prevalence."
        )
    outcomes = [_Asked(Outcome(name, unknown=_unknown(survey, name)), name) for name in _names(variable)]
    return _estimate(survey, "total", outcomes, by, among, margins)


def mean(
    survey: Survey, variable: str | Sequence[str], *, by: By = None, among: str | None = None, margins: Margins = False
) -> Estimates:
    """Estimate the mean of a measured variable, such as hours of work.

    Parameters
    ----------
    survey, by, among, margins
        As in `prevalence`.
    variable : str or sequence of str
        Numeric columns; rows where a variable is missing are outside its domain.

    Returns
    -------
    Estimates
        With t intervals.

    Raises
    ------
    ColumnError, DesignError, OptionError
        As in `prevalence`.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 1, 2, 2], "w": [1.0, 1.0, 2.0, 2.0], "hours": [10.0, 20.0, 30.0, None]})
    >>> pv.mean(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "hours").to_pandas()[["estimate", "n", "missing"]]
       estimate    n  missing
    0      22.5  3.0      1.0
    """
    return _estimate(survey, "mean", [_Asked(Outcome(name), name) for name in _names(variable)], by, among, margins)


def ratio(
    survey: Survey, numerator: str, denominator: str, *, by: By = None, among: str | None = None, margins: Margins = False
) -> Estimates:
    """Estimate the ratio of two totals, such as hazardous hours over hours worked.

    Parameters
    ----------
    survey, by, among, margins
        As in `prevalence`.
    numerator, denominator : str
        Numeric columns; rows where either is missing are outside the domain.

    Returns
    -------
    Estimates
        With t intervals.

    Raises
    ------
    ColumnError, DesignError, OptionError
        As in `prevalence`.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 2, 3], "w": [1.0, 1.0, 2.0], "hazardous": [5.0, 0.0, 10.0], "hours": [20.0, 30.0, 20.0]})
    >>> pv.ratio(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "hazardous", "hours").to_pandas()["estimate"].round(4).item()
    0.2778
    """
    asked = _Asked(Outcome(numerator, x=denominator), f"{numerator} / {denominator}")
    return _estimate(survey, "ratio", [asked], by, among, margins)


@dataclass(frozen=True, slots=True)
class _Asked:
    outcome: Outcome
    label: str


def _names(names: str | Sequence[str]) -> tuple[str, ...]:
    found = (names,) if isinstance(names, str) else tuple(names)
    if not found or len(set(found)) < len(found):
        raise OptionError(f"Name at least one column, and each once; found {list(found)!r}.")
    return found


def _unknown(survey: Survey, name: str) -> str | None:
    """Return the column that marks unknown answers: missing then counts them, not the rows that are out of scope."""
    return f"{name}_unknown" if f"{name}_unknown" in survey.columns else None


def _tables(by: By) -> tuple[tuple[str, ...], ...]:
    if by is None:
        return ((),)
    if isinstance(by, str):
        return ((by,),)
    if all(isinstance(part, str) for part in by):
        return (tuple(str(part) for part in by),)
    if any(isinstance(part, str) for part in by):
        raise OptionError(f"by is one name, a list of names (crossed) or a list of lists (several tables); found {by!r}.")
    return tuple(tuple(part) for part in by)


def _with_margin(margins: Margins, tables: Sequence[Sequence[str]]) -> frozenset[str]:
    dimensions = {name for table in tables for name in table}
    if isinstance(margins, bool):
        return frozenset(dimensions if margins else ())
    wanted = frozenset((margins,) if isinstance(margins, str) else margins)
    for name in sorted(wanted - dimensions):
        raise OptionError(f"margins names {name!r}, which is no dimension of by.{suggestion(name, dimensions)}")
    return wanted


def _estimate(
    survey: Survey, statistic: Statistic, asked: Sequence[_Asked], by: By, among: str | None, margins: Margins
) -> Estimates:
    tables = _tables(by)
    for table in tables:
        if len(set(table)) < len(table):
            raise OptionError(f"by names a dimension twice: {list(table)!r}. Name each once.")
    with_margin = _with_margin(margins, tables)
    read = aggregate(survey, [ask.outcome for ask in asked], tables, among)
    formula = _Formula(statistic, survey.design, read)
    provenance = _provenance(survey, read)
    return stack(
        _one(survey, formula, table, totals, ask.label, with_margin, provenance)
        for table in read.tables
        for ask, totals in zip(asked, table.totals, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Domains:
    """The estimates of one table before they are labelled."""

    linear: Linear
    totals: Totals
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class _Formula:
    """How a statistic is made from totals."""

    statistic: Statistic
    design: Design
    read: Pass

    def apply(self, totals: Totals, borrowed_deff: Floats | None = None) -> _Domains:
        """Return estimates, standard errors and counts of the domains of `totals`."""
        linear = self._linear(totals)
        occupied = occupancy(totals.n, totals.units)
        n, x = column_sums(totals.n), column_sums(totals.x)
        variance = np.where(n > 0, variances(linear.scores, occupied, totals.units, self.design.lonely_psu), np.nan)
        numbers = Numbers(
            estimate=linear.estimate,
            se=np.sqrt(variance),
            se_log=np.full(len(n), np.nan),
            deff=divide(variance, self._srs_variance(totals, linear.estimate, x, n)),
            df=degrees_of_freedom(occupied, totals.units, self.design.df_rule),
            n=n,
            cases=totals.moments.cases if self.statistic in ("prevalence", "total") else np.full(len(n), np.nan),
            missing=totals.moments.missing,
            n_psu=occupied.units.sum(axis=0).astype(np.float64),
            population=totals.moments.weight * self._people_per_weight,
            borrowed_deff=np.ones(len(n)) if borrowed_deff is None else borrowed_deff,
        )
        return _Domains(linear, totals, numbers)

    def _linear(self, totals: Totals) -> Linear:
        if self.statistic != "total":
            return ratios.ratio(totals)
        if self.design.weight_scale == "normalised" and self.design.population is not None:
            return ratios.expanded_total(totals, self.read.weight_of_unit, self.design.population)
        return ratios.total(totals)

    def _srs_variance(self, totals: Totals, estimate: Floats, x: Floats, n: Floats) -> Floats:
        if self.statistic != "total":
            return srs_variance_of_ratio(totals.moments, estimate, x, n)
        scale = self._people_per_weight
        return scale**2 * srs_variance_of_total(totals.moments, estimate / scale, n)

    @property
    def _people_per_weight(self) -> float:
        if self.design.weight_scale == "population":
            return 1.0
        return (self.design.population or np.nan) / float(self.read.weight_of_unit.sum())


def _one(
    survey: Survey,
    formula: _Formula,
    table: Table,
    totals: Totals,
    label: str,
    with_margin: frozenset[str],
    provenance: Provenance,
) -> Estimates:
    """Return the labelled estimates of one outcome in one table."""
    shown = [_shown(dimension, with_margin) for dimension in table.dimensions]
    domains = formula.apply(_domain_totals(table, totals, shown))
    kind: Literal["proportion", "unbounded"] = "proportion" if formula.statistic == "prevalence" else "unbounded"
    if kind == "proportion" and domains.numbers.shares().degenerate.any():
        domains = formula.apply(domains.totals, _borrowed_deff(formula, table, totals, shown))
    rows = len(domains.numbers.n)
    keys = (
        Key.constant("indicator", label, rows),
        Key.constant("statistic", formula.statistic, rows),
        *_dimension_keys(table.dimensions, shown),
    )
    return Estimates(
        keys=keys,
        numbers=domains.numbers,
        kind=kind,
        interval=Interval("logit" if kind == "proportion" else "wald", CONFIDENCE),
        sample=Sample(totals.units, domains.linear.scores, domains.totals.n, formula.design),
        provenance=provenance,
        context=_context(survey, keys),
        incomparable=_incomparable(survey, table.dimensions),
    )


def _shown(dimension: Dimension, with_margin: frozenset[str]) -> Ints:
    """Return the columns of the dimension's cell matrix to show: its levels, and the margin where asked for."""
    if dimension.name in with_margin and ALL in (*dimension.levels, *dimension.labels):
        raise OptionError(f"{dimension.name!r} has a level {ALL!r}, the name of the margin. Rename it, or leave out the margin.")
    return np.arange(len(dimension.levels) + (dimension.name in with_margin), dtype=np.int64)


def _domain_totals(table: Table, totals: Totals, shown: Sequence[Ints]) -> Totals:
    matrices = [dimension.cells[:, columns] for dimension, columns in zip(table.dimensions, shown, strict=True)]
    return totals.margins(crossing(matrices))


def _borrowed_deff(formula: _Formula, table: Table, totals: Totals, shown: Sequence[Ints]) -> Floats:
    """Return the design effect, at least 1, of the nearest margin that has one.

    The last dimension is given up first, then the one before, down to everyone: the chain of margins that a reader of the
    table sees. Where none has a design effect it is 1.
    """
    shape = tuple(len(columns) for columns in shown)
    rows = np.arange(int(np.prod(shape)), dtype=np.int64)
    borrowed = np.full(len(rows), np.nan)
    for kept in reversed(range(len(shape))):
        given_up = [np.array([len(dimension.levels)]) for dimension in table.dimensions[kept:]]
        numbers = formula.apply(_domain_totals(table, totals, [*shown[:kept], *given_up])).numbers
        usable = (numbers.deff > 0) & ~numbers.shares().degenerate
        deff = np.where(usable, np.maximum(numbers.deff, 1), np.nan)[rows // int(np.prod(shape[kept:]))]
        borrowed = np.where(np.isnan(borrowed), deff, borrowed)
    return np.where(np.isnan(borrowed), 1.0, borrowed)


def _dimension_keys(dimensions: Sequence[Dimension], shown: Sequence[Ints]) -> list[Key]:
    shape = tuple(len(columns) for columns in shown)
    codes = np.indices(shape).reshape(len(shape), -1) if shape else np.zeros((0, 1), dtype=np.int64)
    keys = []
    for dimension, code in zip(dimensions, codes, strict=True):
        levels, labels = (*dimension.levels, ALL), (*dimension.labels, ALL)
        size = int(code.max()) + 1 if len(code) else 0
        keys.append(Key(dimension.name, code.astype(np.int64), levels[:size], labels[:size]))
    return keys


def _context(survey: Survey, keys: Sequence[Key]) -> dict[str, tuple[str, ...]]:
    """Return exposure and denominator of each row of a table by a family."""
    for key in keys:
        family = survey.families.get(key.name)
        if family is not None:
            inside = [text != ALL for text in key.texts()]
            return {
                "exposure": tuple(family.exposure if chain else "" for chain in inside),
                "denominator": tuple(family.denominator if chain else "everyone in scope" for chain in inside),
            }
    return {}


def _incomparable(survey: Survey, dimensions: Sequence[Dimension]) -> dict[str, str]:
    families = [survey.families[d.name] for d in dimensions if d.name in survey.families]
    return {
        family.name: f"There is no excess by {family.name!r} with exposure {family.exposure!r}: its levels are {family.denominator}, and "
        "work is part of the outcome, so the level of each chain is an artefact. Compare households: exposure='household'."
        for family in families
        if not family.comparable
    }


def _provenance(survey: Survey, read: Pass) -> Provenance:
    dimensions = {dimension.name: dimension for table in read.tables for dimension in table.dimensions}
    notes = [
        f"{counted(dimension.unplaced, 'row')} without {dimension.name} are in 'All' and in no level of it."
        for dimension in dimensions.values()
        if dimension.unplaced
    ]
    counts = (Count(step="estimate", rows=read.weightless, reason="weight zero: in the design, in no estimate"),)
    return survey.provenance.add(counts=counts if read.weightless else (), notes=tuple(notes))
