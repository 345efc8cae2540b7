"""``pv.plan.oversample``: a rare group, such as the households of a supply chain, found by screening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from prevalence.checks import check_above, check_share, exactly_one
from prevalence.errors import OptionError
from prevalence.plan import tables
from prevalence.plan._allocate import bounded
from prevalence.plan.equations import HALVINGS, binary_variance
from prevalence.shown import Shown
from prevalence.totals import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Oversample(Shown):
    """A screening sample of a rare group, one row a stratum.

    Attributes
    ----------
    stratum : tuple of str
    households : float array
        Households in the stratum.
    share : float array
        Share of them that belong to the group.
    fraction : float array
        Share of households screened.
    screened : int array
        Households screened, rounded up.
    interviews : float array
        Households of the group that are expected to be found and to answer.
    cost : float array
    total_screened : int
    total_interviews, total_cost : float
    deff_group : float
        1 + CV squared of the weights among those interviewed.
    deff_national : float
        The same among all who were screened: what estimates for everybody lose if they rest on this sample.
    cv : float
        Coefficient of variation of the group's rate.
    cost_proportional : float
        What the same precision costs with one fraction everywhere.
    """

    stratum: tuple[str, ...]
    households: Floats
    share: Floats
    fraction: Floats
    screened: Ints
    interviews: Floats
    cost: Floats
    total_screened: int
    total_interviews: float
    total_cost: float
    deff_group: float
    deff_national: float
    cv: float
    cost_proportional: float


@dataclass(frozen=True, slots=True)
class _Strata:
    households: Floats
    share: Floats
    rate: Floats
    unit_cost: Floats
    response: float
    deff: float

    @property
    def group(self) -> Floats:
        """Households of the group."""
        return self.households * self.share

    def variance(self, fraction: Floats) -> float:
        """Return the variance of the group's rate."""
        size = self.group.sum()
        used = self.group > 0
        found = fraction[used] * self.group[used] * self.response
        return float(self.deff * ((self.group[used] / size) ** 2 * binary_variance_of(self.rate[used]) / found).sum())

    def cost(self, fraction: Floats) -> float:
        return float((fraction * self.households * self.unit_cost).sum())

    @property
    def mean_rate(self) -> float:
        return float((self.group * self.rate).sum() / self.group.sum())


def binary_variance_of(rate: Floats) -> Floats:
    """Return p(1 - p) of each rate."""
    return np.array([binary_variance(value) for value in rate.tolist()])


def oversample(
    strata: Any,
    *,
    interviews: float | None = None,
    cv: float | None = None,
    budget: float | None = None,
    cost_screening: float = 1.0,
    cost_interview: float = 5.0,
    response: float = 1.0,
    deff: float = 1.0,
) -> Oversample:
    r"""Return the screening fractions that give a rare group's rate at least cost.

    .. math:: f_h \propto \sqrt{\frac{p_h q_h}{c_h}}, \qquad c_h = c_{interview} + c_{screening}/\pi_h

    Parameters
    ----------
    strata : frame
        Columns ``stratum``, ``households``, ``share`` (of households in the group; 0 where there are none) and ``rate`` (of the
        indicator in the group).
    interviews, cv, budget : float
        Exactly one: households of the group interviewed; coefficient of variation of their rate; money.
    cost_screening, cost_interview : float
        Of one household screened, and of one of the group interviewed besides.
    response : float
        Share of the group's households that are found and answer.
    deff : float
        Design effect of the indicator in the group, without unequal weights.

    Returns
    -------
    Oversample

    Raises
    ------
    OptionError
        If a number is out of its range, no stratum has the group, or more is asked for than there is.

    Notes
    -----
    With one fraction everywhere ``interviews / share`` households are screened. A stratum in which the share is small is worth
    less screening; one with a share of 0 gets none, so households of the group that live there unknown to the list are lost: give
    it a small share if in doubt. Source: Kalton & Anderson (1986), Sampling rare populations, JRSS A 149; Cochran (1977), section
    5.5.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> areas = pd.DataFrame({"stratum": ["cocoa belt", "elsewhere"], "households": [40_000, 160_000],
    ...                       "share": [0.40, 0.02], "rate": [0.30, 0.25]})
    >>> pv.plan.oversample(areas, interviews=1_000).screened.tolist()
    [2337, 3262]
    """
    check_above("cost_screening", cost_screening, 0)
    check_above("cost_interview", cost_interview, 0)
    check_above("deff", deff, 0)
    check_share("response", response, one=True)
    names = tables.labels(strata, "stratum")
    of = _strata(strata, cost_screening, cost_interview, response, deff)
    goal, value = exactly_one("oversample", {"interviews": interviews, "cv": cv, "budget": budget})
    check_above(goal, value, 0)
    with np.errstate(divide="ignore"):
        found = cost_interview * response + np.where(of.share > 0, cost_screening / of.share, np.inf)
    shape = np.sqrt(binary_variance_of(of.rate) / found)
    fraction = _scaled(of, shape, goal, value)
    even = _fraction_for_variance(of, (of.share > 0).astype(np.float64), of.variance(fraction))
    return _result(names, of, fraction, of.cost(even))


