"""Rare outcomes such as forced labour: exact binomial sizes and inverse sampling."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from prevalence.checks import check_above, check_share, exactly_one
from prevalence.errors import OptionError
from prevalence.plan.equations import whole
from prevalence.shown import Shown
from prevalence.totals import Floats

LARGEST = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RareSize(Shown):
    """How many people to interview for a rare outcome.

    Attributes
    ----------
    n : int
        People interviewed: `effective` times the design effect, rounded up.
    effective : int
        Size of the simple random sample that does the same.
    expected_cases : float
        rate x n.
    criterion : str
    rate, deff : float
    """

    n: int
    effective: int
    expected_cases: float
    criterion: str
    rate: float
    deff: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class InverseSampling(Shown):
    """Interviewing until a number of cases is found.

    Attributes
    ----------
    cases : int
        Cases at which to stop.
    expected_n : float
        Mean number of interviews.
    n_for_certainty : int
        Interviews that are enough with the given `certainty`.
    certainty : float
    cv : float
        Coefficient of variation of the unbiased estimate (cases - 1)/(n - 1).
    rate, deff : float
    """

    cases: int
    expected_n: float
    n_for_certainty: int
    certainty: float
    cv: float
    rate: float
    deff: float


def rare_size(
    rate: float,
    *,
    cases: int | None = None,
    margin: float | None = None,
    probability: float = 0.95,
    deff: float = 1.0,
    level: float = 0.95,
) -> RareSize:
    """Return the people to interview for a rare outcome, by the exact binomial distribution.

    Parameters
    ----------
    rate : float
        Expected prevalence.
    cases : int
        Find at least as many cases with the given `probability`; or
    margin : float
        expected half width of the exact (Clopper-Pearson) interval.
    probability : float
    deff : float
        Design effect: n over it is the size of the binomial, and the cases are counted as if none of them shared an area.
    level : float
        Of the interval.

    Raises
    ------
    OptionError
        If not exactly one of `cases` and `margin` is given, or a number is out of its range.

    Notes
    -----
    The normal approximation of `sample_size` is too small where few cases are expected. Source: Clopper & Pearson (1934),
    Biometrika 26; Korn & Graubard (1998).

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.plan.rare_size(0.005, cases=1).n, pv.plan.rare_size(0.005, cases=10, deff=1.5).n
    (598, 4707)
    """
    check_share("rate", rate)
    check_share("probability", probability)
    check_share("level", level)
    check_above("deff", deff, 0)
    goal, value = exactly_one("rare_size", {"cases": cases, "margin": margin})
    check_above(goal, value, 1 if goal == "cases" else 0, equal=goal == "cases")
    if goal == "cases":
        least, criterion = int(value), f"at least {value:g} with probability {probability:g}"

        def enough(n: int) -> bool:
            return n >= least and float(special.bdtrc(least - 1, n, rate)) >= probability

    else:
        criterion = f"expected half width {value:g} or less"

        def enough(n: int) -> bool:
            return _expected_half_width(rate, n, level) <= value

    return _rare(rate, _smallest(enough), criterion, deff)


def bound_size(bound: float, *, cases: int = 0, level: float = 0.95, deff: float = 1.0) -> RareSize:
    """Return the people to interview so that `cases` found, none by default, show that the rate is below `bound`.

    The one-sided exact limit of the given level is then at most `bound`; for no case and 95 % this is about 3 / bound ("rule of
    three").

    Parameters
    ----------
    bound : float
    cases : int
        The most that may be found.
    level, deff : float

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.plan.bound_size(0.01).n
    299
    """
    check_share("bound", bound)
    check_share("level", level)
    check_above("cases", cases, 0, equal=True)
    check_above("deff", deff, 0)
    effective = _smallest(lambda n: n > cases and float(special.bdtr(cases, n, bound)) <= 1 - level)
    return _rare(bound, effective, f"{cases} cases show a rate below {bound:g}", deff)


def inverse_sampling(
    rate: float, *, cases: int | None = None, cv: float | None = None, certainty: float = 0.9, deff: float = 1.0
) -> InverseSampling:
    """Return the plan of a survey that goes on until a number of cases is found.

    The estimate is (cases - 1)/(n - 1), which is unbiased; cases/n is not (Haldane 1945).

    Parameters
    ----------
    rate : float
        Expected prevalence; the coefficient of variation hardly depends on it, which is the point of the method.
    cases : int
        Cases at which to stop, at least 3; or
    cv : float
        coefficient of variation of the estimate that decides on them.
    certainty : float
        For the number of interviews to provide for.
    deff : float
        Design effect of the variance: cases of one area come together, so more of them are needed for a coefficient of variation.

    Raises
    ------
    OptionError
        If not exactly one of `cases` and `cv` is given, or a number is out of its range.

    Notes
    -----
    Source: Haldane (1945), On a method of estimating frequencies, Biometrika 33. Moments by summing the negative binomial
    distribution.

    Examples
    --------
    >>> import prevalence as pv
    >>> found = pv.plan.inverse_sampling(0.01, cases=30)
    >>> found.expected_n, round(found.cv, 3)
    (3000.0, 0.188)
    """
    check_share("rate", rate)
    check_share("certainty", certainty)
    check_above("deff", deff, 0)
    goal, value = exactly_one("inverse_sampling", {"cases": cases, "cv": cv})
    check_above(goal, value, 3 if goal == "cases" else 0, equal=goal == "cases")
    stop = int(value) if goal == "cases" else _smallest(lambda r: r >= 3 and _haldane_cv(rate, r) * math.sqrt(deff) <= value)
    apart = whole(stop / deff)
    enough = _smallest(lambda n: n >= apart and float(special.bdtrc(apart - 1, n, rate)) >= certainty)
    return InverseSampling(
        cases=stop,
        expected_n=stop / rate,
        n_for_certainty=whole(enough * deff),
        certainty=certainty,
        cv=_haldane_cv(rate, stop) * math.sqrt(deff),
        rate=rate,
        deff=deff,
    )


def _rare(rate: float, effective: int, criterion: str, deff: float) -> RareSize:
    n = whole(effective * deff)
    return RareSize(n=n, effective=effective, expected_cases=rate * n, criterion=criterion, rate=rate, deff=deff)


def _smallest(enough: Callable[[int], bool]) -> int:
    """Return the smallest number for which `enough` is true, if it stays true above it."""
    high = 1
    while not enough(high):
        high *= 2
        if high > LARGEST:
            raise OptionError(
                f"More than {LARGEST:,} people would be needed. Ask for less precision, or oversample where the outcome is frequent."
            )
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _expected_half_width(rate: float, n: int, level: float) -> float:
    """Return the mean half width of the Clopper-Pearson interval over the binomial distribution."""
    spread = 8 * math.sqrt(n * rate * (1 - rate)) + 20
    x = np.arange(max(0, math.floor(n * rate - spread)), min(n, math.ceil(n * rate + spread)) + 1, dtype=np.float64)
    chance = np.exp(
        special.gammaln(n + 1)
        - special.gammaln(x + 1)
        - special.gammaln(n - x + 1)
        + special.xlogy(x, rate)
        + special.xlog1py(n - x, -rate)
    )
    tail = (1 - level) / 2
    low = np.where(x == 0, 0.0, special.betaincinv(np.maximum(x, 1), n - x + 1, tail))
    high = np.where(x == n, 1.0, special.betaincinv(x + 1, np.maximum(n - x, 1), 1 - tail))
    return float((chance * (high - low) / 2).sum() / chance.sum())


def _haldane_cv(rate: float, cases: int) -> float:
    """Return the coefficient of variation of (r - 1)/(n - 1), summed over the negative binomial distribution."""
    last = cases / rate + 40 * math.sqrt(cases * (1 - rate)) / rate + 200
    n = np.arange(cases, math.ceil(last) + 1, dtype=np.float64)
    log_chance: Floats = (
        special.gammaln(n)
        - special.gammaln(cases)
        - special.gammaln(n - cases + 1)
        + cases * math.log(rate)
        + (n - cases) * math.log1p(-rate)
    )
    chance = np.exp(log_chance)
    estimate = (cases - 1) / (n - 1)
    mean = float((chance * estimate).sum())
    return math.sqrt(max(float((chance * (estimate - mean) ** 2).sum()), 0.0)) / mean
