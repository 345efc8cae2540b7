"""Worlds found so far, and how far apart they set each count that must stay open."""

from __future__ import annotations

from collections.abc import Iterable

from prevalence.report.disclosure.worlds import Target, World
from prevalence.totals import Ints


class Witnesses:
    """Worlds that a reader cannot tell from the truth. A world found for one target bears witness for others too."""

    def __init__(self) -> None:
        self.targets: list[Target] = []
        self._departures: list[dict[int, float]] = []
        self._at: dict[int, int] = {}
        self._of: list[set[int]] = []
        self._touching: dict[int, set[int]] = {}

    def add(self, target: Target) -> int:
        """Take a target; return its number."""
        number = len(self.targets)
        self.targets.append(target)
        place = int(target.places[0])
        if len(target.places) == 1:
            self._at[place] = number
        self._of.append({world for each in target.places.tolist() for world in self._touching.get(each, ())})
        return number

    def learn(self, world: World, number: int) -> None:
        """Take a world that was found for a target."""
        which = len(self._departures)
        self._departures.append(dict(zip(world.places.tolist(), world.departures.tolist(), strict=True)))
        self._of[number].add(which)
        for several, target in enumerate(self.targets):
            if len(target.places) > 1 and any(place in self._departures[which] for place in target.places.tolist()):
                self._of[several].add(which)
        for place in world.places.tolist():
            self._touching.setdefault(place, set()).add(which)
            if place in self._at:
                self._of[self._at[place]].add(which)

    def width(self, number: int, *, without: frozenset[int] = frozenset(), further: Iterable[World] = ()) -> float:
        """Return how far apart the worlds set a target: those known, some left out, and further ones."""
        low, high = self.ends(number, without=without, further=further)
        return high - low

    def ends(self, number: int, *, without: frozenset[int] = frozenset(), further: Iterable[World] = ()) -> tuple[float, float]:
        """Return how far below and above the truth worlds set a target; the true world is one of those that cannot be told apart."""
        target = self.targets[number]
        signed = list(zip(target.places.tolist(), target.signs.tolist(), strict=True))
        known = [self._departures[world] for world in self._of[number] if world not in without]
        departures = [float(sum(sign * world.get(place, 0.0) for place, sign in signed)) for world in known]
        departures += [0.0, *(world.of(target) for world in further)]
        return min(departures), max(departures)

    def resting_on(self, unknowns: Ints) -> frozenset[int]:
        """Return the worlds in which one of the unknowns departs."""
        return frozenset(world for place in unknowns.tolist() for world in self._touching.get(place, ()))

    def concerned(self, worlds: frozenset[int], cell: int) -> list[int]:
        """Return the targets for which some worlds bear witness, that of a cell's own cases aside."""
        own = self._at.get(cell)
        places = {place for world in worlds for place in self._departures[world]}
        single = {self._at[place] for place in places if place in self._at}
        several = {number for number, target in enumerate(self.targets) if len(target.places) > 1 and self._of[number] & worlds}
        return sorted((single | several) - {own})

    def drop(self, worlds: frozenset[int], cell: int) -> None:
        """Forget some worlds, and the target of a cell's own cases, which is shown again."""
        self._at.pop(cell, None)
        for world in worlds:
            for place in self._departures[world]:
                self._touching[place].discard(world)
                if place in self._at:
                    self._of[self._at[place]].discard(world)
        for number, target in enumerate(self.targets):
            if len(target.places) > 1:
                self._of[number] -= worlds
