"""Confidence limits of proportions, of unbounded estimates and of ratios of estimates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from prevalence.formulas.ratio import divide
from prevalence.totals import Floats

ProportionMethod = Literal["logit", "korn-graubard", "beta", "wilson", "asin", "likelihood", "wald", "mics"]
PROPORTION_METHODS: tuple[ProportionMethod, ...] = (
    "logit",
    "korn-graubard",
    "beta",
    "wilson",
    "asin",
    "likelihood",
    "wald",
    "mics",
)

RECOMMENDED: ProportionMethod = "korn-graubard"
"""The interval that held its level in more settings of the coverage study than any other; see docs/methods/coverage."""

LARGEST_T = 1e50
"""With less than a hundredth of a degree of freedom t quantiles pass it; their fourth power is still a number."""

HALVINGS = 60
"""Steps of bisection on a probability: the last one is below the spacing of floating-point numbers near 1."""

MICS_MULTIPLE = 2.0
"""MICS reports print the estimate plus and minus two standard errors, not 1.96 and not t."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Lower and upper confidence limits, each of shape (domains,); NaN where there is no interval."""

    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Proportions:
    """What the interval of a proportion needs; every array has shape (domains,).

    Attributes
    ----------
    estimate, se, df : float arrays
    n : float array
        Unweighted known outcomes.
    borrowed_deff : float array
        Design effect, at least 1, of the same indicator in the nearest margin; used where the domain's own is undefined.
    """

    estimate: Floats
    se: Floats
    df: Floats
    n: Floats
    borrowed_deff: Floats

    @property
    def degenerate(self) -> npt.NDArray[np.bool_]:
        """Whether the variance says nothing: all or none are cases, or no unit differs from another."""
        return np.asarray((self.estimate <= 0) | (self.estimate >= 1) | (self.se == 0), dtype=np.bool_)

    @property
    def single(self) -> npt.NDArray[np.bool_]:
        """Whether there is one observation, whose share is inside (0, 1) if it was imputed several times."""
        return np.asarray(~self.degenerate & (self.n <= 1), dtype=np.bool_)


def student_t(df: Floats, level: float) -> Floats:
    """Return the two-sided t quantile, NaN where df is not above 0."""
    tail = (1 + level) / 2
    safe = np.where(df > 0, df, 1.0)
    quantile = np.where(np.isinf(safe), special.ndtri(tail), special.stdtrit(np.where(np.isinf(safe), 1.0, safe), tail))
    return np.where(df > 0, np.minimum(quantile, LARGEST_T), np.nan)


def wald(estimate: Floats, se: Floats, df: Floats, level: float) -> Limits:
    """Return estimate -+ t se. No width where the standard error is zero, so no interval there."""
    half = np.where(se > 0, student_t(df, level) * se, np.nan)
    return Limits(estimate - half, estimate + half)


def log_wald(ratio: Floats, se_log: Floats, df: Floats, level: float) -> Limits:
    """Return the limits of a positive ratio from the standard error of its logarithm; 0 and infinite where they pass all numbers."""
    with np.errstate(over="ignore"):
        factor = np.exp(np.where(se_log > 0, student_t(df, level) * se_log, np.nan))
        return Limits(ratio / factor, ratio * factor)


def none_found(people: Floats, of: Proportions, level: float) -> Limits:
    """Return the limits of a number of cases where the sample has none: 0, and the upper limit of a share of 0 times the people.

    Parameters
    ----------
    people : float array, shape (domains,)
        Estimated number of people of the domain, whose own error is left out: it is small beside that of the share.
    of : Proportions
        Of the share, whose estimate is taken as 0.
    level : float
    """
    share = proportion(RECOMMENDED, replace(of, estimate=np.zeros_like(of.estimate)), level)
    return Limits(share.low, share.high * people)


