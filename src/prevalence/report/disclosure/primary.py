"""Which cells are withheld for their own sake, and which counts a reader must not be able to work out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prevalence.report.disclosure.knowledge import Knowledge
from prevalence.report.disclosure.people import Mask, People
from prevalence.report.disclosure.rules import Disclosure
from prevalence.report.disclosure.worlds import Target
from prevalence.totals import Floats, Ints

WEAK_CELL = "few observations"
SMALL_CELL = "few cases"
WHOLE_GROUP = "all or nearly all are cases"
SENSITIVE = "sensitive crossing"
COMPLEMENTARY = "would reveal another cell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Primary:
    """Which cells each rule is about, implied ones included; each a bool array of shape (cells,)."""

    weak: Mask
    small: Mask
    whole: Mask
    sensitive: Mask

    @property
    def any(self) -> Mask:
        """Cells that at least one rule is about."""
        return np.asarray(self.weak | self.small | self.whole | self.sensitive)

    @property
    def by_count(self) -> Mask:
        """Cells whose number of observations must stay open."""
        return np.asarray(self.weak | self.sensitive)


def primary_of(people: People, rules: Disclosure) -> Primary:
    """Return which cells the rules are about.

    Parameters
    ----------
    people : People
    rules : Disclosure

    Returns
    -------
    Primary
        Cells with nobody in them hide nothing.
    """
    n, cases = people.n[people.base], people.cases
    others = n - cases
    # What lies between two indicators is a cell of cases alone: its others are the others of either indicator.
    asked = people.indicator < len(people.indicators)
    return Primary(
        weak=np.asarray((n > 0) & (n < rules.fewest_observations)),
        small=np.asarray((cases >= 1) & (cases <= rules.most_small_cases)),
        whole=np.asarray((cases > 0) & (others <= rules.most_small_cases) & rules.whole_groups & asked),
        sensitive=_sensitive(people, rules) & (n > 0),
    )


def _sensitive(people: People, rules: Disclosure) -> Mask:
    """Return the cells of tables that cross all dimensions of a sensitive crossing."""
    crossings = [frozenset(names) for names in rules.sensitive]
    dimensions = [frozenset(name for name, _ in domain) for domain in people.domains]
    return people.shown & np.array([any(crossing <= mine for crossing in crossings) for mine in dimensions], dtype=np.bool_)


def observation_targets(knowledge: Knowledge, bases: Mask, rules: Disclosure) -> dict[int, Target]:
    """Return the numbers of observations to protect, by base."""
    people = knowledge.people
    needed = rules.needed(people.n)
    return {base: _target([knowledge.first_base + base], [1.0], needed[base]) for base in np.flatnonzero(bases).tolist()}


def case_targets(knowledge: Knowledge, cells: Ints, rules: Disclosure) -> dict[int, Target]:
    """Return the numbers of cases to protect, by cell."""
    needed = rules.needed(np.nan_to_num(knowledge.people.cases))
    return {cell: _target([cell], [1.0], needed[cell]) for cell in cells.tolist()}


def other_targets(knowledge: Knowledge, cells: Ints, rules: Disclosure) -> dict[int, Target]:
    """Return the numbers of people who are not cases to protect, by cell."""
    people = knowledge.people
    needed = rules.needed(people.n[people.base] - np.nan_to_num(people.cases))
    places = [(cell, [knowledge.first_base + int(people.base[cell]), cell]) for cell in cells.tolist()]
    return {cell: _target(place, [1.0, -1.0], needed[cell]) for cell, place in places}


def _target(places: list[int], signs: list[float], needed: Floats) -> Target:
    return Target(places=np.array(places, dtype=np.int64), signs=np.array(signs), needed=float(needed))
