"""Measures of how well answers were collected: digit preference in ages and hours, and differences between groups.

All are unweighted: heaping and interviewers' habits belong to the interviews, not to the population.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from prevalence.rows import Codes, Floats

WHIPPLE_AGES = (23, 62)
CHILD_AGES = (5, 17)
MYERS_LAST_AGE = 89
SMALLEST_GROUP = 10
"""Interviewers with fewer interviews are put together."""
COCHRAN_SMALLEST, COCHRAN_ENOUGH, COCHRAN_SHARE = 1.0, 5.0, 0.8
"""The chi-square is trusted where no expected count is below 1 and 80 % are 5 or more (Cochran 1954, Biometrics 10, 417-451)."""
NORMAL_975 = 1.959963984540054
READINGS = ((105, "highly accurate"), (110, "fairly accurate"), (125, "approximate"), (175, "rough"), (np.inf, "very rough"))
"""Upper limits of Whipple's index in United Nations (1955), Manual II: Methods of appraisal of quality of basic data."""


def age_counts(ages: Floats, low: int, high: int) -> Floats:
    """Return the number of rows of each whole age from `low` to `high`."""
    known = np.floor(ages[~np.isnan(ages)])
    inside = known[(known >= low) & (known <= high)].astype(np.int64)
    return np.bincount(inside - low, minlength=high - low + 1).astype(np.float64)


def whipple(ages: Floats) -> float:
    """Return Whipple's index: five times the share of ages 25, 30, ..., 60 among ages 23-62, times 100.

    100: no preference for 0 and 5; 500: no other digit was recorded. NaN without anybody of these ages. Source: Shryock and Siegel
    (1976), The methods and materials of demography, chapter 8.

    Examples
    --------
    >>> whipple(np.arange(23.0, 63.0)), whipple(np.array([25.0, 30.0, 40.0]))
    (100.0, 500.0)
    """
    counts = age_counts(ages, *WHIPPLE_AGES)
    if not counts.sum():
        return np.nan
    return float(500 * counts[2::5].sum() / counts.sum())


