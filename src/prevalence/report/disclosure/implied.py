"""Cells that no table shows but sums imply: margins that were left out, levels that were left out, everyone but one chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from prevalence.totals import Floats

Labels = frozenset[tuple[str, str]]
"""Dimension and level of each label of a row."""

REST = "other than those shown"
NOT = "not "
"""Begins the level of everyone but one chain."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells by indicator and domain, in the order in which they were found, with their counts.

    Attributes
    ----------
    keys : dict of (indicator, domain) to place
    counts : list of float arrays, shape (4,)
        Observations, cases, weighted observations, weighted cases; NaN where not known.
    partitions : dict of indicator to sets of levels
        Levels of a dimension that together are everyone.
    """

    keys: dict[tuple[int, Labels], int] = field(default_factory=dict)
    counts: list[Floats] = field(default_factory=list)
    partitions: dict[int, dict[Labels, None]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def place(self, indicator: int, domain: Labels, counts: Floats | None = None) -> int:
        """Return the place of a cell, which is added if it is new."""
        place = self.keys.setdefault((indicator, domain), len(self.keys))
        if place == len(self.counts):
            self.counts.append(np.full(4, np.nan) if counts is None else counts)
        return place

    def find(self, indicator: int, domain: Labels) -> int | None:
        """Return the place of a cell, or nothing if there is none."""
        return self.keys.get((indicator, domain))

    def learn(self, places: Sequence[int], counts: Floats) -> None:
        """Take the counts of rows; what one table does not say another may."""
        for place, row in zip(places, counts, strict=True):
            self.counts[place] = np.where(np.isnan(row), self.counts[place], row)

    def divide(self, indicator: int, partitions: Sequence[Labels]) -> None:
        """Take sets of levels that together are everyone."""
        self.partitions.setdefault(indicator, {}).update(dict.fromkeys(partitions))

    def count(self, place: int) -> Floats:
        """Return the counts of a cell."""
        return self.counts[place].copy()

    def values(self) -> Floats:
        """Return the counts of all cells, shape (cells, 4)."""
        return np.array(self.counts).reshape(-1, 4)

    def domains(self, indicator: int) -> set[Labels]:
        """Return the domains of an indicator."""
        return {domain for which, domain in self.keys if which == indicator}

    def new_indicator(self) -> int:
        """Return the number of an indicator that no table has."""
        return max((indicator for indicator, _ in self.keys), default=-1) + 1


def implied(cells: Cells, overlapping: frozenset[str]) -> list[tuple[int, ...]]:
    """Add the implied cells; return the sums that hold, as places of the parts and, last, of the whole."""
    found: list[tuple[int, ...]] = []
    for indicator, partitions in cells.partitions.items():
        domains = {domain: None for which, domain in cells.keys if which == indicator}
        for levels in partitions:
            _add_margins(cells, indicator, levels, domains)
        for levels in partitions:
            found += _sums(cells, indicator, levels, domains)
        found += _everyone_else(cells, indicator, overlapping, domains)
    return list(dict.fromkeys(found))


def _parts(levels: Labels, domains: dict[Labels, None]) -> dict[Labels, list[Labels]]:
    """Return the domains with one of the levels, by their margin."""
    parts: dict[Labels, list[Labels]] = {}
    for domain in domains:
        level = domain & levels
        if level:
            parts.setdefault(domain - level, []).append(domain)
    return parts


def _add_margins(cells: Cells, indicator: int, levels: Labels, domains: dict[Labels, None]) -> None:
    """Add the margins over a dimension all of whose levels are there."""
    for margin, parts in _parts(levels, domains).items():
        if len(parts) == len(levels) and margin not in domains:
            cells.place(indicator, margin, np.sum([cells.count(cells.place(indicator, part)) for part in parts], axis=0))
            domains[margin] = None


def _sums(cells: Cells, indicator: int, levels: Labels, domains: dict[Labels, None]) -> list[tuple[int, ...]]:
    """Return the sums over a dimension; levels that are not there are one implied cell together."""
    found: list[tuple[int, ...]] = []
    for margin, parts in _parts(levels, domains).items():
        if margin not in domains:
            continue
        whole = cells.place(indicator, margin)
        places = [cells.place(indicator, part) for part in parts]
        if len(parts) < len(levels):
            rest = np.maximum(cells.count(whole) - np.sum([cells.count(place) for place in places], axis=0), 0)
            places.append(cells.place(indicator, margin | {(next(iter(levels))[0], REST)}, rest))
        found.append((*sorted(places), whole))
    return found


def _everyone_else(
    cells: Cells, indicator: int, overlapping: frozenset[str], domains: dict[Labels, None]
) -> list[tuple[int, ...]]:
    """Add everyone but those in one of several overlapping groups; return each group, the rest and the whole."""
    found: list[tuple[int, ...]] = []
    for domain in domains:
        for name, level in sorted(label for label in domain if label[0] in overlapping):
            margin = domain - {(name, level)}
            if margin in domains:
                part, whole = cells.place(indicator, domain), cells.place(indicator, margin)
                rest = np.maximum(cells.count(whole) - cells.count(part), 0)
                found.append((part, cells.place(indicator, margin | {(name, f"{NOT}{level}")}, rest), whole))
    return found
