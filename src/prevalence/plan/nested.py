r"""Variance components of people in households in sampling units in strata, from weighted sums of squares.

Model: y = stratum + unit effect + household effect + rest. With T_L the sum over the groups of level L of (sum w y)^2 / (sum w),

.. math:: E[T_L] = \mathrm{constant} + \sum_l \sigma_l^2\, c_{Ll}, \qquad
          c_{Ll} = \sum_{g \in L} \frac{\sum_{k \in l,\, k \subset g} W_k^2}{W_g}

where a level l above L counts with the sum of weights. Differences of neighbouring levels leave a triangular system. With equal
weights and balanced groups this is the analysis of variance. Source: Searle, Casella & McCulloch (1992), Variance Components,
chapter 5; for weights Graubard & Korn (1996), Modelling the sampling design in the analysis of health surveys, Statistical
Methods in Medical Research 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prevalence.totals import Floats, Ints, weighted_counts


@dataclass(frozen=True, slots=True)
class Levels:
    """Groups of each row from the coarsest to the finest, each nested in the one before: strata, units, households, rows.

    Attributes
    ----------
    codes : tuple of int arrays, shape (rows,)
        From 0 on.
    """

    codes: tuple[Ints, ...]


@dataclass(frozen=True, slots=True)
class Components:
    """Variances of the levels below the strata, and how much they vary when one unit is left out.

    Attributes
    ----------
    variance : float array, shape (levels,)
        Of units, households if given, and people. A negative one is noise about zero.
    icc, icc_se : float
        Share of the units, and its jackknife standard error.
    """

    variance: Floats
    icc: float
    icc_se: float


def nested_codes(*parts: Ints) -> Levels:
    """Return levels from labels that need only be unique within the level above; the last level is the row itself."""
    codes: list[Ints] = []
    above = np.zeros(len(parts[0]), dtype=np.int64)
    for part in parts:
        pair = above * (int(part.max(initial=0)) + 1) + part
        above = np.unique(pair, return_inverse=True)[1].astype(np.int64)
        codes.append(above)
    return Levels((*codes, np.arange(len(above), dtype=np.int64)))


def components(levels: Levels, w: Floats, y: Floats) -> Components:
    """Return the variance components of y; the first level of `levels` is the strata, the second the sampling units.

    Parameters
    ----------
    levels : Levels
    w, y : float arrays, shape (rows,)
        Weights above zero, known answers.
    """
    unit_stratum = _parents(levels.codes[1], levels.codes[0])
    squares, spread = _unit_sums(levels, w, y)
    of_unit = _summed(levels.codes[1], w), _summed(levels.codes[1], w * y)
    variance = _solved(*_system(squares, spread, of_unit, unit_stratum, None))
    left_out = _solved(*_system(squares, spread, of_unit, unit_stratum, np.arange(len(unit_stratum))))
    icc, others = _first_share(variance), _first_share(left_out)
    return Components(variance[0], float(icc[0]), _jackknife_se(others, unit_stratum))


def _summed(codes: Ints, values: Floats) -> Floats:
    return weighted_counts(codes, values, int(codes.max()) + 1)


def _parents(child: Ints, parent: Ints) -> Ints:
    found = np.zeros(int(child.max()) + 1, dtype=np.int64)
    found[child] = parent
    return found


def _unit_sums(levels: Levels, w: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return, by unit, T of each level from the unit down, shape (units, L), and c of each pair of them, shape (units, L, L)."""
    inner = levels.codes[1:]
    weight = [_summed(codes, w) for codes in inner]
    value = [_summed(codes, w * y) for codes in inner]
    units = len(weight[0])
    up = [[_parents(inner[low], inner[high]) for high in range(low + 1)] for low in range(len(inner))]
    squares = np.zeros((units, len(inner)))
    spread = np.zeros((units, len(inner), len(inner)))
    for level in range(len(inner)):
        to_unit = up[level][0]
        squares[:, level] = np.bincount(to_unit, weights=value[level] ** 2 / weight[level], minlength=units)
        for effect in range(len(inner)):
            if effect <= level:
                spread[:, level, effect] = weight[0]
            else:
                inside = np.bincount(up[effect][level], weights=weight[effect] ** 2, minlength=len(weight[level]))
                spread[:, level, effect] = np.bincount(to_unit, weights=inside / weight[level], minlength=units)
    return squares, spread


