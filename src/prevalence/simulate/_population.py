"""``pv.simulate.population``: finite populations of the fictional countries, with the truth in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prevalence.errors import OptionError, check_option
from prevalence.simulate._adult_work import adult_work
from prevalence.simulate._areas import AREA_SIZE, area_frame
from prevalence.simulate._child_work import child_work
from prevalence.simulate._context import Context, context_of
from prevalence.simulate._draws import Booleans, generator
from prevalence.simulate._forced_labour import forced_labour_items
from prevalence.simulate._households import household_frame
from prevalence.simulate._parameters import COUNTRIES, CountryProfile
from prevalence.simulate._persons import person_frame
from prevalence.simulate._truth import child_truth, forced_truth, truth_table

FEWEST_HOUSEHOLDS = 12 * AREA_SIZE
"""Two enumeration areas in each of six strata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Everybody in the fictional countries, with their true answers.

    Attributes
    ----------
    areas : frame
        One row an enumeration area, sorted by stratum: ``country, region, area, stratum`` (numbered over all countries),
        ``households``, ``area_product_<chain>``, ``first_household`` (row of `households`), and latent effects.
    households : frame
        One row a household, sorted by area: ``area_index, number, wealth, wealth_score, household_product_<chain>``, ``adults,
        minors, children`` (0-17 and 5-17), ``first_person, persons, first_child`` (rows of `persons`).
    persons : frame
        One row a person, sorted by household: ``household_index, line, sex, age, age_group``, schooling, work, chores, hazards,
        items of forced labour (0 where a question does not apply), and the truth: ``in_employment, child_labour,
        child_labour_general, household_chores, hazardous_work, forced_labour`` (0/1, NaN out of scope).
    seed : int
    """

    areas: pd.DataFrame
    households: pd.DataFrame
    persons: pd.DataFrame
    seed: int

    def truth(self) -> pd.DataFrame:
        """Return the true prevalences as a tidy table.

        Returns
        -------
        frame
            ``indicator, definition, country, supply_chain, exposure, sex, age_group, area, population, cases, prevalence``. Margins are
            ``All``; ``country`` too has that margin. ``exposure`` is ``household``, ``area``, ``own`` (population: those who
            work in the chain) or ``in chain`` (cases: those who work in the chain; population: everybody in scope).

        Examples
        --------
        >>> truth = population(countries=("XBB",), households=3000, seed=7).truth()
        >>> sorted(truth["indicator"].unique())
        ['child_labour', 'forced_labour', 'hazardous_work', 'household_chores', 'in_employment']
        """
        return truth_table(self.areas, self.households, self.persons)


def population(*, countries: Sequence[str] = ("XAA", "XBB", "XCC"), households: int = 40_000, seed: int = 20250612) -> Population:
    """Return a finite population of households, children and workers.

    Parameters
    ----------
    countries : sequence of str
        Among ``XAA`` (cocoa, coffee, fishing; child labour about 22 %), ``XBB`` (cotton, garment; about 9 %) and ``XCC`` (mining,
        coffee, fishing; about 5 %). A country is the same whichever others are asked for.
    households : int
        Households a country, about: areas have a random number of households, 75 on average.
    seed : int
        The same seed gives the same population.

    Returns
    -------
    Population

    Raises
    ------
    OptionError
        If a country is unknown or repeated, or `households` is less than 900.

    Examples
    --------
    >>> people = population(countries=("XAA",), households=3000, seed=1)
    >>> bool(0.1 < people.persons["child_labour"].mean() < 0.3)
    True
    """
    _check(countries, households)
    parts = [_country(COUNTRIES[code], households, seed) for code in countries]
    areas = pd.concat(
        [part[0].assign(stratum=part[0]["stratum"] + 6 * place) for place, part in enumerate(parts)], ignore_index=True
    )
    area_offset = np.cumsum([0, *(len(part[0]) for part in parts)])
    household_offset = np.cumsum([0, *(len(part[1]) for part in parts)])
    homes = [part[1].assign(area_index=part[1]["area_index"] + offset) for part, offset in zip(parts, area_offset, strict=False)]
    people = [
        part[2].assign(household_index=part[2]["household_index"] + offset)
        for part, offset in zip(parts, household_offset, strict=False)
    ]
    return _joined(areas, pd.concat(homes, ignore_index=True), pd.concat(people, ignore_index=True), seed)


def _check(countries: Sequence[str], households: int) -> None:
    for code in countries:
        check_option("countries", code, tuple(COUNTRIES))
    if not countries or len(set(countries)) < len(countries):
        raise OptionError(f"countries must name each country once; found {tuple(countries)!r}. Remove the repeated ones.")
    if households < FEWEST_HOUSEHOLDS:
        raise OptionError(
            f"households must be at least {FEWEST_HOUSEHOLDS}, two enumeration areas in each of six strata; found {households}. "
            "Ask for more households."
        )


def _country(profile: CountryProfile, households: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    rng = generator(seed, list(COUNTRIES).index(profile.code))
    areas = area_frame(profile, rng, households)
    homes = household_frame(profile, rng, areas)
    persons = person_frame(profile, rng, areas, homes)
    people = context_of(areas, homes, persons)
    return areas, homes, _with_work(profile, rng, people, persons)


def _with_work(profile: CountryProfile, rng: np.random.Generator, people: Context, persons: pd.DataFrame) -> pd.DataFrame:
    """Return the persons with what they do; 0 or missing where a question does not concern them."""
    child, adult = (people.age >= 5) & (people.age <= 17), people.age >= 18
    children = child_work(profile, rng, people.where(child))
    grown = people.where(adult)
    work = adult_work(profile, rng, grown)
    adults = pd.concat([work, forced_labour_items(profile, rng, grown, work)], axis=1)
    placed = pd.concat([_placed(children, child), _placed(adults, adult)]).reindex(persons.index)
    codes = [name for name in placed.columns if name not in ("isic", "isco", "isic_2")]
    whole = placed[codes].fillna(0)
    small = {name: np.float32 if name == "wage" else np.int8 for name in codes}
    texts = placed[["isic", "isco", "isic_2"]].astype("category")
    return pd.concat([persons, whole.astype(small), texts], axis=1)


def _placed(frame: pd.DataFrame, chosen: Booleans) -> pd.DataFrame:
    """Return the frame with the row numbers of the chosen persons."""
    return frame.astype({name: object for name in ("isic", "isco", "isic_2") if name in frame}).set_index(np.flatnonzero(chosen))


def _joined(areas: pd.DataFrame, households: pd.DataFrame, persons: pd.DataFrame, seed: int) -> Population:
    """Return the population with the row numbers by which sampling finds its way, and the truth."""
    areas["first_household"] = np.cumsum(areas["households"]) - areas["households"]
    households["persons"] = households["adults"] + households["minors"]
    households["first_person"] = np.cumsum(households["persons"]) - households["persons"]
    households["first_child"] = households["first_person"] + households["adults"]
    of_age = (persons["age"] >= 5) & (persons["age"] <= 17)
    households["children"] = np.bincount(persons["household_index"], weights=of_age, minlength=len(households)).astype(np.int64)
    truth = child_truth(persons).assign(forced_labour=forced_truth(persons))
    return Population(areas=areas, households=households, persons=pd.concat([persons, truth], axis=1), seed=seed)
