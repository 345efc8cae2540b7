"""A round: its rates, counts and people by cell, on the same sampling units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.baseline.labels import UnitLabels, labels_of
from prevalence.errors import OptionError, counted, suggestion
from prevalence.estimates import Estimates
from prevalence.estimators import prevalence, total
from prevalence.estimators._requests import By, Margins, tables_of
from prevalence.formulas.replicated import ReplicateRule
from prevalence.formulas.rules import Linearised
from prevalence.rows import with_columns
from prevalence.survey import Survey

PEOPLE = "_people_in_scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What two rounds are compared by.

    Attributes
    ----------
    rates : Estimates
    numbers, people : Estimates or None
        Cases and people of the same rows; None where weights are normalised and nobody says how many people they stand for.
    labels : UnitLabels or None
        Of the sampling units.
    whole : bool
        Whether rates, numbers and people have covariances with each other.
    crossed : bool
        Whether the rates of different cells have covariances.
    """

    rates: Estimates
    numbers: Estimates | None = None
    people: Estimates | None = None
    labels: UnitLabels | None = None
    whole: bool = True
    crossed: bool = True

    def take(self, rows: Sequence[int]) -> Round:
        """Return the given rows of all tables."""
        places = np.asarray(rows, dtype=np.int64)
        taken = [None if table is None else table.take(places) for table in (self.rates, self.numbers, self.people)]
        assert taken[0] is not None
        return replace(self, rates=taken[0], numbers=taken[1], people=taken[2])


def round_of_survey(
    survey: Survey,
    indicator: str | Sequence[str],
    *,
    by: By = None,
    among: str | None = None,
    margins: Margins = False,
    domain: dict[str, object] | None = None,
) -> Round:
    """Return the round that a survey was; `domain` names one level each of columns that every table is cut to."""
    where = dict(domain or {})
    tables = [[*where, *table] for table in tables_of(by)]
    inner = {name for table in tables_of(by) for name in table}
    shown: Margins = sorted(inner) if margins is True else margins
    rates = prevalence(survey, indicator, by=tables, among=among, margins=shown)
    numbers = people = None
    if survey.design.weight_scale == "population" or survey.design.population is not None:
        names = [indicator] if isinstance(indicator, str) else list(indicator)
        known = {f"{PEOPLE}_{place}": nw.col(name).cast(nw.Float64) * 0 + 1 for place, name in enumerate(names)}
        counted_too = survey.grown(with_columns(survey.frame, known))
        numbers = total(survey, names, by=tables, among=among, margins=shown)
        people = total(counted_too, list(known), by=tables, among=among, margins=shown)
        people = replace(people, keys=numbers.keys)
    made = Round(
        rates=_within(rates, where),
        numbers=None if numbers is None else _within(numbers, where),
        people=None if people is None else _within(people, where),
    )
    rule = made.rates.sample.rule
    units = rule.units if isinstance(rule, Linearised | ReplicateRule) else None
    return replace(made, labels=None if units is None else labels_of(survey, units))


def round_of_estimates(rates: Estimates) -> Round:
    """Return the round of a table of rates.

    Raises
    ------
    OptionError
        If they are no proportions or means.
    """
    if rates.kind == "log":
        raise OptionError("Change is taken of rates, not of ratios of estimates. Give the table that the ratios were made from.")
    return Round(rates=rates)


def selected(table: Round, levels: dict[str, object]) -> Round:
    """Return the rows with the given levels.

    Raises
    ------
    OptionError
        If a dimension or level is unknown.
    """
    for name in levels:
        if name not in table.rates.dimensions and name != "indicator":
            raise OptionError(f"There is no dimension {name!r}.{suggestion(name, table.rates.dimensions)}")
    rates = table.rates.select(**levels)
    if not len(rates):
        raise OptionError(f"No cell has these levels: {levels!r}; there are {counted(len(table.rates), 'cell')}.")
    numbers, people = (None if each is None else each.select(**levels) for each in (table.numbers, table.people))
    return replace(table, rates=rates, numbers=numbers, people=people)


def _within(table: Estimates, where: dict[str, object]) -> Estimates:
    """Return the rows of a domain, without its columns."""
    if not where:
        return table
    found = table.select(**where)
    return replace(found, keys=tuple(key for key in found.keys if key.name not in where))
