"""Two-phase rules against the published double sums, and against every sample that a small population can give."""

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from prevalence.errors import DesignError, OptionError
from prevalence.formulas.two_phase import refined, second_phase, two_phase_rule, ultimate_units
from prevalence.totals import StageUnits, Units

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SUMMED = 1e-11
"""The same terms added in another order, relative to their size."""


def form(unit: Ints, stratum: Ints, sampled: Ints, fraction: Floats, adjust: bool = False) -> Floats:
    """Return 1 - pi_i pi_j / pi_ij for all pairs of pieces of one stage of stratified simple random sampling."""
    n, f = sampled[stratum].astype(float), fraction[stratum]
    with np.errstate(divide="ignore", invalid="ignore"):
        others = np.where(n > 1, -(1 - f) / (n - 1), 0)
    matrix = np.where(stratum[:, None] == stratum[None, :], others[:, None], 0.0)
    same = unit[:, None] == unit[None, :]
    return np.where(same, np.where((n > 1) | adjust, 1 - f, 0)[:, None], matrix)


def both(one: Floats, two: Floats) -> Floats:
    """Return the form of two selections, one after the other."""
    return one * (1 - two) + two


class Drawn:
    """A random two-phase sample: clusters in strata, rows within them (two stages), phase-2 units over all of them."""

    def __init__(self, seed: int, *, stages: int = 1, clustered: bool = False, single: bool = False) -> None:
        rng = np.random.default_rng(seed)
        sizes = rng.integers(1 if single else 2, 5, rng.integers(1, 4))
        stratum = np.repeat(np.arange(len(sizes)), sizes)
        rows = rng.integers(2, 6, len(stratum))
        self.psu = np.repeat(np.arange(len(stratum)), rows)
        fraction = rng.choice([0.0, 0.3, 0.8], len(sizes))
        row = np.arange(len(self.psu))
        primary = StageUnits(self.psu, stratum, sizes, fraction, np.ones(len(sizes)))
        within = StageUnits(row, self.psu, rows, rng.uniform(0.2, 0.9, len(rows)), fraction[stratum])
        phase_2 = self.psu * 3 + rng.integers(0, 3, len(row)) if clustered else rng.permutation(row)
        phase_2 = np.unique(phase_2, return_inverse=True)[1]
        self.ultimate, one, two = ultimate_units(row if stages > 1 else self.psu, phase_2)
        units = (primary, within) if stages > 1 else (replaced(primary, np.arange(len(stratum))),)
        self.first = refined(Units(units), one)
        strata = rng.integers(0, 3, phase_2.max() + 1)
        strata = np.unique(strata, return_inverse=True)[1]
        in_phase_2 = rng.random(len(strata)) < 0.6
        for g in range(strata.max() + 1):
            in_phase_2[np.flatnonzero(strata == g)[: 1 if single else 2]] = True
        self.second = second_phase(two, strata, in_phase_2)
        self.drawn = in_phase_2[two]
        self.scores = rng.normal(1, 1, (len(two), 2)) * self.drawn[:, None]

    def forms(self, adjust: bool = False) -> tuple[Floats, Floats]:
        first = np.zeros((len(self.drawn), len(self.drawn)))
        for stage in self.first.stages:
            here = form(stage.unit, stage.stratum[stage.unit], stage.sampled, stage.fraction, adjust)
            # A stage counts by the fraction above; 1 - the form above is that fraction within a unit.
            first = first + here * stage.multiplier[stage.stratum[stage.unit]][:, None]
        second = form(self.second.unit, self.second.stratum[self.second.unit], self.second.sampled, self.second.fraction, adjust)
        return first, second


def replaced(stage: StageUnits, unit: Ints) -> StageUnits:
    return StageUnits(unit, stage.stratum, stage.sampled, stage.fraction, stage.multiplier)


def columns(dense: Floats) -> sparse.csc_array:
    return sparse.csc_array(dense)


