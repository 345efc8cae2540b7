"""``pv.plan.sample_plan``: clusters, households and people of every stratum for all targets at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from prevalence.checks import check_above
from prevalence.errors import OptionError, check_option, counted, listed
from prevalence.plan import tables
from prevalence.plan._detectable_change import detectable_change
from prevalence.plan._households import ChildrenPerHousehold
from prevalence.plan.domains import Domain, Interviews, domains_of
from prevalence.plan.equations import two_sided_z
from prevalence.plan.fieldwork import Fieldwork, fieldwork
from prevalence.plan.targets import Target
from prevalence.shown import Booleans, Shown
from prevalence.totals import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

ALLOCATIONS = ("proportional", "square-root", "power", "equal", "neyman")
BARELY = 1 + 1e-9
ITERATIONS = 2_000
"""Of the multipliers of Neyman's allocation for several targets: convergence is linear, and a thousandth of a cluster is enough."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StrataPlan(Shown):
    """Sample of each stratum by stage.

    Attributes
    ----------
    stratum : tuple of str
    population : float array
        Households in the stratum.
    clusters, households : int arrays
        To be drawn.
    people : float array
        Expected to answer.
    fraction, weight : float arrays
        Share of households drawn, and its inverse.
    """

    stratum: tuple[str, ...]
    population: Floats
    clusters: Ints
    households: Ints
    people: Floats
    fraction: Floats
    weight: Floats


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PrecisionPlan(Shown):
    """Expected precision of each target in each domain.

    Attributes
    ----------
    indicator, domain, group : tuples of str
    rate : float array
    people : float array
        Expected to answer.
    deff : float array
        Weights, clusters and unequal fractions of strata together.
    se, cv, margin : float arrays
        Margin at the target's level.
    detectable : float array
        Smallest fall of the rate that the next such round would show, two-sided with the target's power; NaN where none would.
    criterion : tuple of str
    reached : boolean array
    decisive : boolean array
        Whether the target holds with no room to spare, so that it decides on the size.
    """

    indicator: tuple[str, ...]
    domain: tuple[str, ...]
    group: tuple[str, ...]
    rate: Floats
    people: Floats
    deff: Floats
    se: Floats
    cv: Floats
    margin: Floats
    detectable: Floats
    criterion: tuple[str, ...]
    reached: Booleans
    decisive: Booleans


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePlan:
    """A plan: its strata, the precision to expect, and the way to the list of field work.

    Attributes
    ----------
    strata : StrataPlan
    precision : PrecisionPlan
    interviews : Interviews
        Who is interviewed in a cluster.
    allocation : str
    """

    strata: StrataPlan
    precision: PrecisionPlan
    interviews: Interviews
    allocation: str

    @property
    def clusters(self) -> int:
        """Clusters in all strata."""
        return int(self.strata.clusters.sum())

    @property
    def households(self) -> int:
        """Households in all strata."""
        return int(self.strata.households.sum())

    def fieldwork(
        self, frame: Any, *, seed: int, unit: str, stratum: str, size: str, order: str | Sequence[str] | None = None
    ) -> Fieldwork:
        """Draw the clusters and return the list of field work.

        Parameters
        ----------
        frame : frame
            One row an area.
        seed : int
        unit, stratum, size : str
            Columns: name of the area, its stratum, its households in the census.
        order : str or sequence of str, optional
            See `prevalence.plan.select`.

        Returns
        -------
        Fieldwork
        """
        wanted = dict(zip(self.strata.stratum, self.strata.clusters.tolist(), strict=True))
        take = self.interviews
        return fieldwork(
            frame,
            wanted,
            seed=seed,
            unit=unit,
            stratum=stratum,
            size=size,
            order=order,
            households=take.households,
            people=take.per_household * take.response,
        )

    def to_pandas(self) -> pd.DataFrame:
        """Return the strata as a data frame."""
        return self.strata.to_pandas()

    def __repr__(self) -> str:
        head = f"SamplePlan: {counted(self.clusters, 'cluster')} and {counted(self.households, 'household')}, allocation {self.allocation}"
        return f"{head}\n{self.strata!r}\n{self.precision!r}"

    def _repr_html_(self) -> str:
        head = f"<p>{counted(self.clusters, 'cluster')} and {counted(self.households, 'household')}, allocation {self.allocation}</p>"
        return head + self.strata._repr_html_() + self.precision._repr_html_()


