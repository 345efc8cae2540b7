"""Work of adults: employment, products, industry and occupation, status, hours, and what makes a job informal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prevalence.simulate._context import Context
from prevalence.simulate._draws import Booleans, Floats, Integers, chance, heaped, logistic
from prevalence.simulate._jobs import job_codes
from prevalence.simulate._parameters import OTHER, CountryProfile
from prevalence.simulate._products import Habits, products_of

STATUSES = {1: "Employee", 2: "Employer", 3: "Own-account worker", 5: "Contributing family worker"}
"""ICSE-93 codes; a member of a cooperative (4) and the unclassifiable (6) do not occur."""
EMPLOYEE, EMPLOYER, OWN_ACCOUNT, FAMILY = STATUSES

HABITS = Habits(at_home=0.78, hired=1.0, second_at_home=0.45, second_hired=0.14, second_other=0.06)
HEAPED = 0.15


def adult_work(profile: CountryProfile, rng: np.random.Generator, people: Context) -> pd.DataFrame:
    """Return the work of persons of 18 and over, one row a person.

    Returns
    -------
    frame
        ``economic_activity`` (0/1), ``economic_hours``, ``product_code, product_2_code, isic, isco, isic_2`` (codes of the
        second job), ``status_code`` (0 for those without work), ``hired`` (0/1), ``contract, pension`` (0/1, of employees), ``registered`` (0/1,
        the production unit), ``informal`` (0/1, the job), ``wage`` (a month, of employees).
    """
    count = len(people.age)
    works = chance(rng, logistic(_employment_log_odds(profile, people)), count)
    products = products_of(profile, rng, people, HABITS)
    first, second = np.where(works, products.first, 0), np.where(works, products.second, 0)
    adult = np.zeros(count, np.bool_)
    frame = pd.DataFrame({"economic_activity": works.astype(np.int8)})
    frame["economic_hours"] = np.where(works, _hours(rng, people), 0)
    frame["product_code"], frame["product_2_code"] = first.astype(np.int8), second.astype(np.int8)
    frame["isic"], frame["isco"] = job_codes(rng, first, people.urban, ~people.male, adult)
    frame["isic_2"], _ = job_codes(rng, second, people.urban, ~people.male, adult)
    status = np.where(works, _status(rng, people, first, products.hired), 0)
    frame["status_code"] = status.astype(np.int8)
    frame["hired"] = (products.hired & works).astype(np.int8)
    return pd.concat([frame, _conditions(rng, people, status, first)], axis=1)


def _employment_log_odds(profile: CountryProfile, people: Context) -> Floats:
    sex = np.where(people.male, profile.employment[1], profile.employment[0])
    age = np.select([people.age < 25, people.age < 55, people.age < 65], [-0.9, 0.0, -0.5], -1.6)
    return np.asarray(sex + age + 0.5 * people.household_products.any(axis=1) + 0.25 * people.work_effect)


def _hours(rng: np.random.Generator, people: Context) -> Integers:
    hours = 42.0 + 4.0 * (people.male - 0.5) + 12.0 * rng.standard_normal(len(people.age))
    return heaped(rng, np.clip(hours, 2.0, 90.0), HEAPED)


def _status(rng: np.random.Generator, people: Context, product: Integers, hired: Booleans) -> Integers:
    """Return the status: those hired are employees, heads run the household's farm or shop, others help in it."""
    count = len(product)
    works_at_home = (product != OTHER) & ~hired
    wage_share = np.where(works_at_home, 0.08, np.where(people.urban, 0.55, 0.30))
    employee = hired | chance(rng, wage_share, count)
    runs = people.head | chance(rng, 0.35, count)
    employer = chance(rng, 0.05, count)
    own = np.where(employer, EMPLOYER, OWN_ACCOUNT)
    return np.where(employee, EMPLOYEE, np.where(runs, own, FAMILY))


def _conditions(rng: np.random.Generator, people: Context, status: Integers, product: Integers) -> pd.DataFrame:
    """Return contract, pension, registration of the unit and wage.

    A job is informal as in the ILO's 17th ICLS algorithm: employees without pension contributions, employers and own-account
    workers of unregistered units, all contributing family workers.
    """
    count = len(status)
    employee = status == EMPLOYEE
    better = 0.5 * people.wealth_score + 0.5 * people.urban - 0.7 * (product != OTHER)
    contract = chance(rng, logistic(-0.4 + better), count) & employee
    pension = chance(rng, logistic(-2.2 + better + 2.4 * contract), count) & employee
    registered = chance(rng, logistic(-1.4 + better + 2.5 * pension + 1.2 * (status == EMPLOYER)), count) & (status > 0)
    informal = np.select([employee, status == FAMILY], [~pension, True], ~registered) & (status > 0)
    log_wage = 5.0 + 0.25 * people.wealth_score + 0.15 * people.male + 0.25 * pension + 0.4 * rng.standard_normal(count)
    return pd.DataFrame(
        {
            "contract": contract.astype(np.int8),
            "pension": pension.astype(np.int8),
            "registered": registered.astype(np.int8),
            "informal": informal.astype(np.int8),
            "wage": np.where(employee, np.round(np.exp(log_wage)), 0.0),
        }
    )
