"""``pv.plan.power``: how often two rounds of a plan would show a change, by drawing them many times."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prevalence.checks import check_above, check_share
from prevalence.design import Design
from prevalence.errors import OptionError, check_option
from prevalence.estimators import prevalence
from prevalence.plan._sample_plan import SamplePlan
from prevalence.plan.domains import WHO
from prevalence.plan.simulated import Frame, Rows, clusters_of, drawn_areas, drawn_people, frame_of
from prevalence.shown import Shown
from prevalence.simulate import Population
from prevalence.survey import Survey
from prevalence.totals import Floats, Ints

OVERLAPS = ("none", "areas")
FIRST, NEXT = "first", "next"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Power(Shown):
    """How often two rounds showed a change that is real.

    Attributes
    ----------
    power : float
        Share of draws in which the change was significant and in the right direction.
    monte_carlo_error : float
        Standard error of `power` from the number of draws.
    draws : int
    change : float
        True change in the simulated populations.
    mean_change : float
        Mean of the estimated changes.
    spread : float
        Standard deviation of the estimated changes over draws.
    mean_se : float
        Mean of their estimated standard errors: near `spread` where the variance formula serves.
    overlap : str
    """

    power: float
    monte_carlo_error: float
    draws: int
    change: float
    mean_change: float
    spread: float
    mean_se: float
    overlap: str


def power(
    population: Population,
    indicator: str,
    *,
    change: float,
    clusters: int | Mapping[str, int] | SamplePlan,
    households_per_cluster: int = 20,
    who: str = "one",
    overlap: str = "none",
    response: float = 1.0,
    draws: int = 200,
    level: float = 0.95,
    seed: int = 1,
) -> Power:
    """Return the power of two rounds to show a change, by simulation.

    The next round meets the same population in which cases at random are cases no more (or others have become cases). Both rounds
    are stacked, and the difference is tested as `Estimates.difference` does it: rounds in the same areas share their sampling
    units, and its covariance is in the standard error.

    Parameters
    ----------
    population : Population
        Of `prevalence.simulate.population`.
    indicator : str
        A truth column of its persons, such as ``"child_labour"`` or ``"forced_labour"``.
    change : float
        In points of the rate; negative for a fall.
    clusters : int, mapping of stratum to int, or SamplePlan
        Areas drawn in each stratum, in each round.
    households_per_cluster : int
        Replaced by that of a SamplePlan.
    who : {"one", "all"}
        One person of each household whom the indicator concerns, or all.
    overlap : {"none", "areas"}
        New areas in the next round, or the same areas with new households.
    response : float
        Share of those selected who answer.
    draws : int
    level : float
        Two-sided level of the test.
    seed : int

    Returns
    -------
    Power

    Raises
    ------
    OptionError
        If an option is unknown, or a number is out of its range.

    Examples
    --------
    >>> import prevalence as pv
    >>> people = pv.simulate.population(countries=("XAA",), households=3000, seed=1)
    >>> found = pv.plan.power(people, "child_labour", change=-0.15, clusters=5, draws=10, seed=1)
    >>> found.draws, bool(found.power > 0.5)
    (10, True)
    """
    check_option("overlap", overlap, OVERLAPS)
    check_above("draws", draws, 2, equal=True)
    if isinstance(clusters, SamplePlan):
        households_per_cluster, who = clusters.interviews.households, clusters.interviews.who
        response = clusters.interviews.response
        clusters = dict(zip(clusters.strata.stratum, clusters.strata.clusters.tolist(), strict=True))
    check_option("who", who, WHO)
    check_above("households_per_cluster", households_per_cluster, 1, equal=True)
    check_share("level", level)
    check_share("response", response, one=True)
    first = frame_of(population, indicator)
    if not (0 < first.rate + change < 1) or change == 0:
        raise OptionError(
            f"change must be other than 0 and leave a rate between 0 and 1; {first.rate:.4f} and {change:g} do not."
        )
    wanted = clusters_of(first, clusters)
    after = first.changed(change, np.random.default_rng([seed, 0]))
    found = []
    for draw in range(1, draws + 1):
        rng = np.random.default_rng([seed, draw])
        rounds = _rounds(
            first, after, wanted, households_per_cluster, rng, one=who == "one", response=response, same=overlap == "areas"
        )
        found.append(_difference(*rounds, same=overlap == "areas", level=level))
    return _summary(np.array(found), after.rate - first.rate, overlap)


def _rounds(
    first: Frame,
    after: Frame,
    wanted: Ints,
    households: int,
    rng: np.random.Generator,
    *,
    one: bool,
    response: float,
    same: bool,
) -> tuple[Rows, Rows]:
    areas = drawn_areas(first, wanted, rng)
    later = areas if same else drawn_areas(after, wanted, rng)
    return (
        drawn_people(first, *areas, households, rng, one=one, response=response),
        drawn_people(after, *later, households, rng, one=one, response=response),
    )


def _difference(first: Rows, later: Rows, *, same: bool, level: float) -> tuple[float, float, float, float]:
    """Return estimate, standard error and limits of the difference of two rounds."""
    frame = pd.concat([_stacked(first, FIRST), _stacked(later, NEXT)], ignore_index=True)
    crossed = [] if same else ["round"]
    design = Design(weight="weight", stratum=["stratum", *crossed], psu=["stratum", *crossed, "area"], lonely_psu="certainty")
    table = prevalence(Survey(frame, design), "y", by="round").difference("round", NEXT, FIRST).ci(level)
    columns = table.columns()
    return float(columns["estimate"][0]), float(columns["se"][0]), float(columns["ci_low"][0]), float(columns["ci_high"][0])


def _stacked(rows: Rows, name: str) -> pd.DataFrame:
    return pd.DataFrame({"y": rows.y, "weight": rows.weight, "area": rows.area, "stratum": rows.stratum, "round": name})


def _summary(found: Floats, change: float, overlap: str) -> Power:
    estimate, se, low, high = found.T
    significant = high < 0 if change < 0 else low > 0
    share = float(significant.mean())
    return Power(
        power=share,
        monte_carlo_error=math.sqrt(share * (1 - share) / len(found)),
        draws=len(found),
        change=change,
        mean_change=float(estimate.mean()),
        spread=float(estimate.std(ddof=1)),
        mean_se=float(np.sqrt((se**2).mean())),
        overlap=overlap,
    )