def _system(
    squares: Floats, spread: Floats, of_unit: tuple[Floats, Floats], stratum: Ints, left_out: Ints | None
) -> tuple[Floats, Floats]:
    """Return the sums of squares between neighbouring levels and their coefficients, once, or once for each unit left out."""
    weight, value = of_unit
    strata = int(stratum.max()) + 1
    # What a stratum sums of its units: W, Y, and the sum of W_k^2 of the groups k of each effect.
    groups = spread[:, 0, :] * weight[:, None]
    sums = np.column_stack([weight, value, groups])
    total = np.zeros((strata, sums.shape[1]))
    np.add.at(total, stratum, sums)
    square, coefficient = _of_strata(total)
    if left_out is None:
        top, top_spread = square.sum()[None], coefficient.sum(axis=0)[None]
        rest, rest_spread = squares.sum(axis=0)[None], spread.sum(axis=0)[None]
    else:
        home = stratum[left_out]
        changed, changed_spread = _of_strata(total[home] - sums[left_out])
        top = square.sum() - square[home] + changed
        top_spread = coefficient.sum(axis=0) - coefficient[home] + changed_spread
        rest, rest_spread = squares.sum(axis=0) - squares[left_out], spread.sum(axis=0) - spread[left_out]
    every = np.concatenate([top[:, None], rest], axis=1)
    every_spread = np.concatenate([top_spread[:, None, :], rest_spread], axis=1)
    return np.diff(every, axis=1), np.diff(every_spread, axis=1)


def _of_strata(sums: Floats) -> tuple[Floats, Floats]:
    """Return T of the stratum level and its coefficients from W, Y and the sums of W_k^2; an emptied stratum adds nothing."""
    weight, value, groups = sums[:, 0], sums[:, 1], sums[:, 2:]
    # A stratum whose only unit is left out leaves rounding noise.
    there = weight > 1e-12 * np.abs(sums[:, 0]).max()
    safe = np.where(there, weight, 1.0)
    return np.where(there, value**2 / safe, 0.0), np.where(there[:, None], groups / safe[:, None], 0.0)


def _solved(sums: Floats, coefficients: Floats) -> Floats:
    """Return the variances, shape (samples, levels); NaN where a level cannot be told from the next."""
    scale = np.abs(coefficients).max(axis=(1, 2))
    diagonal = np.abs(np.diagonal(coefficients, axis1=1, axis2=2)).min(axis=1)
    fits = diagonal > 1e-10 * scale
    safe = np.where(fits[:, None, None], coefficients, np.eye(coefficients.shape[1]))
    found = np.linalg.solve(safe, sums[:, :, None])[:, :, 0]
    variances: Floats = np.where(fits[:, None], found, np.nan)
    return variances


def _first_share(variance: Floats) -> Floats:
    total = variance.sum(axis=1)
    share: Floats = np.divide(variance[:, 0], total, out=np.full(len(total), np.nan), where=total > 0)
    return share


def _jackknife_se(others: Floats, stratum: Ints) -> float:
    """Return the delete-one-unit jackknife standard error within strata (Wolter 2007, section 4.5)."""
    usable = np.isfinite(others)
    if not usable.all():
        return float("nan")
    units = np.bincount(stratum)
    mean = np.bincount(stratum, weights=others) / units
    squares = np.bincount(stratum, weights=(others - mean[stratum]) ** 2)
    return float(np.sqrt(((units - 1) / units * squares).sum()))
