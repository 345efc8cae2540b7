"""Forced labour of adult workers: involuntary circumstances and coercion, job by job.

Names and order of the items are those of the 20th ICLS guidelines (2018).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from prevalence.simulate._adult_work import EMPLOYEE, FAMILY
from prevalence.simulate._context import Context
from prevalence.simulate._draws import Booleans, Floats, Integers, at_least_one, chance, logistic, pick
from prevalence.simulate._parameters import PRODUCTS, CountryProfile

INVOLUNTARY = (
    "birth_or_transaction",
    "different_job",
    "abusive_overtime",
    "hazardous_without_consent",
    "low_or_no_wages",
    "degrading_living",
    "other_employers",
    "longer_than_agreed",
    "no_freedom_to_terminate",
)
COERCION = (
    "violence_or_threats",
    "movement_restricted",
    "debt",
    "wages_withheld",
    "documents_withheld",
    "vulnerability_abused",
)
INVOLUNTARY_SHARES = (0.04, 0.12, 0.30, 0.22, 0.40, 0.18, 0.10, 0.16, 0.30)
COERCION_SHARES = (0.22, 0.20, 0.25, 0.42, 0.14, 0.30)
"""Shares of the items among jobs that have one of their kind."""

EXPERIENCED, THREATENED, WITNESSED, NO = 1, 2, 3, 4
MODES = (0.72, 0.20, 0.08)
"""How coercion met the worker: experienced, verbally threatened, seen on co-workers. Each of them counts."""

ONLY_INVOLUNTARY, ONLY_COERCED = 0.045, 0.012
"""Shares of other jobs with circumstances of one kind alone, which is not forced labour."""
SPLIT = 0.15
"""Share of workers with a second job and an involuntary first one who meet coercion in the second alone."""


def forced_labour_items(profile: CountryProfile, rng: np.random.Generator, people: Context, work: pd.DataFrame) -> pd.DataFrame:
    """Return the answers of adults for first and second job.

    Returns
    -------
    frame of int8, one row a person
        ``<item>`` and ``<item>_job2``: involuntary items 0/1, coercion items 1 experienced, 2 threatened, 3 witnessed, 4 no;
        0 throughout where there is no such job.
    """
    count = len(work)
    first, second = work["product_code"].to_numpy(), work["product_2_code"].to_numpy()
    personal = 0.4 * rng.standard_normal(count)
    log_odds = _log_odds(profile, people, work) + personal
    forced = chance(rng, logistic(log_odds + _chain_effect(profile, people, first)), count)
    forced_2 = chance(rng, logistic(log_odds - 0.9 + _chain_effect(profile, people, second)), count)
    involuntary, coerced = _states(rng, forced)
    involuntary_2, coerced_2 = _states(rng, forced_2)
    split = involuntary & ~coerced & ~involuntary_2 & chance(rng, SPLIT, count)
    coerced_2 |= split
    one = _items(rng, involuntary, coerced, first > 0, "")
    two = _items(rng, involuntary_2, coerced_2, second > 0, "_job2")
    return pd.concat([one, two], axis=1)


def _log_odds(profile: CountryProfile, people: Context, work: pd.DataFrame) -> Floats:
    status = work["status_code"].to_numpy()
    informal = (status == EMPLOYEE) & (work["pension"].to_numpy() == 0)
    kind = np.select([status == EMPLOYEE, status == FAMILY], [1.0, -0.3], -0.8)
    sex = profile.forced_male * (people.male - 0.5)
    return np.asarray(profile.forced + kind + 0.4 * informal + sex - 0.15 * people.wealth_score + people.forced_effect)


def _chain_effect(profile: CountryProfile, people: Context, product: Integers) -> Floats:
    chains = dict(profile.chains)
    effect = np.array([chains[name].forced if name in chains else 0.0 for name in PRODUCTS])
    male = np.array([chains[name].forced_male if name in chains else 0.0 for name in PRODUCTS])
    return np.asarray(effect[product] + male[product] * np.where(people.male, 1.0, -0.5))


def _states(rng: np.random.Generator, forced: Booleans) -> tuple[Booleans, Booleans]:
    """Return whether a job is involuntary and whether it is coerced: both where it is forced, at most one elsewhere."""
    kind = pick(rng, (ONLY_INVOLUNTARY, ONLY_COERCED, 1 - ONLY_INVOLUNTARY - ONLY_COERCED), len(forced))
    return forced | (kind == 0), forced | (kind == 1)


def _items(rng: np.random.Generator, involuntary: Booleans, coerced: Booleans, has_job: Booleans, suffix: str) -> pd.DataFrame:
    count = len(involuntary)
    circumstances = at_least_one(rng, INVOLUNTARY_SHARES, count) & (involuntary & has_job)[:, None]
    elements = at_least_one(rng, COERCION_SHARES, count) & coerced[:, None]
    mode = EXPERIENCED + pick(rng, MODES, count * len(COERCION)).reshape(elements.shape)
    answers = np.where(elements, mode, NO) * has_job[:, None]
    return pd.DataFrame(
        np.hstack([circumstances, answers]).astype(np.int8),
        columns=[f"{name}{suffix}" for name in (*INVOLUNTARY, *COERCION)],
    )
