"""Answers as interviewers write them: codes for yes and no, do-not-know and no-response codes, empty cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from prevalence.simulate._draws import Booleans, Floats, Integers
from prevalence.simulate._parameters import NOISE

YES, NO, NO_RESPONSE = 1, 2, 9
INCONSISTENT, HOURS_DO_NOT_KNOW, HOURS_NO_RESPONSE = 97, 98, 99
FORCED_DO_NOT_KNOW, FORCED_REFUSED = 8, 9


def asked(values: Floats | Integers, who: Booleans) -> Floats:
    """Return the values of those who were asked; empty for the others."""
    return np.where(who, np.asarray(values, dtype=np.float64), np.nan)


def mixed_in(rng: np.random.Generator, values: Floats | Integers, codes: tuple[float, ...], shares: tuple[float, ...]) -> Floats:
    """Return values of which the given shares are replaced by codes."""
    drawn = np.searchsorted(np.cumsum(shares), rng.random(len(values)), side="right")
    return np.where(drawn < len(codes), np.array([*codes, 0.0])[drawn], values)


def yes_no(rng: np.random.Generator, answer: Booleans | Integers, *, unknown: int = NO_RESPONSE) -> Floats:
    """Return 1 yes and 2 no, with some unknown ones."""
    return mixed_in(rng, np.where(np.asarray(answer) == 1, YES, NO), (unknown,), (NOISE.no_response,))


def hours(rng: np.random.Generator, values: Integers) -> Floats:
    """Return hours with special codes 97, 98, 99 and empty cells."""
    codes = (INCONSISTENT, HOURS_DO_NOT_KNOW, HOURS_NO_RESPONSE, np.nan)
    shares = (NOISE.inconsistent, NOISE.do_not_know, NOISE.hours_no_response, NOISE.empty)
    return mixed_in(rng, values, codes, shares)


def forced_item(rng: np.random.Generator, values: Integers) -> Floats:
    """Return an item of the forced-labour module with do-not-know and refusals."""
    codes, shares = (FORCED_DO_NOT_KNOW, FORCED_REFUSED), (NOISE.forced_do_not_know, NOISE.forced_refused)
    return mixed_in(rng, values, codes, shares)


def class_numbers(rng: np.random.Generator, classes: npt.NDArray[np.object_]) -> Floats:
    """Return ISIC classes as numbers, which lose their leading zero; empty where there is none or it was not coded."""
    numbers = np.array([np.nan if not isinstance(text, str) else float(text) for text in classes], dtype=np.float64)
    return np.where(rng.random(len(numbers)) < NOISE.empty, np.nan, numbers)
