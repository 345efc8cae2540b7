"""Stratum moments hold what variances need of the units: checked against the units themselves and against sums done by hand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from scipy import sparse

from prevalence.design import DfRule, LonelyPsu
from prevalence.errors import OptionError
from prevalence.formulas import contrast, ratio
from prevalence.formulas.moments import StratumMoments, empty, merge, of_units
from prevalence.formulas.rules import Linearised
from prevalence.formulas.streamed import Slopes, Streamed, strata_alone
from prevalence.formulas.variance import Lonely
from prevalence.totals import Columns, Floats, Ints, Moments, Totals, Units

SAME = 1e-12
"""The same sums in another order."""

PAIRS = np.array([[0, 1], [2, 0], [3, 1]])
LONELY: tuple[LonelyPsu, ...] = ("certainty", "adjust", "average")
DF_RULES: tuple[DfRule, ...] = ("occupied", "own", "domain-strata", "design")


@dataclass(frozen=True)
class Sample:
    """Units of 12 strata, of which two hold one unit, and their totals in five domains; nobody is in the last."""

    stratum: Ints
    n: Columns
    x: Columns
    y: Columns

    @classmethod
    def drawn(cls, seed: int = 0, centre: float = 0.3, spread: float = 0.2) -> Sample:
        rng = np.random.default_rng(seed)
        stratum = np.repeat(np.arange(12), rng.integers(2, 9, 12) * (np.arange(12) % 6 > 0) + (np.arange(12) % 6 == 0))
        n = sparse.csc_array(rng.poisson([3, 1, 0.5, 2, 0], (len(stratum), 5)) * 1.0)
        x = sparse.csc_array((n.data * rng.uniform(0.5, 5, n.nnz), n.indices, n.indptr), shape=n.shape)
        y = sparse.csc_array((x.data * rng.normal(centre, spread, n.nnz), n.indices, n.indptr), shape=n.shape)
        return cls(stratum, n, x, y)

    @property
    def fraction(self) -> Floats:
        return np.where(np.arange(12) % 3 == 0, 0.25, 0.0)

    @property
    def sampled(self) -> Ints:
        return np.bincount(self.stratum, minlength=12)

    def totals(self) -> Totals:
        none = np.zeros(5)
        units = Units.of_one_stage(self.stratum, self.sampled, self.fraction)
        return Totals(units, self.n, self.x, self.y, Moments(none, none, none, none, 0.0, none, none))

    def units(self, rows: Ints, start: StratumMoments | None = None) -> StratumMoments:
        start = start or empty(5, PAIRS)
        parts = (sparse.csc_array(array[rows]) for array in (self.n, self.x, self.y))
        return of_units(start.pairs, start.reference, self.stratum[rows], *parts)

    def moments(self) -> StratumMoments:
        return self.units(np.arange(len(self.stratum)))


def streamed(sample: Sample, moments: StratumMoments, lonely: Lonely, statistic: str, df_rule: DfRule = "occupied") -> Streamed:
    x, y = ratio.column_sums(sample.x), ratio.column_sums(sample.y)
    slopes = (
        Slopes.of_totals(moments.reference)
        if statistic == "total"
        else Slopes.of_ratios(ratio.divide(y, x), x, moments.reference)
    )
    return Streamed(moments, strata_alone(sample.sampled, sample.fraction), slopes, lonely, df_rule)


def by_unit(sample: Sample, statistic: str) -> ratio.Linear:
    return ratio.total(sample.totals()) if statistic == "total" else ratio.ratio(sample.totals())


CONTRASTS = sparse.csc_array([[1.0, -1, 0, 0, 0], [1, 0, -1, 0, 0], [0, 1, 0, -1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 1]])


@pytest.mark.parametrize("statistic", ["ratio", "total"])
@pytest.mark.parametrize("domains", [False, True])
@pytest.mark.parametrize("lonely", LONELY)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_rule_gives_what_the_units_give(seed: int, lonely: LonelyPsu, domains: bool, statistic: str) -> None:
    """Variances, degrees of freedom and occupied units of domains and of contrasts, from units and from moments."""
    sample = Sample.drawn(seed)
    linear = by_unit(sample, statistic)
    scores = contrast.linear(CONTRASTS, np.nan_to_num(linear.estimate), linear.scores).scores
    presence = contrast.presence(CONTRASTS, sample.n)
    for df_rule in DF_RULES:
        rule = Linearised(sample.totals().units, Lonely(lonely, domains), df_rule)
        expected = rule.spread(scores, presence)
        used = sparse.csc_array(abs(CONTRASTS.T) > 0).astype(np.float64)
        found = streamed(sample, sample.moments(), Lonely(lonely, domains), statistic, df_rule).spread(
            sparse.csc_array(CONTRASTS.T), used
        )
        np.testing.assert_allclose(found.variance, expected.variance, rtol=SAME)
        np.testing.assert_array_equal(found.df, expected.df)
        np.testing.assert_array_equal(found.n_psu, expected.n_psu)
        np.testing.assert_array_equal(found.census, expected.census)


@pytest.mark.parametrize("statistic", ["ratio", "total"])
def test_covariances_of_the_pairs_asked_for_and_of_no_others(statistic: str) -> None:
    sample = Sample.drawn(4)
    linear, lonely = by_unit(sample, statistic), Lonely("average")
    expected = Linearised(sample.totals().units, Lonely("certainty"), "own").covariance(linear.scores, sample.n)
    found = streamed(sample, sample.moments(), Lonely("certainty"), statistic).covariances()
    asked = [(0, 1), (0, 2), (1, 3)]
    np.testing.assert_allclose([found[a, b] for a, b in asked], [expected[a, b] for a, b in asked], rtol=SAME)
    assert found[2, 3] == 0 != expected[2, 3]
    three = sparse.csc_array(np.eye(5)[:, [0, 1]])
    whole = Linearised(sample.totals().units, lonely, "own").covariance(linear.scores[:, :2], sparse.csc_array(sample.n[:, :2]))
    np.testing.assert_allclose(streamed(sample, sample.moments(), lonely, statistic).covariance(three, three), whole, rtol=SAME)


def test_a_comparison_that_was_not_asked_for_is_refused() -> None:
    rule = streamed(Sample.drawn(), Sample.drawn().moments(), Lonely("certainty"), "ratio")
    difference = sparse.csc_array([[0.0], [0], [1], [-1], [0]])
    with pytest.raises(OptionError, match=r"1 pair of estimates .* has no covariance.*contrasts="):
        rule.spread(difference, sparse.csc_array(abs(difference)))
    identity = sparse.csc_array(np.eye(5))
    with pytest.raises(OptionError, match="7 pairs of estimates"):
        rule.covariance(identity, identity)


def assert_same(one: StratumMoments, other: StratumMoments) -> None:
    np.testing.assert_array_equal(one.place, other.place)
    np.testing.assert_array_equal(one.units, other.units)
    np.testing.assert_allclose(one.mean, other.mean, atol=SAME)
    np.testing.assert_allclose(one.cross, other.cross, atol=SAME * np.abs(other.cross).max())


@pytest.mark.parametrize("parts", [2, 7, 40])
def test_batches_in_any_order_give_the_moments_of_the_whole(parts: int) -> None:
    """Each batch has references of its own, as on machines that know nothing of each other."""
    sample = Sample.drawn(6)
    order = np.random.default_rng(parts).permutation(len(sample.stratum))
    batches = [sample.units(rows) for rows in np.array_split(order, parts)]
    whole = merge([sample.moments(), empty(5, PAIRS)])
    assert_same(merge([empty(5, PAIRS), *batches]), merge([merge([whole]), empty(5, PAIRS)]) if parts == 1 else rebased(whole, batches))


def rebased(whole: StratumMoments, batches: list[StratumMoments]) -> StratumMoments:
    """Return the moments of the whole about the references that the merged batches have."""
    first = StratumMoments(
        whole.pairs, merge([empty(5, PAIRS), *batches]).reference, whole.place[:0], whole.units[:0], whole.mean[:, :0], whole.cross[:, :0]
    )
    return merge([first, whole])


def test_moments_of_a_stratum_by_hand() -> None:
    """Two domains in three units of one stratum: deviations over the units with a member of either."""
    n = sparse.csc_array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    x = sparse.csc_array([[2.0, 4.0], [6.0, 0.0], [0.0, 0.0]])
    y = sparse.csc_array([[2.0, 1.0], [2.0, 0.0], [0.0, 0.0]])
    found = of_units(empty(2, np.array([[0, 1]])).pairs, np.array([0.5, 0.25]), np.array([7, 7, 7]), n, x, y)
    assert found.pairs.tolist() == [[0, 0], [1, 1], [0, 1]]
    assert found.stratum.tolist() == [7, 7, 7]
    assert found.units.tolist() == [2, 1, 2]
    # e of the first domain is 1 and -1 with x 2 and 6; of the second 0 and nothing, with x 4 and nothing.
    assert found.mean[:, 0].tolist() == [0, 4, 0, 4]
    assert found.mean[:, 2].tolist() == [0, 4, 0, 2]
    assert found.cross[:, 0].tolist() == [2, -4, -4, 8]
    assert found.cross[:, 2].tolist() == [0, 4, 0, -8]


def test_no_raw_squares() -> None:
    """Means of 1e8 with a spread of 1: sums of raw squares would leave no digit of the variance."""
    sample = Sample.drawn(8, centre=1e8, spread=1.0)
    expected = Linearised(sample.totals().units, Lonely("certainty"), "own").spread(by_unit(sample, "ratio").scores, sample.n)
    order = np.random.default_rng(1).permutation(len(sample.stratum))
    parts, moments = np.array_split(order, 9), empty(5, PAIRS)
    for rows in parts:
        moments = merge([moments, sample.units(rows, moments)])
    identity = sparse.csc_array(np.eye(5))
    found = streamed(sample, moments, Lonely("certainty"), "ratio").spread(identity, identity)
    # The scores of the units themselves carry eight digits here: y and R x agree in the other eight.
    np.testing.assert_allclose(np.sqrt(found.variance), np.sqrt(expected.variance), rtol=1e-7)


def test_pairs_are_kept_once_and_must_exist() -> None:
    assert empty(3, np.array([[2, 1], [1, 2], [1, 1]])).pairs.tolist() == [[0, 0], [1, 1], [2, 2], [1, 2]]
    with pytest.raises(OptionError, match="domains from 0 to 2; found 1 to 3"):
        empty(3, np.array([[1, 3]]))
    with pytest.raises(OptionError, match="different pairs"):
        merge([empty(3, np.array([[0, 1]])), empty(3, np.array([[0, 2]]))])


def test_nobody() -> None:
    none = empty(2, np.zeros((0, 2), dtype=np.int64))
    assert merge([none, none]).place.tolist() == []
    assert all(a < b for a, b in pairwise([0, 1]))
