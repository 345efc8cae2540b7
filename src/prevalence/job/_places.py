"""The countries of a baseline, and the part of each table that speaks of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from prevalence.job._masks import Shown
from prevalence.job.surveys import COUNTRY
from prevalence.report import Published


@dataclass(frozen=True, slots=True)
class Place:
    """A country by its label in the data or the configuration; ``""`` where neither names one."""

    name: str

    @property
    def slug(self) -> str:
        """The name as the beginning of file names and ids."""
        return f"{re.sub(r'[^A-Za-z0-9]+', '-', self.name).strip('-')}-" if self.name else ""

    def part(self, shown: Shown) -> Published | None:
        """Return the rows of a table that speak of this country, if there are any."""
        key = next((key for key in shown.published.estimates.keys if key.name == COUNTRY), None)
        if key is None:
            return shown.published if shown.table.plan.country == self.name else None
        return shown.published.select(country=self.name) if self.name in key.texts() else None


def places_of(tables: Sequence[Shown]) -> tuple[Place, ...]:
    """Return the countries in the order of their names."""
    names = set()
    for shown in tables:
        key = next((key for key in shown.published.estimates.keys if key.name == COUNTRY), None)
        names |= set(key.texts()) if key is not None else {shown.table.plan.country}
    return tuple(Place(name) for name in sorted(names))
