"""Created replicates: factors by hand, sums against the plain matrix product, and variances of totals against the textbook sum."""

import numpy as np
import pytest
from scipy import sparse

from prevalence.errors import DesignError, OptionError
from prevalence.formulas import deviation, replication
from prevalence.formulas.replication import Factors, factors
from prevalence.totals import Columns, Floats

ROUNDING = 1e-12
"""The same sums in another order."""

PAIRS = (np.array([0, 0, 1, 1, 2, 2]), np.array([2, 2, 2]), np.array([0.0, 0.25, 0.5]))
UNEQUAL = (np.array([0, 1, 1, 0, 2, 1, 2, 2, 2]), np.array([2, 3, 4]), np.array([0.0, 0.3, 1.0]))
LONELY = (np.array([0, 0, 1, 2, 2, 2]), np.array([2, 1, 3]), np.zeros(3))


def matrix(made: Factors, units: int) -> Floats:
    """Factors, shape (replicates, units): what the replicates do to the indicator of each unit."""
    return made.sums(sparse.csc_array(sparse.eye_array(units, format="csc")))


def random_totals(units: int, columns: int = 7, share: float = 0.5) -> Columns:
    random = np.random.default_rng(2)
    dense = random.gamma(2.0, size=(units, columns)) * (random.random((units, columns)) < share)
    return sparse.csc_array(dense)


def variance_of_totals(made: Factors, totals: Columns) -> Floats:
    found = deviation.total(made.sums(totals), totals.sum(axis=0), made.scales)
    return (found.scores**2).sum(axis=0)


def textbook_variance(design: tuple[np.ndarray, np.ndarray, np.ndarray], totals: Columns) -> Floats:
    stratum, sampled, fraction = design
    spread = [totals.toarray()[stratum == h].var(axis=0, ddof=1) for h in range(len(sampled))]
    return ((1 - fraction) * sampled) @ np.array(spread)


def test_jackknife_factors_of_two_strata() -> None:
    made = factors("JKn", np.array([0, 0, 1, 1, 1]), np.array([2, 3]), np.array([0.0, 0.4]))
    np.testing.assert_allclose(
        matrix(made, 5),
        [[0, 2, 1, 1, 1], [2, 0, 1, 1, 1], [1, 1, 0, 1.5, 1.5], [1, 1, 1.5, 0, 1.5], [1, 1, 1.5, 1.5, 0]],
        atol=ROUNDING,
    )
    np.testing.assert_allclose(made.scales, [1 / 2, 1 / 2, 0.6 * 2 / 3, 0.6 * 2 / 3, 0.6 * 2 / 3])


def test_jackknife_of_a_sample_without_strata() -> None:
    made = factors("JK1", np.zeros(4, dtype=np.int64), np.array([4]), np.array([0.2]))
    np.testing.assert_allclose(matrix(made, 4), (np.ones((4, 4)) - np.eye(4)) * 4 / 3, atol=ROUNDING)
    np.testing.assert_allclose(made.scales, 0.8 * 3 / 4)


def test_half_samples_are_balanced_and_take_one_unit_of_each_stratum() -> None:
    halves = matrix(factors("BRR", PAIRS[0], PAIRS[1], np.zeros(3)), 6)
    assert set(np.unique(halves)) == {0.0, 2.0}
    np.testing.assert_array_equal(halves[:, ::2] + halves[:, 1::2], np.full((4, 3), 2.0))
    np.testing.assert_array_equal(halves.mean(axis=0), np.ones(6))  # full balance
    signs = halves[:, ::2] - 1
    np.testing.assert_array_equal(signs.T @ signs, 4 * np.eye(3))  # orthogonal balance


def test_fay_factors_are_rho_and_two_minus_rho() -> None:
    made = factors("Fay", PAIRS[0], PAIRS[1], np.zeros(3), fay_rho=0.3)
    np.testing.assert_allclose(np.unique(matrix(made, 6).round(12)), [0.3, 1.7])
    np.testing.assert_allclose(made.scales, 1 / (4 * 0.7**2))


