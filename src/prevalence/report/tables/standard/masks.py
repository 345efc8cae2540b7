"""What must be withheld of standard tables: all measures of all tables are looked at together, each with the people it is asked of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from prevalence.estimates import Estimates, Key
from prevalence.report.disclosure._withheld import withheld
from prevalence.report.disclosure.people import by_indicator
from prevalence.report.disclosure.rules import Disclosure
from prevalence.report.tables.standard.answers import Answered
from prevalence.report.tables.standard.asking import Answer
from prevalence.report.tables.standard.rounds import Side
from prevalence.survey import Survey

OTHERS = "others"
"""Level of those who are not asked: they stand in no row, so that those who are asked never look like everyone."""

Reasons = tuple[str, ...]


def reasons_of(tables: Sequence[Answered], people: Mapping[str, str]) -> list[list[Reasons]]:
    """Return why each row of each measure of each table is withheld; empty texts where nothing speaks against it.

    Surveys before are of other people: each is looked at by itself.
    """
    overlapping = {name for table in tables for name in table.survey.families}
    rules = Disclosure(nested=tuple(dict.fromkeys(pair for table in tables for pair in table.nested)))
    sources = [source for table in tables for source in sources_of(table, people)]
    found: dict[int, Reasons] = {}
    for name in dict.fromkeys(name for name, _ in sources):
        places = [place for place, (of, _) in enumerate(sources) if of == name]
        told = withheld([sources[place][1] for place in places], overlapping=overlapping, rules=rules)
        found |= dict(zip(places, told, strict=True))
    each = iter(found[place] for place in range(len(sources)))
    return [reasons_from(table, each) for table in tables]


def sources_of(table: Answered, people: Mapping[str, str]) -> list[tuple[str, Estimates]]:
    """Return the estimates that a table tells, with their people: of a difference both sides. Beside each the survey before that it is of."""
    return [
        (side.round, _with_people(answer, side, _survey(table, side), people))
        for answer in table.answers
        for side in _sides(answer)
    ]


def reasons_from(table: Answered, found: Iterator[Reasons]) -> list[Reasons]:
    """Return the reasons of each measure from those of its sources, in their order: a difference is withheld if one of its sides is."""
    return [
        tuple(next(filter(None, texts), "") for texts in zip(*(next(found) for _ in _sides(answer)), strict=True))
        for answer in table.answers
    ]


def _sides(answer: Answer) -> tuple[Side, ...]:
    return answer.sides or (Side(estimates=answer.estimates, round=answer.round),)


def _survey(table: Answered, side: Side) -> Survey:
    return table.before[side.round] if side.round else table.survey


def _with_people(answer: Answer, side: Side, survey: Survey, people: Mapping[str, str]) -> Estimates:
    """Return the estimates of a measure with its people as dimensions, and the levels of a distribution as indicators."""
    among = answer.measure.among
    asked = ({among: "1"} if among else {}) if isinstance(among, str) else among
    parts = {**people, **asked, **answer.measure.at}
    estimates = by_indicator(side.estimates)
    known = {key.name for key in estimates.keys}
    keys = [*estimates.keys, *(_part(survey, name, level, len(estimates)) for name, level in parts.items())]
    return replace(estimates, keys=tuple(key for key in keys if key.name not in parts or key.name not in known or _varies(key)))


def _varies(key: Key) -> bool:
    return len(np.unique(key.codes)) > 1


def _part(survey: Survey, name: str, level: str, rows: int) -> Key:
    """Return the people that a measure is asked of as a dimension, which has the levels of the survey."""
    levels = tuple(map(str, survey.codebook.levels(name).values())) or (level, OTHERS)
    labels = levels if level in levels else (level, *levels)
    return Key(name, np.full(rows, labels.index(level), dtype=np.int64), labels, labels)
