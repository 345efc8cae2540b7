"""Hadamard matrices, the balanced sets of half-samples.

Sources: Sylvester (1867), doubling; Paley (1933), On orthogonal matrices, from the quadratic residues of a prime; Wolter (2007),
Introduction to Variance Estimation, chapter 3.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from prevalence.errors import OptionError

Signs = npt.NDArray[np.int8]


def smallest_order(at_least: int) -> int:
    """Return the smallest order, not below `at_least`, of which `hadamard` can build a matrix.

    Every multiple of 4 would do, but not for every one is a construction known, and some take more than doubling and primes
    (52, 92, 100). The next order costs a few replicates more and changes no variance of a total.

    Examples
    --------
    >>> [smallest_order(strata + 1) for strata in (3, 11, 50, 91, 100)]
    [4, 12, 56, 96, 104]
    """
    order = 4 * max(1, -(-at_least // 4))
    while not _can_build(order):
        order += 4
    return order


def hadamard(order: int) -> Signs:
    """Return a matrix of -1 and 1 with orthogonal rows, the first row all 1, shape (order, order).

    Parameters
    ----------
    order : int
        From `smallest_order`.

    Raises
    ------
    OptionError
        If the order is not one that can be built.
    """
    if not _can_build(order):
        raise OptionError(f"order must be one that can be built; found {order}. Use smallest_order({order}).")
    if order == 1:
        return np.ones((1, 1), dtype=np.int8)
    if _is_prime(order - 1) and order % 4 == 0:
        matrix = _first_paley(order - 1)
    elif order % 4 == 0 and _is_prime(order // 2 - 1) and order % 8 == 4:
        matrix = _second_paley(order // 2 - 1)
    else:
        half = hadamard(order // 2)
        matrix = np.block([[half, half], [half, -half]])
    return np.asarray(matrix * matrix[0], dtype=np.int8)


def _can_build(order: int) -> bool:
    if order in (1, 2):
        return True
    if order % 4:
        return False
    return _is_prime(order - 1) or (order % 8 == 4 and _is_prime(order // 2 - 1)) or _can_build(order // 2)


def _first_paley(prime: int) -> Signs:
    """Return the matrix of order q + 1, for a prime q that is 3 modulo 4."""
    matrix = np.ones((prime + 1, prime + 1), dtype=np.int8)
    matrix[1:, 1:] = _residues(prime)
    matrix[1:, 0] = -1
    np.fill_diagonal(matrix, 1)
    return matrix


def _second_paley(prime: int) -> Signs:
    """Return the matrix of order 2 (q + 1), for a prime q that is 1 modulo 4."""
    conference = np.ones((prime + 1, prime + 1), dtype=np.int8)
    conference[1:, 1:] = _residues(prime)
    np.fill_diagonal(conference, 0)
    ones = np.eye(prime + 1, dtype=np.int8)
    return np.block([[conference + ones, conference - ones], [conference - ones, -conference - ones]])


def _residues(prime: int) -> Signs:
    """Return 1 where i - j is a square modulo the prime, else -1, and 0 on the diagonal, shape (prime, prime)."""
    character = np.full(prime, -1, dtype=np.int8)
    character[np.arange(prime, dtype=np.int64) ** 2 % prime] = 1
    character[0] = 0
    # Row i is the character read backwards from i: windows of two turns of it, no table of differences.
    backwards = np.tile(character[-np.arange(prime)], 2)
    return np.lib.stride_tricks.sliding_window_view(backwards, prime)[prime:0:-1]


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))
