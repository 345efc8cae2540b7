"""What an attentive reader knows of withheld counts: how they add up, that cases are people, what weights can be, what marks say."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from prevalence.report.disclosure.people import Mask, People
from prevalence.report.disclosure.rules import Disclosure
from prevalence.totals import Columns, Floats, Ints

NEARLY = 1e-9
"""Weights that differ by less, relatively, are constant: weighted counts then say what unweighted ones do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """A system of linear equations and inequalities over all counts of a run, as departures from the true ones.

    The unknowns are, one after the other: cases of each cell, weighted cases of each cell, observations of each base, weighted observations
    of each base. Weighted ones are over the mean weight, so that all are of one size.

    Attributes
    ----------
    people : People
    values : float array, shape (unknowns,)
        True counts.
    equal : sparse array, shape (equations, unknowns)
        Departures x from the truth fulfil ``equal @ x == 0``.
    below : sparse array, shape (inequalities, unknowns)
        They fulfil ``below @ x <= slack``.
    slack : float array, shape (inequalities,)
    can_vary : bool array, shape (unknowns,)
        Whether a count exists, and is of a group with somebody in it.
    """

    people: People
    values: Floats
    equal: Columns
    below: Columns
    slack: Floats
    can_vary: Mask

    @property
    def cells(self) -> int:
        """Number of cells; the first unknowns are their cases."""
        return len(self.people.cases)

    @property
    def bases(self) -> int:
        """Number of bases."""
        return len(self.people.n)

    @property
    def first_base(self) -> int:
        """Place of the observations of the first base among the unknowns."""
        return 2 * self.cells

    def unknown(self, hidden: Mask) -> Mask:
        """Return which counts a reader does not know if the given cells are withheld, shape (unknowns,)."""
        people = self.people
        gone = hidden | ~people.shown
        bases = people.bases_hidden(hidden)
        return np.asarray(np.concatenate([gone, gone, bases, bases]) & self.can_vary)

    def limits(self, weak: Mask, rules: Disclosure) -> tuple[Floats, Floats]:
        """Return how far each count may depart from the truth, down and up, given the bases whose mark says that they are weak.

        Shape (unknowns,) each. A withheld cell without that mark has enough observations; an implied one has no mark.
        """
        people = self.people
        tabled = np.zeros(self.bases, dtype=np.bool_)
        tabled[people.base[people.shown]] = True
        named = rules.weak_is_told
        least = np.where(tabled & ~weak & named, float(rules.fewest_observations), np.where(tabled, 1.0, 0.0))
        most = np.where(weak & named, rules.fewest_observations - 1.0, np.inf)
        low, high = np.zeros(len(self.values)), np.full(len(self.values), np.inf)
        inside = slice(self.first_base, self.first_base + self.bases)
        # A reader cannot know what is not so: bounds hold for the truth.
        low[inside], high[inside] = np.minimum(least, people.n), np.maximum(most, people.n)
        return np.minimum(low - self.values, 0), np.maximum(high - self.values, 0)


def knowledge_of(people: People, *, weighted: bool = True) -> Knowledge:
    """Return what a reader knows of the counts behind tables, whatever is withheld; without `weighted`, of unweighted ones alone."""
    weights, constant = _weights(people)
    constant |= not weighted
    typical = float(np.mean(weights)) if np.isfinite(weights).all() and np.mean(weights) > 0 else 1.0
    exists = np.concatenate([np.isfinite(each) for each in (people.cases, people.weighted, people.n, people.people)])
    cells, bases = len(people.cases), len(people.n)
    if constant:
        exists[cells : 2 * cells] = False
        exists[2 * cells + bases :] = False
    counts = [people.cases, people.weighted / typical, people.n, people.people / typical]
    values = np.where(exists, np.concatenate(counts), 0.0)
    equal = _existing(_equations(people), exists)
    below = _existing(_inequalities(people, weights / typical, constant=constant), exists)
    somebody = people.n > 0
    inhabited = np.concatenate([somebody[people.base], somebody[people.base], somebody, somebody])
    slack = np.maximum(-(below @ values), 0.0)
    return Knowledge(people=people, values=values, equal=equal, below=below, slack=slack, can_vary=exists & inhabited)


def _equations(people: People) -> Columns:
    """Return the rows of ``equal``: parts add up to their whole, and the levels of a distribution to those who are asked."""
    levels, asked = people.levels, people.asked
    cells, bases = (sparse.csc_array(part.shape) for part in (levels, asked))
    sums = sparse.block_diag([people.sums, people.sums, people.base_sums, people.base_sums])
    return sparse.csc_array(
        sparse.vstack([sums, sparse.hstack([levels, cells, -asked, bases]), sparse.hstack([cells, levels, bases, -asked])])
    )