def _strata(data: Any, cost_screening: float, cost_interview: float, response: float, deff: float) -> _Strata:
    households, share = tables.values(data, "households"), tables.values(data, "share", most=1)
    rate = tables.values(data, "rate", most=1)
    if not (households * share).sum() > 0:
        raise OptionError("share must be above 0 in some stratum with households; nobody is in the group.")
    if not ((rate > 0) & (rate < 1) | (share == 0)).all():
        raise OptionError("rate must be above 0 and below 1 wherever share is above 0: a rate of 0 or 1 would get no sample.")
    return _Strata(households, share, rate, cost_screening + share * response * cost_interview, response, deff)


def _scaled(of: _Strata, shape: Floats, goal: str, value: float) -> Floats:
    if goal == "cv":
        return _fraction_for_variance(of, shape, (value * of.mean_rate) ** 2)
    per_household = of.share * of.response if goal == "interviews" else of.unit_cost
    used = np.where(shape > 0, of.households * per_household, 0.0)
    if value > used.sum():
        raise OptionError(
            f"{goal} must not exceed {used.sum():,.0f}, which is reached with everybody screened; found {value:,.0f}."
        )
    taken = bounded(shape * used, np.zeros(len(used)), used, value)
    return np.divide(taken, used, out=np.zeros(len(used)), where=used > 0)


def _fraction_for_variance(of: _Strata, shape: Floats, variance: float) -> Floats:
    """Return fractions proportional to `shape`, none above 1, that give the variance."""
    used = shape > 0
    least = of.variance(used.astype(np.float64))
    if variance < least * (1 - 1e-9):
        raise OptionError(
            f"cv must not be below {np.sqrt(least) / of.mean_rate:.4f}, which is reached with everybody screened. Accept a larger one."
        )
    low, high = 0.0, 1 / float(shape[used].min())
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if of.variance(np.minimum(middle * shape, 1)) > variance else (low, middle)
    return np.minimum(high * shape, 1)


def _result(names: tuple[str, ...], of: _Strata, fraction: Floats, cost_proportional: float) -> Oversample:
    screened = np.ceil(fraction * of.households * (1 - 1e-9)).astype(np.int64)
    interviews = fraction * of.group * of.response
    cost = fraction * of.households * of.unit_cost
    return Oversample(
        stratum=names,
        households=of.households,
        share=of.share,
        fraction=fraction,
        screened=screened,
        interviews=interviews,
        cost=cost,
        total_screened=int(screened.sum()),
        total_interviews=float(interviews.sum()),
        total_cost=float(cost.sum()),
        deff_group=_weight_effect(interviews, fraction),
        deff_national=_weight_effect(fraction * of.households, fraction) if (fraction > 0).all() else float("nan"),
        cv=float(np.sqrt(of.variance(fraction)) / of.mean_rate),
        cost_proportional=cost_proportional,
    )


def _weight_effect(people: Floats, fraction: Floats) -> float:
    """Return 1 + CV squared of weights 1 / fraction carried by `people`."""
    used = fraction > 0
    n, weight = people[used], 1 / fraction[used]
    return float(n.sum() * (n * weight**2).sum() / (n * weight).sum() ** 2)
