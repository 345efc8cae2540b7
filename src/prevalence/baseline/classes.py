r"""Progress classes of Open SDG and Statistics Canada, and the probability of each.

With CAGR the compound annual growth rate, a target q of year T and less being better, the ratio is

.. math:: R = -\frac{\mathrm{CAGR}(now, base)}{|\mathrm{CAGR}(target, base)|}

and the class follows from fixed thresholds; without a target the growth itself is classed. Sources: open-sdg/sdg-build,
``sdg/ProgressMeasure.py``; Open SDG, Progress measurement methodology, after Statistics Canada, whose words for the same classes
are kept beside (verified).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from scipy import special

from prevalence.shown import Floats

Words = Literal["open-sdg", "statcan"]

CLASSES: dict[Words, tuple[str, ...]] = {
    "open-sdg": ("target achieved", "substantial", "moderate", "limited", "deterioration"),
    "statcan": ("target achieved", "on track", "progress made but acceleration needed", "limited progress", "deterioration"),
}
RATIOS = (0.95, 0.60, 0.0)
"""Least ratio of the second, third and fourth class."""
GROWTHS = (0.015, 0.005, 0.0)
"""The same without a target: least yearly reduction."""
NODES = 400
WIDTH = 9.0
"""Standard deviations to either side over which the integral goes: what is beyond has a probability below 1e-18."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A target as the class rule sees it.

    Attributes
    ----------
    log_target : float
        Logarithm of the target; NaN without a target. Of a relative target: of what is left of the base value.
    relative : bool
        Whether the target is a part of the base value.
    years : float
        From base to target year.
    """

    log_target: float
    relative: bool
    years: float

    @property
    def exists(self) -> bool:
        """Whether there is a target."""
        return not math.isnan(self.log_target)

    def level(self, log_base: Floats) -> Floats:
        """Return the logarithm of the target for base values."""
        return self.log_target + log_base if self.relative else np.full_like(log_base, self.log_target)


def growth(later: float, earlier: float, years: float) -> float:
    """Return the compound annual growth rate."""
    return float((later / earlier) ** (1 / years) - 1)


def ratio_of(base: float, now: float, years: float, aim: Aim) -> float:
    """Return observed over required growth, NaN without a target or where base and target are the same."""
    if not aim.exists:
        return math.nan
    target = math.exp(float(aim.level(np.array([math.log(base)]))[0]))
    needed = abs(growth(target, base, aim.years))
    return -growth(now, base, years) / needed if needed > 0 else math.nan


def bounds(log_base: Floats, years: float, aim: Aim) -> Floats:
    """Return, for base values, the largest ln(now) of each class but the last, ascending, shape (classes - 1, bases).

    Without a target nobody can achieve it: the first bound is minus infinity.
    """
    if not aim.exists:
        achieved = np.full_like(log_base, -np.inf)
        steps = [log_base + years * math.log1p(-least) for least in GROWTHS]
    else:
        achieved = aim.level(log_base)
        needed = np.abs(np.expm1((achieved - log_base) / aim.years))
        # A yearly fall of everything has no logarithm: nothing is enough.
        steps = [log_base + years * np.log1p(-np.minimum(least * needed, 1 - 1e-15)) for least in RATIOS]
    return np.maximum.accumulate(np.array([achieved, *steps]), axis=0)


def class_of(base: float, now: float, years: float, aim: Aim) -> int:
    """Return the position of the class; the target is looked at first."""
    edges = bounds(np.array([math.log(base)]), years, aim)[:, 0]
    # Values on an edge belong to the better class, and rounding must not decide.
    return int(np.searchsorted(edges + 1e-12, math.log(now), side="left"))


def class_probabilities(base: float, now: float, log_covariance: Floats, years: float, aim: Aim) -> Floats:
    """Return the probability of each class when ln(base) and ln(now) are normal about what was estimated.

    The probability given the base value is a difference of normal distribution functions; it is integrated over the base value
    by Gauss-Legendre.
    """
    mean, other = math.log(base), math.log(now)
    spread = math.sqrt(float(log_covariance[0, 0]))
    slope = float(log_covariance[0, 1] / log_covariance[0, 0]) if spread > 0 else 0.0
    rest = math.sqrt(max(float(log_covariance[1, 1]) - slope * float(log_covariance[0, 1]), 0.0))
    node, weight = _legendre()
    z = WIDTH * node if spread > 0 else np.zeros(1)
    mass = WIDTH * weight * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) if spread > 0 else np.ones(1)
    log_base = mean + spread * z
    expected = other + slope * (log_base - mean)
    edges = bounds(log_base, years, aim) - expected
    below = special.ndtr(edges / rest) if rest > 0 else (edges >= 0).astype(np.float64)
    cumulative = np.concatenate([np.zeros((1, len(z))), below, np.ones((1, len(z)))])
    return np.asarray(np.diff(cumulative, axis=0) @ (mass / mass.sum()), dtype=np.float64)


@cache
def _legendre() -> tuple[Floats, Floats]:
    """Return nodes and weights, computed once."""
    node, weight = special.roots_legendre(NODES)
    return node, weight
