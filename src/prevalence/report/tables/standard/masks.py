"""What must be withheld of standard tables: all measures of all tables are looked at together, each with the people it is asked of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from prevalence.estimates import Estimates, Key
from prevalence.report.disclosure._withheld import withheld
from prevalence.report.disclosure.people import by_indicator
from prevalence.report.tables.standard.answers import Answer, Answered

OTHERS = "others"
"""Level of those who are not asked: they stand in no row, so that those who are asked never look like everyone."""


def reasons_of(tables: Sequence[Answered], people: Mapping[str, str]) -> list[list[tuple[str, ...]]]:
    """Return why each row of each measure of each table is withheld; empty texts where nothing speaks against it."""
    labelled = [with_people(answer, table, people) for table in tables for answer in table.answers]
    overlapping = {name for table in tables for name in table.survey.families}
    found = iter(withheld(labelled, overlapping=overlapping))
    return [[next(found) for _ in table.answers] for table in tables]


def with_people(answer: Answer, table: Answered, people: Mapping[str, str]) -> Estimates:
    """Return the estimates of a measure with its people as dimensions, and the levels of a distribution as indicators."""
    among = answer.measure.among
    parts = {**people, **({among: "1"} if isinstance(among, str) and among else among if not isinstance(among, str) else {})}
    estimates = by_indicator(answer.estimates)
    known = {key.name for key in estimates.keys}
    keys = [*estimates.keys, *(_part(table, name, level, len(estimates)) for name, level in parts.items())]
    return replace(estimates, keys=tuple(key for key in keys if key.name not in parts or key.name not in known or _varies(key)))


def _varies(key: Key) -> bool:
    return len(np.unique(key.codes)) > 1


def _part(table: Answered, name: str, level: str, rows: int) -> Key:
    """Return the people that a measure is asked of as a dimension, which has the levels of the survey."""
    levels = tuple(map(str, table.survey.codebook.levels(name).values())) or (level, OTHERS)
    labels = levels if level in levels else (level, *levels)
    return Key(name, np.full(rows, labels.index(level), dtype=np.int64), labels, labels)
