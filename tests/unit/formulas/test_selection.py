"""Forms of ordered and unequal-probability samples against their formulas, term by term, and by hand."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from prevalence.errors import OptionError
from prevalence.formulas.selection import FORMS, lonely_strata, selection_form
from prevalence.totals import StageUnits

Floats = npt.NDArray[np.float64]

SUMMED = 1e-12
"""The same terms added in another order, relative to their size."""

SHIFTING = ("successive-differences", "collapsed-pairs", "hartley-rao", "brewer")


def stage(stratum: list[int], fraction: list[float] | None = None, multiplier: list[float] | None = None) -> StageUnits:
    codes = np.array(stratum)
    sampled = np.bincount(codes)
    ones = np.ones(len(sampled))
    return StageUnits(
        np.arange(len(codes)),
        codes,
        sampled,
        0 * ones if fraction is None else np.array(fraction),
        ones if multiplier is None else np.array(multiplier),
    )


def column(*values: float) -> sparse.csc_array:
    return sparse.csc_array(np.array(values, dtype=float)[:, None])


def hartley_rao(p: Floats, z: Floats, *, horvitz_thompson: bool) -> float:
    """Return the double sum over pairs with the approximate joint probabilities."""
    n = len(p)
    form = 1 - (n - p[:, None] - p[None, :] + p.mean()) / (n - 1)
    np.fill_diagonal(form, 1 - p)
    if horvitz_thompson:
        return float(z @ form @ z)
    return float(sum(-form[i, j] * (z[i] - z[j]) ** 2 for i in range(n) for j in range(i)))


def expected(selection: str, p: Floats, z: Floats) -> float:
    """Return the variance of one stratum in the order of selection, from the formula as published."""
    n, f = len(z), p.mean()
    if selection == "successive-differences":
        return float((1 - f) * n / (2 * (n - 1)) * sum((b - a) ** 2 for a, b in pairwise(z)))
    if selection == "collapsed-pairs":
        cut = n - 3 if n % 2 else n
        groups = [z[i : i + 2] for i in range(0, cut, 2)] + ([z[cut:]] if n % 2 else [])
        return float((1 - f) * sum(len(g) * g.var(ddof=1) for g in groups))
    if selection == "brewer":
        return float(n / (n - 1) * ((1 - p) * (z - z.mean()) ** 2).sum())
    return hartley_rao(p, z, horvitz_thompson=selection.endswith("ht"))


@pytest.mark.parametrize(
    ("selection", "by_hand"),
    [
        # Scores 1, 3, 6, 2 in the order of selection, all probabilities 1/2.
        ("successive-differences", 0.5 * 4 / 6 * (4 + 9 + 16)),
        ("collapsed-pairs", 0.5 * (4 + 16)),
        ("brewer", 4 / 3 * 0.5 * (4 + 0 + 9 + 1)),
        ("hartley-rao", 4 / 3 * 0.5 * (4 + 0 + 9 + 1)),
    ],
)
def test_four_units_by_hand(selection: str, by_hand: float) -> None:
    # Rows in another order than that of selection.
    form = selection_form(selection, stage([0, 0, 0, 0]), sequence=np.array([2, 0, 3, 1]), probability=np.full(4, 0.5))
    np.testing.assert_allclose(form.variances(column(6, 1, 2, 3)), [by_hand], rtol=SUMMED)


@given(st.integers(0, 10_000), st.sampled_from(FORMS))
def test_each_form_is_its_formula_summed_over_strata(seed: int, selection: str) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 8, rng.integers(1, 5))
    stratum = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    sequence = rng.permutation(len(stratum))
    probability = rng.uniform(0.01, 0.9, len(stratum))
    dense = rng.normal(2, 1, (len(stratum), 3)) * rng.integers(0, 2, (len(stratum), 3))
    form = selection_form(selection, stage(stratum.tolist()), sequence=sequence, probability=probability)

    def summed(z: Floats) -> float:
        chosen = [np.flatnonzero(stratum == h) for h in range(len(sizes))]
        ordered = [units[np.argsort(sequence[units])] for units in chosen]
        return sum(expected(selection, probability[units], z[units]) for units in ordered)

    scores = sparse.csc_array(dense)
    scale = max(1.0, float((dense**2).sum()))
    np.testing.assert_allclose(form.variances(scores), [summed(z) for z in dense.T], atol=SUMMED * scale)
    matrix = form.covariance(scores)
    polarised = (summed(dense[:, 0] + dense[:, 1]) - summed(dense[:, 0] - dense[:, 1])) / 4
    np.testing.assert_allclose(matrix[0, 1], polarised, atol=SUMMED * scale)
    np.testing.assert_allclose(dense.T @ form.matrix() @ dense, matrix, atol=SUMMED * scale)


@pytest.mark.parametrize("selection", SHIFTING)
def test_scores_that_are_all_alike_have_no_variance_to_the_last_digit(selection: str) -> None:
    form = selection_form(selection, stage([0] * 7), sequence=np.arange(7), probability=np.linspace(0.1, 0.7, 7))
    assert form.variances(column(*[1 / 3] * 7))[0] <= 1e-30


def test_hartley_rao_with_estimated_squares_is_brewers() -> None:
    p, sequence = np.array([0.3, 0.2, 0.05, 0.4, 0.1]), np.arange(5)
    forms = [selection_form(name, stage([0, 0, 0, 1, 1]), sequence=sequence, probability=p) for name in ("hartley-rao", "brewer")]
    np.testing.assert_allclose(forms[0].matrix(), forms[1].matrix(), atol=SUMMED)


def test_equal_probabilities_give_simple_random_sampling_without_replacement() -> None:
    z = np.array([1.0, 4.0, 2.0, 2.5, 0.0])
    expected_variance = 5 * (1 - 0.25) * z.var(ddof=1)
    for name in ("hartley-rao", "brewer"):
        form = selection_form(name, stage([0] * 5, fraction=[0.25]))
        np.testing.assert_allclose(form.variances(column(*z)), [expected_variance], rtol=SUMMED)


@pytest.mark.parametrize("selection", FORMS)
def test_units_certain_to_be_drawn_are_outside_every_sum(selection: str) -> None:
    p, z = np.array([1.0, 0.2, 0.3, 0.4, 0.1, 1.0]), np.array([900.0, 3.0, 1.0, 4.0, 2.0, 70.0])
    whole = selection_form(selection, stage([0] * 6), sequence=np.arange(6), probability=p)
    without = selection_form(selection, stage([0] * 4), sequence=np.arange(4), probability=p[1:5])
    np.testing.assert_allclose(whole.variances(column(*z)), without.variances(column(*z[1:5])), rtol=SUMMED)


@pytest.mark.parametrize("selection", FORMS)
@pytest.mark.parametrize(("lonely", "adds"), [("fail", 0.0), ("certainty", 0.0), ("average", 0.0), ("adjust", 0.75 * 25)])
def test_a_unit_alone_in_its_stratum(selection: str, lonely: str, adds: float) -> None:
    # The second stratum has one unit of probability 1/4 beside one that was certain.
    p, z = np.array([0.5, 0.5, 0.25, 1.0]), column(1, 3, 5, 9)
    pair = selection_form(selection, stage([0, 0]), sequence=np.arange(2), probability=p[:2])
    both = selection_form(selection, stage([0, 0, 1, 1]), sequence=np.arange(4), probability=p, lonely=lonely)
    np.testing.assert_allclose(both.variances(z), pair.variances(column(1, 3)) + adds, rtol=SUMMED)
    assert lonely_strata(stage([0, 0, 1, 1]), p).tolist() == [False, True]


def test_a_later_stage_counts_by_the_fraction_above() -> None:
    z = column(1, 3, 6, 2)
    once = selection_form("successive-differences", stage([0, 0, 1, 1]), sequence=np.arange(4))
    half = selection_form("successive-differences", stage([0, 0, 1, 1], multiplier=[0.5, 0.5]), sequence=np.arange(4))
    np.testing.assert_allclose(half.variances(z), once.variances(z) / 2, rtol=SUMMED)


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(OptionError, match="'brewer'"):
        selection_form("brewr", stage([0, 0]))