def _weights(people: People) -> tuple[Floats, bool]:
    """Return the least and the greatest mean weight of cases and of others in a cell, and whether they are the same."""
    n, everyone = people.n[people.base], people.people[people.base]
    known = people.shown & np.isfinite(people.weighted)
    some, others = known & (people.cases > 0), known & (n > people.cases)
    means = np.concatenate(
        [people.weighted[some] / people.cases[some], (everyone - people.weighted)[others] / (n - people.cases)[others]]
    )
    means = means[np.isfinite(means)]
    if not len(means):
        return np.array([np.nan, np.nan]), True
    ends = np.array([means.min(), means.max()])
    return ends, bool(ends[1] - ends[0] <= NEARLY * abs(ends[1]))


def _inequalities(people: People, weights: Floats, *, constant: bool) -> Columns:
    """Return the rows of ``below``: cases are people, and their mean weight and that of the others lies between the limits."""
    cells, bases = len(people.cases), len(people.n)
    cell = sparse.eye_array(cells, format="csr")
    base = sparse.csr_array((np.ones(cells), (np.arange(cells), people.base)), shape=(cells, bases))
    blocks = [[cell, None, -base, None]]
    if not constant:
        least, most = weights
        blocks += [
            [least * cell, -cell, None, None],
            [-most * cell, cell, None, None],
            [-least * cell, cell, least * base, -base],
            [most * cell, -cell, -most * base, base],
        ]
    empty = [cells, cells, bases, bases]
    filled = [
        [sparse.csr_array((cells, width)) if part is None else part for part, width in zip(row, empty, strict=True)]
        for row in blocks
    ]
    return sparse.csc_array(sparse.block_array(filled))


def _existing(matrix: Columns, exists: Mask) -> Columns:
    """Return the rows all of whose unknowns exist."""
    rows = sparse.csr_array(matrix)
    missing = abs(rows) @ (~exists).astype(np.float64)
    return sparse.csc_array(rows[np.flatnonzero(missing == 0)])


def known_share(knowledge: Knowledge, cells: Ints) -> Knowledge:
    """Return the knowledge of a reader to whom the share of cases in some cells is known too."""
    people, places = knowledge.people, np.arange(len(cells))
    weighted = bool(knowledge.can_vary[cells + knowledge.cells].any()) if len(cells) else False
    shift = 1 if weighted else 0
    cases, base = cells + shift * knowledge.cells, people.base[cells] + knowledge.first_base + shift * knowledge.bases
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num(knowledge.values[cases] / knowledge.values[base])
    entries = (np.concatenate([np.ones(len(cells)), -share]), (np.tile(places, 2), np.concatenate([cases, base])))
    more = sparse.csr_array(entries, shape=(len(cells), len(knowledge.values)))
    return replace(knowledge, equal=sparse.csc_array(sparse.vstack([knowledge.equal, more])))


def neighbours(knowledge: Knowledge, start: Ints, hops: int, hub: int) -> Mask:
    """Return the unknowns that are linked to some through at most so many equations, shape (unknowns,).

    Parameters
    ----------
    knowledge : Knowledge
    start : int array
        Unknowns.
    hops : int
    hub : int
        Unknowns in more equations than this lead no further: the total of everything stands in every table.
    """
    rows, columns = sparse.csr_array(knowledge.equal), knowledge.equal
    degree = np.diff(columns.indptr)
    inside = np.zeros(len(knowledge.values), dtype=np.bool_)
    inside[start] = True
    reached = np.asarray(start)
    for _ in range(hops):
        equations = np.unique(_entries(columns, reached))
        wider = np.unique(_entries(rows, equations))
        wider = wider[~inside[wider]]
        inside[wider] = True
        reached = wider[degree[wider] <= hub]
        if not len(reached):
            break
    return inside


def _entries(matrix: Columns | sparse.csr_array, majors: Ints) -> Ints:
    """Return the minor indices of entries in the given rows of a csr, or columns of a csc, array."""
    starts, ends = matrix.indptr[majors], matrix.indptr[majors + 1]
    sizes = ends - starts
    shift = np.repeat(starts - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
    return np.asarray(matrix.indices[np.arange(int(sizes.sum())) + shift], dtype=np.int64)
