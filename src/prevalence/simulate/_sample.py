"""``pv.simulate.sample``: a stratified two-stage sample of a population, with weights that are right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from prevalence.errors import OptionError, check_option
from prevalence.simulate._canonical import children_frame, persons_frame, workers_frame
from prevalence.simulate._draws import Booleans, Floats, Integers, chance, generator, repeated_ranges
from prevalence.simulate._parameters import RESPONSE, ResponseProfile
from prevalence.simulate._population import Population
from prevalence.simulate._selection import area_draws, household_draws

CHILDREN = ("one", "all")
SELECTIONS = ("systematic", "with-replacement")
SAMPLE_STREAM = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Persons selected: n of them.

    Attributes
    ----------
    row : int array of n
        Rows of ``Population.persons``.
    household : int array of n
        Rows of ``Sample.households``.
    responded : boolean array of n
    weight : float array of n
        Inverse of the inclusion probability, with the adjustments for non-response; 0 for those who did not answer.
    """

    row: Integers
    household: Integers
    responded: Booleans
    weight: Floats

    def answering(self) -> Chosen:
        """Return those who answered."""
        kept = self.responded
        return Chosen(
            row=self.row[kept], household=self.household[kept], responded=self.responded[kept], weight=self.weight[kept]
        )


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A sample, and frames of its people with their true answers.

    Attributes
    ----------
    source : Population
    areas : frame
        One row a drawn area: ``psu`` (from 1 over the whole sample), ``stratum, area_index`` (row of ``Population.areas``),
        ``weight`` (inverse of the expected number of times it is drawn).
    households : frame
        One row a selected household: ``psu, stratum, number`` (serial in the area), ``household_index`` (row of
        ``Population.households``), ``responded, base_weight, weight`` (0 if it did not answer).
    chosen_children, chosen_workers, chosen_persons : Chosen
        Children of 5-17 selected, adult workers, and everybody of the households that answered.
    child_selection : {"one", "all"}
    """

    source: Population
    areas: pd.DataFrame
    households: pd.DataFrame
    chosen_children: Chosen
    chosen_workers: Chosen
    chosen_persons: Chosen
    child_selection: str

    @cached_property
    def children(self) -> pd.DataFrame:
        """Children of 5-17 who answered, in canonical columns with the truth, ``weight``, ``stratum`` and ``psu``."""
        return children_frame(self.source, self.households, self.chosen_children.answering())

    @cached_property
    def workers(self) -> pd.DataFrame:
        """Adult workers who answered, in canonical columns with the truth, ``weight``, ``stratum`` and ``psu``."""
        return workers_frame(self.source, self.households, self.chosen_workers.answering())

    @cached_property
    def persons(self) -> pd.DataFrame:
        """Everybody in the households that answered, with ``weight``, ``stratum`` and ``psu``."""
        return persons_frame(self.source, self.households, self.chosen_persons)


def sample(
    population: Population,
    *,
    areas_per_stratum: int = 16,
    households_per_area: int = 30,
    children: str = "one",
    nonresponse: bool = True,
    selection: str = "systematic",
    seed: int = 1,
) -> Sample:
    """Draw a stratified two-stage sample.

    Enumeration areas are drawn with probability proportional to their number of households, households with equal
    probability, systematically, within areas.

    Parameters
    ----------
    population : Population
    areas_per_stratum : int
        Enumeration areas in each stratum (three regions by urban and rural a country); at least 2.
    households_per_area : int
        Households in each of them.
    children : {"one", "all"}
        One child of 5-17 at random in each household (the MICS manner; the weight is multiplied by the number of children), or
        all of them (the manner of child-labour surveys).
    nonresponse : bool
        Whether households, children and workers may fail to answer; the chance depends on area and wealth. Weights of those
        who answer are raised by the weighted response rate of their stratum.
    selection : {"systematic", "with-replacement"}
        How areas are drawn: systematically after a random ordering, or independently. With replacement an area may be drawn
        twice, as two PSUs, and the usual variance estimator is exactly unbiased: right for studies of coverage.
    seed : int

    Returns
    -------
    Sample

    Raises
    ------
    OptionError
        If an option is unknown, a stratum has too few areas, or an area too few households.

    Examples
    --------
    >>> from prevalence.simulate import population
    >>> people = population(countries=("XCC",), households=3000, seed=1)
    >>> drawn = sample(people, areas_per_stratum=2, households_per_area=10, seed=2)
    >>> len(drawn.areas), len(drawn.households)
    (12, 120)
    """
    check_option("children", children, CHILDREN)
    check_option("selection", selection, SELECTIONS)
    _check_sizes(population, areas_per_stratum, households_per_area)
    rng = generator(seed, SAMPLE_STREAM)
    response = RESPONSE if nonresponse else None
    areas = area_draws(population.areas, rng, areas_per_stratum, replacement=selection == "with-replacement")
    households = household_draws(population.areas, areas, rng, households_per_area)
    households = _with_response(population, households, rng, response)
    return Sample(
        source=population,
        areas=areas,
        households=households,
        chosen_children=_children(population, households, rng, response, one=children == "one"),
        chosen_workers=_workers(population, households, rng, response),
        chosen_persons=_persons(population, households),
        child_selection=children,
    )


def _check_sizes(population: Population, areas_per_stratum: int, households_per_area: int) -> None:
    fewest = int(population.areas.groupby("stratum").size().min())
    smallest = int(population.areas["households"].min())
    if not 2 <= areas_per_stratum <= fewest:
        raise OptionError(
            f"areas_per_stratum must be from 2 to {fewest}, the areas of the smallest stratum; found {areas_per_stratum}. "
            "Draw fewer, or simulate more households."
        )
    if not 1 <= households_per_area <= smallest:
        raise OptionError(
            f"households_per_area must be from 1 to {smallest}, the households of the smallest area; found {households_per_area}. Draw fewer."
        )


def _with_response(
    population: Population, households: pd.DataFrame, rng: np.random.Generator, response: ResponseProfile | None
) -> pd.DataFrame:
    """Return the households with ``responded`` and ``weight``."""
    row = households["household_index"].to_numpy()
    answers = np.ones(len(row), np.bool_)
    if response is not None:
        urban = (population.areas["area"].to_numpy() == "Urban")[population.households["area_index"].to_numpy()[row]]
        quintile = population.households["wealth"].cat.codes.to_numpy()[row]
        answers = chance(rng, response.household - response.urban * urban - response.quintile * quintile, len(row))
    weight = adjusted(households["base_weight"].to_numpy(), answers, households["stratum"].to_numpy())
    return households.assign(responded=answers, weight=weight)


def adjusted(weight: Floats, answers: Booleans, stratum: Integers) -> Floats:
    """Return weights raised in each stratum by the inverse of its weighted response rate; 0 for those who did not answer."""
    selected = np.bincount(stratum, weights=weight)
    answering = np.bincount(stratum, weights=weight * answers)
    factor = np.divide(selected, answering, out=np.zeros_like(selected), where=answering > 0)
    return np.where(answers, weight * factor[stratum], 0.0)


def _children(
    population: Population, households: pd.DataFrame, rng: np.random.Generator, response: ResponseProfile | None, *, one: bool
) -> Chosen:
    row = households["household_index"].to_numpy()
    count = population.households["children"].to_numpy()[row]
    first = population.households["first_child"].to_numpy()[row]
    home = np.flatnonzero(households["responded"].to_numpy() & (count > 0))
    weight = households["weight"].to_numpy()
    if one:
        taken = first[home] + np.minimum((rng.random(len(home)) * count[home]).astype(np.int64), count[home] - 1)
        return _answered(households, rng, response.child if response else 1.0, taken, home, weight[home] * count[home])
    taken = repeated_ranges(first[home], count[home])
    home = np.repeat(home, count[home])
    return _answered(households, rng, response.child if response else 1.0, taken, home, weight[home])


def _workers(
    population: Population, households: pd.DataFrame, rng: np.random.Generator, response: ResponseProfile | None
) -> Chosen:
    everybody = _persons(population, households)
    works = population.persons["forced_labour"].notna().to_numpy()[everybody.row]
    row, home = everybody.row[works], everybody.household[works]
    return _answered(households, rng, response.worker if response else 1.0, row, home, everybody.weight[works])


def _persons(population: Population, households: pd.DataFrame) -> Chosen:
    home = np.flatnonzero(households["responded"].to_numpy())
    row = households["household_index"].to_numpy()[home]
    count = population.households["persons"].to_numpy()[row]
    taken = repeated_ranges(population.households["first_person"].to_numpy()[row], count)
    home = np.repeat(home, count)
    weight = households["weight"].to_numpy()[home]
    return Chosen(row=taken, household=home, responded=np.ones(len(taken), np.bool_), weight=weight)


def _answered(
    households: pd.DataFrame, rng: np.random.Generator, share: float, row: Integers, home: Integers, weight: Floats
) -> Chosen:
    answers = chance(rng, share, len(row))
    stratum = households["stratum"].to_numpy()[home]
    return Chosen(row=row, household=home, responded=answers, weight=adjusted(weight, answers, stratum))
