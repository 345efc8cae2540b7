"""The domains of a plan: their strata, and the variance of a rate per cluster drawn in each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from prevalence.checks import check_above, check_share
from prevalence.errors import OptionError, check_option
from prevalence.plan import tables
from prevalence.plan._households import ChildrenPerHousehold
from prevalence.plan.equations import difference_variance
from prevalence.plan.targets import Target
from prevalence.shown import Booleans
from prevalence.totals import Floats

WHO = ("one", "all")
ALL = "All"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interviews:
    """Who is interviewed in a cluster.

    Attributes
    ----------
    households : int
        Households drawn in a cluster.
    children : ChildrenPerHousehold
    who : {"one", "all"}
    response : float
        Share of the selected who answer, households and persons together.
    icc, household_icc : float
    weighting : float
        1 + CV squared of further weights, such as adjustments for non-response.
    """

    households: int
    children: ChildrenPerHousehold
    who: str
    response: float
    icc: float
    household_icc: float
    weighting: float

    def __post_init__(self) -> None:
        check_above("households_per_cluster", self.households, 1, equal=True)
        check_option("who", self.who, WHO)
        check_share("response", self.response, one=True)
        check_above("weighting", self.weighting, 1, equal=True)
        for name, value in (("icc", self.icc), ("household_icc", self.household_icc)):
            check_share(name, value, zero=True)

    @property
    def per_household(self) -> float:
        """People selected in a household, childless households counted."""
        return self.children.with_child if self.who == "one" else self.children.mean

    def people(self, share: float = 1.0) -> float:
        """Return the people of a group who answer in a cluster."""
        return self.households * self.per_household * self.response * share

    def deff(self, target: Target) -> float:
        """Return the design effect within a stratum: weights, others of the cluster, others of the household.

        Weights that vary within clusters do not multiply what clusters have in common (Gabler, Haeder & Lahiri 1999).
        """
        icc = self.icc if target.icc is None else target.icc
        household_icc = self.household_icc if target.household_icc is None else target.household_icc
        answering = self.response * target.share
        others = (self.households - 1) * self.per_household * answering * icc
        if self.who == "one":
            return self.weighting * self.children.deff_weighting + others
        return self.weighting + others + self.children.siblings * answering * (icc + household_icc)


@dataclass(frozen=True, slots=True)
class Domain:
    """One target in one domain.

    Attributes
    ----------
    target : Target
    name : str
    inside : boolean array, shape (strata,)
    rate : float
        Of the domain.
    per_cluster : float array, shape (strata,)
        Variance of the domain's rate that a stratum adds, times the clusters in it; 0 outside.
    limiting : float array, shape (strata,)
        The same for what the criterion speaks of: the rate, or its change.
    """

    target: Target
    name: str
    inside: Booleans
    rate: float
    per_cluster: Floats
    limiting: Floats

    def variance(self, clusters: Floats) -> float:
        """Return the variance of the rate."""
        return float((self.per_cluster[self.inside] / clusters[self.inside]).sum())

    def excess(self, clusters: Floats) -> float:
        """Return the variance over what is allowed: 1 or less where the target is reached."""
        return float((self.limiting[self.inside] / clusters[self.inside]).sum()) / self.target.allowed_variance(self.rate)


def domains_of(strata: Any, targets: Sequence[Target], people: Floats, interviews: Interviews) -> list[Domain]:
    """Return the domains of all targets; `people` is the population of the target group in each stratum."""
    found = []
    for target in targets:
        labels = tables.texts(strata, target.by) if target.by else (ALL,) * len(people)
        rates = _rates(strata, target, len(people))
        for label in dict.fromkeys(labels):
            inside = np.array([each == label for each in labels], dtype=np.bool_)
            found.append(_domain(target, label, inside, rates, people, interviews))
    return found


def _domain(target: Target, label: str, inside: Booleans, rates: Floats, people: Floats, interviews: Interviews) -> Domain:
    weight = np.where(inside, people, 0.0) / people[inside].sum()
    rate = float(weight @ rates)
    if target.change is not None and target.change >= rate:
        raise OptionError(
            f"change of {target.indicator!r} must be below its rate of {rate:g} in {label!r}; found {target.change:g}."
        )
    scale = weight**2 * interviews.deff(target) / interviews.people(target.share)
    limiting = rates * (1 - rates)
    if target.change is not None:
        after = rates * (1 - target.change / rate)
        pairs = zip(rates.tolist(), after.tolist(), strict=True)
        limiting = np.array([difference_variance(a, b, overlap=target.overlap, correlation=target.correlation) for a, b in pairs])
    return Domain(target, label, inside, rate, scale * rates * (1 - rates), scale * limiting)


def _rates(strata: Any, target: Target, count: int) -> Floats:
    if not isinstance(target.rate, str):
        return np.full(count, target.rate)
    found = tables.values(strata, target.rate, most=1)
    if not ((found > 0) & (found < 1)).all():
        raise OptionError(
            f"column {target.rate!r} must hold rates above 0 and below 1: a rate of 0 needs no sample, and none is certain to be 0."
        )
    return found
