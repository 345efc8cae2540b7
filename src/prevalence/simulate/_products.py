"""Which products people work with: first and second work, from what the household and the area produce."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prevalence.simulate._context import Context
from prevalence.simulate._draws import Booleans, Floats, Integers, chance, pick_flag
from prevalence.simulate._parameters import CHAINS, OTHER, CountryProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """Codes of the products of first and second work (0 none), and whether the first was found outside the household."""

    first: Integers
    second: Integers
    hired: Booleans


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How people come to their work.

    Attributes
    ----------
    at_home : float
        Chance that a member of a producing household works in one of its chains.
    hired : float
        Factor on the hiring chances of the chains of the area.
    second_at_home, second_hired, second_other : float
        Chances of a second work in another chain of the household, in a chain of the area, in other work.
    """

    at_home: float
    hired: float
    second_at_home: float
    second_hired: float
    second_other: float


def products_of(profile: CountryProfile, rng: np.random.Generator, people: Context, habits: Habits) -> Products:
    """Return the products of people who work; `first` is never 0."""
    count = len(people.age)
    home = pick_flag(rng, people.household_products)
    home = np.where(chance(rng, habits.at_home, count), home, -1)
    hiring = habits.hired * _hiring(profile)
    outside = pick_flag(rng, people.area_products & (rng.random(people.area_products.shape) < hiring))
    hired = (home < 0) & (outside >= 0)
    first = np.select([home >= 0, hired], [home + 1, outside + 1], OTHER)
    return Products(first=first, second=_second(rng, people, habits, first), hired=hired)


def _hiring(profile: CountryProfile) -> Floats:
    chains = dict(profile.chains)
    return np.array([chains[chain].hired if chain in chains else 0.0 for chain in CHAINS])


def _second(rng: np.random.Generator, people: Context, habits: Habits, first: Integers) -> Integers:
    """Return codes of a second work, 0 where there is none; in a chain it is another one than the first."""
    count = len(first)
    codes = np.arange(1, len(CHAINS) + 1)
    new = codes != first[:, None]
    home = np.where(chance(rng, habits.second_at_home, count), pick_flag(rng, people.household_products & new), -1)
    outside = np.where(chance(rng, habits.second_hired, count), pick_flag(rng, people.area_products & new), -1)
    other = chance(rng, habits.second_other, count)
    return np.select([home >= 0, outside >= 0, other], [home + 1, outside + 1, OTHER], 0)
