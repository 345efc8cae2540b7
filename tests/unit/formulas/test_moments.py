"""Stratum moments hold what variances need of the units: checked against the units themselves and against sums done by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import sparse

from prevalence.design import DfRule, LonelyPsu
from prevalence.errors import OptionError
from prevalence.formulas import contrast, ratio
from prevalence.formulas.moments import StratumMoments, empty, merge, regrown, renumbered
from prevalence.formulas.moments_of_units import of_full_units, of_units
from prevalence.formulas.rules import Linearised, Spread
from prevalence.formulas.streamed import Streamed, strata_alone
from prevalence.formulas.variance import Lonely
from prevalence.totals import Columns, Floats, Ints, Moments, Totals, Units

SAME = 1e-12
"""The same sums in another order."""

FOURTH = 1e-10
"""Sums of fourth powers in another order, of numbers that partly cancel."""

PAIRS = np.array([[0, 1], [2, 0], [3, 1]])
LONELY: tuple[LonelyPsu, ...] = ("certainty", "adjust", "average")
DF_RULES: tuple[DfRule, ...] = ("satterthwaite", "occupied", "own", "domain-strata", "design")


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

    def units(self, rows: Ints, start: StratumMoments | None = None, *, full: bool = False) -> StratumMoments:
        start = start or empty(5, PAIRS, powers=True)
        n, x, y = (sparse.csc_array(array[rows]) for array in (self.n, self.x, self.y))
        if full:
            return of_full_units(start, self.stratum[rows], *(one.toarray().T for one in (n, x, y)))
        return of_units(start, self.stratum[rows], n, x, y)

    def hidden(self, rows: Ints, domains: list[int]) -> StratumMoments:
        """Return the moments of some units as if nobody were in some domains."""
        shown = sparse.diags_array([0.0 if domain in domains else 1.0 for domain in range(5)])
        parts = [sparse.csc_array(array[rows] @ shown) for array in (self.n, self.x, self.y)]
        return of_units(empty(5, PAIRS, powers=True), self.stratum[rows], *parts)

    def moments(self) -> StratumMoments:
        return self.units(np.arange(len(self.stratum)))


def rule_of(sample: Sample, moments: StratumMoments, lonely: Lonely, df_rule: DfRule = "occupied") -> Streamed:
    return Streamed(moments, strata_alone(sample.sampled, sample.fraction), lonely, df_rule)


def by_domain(sample: Sample) -> Totals:
    """Return the totals with one row a domain in place of units."""

    def diagonal(array: Columns) -> Columns:
        every = np.arange(5)
        return sparse.csc_array((ratio.column_sums(array), (every, every)), shape=(5, 5))

    totals = sample.totals()
    return replace(totals, n=diagonal(sample.n), x=diagonal(sample.x), y=diagonal(sample.y))


def estimated(rule: Streamed | Linearised, totals: Totals, statistic: str) -> ratio.Linear:
    return rule.total(totals) if statistic == "total" else rule.ratio(totals)


CONTRASTS = sparse.csc_array([[1.0, -1, 0, 0, 0], [1, 0, -1, 0, 0], [0, 1, 0, -1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 1]])


@pytest.mark.parametrize("statistic", ["ratio", "total"])
@pytest.mark.parametrize("domains", [False, True])
@pytest.mark.parametrize("lonely", LONELY)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_rule_gives_what_the_units_give(seed: int, lonely: LonelyPsu, domains: bool, statistic: str) -> None:
    """Variances, degrees of freedom and occupied units of domains and of contrasts, from units and from moments."""
    sample, spreads = Sample.drawn(seed), []
    for df_rule in DF_RULES:
        for rule, totals in (
            (Linearised(sample.totals().units, Lonely(lonely, domains), df_rule), sample.totals()),
            (rule_of(sample, sample.moments(), Lonely(lonely, domains), df_rule), by_domain(sample)),
        ):
            linear = estimated(rule, totals, statistic)
            scores = contrast.linear(CONTRASTS, np.nan_to_num(linear.estimate), linear.scores).scores
            spreads.append((linear.estimate, rule.spread(scores, contrast.presence(CONTRASTS, totals.n))))
    for (estimate, expected), (streamed, found) in batched(spreads):
        np.testing.assert_allclose(streamed, estimate, rtol=SAME)
        np.testing.assert_allclose(found.variance, expected.variance, rtol=SAME)
        np.testing.assert_allclose(found.df, expected.df, rtol=FOURTH)
        np.testing.assert_array_equal(found.counted, expected.counted)
        np.testing.assert_array_equal(found.n_psu, expected.n_psu)
        np.testing.assert_array_equal(found.census, expected.census)


def batched(spreads: list[tuple[Floats, Spread]]) -> list[tuple[tuple[Floats, Spread], tuple[Floats, Spread]]]:
    """Return what the units give and what the moments give, one beside the other."""
    return list(zip(spreads[::2], spreads[1::2], strict=True))


@pytest.mark.parametrize("statistic", ["ratio", "total"])
@pytest.mark.parametrize("lonely", ["certainty", "average"])
def test_covariances_of_the_pairs_asked_for_and_of_no_others(lonely: LonelyPsu, statistic: str) -> None:
    sample = Sample.drawn(4)
    by_unit, rule = (
        Linearised(sample.totals().units, Lonely(lonely), "own"),
        rule_of(sample, sample.moments(), Lonely(lonely), "own"),
    )
    kept, streamed = estimated(by_unit, sample.totals(), statistic), estimated(rule, by_domain(sample), statistic)
    two = [0, 1]
    np.testing.assert_allclose(
        rule.covariance(streamed.scores[:, two], by_domain(sample).n[:, two]),
        by_unit.covariance(kept.scores[:, two], sparse.csc_array(sample.n[:, two])),
        rtol=SAME,
    )
    if lonely == "certainty":
        expected, found = by_unit.covariance(kept.scores, sample.n), rule.covariances(streamed.scores).toarray()
        asked = [(0, 1), (0, 2), (1, 3), (2, 2)]
        np.testing.assert_allclose([found[a, b] for a, b in asked], [expected[a, b] for a, b in asked], rtol=SAME)
        assert found[2, 3] == 0 != expected[2, 3]


def test_a_comparison_that_was_not_asked_for_is_refused() -> None:
    rule, totals = rule_of(Sample.drawn(), Sample.drawn().moments(), Lonely("certainty")), by_domain(Sample.drawn())
    difference = sparse.csc_array([[0.0, 0, 1, -1, 0]])
    linear = contrast.linear(difference, np.zeros(5), rule.ratio(totals).scores)
    with pytest.raises(OptionError, match=r"draws on 1 pair of estimates without one.*contrasts="):
        rule.spread(linear.scores, contrast.presence(difference, totals.n))
    with pytest.raises(OptionError, match="draws on 3 pairs of estimates"):
        rule.covariance(rule.ratio(totals).scores, totals.n)
    with pytest.raises(OptionError, match="keep='units'"):
        rule.expanded_total(totals, np.ones(3), 10.0)


def assert_same(one: StratumMoments, other: StratumMoments) -> None:
    np.testing.assert_array_equal(one.place, other.place)
    np.testing.assert_array_equal(one.units, other.units)
    np.testing.assert_allclose(one.mean, other.mean, atol=SAME)
    np.testing.assert_allclose(one.cross, other.cross, atol=SAME * np.abs(other.cross).max(initial=0))
    assert len(one.powers) == len(other.powers) == 2
    for found, expected in zip(one.powers, other.powers, strict=True):
        np.testing.assert_array_equal(found.place, expected.place)
        np.testing.assert_array_equal(found.units, expected.units)
        np.testing.assert_allclose(found.mean, expected.mean, atol=SAME)
        np.testing.assert_allclose(found.sums, expected.sums, atol=SAME * np.abs(expected.sums).max(initial=0))


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("parts", [1, 2, 7, 40])
def test_batches_in_any_order_give_the_moments_of_the_whole(parts: int, full: bool) -> None:
    """Each batch has references of its own, as on machines that know nothing of each other."""
    sample = Sample.drawn(6)
    order = np.random.default_rng(parts).permutation(len(sample.stratum))
    merged = merge([empty(5, PAIRS, powers=True), *(sample.units(rows, full=full) for rows in np.array_split(order, parts))])
    none = replace(empty(5, PAIRS, powers=True), reference=merged.reference)
    assert_same(merged, merge([none, sample.moments()]))


@pytest.mark.parametrize("early", [0, 20])
def test_domains_that_turn_up_late_and_another_order_of_them(early: int) -> None:
    """The first batch knows three of the five domains, in another order."""
    sample, known = Sample.drawn(7), np.array([3, 0, 1])
    rows = np.arange(len(sample.stratum))
    few = empty(3, np.array([[1, 2], [0, 2]]), powers=True)
    columns = [sparse.csc_array(sparse.csc_array(array[rows[:early]])[:, known]) for array in (sample.n, sample.x, sample.y)]
    first = of_units(few, sample.stratum[:early], *columns)
    without = sample.hidden(rows[:early], [2, 4])
    grown = regrown(first, known, empty(5, PAIRS, powers=True))
    start = merge([empty(5, PAIRS, powers=True), without])
    assert_same(grown, start)
    np.testing.assert_allclose(grown.reference, start.reference, rtol=SAME)


def test_strata_under_other_numbers() -> None:
    sample = Sample.drawn(9)
    number = np.random.default_rng(2).permutation(12) + 5
    found = renumbered(sample.moments(), number)
    assert_same(found, replace(sample, stratum=number[sample.stratum]).moments())


def test_moments_of_a_stratum_by_hand() -> None:
    """Two domains in three units of one stratum: deviations over the units with a member of either."""
    n = sparse.csc_array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    x = sparse.csc_array([[2.0, 4.0], [6.0, 0.0], [0.0, 0.0]])
    y = sparse.csc_array([[2.0, 1.0], [2.0, 0.0], [0.0, 0.0]])
    start = replace(empty(2, np.array([[0, 1]])), reference=np.array([0.5, 0.25]))
    found = of_units(start, np.array([7, 7, 7]), n, x, y)
    assert found.pairs.tolist() == [[0, 0], [1, 1], [0, 1]]
    assert found.stratum.tolist() == [7, 7, 7]
    assert found.units.tolist() == [2, 1, 2]
    # e of the first domain is 1 and -1 with x 2 and 6; of the second 0 and nothing, with x 4 and nothing.
    assert found.mean[:, 0].tolist() == [0, 4, 0, 4]
    assert found.mean[:, 2].tolist() == [0, 4, 0, 2]
    assert found.cross[:, 0].tolist() == [2, -4, -4, 8]
    assert found.cross[:, 2].tolist() == [0, 4, 0, -8]


def test_no_raw_squares() -> None:
    """Ratios of 1e8 with a spread of 1: of sums of raw squares no digit would be left."""
    sample = Sample.drawn(8, centre=1e8, spread=1.0)
    by_unit = Linearised(sample.totals().units, Lonely("certainty"), "own")
    expected = by_unit.spread(by_unit.ratio(sample.totals()).scores, sample.n).variance
    moments = empty(5, PAIRS, powers=True)
    for rows in np.array_split(np.random.default_rng(1).permutation(len(sample.stratum)), 9):
        moments = merge([moments, sample.units(rows, moments)])
    rule, totals = rule_of(sample, moments, Lonely("certainty")), by_domain(sample)
    # Of the sixteen digits of y, the residual y - R x leaves eight in either form.
    np.testing.assert_allclose(rule.spread(rule.ratio(totals).scores, totals.n).variance, expected, rtol=1e-7)


def test_pairs_are_kept_once_and_must_exist() -> None:
    assert empty(3, np.array([[2, 1], [1, 2], [1, 1]])).pairs.tolist() == [[0, 0], [1, 1], [2, 2], [1, 2]]
    with pytest.raises(OptionError, match="domains from 0 to 2; found 1 to 3"):
        empty(3, np.array([[1, 3]]))
    with pytest.raises(OptionError, match="different pairs"):
        merge([empty(3, np.array([[0, 1]])), empty(3, np.array([[0, 2]]))])


def test_contrasts_of_three_domains_read_variances_of_strata_and_no_powers() -> None:
    """In pairs of units nothing else is read, with the units at hand or not."""
    drawn = Sample.drawn(5)
    n, x, y = (sparse.csc_array(array[:24]) for array in (drawn.n, drawn.x, drawn.y))
    sample = Sample(np.arange(24) // 2, n, x, y)
    start = empty(5, np.array([[0, 1], [1, 2], [0, 2]]), powers=True)
    rule = rule_of(sample, of_units(start, sample.stratum, n, x, y), Lonely(), "satterthwaite")
    by_unit = Linearised(sample.totals().units, Lonely(), "satterthwaite")
    three = sparse.csc_array([[1.0, -0.5, -0.5, 0, 0]])
    found, expected = (
        of.spread(contrast.linear(three, np.zeros(5), of.ratio(totals).scores).scores, contrast.presence(three, totals.n)).df
        for of, totals in ((rule, by_domain(sample)), (by_unit, sample.totals()))
    )
    assert found[0] < 12
    np.testing.assert_allclose(found, expected, rtol=FOURTH)


def test_moments_kept_for_another_rule_do_not_pretend() -> None:
    sample = Sample.drawn()
    without = sample.units(np.arange(len(sample.stratum)), empty(5, PAIRS))
    rule, totals = rule_of(sample, without, Lonely(), "satterthwaite"), by_domain(sample)
    with pytest.raises(OptionError, match=r"needs moments that hold the powers of unit totals"):
        rule.spread(rule.ratio(totals).scores, totals.n)
    with pytest.raises(OptionError, match="declare the same df_rule in every part"):
        merge([sample.moments(), without])
