"""``pv.plan.sample_size`` and ``pv.plan.change_size``: people to interview for a precision, or to see a change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from prevalence.checks import check_above, check_share, exactly_one
from prevalence.errors import OptionError
from prevalence.plan.equations import binary_variance, power_z, size_for, two_sided_z, variance_of, whole
from prevalence.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SampleSize(Shown):
    """How many people answer a question about one rate.

    Attributes
    ----------
    n : int
        People interviewed, rounded up.
    approached : int
        People to approach so that n answer.
    exact : float
        n before it was rounded.
    rate, deff, population, response, level : float
        As planned with.
    criterion : str
    cv, margin : float
        Coefficient of variation and margin of error that n gives.
    """

    n: int
    approached: int
    exact: float
    criterion: str
    cv: float
    margin: float
    rate: float
    deff: float
    population: float
    response: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ChangeSize(Shown):
    """How many people a group and round show a difference of rates.

    Attributes
    ----------
    n : int
        People interviewed in **each** group and **each** round, rounded up.
    in_all : int
        n times the number of groups and rounds.
    approached : int
        People to approach in each group and round.
    exact : float
    change : float
        Difference, or double difference, that the sample shows.
    criterion : str
    deff, population, response, overlap, correlation, level : float
        As planned with.
    """

    n: int
    in_all: int
    approached: int
    exact: float
    criterion: str
    change: float
    deff: float
    population: float
    response: float
    overlap: float
    correlation: float
    level: float


def sample_size(
    rate: float,
    *,
    cv: float | None = None,
    margin: float | None = None,
    relative_margin: float | None = None,
    deff: float = 1.0,
    population: float = math.inf,
    response: float = 1.0,
    level: float = 0.95,
) -> SampleSize:
    """Return the number of people whose answers give a rate with the precision asked for.

    Parameters
    ----------
    rate : float
        Expected prevalence among those interviewed.
    cv, margin, relative_margin : float
        Exactly one: coefficient of variation; half the width of the interval; half the width over the rate (MICS: 0.12).
    deff : float
        Design effect, see `design_effect`.
    population : float
        People in the population, for the finite population correction.
    response : float
        Share of those approached who answer.
    level : float
        Confidence of the margin.

    Returns
    -------
    SampleSize

    Raises
    ------
    OptionError
        If a number is out of its range, or not exactly one criterion is given.

    Notes
    -----
    Source: Cochran (1977), sections 4.4 to 4.6; ``ss4p`` of the R package samplesize4surveys. Children are not households: see
    `households`.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.plan.sample_size(0.20, cv=0.05, deff=2, population=100_000).n
    3101
    """
    check_share("rate", rate)
    _check_design(deff, population, response, level)
    name, value = exactly_one("sample_size", {"cv": cv, "margin": margin, "relative_margin": relative_margin})
    check_above(name, value, 0)
    allowed = allowed_variance(rate, name, value, level)
    unit = binary_variance(rate) * deff
    exact = size_for(unit, allowed, population)
    n = whole(exact)
    se = math.sqrt(variance_of(unit, n, population))
    return SampleSize(
        n=n,
        approached=whole(n / response),
        exact=exact,
        criterion=f"{name} {value:g}",
        cv=se / rate,
        margin=two_sided_z(level) * se,
        rate=rate,
        deff=deff,
        population=population,
        response=response,
        level=level,
    )


def allowed_variance(rate: float, criterion: str, value: float, level: float) -> float:
    """Return the variance that a coefficient of variation or a margin allows."""
    if criterion == "cv":
        return (value * rate) ** 2
    margin = value * rate if criterion == "relative_margin" else value
    return (margin / two_sided_z(level)) ** 2


def change_size(
    rates: Sequence[float],
    *,
    change: float | None = None,
    margin: float | None = None,
    deff: float = 1.0,
    population: float = math.inf,
    overlap: float = 0.0,
    correlation: float = 0.0,
    response: float = 1.0,
    power: float = 0.8,
    level: float = 0.95,
    sides: int = 2,
) -> ChangeSize:
    r"""Return the number of people in each group and round that shows a difference, or a double difference, of rates.

    .. math:: S^2 = \mathrm{deff}\,(1 - TR) \sum_i p_i (1 - p_i), \qquad
              n = \frac{S^2}{D^2/(z_{1-\alpha} + z_{power})^2 + S^2/N}

    Parameters
    ----------
    rates : sequence of two or four floats
        Two rounds or groups; or four for the double difference (p1 - p2) - (p3 - p4).
    change : float, optional
        Difference to detect; by default that of the `rates`.
    margin : float, optional
        Margin of error of the difference. With it there is no test and no power.
    overlap, correlation : float
        Share T of the people who are in both rounds, and the correlation R of their answers.
    power : float
        Chance of a significant result if the difference is real.
    sides : {2, 1}
        Of the test. The R package's default is one-sided, which needs a fifth fewer people.
    deff, population, response, level : float
        See `sample_size`.

    Raises
    ------
    OptionError
        If a number is out of its range, or there are not two or four rates.

    Notes
    -----
    Source: ``ss4dpH`` and ``ss4ddpH`` of the R package samplesize4surveys 4.1.1.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.plan.change_size([0.20, 0.16], deff=2, population=100_000).n
    2808
    """
    _check_rates(rates)
    _check_design(deff, population, response, level)
    check_tested(power, sides, overlap, correlation)
    double = len(rates) == 4
    difference = abs((rates[0] - rates[1]) - (rates[2] - rates[3] if double else 0.0)) if change is None else abs(change)
    unit = sum(binary_variance(rate) for rate in rates) * (1 - overlap * correlation) * deff
    if margin is None:
        if not 0 < difference < 1:
            raise OptionError(f"change must be above 0 and below 1; found {difference:g}. Give rates that differ, or change=.")
        allowed = (difference / power_z(level, power, sides)) ** 2
        criterion = f"power {power:g}, {'two' if sides == 2 else 'one'}-sided"
    else:
        check_above("margin", margin, 0)
        allowed, criterion = (margin / two_sided_z(level)) ** 2, f"margin {margin:g}"
    exact = size_for(unit, allowed, population)
    n = whole(exact)
    return ChangeSize(
        n=n,
        in_all=n * len(rates),
        approached=whole(n / response),
        exact=exact,
        criterion=criterion,
        change=difference,
        deff=deff,
        population=population,
        response=response,
        overlap=overlap,
        correlation=correlation,
        level=level,
    )


def check_tested(power: float, sides: int, overlap: float, correlation: float) -> None:
    """Raise `OptionError` unless the numbers of a test over two rounds are in their ranges."""
    check_share("power", power)
    check_share("overlap", overlap, zero=True, one=True)
    if not -1 <= correlation <= 1:
        raise OptionError(f"correlation must lie between -1 and 1; found {correlation!r}.")
    if sides not in (1, 2):
        raise OptionError(f"sides must be 2 or 1; found {sides!r}.")


def _check_rates(rates: Sequence[float]) -> None:
    if len(rates) not in (2, 4):
        raise OptionError(f"rates must be two, or four for a double difference; found {len(rates)}.")
    for place, rate in enumerate(rates, start=1):
        check_share(f"rate {place}", rate)


def _check_design(deff: float, population: float, response: float, level: float) -> None:
    check_above("deff", deff, 0)
    check_above("population", population, 1, finite=False)
    check_share("response", response, one=True)
    check_share("level", level)
