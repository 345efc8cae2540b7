"""Variance of anything that has unit scores, and its degrees of freedom.

Source: Wolter (2007), Introduction to Variance Estimation, chapter 2; Lumley (2010), Complex Surveys, appendix A;
the meanings of the lonely-PSU options are those of R ``survey`` (`survey.lonely.psu`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.design import DfRule, LonelyPsu
from prevalence.formulas.ratio import columns_of, divide
from prevalence.totals import Columns, Floats, Ints, Units, weighted_counts


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Where a domain has members.

    Attributes
    ----------
    units : int array, shape (strata, domains)
        Sampling units with at least one member.
    """

    units: Ints

    @property
    def touched(self) -> npt.NDArray[np.bool_]:
        """Strata with at least one member, shape (strata, domains)."""
        return np.asarray(self.units > 0, dtype=np.bool_)


def occupancy(presence: Columns, units: Units) -> Occupancy:
    """Count the units with members by stratum and domain; a stored zero in `presence` is no member."""
    member = presence.data != 0
    counts = np.bincount(_stratum_domain(presence, units)[member], minlength=len(units.sampled) * presence.shape[1])
    return Occupancy(counts.reshape(presence.shape[1], -1).T.astype(np.int64, copy=False))


def fully_sampled(occupied: Occupancy, units: Units) -> npt.NDArray[np.bool_]:
    """Return whether every unit of the strata that each domain touches was sampled, shape (domains,)."""
    touched = occupied.touched
    return np.asarray(touched.any(axis=0) & ~touched[units.fraction < 1].any(axis=0), dtype=np.bool_)


def degrees_of_freedom(occupied: Occupancy, units: Units, rule: DfRule) -> Floats:
    """Return the degrees of freedom of each domain, never below 0, shape (domains,).

    Parameters
    ----------
    occupied : Occupancy
    units : Units
    rule : {"occupied", "own", "domain-strata", "design"}
        See `prevalence.Design`. Own units minus own strata is R's ``degf`` of the subset.
    """
    own_units = occupied.units.sum(axis=0)
    in_touched_strata = (units.sampled - 1) @ occupied.touched
    degrees = {
        "occupied": np.minimum(in_touched_strata, own_units - 1),
        "own": own_units - occupied.touched.sum(axis=0),
        "domain-strata": in_touched_strata,
        "design": np.full(len(own_units), (units.sampled - 1).sum()),
    }[rule]
    return np.asarray(np.maximum(degrees, 0), dtype=np.float64)


def variances(scores: Columns, occupied: Occupancy, units: Units, lonely: LonelyPsu, *, lonely_domains: bool = False) -> Floats:
    r"""Return the variance of each estimate from its scores.

    .. math:: V = \sum_h (1-f_h) \frac{n_h}{n_h-1} \sum_i (z_{hi} - \bar z_h)^2

    over all sampled units of each stratum, those without a member of the domain included with score 0.

    Parameters
    ----------
    scores : sparse array, shape (units, domains)
    occupied : Occupancy
        Of the same domains; says which strata the ``average`` option averages over.
    units : Units
    lonely : {"fail", "certainty", "adjust", "average"}
    lonely_domains : bool
        Whether `adjust` and `average` also apply to strata in which one unit alone has members of the domain.

    Returns
    -------
    float array, shape (domains,)
    """
    factor, centred = _stratum_factors(units, lonely)
    alone = _alone(occupied, units) & (lonely_domains and lonely in ("adjust", "average"))
    place = _stratum_domain(scores, units)
    places = len(units.sampled) * scores.shape[1]
    sampled = np.tile(units.sampled, scores.shape[1])
    mean = weighted_counts(place, scores.data, places) / sampled
    mean *= np.tile(centred, scores.shape[1]) * ~alone.T.ravel()
    deviation = scores.data - mean[place]
    squares = weighted_counts(place, deviation**2, places)
    without_score = sampled - np.bincount(place, minlength=places)
    by_stratum = (squares + without_score * mean**2).reshape(scores.shape[1], -1)
    if lonely == "average":
        by_stratum[alone.T] = 0
    return np.asarray(by_stratum @ factor * _average_inflation(occupied, units, lonely, alone), dtype=np.float64)


NO_SPREAD = 1e-13
"""A standard error below this part of the estimates it comes from is rounding noise of sums whose true spread is zero."""


def standard_errors(variance: Floats, scale: Floats) -> Floats:
    """Return square roots, with noise as exactly 0.

    Parameters
    ----------
    variance : float array, shape (domains,)
    scale : float array, shape (domains,)
        Size of the estimates that the variance comes from.
    """
    error = np.sqrt(variance)
    return np.where(error <= NO_SPREAD * scale, 0.0, error)


def covariance(scores: Columns, occupied: Occupancy, units: Units, lonely: LonelyPsu, *, lonely_domains: bool = False) -> Floats:
    """Return the covariance matrix of all estimates, shape (domains, domains); lonely domains enter its diagonal alone.

    With ``lonely="average"`` the inflation of two domains that touch different strata is the geometric mean of theirs.
    """
    factor, centred = _stratum_factors(units, lonely)
    by_unit = factor[units.stratum]
    stratum_sums = np.zeros((len(units.sampled), scores.shape[1]))
    np.add.at(stratum_sums, (units.stratum[scores.indices], columns_of(scores)), scores.data)
    weighted = sparse.csc_array(scores.multiply(by_unit[:, None]))
    correction = stratum_sums.T @ (stratum_sums * (factor * centred / units.sampled)[:, None])
    inflation = np.sqrt(_average_inflation(occupied, units, lonely, np.zeros_like(occupied.touched)))
    matrix = ((scores.T @ weighted).toarray() - correction) * np.outer(inflation, inflation)
    np.fill_diagonal(matrix, variances(scores, occupied, units, lonely, lonely_domains=lonely_domains))
    return np.asarray((matrix + matrix.T) / 2, dtype=np.float64)


def _stratum_factors(units: Units, lonely: LonelyPsu) -> tuple[Floats, Floats]:
    """Return (1-f) n/(n-1) of each stratum and whether it is centred at its own mean, shapes (strata,)."""
    single = units.sampled == 1
    factor = (1 - units.fraction) * units.sampled / np.where(single, 1, units.sampled - 1)
    factor[single & (units.fraction >= 1)] = 0
    if lonely != "adjust":
        factor[units.lonely] = 0
    return factor, np.where(units.lonely, 0.0, 1.0)


def _average_inflation(occupied: Occupancy, units: Units, lonely: LonelyPsu, alone: npt.NDArray[np.bool_]) -> Floats:
    """Return touched strata / touched strata that are not lonely, which gives lonely strata the average variance."""
    left_out = units.lonely[:, None] | alone
    if lonely != "average" or not left_out.any():
        return np.ones(occupied.units.shape[1])
    touched = occupied.touched
    return divide(touched.sum(axis=0).astype(np.float64), (touched & ~left_out).sum(axis=0).astype(np.float64))


def _alone(occupied: Occupancy, units: Units) -> npt.NDArray[np.bool_]:
    """Return strata of several units in which one alone has members of the domain, shape (strata, domains)."""
    several = (units.sampled > 1) & (units.fraction < 1)
    return np.asarray((occupied.units == 1) & several[:, None], dtype=np.bool_)


def _stratum_domain(array: Columns, units: Units) -> Ints:
    """Return domain x strata + stratum of each stored entry, shape (entries,)."""
    return np.asarray(columns_of(array) * len(units.sampled) + units.stratum[array.indices], dtype=np.int64)