@pytest.mark.parametrize(
    ("method", "design"), [("JKn", PAIRS), ("JKn", UNEQUAL), ("BRR", PAIRS), ("Fay", PAIRS), ("bootstrap", UNEQUAL)]
)
def test_sums_are_those_of_the_factor_matrix(method: str, design: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    bootstrap = {"n": 20, "seed": 3} if method == "bootstrap" else {}
    made = factors(method, *design, fay_rho=0.5 if method == "Fay" else None, **bootstrap)
    totals = random_totals(len(design[0]))
    np.testing.assert_allclose(made.sums(totals), matrix(made, len(design[0])) @ totals.toarray(), rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("places", [1, 25, 10_000])
@pytest.mark.parametrize("dense", [0.0, 1.0])
def test_blocks_and_dense_products_change_nothing(monkeypatch: pytest.MonkeyPatch, places: int, dense: float) -> None:
    expected = factors("bootstrap", *UNEQUAL, n=20, seed=3).sums(random_totals(9))
    monkeypatch.setattr(replication, "BLOCK", places)
    monkeypatch.setattr(replication, "DENSE", dense)
    found = factors("bootstrap", *UNEQUAL, n=20, seed=3).sums(random_totals(9))
    np.testing.assert_allclose(found, expected, rtol=ROUNDING)


@pytest.mark.parametrize(("method", "design"), [("JKn", UNEQUAL), ("JKn", PAIRS), ("BRR", PAIRS), ("Fay", PAIRS)])
def test_variance_of_a_total_is_that_of_linearisation(method: str, design: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    totals = random_totals(len(design[0]))
    made = factors(method, *design, fay_rho=0.5 if method == "Fay" else None)
    np.testing.assert_allclose(variance_of_totals(made, totals), textbook_variance(design, totals), rtol=ROUNDING)


def test_jackknife_of_many_units_keeps_the_digits_of_a_total() -> None:
    stratum = np.repeat(np.arange(500), 4)
    design = (stratum, np.full(500, 4), np.zeros(500))
    totals = random_totals(2000, columns=3)
    np.testing.assert_allclose(
        variance_of_totals(factors("JKn", *design), totals), textbook_variance(design, totals), rtol=ROUNDING
    )


def test_bootstrap_variance_of_a_total_is_that_of_linearisation_on_average() -> None:
    design = (np.array([0, 0, 1, 1, 1, 2, 2, 2, 2, 2]), np.array([2, 3, 5]), np.array([0.0, 0.5, 0.2]))
    totals = random_totals(10, columns=4, share=0.8)
    made = factors("bootstrap", *design, n=40_000, seed=11)
    squares = (made.sums(totals) - totals.sum(axis=0)) ** 2
    error = squares.std(axis=0) / np.sqrt(len(squares))
    assert (abs(squares.mean(axis=0) - textbook_variance(design, totals)) < 3 * error).all()


def test_bootstrap_draws_one_unit_less_than_the_stratum_has() -> None:
    found = matrix(factors("bootstrap", *LONELY, lonely="certainty", n=50, seed=1), 6)
    np.testing.assert_allclose(found[:, :2].sum(axis=1), 2)
    np.testing.assert_allclose(found[:, 3:].sum(axis=1), 3)
    draws = found[:, 3:] / 1.5
    np.testing.assert_allclose(draws, draws.round(), atol=ROUNDING)
    assert (found[:, 2] == 1).all()


def test_more_replicates_of_the_same_seed_begin_with_the_same_ones() -> None:
    few, many = (matrix(factors("bootstrap", *UNEQUAL, n=n, seed=5), 9) for n in (10, 30))
    np.testing.assert_array_equal(few, many[:10])
    assert (few != matrix(factors("bootstrap", *UNEQUAL, n=10, seed=6), 9)).any()


def test_units_of_a_fully_sampled_stratum_stay_in_every_replicate() -> None:
    whole = np.flatnonzero(UNEQUAL[0] == 2)
    for made in (factors("JKn", *UNEQUAL), factors("bootstrap", *UNEQUAL, n=10, seed=1)):
        assert (matrix(made, 9)[:, whole] == 1).all()
    assert len(factors("JKn", *UNEQUAL).scales) == 5
    # Three units are no obstacle to half-samples where all of them were taken.
    halves = factors("BRR", np.array([0, 0, 1, 1, 1]), np.array([2, 3]), np.array([0.0, 1.0]))
    assert (matrix(halves, 5)[:, 2:] == 1).all()


def test_a_census_has_no_replicates_and_no_variance() -> None:
    totals = random_totals(6)
    made = factors("JKn", PAIRS[0], PAIRS[1], np.ones(3))
    assert made.sums(totals).shape == (0, 7)
    assert variance_of_totals(made, totals).tolist() == [0.0] * 7


def test_lonely_strata() -> None:
    totals = sparse.csc_array(np.array([[1.0], [3.0], [5.0], [0.0], [3.0], [6.0]]))
    certain, average = (factors("JKn", *LONELY, lonely=rule) for rule in ("certainty", "average"))
    np.testing.assert_allclose(variance_of_totals(certain, totals), [4 + 27])
    np.testing.assert_allclose(variance_of_totals(average, totals), [(4 + 27) * 6 / 5])
    # R's replicate of a lonely stratum leaves it out, and the two others stand for all three.
    adjusted = factors("JKn", *LONELY, lonely="adjust")
    np.testing.assert_allclose(matrix(adjusted, 6)[2], [1.5, 1.5, 0, 1.5, 1.5, 1.5])
    np.testing.assert_allclose(adjusted.scales, [1 / 2, 1 / 2, 2 / 3, 2 / 3, 2 / 3, 2 / 3])


@pytest.mark.parametrize(
    ("method", "design", "options", "message"),
    [
        ("JKn", LONELY, {"names": ["N1", "N2", "N3"]}, r"two units or more .* 1 stratum: 'N2'"),
        ("bootstrap", LONELY, {"lonely": "adjust", "n": 9, "seed": 1}, "for JKn in several strata alone"),
        ("JKn", (np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64), np.zeros(1)), {"lonely": "adjust"}, "merge the strata"),
        ("JKn", (np.array([0, 1]), np.array([1, 1]), np.zeros(2)), {"lonely": "average"}, "every stratum has a single one"),
        ("JK1", PAIRS, {}, "without strata; found 3 strata"),
        ("BRR", UNEQUAL, {"names": ["A", "B", "C"]}, "two units in every stratum .* 1 stratum: 'B'"),
        ("Fay", PAIRS, {}, "fay_rho must be at least 0 and below 1; found None"),
        ("bootstrap", PAIRS, {"n": 10}, "a seed, so that it can be repeated"),
        ("bootstrap", PAIRS, {"n": 1, "seed": 1}, "n, above 1"),
    ],
)
def test_designs_that_a_method_cannot_take(
    method: str, design: tuple[np.ndarray, np.ndarray, np.ndarray], options: dict[str, object], message: str
) -> None:
    with pytest.raises(DesignError, match=message):
        factors(method, *design, **options)


def test_methods_that_come_with_a_file_alone() -> None:
    with pytest.raises(OptionError, match="method must be one of"):
        factors("SDR", *PAIRS)
