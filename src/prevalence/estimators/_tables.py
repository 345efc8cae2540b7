"""Tables of estimates: one pass, the formula, and labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy import sparse

from prevalence.aggregate import Dimension, Pass, StreamedPass, aggregate, stream
from prevalence.errors import OptionError, counted
from prevalence.estimates import ALL, Estimates, Interval, Key, Sample, default_method, stack
from prevalence.estimators._formula import KIND, Formula, Statistic
from prevalence.estimators._requests import UNITS, Asked, By, Kept, Margins, dimensions_with_margin, tables_of
from prevalence.estimators._rule import rule_of
from prevalence.formulas.ratio import Linear
from prevalence.provenance import Count, Provenance
from prevalence.survey import Survey
from prevalence.totals import Columns, Floats, Ints, Totals, crossing

CONFIDENCE = 0.95

DomainTotals = Callable[[Sequence[Columns]], Totals]
"""Sums of the domains that one matrix a dimension, (stored cells, domains), picks from its cells."""


def estimated(
    survey: Survey,
    statistic: Statistic,
    asked: Sequence[Asked],
    by: By,
    among: str | None,
    margins: Margins,
    kept: Kept = UNITS,
) -> Estimates:
    """Return one table for each outcome and list of dimensions, set one below the other."""
    tables = tables_of(by)
    with_margin = dimensions_with_margin(margins, tables)
    outcomes = [ask.outcome for ask in asked]
    read: Pass | StreamedPass
    if kept.units:
        read = aggregate(survey, outcomes, tables, among)
        sums = [[partial(_of_crossing, totals) for totals in table.totals] for table in read.tables]
    else:
        read = stream(survey, outcomes, tables, among, margins=with_margin, contrasts=kept.contrasts, progress=kept.progress)
        sums = [[partial(read.totals, place, number) for number in range(len(asked))] for place in range(len(tables))]
    formula = formula_of(survey, statistic, read)
    shown = [[Shown.of(dimension, with_margin) for dimension in table.dimensions] for table in read.tables]
    return stack(
        labelled(survey, formula, of_table, totals_of, ask.label)
        for of_table, of_outcomes in zip(shown, sums, strict=True)
        for ask, totals_of in zip(asked, of_outcomes, strict=True)
    )


def _of_crossing(totals: Totals, matrices: Sequence[Columns]) -> Totals:
    return totals.margins(crossing(matrices))


def formula_of(survey: Survey, statistic: Statistic, read: Pass | StreamedPass) -> Formula:
    """Return the formula of a statistic for one reading of the rows."""
    return Formula(statistic, survey.design, read, rule_of(survey.design, read), _provenance(survey, read))


@dataclass(frozen=True, slots=True)
class Shown:
    """The levels of a dimension that a table shows: all of its own and, where asked for, the margin.

    Attributes
    ----------
    dimension : Dimension
    columns : int array
        Of the dimension's cell matrix.
    """

    dimension: Dimension
    columns: Ints

    @classmethod
    def of(cls, dimension: Dimension, with_margin: frozenset[str]) -> Shown:
        """Return the levels to show; a level called like the margin is an error."""
        if ALL in (*dimension.levels, *dimension.labels):
            raise OptionError(f"{dimension.name!r} has a level {ALL!r}, which is the name of margins. Rename the level.")
        return cls(dimension, np.arange(len(dimension.levels) + (dimension.name in with_margin), dtype=np.int64))

    @property
    def matrix(self) -> Columns:
        """0/1 matrix, shape (stored cells, levels shown)."""
        return Columns(self.dimension.cells[:, self.columns])

    @property
    def margin(self) -> Columns:
        """0/1 matrix of everyone, shape (stored cells, 1)."""
        return Columns(self.dimension.cells[:, [len(self.dimension.levels)]])


def labelled(
    survey: Survey, formula: Formula, shown: Sequence[Shown], totals_of: DomainTotals, label: str, *, kept_always: int = 0
) -> Estimates:
    """Return the labelled estimates of one outcome in one table; `kept_always` last dimensions have no margin."""
    domains = formula.apply(totals_of([part.matrix for part in shown]))
    kind = KIND[formula.statistic]
    exact = domains.numbers.shares().degenerate if kind == "proportion" else domains.numbers.none_found
    if exact.any():
        of_shares = formula if kind == "proportion" else replace(formula, statistic="prevalence")
        domains = formula.apply(domains.totals, _borrowed_deff(of_shares, shown, totals_of, kept_always))
    domains = formula.ranked(domains)
    rows = len(domains.numbers.n)
    keys = (
        Key.constant("indicator", label, rows),
        Key.constant("statistic", formula.statistic, rows),
        *dimension_keys(shown),
    )
    return Estimates(
        keys=keys,
        numbers=domains.numbers,
        kind=kind,
        shares=kind == "proportion",
        interval=Interval(default_method(kind, domains.numbers.people), CONFIDENCE),
        sample=Sample(formula.rule, domains.linear.scores, domains.totals.n, formula.design),
        provenance=formula.provenance,
        context=context_of(survey, keys),
        incomparable=incomparable_of(survey, [part.dimension for part in shown]),
        caveats=_lost_replicates(domains.linear),
    )


def _lost_replicates(linear: Linear) -> tuple[str, ...]:
    """Return the words for domains that some replicates have no member of."""
    if linear.lost is None or not linear.lost.any():
        return ()
    replicates = linear.scores.shape[0]
    return tuple(f"{lost} of {replicates} replicates have no member" if lost else "" for lost in linear.lost.tolist())


def _borrowed_deff(formula: Formula, shown: Sequence[Shown], totals_of: DomainTotals, kept_always: int) -> Floats:
    """Return the design effect, at least 1, of the nearest margin that has one.

    The last dimension is given up first, then the one before, down to everyone: the chain of margins that a reader of the
    table sees. The last `kept_always` dimensions are no part of the chain. NaN where none has a design effect.
    """
    given_up = len(shown) - kept_always
    inner = int(np.prod([len(part.columns) for part in shown[given_up:]], dtype=np.int64))
    outer, own = np.divmod(np.arange(int(np.prod([len(part.columns) for part in shown], dtype=np.int64))), inner)
    borrowed = np.full(len(outer), np.nan)
    for kept in reversed(range(given_up)):
        margins = [part.margin for part in shown[kept:given_up]]
        matrices = [*(part.matrix for part in shown[:kept]), *margins, *(part.matrix for part in shown[given_up:])]
        numbers = formula.apply(totals_of(matrices)).numbers
        usable = (numbers.deff > 0) & ~numbers.shares().degenerate
        repeats = int(np.prod([len(part.columns) for part in shown[kept:given_up]], dtype=np.int64))
        deff = np.where(usable, np.maximum(numbers.deff, 1), np.nan)[outer // repeats * inner + own]
        borrowed = np.where(np.isnan(borrowed), deff, borrowed)
    return borrowed


def dimension_keys(shown: Sequence[Shown]) -> list[Key]:
    shape = tuple(len(part.columns) for part in shown)
    codes = np.indices(shape).reshape(len(shape), -1) if shape else np.zeros((0, 1), dtype=np.int64)
    keys = []
    for part, code in zip(shown, codes, strict=True):
        levels, labels = (*part.dimension.levels, ALL), (*part.dimension.labels, ALL)
        size = int(code.max()) + 1 if len(code) else 0
        keys.append(Key(part.dimension.name, code.astype(np.int64), levels[:size], labels[:size]))
    return keys


def context_of(survey: Survey, keys: Sequence[Key]) -> dict[str, tuple[str, ...]]:
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


def incomparable_of(survey: Survey, dimensions: Sequence[Dimension]) -> dict[str, str]:
    families = [survey.families[d.name] for d in dimensions if d.name in survey.families]
    return {
        family.name: f"There is no excess by {family.name!r} with exposure {family.exposure!r}: its levels are {family.denominator}, and "
        "work is part of the outcome, so the level of each chain is an artefact. Compare households: exposure='household'."
        for family in families
        if not family.comparable
    }


def _provenance(survey: Survey, read: Pass | StreamedPass) -> Provenance:
    dimensions = {dimension.name: dimension for table in read.tables for dimension in table.dimensions}
    notes = [
        f"{counted(dimension.unplaced, 'row')} without {dimension.name} are in 'All' and in no level of it."
        for dimension in dimensions.values()
        if dimension.unplaced
    ]
    counts = (Count(step="weights", rows=read.weightless, reason="weight zero: in the design, in no estimate"),)
    return survey.provenance.add(counts=counts if read.weightless else (), notes=tuple(notes))


def repeated(totals: Totals, times: int) -> Totals:
    """Return every column so many times, side by side."""
    columns = np.arange(totals.n.shape[1] * times)
    return totals.margins(sparse.csc_array((np.ones(len(columns)), (columns // times, columns))))