@given(st.integers(0, 10_000), st.sampled_from([1, 2]), st.booleans(), st.booleans())
def test_full_is_the_double_sum_over_pairs(seed: int, stages: int, clustered: bool, adjust: bool) -> None:
    drawn = Drawn(seed, stages=stages, clustered=clustered, single=adjust)
    rule = two_phase_rule(drawn.first, drawn.second, drawn.drawn, lonely="adjust" if adjust else "fail")
    whole = both(*drawn.forms(adjust))
    expected = drawn.scores.T @ whole @ drawn.scores
    found = rule.covariance(columns(drawn.scores), columns((drawn.scores != 0).astype(float)))
    negative = np.diag(expected) < 0
    np.fill_diagonal(expected, np.where(negative, np.nan, np.diag(expected)))
    np.testing.assert_allclose(found, expected, atol=SUMMED * max(1.0, float((drawn.scores**2).sum())))


def simple_by_unit(z: Floats, p: Floats, stratum: Ints, sampled: Ints, fraction: Floats) -> float:
    """Return phase 1's part of the simple method, unit by unit."""
    total = 0.0
    for h, n in enumerate(sampled):
        inside = stratum == h
        mean = z[inside].sum() / n
        total += (1 - fraction[h]) * n / (n - 1) * float(((p[inside] * z[inside] - mean) ** 2 / p[inside]).sum())
    return total


@given(st.integers(0, 10_000))
def test_simple_is_its_formula(seed: int) -> None:
    rng = np.random.default_rng(seed)
    stratum = np.sort(rng.permutation(np.r_[0, 0, 1, 1, rng.integers(0, 2, 12)]))
    sampled, fraction = np.bincount(stratum), np.array([0.3, 0.0])
    group = rng.permutation(np.r_[0, 0, 1, 1, rng.integers(0, 2, 12)])
    in_phase_2 = rng.random(16) < 0.5
    for g in (0, 1):
        in_phase_2[np.flatnonzero(group == g)[:2]] = True
    first = Units.of_one_stage(stratum, sampled, fraction)
    second = second_phase(np.arange(16), group, in_phase_2)
    rule = two_phase_rule(first, second, in_phase_2, method="simple")
    z = rng.normal(1, 1, 16) * in_phase_2
    p = second.fraction[group]
    below = form(np.arange(16), group, second.sampled, second.fraction)
    expected = simple_by_unit(z[in_phase_2], p[in_phase_2], stratum[in_phase_2], sampled, fraction) + z @ below @ z
    found = rule.spread(columns(z[:, None]), columns(in_phase_2[:, None].astype(float))).variance
    np.testing.assert_allclose(found, [expected], rtol=SUMMED)


POPULATION = {
    # Strata of clusters; in each cluster the (phase-2 stratum, value) of its rows.
    0: [[(0, 3.0), (1, 1.0)], [(0, 7.0), (1, 2.0)], [(1, 6.0), (0, 5.0)]],
    1: [[(0, 1.0), (1, 9.0)], [(1, 4.0), (0, 8.0), (1, 2.5)], [(0, 2.0), (1, 3.0)]],
}
DRAWN_CLUSTERS, DRAWN_ROWS = 2, {0: 2, 1: 3}


def phase_1_samples() -> Iterator[list[tuple[int, int, int, float]]]:
    """Return every phase-1 sample as rows: stratum, cluster, phase-2 stratum, value."""
    choices = [combinations(range(3), DRAWN_CLUSTERS) for _ in POPULATION]
    for chosen in product(*choices):
        rows = []
        for h, clusters in enumerate(chosen):
            rows += [(h, 2 * h + k, g, y) for k, c in enumerate(clusters) for g, y in POPULATION[h][c]]
        yield rows


