"""Which further cells are withheld, so that no withheld count can be worked out from the cells that are shown."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from prevalence.report.disclosure.implied import NOT
from prevalence.report.disclosure.knowledge import Knowledge, knowledge_of, neighbours
from prevalence.report.disclosure.people import Mask, People
from prevalence.report.disclosure.primary import Primary, case_targets, observation_targets, other_targets
from prevalence.report.disclosure.rules import Disclosure
from prevalence.report.disclosure.witnesses import Witnesses
from prevalence.report.disclosure.worlds import TOLERANCE, Target, World, cheapest, farthest
from prevalence.totals import Floats, Ints

HUB = 8
"""Further cells are not looked for beyond counts that stand in more sums than this: the total of everything stands in every table."""
FREE = 1e-4
"""Cost of what is withheld anyway: low, but above zero, so that worlds stay near the truth."""
EFFORT = 20_000
"""Size of all problems that are solved to show again what is not needed: it bounds the time, alike on every machine."""
LARGE, SHALLOW, EVERYONE = 0.2, 1.0, 20.0
"""Extra cost of a cell ten times as large, of one that is crossed by no dimension, and of the total of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """The cells of a run that are withheld.

    Attributes
    ----------
    people : People
    primary : Primary
    hidden : bool array, shape (cells,)
    protects : dict of cell to cell
        For whose sake a cell is withheld that no rule is about.
    left : tuple of int
        Cells that no table shows but sums imply, and that stay known too well: only a total of everyone could protect them.
    """

    people: People
    primary: Primary
    hidden: Mask
    protects: dict[int, int]
    left: tuple[int, ...] = ()


def protected(people: People, primary: Primary, rules: Disclosure) -> Withheld:
    """Return the cells that must be withheld: those that rules are about, and further ones that would reveal a withheld count.

    Parameters
    ----------
    people : People
    primary : Primary
        What the rules say.
    rules : Disclosure

    Notes
    -----
    For each withheld count two worlds are sought that a reader cannot tell from the truth and that differ as much in it as the rules
    ask for. Where there are none, the cells are withheld in which two such worlds cost least (linear programming, one count after the
    other, near cells first). What was withheld is protected in turn. At the end, cells that are not needed any more are shown again.
    An implied cell for whose sake a total of everyone would be withheld is left as it is, and the search begins anew without it.
    """
    left: frozenset[int] = frozenset()
    while True:
        search = _searched(people, primary, rules, left)
        costly = search.behind_totals() - left
        if not costly:
            left = frozenset(search.left | left)
            return Withheld(
                people=people, primary=primary, hidden=search.hidden, protects=search.protects, left=tuple(sorted(left))
            )
        left |= costly


def _searched(people: People, primary: Primary, rules: Disclosure, left: frozenset[int]) -> Search:
    """Return a search that has withheld what is needed, for all counts but those of the implied cells that are left as they are."""
    search = Search(people, primary, rules)
    by_count = np.zeros(len(people.n), dtype=np.bool_)
    by_count[people.base[primary.by_count]] = True
    kept = ~np.isin(np.arange(len(people.cases)), sorted(left))
    by_count &= kept[[_cell_of(people, base) for base in range(len(people.n))]]
    for base, target in _largest_first(observation_targets(search.knowledge, by_count, rules)):
        search.protect(target, _cell_of(people, base), by_count=True)
    implied = np.flatnonzero(~people.shown & primary.small & kept)
    for cell, target in _largest_first(case_targets(search.knowledge, implied, rules)):
        search.protect(target, cell)
    whole = np.flatnonzero(primary.whole & ~primary.weak & kept)
    for cell, target in _largest_first(other_targets(search.knowledge, whole, rules)):
        search.protect(target, cell)
    search.protect_cases()
    search.show_again()
    return search


def _largest_first(targets: dict[int, Target]) -> list[tuple[int, Target]]:
    return sorted(targets.items(), key=lambda each: (-each[1].needed, each[0]))


def _cell_of(people: People, base: int) -> int:
    """Return the first cell of a base, one of a table if there is one."""
    cells = np.flatnonzero(people.base == base)
    return int(cells[np.argmax(people.shown[cells])])


