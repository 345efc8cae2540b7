"""Products of all pairs of columns, of which covariance matrices are made."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import sparse
from scipy.linalg.blas import dsyrk
from threadpoolctl import ThreadpoolController

from prevalence.totals import Columns, Floats, Ints

DENSE_GAIN = 30
"""Products of stored entries that take as long as one product of the full array; 16 to 60 were measured."""

BLOCK = 4_000_000
"""Numbers of the full array that are held at once: 32 MB."""


def worth_filling(array: Columns) -> bool:
    """Return whether products of the full array are made faster than those of its stored entries."""
    stored = np.bincount(array.indices, minlength=array.shape[0]).astype(np.float64)
    return float(stored @ stored) * DENSE_GAIN > float(array.shape[0]) * array.shape[1] ** 2


def cross_products(array: Columns) -> Floats:
    """Return A'A, shape (columns, columns); the array has shape (rows, columns)."""
    if worth_filling(array):
        rows = array.shape[0]
        return centred_products(array, np.zeros((array.shape[1], 1)), np.zeros(rows, dtype=np.int64), np.ones(rows))
    return np.asarray((array.T @ array).toarray(), dtype=np.float64)


def centred_products(array: Columns, centre: Floats, group: Ints, factor: Floats) -> Floats:
    """Return the products of all columns, each row less the centre of its group and times a factor, by the full array.

    Parameters
    ----------
    array : sparse array, shape (rows, columns)
    centre : float array, shape (columns, groups)
    group : int array, shape (rows,)
    factor : float array, shape (rows,)

    Returns
    -------
    float array, shape (columns, columns)
    """
    rows, columns = array.shape
    step = max(1, BLOCK // max(columns, 1))
    by_row = array if step >= rows else sparse.csr_array(array)
    upper = np.zeros((columns, columns), order="F")
    with _libraries().limit(limits=1, user_api="blas"):
        for start in range(0, rows, step):
            part = slice(start, start + step)
            block = (by_row if step >= rows else by_row[part]).toarray(order="F").T
            block -= centre[:, group[part]]
            block *= factor[part]
            upper = dsyrk(1.0, block.T, beta=1.0, c=upper, trans=1, overwrite_c=1)
    products = upper + upper.T
    np.fill_diagonal(products, np.diag(upper))
    return products


@cache
def _libraries() -> ThreadpoolController:
    """Return the handle of the linear algebra: on one thread its digits do not depend on the machine's cores, and it never waits for a busy one."""
    return ThreadpoolController()
