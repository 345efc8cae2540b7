"""Variance of two-phase samples: a sample, and a stratified sample of what it drew.

Source: Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, section 9.3 (the pi-star estimator); the ``simple``
method is that of R ``survey``, exact where phase 1 is a simple random sample and phase 2 a stratified sample of its units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.design import TWO_PHASE_METHODS, DfRule, LonelyPsu, TwoPhaseMethod
from prevalence.errors import DesignError, check_option
from prevalence.formulas import ratio as ratios
from prevalence.formulas.occupancy import degrees_of_freedom, fully_sampled, occupancy
from prevalence.formulas.ratio import Linear
from prevalence.formulas.rules import Spread
from prevalence.totals import Columns, Floats, Ints, StageUnits, Totals, Units, stored_like, weighted_counts

Mask = npt.NDArray[np.bool_]

NO_SPREAD = 1e-14
"""A variance below this part of the squares it is the difference of is rounding noise."""


@dataclass(frozen=True, slots=True)
class TwoPhaseRule:
    r"""A quadratic form written as weighted squares of sums over groups of units, and the units of both phases.

    .. math:: V = \sum_k w_k \Big(\sum_{i \in k} z_i\Big)^2

    Attributes
    ----------
    first : Units
        Of phase 1: all it drew, in phase 2 or not.
    second : StageUnits
        Units and strata of phase 2; see `second_phase`.
    groups : sparse 0/1 array, shape (groups, ultimate units)
    weight : float array, shape (groups,)
        Some are below zero.
    df_rule : {"satterthwaite", "occupied", "own", "domain-strata", "design"}
    """

    first: Units
    second: StageUnits
    groups: Columns
    weight: Floats
    df_rule: DfRule

    @property
    def undefined(self) -> str:
        """Return the one reason of this rule."""
        return "the unbiased two-phase variance is below zero: too few units in phase 2"

    def ratio(self, totals: Totals) -> Linear:
        """Return Y / X with the first-order effect of each ultimate unit; what rounding leaves where all are equal is 0, or the form would be below it."""
        linear = ratios.ratio(totals)
        column = ratios.columns_of(totals.n)
        terms = np.abs(totals.y.data) + np.abs(linear.estimate[column] * totals.x.data)
        noise = np.abs(linear.scores.data * ratios.column_sums(totals.x)[column]) <= NO_SPREAD * terms
        return replace(linear, scores=stored_like(linear.scores, np.where(noise, 0.0, linear.scores.data)))

    def total(self, totals: Totals) -> Linear:
        """Return Y with the sums of each ultimate unit."""
        return ratios.total(totals)

    def expanded_total(self, totals: Totals, weight_of_unit: Floats, population: float) -> Linear:
        """Return N times the share of Y in all weights of phase 2."""
        return ratios.expanded_total(totals, weight_of_unit, population)

    def spread(self, scores: Columns, presence: Columns) -> Spread:
        """Return variances, and degrees of freedom of the phase that has fewer.

        A variance is NaN where the form is below zero, as unbiased estimates may be, and 0 where it is rounding noise.

        Parameters
        ----------
        scores, presence : sparse arrays, shape (ultimate units, domains)
            Rows outside phase 2 are in no domain.
        """
        squares = sparse.csc_array(self.groups @ scores).power(2)
        variance, size = squares.T @ self.weight, squares.T @ np.abs(self.weight)
        noise = np.abs(variance) <= NO_SPREAD * size
        primary = self.first.primary
        above = occupancy(primary.sums(presence), primary)
        below = occupancy(_sums(self.second, presence), self.second)
        phases = ((above, primary), (below, self.second))
        whole = below.touched.any(axis=0) & ~below.touched[self.second.fraction < 1].any(axis=0)
        df = np.minimum(*(degrees_of_freedom(occupied, stage, self.df_rule) for occupied, stage in phases))
        return Spread(
            variance=np.where(noise, 0.0, np.where(variance < 0, np.nan, variance)),
            df=df,
            counted=df,
            n_psu=above.units.sum(axis=0).astype(np.float64),
            census=fully_sampled(presence, self.first) & whole,
        )

    def covariance(self, scores: Columns, presence: Columns) -> Floats:
        """Return the covariance matrix of all estimates, shape (domains, domains)."""
        sums = self.groups @ scores
        matrix = np.asarray((sums.T @ sums.multiply(self.weight[:, None])).toarray(), dtype=np.float64)
        matrix = (matrix + matrix.T) / 2
        np.fill_diagonal(matrix, self.spread(scores, presence).variance)
        return matrix


def two_phase_rule(
    first: Units,
    second: StageUnits,
    drawn: Mask,
    *,
    method: TwoPhaseMethod = "full",
    lonely: LonelyPsu = "fail",
    df_rule: DfRule = "occupied",
) -> TwoPhaseRule:
    r"""Return the rule of a two-phase sample.

    With :math:`\check\Delta_1` and :math:`\check\Delta_2` the forms of the phases, ``full`` is the sum over units i, j of phase 2 of

    .. math:: \left[\check\Delta_{1,ij}\,(1 - \check\Delta_{2,ij}) + \check\Delta_{2,ij}\right] z_i z_j

    where z is weighted by both phases: phase 1's form, each pair over its probability of being in phase 2, and phase 2's form.
    ``simple`` takes the squares about the stratum means of phase 1 over the sampling fractions of phase 2:

    .. math:: \sum_h (1-f_h)\frac{n_h}{n_h-1} \sum_{i \in h} \frac{(p_i z_i - \bar z_h)^2}{p_i} + z' \check\Delta_2 z

    Parameters
    ----------
    first : Units
        All units of phase 1, their ultimate units those of `ultimate_units`.
    second : StageUnits
    drawn : bool array, shape (ultimate units,)
        Whether the ultimate unit is in phase 2.
    method : {"full", "simple"}
    lonely : {"fail", "certainty", "adjust"}
        A stratum of one unit, in either phase, adds :math:`(1-f)z^2` under ``adjust`` and nothing otherwise.
    df_rule : {"satterthwaite", "occupied", "own", "domain-strata", "design"}

    Raises
    ------
    DesignError
        If ``simple`` is asked for and phase 2 did not draw units of phase 1 as wholes, or for ``lonely="average"``.
    OptionError
        If `method` is unknown.
    """
    check_option("method", method, TWO_PHASE_METHODS)
    if lonely == "average":
        raise DesignError(
            "Two-phase designs know lonely_psu 'fail', 'certainty' and 'adjust'; found 'average'. Merge the strata, or choose 'adjust'."
        )
    units = np.flatnonzero(drawn)
    below = _form(second, units, lonely)
    if method == "simple":
        squares = [*_simple(first, second, units, lonely), *below]
    else:
        above = [part for stage in first.stages for part in _form(stage, units, lonely)]
        squares = [*above, *below, *(_product(one, other) for one in above for other in below)]
    groups, weight = _written(squares, units, len(drawn))
    return TwoPhaseRule(first, second, groups, weight, df_rule)


def ultimate_units(first: Ints, second: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the pieces that lie in one unit of each phase.

    Parameters
    ----------
    first, second : int arrays, shape (rows,)
        Ultimate unit of phase 1, and unit of phase 2, of each row of phase 1.

    Returns
    -------
    ultimate : int array, shape (rows,)
        Ultimate unit of each row, in the order of phase 1, then of phase 2.
    first, second : int arrays, shape (ultimate units,)
        Unit of each phase that it lies in.
    """
    size = int(second.max()) + 1
    found, ultimate = np.unique(first * size + second, return_inverse=True)
    return ultimate.astype(np.int64), found // size, found % size