def whipple_reading(index: float) -> str:
    """Return the grade of the United Nations (1955) for a value of Whipple's index."""
    return "" if np.isnan(index) else next(words for limit, words in READINGS if index < limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Myers:
    """Myers' blended index.

    Attributes
    ----------
    index : float
        Half the sum of absolute deviations of the ten shares from 10 %, in percent: 0 to 90; NaN without the ages it needs.
    shares : (10,) float64
        Blended share of the ages that end in 0, 1, ..., 9, in percent.
    low, high : int
        Ages used.
    rows : int
    """

    index: float
    shares: Floats
    low: int
    high: int
    rows: int


def myers(ages: Floats, start: int = 10) -> Myers:
    """Return Myers' blended index of ages from `start`, a multiple of ten.

    Ages ending in digit a count a + 1 times in the decades from `start` and 9 - a times in the same number of decades from
    `start` + 10, so that ages which fall along a straight line score 0. Source: Myers (1940), Transactions of the
    Actuarial Society of America 41, 395-415; Shryock and Siegel (1976), chapter 8.

    Examples
    --------
    >>> myers(np.repeat(np.arange(10.0, 90.0), np.arange(800, 0, -10))).index
    0.0
    """
    known = ages[~np.isnan(ages)]
    last = min(MYERS_LAST_AGE, int(known.max()) if len(known) else 0)
    decades = (last + 1 - start) // 10 - 1
    high = start + 10 * decades + 9
    if decades < 1:
        return Myers(index=np.nan, shares=np.full(10, np.nan), low=start, high=high, rows=0)
    table = age_counts(known, start, high).reshape(-1, 10)
    digits = np.arange(10)
    blended = (digits + 1) * table[:-1].sum(axis=0) + (9 - digits) * table[1:].sum(axis=0)
    total = blended.sum()
    shares = 100 * blended / total if total else np.full(10, np.nan)
    return Myers(index=float(np.abs(shares - 10).sum() / 2), shares=shares, low=start, high=high, rows=int(table.sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class StraightLine:
    """How far the numbers of children of single ages lie from a straight line: part in percent, and chi-square with its p."""

    dissimilarity: float
    chi_square: float
    df: int
    p_value: float
    rows: int


def straight_line(ages: Floats, low: int = CHILD_AGES[0], high: int = CHILD_AGES[1]) -> StraightLine:
    """Return the part of children who would have to change age for the numbers to lie on a straight line.

    This index is this package's own: the standard ones need decades of ages. The line is that of least squares; the chi-square
    has two degrees of freedom fewer than ages and takes the children for a simple random sample.
    """
    counts = age_counts(ages, low, high)
    if not counts.sum():
        return StraightLine(dissimilarity=np.nan, chi_square=np.nan, df=0, p_value=np.nan, rows=0)
    position = np.arange(len(counts)) - (len(counts) - 1) / 2
    line = counts.mean() + position * (position @ counts) / (position @ position)
    apart = float(50 * np.abs(counts - line).sum() / counts.sum())
    df = len(counts) - 2
    chi_square = float(((counts - line) ** 2 / line).sum()) if (line >= COCHRAN_ENOUGH).all() else np.nan
    p_value = float(special.chdtrc(df, chi_square))
    return StraightLine(dissimilarity=apart, chi_square=chi_square, df=df, p_value=p_value, rows=int(counts.sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratios:
    """Age ratios with limits (95 %), for the ages that have two neighbours."""

    ages: Codes
    rows: Floats
    ratio: Floats
    low: Floats
    high: Floats


def age_ratios(ages: Floats, low: int = CHILD_AGES[0], high: int = CHILD_AGES[1]) -> Ratios:
    """Return 100 times the number of each age over the mean of its two neighbours.

    Limits are those of a simple random sample, from the variance 1/n + 1/(sum of the neighbours) of the logarithm.
    """
    counts = age_counts(ages, low, high)
    middle, around = counts[1:-1], counts[:-2] + counts[2:]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(around > 0, 200 * middle / around, np.nan)
        factor = np.exp(NORMAL_975 * np.sqrt(1 / middle + 1 / around))
        bounds = np.where(middle > 0, ratio / factor, np.nan), np.where(middle > 0, ratio * factor, np.nan)
    return Ratios(ages=np.arange(low + 1, high), rows=middle, ratio=ratio, low=bounds[0], high=bounds[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How much a share differs between groups.

    Attributes
    ----------
    groups, pooled : int
        Groups with ten rows or more, and smaller ones that were put together.
    rows : int
        With a known answer and a known group.
    share, lowest, highest : float
        Overall, and in the groups of ten rows or more.
    chi_square, p_value : float
        Pearson's, over the groups and the pooled one; NaN where expected counts are too small (Cochran's rule).
    df : int
    icc : float
        Intraclass correlation from the analysis of variance, groups of ten rows or more.
    design_effect : float
        1 + (mean rows a group - 1) x icc, at least 1: how much the groups inflate the variance of the share (Kish 1962, Journal of
        the American Statistical Association 57, 92-115).
    """

    groups: int
    pooled: int
    rows: int
    share: float
    lowest: float
    highest: float
    chi_square: float
    df: int
    p_value: float
    icc: float
    design_effect: float


def spread(values: Floats, groups: Codes, smallest: int = SMALLEST_GROUP) -> Spread:
    """Return how much the share of ones in `values` (0, 1, NaN) differs between `groups` (codes; -1 is unknown)."""
    known = ~np.isnan(values) & (groups >= 0)
    y, codes = values[known], groups[known]
    n = np.bincount(codes).astype(np.float64)
    ones = np.bincount(codes, weights=y, minlength=len(n)).astype(np.float64)
    large, small = n >= smallest, (n > 0) & (n < smallest)
    sizes, cases = n[large], ones[large]
    pooled_n, pooled_ones = n[small].sum(), ones[small].sum()
    if pooled_n:
        chi_square, df = _chi_square(np.append(sizes, pooled_n), np.append(cases, pooled_ones))
    else:
        chi_square, df = _chi_square(sizes, cases)
    icc = intraclass(sizes, cases)
    effect = max(1.0, 1 + (sizes.mean() - 1) * icc) if len(sizes) and not np.isnan(icc) else np.nan
    shares = cases / sizes
    return Spread(
        groups=int(large.sum()),
        pooled=int(small.sum()),
        rows=len(y),
        share=float(y.mean()) if len(y) else np.nan,
        lowest=float(shares.min()) if len(shares) else np.nan,
        highest=float(shares.max()) if len(shares) else np.nan,
        chi_square=chi_square,
        df=df,
        p_value=float(special.chdtrc(df, chi_square)) if df else np.nan,
        icc=icc,
        design_effect=float(effect),
    )


def _chi_square(sizes: Floats, cases: Floats) -> tuple[float, int]:
    """Return Pearson's chi-square of groups by yes and no, and its degrees of freedom."""
    df = max(0, len(sizes) - 1)
    share = cases.sum() / sizes.sum() if sizes.sum() else np.nan
    expected = np.concatenate([sizes * share, sizes * (1 - share)])
    trusted = df and expected.min() >= COCHRAN_SMALLEST and (expected >= COCHRAN_ENOUGH).mean() >= COCHRAN_SHARE
    if not trusted:
        return np.nan, df
    observed = np.concatenate([cases, sizes - cases])
    return float(((observed - expected) ** 2 / expected).sum()), df


def intraclass(sizes: Floats, cases: Floats) -> float:
    """Return the analysis-of-variance estimate of the intraclass correlation of a 0/1 answer.

    Parameters
    ----------
    sizes, cases : (groups,) float64
        Rows and ones of each group.

    Returns
    -------
    float
        (MSB - MSW) / (MSB + (m - 1) MSW) with m = (N - sum of squared sizes / N) / (groups - 1); it may be slightly negative. NaN
        with fewer than two groups or without variation. Source: Ridout, Demétrio and Firth (1999), Biometrics 55, 137-148.

    Examples
    --------
    >>> intraclass(np.array([10.0, 10.0]), np.array([10.0, 0.0]))
    1.0
    """
    k, total = len(sizes), sizes.sum()
    if k < 2 or total <= k:
        return np.nan
    shares = cases / sizes
    between = float((sizes * (shares - cases.sum() / total) ** 2).sum() / (k - 1))
    within = float((sizes * shares * (1 - shares)).sum() / (total - k))
    m = (total - (sizes**2).sum() / total) / (k - 1)
    denominator = between + (m - 1) * within
    return float((between - within) / denominator) if denominator > 0 else np.nan
