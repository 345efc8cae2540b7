"""Rank of replicate weights by domain against the singular values of the rows of each domain."""

import numpy as np
import pytest
from scipy import sparse

from prevalence.formulas import rank
from prevalence.formulas.rank import cross_products, rank_df, replicate_df
from prevalence.totals import Columns, Floats

CELLS = 6


def weights_of_units(rows: int, replicates: int, units: int, seed: int = 1) -> Floats:
    """Weights whose rows are multiples of the factors of their unit, drawn as a bootstrap would."""
    random = np.random.default_rng(seed)
    factors = random.multinomial(units, np.full(units, 1 / units), size=replicates).T.astype(float)
    return factors[random.integers(0, units, rows)] * random.gamma(2.0, 50.0, size=(rows, 1))


def margins() -> Columns:
    """Each cell, two halves, everything, and a domain of no cell."""
    halves = np.repeat(np.eye(2), CELLS // 2, axis=0)
    return sparse.csc_array(np.column_stack([np.eye(CELLS), halves, np.ones(CELLS), np.zeros(CELLS)]))


def expected(weights: Floats, cell: np.ndarray, members: Columns) -> list[float]:
    inside = [weights[(cell >= 0) & (members.toarray()[cell, domain] > 0)] for domain in range(members.shape[1])]
    return [max(0, int(np.linalg.matrix_rank(rows)) - 1) if len(rows) else 0 for rows in inside]


@pytest.mark.parametrize(("replicates", "units"), [(8, 5), (8, 30), (40, 12), (90, 60), (70, 200)])
def test_rank_of_each_domain(replicates: int, units: int) -> None:
    random = np.random.default_rng(replicates)
    weights = weights_of_units(900, replicates, units)
    cell = np.repeat(np.arange(-1, CELLS), [100, 2, 48, 64, 86, 200, 400])
    random.shuffle(cell)
    found = replicate_df(weights, cell, margins())
    assert found.tolist() == expected(weights, cell, margins())


def test_small_blocks_and_few_domains_at_a_time_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, cell = weights_of_units(500, 40, 30), np.random.default_rng(3).integers(0, CELLS, 500)
    plain = replicate_df(weights, cell, margins())
    monkeypatch.setattr(rank, "PLACES", 3 * 40**2)
    monkeypatch.setattr(rank, "ROWS", 7)
    assert replicate_df(weights, cell, margins()).tolist() == plain.tolist()


def test_cross_products_of_parts_of_a_file_add_up() -> None:
    weights, cell = weights_of_units(300, 20, 15), np.random.default_rng(4).integers(0, CELLS, 300)
    parts = sum(cross_products(weights[part], cell[part], margins()) for part in (slice(0, 120), slice(120, 300)))
    np.testing.assert_allclose(parts, cross_products(weights, cell, margins()), rtol=1e-12)
    assert rank_df(parts).tolist() == replicate_df(weights, cell, margins()).tolist()


def test_weights_rounded_below_the_tolerance_add_nothing() -> None:
    plain = weights_of_units(400, 50, 12)
    cell, everything = np.zeros(400, dtype=np.int64), sparse.csc_array(np.ones((1, 1)))
    noise = np.random.default_rng(5).normal(size=plain.shape)
    assert replicate_df(plain * (1 + 1e-7 * noise), cell, everything).tolist() == [11]
    assert replicate_df(plain * (1 + 1e-3 * noise), cell, everything).tolist() == [49]


def test_one_row_has_no_degrees_of_freedom() -> None:
    found = replicate_df(np.array([[1.0, 2.0, 0.0]]), np.array([0]), sparse.csc_array(np.ones((1, 1))))
    assert found.tolist() == [0]
