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
    n : float array, shape (domains,)
        Unweighted observations, the fewest over the indicators.
    present : bool array, shape (indicators, domains)
        Whether a table has the row.
    cases : float array, shape (indicators, domains)
        NaN where no table has the row, or the statistic has no cases.
    relations : float array, shape (relations, domains)
        1 for the levels of a dimension, -1 for their margin, 0 elsewhere.
    rows : tuple of int arrays, shape (rows, 2)
        Indicator and domain of each row of each table.
    """

    domains: tuple[Labels, ...]
    n: Floats
    present: Mask
    cases: Floats
    relations: Floats
    rows: tuple[Ints, ...]


def people_of(tables: Sequence[Estimates], overlapping: frozenset[str]) -> People:
    """Return the counts behind tables; dimensions that overlap do not add up."""
    indicators: dict[str, int] = {}
    domains: dict[Labels, int] = {}
    rows = []
    for table in tables:
        labels = [dict(label) for label in labels_of(table)]
        which = [indicators.setdefault(label.pop("indicator", ""), len(indicators)) for label in labels]
        where = [domains.setdefault(_domain(label), len(domains)) for label in labels]
        rows.append(np.column_stack([which, where]).astype(np.int64).reshape(-1, 2))
    n = np.full(len(domains), np.inf)
    cases = np.full((len(indicators), len(domains)), np.nan)
    present = np.zeros(cases.shape, dtype=bool)
    for table, places in zip(tables, rows, strict=True):
        np.minimum.at(n, places[:, 1], table.numbers.n)
        cases[places[:, 0], places[:, 1]] = table.numbers.cases
        present[places[:, 0], places[:, 1]] = True
    relations = _relations(tables, domains, overlapping)
    return People(domains=tuple(domains), n=n, present=present, cases=cases, relations=relations, rows=tuple(rows))


def labels_of(estimates: Estimates) -> list[Labels]:
    """Return the labels of each row, the statistic aside."""
    keys = [key for key in estimates.keys if key.name != "statistic"]
    names = [key.name for key in keys]
    return [frozenset(zip(names, texts, strict=True)) for texts in zip(*(key.texts() for key in keys), strict=True)]


def _domain(label: dict[str, str]) -> Labels:
    return frozenset((name, level) for name, level in label.items() if level != ALL)


def _relations(tables: Sequence[Estimates], domains: dict[Labels, int], overlapping: frozenset[str]) -> Floats:
    """Return the sums that hold: the levels of a dimension add up to their margin, in whatever table it stands."""
    found: dict[tuple[int, ...], None] = {}
    for table in tables:
        inside = {_domain({name: level for name, level in label if name != "indicator"}) for label in labels_of(table)}
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
