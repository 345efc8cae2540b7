"""What the tables of a whole run must withhold: tables of the same files are looked at together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from prevalence.estimates import Estimates, Key
from prevalence.job.tables import Answers, Table
from prevalence.report import Published, withheld, withheld_contrasts
from prevalence.report.disclosure.rules import Disclosure

ASKED, OTHERS = "1", "others"
"""Whom a table among some people is about, and who stands in no row of it, so that those never look like everyone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A table and what may be seen of it."""

    table: Table
    published: Published


def masked(answers: Sequence[Answers], *, publish: bool) -> tuple[Shown, ...]:
    """Return every table of a run with the reasons for withholding its rows, in the order of the surveys."""
    people: dict[frozenset[str], list[Answers]] = {}
    for answer in answers:
        people.setdefault(frozenset(answer.prepared.plan.files), []).append(answer)
    reasons: dict[tuple[str, str], tuple[str, ...]] = {}
    for group in people.values():
        overlapping = {name for answer in group for name in answer.prepared.survey.families}
        tables = [table for answer in group for table in answer.tables if not table.source]
        found = withheld([of_people(table) for table in tables], overlapping=overlapping, rules=Disclosure(nested=nested(group)))
        reasons |= {(table.plan.name, table.id): why for table, why in zip(tables, found, strict=True)}
    by_name = {(table.plan.name, table.id): table for answer in answers for table in answer.tables}
    for key, table in by_name.items():
        if table.source:
            source = (table.plan.name, table.source)
            reasons[key] = withheld_contrasts(
                table.estimates, by_name[source].estimates, reasons[source], table.dimension, table.pairs
            )
    return tuple(
        Shown(table=table, published=Published(table.estimates, reasons[key], publish)) for key, table in by_name.items()
    )


def of_people(table: Table) -> Estimates:
    """Return the estimates of a table with the people that it is about as a dimension, where that is not everyone in scope."""
    if not table.among:
        return table.estimates
    key = Key(table.among, np.zeros(len(table.estimates), dtype=np.int64), (ASKED, OTHERS), (ASKED, OTHERS))
    return replace(table.estimates, keys=(*table.estimates.keys, key))


def nested(answers: Sequence[Answers]) -> tuple[tuple[str, str], ...]:
    """Return the indicators of which one is part of the other, as far as all surveys with the indicator say so."""
    found = dict.fromkeys(pair for answer in answers for pair in answer.nested)
    alike = {pair: [answer for answer in answers if answer.prepared.plan.measure in pair] for pair in found}
    return tuple(pair for pair, those in alike.items() if all(pair in answer.nested for answer in those))
