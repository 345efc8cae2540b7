"""What the tables of a whole run must withhold: tables of the same files are looked at together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prevalence.job.tables import Answers, Table
from prevalence.report import Published, withheld, withheld_contrasts


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
        found = withheld([table.estimates for table in tables], overlapping=overlapping)
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