def phase_2_samples(groups: Ints) -> Iterator[npt.NDArray[np.bool_]]:
    """Return every phase-2 sample of the given rows."""
    choices = [combinations(np.flatnonzero(groups == g), m) for g, m in DRAWN_ROWS.items()]
    for chosen in product(*choices):
        taken = np.zeros(len(groups), dtype=bool)
        taken[np.concatenate(chosen)] = True
        yield taken


def test_over_all_samples_of_a_population_the_full_method_is_unbiased() -> None:
    estimates, variances, weights = [], [], []
    for rows in phase_1_samples():
        _, cluster, group, value = (np.array(column) for column in zip(*rows, strict=True))
        first = Units.of_one_stage(np.array([0, 0, 1, 1]), np.array([2, 2]), np.full(2, DRAWN_CLUSTERS / 3))
        ultimate, one, two = ultimate_units(cluster, np.arange(len(cluster)))
        samples = list(phase_2_samples(group))
        for taken in samples:
            second = second_phase(two, group, taken)
            rule = two_phase_rule(refined(first, one), second, taken[two])
            weighted = np.where(taken, value * 3 / DRAWN_CLUSTERS / second.fraction[group], 0.0)
            # The covariance with itself is the variance before what is below zero becomes NaN.
            twice = columns(np.column_stack(2 * [weighted[np.argsort(ultimate)]]))
            estimates.append(weighted.sum())
            variances.append(rule.covariance(twice, twice)[0, 1])
            weights.append(1 / len(samples))
    weight = np.array(weights) / np.sum(weights)
    total = sum(y for clusters in POPULATION.values() for rows in clusters for _, y in rows)
    assert weight @ estimates == pytest.approx(total, rel=SUMMED)
    true_variance = weight @ (np.array(estimates) - total) ** 2
    assert weight @ variances == pytest.approx(true_variance, rel=SUMMED)


def test_phase_2_that_draws_all_leaves_the_variance_of_phase_1() -> None:
    unit, y = np.array([0, 0, 1, 2, 2]), np.array([1.0, 2.0, 4.0, 0.5, 3.0])
    _, one, two = ultimate_units(unit, np.arange(5))
    first = refined(Units.of_one_stage(np.zeros(3, dtype=int), np.array([3]), np.zeros(1)), one)
    second = second_phase(two, np.zeros(5, dtype=int), np.ones(5, dtype=bool))
    found = two_phase_rule(first, second, np.ones(5, dtype=bool)).spread(columns(y[:, None]), columns(np.ones((5, 1))))
    totals = np.array([3.0, 4.0, 3.5])
    np.testing.assert_allclose(found.variance, [3 * totals.var(ddof=1)], rtol=SUMMED)
    assert found.df.tolist() == [2]
    assert not found.census[0]


def two_strata(lonely: str) -> Floats:
    # Phase 1 draws 4 of 8 rows; phase 2 one of two rows in the first stratum and both in the second.
    in_phase_2 = np.array([True, False, True, True])
    first = Units.of_one_stage(np.zeros(4, dtype=int), np.array([4]), np.array([0.5]))
    second = second_phase(np.arange(4), np.array([0, 0, 1, 1]), in_phase_2)
    assert second.lonely.tolist() == [True, False, False]
    rule = two_phase_rule(first, second, in_phase_2, lonely=lonely)
    z = np.array([[2.0], [0.0], [1.0], [3.0]])
    return rule.spread(columns(z), columns((z != 0).astype(float))).variance


def test_lonely_units_of_phase_2() -> None:
    # Phase 1: (1 - f) n/(n-1) [sum z^2 - (sum z)^2 / n] over 2, 1, 3; phase 2's form of the first row is 1/2 under adjust, else 0.
    above = 0.5 * 4 / 3 * (14 - 36 / 4)
    np.testing.assert_allclose(two_strata("certainty"), [above], rtol=SUMMED)
    np.testing.assert_allclose(two_strata("adjust"), [above + 0.5 * 4 - 0.5 * 0.5 * 4], rtol=SUMMED)


