"""Persons of the households: sex, age, line number, mother, schooling."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prevalence.simulate._draws import Booleans, Floats, Integers, chance, labelled, logistic
from prevalence.simulate._parameters import AGE_GROUPS, AGE_LIMITS, SEXES, CountryProfile

FIRST_GRADE_AGE = 6
LEVELS = {"none": 0, "primary": 1, "secondary": 3, "higher": 4}
"""Codes of the highest level of education attended, as in the MICS6 file (0 = early childhood education)."""


def person_frame(
    profile: CountryProfile, rng: np.random.Generator, areas: pd.DataFrame, households: pd.DataFrame
) -> pd.DataFrame:
    """Return the persons of a country in the order of their households: head, spouse, other adults, then minors by age.

    Returns
    -------
    frame
        ``household_index`` (row of `households`), ``line`` (from 1), ``sex, age, age_group``, ``mother_line`` (line of the
        woman who answers for a minor; 0 for adults), ``ever_school, attends_school`` (0/1), ``level, grade`` (codes).
    """
    total = (households["adults"] + households["minors"]).to_numpy()
    household = np.repeat(np.arange(len(households)), total)
    line = np.arange(len(household)) - np.repeat(np.cumsum(total) - total, total) + 1
    minor = line > households["adults"].to_numpy()[household]
    male = _male(rng, households, household, line, minor)
    age = _ages(rng, households, household, line, minor)
    frame = pd.DataFrame({"household_index": household, "line": line})
    frame["sex"] = labelled(male.astype(np.int64), SEXES)
    frame["age"] = age
    frame["age_group"] = labelled(np.searchsorted(AGE_LIMITS, age, side="right"), AGE_GROUPS)
    frame["mother_line"] = np.where(minor, _mother_line(households)[household], 0)
    return _with_schooling(frame, profile, rng, areas, households)


def _male(rng: np.random.Generator, households: pd.DataFrame, household: Integers, line: Integers, minor: Booleans) -> Booleans:
    head_male = households["head_male"].to_numpy()[household] == 1
    spouse = (households["spouse"].to_numpy()[household] == 1) & (line == 2)
    male = chance(rng, np.where(minor, 0.507, 0.47), len(household))
    return np.where(line == 1, head_male, np.where(spouse, ~head_male, male))


def _ages(rng: np.random.Generator, households: pd.DataFrame, household: Integers, line: Integers, minor: Booleans) -> Integers:
    """Return completed years; the head's age leads the spouse's, minors are sorted from oldest to youngest."""
    count = len(household)
    head = np.clip(44 + 13 * rng.standard_normal(len(households)), 20, 85)[household]
    spouse = (households["spouse"].to_numpy()[household] == 1) & (line == 2)
    own = np.where(
        line == 1, head, np.where(spouse, head - 4 + 5 * rng.standard_normal(count), 18 + 45 * rng.random(count) ** 1.8)
    )
    adult = np.clip(np.floor(own), 18, 90)
    drawn = np.floor(18 * rng.random(count))
    order = np.lexsort((-drawn, minor, household))
    return np.where(minor, drawn[order], adult).astype(np.int64)


def _mother_line(households: pd.DataFrame) -> Integers:
    """Return the line of the wife, or of the head of a household without one."""
    wife = (households["spouse"] == 1) & (households["head_male"] == 1)
    return np.where(wife, 2, 1).astype(np.int64)


def _with_schooling(
    frame: pd.DataFrame, profile: CountryProfile, rng: np.random.Generator, areas: pd.DataFrame, households: pd.DataFrame
) -> pd.DataFrame:
    count = len(frame)
    age = frame["age"].to_numpy()
    household = frame["household_index"].to_numpy()
    area = households["area_index"].to_numpy()[household]
    score = households["wealth_score"].to_numpy()[household]
    log_odds = profile.school + 0.45 * score + areas["school_effect"].to_numpy()[area]
    ever = chance(rng, logistic(log_odds + np.where(age < FIRST_GRADE_AGE, -0.9, 1.2)), count)
    stays = chance(rng, logistic(log_odds + 1.2 - 0.35 * np.maximum(age - 10, 0)), count)
    frame["ever_school"] = (ever & (age >= 5)).astype(np.int8)
    frame["attends_school"] = (ever & stays & (age >= 5) & (age < 25)).astype(np.int8)
    reached = _years(rng, age, score)
    frame["level"] = np.select(
        [reached < 1, reached < 7, reached < 13], [0, LEVELS["primary"], LEVELS["secondary"]], LEVELS["higher"]
    )
    frame["grade"] = np.clip(np.select([reached < 1, reached < 7, reached < 13], [1.0, reached, reached - 6], reached - 12), 1, 9)
    return frame.astype({"level": np.int8, "grade": np.int8})


def _years(rng: np.random.Generator, age: Integers, score: Floats) -> Integers:
    """Return grades reached by those who ever went to school."""
    behind = rng.integers(0, 4, len(age))
    limit = np.clip(np.rint(8 + 2.5 * score + 2.5 * rng.standard_normal(len(age))), 1, 16)
    years: Integers = np.clip(np.minimum(age - FIRST_GRADE_AGE + 1 - behind, limit), 0, 16).astype(np.int64)
    return years
