"""Measures put to surveys: the estimates of each, this survey's and those of surveys before, and differences between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.errors import ColumnError, DataError
from prevalence.estimates import ALL, Estimates
from prevalence.estimators import determinants, distribution, mean, prevalence, total
from prevalence.report.tables.standard.features import EVERYONE, with_part
from prevalence.report.tables.standard.rounds import Side, change_since, rows_of
from prevalence.report.tables.standard.shells import INDICATOR, REGRESSED, Measure
from prevalence.survey import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A measure and its estimates: one row a group of people and level across, for a distribution one a level of it too.

    Attributes
    ----------
    measure : Measure
    estimates : Estimates
    round : str
        The survey before that was asked, or that a change is since; empty for none.
    sides : tuple of Side
        Of a difference: what it sets against each other.
    differing : bool
        Whether these sides are by different definitions.
    """

    measure: Measure
    estimates: Estimates
    round: str = ""
    sides: tuple[Side, ...] = ()
    differing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The groups of people of a table: dimensions of its rows, the one across, and whom the whole table is about."""

    rows: tuple[str, ...]
    across: str
    people: Mapping[str, str]

    @property
    def sides(self) -> list[str]:
        """The dimension across, if there is one."""
        return [self.across] if self.across else []

    @property
    def tables(self) -> list[list[str]]:
        """Everyone, then each dimension of the rows, each by the one across."""
        return [self.sides, *([name, *self.sides] for name in self.rows)]

    def known_to(self, survey: Survey) -> Groups:
        """Return the groups that a survey has."""
        kept = tuple(name for name in self.rows if name in survey.columns or name in survey.families)
        return Groups(rows=kept, across=self.across, people=self.people)


def ask(survey: Survey, measures: Mapping[int, Measure], groups: Groups, of: str = "") -> tuple[Survey, dict[int, Answer]]:
    """Return the answers of one survey; measures of one statistic and the same people share a pass over the rows."""
    found: dict[int, Answer] = {}
    alike: dict[tuple[str, str], list[int]] = {}
    for place, measure in measures.items():
        survey, part = _part(survey, measure, groups.people)
        if measure.statistic == "difference":
            found[place] = _difference(survey, measure, groups, part)
            continue
        if measure.statistic in REGRESSED:
            found[place] = _regressed(survey, measure, groups, part)
            continue
        alone = f"{place}" if measure.statistic == "distribution" else ""
        alike.setdefault((f"{measure.statistic}{alone}", part), []).append(place)
    for (_, part), places in alike.items():
        for place, estimates in _shared(survey, {place: measures[place] for place in places}, groups, part).items():
            found[place] = Answer(measure=measures[place], estimates=estimates, round=of)
    return survey, found


def ask_change(
    this: Survey, before: Survey, measure: Measure, groups: Groups, *, name: str, samples: str
) -> tuple[Survey, Survey, Answer]:
    """Return the change of an indicator since a survey before, and both surveys with the columns that it needed."""
    this, part = _part(this, measure, groups.people)
    before, _ = _part(before, measure, groups.people)
    found, sides, comparability = change_since(
        before,
        this,
        measure.variable,
        name=name,
        by=groups.tables,
        margins=groups.sides,
        among=part or None,
        samples=samples,
    )
    return this, before, Answer(measure=measure, estimates=found, round=name, sides=sides, differing="D" in comparability)


def _shared(survey: Survey, measures: Mapping[int, Measure], groups: Groups, part: str) -> dict[int, Estimates]:
    """Return the estimates of measures of one statistic and the same people."""
    statistic = next(iter(measures.values())).statistic
    variables = {place: EVERYONE if statistic == "count" else measure.variable for place, measure in measures.items()}
    names = list(dict.fromkeys(variables.values()))
    among = part or None
    if statistic == "distribution":
        estimates = distribution(survey, names[0], by=groups.tables, among=among, margins=groups.sides)
    else:
        estimator = {"prevalence": prevalence, "total": total, "mean": mean, "count": mean}[statistic]
        estimates = estimator(survey, names, by=groups.tables, among=among, margins=groups.sides)
    return {place: estimates if len(names) == 1 else estimates.select(indicator=name) for place, name in variables.items()}


def _difference(survey: Survey, measure: Measure, groups: Groups, part: str) -> Answer:
    """Return the difference between two indicators, or between two levels of a dimension."""
    ((dimension, pair),) = measure.between.items()
    named = list(pair) if dimension == INDICATOR else measure.variable
    inner = [] if dimension == INDICATOR else [dimension]
    by = [[*table, *inner] for table in groups.tables]
    both = prevalence(survey, named, by=by, among=part or None, margins=groups.sides)
    found = both.difference(dimension, *pair)
    sides = tuple(Side(estimates=both.take(rows)) for rows in rows_of(found, both, dimension, pair))
    return Answer(measure=measure, estimates=found, sides=sides)


def _regressed(survey: Survey, measure: Measure, groups: Groups, part: str) -> Answer:
    """Return effects or odds ratios of the levels of all dimensions of the rows, other things equal; its sides are the levels and their references."""
    if isinstance(survey.frame, nw.LazyFrame):
        raise DataError("A table of determinants needs rows in memory; collect the lazy frame before.")
    if not groups.rows:
        raise ColumnError("A table of determinants needs one of its dimensions; the survey has none.")
    fit = determinants(survey, measure.variable, of=groups.rows, among=part or None)
    found = fit.effects if measure.statistic == "effect" else fit.odds
    levels = prevalence(survey, measure.variable, by=[[name] for name in groups.rows], among=part or None)
    texts = {key.name: key.texts() for key in levels.keys}
    places = {(name, level): row for name in groups.rows for row, level in enumerate(texts[name]) if level != ALL}
    sides = [
        [places[name, level] for name, level in zip(fit.variable, which, strict=True)] for which in (fit.level, fit.reference)
    ]
    return Answer(
        measure=measure,
        estimates=found,
        sides=tuple(Side(estimates=levels.take(np.array(rows, dtype=np.int64))) for rows in sides),
    )


def _part(survey: Survey, measure: Measure, people: Mapping[str, str]) -> tuple[Survey, str]:
    """Return the survey with the column of the people that a measure is asked of, and its name; empty for everyone."""
    among = measure.among
    if isinstance(among, str):
        levels = {**people, **measure.at}
        return with_part(survey, levels, within=among) if levels else (survey, among)
    levels = {**people, **among, **measure.at}
    return with_part(survey, levels) if levels else (survey, "")
