"""Degrees of freedom of replicate weights whose sampling units are unknown: their rank within each domain, less 1.

Sources: R ``survey`` 4.1-1, `degf`, whose tolerance this is; Haynsworth (1968), Linear Algebra and its Applications 1, 73-81
(the eigenvalues of a matrix above zero are those of a block and of what elimination of the block leaves).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from prevalence.totals import Columns, Floats, Ints

TOLERANCE = 1e-5
"""A replicate that the others explain up to this part of its length adds no degree of freedom (R's tolerance)."""

ROWS = 64
"""Rows multiplied at a time: long enough for the matrix product, short enough that cells waste little of their last block."""

PLACES = 16_000_000
"""Numbers held at a time, for the domains and for the blocks of rows each (128 MB)."""

SMALL = 32
"""Matrices up to this size are left to the eigenvalue routine."""


def replicate_df(weights: Floats, cell: Ints, members: Columns) -> Floats:
    """Return the rank of the replicate weights of each domain less 1, never below 0, shape (domains,).

    The time is about rows x R^2 for the products, and domains x R^3 for the ranks (R replicates): see docs/methods/replication.

    Parameters
    ----------
    weights : float array, shape (rows, replicates)
        Replicate weights; where the file gives factors, times the sampling weight.
    cell : int array, shape (rows,)
        Cell of each row, -1 for rows that count nowhere.
    members : sparse 0/1 array, shape (cells, domains)
    """
    replicates, domains = weights.shape[1], members.shape[1]
    step = max(1, PLACES // replicates**2)
    parts = [
        rank_df(cross_products(weights, cell, sparse.csc_array(members[:, start : start + step])))
        for start in range(0, domains, step)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def cross_products(weights: Floats, cell: Ints, members: Columns) -> Floats:
    """Return W'W of the rows of each domain, shape (domains, replicates, replicates). Sums over parts of a file add up.

    Parameters
    ----------
    weights, cell, members : as in `replicate_df`
    """
    replicates, domains = weights.shape[1], members.shape[1]
    used = np.flatnonzero((cell >= 0) & (np.diff(sparse.csr_array(members).indptr) > 0)[cell])
    order = used[np.argsort(cell[used], kind="stable")]
    row, block_cell = _blocks(cell[order])
    member = sparse.csr_array(sparse.csr_array(members)[block_cell])
    products = np.zeros((domains, replicates * replicates))
    step = max(1, PLACES // max(replicates**2, replicates * ROWS))
    for start in range(0, len(row), step):
        place = row[start : start + step]
        taken = weights[order[np.maximum(place, 0)]] * (place >= 0)[:, :, None]
        of_block = np.matmul(taken.transpose(0, 2, 1), taken).reshape(len(place), -1)
        products += member[start : start + step].T @ of_block
    return products.reshape(domains, replicates, replicates)


def rank_df(products: Floats) -> Floats:
    """Return the rank less 1, never below 0, from cross products.

    Parameters
    ----------
    products : float array, shape (domains, replicates, replicates)
    """
    length = np.sqrt(np.einsum("dii->di", products))
    scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
    relative = products * scale[:, :, None] * scale[:, None, :]
    replicates = products.shape[1]
    relative[:, np.arange(replicates), np.arange(replicates)] -= TOLERANCE**2
    return np.maximum(_above_zero(relative) - 1.0, 0.0)


def _blocks(cell: Ints) -> tuple[Ints, Ints]:
    """Return sorted rows in blocks of one cell each, filled up with -1, shape (blocks, ROWS), and the cell of each block."""
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    size = np.diff(first, append=len(cell))
    blocks = -(-size // ROWS)
    within = np.arange(blocks.sum()) - np.repeat(np.cumsum(blocks) - blocks, blocks)
    start = np.repeat(first, blocks) + within * ROWS
    row = start[:, None] + np.arange(ROWS)
    row[row >= np.repeat(first + size, blocks)[:, None]] = -1
    return row, np.repeat(cell[first], blocks)


def _above_zero(matrices: Floats) -> Floats:
    """Return how many eigenvalues of each symmetric matrix are above zero, shape (matrices,)."""
    size = matrices.shape[1]
    if size <= SMALL:
        return np.asarray((np.linalg.eigvalsh(matrices) > 0).sum(axis=1), dtype=np.float64)
    half = size // 2
    first, cross = matrices[:, :half, :half], matrices[:, :half, half:]
    left = matrices[:, half:, half:] - np.matmul(cross.transpose(0, 2, 1), np.linalg.solve(first, cross))
    return _above_zero(first) + _above_zero((left + left.transpose(0, 2, 1)) / 2)
