"""Which estimates of a run must not be published: weak ones, small ones, and those that would reveal them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.estimates import Estimates
from prevalence.report.disclosure.attack import Sums
from prevalence.report.disclosure.people import Labels, Mask, People, labels_of, people_of
from prevalence.totals import Floats, Ints

FEWEST_OBSERVATIONS = 25
"""MICS and DHS print no figure based on fewer unweighted observations (Iraq MICS 2018, table footnotes)."""
SMALL_CASES = (1, 4)
"""Counts of people with the indicator that point at persons; the ILO withholds cells with fewer than 5 observations."""

WEAK = f"withheld: fewer than {FEWEST_OBSERVATIONS} observations"
SMALL = f"withheld: {SMALL_CASES[0]}-{SMALL_CASES[1]} cases"
REVEALING = "withheld: would reveal another cell"

SAFE_WIDTH = {"n": 5.0, "cases": 2.0}
"""A withheld count is safe if published sums leave a range at least this wide for it."""

SOLVER_TOLERANCE = 1e-6


def withheld(tables: Sequence[Estimates], *, overlapping: Collection[str] = ("supply_chain",)) -> tuple[tuple[str, ...], ...]:
    """Return why each row of each table must not be published, empty text where it may.

    Parameters
    ----------
    tables : sequence of Estimates
        Tables of the same people: what one withholds the others must not show.
    overlapping : collection of str
        Dimensions whose levels overlap and so do not add up to their margin. All others are taken to add up.

    Returns
    -------
    tuple of tuple of str
        For each table one text a row: fewer than 25 observations; 1 to 4 cases; would reveal another cell.

    Notes
    -----
    Weak and small cells are withheld first. Then, for each withheld count, the widest range is computed that the published
    margins and the reasons for withholding leave open; where it is narrower than `SAFE_WIDTH`, the smallest cell that closes the
    gap is withheld too. Implicit cells (everyone but one chain) and attributes of a whole group (all are cases) are not looked at.
    Where everyone in scope has fewer than 5 cases, all that is left to withhold is withheld, and the reasons alone narrow the range.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": 1.0, "sex": ["Female"] * 60 + ["Male"] * 70, "child_labour": ([1.0] * 3 + [0.0] * 57) + [1.0, 0.0] * 35})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="sex", margins=True)
    >>> withheld([table])[0]
    ('withheld: 1-4 cases', 'withheld: would reveal another cell', '')
    """
    if not tables:
        return ()
    people = people_of(tables, frozenset(overlapping))
    hidden = _with_safe_observations(people, np.asarray(_small(people) | _weak(people)))
    for indicator in range(len(people.cases)):
        hidden = _with_safe_cases(people, hidden, indicator)
    return tuple(_reasons(people, hidden, rows) for rows in people.rows)


def withheld_contrasts(
    contrasts: Estimates, source: Estimates, reasons: Sequence[str], dimension: str, pairs: Iterable[tuple[str, str]]
) -> tuple[str, ...]:
    """Return why each difference between levels of a dimension must not be published: one of its sides is withheld.

    Parameters
    ----------
    contrasts : Estimates
        Made from `source` by ``difference`` or ``excess``.
    source : Estimates
    reasons : sequence of str
        What `withheld` says of `source`.
    dimension : str
    pairs : iterable of (level, level)
        The labels that were set against each other.
    """
    sides = {f"{a} - {b}": (a, b) for a, b in pairs}
    shut = {label for label, reason in zip(labels_of(source), reasons, strict=True) if reason}
    found = []
    for label in labels_of(contrasts):
        levels = dict(label)
        operands = [frozenset({**levels, dimension: side}.items()) for side in sides[levels[dimension]]]
        found.append(REVEALING if shut.intersection(operands) else "")
    return tuple(found)


def _weak(people: People) -> Mask:
    """Return the cells with too few observations, and others of the same people that would tell how many; empty ones hide nothing.

    Shape (indicators, domains).
    """
    few = (people.fewest > 0) & (people.fewest < FEWEST_OBSERVATIONS)
    return np.asarray((few & (people.n == people.fewest)) | ((people.n > 0) & (people.n < FEWEST_OBSERVATIONS)))


def _small(people: People) -> Mask:
    """Return the cells with few cases, shape (indicators, domains)."""
    return np.asarray((people.cases >= SMALL_CASES[0]) & (people.cases <= SMALL_CASES[1]))


def _with_safe_observations(people: People, hidden: Mask) -> Mask:
    """Return `hidden` with the domains whose number of observations would reveal a weak one: withheld for all indicators."""
    weak = _weak(people).any(axis=0)
    bounds = (np.where(weak, 1.0, FEWEST_OBSERVATIONS), np.where(weak, FEWEST_OBSERVATIONS - 1.0, np.inf))
    secret = _Secret(Sums(relations=people.relations, counts=people.fewest), bounds, SAFE_WIDTH["n"])
    shut = np.asarray((hidden | (people.n != people.fewest)).all(axis=0))
    return np.asarray(hidden | (_protected(secret, shut, np.flatnonzero(weak), people.domains) & ~shut))


def _with_safe_cases(people: People, hidden: Mask, indicator: int) -> Mask:
    """Return `hidden` with the cells of an indicator whose cases would reveal a withheld one."""
    counts = people.cases[indicator]
    known = ~np.isnan(counts)
    sums = Sums(relations=people.relations[(people.relations[:, ~known] == 0).all(axis=1)], counts=np.nan_to_num(counts))
    weak, small = _weak(people)[indicator], _small(people)[indicator]
    least, most = float(SMALL_CASES[0]), float(SMALL_CASES[1])
    some = sums.counts > 0
    # A cell without cases that is withheld for another's sake is worked out at once: it protects nothing.
    low = np.select([weak, small, some], [0.0, least, most + 1], 0.0)
    high = np.select([weak, small, some], [FEWEST_OBSERVATIONS - 1.0, most, np.inf], 0.0)
    secret = _Secret(sums, (low, high), SAFE_WIDTH["cases"])
    hidden = hidden.copy()
    cells = np.flatnonzero(known & some & (small | weak))
    hidden[indicator] |= _protected(secret, hidden[indicator] & known, cells, people.domains)
    return hidden


@dataclass(frozen=True, slots=True)
class _Secret:
    """Counts of one kind: how they add up, what the reasons say of withheld ones, and how wide a safe range is."""

    sums: Sums
    bounds: tuple[Floats, Floats]
    safe: float

    def is_safe(self, hidden: Mask, cell: int) -> bool:
        """Return whether the published sums leave a wide enough range for a withheld count."""
        return self.sums.width(hidden, cell, *self.bounds) >= self.safe - SOLVER_TOLERANCE


def _protected(secret: _Secret, hidden: Mask, cells: Ints, domains: Sequence[Labels]) -> Mask:
    """Return `hidden` with further cells, so that none of `cells` can be worked out."""
    before, hidden = hidden, hidden.copy()
    for cell in cells.tolist():
        # More withheld cells never make another one less safe, so one round is enough.
        while not secret.is_safe(hidden, cell) and (choice := _next(secret, hidden, cell, domains)) is not None:
            hidden[choice] = True
    added = np.flatnonzero(hidden & ~before).tolist()
    for cell in sorted(added, key=lambda place: (len(domains[place]), -secret.sums.counts[place], sorted(domains[place]))):
        hidden = _without(secret, hidden, cell, cells)
    return hidden


def _without(secret: _Secret, hidden: Mask, cell: int, cells: Ints) -> Mask:
    """Return `hidden` without a cell, unless that makes one of `cells` unsafe."""
    linked, _ = secret.sums.component(hidden, cell)
    fewer = hidden.copy()
    fewer[cell] = False
    return fewer if all(secret.is_safe(fewer, other) for other in np.intersect1d(cells, linked).tolist()) else hidden


def _next(secret: _Secret, hidden: Mask, cell: int, domains: Sequence[Labels]) -> int | None:
    """Return the best cell to withhold next: it closes most open sums, can vary enough, is deep in the tables and small."""
    sums, (low, high) = secret.sums, secret.bounds
    linked, rows = sums.component(hidden, cell)
    related = sums.relations[rows] != 0
    candidates = np.flatnonzero(related.any(axis=0) & ~hidden & (sums.counts > 0))
    if not len(candidates):
        return None
    open_sums = related[related[:, linked].sum(axis=1) == 1]
    closes = open_sums[:, candidates].sum(axis=0)
    beside = sums.relations[sums.relations[:, cell] != 0][:, candidates].any(axis=0)
    slack = sums.counts[candidates] - low[candidates] >= high[cell] - low[cell]
    depth = np.array([len(domains[candidate]) for candidate in candidates.tolist()])
    size = np.where(slack, sums.counts[candidates], -sums.counts[candidates])
    names = [sorted(domains[candidate]) for candidate in candidates.tolist()]
    order = sorted(range(len(candidates)), key=lambda i: (-closes[i], not beside[i], not slack[i], -depth[i], size[i], names[i]))
    return int(candidates[order[0]])


def _reasons(people: People, hidden: Mask, rows: Ints) -> tuple[str, ...]:
    own = np.where(_weak(people), WEAK, np.where(_small(people), SMALL, np.where(hidden, REVEALING, "")))
    return tuple(str(text) for text in own[rows[:, 0], rows[:, 1]])
