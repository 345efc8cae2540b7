"""Variance of samples drawn systematically or with unequal probabilities, as a quadratic form of the unit scores.

Source: Wolter (2007), Introduction to Variance Estimation, sections 2.5 and 8.2; Hartley & Rao (1962), Sampling with unequal
probabilities and without replacement; Brewer & Donadio (2003), The high entropy variance of the Horvitz-Thompson estimator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.design import LonelyPsu
from prevalence.errors import check_option
from prevalence.formulas.ratio import columns_of
from prevalence.totals import Columns, Floats, Ints, StageUnits, weighted_counts

Mask = npt.NDArray[np.bool_]

SUCCESSIVE, PAIRS, HARTLEY_RAO, HARTLEY_RAO_HT, BREWER = FORMS = (
    "successive-differences",
    "collapsed-pairs",
    "hartley-rao",
    "hartley-rao-ht",
    "brewer",
)


@dataclass(frozen=True, slots=True)
class SelectionForm:
    r"""The quadratic form of one stage: squares of differences, squares about stratum means, and squares of units alone.

    .. math:: V = \sum_r (D z)_r^2 + \sum_h \sum_i w_i (z_{hi} - \bar z_h)^2 + \sum_i a_i z_i^2

    It stays as these parts, which take no room and lose no digits where all scores are alike; `matrix` writes it out.

    Attributes
    ----------
    differences : sparse array, shape (differences, units)
        D, which takes the difference of two units in each row.
    spread : float array, shape (units,)
        w, the factor of the squares about the stratum means.
    alone : float array, shape (units,)
        a, the factor of the squares of the scores themselves.
    members : sparse 0/1 array, shape (strata, units)
        Units of each stratum that were not certain to be drawn; the means are theirs.
    """

    differences: Columns
    spread: Floats
    alone: Floats
    members: Columns

    def variances(self, scores: Columns) -> Floats:
        """Return the variance of each estimate, shape (domains,); `scores` has shape (units, domains)."""
        total = _squares(sparse.csc_array(self.differences @ scores))
        return total + self._about_means(scores) + np.asarray(scores.power(2).T @ self.alone, dtype=np.float64)

    def covariance(self, scores: Columns) -> Floats:
        """Return the covariance matrix of all estimates, shape (domains, domains)."""
        difference = sparse.csc_array(self.differences @ scores)
        weighted = scores.multiply(self.spread[:, None])
        means = (self.members @ scores).multiply(self._one_over_size()[:, None])
        crossed = means.T @ (self.members @ weighted)
        middle = means.T @ means.multiply((self.members @ self.spread)[:, None])
        own = scores.T @ (weighted + scores.multiply(self.alone[:, None]))
        matrix = (difference.T @ difference + own - crossed - crossed.T + middle).toarray()
        np.fill_diagonal(matrix, self.variances(scores))
        return np.asarray((matrix + matrix.T) / 2, dtype=np.float64)

    def matrix(self) -> Floats:
        """Return the form as one dense symmetric matrix, shape (units, units)."""
        return self.covariance(sparse.csc_array(sparse.eye_array(len(self.spread), format="csc")))

    def _one_over_size(self) -> Floats:
        size = np.asarray(self.members.sum(axis=1), dtype=np.float64)
        return 1 / np.maximum(size, 1)

    def _about_means(self, scores: Columns) -> Floats:
        """Return the squares about stratum means: stored scores one by one, units without one all at once."""
        if not self.spread.any():
            return np.zeros(scores.shape[1])
        strata, domains = self.members.shape[0], scores.shape[1]
        stratum, member = _stratum_of(self.members)
        place = columns_of(scores) * strata + stratum[scores.indices]
        size = strata * domains
        counted = member[scores.indices]
        mean = weighted_counts(place, scores.data * counted, size) * np.tile(self._one_over_size(), domains)
        factor = self.spread[scores.indices]
        stored = weighted_counts(place, factor * (scores.data - mean[place]) ** 2, size)
        without = np.tile(self.members @ self.spread, domains) - weighted_counts(place, factor, size)
        return np.asarray((stored + without * mean**2).reshape(domains, strata).sum(axis=1), dtype=np.float64)


def selection_form(
    selection: str,
    stage: StageUnits,
    *,
    sequence: Ints | None = None,
    probability: Floats | None = None,
    mean_probability: Floats | None = None,
    lonely: LonelyPsu = "fail",
) -> SelectionForm:
    r"""Return the form of a stage by the way in which its units were drawn.

    With n units of a stratum in the order of selection, f their sampling fraction and :math:`\pi_i` their probabilities:

    * ``successive-differences``: :math:`(1-f)\frac{n}{2(n-1)}\sum_{i=2}^n (z_i - z_{i-1})^2`, which does not close to a circle;
    * ``collapsed-pairs``: :math:`(1-f)\sum (z_{2k} - z_{2k-1})^2`, an odd last unit making a triple with the last pair;
    * ``brewer``: :math:`\frac{n}{n-1}\sum (1-\pi_i)(z_i - \bar z)^2`;
    * ``hartley-rao``: :math:`\frac{1}{n-1}\sum_{i<j} (1 - \pi_i - \pi_j + \bar\pi)(z_i - z_j)^2` with :math:`\bar\pi` the sum of the
      squared probabilities of the population over n, estimated by the mean of :math:`\pi_i`; with this estimate it equals ``brewer``;
    * ``hartley-rao-ht``: the Horvitz-Thompson form with the same joint probabilities, which may be negative.

    Parameters
    ----------
    selection : {"successive-differences", "collapsed-pairs", "hartley-rao", "hartley-rao-ht", "brewer"}
    stage : StageUnits
    sequence : int array, shape (units,), optional
        Position in the order of selection, no two units of a stratum in the same; the first two options need it.
    probability : float array, shape (units,), optional
        Probability of selection; without it the sampling fraction of the stratum. Units of probability 1 are outside every
        sum, mean and count: they add no variance. The first two options take the mean of the others as f.
    mean_probability : float array, shape (strata,), optional
        :math:`\bar\pi` of Hartley and Rao, where the population is known.
    lonely : {"fail", "certainty", "adjust", "average"}
        A stratum with one such unit adds :math:`(1-\pi)z^2` under ``adjust`` and nothing here under the others.

    Returns
    -------
    SelectionForm

    Raises
    ------
    OptionError
        If `selection` is none of these.
    """
    check_option("selection", selection, FORMS)
    chances = stage.fraction[stage.stratum] if probability is None else probability
    uncertain = chances < 1
    size = np.bincount(stage.stratum[uncertain], minlength=len(stage.sampled)).astype(np.float64)
    mean = weighted_counts(stage.stratum, chances * uncertain, len(size)) / np.maximum(size, 1)
    units = _Units(stage.stratum, chances, uncertain, size, mean, stage.multiplier)
    single = (uncertain & (size[stage.stratum] == 1)).astype(np.float64)
    alone = single * units.factor((1 - chances) * (lonely == "adjust"))
    spread, differences = np.zeros(len(chances)), _no_differences(len(chances))
    if selection in (SUCCESSIVE, PAIRS):
        order = _in_order(units, np.arange(len(chances)) if sequence is None else sequence)
        differences = _successive(units, order) if selection == SUCCESSIVE else _pairs(units, order)
    else:
        known = mean if mean_probability is None or selection == BREWER else mean_probability
        spread = units.factor((1 + known - mean)[stage.stratum] - chances) * units.inflation(size)
    if selection == HARTLEY_RAO_HT:
        # The sum of each row of the Horvitz-Thompson form, which Yates and Grundy's leaves out.
        others = (mean * size)[stage.stratum] - chances
        alone = alone + units.factor(others * units.inflation(np.ones(len(size))) - known[stage.stratum]) * (1 - single)
    return SelectionForm(differences, spread, alone, _members(units))


def lonely_strata(stage: StageUnits, probability: Floats) -> Mask:
    """Return strata of which one unit alone was not certain to be drawn, shape (strata,)."""
    uncertain = np.bincount(stage.stratum[probability < 1], minlength=len(stage.sampled))
    return np.asarray((uncertain == 1) & (stage.multiplier > 0), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class _Units:
    """The units of a stage and, by stratum, how many were not certain to be drawn and their mean probability."""

    stratum: Ints
    chances: Floats
    uncertain: Mask
    size: Floats
    mean: Floats
    multiplier: Floats

    def factor(self, values: Floats) -> Floats:
        """Return `values` of units times the multiplier of their stratum, 0 for those certain to be drawn."""
        return np.asarray(values * self.multiplier[self.stratum] * self.uncertain, dtype=np.float64)

    def inflation(self, numerator: Floats) -> Floats:
        """Return numerator / (n - 1) of the stratum of each unit, 0 where n is 1; `numerator` has shape (strata,)."""
        return np.asarray((np.where(self.size > 1, numerator, 0) / np.maximum(self.size - 1, 1))[self.stratum], dtype=np.float64)


def _members(units: _Units) -> Columns:
    kept = np.flatnonzero(units.uncertain)
    shape = (len(units.size), len(units.stratum))
    return sparse.csc_array((np.ones(len(kept)), (units.stratum[kept], kept)), shape=shape)


def _stratum_of(members: Columns) -> tuple[Ints, Floats]:
    """Return the stratum of each unit, 0 for those certain to be drawn, and 1 or 0 for whether it has one."""
    member = np.diff(members.indptr)
    stratum = np.zeros(members.shape[1], dtype=np.int64)
    stratum[member > 0] = members.indices
    return stratum, member.astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Order:
    """Units that were not certain to be drawn, stratum by stratum in order of selection, and where each stands in its stratum."""

    unit: Ints
    stratum: Ints
    position: Ints


def _in_order(units: _Units, sequence: Ints) -> _Order:
    kept = np.flatnonzero(units.uncertain)
    unit = kept[np.lexsort((sequence[kept], units.stratum[kept]))]
    stratum = units.stratum[unit]
    first = np.searchsorted(stratum, np.arange(len(units.size)))
    return _Order(unit, stratum, np.arange(len(unit)) - first[stratum])


def _successive(units: _Units, order: _Order) -> Columns:
    later = np.flatnonzero(order.position > 0)
    stratum = order.stratum[later]
    factor = _correction(units)[stratum] * units.size[stratum] / (2 * (units.size[stratum] - 1))
    return _differences(order.unit[later - 1], order.unit[later], factor, len(units.stratum))


def _pairs(units: _Units, order: _Order) -> Columns:
    """Return the differences within pairs; those of a triple count half, which gives 3/2 of the squares about its mean."""
    size = units.size[order.stratum].astype(np.int64)
    last = (size % 2 == 1) & (order.position == size - 1) & (size > 1)
    second = np.flatnonzero((order.position % 2 == 1) | last)
    third = np.flatnonzero(last)
    one = np.concatenate([second - 1, third - 2])
    other = np.concatenate([second, third])
    in_triple = (size[other] % 2 == 1) & (order.position[other] >= size[other] - 2)
    factor = _correction(units)[order.stratum[other]] * np.where(in_triple, 0.5, 1.0)
    return _differences(order.unit[one], order.unit[other], factor, len(units.stratum))


def _correction(units: _Units) -> Floats:
    return np.asarray((1 - units.mean) * units.multiplier, dtype=np.float64)


def _differences(one: Ints, other: Ints, factor: Floats, n_units: int) -> Columns:
    row, root = np.arange(len(one)), np.sqrt(factor)
    entries = (np.concatenate([root, -root]), (np.concatenate([row, row]), np.concatenate([one, other])))
    return sparse.csc_array(entries, shape=(len(one), n_units))


def _no_differences(n_units: int) -> Columns:
    return sparse.csc_array((0, n_units))


def _squares(array: Columns) -> Floats:
    return weighted_counts(columns_of(array), array.data**2, array.shape[1])