def proportion(method: ProportionMethod, of: Proportions, level: float) -> Limits:
    """Return the limits of proportions; where the variance says nothing, or of one person, Korn-Graubard with a borrowed design effect.

    Parameters
    ----------
    method : {"logit", "korn-graubard", "beta", "wilson", "asin", "likelihood", "wald", "mics"}
        `logit`: t limits on the logit scale (R's ``xlogit``). `korn-graubard`: exact limits with effective sample size capped at
        n (NCHS Series 2 No. 175). `beta`: R's form of it without the cap. `wilson`: score limits with n_e = p(1-p)/V and t (Wilson 1927; Kott & Carr
        1997). `asin`: t limits on the arc sine of the square root (R's ``asin``). `likelihood`: the binomial likelihood of n_e observations, Rao-Scott scaled (R's
        ``likelihood``, here by exact root finding). `wald`: estimate -+ t se. `mics`: estimate -+ 2 se.
    of : Proportions
    level : float
        Confidence level, such as 0.95. `mics` has no level.

    Returns
    -------
    Limits
        NaN where df is 0, or estimate or standard error are NaN.
    """
    formulas: dict[ProportionMethod, Callable[[Proportions, float], Limits]] = {
        "logit": _logit,
        "korn-graubard": _korn_graubard,
        "beta": _beta,
        "wilson": _wilson,
        "asin": _asin,
        "likelihood": _likelihood,
        "wald": _wald,
        "mics": _mics,
    }
    plain = formulas[method](of, level)
    defined = (of.df > 0) & np.isfinite(of.estimate) & np.isfinite(of.se)
    low, high = np.where(defined, plain.low, np.nan), np.where(defined, plain.high, np.nan)
    replaced = np.broadcast_to(defined & (of.degenerate | of.single), low.shape)
    if replaced.any():  # exact limits take longer than all others
        share, n, deff = (np.broadcast_to(values, low.shape)[replaced] for values in (of.estimate, of.n, of.borrowed_deff))
        borrowed = _exact(share, divide(n, deff), level)
        low[replaced], high[replaced] = borrowed.low, borrowed.high
    return Limits(low, high)


def _logit(of: Proportions, level: float) -> Limits:
    # Where the variance says nothing the value here is replaced: 0.5 keeps the logarithm quiet.
    p = np.where(of.degenerate, 0.5, of.estimate)
    centre = special.logit(p)
    half = student_t(of.df, level) * of.se / (p * (1 - p))
    return Limits(special.expit(centre - half), special.expit(centre + half))


def _korn_graubard(of: Proportions, level: float) -> Limits:
    return _exact(of.estimate, np.minimum(of.n, _effective_n(of, level)), level)


def _beta(of: Proportions, level: float) -> Limits:
    return _exact(of.estimate, _effective_n(of, level), level)


def _wilson(of: Proportions, level: float) -> Limits:
    t = student_t(of.df, level)
    ratio = t**2 / _nominal_n(of)
    centre = (of.estimate + ratio / 2) / (1 + ratio)
    half = np.sqrt(of.se**2 * t**2 + ratio**2 / 4) / (1 + ratio)
    return Limits(np.maximum(centre - half, 0), np.minimum(centre + half, 1))


def _asin(of: Proportions, level: float) -> Limits:
    p = np.where(of.degenerate, 0.5, of.estimate)
    centre = np.arcsin(np.sqrt(p))
    half = student_t(of.df, level) * of.se / (2 * np.sqrt(p * (1 - p)))
    # Beyond 0 and a right angle the sine would turn back.
    low, high = np.maximum(centre - half, 0), np.minimum(centre + half, np.pi / 2)
    return Limits(np.sin(low) ** 2, np.sin(high) ** 2)


def _likelihood(of: Proportions, level: float) -> Limits:
    """Return where twice the log likelihood ratio of n_e binomial observations equals t squared times the dispersion n/(n-1)."""
    p = np.where(of.degenerate, 0.5, of.estimate)
    allowed = student_t(of.df, level) ** 2 * divide(of.n, of.n - 1) / (2 * _nominal_n(of))

    def distance(q: Floats) -> Floats:
        return special.rel_entr(p, q) + special.rel_entr(1 - p, 1 - q)

    def limit(outer: Floats) -> Floats:
        inside, outside = p, outer
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2
            within = distance(middle) <= allowed
            inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
        return inside

    return Limits(limit(np.zeros_like(p)), limit(np.ones_like(p)))


def _wald(of: Proportions, level: float) -> Limits:
    return wald(of.estimate, of.se, of.df, level)


def _mics(of: Proportions, _level: float) -> Limits:
    return Limits(of.estimate - MICS_MULTIPLE * of.se, of.estimate + MICS_MULTIPLE * of.se)


def _effective_n(of: Proportions, level: float) -> Floats:
    """Return p(1-p)/V times the squared ratio of t quantiles with n-1 and df degrees (Korn & Graubard 1998)."""
    return _nominal_n(of) * (student_t(of.n - 1, level) / student_t(of.df, level)) ** 2


def _nominal_n(of: Proportions) -> Floats:
    """Return p(1-p)/V, the size of a simple random sample with the same variance; NaN where V is 0."""
    return divide(of.estimate * (1 - of.estimate), of.se**2)


def _exact(p: Floats, n: Floats, level: float) -> Limits:
    """Return Clopper-Pearson limits with a fractional sample size."""
    cases = p * n
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(p <= 0, 0.0, special.betaincinv(np.maximum(cases, 1e-300), n - cases + 1, tail))
        high = np.where(p >= 1, 1.0, special.betaincinv(cases + 1, np.maximum(n - cases, 1e-300), 1 - tail))
    return Limits(np.where(np.isnan(cases), np.nan, low), np.where(np.isnan(cases), np.nan, high))