def refined(units: Units, first: Ints) -> Units:
    """Return the units of phase 1 with ultimate units that each lie in the given one, shape (ultimate units,)."""
    return replace(units, stages=tuple(replace(stage, unit=stage.unit[first]) for stage in units.stages))


def second_phase(unit: Ints, stratum: Ints, drawn: Mask, fraction: Floats | None = None) -> StageUnits:
    """Return phase 2 as a stage, its sampling fractions counted from phase 1.

    Parameters
    ----------
    unit : int array, shape (ultimate units,)
        Unit of phase 2 that each ultimate unit of phase 1 lies in.
    stratum : int array, shape (units of phase 2,)
        -1 where the unit could not be drawn: it is in no domain, and in no stratum that counts.
    drawn : bool array, shape (units of phase 2,)
    fraction : float array, shape (strata,), optional
        Known sampling fractions; without them units drawn over units in phase 1.
    """
    strata = int(stratum.max()) + 1
    eligible = stratum >= 0
    sampled = np.bincount(stratum[eligible & drawn], minlength=strata)
    known = sampled / np.bincount(stratum[eligible], minlength=strata) if fraction is None else fraction
    return StageUnits(
        unit=unit,
        stratum=np.where(eligible, stratum, strata),
        # The last stratum, of units that could not be drawn, has no variance and no degree of freedom.
        sampled=np.append(sampled, 1).astype(np.int64),
        fraction=np.append(known, 1.0),
        multiplier=np.ones(strata + 1),
    )


