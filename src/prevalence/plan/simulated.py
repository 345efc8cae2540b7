"""Many samples of a simulated population, as a plan would draw them: the ground on which plans are tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from prevalence.errors import OptionError, counted, listed, suggestion
from prevalence.plan.draws import probabilities, systematic
from prevalence.shown import Booleans
from prevalence.simulate import Population
from prevalence.totals import Floats, Ints


@dataclass(frozen=True, slots=True)
class Frame:
    """A population as arrays: areas in strata, households in areas, the people whom an indicator concerns in households.

    Attributes
    ----------
    strata : tuple of str
    stratum, size, first_household : int arrays, shape (areas,)
    first, count : int arrays, shape (households,)
        Where the people of each household stand in `y`, and how many they are.
    y : float array, shape (people,)
        0 or 1.
    """

    strata: tuple[str, ...]
    stratum: Ints
    size: Ints
    first_household: Ints
    first: Ints
    count: Ints
    y: Floats

    @property
    def rate(self) -> float:
        """True rate of everybody."""
        return float(self.y.mean())

    def changed(self, change: float, rng: np.random.Generator) -> Frame:
        """Return the population in which the rate has moved by `change`: cases or others at random become the opposite."""
        if change <= 0:
            turned = (self.y == 1) & (rng.random(len(self.y)) < -change / self.rate)
        else:
            turned = (self.y == 0) & (rng.random(len(self.y)) < change / (1 - self.rate))
        return replace(self, y=np.where(turned, 1 - self.y, self.y))


@dataclass(frozen=True, slots=True)
class Rows:
    """People interviewed in a draw.

    Attributes
    ----------
    y, weight : float arrays
    area, stratum : int arrays
        Rows of the areas, and codes of the strata.
    """

    y: Floats
    weight: Floats
    area: Ints
    stratum: Ints

    @property
    def estimate(self) -> float:
        """The weighted rate."""
        return float(self.weight @ self.y / self.weight.sum())


def frame_of(population: Population, indicator: str) -> Frame:
    """Return a population as arrays; `indicator` is a column of its persons, missing where it does not concern them.

    Raises
    ------
    OptionError
        If there is no such column.
    """
    persons = population.persons
    if indicator not in persons.columns:
        raise OptionError(f"The population has no indicator {indicator!r}.{suggestion(indicator, persons.columns)}")
    values = persons[indicator].to_numpy(dtype=np.float64)
    known = np.isfinite(values)
    home = persons["household_index"].to_numpy()[known]
    count = np.bincount(home, minlength=len(population.households)).astype(np.int64)
    names, code = np.unique(population.areas["stratum"].to_numpy(), return_inverse=True)
    return Frame(
        strata=tuple(str(name) for name in names.tolist()),
        stratum=code.astype(np.int64),
        size=population.areas["households"].to_numpy(dtype=np.int64),
        first_household=population.areas["first_household"].to_numpy(dtype=np.int64),
        first=np.cumsum(count) - count,
        count=count,
        y=values[known],
    )


def clusters_of(frame: Frame, clusters: int | Mapping[str, int]) -> Ints:
    """Return the clusters to draw in each stratum.

    Raises
    ------
    OptionError
        If a stratum is unknown or absent, or has too few areas.
    """
    if isinstance(clusters, Mapping):
        for name in clusters:
            if str(name) not in frame.strata:
                raise OptionError(
                    f"clusters names the stratum {name!r}, which the population has not: {listed(frame.strata, limit=20)}."
                )
        given = {str(name): int(value) for name, value in clusters.items()}
        wanted = np.array([given.get(name, 0) for name in frame.strata], dtype=np.int64)
    else:
        wanted = np.full(len(frame.strata), int(clusters), dtype=np.int64)
    there = np.bincount(frame.stratum)
    wrong = np.flatnonzero((wanted < 2) | (wanted > there))
    if len(wrong):
        raise OptionError(
            f"Each stratum needs from 2 clusters to as many as it has areas; not so in {counted(len(wrong), 'stratum', 'strata')}: "
            f"{listed(f'{frame.strata[i]}: {wanted[i]} of {there[i]}' for i in wrong)}."
        )
    return wanted


def drawn_areas(frame: Frame, clusters: Ints, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Return areas drawn systematically after a random ordering, in proportion to their households, and their probabilities."""
    probability = probabilities(frame.stratum, frame.size.astype(np.float64), clusters)
    order = np.lexsort((rng.random(len(frame.size)), frame.stratum))
    rows = systematic(frame.stratum, probability, order, rng.random(len(clusters)))
    return rows, probability[rows]


def drawn_people(
    frame: Frame, areas: Ints, probability: Floats, households: int, rng: np.random.Generator, *, one: bool, response: float = 1.0
) -> Rows:
    """Return the people of households drawn systematically in the areas: one of each household, or all; some do not answer.

    Weights are not raised for those who do not answer: they fail at random, and rates do not change.
    """
    size = frame.size[areas]
    taken = np.minimum(households, size)
    place = np.arange(households)
    inside = place < taken[:, None]
    step = (place + rng.random((len(areas), 1))) * (size / taken)[:, None]
    home = (frame.first_household[areas][:, None] + np.minimum(step.astype(np.int64), size[:, None] - 1))[inside]
    owner = np.repeat(np.arange(len(areas)), taken)
    base = (size / (taken * probability))[owner]
    count = frame.count[home]
    if one:
        used = count > 0
        row = frame.first[home] + np.minimum((rng.random(len(home)) * count).astype(np.int64), np.maximum(count - 1, 0))
        row, weight, owner = row[used], (base * count)[used], owner[used]
    else:
        before = np.cumsum(count) - count
        row = np.repeat(frame.first[home] - before, count) + np.arange(count.sum())
        weight, owner = np.repeat(base, count), np.repeat(owner, count)
    answering: Booleans = rng.random(len(row)) < response
    area = areas[owner[answering]]
    return Rows(frame.y[row[answering]], weight[answering], area, frame.stratum[area])