def sample_plan(
    strata: Any,
    targets: Sequence[Target] | Target,
    *,
    households_per_cluster: int,
    children: ChildrenPerHousehold,
    icc: float,
    household_icc: float = 0.0,
    who: str = "one",
    response: float = 1.0,
    weighting: float = 1.0,
    allocation: str = "proportional",
    exponent: float = 0.5,
    minimum_clusters: int = 2,
) -> SamplePlan:
    r"""Plan a stratified two-stage sample in which every target is reached.

    The variance of a rate in a domain is :math:`\sum_h W_h^2\, p_h (1 - p_h)\, \mathrm{deff} / n_h` over its strata. Clusters are
    first laid out by `allocation` and then raised in the strata of each domain until the target holds, the largest domains first.

    Parameters
    ----------
    strata : frame
        One row a stratum: ``stratum``, ``households`` (in the population), the columns that targets name, and optionally
        ``clusters`` (in the frame, which cannot be exceeded) and ``children`` (mean number of children a household, where strata
        differ).
    targets : Target or sequence of Target
    households_per_cluster : int
    children : ChildrenPerHousehold
        See `children_per_household`.
    icc, household_icc : float
        Intra-class correlations within strata, from an earlier round (`icc`).
    who : {"one", "all"}
        One child of each household, or all children.
    response : float
        Share of those selected who answer, households and children together.
    weighting : float
        1 + CV squared of further weights, such as those for non-response.
    allocation : {"proportional", "square-root", "power", "equal", "neyman"}
        Of clusters to strata, before domains are raised; see `allocate`. ``neyman`` takes the fewest clusters that reach all
        targets.
    exponent : float
        Of the power allocation.
    minimum_clusters : int
        In each stratum; two are the least that have a variance.

    Returns
    -------
    SamplePlan

    Raises
    ------
    OptionError
        If a number is out of its range, or a stratum would need more clusters than it has.

    Notes
    -----
    Within strata the design effect is that of `design_effect` with ``weights_vary="within"``. Clusters are drawn with probability
    proportional to households and are taken as independent: no finite population correction, which errs on the safe side.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> strata = pd.DataFrame({"stratum": ["North", "South"], "households": [300_000, 100_000]})
    >>> homes = pv.plan.children_per_household([0.38, 0.22, 0.20, 0.12, 0.08])
    >>> targets = [pv.plan.Target(indicator="child_labour", rate=0.20, cv=0.06),
    ...            pv.plan.Target(indicator="child_labour", rate=0.20, by="stratum", cv=0.10)]
    >>> plan = pv.plan.sample_plan(strata, targets, households_per_cluster=20, children=homes, icc=0.08, response=0.95)
    >>> plan.strata.clusters.tolist()
    [152, 73]
    """
    wanted = [targets] if isinstance(targets, Target) else list(targets)
    if not wanted:
        raise OptionError("targets must hold at least one Target; found none.")
    check_option("allocation", allocation, ALLOCATIONS)
    check_above("minimum_clusters", minimum_clusters, 2, equal=True)
    names = tables.labels(strata, "stratum")
    population = tables.values(strata, "households")
    interviews = Interviews(
        households=households_per_cluster,
        children=children,
        who=who,
        response=response,
        icc=icc,
        household_icc=household_icc,
        weighting=weighting,
    )
    if not (population > 0).all():
        raise OptionError("column 'households' must be above 0 in every stratum. Leave empty strata out.")
    people = population * tables.values(strata, "children", default=children.mean)
    domains = domains_of(strata, wanted, people, interviews)
    laid_out = fewest(domains, len(names)) if allocation == "neyman" else _measure(people, allocation, exponent)
    clusters = _clusters(laid_out, domains, minimum_clusters)
    _check_there(names, clusters, tables.values(strata, "clusters", default=np.inf))
    return SamplePlan(
        strata=_strata_table(names, population, people, clusters, interviews),
        precision=_precision(domains, clusters.astype(np.float64), people, interviews),
        interviews=interviews,
        allocation=allocation,
    )


def _measure(people: Floats, allocation: str, exponent: float) -> Floats:
    if not 0 <= exponent <= 1:
        raise OptionError(f"exponent must lie between 0 (equal) and 1 (proportional); found {exponent!r}.")
    powers = {"proportional": 1.0, "square-root": 0.5, "power": exponent, "equal": 0.0}
    measure = people ** powers[allocation]
    return np.asarray(1e-12 * measure / measure.sum(), dtype=np.float64)