@dataclass(frozen=True, slots=True)
class _Squares:
    """Squares of sums over groups: the group of each drawn ultimate unit, and the weight of that group's square."""

    group: Ints
    weight: Floats


def _form(stage: StageUnits, units: Ints, lonely: LonelyPsu) -> list[_Squares]:
    """Return a stage's form: squares of the sums of its units, less squares of the sums of its strata."""
    several = stage.sampled > 1
    part = stage.multiplier * (1 - stage.fraction)
    of_strata = np.where(several, part / np.maximum(stage.sampled - 1, 1), 0.0)
    of_units = np.where(several, of_strata * stage.sampled, part * (lonely == "adjust"))
    unit = stage.unit[units]
    stratum = stage.stratum[unit]
    return [_Squares(unit, of_units[stratum]), _Squares(stratum, -of_strata[stratum])]


def _product(one: _Squares, other: _Squares) -> _Squares:
    """Return minus the product, element by element, of two forms: the squares of the crossed groups."""
    size = int(other.group.max(initial=0)) + 1
    return _Squares(one.group * size + other.group, -one.weight * other.weight)


def _simple(first: Units, second: StageUnits, units: Ints, lonely: LonelyPsu) -> list[_Squares]:
    primary = first.primary
    unit = primary.unit[units]
    if len(first.stages) > 1 or len(np.unique(unit)) < len(unit):
        raise DesignError(
            "method='simple' is for phase-2 samples of whole units of a one-stage phase 1; here phase 2 drew within them. Choose method='full'."
        )
    of_units, of_strata = _form(primary, units, lonely)
    chance = second.fraction[second.stratum[second.unit[units]]]
    size = primary.sampled.astype(np.float64)
    represented = weighted_counts(of_strata.group, 1 / chance, len(size))
    # About the mean over n_h units, of which the drawn ones represent as many as the sum of 1 / p.
    beyond = ((2 * size - represented) / size)[of_strata.group]
    return [replace(of_units, weight=of_units.weight * chance), replace(of_strata, weight=of_strata.weight * beyond)]


def _written(squares: Sequence[_Squares], units: Ints, n_ultimate: int) -> tuple[Columns, Floats]:
    """Return all squares as groups of ultimate units and their weights; those of weight 0 are left out."""
    rows, columns, weights, start = [], [], [], 0
    for part in squares:
        kept = np.flatnonzero(part.weight)
        _, first, group = np.unique(part.group[kept], return_index=True, return_inverse=True)
        rows.append(group + start)
        columns.append(units[kept])
        weights.append(part.weight[kept][first])
        start += len(first)
    row, column = np.concatenate(rows), np.concatenate(columns)
    groups = sparse.csc_array((np.ones(len(row)), (row, column)), shape=(start, n_ultimate))
    return groups, np.concatenate(weights)


def _sums(stage: StageUnits, array: Columns) -> Columns:
    """Return sums by unit of phase 2, whose numbers need not follow the order of the ultimate units."""
    size = (len(stage.stratum), len(stage.unit))
    grouped = sparse.csc_array((np.ones(len(stage.unit)), (stage.unit, np.arange(len(stage.unit)))), shape=size)
    return sparse.csc_array(grouped @ array)
