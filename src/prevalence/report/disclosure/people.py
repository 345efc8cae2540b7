"""Tables of the same people as one set of counts: which rows speak of the same domain, and which domains add up to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from prevalence.estimates import ALL, Estimates
from prevalence.totals import Floats, Ints

Mask = npt.NDArray[np.bool_]

Labels = frozenset[tuple[str, str]]
"""Dimension and level of each label of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The counts behind tables of the same people.

    Attributes
    ----------
    domains : tuple of Labels
        Levels other than "All" of each distinct group of people.
    n : float array, shape (indicators, domains)
        Unweighted observations; infinite where no table has the row.
    cases : float array, shape (indicators, domains)
        NaN where no table has the row, or the statistic has no cases.
    relations : float array, shape (relations, domains)
        1 for the levels of a dimension, -1 for their margin, 0 elsewhere.
    rows : tuple of int arrays, shape (rows, 2)
        Indicator and domain of each row of each table.
    """

    domains: tuple[Labels, ...]
    n: Floats
    cases: Floats
    relations: Floats
    rows: tuple[Ints, ...]

    @property
    def fewest(self) -> Floats:
        """Observations of each domain, the fewest over the indicators, shape (domains,)."""
        return np.asarray(self.n.min(axis=0), dtype=np.float64)


def people_of(tables: Sequence[Estimates], overlapping: frozenset[str]) -> People:
    """Return the counts behind tables; dimensions that overlap do not add up."""
    indicators: dict[str, int] = {}
    domains: dict[Labels, int] = {}
    rows = []
    for table in tables:
        which = [indicators.setdefault(_rule(table, dict(label)), len(indicators)) for label in labels_of(table)]
        where = [domains.setdefault(domain, len(domains)) for domain in _domains(table, overlapping)]
        rows.append(np.column_stack([which, where]).astype(np.int64).reshape(-1, 2))
    n = np.full((len(indicators), len(domains)), np.inf)
    cases = np.full(n.shape, np.nan)
    for table, places in zip(tables, rows, strict=True):
        n[places[:, 0], places[:, 1]] = table.numbers.n
        cases[places[:, 0], places[:, 1]] = table.numbers.cases
    relations = _relations(tables, domains, overlapping)
    return People(domains=tuple(domains), n=n, cases=cases, relations=relations, rows=tuple(rows))


def labels_of(estimates: Estimates) -> list[Labels]:
    """Return the labels of each row, the statistic aside."""
    keys = [key for key in estimates.keys if key.name != "statistic"]
    names = [key.name for key in keys]
    return [frozenset(zip(names, texts, strict=True)) for texts in zip(*(key.texts() for key in keys), strict=True)]


def _rule(table: Estimates, label: dict[str, str]) -> str:
    """Return the indicator of a row with the rule that made it: two definitions of child labour are two indicators."""
    name = label.get("indicator", "")
    definition = table.provenance.definitions.get(name)
    return f"{name}: {definition.name} {definition.version} {sorted(definition.options.items())}" if definition else name


def _domains(table: Estimates, overlapping: frozenset[str]) -> list[Labels]:
    """Return the people of each row; a chain is another group of people for each exposure."""
    exposures = table.context.get("exposure", ("",) * len(table))
    return [
        frozenset(
            (name, f"{level} ({exposure})" if name in overlapping else level)
            for name, level in label
            if name != "indicator" and level != ALL
        )
        for label, exposure in zip(labels_of(table), exposures, strict=True)
    ]


def _relations(tables: Sequence[Estimates], domains: dict[Labels, int], overlapping: frozenset[str]) -> Floats:
    """Return the sums that hold: the levels of a dimension add up to their margin, in whatever table it stands."""
    found: dict[tuple[int, ...], None] = {}
    for table in tables:
        inside = set(_domains(table, overlapping))
        for key in table.keys:
            if key.name in overlapping or key.name not in table.dimensions:
                continue
            levels = [(key.name, label) for label in key.labels if label != ALL]
            margins = {domain.difference(levels) for domain in inside if domain.intersection(levels)}
            for margin in margins:
                parts = [domains.get(margin | {level}, -1) for level in levels]
                if margin in domains and -1 not in parts:
                    found[(*sorted(parts), domains[margin])] = None
    relations = np.zeros((len(found), len(domains)))
    for row, members in zip(relations, sorted(found), strict=True):
        row[list(members)] = [1.0] * (len(members) - 1) + [-1.0]
    return relations