def fewest(domains: Sequence[Domain], strata: int) -> Floats:
    """Return the clusters of each stratum, the fewest in all that reach every target.

    Neyman's allocation for several targets: the optimum has x = sqrt(sum of multipliers times variances), and each multiplier is
    raised or lowered by the square of what is in excess. Source: Chromy (1987), Design optimization with multiple objectives;
    Bethel (1989), Survey Methodology 15.
    """
    allowed = np.array([domain.target.allowed_variance(domain.rate) for domain in domains])
    spread = np.array([np.where(domain.inside, domain.limiting, 0.0) for domain in domains]) / allowed[:, None]
    multiplier = np.ones(len(domains))
    clusters = np.zeros(strata)
    for _ in range(ITERATIONS):
        clusters = np.sqrt(multiplier @ spread)
        excess = np.divide(spread, clusters, out=np.zeros_like(spread), where=clusters > 0).sum(axis=1)
        multiplier = multiplier * excess**2
    return clusters


def _clusters(clusters: Floats, domains: Sequence[Domain], minimum: int) -> Ints:
    """Return clusters of each stratum, raised domain by domain until every target is reached."""
    for domain in sorted(domains, key=lambda each: -int(each.inside.sum())):
        clusters = np.where(domain.inside, clusters * max(domain.excess(clusters), 1.0), clusters)
    return np.maximum(np.ceil(clusters * (1 - 1e-9)), minimum).astype(np.int64)


def _check_there(names: tuple[str, ...], clusters: Ints, there: Floats) -> None:
    over = np.flatnonzero(clusters > there)
    if len(over):
        raise OptionError(
            f"The precision cannot be had: {counted(len(over), 'stratum', 'strata')} would need more clusters than there are: "
            f"{listed(f'{names[i]}: {clusters[i]:,} of {there[i]:,.0f}' for i in over)}. Ask for less, or draw more households a cluster."
        )


def _strata_table(
    names: tuple[str, ...], population: Floats, people: Floats, clusters: Ints, interviews: Interviews
) -> StrataPlan:
    households = clusters * interviews.households
    relative = people / population / interviews.children.mean if interviews.who == "all" else 1.0
    return StrataPlan(
        stratum=names,
        population=population,
        clusters=clusters,
        households=households,
        people=clusters.astype(np.float64) * interviews.people() * relative,
        fraction=households / population,
        weight=population / households,
    )


def _precision(domains: Sequence[Domain], clusters: Floats, people: Floats, interviews: Interviews) -> PrecisionPlan:
    rate = np.array([domain.rate for domain in domains])
    variance = np.array([domain.variance(clusters) for domain in domains])
    excess = np.array([domain.excess(clusters) for domain in domains])
    n = np.array([float((domain.inside * clusters).sum()) * interviews.people(domain.target.share) for domain in domains])
    deff = variance * n / (rate * (1 - rate))
    se = np.sqrt(variance)
    z = np.array([two_sided_z(domain.target.level) for domain in domains])
    # One cluster fewer in its strata would break it.
    fewer = [domain.excess(np.maximum(clusters - domain.inside, 1)) > BARELY for domain in domains]
    return PrecisionPlan(
        indicator=tuple(domain.target.indicator for domain in domains),
        domain=tuple(domain.name for domain in domains),
        group=tuple(domain.target.group for domain in domains),
        rate=rate,
        people=n,
        deff=deff,
        se=se,
        cv=se / rate,
        margin=z * se,
        detectable=np.array([_detectable(d, float(m), float(e)) for d, m, e in zip(domains, n, deff, strict=True)]),
        criterion=tuple(domain.target.criterion for domain in domains),
        reached=excess <= BARELY,
        decisive=np.array(fewer, dtype=np.bool_),
    )


def _detectable(domain: Domain, n: float, deff: float) -> float:
    target = domain.target
    try:
        found = detectable_change(
            domain.rate,
            max(n, 2.0),
            deff=deff,
            overlap=target.overlap,
            correlation=target.correlation,
            power=target.power,
            level=target.level,
        )
    except OptionError:
        return float("nan")
    return found.change