class Search:
    """What is withheld so far, and worlds that a reader cannot tell from the truth."""

    def __init__(self, people: People, primary: Primary, rules: Disclosure) -> None:
        self.people, self.rules = people, rules
        self.knowledge, self.counts = knowledge_of(people), knowledge_of(people, weighted=False)
        self.hidden = primary.any & people.shown
        weak = np.zeros(len(people.n), dtype=np.bool_)
        weak[people.base[primary.weak & people.shown]] = True
        self.limits = self.knowledge.limits(weak, rules)
        # A cell of a table by k dimensions is open if 2 to the k cells are, the farthest k sums away.
        self.near = (max(2, *map(len, people.domains), 0), HUB)
        self.protects: dict[int, int] = {}
        self.left: set[int] = set()
        # As `protects`, of cells that are shown again too: it was for their sake that others were withheld.
        self._owner: dict[int, int] = {}
        self.witnesses = Witnesses()
        self._waiting = deque(_ordered(self.knowledge, self._with_cases(self.hidden), rules))
        self._price = _price(people)

    def protect_cases(self) -> None:
        """Protect the cases of every withheld cell, also of those that are withheld on the way."""
        while self._waiting:
            cell, target = self._waiting.popleft()
            self.protect(target, cell)

    def protect(self, target: Target, owner: int, *, by_count: bool = False) -> None:
        """Withhold what is needed for a count to stay open; `owner` is the cell whose count it is.

        Where nothing is enough, as where all of a sample are five people, a reader is left with less; `attack` tells where.
        """
        number, implied = self.witnesses.add(target), self._is_implied(owner)
        start, everywhere = self._start(target, owner), len(self.people.domains)
        near = self._beside(np.flatnonzero(neighbours(self.knowledge, start, *self.near)))
        if self._is_open(number, near):
            return
        for knowledge, worlds in ((self.counts, 1), (self.counts, 2), (self.knowledge, 2)):
            if knowledge is self.knowledge:
                near = self._beside(np.flatnonzero(neighbours(self.knowledge, start, everywhere, everywhere)))
            free = self._free(near, knowledge, by_count=by_count)
            if implied:
                free &= ~self._totals(by_count=by_count)
            found = cheapest(knowledge, target, free, self.limits, self._cost(by_count=by_count), worlds=worlds)
            for world in found:
                self._withhold(world.places, owner)
            few = self._beside(np.concatenate([start, *(world.places for world in found)]))
            if found and (self._is_open(number, few) or self._is_open(number, near)):
                return
        if implied:
            self.left.add(owner)

    def behind_totals(self) -> set[int]:
        """Return the implied cells for whose sake, directly or by way of others, a total of everyone is withheld."""
        found: set[int] = set()
        for cell in np.flatnonzero(self.people.everyone & self.hidden).tolist():
            seen: set[int] = set()
            while cell in self._owner and cell not in seen:
                seen.add(cell)
                cell = self._owner[cell]
            if self._is_implied(cell):
                found.add(cell)
        return found

    def _is_implied(self, cell: int) -> bool:
        """Return whether no table shows a cell. Everyone but one chain, and what lies between nested indicators, is protected as if one did."""
        people = self.people
        but_one_chain = any(level.startswith(NOT) for _, level in people.domains[cell])
        return not people.shown[cell] and int(people.indicator[cell]) < len(people.indicators) and not but_one_chain

    def _totals(self, *, by_count: bool) -> Mask:
        """Return the counts of totals of everyone that are shown, shape (unknowns,)."""
        people = self.people
        cells = people.everyone & ~self.hidden
        bases = np.zeros(len(people.n), dtype=np.bool_)
        bases[people.base[cells]] = by_count
        return np.concatenate([cells, cells, bases, bases])

    def _beside(self, places: Ints) -> Mask:
        """Return the unknowns of the cells of some unknowns, shape (unknowns,)."""
        knowledge, people = self.knowledge, self.people
        inside = places[places < knowledge.first_base] % knowledge.cells
        bases = np.unique(
            [*people.base[inside], *(places[places >= knowledge.first_base] - knowledge.first_base) % knowledge.bases]
        )
        found = np.zeros(len(knowledge.values), dtype=np.bool_)
        found[inside] = found[inside + knowledge.cells] = True
        found[bases + knowledge.first_base] = found[bases + knowledge.first_base + knowledge.bases] = True
        return found

    def _is_open(self, number: int, near: Mask) -> bool:
        """Return whether a reader is left with a wide enough range of a target; learn the worlds that show it."""
        if self._lacking(number) <= 0:
            return True
        for world in self._range(self.witnesses.targets[number], near & self.knowledge.unknown(self.hidden)):
            self.witnesses.learn(world, number)
        return self._lacking(number) <= 0

    def _lacking(self, number: int) -> float:
        """Return how much wider the range of a target must be than the worlds found so far show."""
        return self.witnesses.targets[number].needed - TOLERANCE - self.witnesses.width(number)

    def _range(self, target: Target, free: Mask) -> list[World]:
        """Return worlds on either side of the truth that set a count far enough apart; nothing if there are none."""
        # Without weights a reader knows less: a range that is too narrow for him is quickly found to be so.
        for knowledge in (self.counts, self.knowledge):
            within = free & knowledge.can_vary
            worlds: list[World] = []
            width = 0.0
            for up in (True, False):
                worlds.append(farthest(knowledge, target, within, self.limits, up=up))
                width += abs(worlds[-1].of(target))
                if width >= target.needed - TOLERANCE:
                    break
            if width < target.needed - TOLERANCE:
                return []
        return worlds

    def show_again(self) -> None:
        """Show what was withheld for others and is not needed for them, large cells near the margins first."""
        order = sorted(self.protects, key=lambda cell: (-self._price[cell], cell))
        effort = EFFORT
        for cell in order:
            effort = self._try_without(cell, effort)

    def _try_without(self, cell: int, effort: int) -> int:
        """Show a cell again if nothing else becomes known too well; return how much effort is left."""
        fewer = self.hidden.copy()
        fewer[cell] = False
        unknown = self.knowledge.unknown(fewer)
        closed = np.flatnonzero(self.knowledge.unknown(self.hidden) & ~unknown)
        gone, owner = self.witnesses.resting_on(closed), self.protects[cell]
        concerned = self.witnesses.concerned(gone, cell)
        found: list[tuple[int, World]] = []
        for number in sorted(concerned, key=lambda each: owner not in self.witnesses.targets[each].places):
            target = self.witnesses.targets[number]
            width = self.witnesses.width(number, without=gone, further=[world for _, world in found])
            if width >= target.needed - TOLERANCE:
                continue
            free = unknown & self._beside(np.flatnonzero(neighbours(self.knowledge, target.places, *self.near)))
            worlds = self._range(target, free) if effort else []
            effort = max(effort - int(free.sum()), 0)
            if not worlds:
                return effort
            found += [(number, world) for world in worlds]
        self.hidden = fewer
        del self.protects[cell]
        self.witnesses.drop(gone, cell)
        for number, world in found:
            self.witnesses.learn(world, number)
        return effort

    def _start(self, target: Target, owner: int) -> Ints:
        """Return the unknowns of the cell of a count."""
        knowledge = self.knowledge
        base = int(self.people.base[owner]) + knowledge.first_base
        return np.unique([*target.places.tolist(), owner, owner + knowledge.cells, base, base + knowledge.bases])

    def _free(self, near: Mask, knowledge: Knowledge, *, by_count: bool) -> Mask:
        """Return what may depart from the truth: what is unknown, and what could be withheld."""
        people = self.people
        could = np.zeros(len(near), dtype=np.bool_)
        # A cell without cases is withheld last: it has nothing to hide.
        some = (np.nan_to_num(people.cases) > 0) | by_count | (knowledge is self.knowledge)
        could[: self.knowledge.first_base] = np.concatenate([some, some])
        could[self.knowledge.first_base :] = by_count
        return np.asarray(near & knowledge.can_vary & (could | knowledge.unknown(self.hidden)))

    def _cost(self, *, by_count: bool) -> Floats:
        """Return the cost of one person's departure for each unknown: of the cells that would be withheld for it."""
        people = self.people
        price = np.where(people.shown & ~self.hidden, self._price, FREE)
        of_base = np.bincount(people.base, weights=price, minlength=len(people.n)) if by_count else np.full(len(people.n), FREE)
        return np.concatenate([price, price, of_base, of_base])

    def _withhold(self, places: Ints, owner: int) -> None:
        """Withhold the cells that must be unknown for the given unknowns to depart from the truth."""
        knowledge, people = self.knowledge, self.people
        shown = places[~knowledge.unknown(self.hidden)[places]]
        inside = shown[shown < knowledge.first_base] % max(knowledge.cells, 1)
        bases = np.zeros(len(people.n), dtype=np.bool_)
        bases[(shown[shown >= knowledge.first_base] - knowledge.first_base) % max(knowledge.bases, 1)] = True
        wanted = people.cells_of(bases)
        wanted[inside] = True
        new = wanted & people.shown & ~self.hidden
        self.hidden = self.hidden | new
        owned = dict.fromkeys(np.flatnonzero(new).tolist(), owner)
        self.protects |= owned
        self._owner = owned | self._owner
        self._waiting.extend(_ordered(knowledge, self._with_cases(new), self.rules))

    def _with_cases(self, cells: Mask) -> Ints:
        return np.flatnonzero(cells & np.isfinite(self.people.cases) & (self.people.n[self.people.base] > 0))


def _ordered(knowledge: Knowledge, cells: Ints, rules: Disclosure) -> list[tuple[int, Target]]:
    return _largest_first(case_targets(knowledge, cells, rules))


def _price(people: People) -> Floats:
    """Return what it costs to withhold each cell: least for small and deep ones, more for margins, most for totals of everyone."""
    depth = np.array([len(domain) for domain in people.domains], dtype=np.float64)
    shallow = 1 - depth / max(depth.max(initial=1), 1)
    return np.asarray(
        1 + LARGE * np.log10(1 + np.maximum(np.nan_to_num(people.cases), 0)) + SHALLOW * shallow + EVERYONE * people.everyone
    )
