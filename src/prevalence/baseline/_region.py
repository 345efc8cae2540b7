"""``pv.baseline.region``: an aggregate over countries, and what of its error is sampling, weights and countries without data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from prevalence.baseline.series import normal_quantile
from prevalence.checks import check_share
from prevalence.errors import DataError, OptionError, check_option, counted, listed
from prevalence.rows import collect, numbers, plain
from prevalence.shown import Booleans, Floats, Shown

MISSING = ("exclude", "mean", "model")
SAID = {
    "exclude": "countries with data alone",
    "mean": "countries without data take the mean of the others: no error for them",
    "model": "countries without data modelled: random effects about a common mean",
}
STEPS = 100


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Region(Shown):
    """A population-weighted rate of a region; the columns are its countries.

    Attributes
    ----------
    country : tuple of str
    estimate, se, population : float arrays
        As given; NaN where a country has no data.
    weight : float array
        Share of the population of the region that the rate rests on.
    measured : boolean array
    rate, number : float
        Of the region; the number is of the whole population unless countries without data were left out.
    se_rate : float
        From all the parts below.
    low, high : float
        Limits on the logit scale.
    se_sampling : float
        Surveys: root of sum W squared V.
    se_population : float
        Populations, where their standard errors are known, else 0.
    se_between : float
        Countries without data: between-country variance, a model and not a sampling error.
    between_sd : float
        Standard deviation of the rates between countries, sampling error taken out; NaN unless modelled.
    coverage : float
        Share of the population of the region that lives in countries with data.
    countries, with_data : int
    publishable : bool
        Whether coverage reaches the rule.
    rule : float
    missing : str
        What was done with countries without data.
    level : float
    """

    country: tuple[str, ...]
    estimate: Floats
    se: Floats
    population: Floats
    weight: Floats
    measured: Booleans
    rate: float
    number: float
    se_rate: float
    low: float
    high: float
    se_sampling: float
    se_population: float
    se_between: float
    between_sd: float
    coverage: float
    countries: int
    with_data: int
    publishable: bool
    rule: float
    missing: str
    level: float


def region(
    frame: Any,
    *,
    country: str = "country",
    estimate: str = "estimate",
    se: str = "se",
    population: str = "population",
    population_se: str | None = None,
    missing: str = "exclude",
    rule: float = 0.5,
    level: float = 0.95,
) -> Region:
    r"""Return the rate of a region of fixed countries, weighted by their populations.

    .. math:: P = \sum_i W_i p_i, \qquad V = \sum_i W_i^2 V_i

    Parameters
    ----------
    frame : frame
        One row a country, such as ``Estimates.to_pandas()`` of a table by country: name, estimate and standard error (both
        missing where there are no data) and population in scope, which every country needs.
    country, estimate, se, population : str
        Its columns.
    population_se : str, optional
        Column of standard errors of the populations; without it they are taken as known, and the result says so.
    missing : {"exclude", "mean", "model"}
        Countries without data: left out, so that the rate is that of the others; given the weighted mean of the others without an
        error; or modelled as drawn from the same distribution as the others, with the variance between countries (random effects)
        in a part of its own.
    rule : float
        Least coverage of the population for a figure that can be published: 0.5 in UNICEF's regional aggregates (to be verified).
    level : float

    Returns
    -------
    Region

    Raises
    ------
    DataError
        If a country is repeated, or has an estimate without a standard error.
    OptionError
        If rates or populations are out of range, nobody has data, or a model is asked for with fewer than three countries.

    Notes
    -----
    Countries are fixed: the variance is that of their surveys. Under the model, with weights :math:`a_i \propto 1/(\tau^2 +
    V_i)` of the common mean and :math:`W_m` the weight of countries without data,

    .. math:: V = \sum_i (W_i + W_m a_i)^2 V_i + \tau^2 \left( W_m^2 \sum_i a_i^2 + \sum_{j\,missing} W_j^2 \right)

    and tau squared by Paule & Mandel (1982). The first part is sampling error, the second is the model's.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rates = pd.DataFrame({"country": ["A", "B", "C"], "estimate": [0.20, 0.10, None], "se": [0.012, 0.008, None],
    ...                       "population": [3e6, 1e6, 1e6]})
    >>> found = pv.baseline.region(rates)
    >>> round(found.rate, 4), round(found.se_rate, 5), found.coverage
    (0.175, 0.00922, 0.8)
    """
    check_option("missing", missing, MISSING)
    check_share("rule", rule, zero=True, one=True)
    names, rates, errors, people, people_errors = _read(frame, country, estimate, se, population, population_se)
    measured = np.isfinite(rates)
    covered = float(people[measured].sum() / people.sum())
    scope = measured if missing == "exclude" else np.ones(len(rates), dtype=np.bool_)
    weight = np.where(scope, people, 0.0) / people[scope].sum()
    if missing == "exclude" or measured.all():
        used, filled, tau = np.where(measured, weight, 0.0), np.nan_to_num(rates), math.nan
        between = 0.0
    else:
        used, filled, tau, between = _filled(rates, errors, weight, measured, missing)
    rate = float(weight @ filled)
    sampling = float((used**2)[measured] @ (errors**2)[measured])
    from_people = float((((filled - rate) * people_errors / people[scope].sum()) ** 2)[scope].sum())
    error = math.sqrt(sampling + from_people + between)
    low, high = _limits(rate, error, level)
    return Region(
        country=names,
        estimate=rates,
        se=errors,
        population=people,
        weight=weight,
        measured=measured,
        rate=rate,
        number=rate * float(people[scope].sum()),
        se_rate=error,
        low=low,
        high=high,
        se_sampling=math.sqrt(sampling),
        se_population=math.sqrt(from_people),
        se_between=math.sqrt(between),
        between_sd=tau,
        coverage=covered,
        countries=len(names),
        with_data=int(measured.sum()),
        publishable=covered >= rule,
        rule=rule,
        missing=SAID[missing] if not measured.all() else "every country has data",
        level=level,
    )


def _filled(
    rates: Floats, errors: Floats, weight: Floats, measured: Booleans, missing: str
) -> tuple[Floats, Floats, float, float]:
    """Return the weights that the rates with data carry, all rates, the between-country deviation and its part of the variance."""
    absent = float(weight[~measured].sum())
    if missing == "mean":
        own = np.where(measured, weight, 0.0)
        share = own / own.sum()
        return own + absent * share, np.where(measured, rates, float(share[measured] @ rates[measured])), math.nan, 0.0
    tau2 = between_variance(rates[measured], errors[measured] ** 2)
    share = np.zeros(len(rates))
    share[measured] = 1 / (tau2 + errors[measured] ** 2)
    share /= share.sum()
    mean = float(share[measured] @ rates[measured])
    between = tau2 * (absent**2 * float((share**2).sum()) + float((weight[~measured] ** 2).sum()))
    return np.where(measured, weight + absent * share, 0.0), np.where(measured, rates, mean), math.sqrt(tau2), between


def between_variance(rates: Floats, variances: Floats) -> float:
    """Return the variance between countries at which the weighted squares about the mean are what chance makes them (Paule & Mandel 1982).

    Raises
    ------
    OptionError
        If there are fewer than three rates.
    """
    if len(rates) < 3:
        raise OptionError(
            f"A model of countries without data needs at least three with data; found {len(rates)}. Exclude those without, and say so."
        )
    free = len(rates) - 1

    def excess(tau2: float) -> float:
        weight = 1 / (tau2 + variances)
        mean = float(weight @ rates / weight.sum())
        return float(weight @ (rates - mean) ** 2) - free

    if not (variances > 0).all():
        raise OptionError("A model of countries without data needs standard errors above zero in those with data.")
    if excess(0.0) <= 0:
        return 0.0
    low, high = 0.0, float(((rates - rates.mean()) ** 2).sum())
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return high


def _limits(rate: float, error: float, level: float) -> tuple[float, float]:
    """Return logit limits."""
    z = normal_quantile(level)
    if not 0 < rate < 1:
        return math.nan, math.nan
    centre, half = math.log(rate / (1 - rate)), z * error / (rate * (1 - rate))
    return 1 / (1 + math.exp(half - centre)), 1 / (1 + math.exp(-half - centre))


def _read(
    data: Any, country: str, estimate: str, se: str, population: str, population_se: str | None
) -> tuple[tuple[str, ...], Floats, Floats, Floats, Floats]:
    wanted = [country, estimate, se, population, *([population_se] if population_se else [])]
    frame = collect(data, wanted)
    names = tuple(str(plain(value)) for value in frame.get_column(country).to_list())
    if len(set(names)) < len(names):
        raise DataError(
            f"Each country may stand in the table once; repeated: {listed([name for name in dict.fromkeys(names) if names.count(name) > 1])}. "
            "Take the rows of everybody: select(sex='All')."
        )
    rates, errors, people = numbers(frame, estimate), numbers(frame, se), numbers(frame, population)
    _check(names, rates, errors, people)
    spread = numbers(frame, population_se) if population_se else np.zeros(len(names))
    if not (np.isfinite(spread) & (spread >= 0)).all():
        raise OptionError(f"column {population_se!r} must hold numbers of zero or more for every country.")
    return names, rates, np.where(np.isfinite(rates), errors, np.nan), people, spread


def _check(names: tuple[str, ...], rates: Floats, errors: Floats, people: Floats) -> None:
    known = np.isfinite(rates)
    faults = {
        "rates must lie between 0 and 1": known & ~((rates >= 0) & (rates <= 1)),
        "every estimate needs a standard error of zero or more": known & ~(errors >= 0),
        "every country needs a population above zero, those without data too": ~(np.isfinite(people) & (people > 0)),
    }
    for said, rows in faults.items():
        if rows.any():
            found = [name for name, wrong in zip(names, rows.tolist(), strict=True) if wrong]
            raise DataError(f"{said}; not so for {counted(len(found), 'country', 'countries')}: {listed(found)}.")
    if not known.any():
        raise DataError("No country has an estimate: there is nothing to aggregate.")
