"""Tables of estimates: one pass, the formula, and labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from prevalence.aggregate import Dimension, Pass, Table, aggregate
from prevalence.errors import OptionError, counted
from prevalence.estimates import ALL, Estimates, Interval, Key, Sample, stack
from prevalence.estimators._formula import Formula, Statistic
from prevalence.estimators._requests import Asked, By, Margins, dimensions_with_margin, tables_of
from prevalence.formulas.rules import rule_of
from prevalence.provenance import Count, Provenance
from prevalence.survey import Survey
from prevalence.totals import Floats, Ints, Totals, crossing

CONFIDENCE = 0.95


def estimated(
    survey: Survey, statistic: Statistic, asked: Sequence[Asked], by: By, among: str | None, margins: Margins
) -> Estimates:
    tables = tables_of(by)
    with_margin = dimensions_with_margin(margins, tables)
    read = aggregate(survey, [ask.outcome for ask in asked], tables, among)
    formula = Formula(statistic, survey.design, read, rule_of(survey.design, read.units))
    provenance = _provenance(survey, read)
    return stack(
        _one(survey, formula, table, totals, ask.label, with_margin, provenance)
        for table in read.tables
        for ask, totals in zip(asked, table.totals, strict=True)
    )


def _one(
    survey: Survey,
    formula: Formula,
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
        shares=kind == "proportion",
        interval=Interval("logit" if kind == "proportion" else "wald", CONFIDENCE),
        sample=Sample(formula.rule, domains.linear.scores, domains.totals.n, formula.design),
        provenance=provenance,
        context=_context(survey, keys),
        incomparable=_incomparable(survey, table.dimensions),
    )


def _shown(dimension: Dimension, with_margin: frozenset[str]) -> Ints:
    """Return the columns of the dimension's cell matrix to show: its levels, and the margin where asked for."""
    if ALL in (*dimension.levels, *dimension.labels):
        raise OptionError(f"{dimension.name!r} has a level {ALL!r}, which is the name of margins. Rename the level.")
    return np.arange(len(dimension.levels) + (dimension.name in with_margin), dtype=np.int64)


def _domain_totals(table: Table, totals: Totals, shown: Sequence[Ints]) -> Totals:
    matrices = [dimension.cells[:, columns] for dimension, columns in zip(table.dimensions, shown, strict=True)]
    return totals.margins(crossing(matrices))


def _borrowed_deff(formula: Formula, table: Table, totals: Totals, shown: Sequence[Ints]) -> Floats:
    """Return the design effect, at least 1, of the nearest margin that has one.

    The last dimension is given up first, then the one before, down to everyone: the chain of margins that a reader of the
    table sees. NaN where none has a design effect.
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
    return borrowed


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
    counts = (Count(step="weights", rows=read.weightless, reason="weight zero: in the design, in no estimate"),)
    return survey.provenance.add(counts=counts if read.weightless else (), notes=tuple(notes))
