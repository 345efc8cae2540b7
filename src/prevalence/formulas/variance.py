"""Variance and covariance that one stage of selection adds to anything that has unit scores.

Source: Wolter (2007), Introduction to Variance Estimation, chapter 2; Lumley (2010), Complex Surveys, appendix A;
the meanings of the lonely-PSU options are those of R ``survey`` (`survey.lonely.psu`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.design import LonelyPsu
from prevalence.formulas.occupancy import Occupancy
from prevalence.formulas.products import centred_products, worth_filling
from prevalence.formulas.ratio import columns_of, divide
from prevalence.totals import DENSE_PLACES_PER_ROW, Columns, Floats, Ints, StageUnits, occurring, weighted_counts

NO_SPREAD = 1e-13
"""A standard error below this part of the estimates it comes from is rounding noise of sums whose true spread is zero."""


@dataclass(frozen=True, slots=True)
class Lonely:
    """What to do with strata of a single unit.

    Attributes
    ----------
    rule : {"fail", "certainty", "adjust", "average"}
    domains : bool
        Whether `adjust` and `average` also apply to strata in which one unit alone has members of the domain.
    """

    rule: LonelyPsu = "fail"
    domains: bool = False


def variances(scores: Columns, occupied: Occupancy, stage: StageUnits, lonely: Lonely) -> Floats:
    r"""Return what a stage adds to the variance of each estimate.

    .. math:: V = \sum_h m_h (1-f_h) \frac{n_h}{n_h-1} \sum_i (z_{hi} - \bar z_h)^2

    over all sampled units of each stratum, those without a member of the domain included with score 0; m is the product of
    the sampling fractions of the stages above.

    Parameters
    ----------
    scores : sparse array, shape (units of the stage, domains)
    occupied : Occupancy
        Of the same stage and domains; says which strata the ``average`` option averages over.
    stage : StageUnits
    lonely : Lonely

    Returns
    -------
    float array, shape (domains,)
    """
    return about_means(scores, occupied, stage, lonely).variances()


@dataclass(frozen=True, slots=True)
class AboutMeans:
    """Scores about the means of their strata: one part for each stratum and domain.

    Attributes
    ----------
    domain, stratum : int arrays, shape (parts,)
    variance : float array, shape (parts,)
        What each adds to the variance of its domain, but for `inflation`.
    square, fourth : float arrays, shape (parts,)
        Sums over all sampled units of the second and fourth powers of the deviations; the fourth are empty unless asked for.
    alone : bool array, shape (parts,)
        Whether the option for lonely units of a domain applies.
    inflation : float array, shape (domains,)
    """

    domain: Ints
    stratum: Ints
    variance: Floats
    square: Floats
    fourth: Floats
    alone: npt.NDArray[np.bool_]
    inflation: Floats

    def variances(self) -> Floats:
        """Return the variance of each domain, shape (domains,)."""
        return weighted_counts(self.domain, self.variance, len(self.inflation)) * self.inflation


def about_means(scores: Columns, occupied: Occupancy, stage: StageUnits, lonely: Lonely, *, fourth: bool = False) -> AboutMeans:
    """Return the parts of the variance that `variances` adds up; see there."""
    factor, centred = stratum_factors(stage, lonely.rule)
    alone = lonely_in_domain(occupied, stage, lonely)
    found, place = _stratum_domains(scores, stage)
    domain, stratum = np.divmod(found, len(stage.sampled))
    sampled, is_alone = stage.sampled[stratum], alone[stratum, domain]
    mean = weighted_counts(place, scores.data, len(found)) / sampled * centred[stratum] * ~is_alone
    without_score = sampled - np.bincount(place, minlength=len(found))
    squares, squared_mean = (scores.data - mean[place]) ** 2, mean**2
    square = weighted_counts(place, squares, len(found)) + without_score * squared_mean
    by_stratum = square * factor[stratum]
    if lonely.rule == "average":
        by_stratum[is_alone] = 0
    fourths = weighted_counts(place, squares**2, len(found)) + without_score * squared_mean**2 if fourth else np.zeros(0)
    inflation = average_inflation(occupied, stage, lonely.rule, alone)
    return AboutMeans(domain, stratum, by_stratum, square, fourths, is_alone, inflation)


def covariance(scores: Columns, occupied: Occupancy, stage: StageUnits, lonely: Lonely) -> Floats:
    """Return what a stage adds to the covariance matrix of all estimates; lonely domains enter its diagonal alone.

    With ``average`` the inflation of two domains that touch different strata is the geometric mean of theirs.

    Returns
    -------
    float array, shape (domains, domains)
    """
    factor, centred = stratum_factors(stage, lonely.rule)
    by_stratum = sparse.csr_array(
        (np.ones(len(stage.stratum)), (stage.stratum, np.arange(len(stage.stratum)))),
        shape=(len(stage.sampled), len(stage.stratum)),
    )
    sums, centred = sparse.csc_array(by_stratum @ scores), centred / stage.sampled
    full = worth_filling(scores)
    if full:
        matrix = centred_products(scores, sums.toarray().T * centred, stage.stratum, np.sqrt(factor)[stage.stratum])
    else:
        squares = scores.T @ sparse.csc_array(scores.multiply(factor[stage.stratum][:, None]))
        matrix = (squares - sums.T @ sums.multiply((factor * centred)[:, None])).toarray()
        matrix = (matrix + matrix.T) / 2
    inflation = np.sqrt(average_inflation(occupied, stage, lonely.rule, np.zeros_like(occupied.touched)))
    matrix *= np.outer(inflation, inflation)
    if lonely.domains or not full:  # A difference of sums of products is less exact than a sum of squares.
        np.fill_diagonal(matrix, variances(scores, occupied, stage, lonely))
    return np.asarray(matrix, dtype=np.float64)


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


def stratum_factors(stage: StageUnits, rule: LonelyPsu) -> tuple[Floats, Floats]:
    """Return m (1-f) n/(n-1) of each stratum and whether it is centred at its own mean, shapes (strata,)."""
    single = stage.sampled == 1
    factor = stage.multiplier * (1 - stage.fraction) * stage.sampled / np.where(single, 1, stage.sampled - 1)
    factor[single & (stage.fraction >= 1)] = 0
    if rule != "adjust":
        factor[stage.lonely] = 0
    return factor, np.where(stage.lonely, 0.0, 1.0)


def average_inflation(occupied: Occupancy, stage: StageUnits, rule: LonelyPsu, alone: npt.NDArray[np.bool_]) -> Floats:
    """Return touched strata / touched strata that are not lonely, which gives lonely strata the average variance; 1 for empty domains."""
    left_out = stage.lonely[:, None] | alone
    if rule != "average" or not left_out.any():
        return np.ones(occupied.units.shape[1])
    touched = occupied.touched
    strata, usable = (mask.sum(axis=0).astype(np.float64) for mask in (touched, touched & ~left_out))
    return np.where(strata == 0, 1.0, divide(strata, usable))


def lonely_in_domain(occupied: Occupancy, stage: StageUnits, lonely: Lonely) -> npt.NDArray[np.bool_]:
    """Return strata of several units in which one alone has members of the domain, if the rule looks at them."""
    if not (lonely.domains and lonely.rule in ("adjust", "average")):
        return np.zeros(occupied.units.shape, dtype=np.bool_)
    several = (stage.sampled > 1) & (stage.fraction < 1)
    return np.asarray((occupied.units == 1) & several[:, None], dtype=np.bool_)


def _stratum_domains(array: Columns, stage: StageUnits) -> tuple[Ints, Ints]:
    """Return the places, domain x strata + stratum, that sums are kept of, and the position among them of each stored entry."""
    place = np.asarray(columns_of(array) * len(stage.sampled) + stage.stratum[array.indices], dtype=np.int64)
    size = len(stage.sampled) * array.shape[1]
    if size > DENSE_PLACES_PER_ROW * len(place) + 1024:
        return occurring(place, size)
    return np.arange(size, dtype=np.int64), place