def test_rows_that_could_not_be_drawn_count_in_phase_1_alone() -> None:
    stage = second_phase(np.arange(5), np.array([0, -1, 0, 1, 1]), np.array([True, False, False, True, True]))
    assert stage.sampled.tolist() == [1, 2, 1]
    assert stage.fraction.tolist() == [0.5, 1, 1]
    assert not stage.lonely[2]


def test_degrees_of_freedom_are_those_of_the_phase_with_fewer() -> None:
    # Three clusters of four rows; six rows of phase 2 in one stratum.
    cluster = np.repeat([0, 1, 2], 4)
    _, one, two = ultimate_units(cluster, np.arange(12))
    taken = np.arange(12) % 2 == 0
    first = refined(Units.of_one_stage(np.zeros(3, dtype=int), np.array([3]), np.zeros(1)), one)
    rule = two_phase_rule(first, second_phase(two, np.zeros(12, dtype=int), taken), taken)
    presence = columns(np.column_stack([taken, taken & (cluster == 0)]).astype(float))
    found = rule.spread(presence, presence)
    assert found.df.tolist() == [2, 0]
    assert found.n_psu.tolist() == [3, 1]


def test_scores_that_are_all_alike_have_no_variance() -> None:
    taken = np.arange(10) % 2 == 0
    first = Units.of_one_stage(np.zeros(10, dtype=int), np.array([10]), np.zeros(1))
    for method in ("full", "simple"):
        rule = two_phase_rule(first, second_phase(np.arange(10), np.zeros(10, dtype=int), taken), taken, method=method)
        scores = columns((taken / 3)[:, None])
        assert rule.spread(scores, scores).variance.tolist() == [0]


def test_a_form_below_zero_is_not_estimable() -> None:
    # Opposite scores in one cluster cancel in phase 1, equal ones in two clusters of one phase-2 stratum leave less than nothing.
    seeds = range(200)
    forms = [(drawn, both(*drawn.forms())) for drawn in map(Drawn, seeds)]
    drawn, matrix = next((d, m) for d, m in forms if np.linalg.eigvalsh(m[np.ix_(d.drawn, d.drawn)])[0] < -1e-3)
    values, vectors = np.linalg.eigh(matrix[np.ix_(drawn.drawn, drawn.drawn)])
    z = np.zeros((len(drawn.drawn), 1))
    z[drawn.drawn, 0] = vectors[:, 0]
    found = two_phase_rule(drawn.first, drawn.second, drawn.drawn).spread(columns(z), columns((z != 0).astype(float)))
    assert values[0] < 0
    assert np.isnan(found.variance).all()


def test_simple_refuses_samples_within_units() -> None:
    drawn = Drawn(3)
    with pytest.raises(DesignError, match="method='full'"):
        two_phase_rule(drawn.first, drawn.second, drawn.drawn, method="simple")


def test_unknown_methods_and_average_are_refused() -> None:
    drawn = Drawn(3)
    with pytest.raises(OptionError, match="'simple'"):
        two_phase_rule(drawn.first, drawn.second, drawn.drawn, method="approx")
    with pytest.raises(DesignError, match="'average'"):
        two_phase_rule(drawn.first, drawn.second, drawn.drawn, lonely="average")


def test_two_simple_random_samples_in_a_row_are_one() -> None:
    # 2 of 4 of 8 rows with y = 1 and 3: N^2 (1 - n/N) s^2 / n = 64 * 3/4 * 2 / 2.
    taken = np.array([True, False, True, False])
    first = Units.of_one_stage(np.zeros(4, dtype=int), np.array([4]), np.array([0.5]))
    rule = two_phase_rule(first, second_phase(np.arange(4), np.zeros(4, dtype=int), taken), taken)
    scores = columns(4 * np.array([[1.0], [0.0], [3.0], [0.0]]))
    np.testing.assert_allclose(rule.spread(scores, scores).variance, [48], rtol=SUMMED)
