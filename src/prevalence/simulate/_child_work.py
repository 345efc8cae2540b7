"""Work of children of 5-17: economic activity, its hours, products and hazards, and household chores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prevalence.simulate._context import Context
from prevalence.simulate._draws import Booleans, Floats, Integers, at_least_one, chance, heaped, logistic
from prevalence.simulate._jobs import FARM_CLASSES, job_codes
from prevalence.simulate._parameters import PRODUCTS, CountryProfile
from prevalence.simulate._products import Habits, products_of

ACTIVITIES = ("activity_farm", "activity_business", "activity_articles", "activity_other")
"""The items CL1A, CL1B, CL1C and CL1X."""
HAZARDS = ("loads", "tools", "dust", "temperature", "noise", "heights", "chemicals", "other")
HAZARD_SHARES = (0.20, 0.18, 0.16, 0.14, 0.06, 0.05, 0.06, 0.03)
CHORES = ("shopping", "cooking", "cleaning", "washing", "children", "sick", "other")
CHORE_SHARES = (0.50, 0.28, 0.52, 0.36, 0.30, 0.06, 0.22)

HABITS = Habits(at_home=0.72, hired=0.5, second_at_home=0.60, second_hired=0.08, second_other=0.06)
MEDIAN_HOURS = (8.0, 12.0, 20.0)
UNDER_AN_HOUR = 0.04
"""Share of working children whose hours round down to nothing."""
HEAPED = 0.25
"""Share of answers on hours that are multiples of seven."""


def child_work(profile: CountryProfile, rng: np.random.Generator, people: Context) -> pd.DataFrame:
    """Return what children do, one row a child.

    Returns
    -------
    frame
        ``economic_activity`` and its items (0/1), ``economic_hours`` (0 for those without activity), ``hazard_<item>`` (0/1),
        ``product_code, product_2_code, isic, isco, hired``, and chores: ``water, wood, chore_<item>`` (0/1) with
        ``water_hours, wood_hours, other_chore_hours``.
    """
    works = chance(rng, logistic(_work_log_odds(profile, people)), len(people.age))
    frame = pd.DataFrame({"economic_activity": works.astype(np.int8)})
    frame["economic_hours"] = np.where(works, _work_hours(profile, rng, people), 0)
    products = products_of(profile, rng, people, HABITS)
    first, second = np.where(works, products.first, 0), np.where(works, products.second, 0)
    frame["isic"], frame["isco"] = job_codes(rng, first, people.urban, ~people.male, np.ones(len(first), np.bool_))
    frame["product_code"], frame["product_2_code"] = first.astype(np.int8), second.astype(np.int8)
    frame["hired"] = (products.hired & works).astype(np.int8)
    activities = _activities(rng, works, first, np.isin(frame["isic"].astype(object), FARM_CLASSES))
    hazards = _hazards(rng, people, works, first)
    return pd.concat([frame, activities, hazards, _chores(profile, rng, people)], axis=1)


def _band(age: Integers) -> Integers:
    return np.searchsorted((12, 15), age, side="right")


def _work_log_odds(profile: CountryProfile, people: Context) -> Floats:
    producing = people.household_products.any(axis=1)
    return np.asarray(
        profile.work
        + np.array([0.0, 0.75, 1.15])[_band(people.age)]
        + 0.10 * (np.minimum(people.age, 11) - 8)
        + profile.work_male * (people.male - 0.5)
        + profile.work_producing * producing
        + profile.work_rural * ~people.urban
        + profile.work_wealth * people.wealth_score
        + 0.55 * (~people.attends & (people.age >= 7))
        + people.work_effect
        + people.household_work_effect
    )


def _work_hours(profile: CountryProfile, rng: np.random.Generator, people: Context) -> Integers:
    median = np.log(np.array(MEDIAN_HOURS)[_band(people.age)]) + profile.hours
    log_hours = (
        median
        + 0.22 * (people.male - 0.5)
        + 0.55 * (~people.attends & (people.age >= 10))
        + 0.20 * people.work_effect
        + 0.75 * rng.standard_normal(len(people.age))
    )
    hours = np.where(chance(rng, UNDER_AN_HOUR, len(people.age)), 0.0, np.minimum(np.exp(log_hours) + 0.5, 90.0))
    return heaped(rng, hours, HEAPED)


def _activities(rng: np.random.Generator, works: Booleans, product: Integers, farm: Booleans) -> pd.DataFrame:
    """Return the four yes/no items; those who work have at least the item of their first work."""
    garment = product == PRODUCTS.index("garment")
    main = np.select([farm, garment], [0, 2], np.where(rng.random(len(works)) < 0.7, 1, 3))
    also = rng.random((len(works), len(ACTIVITIES))) < np.array([0.10, 0.08, 0.05, 0.04])
    also[np.arange(len(works)), main] = True
    return pd.DataFrame((also & works[:, None]).astype(np.int8), columns=list(ACTIVITIES))


def _hazards(rng: np.random.Generator, people: Context, works: Booleans, product: Integers) -> pd.DataFrame:
    """Return the eight conditions: none without activity; more in mining and fishing, for boys and older children."""
    heavy = np.array([1.0 if name in ("mining", "fishing", "cocoa") else 0.0 for name in PRODUCTS])[product]
    common = 0.7 * heavy + 0.3 * people.male + 0.06 * (people.age - 11) + 0.8 * rng.standard_normal(len(works))
    base = np.log(np.array(HAZARD_SHARES) / (1 - np.array(HAZARD_SHARES)))
    share = logistic(base + common[:, None])
    drawn = (rng.random(share.shape) < share) & works[:, None]
    return pd.DataFrame(drawn.astype(np.int8), columns=[f"hazard_{name}" for name in HAZARDS])


def _chores(profile: CountryProfile, rng: np.random.Generator, people: Context) -> pd.DataFrame:
    """Return chores: more of them, and longer, for girls, older children, rural areas and poorer households."""
    count = len(people.age)
    girl = ~people.male
    lean = 0.5 * girl + 0.06 * (people.age - 10) - 0.15 * people.wealth_score + people.chore_effect
    water = chance(rng, logistic(-1.1 + 1.0 * ~people.urban + lean), count)
    wood = chance(rng, logistic(-2.2 + 1.4 * ~people.urban + lean), count)
    any_other = chance(rng, logistic(0.5 + 1.2 * lean), count)
    items = at_least_one(rng, CHORE_SHARES, count) & any_other[:, None]
    frame = pd.DataFrame({"water": water.astype(np.int8), "wood": wood.astype(np.int8)})
    for name, done in zip(CHORES, items.T, strict=True):
        frame[f"chore_{name}"] = done.astype(np.int8)
    effort = profile.chores + 0.35 * (girl - 0.5) + 0.05 * (people.age - 10) + 0.3 * people.chore_effect
    for name, done, median in (("water", water, 2.2), ("wood", wood, 2.0), ("other_chore", any_other, 5.0)):
        hours = np.minimum(median * np.exp(effort + 0.75 * rng.standard_normal(count)), 60.0) + 0.3
        frame[f"{name}_hours"] = np.where(done, heaped(rng, hours, HEAPED), 0)
    return frame
