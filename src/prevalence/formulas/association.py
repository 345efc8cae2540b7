"""Tests of independence in two-way tables of a survey: Pearson's statistic corrected for the design, and Wald's.

Sources: Rao & Scott (1981), JASA 76, 221-230; Rao & Scott (1984), Annals of Statistics 12, 46-60; Thomas & Rao (1987), JASA 82, 630-636,
for the F form; Koch, Freeman & Freeman (1975), International Statistical Review 43, 59-78, for the Wald test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from prevalence.formulas.ratio import divide
from prevalence.formulas.significance import f_upper_tail
from prevalence.totals import Floats, Ints

Under = Literal["observed", "independence"]

RANK_TOLERANCE = 1e-10
"""Directions with a smaller part of the largest eigenvalue have no variance of their own; nor have those with a smaller design effect."""

CANCELLED = 1e-13
"""A variance of a contrast below this part of those of the cells is rounding noise of units that do not differ."""


@dataclass(frozen=True, slots=True)
class RaoScott:
    """Pearson's test of independence with both corrections for the design; every array has shape (tables,) unless it says otherwise.

    Attributes
    ----------
    pearson : float array
        Pearson's chi-square of the weighted shares times n. Not comparable with a chi-square distribution.
    contrasts : int array
        (rows - 1)(columns - 1), rows and columns without anybody left out.
    empty : int array
        Cells without anybody in rows and columns that have some.
    effects : float array, shape (tables, cells)
        Generalised design effects, descending; NaN after the first `contrasts`.
    chi2, chi2_p : float arrays
        First order: `pearson` over the mean effect, on `contrasts` degrees of freedom.
    f, f_df, f_below, f_p : float arrays
        Second order: `pearson` over the sum of the effects, on F with `f_df` (Satterthwaite) and `f_below` = f_df x df.
    """

    pearson: Floats
    contrasts: Ints
    empty: Ints
    effects: Floats
    chi2: Floats
    chi2_p: Floats
    f: Floats
    f_df: Floats
    f_below: Floats
    f_p: Floats


@dataclass(frozen=True, slots=True)
class WaldIndependence:
    """Wald's test of independence; every array has shape (tables,).

    Attributes
    ----------
    f : float array
    rank : float array
        Contrasts with a variance of their own, the numerator degrees of freedom.
    below : float array
        Denominator degrees of freedom; the test is NaN where they are not above 0, or a covariance is.
    p_value : float array
    """

    f: Floats
    rank: Floats
    below: Floats
    p_value: Floats


def rao_scott(shares: Floats, covariance: Floats, n: Floats, df: Floats, *, under: Under = "observed") -> RaoScott:
    r"""Return Pearson's test of independence, corrected to the first and the second order.

    .. math:: X^2 = n \sum_{rc} \frac{(p_{rc} - p_{r+}p_{+c})^2}{p_{r+}p_{+c}}, \quad
        \Delta = n\,(C'D^{-1}C)^{-1}\, C'D^{-1} V D^{-1} C

    Parameters
    ----------
    shares : float array, shape (tables, rows, columns)
        Weighted shares, adding up to 1.
    covariance : float array, shape (tables, cells, cells)
        V, of the shares, cells in the order of rows and then columns.
    n : float array, shape (tables,)
        Rows with both answers. It scales `pearson` and the effects, not chi2, f or their p-values.
    df : float array, shape (tables,)
        Degrees of freedom of the design; infinite makes the second order a chi-square, as in Rao & Scott (1984).
    under : {"observed", "independence"}
        Shares in D: those observed (R, and Stata unless told otherwise; an empty cell counts as if it could not vary), or products of the margins, which is
        Rao & Scott's own and is defined with empty cells. They agree as independence is approached.

    Returns
    -------
    RaoScott
        NaN where a table has fewer than two rows or columns with anybody, where empty cells leave a contrast without information
        (`observed`), or where a share is NaN.
    """
    expected = shares.sum(axis=2, keepdims=True) * shares.sum(axis=1, keepdims=True)
    pearson = n * (_over(shares - expected, expected) * (shares - expected)).sum(axis=(1, 2))
    effects, contrasts, empty = _effects(shares, expected if under == "independence" else shares, covariance, n)
    total, squares = np.nansum(effects, axis=1), np.nansum(effects**2, axis=1)
    unknown = np.isnan(pearson) | (contrasts == 0) | (np.isfinite(effects).sum(axis=1) < contrasts) | (total <= 0)
    total, squares = np.where(unknown, np.nan, total), np.where(unknown, np.nan, squares)
    chi2, f = divide(pearson * contrasts, total), divide(pearson, total)
    f_df = divide(total**2, squares)
    f_below = f_df * np.where(df > 0, df, np.nan)
    return RaoScott(
        pearson=np.where(contrasts > 0, pearson, np.nan),
        contrasts=contrasts,
        empty=empty,
        effects=effects,
        chi2=chi2,
        chi2_p=f_upper_tail(contrasts.astype(np.float64), np.full(len(n), np.inf), divide(chi2, contrasts.astype(np.float64))),
        f=f,
        f_df=f_df,
        f_below=f_below,
        f_p=f_upper_tail(f_df, f_below, f),
    )


def wald_independence(cells: Floats, covariance: Floats, df: Floats, *, adjusted: bool = True) -> WaldIndependence:
    r"""Return Wald's test that each cell is the product of its margins.

    .. math:: Y_{rc} = N_{rc} - N_{r+}N_{+c}/N, \quad W = Y'\,V_Y^{-1}\,Y

    Parameters
    ----------
    cells : float array, shape (tables, rows, columns)
        Weighted totals, as in R, or shares: the same hypothesis, whose statistics differ a little away from it, as the total is not fixed.
    covariance : float array, shape (tables, cells, cells)
        Of `cells`, in the order of rows and then columns.
    df : float array, shape (tables,)
    adjusted : bool
        Whether F is (df - q + 1) / (df q) W on (q, df - q + 1), or W / q on (q, df), which rejects too often with few units.
    """
    whole = cells.sum(axis=(1, 2))
    by_row, by_column = divide(cells.sum(axis=2), whole[:, None]), divide(cells.sum(axis=1), whole[:, None])
    values = (cells - by_row[:, :, None] * cells.sum(axis=1, keepdims=True)).reshape(len(cells), -1)
    jacobian = _jacobian(by_row, by_column)
    basis, inside = _interactions(cells)
    values = np.einsum("tij,ti->tj", basis, values)
    reduced = _transposed(basis) @ (jacobian @ covariance @ _transposed(jacobian)) @ basis
    noise = CANCELLED * np.trace(np.nan_to_num(covariance), axis1=1, axis2=2)
    statistic, rank = _quadratic(values, reduced * (inside[:, :, None] & inside[:, None, :]), noise)
    below = df - rank + 1 if adjusted else df
    testable = (rank > 0) & (below > 0) & np.isfinite(values).all(axis=1) & np.isfinite(reduced).all(axis=(1, 2))
    f = np.where(testable, divide(statistic, rank) * (divide(below, df) if adjusted else 1.0), np.nan)
    return WaldIndependence(f, rank, below, f_upper_tail(rank, below, f))


def _effects(shares: Floats, divisor: Floats, covariance: Floats, n: Floats) -> tuple[Floats, Ints, Ints]:
    """Return the eigenvalues of Delta, descending, the number of contrasts and of empty cells of each table."""
    basis, inside = _interactions(shares)
    contrasts = inside.sum(axis=1)
    scaled = _over(basis, divisor.reshape(len(shares), -1, 1))
    information = np.where(inside[:, :, None] & inside[:, None, :], _transposed(basis) @ scaled, 0.0)
    sizes, directions = np.linalg.eigh(np.nan_to_num(information))
    informed = sizes > RANK_TOLERANCE * sizes.max(axis=1, keepdims=True)
    half = directions * np.where(informed, 1 / np.sqrt(np.where(informed, sizes, 1.0)), 0.0)[:, None, :]
    delta = _transposed(half) @ (_transposed(scaled) @ covariance @ scaled) @ half * n[:, None, None]
    spoilt = ~np.isfinite(delta).all(axis=(1, 2)) | (informed.sum(axis=1) < contrasts)
    found = np.linalg.eigvalsh(np.where(spoilt[:, None, None], 0.0, delta))[:, ::-1]
    outside = np.arange(found.shape[1]) >= contrasts[:, None]
    occupied = (shares.sum(axis=2) > 0)[:, :, None] & (shares.sum(axis=1) > 0)[:, None, :]
    effects = np.where(outside | spoilt[:, None], np.nan, np.where(found > RANK_TOLERANCE, found, 0.0))
    return effects, contrasts, (occupied & ~(shares > 0)).sum(axis=(1, 2))


def _interactions(cells: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return an orthonormal basis of the contrasts that are free of rows and columns.

    Returns
    -------
    basis : float array, shape (tables, cells, cells)
        Its columns; zero in rows and columns without anybody.
    inside : bool array, shape (tables, cells)
        Which columns are contrasts.
    """
    rows, columns = _centring(cells.sum(axis=2) > 0), _centring(cells.sum(axis=1) > 0)
    projector = np.einsum("tik,tjl->tijkl", rows, columns).reshape(len(cells), cells[0].size, cells[0].size)
    sizes, basis = np.linalg.eigh(projector)
    inside = sizes > 1 / 2
    return basis * inside[:, None, :], inside


def _centring(present: npt.NDArray[np.bool_]) -> Floats:
    """Return the matrices that take the mean of the present levels away, shape (tables, levels, levels)."""
    kept = present.astype(np.float64)
    mean = kept[:, :, None] * kept[:, None, :] / np.maximum(kept.sum(axis=1), 1)[:, None, None]
    return np.asarray(kept[:, :, None] * np.eye(present.shape[1]) - mean, dtype=np.float64)


def _jacobian(by_row: Floats, by_column: Floats) -> Floats:
    """Return the derivatives of N_rc - N_r+ N_+c / N by the cells, shape (tables, cells, cells), from the shares of the margins."""
    same_row, same_column = np.eye(by_row.shape[1]), np.eye(by_column.shape[1])
    tables = len(by_row)
    size = by_row.shape[1] * by_column.shape[1]
    own = np.einsum("ik,jl->ijkl", same_row, same_column)[None]
    through_row = np.einsum("ik,tj,l->tijkl", same_row, by_column, np.ones(by_column.shape[1]))
    through_column = np.einsum("ti,jl,k->tijkl", by_row, same_column, np.ones(by_row.shape[1]))
    through_whole = np.einsum("ti,tj->tij", by_row, by_column)[:, :, :, None, None]
    derivatives = own - through_row - through_column + through_whole
    return np.asarray(derivatives.reshape(tables, size, size), dtype=np.float64)


def _quadratic(values: Floats, covariance: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Return v' C^- v and the rank of C, shapes (tables,); directions with no more variance than `noise` have none."""
    sizes, directions = np.linalg.eigh(np.nan_to_num(covariance))
    kept = (sizes > RANK_TOLERANCE * sizes.max(axis=1, keepdims=True)) & (sizes > noise[:, None])
    along = np.einsum("tij,ti->tj", directions, values)
    return (np.where(kept, along, 0.0) ** 2 / np.where(kept, sizes, 1.0)).sum(axis=1), kept.sum(axis=1).astype(np.float64)


def _over(numerator: Floats, denominator: Floats) -> Floats:
    """Return quotients, 0 where the denominator is 0."""
    return np.where(denominator == 0, 0.0, numerator / np.where(denominator == 0, 1.0, denominator))


def _transposed(matrices: Floats) -> Floats:
    return np.swapaxes(matrices, 1, 2)
