"""How far weights move: the g-weight as a function of the linear predictor, its slope, and its integral.

Source: Deville & Särndal (1992), Calibration estimators in survey sampling, JASA 87, table 1 (cases 1, 2, 6 and 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from prevalence.errors import OptionError, check_option, counted, listed
from prevalence.totals import Floats

Method = Literal["linear", "raking", "logit"]
METHODS: tuple[Method, ...] = ("linear", "raking", "logit")

LONGEST = 30.0
"""exp(30) is 1e13; longer steps come from totals that cannot be met, and end in overflow."""


class Distance(Protocol):
    """A g-weight F(u) that never falls in u, with F(0) = 1 and F'(0) = 1 where bounds allow; arrays broadcast against bounds."""

    @property
    def quadratic(self) -> bool:
        """Whether F is a straight line, so that one step of Newton's method solves the equations."""

    @property
    def longest(self) -> float:
        """Longest change of u in one step of Newton's method."""

    def ratio(self, u: Floats) -> Floats:
        """Return F(u)."""

    def slope(self, u: Floats) -> Floats:
        """Return F'(u)."""

    def integral(self, u: Floats) -> Floats:
        """Return the integral of F, up to a constant: the convex function whose gradient is F."""

    def extremes(self, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
        """Return the smallest and largest F, each broadcast to `shape`."""


@dataclass(frozen=True, slots=True)
class Linear:
    """F = 1 + u within bounds: the generalised regression estimator, truncated where there are bounds.

    Attributes
    ----------
    lower, upper : float arrays, shape (elements, 1) or (1, 1)
    """

    lower: Floats
    upper: Floats

    @property
    def quadratic(self) -> bool:
        """Whether there is no bound."""
        return not (np.isfinite(self.lower).any() or np.isfinite(self.upper).any())

    @property
    def longest(self) -> float:
        """Any: the function is quadratic between the bounds."""
        return np.inf

    def ratio(self, u: Floats) -> Floats:
        """Return 1 + u within the bounds."""
        return np.clip(1 + u, self.lower, self.upper)

    def slope(self, u: Floats) -> Floats:
        """Return 1 within the bounds and 0 beyond."""
        return ((1 + u > self.lower) & (1 + u < self.upper)).astype(np.float64)

    def integral(self, u: Floats) -> Floats:
        """Return u + u^2 / 2 within the bounds, continued by straight lines."""
        inside = np.clip(u, self.lower - 1, self.upper - 1)
        return np.asarray(inside + inside**2 / 2 + (1 + inside) * (u - inside), dtype=np.float64)

    def extremes(self, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
        """Return the bounds."""
        return np.broadcast_to(self.lower, shape), np.broadcast_to(self.upper, shape)


@dataclass(frozen=True, slots=True)
class Raking:
    """F = exp(u) within bounds: the limit of iterative proportional fitting.

    Attributes
    ----------
    lower, upper : float arrays, shape (elements, 1) or (1, 1)
    """

    lower: Floats
    upper: Floats

    @property
    def quadratic(self) -> bool:
        """Never."""
        return False

    @property
    def longest(self) -> float:
        """A change of the weight by many powers of ten."""
        return LONGEST

    def ratio(self, u: Floats) -> Floats:
        """Return exp(u) within the bounds."""
        return np.clip(np.exp(u), self.lower, self.upper)

    def slope(self, u: Floats) -> Floats:
        """Return exp(u) within the bounds and 0 beyond."""
        value = np.exp(u)
        return np.where((value > self.lower) & (value < self.upper), value, 0.0)

    def integral(self, u: Floats) -> Floats:
        """Return exp(u) within the bounds, continued by straight lines."""
        with np.errstate(divide="ignore"):
            inside = np.clip(u, np.log(np.maximum(self.lower, 0)), np.log(self.upper))
        return np.asarray(np.exp(inside) * (1 + u - inside), dtype=np.float64)

    def extremes(self, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
        """Return the bounds, never below 0."""
        return np.broadcast_to(np.maximum(self.lower, 0), shape), np.broadcast_to(self.upper, shape)


@dataclass(frozen=True, slots=True)
class Logit:
    """F between two bounds on a logistic curve with F(0) = 1 and F'(0) = 1.

    Attributes
    ----------
    lower, upper : float arrays, shape (elements, 1) or (1, 1)
        Finite, the lower below 1, the upper above.
    """

    lower: Floats
    upper: Floats

    @property
    def quadratic(self) -> bool:
        """Never."""
        return False

    @property
    def steepness(self) -> Floats:
        """A = (U - L) / ((1 - L)(U - 1))."""
        return np.asarray((self.upper - self.lower) / ((1 - self.lower) * (self.upper - 1)), dtype=np.float64)

    @property
    def longest(self) -> float:
        """A change of the weight by many powers of ten."""
        return LONGEST

    def ratio(self, u: Floats) -> Floats:
        """Return L + (U - L) p(u), p the logistic curve through (1 - L) / (U - L) at 0."""
        return self.lower + (self.upper - self.lower) * self._part(u)

    def slope(self, u: Floats) -> Floats:
        """Return A (U - L) p (1 - p)."""
        part = self._part(u)
        return self.steepness * (self.upper - self.lower) * part * (1 - part)

    def integral(self, u: Floats) -> Floats:
        """Return L u + (U - L) / A log((U - 1) + (1 - L) exp(A u))."""
        log_sum = np.logaddexp(np.log(self.upper - 1), np.log(1 - self.lower) + self.steepness * u)
        return np.asarray(self.lower * u + (self.upper - self.lower) / self.steepness * log_sum, dtype=np.float64)

    def extremes(self, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
        """Return the bounds."""
        return np.broadcast_to(self.lower, shape), np.broadcast_to(self.upper, shape)

    def _part(self, u: Floats) -> Floats:
        odds = self.steepness * u + np.log1p(-self.lower) - np.log(self.upper - 1)
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -700, 700))), dtype=np.float64)


def distance(method: str, lower: Floats, upper: Floats) -> Distance:
    """Return the distance of a method.

    Parameters
    ----------
    method : {"linear", "raking", "logit"}
    lower, upper : float arrays, shape (elements,) or (1,)
        Bounds of the g-weight; minus and plus infinity where there are none.

    Raises
    ------
    OptionError
        If the method is unknown, bounds are the wrong way round, or a logit lacks a bound below and one above 1.
    """
    check_option("method", method, METHODS)
    crossed = np.flatnonzero(~(lower < upper))
    if len(crossed):
        raise OptionError(f"bounds must be a lower and a larger upper one; found {listed(_pairs(lower, upper, crossed))}.")
    if method != "logit":
        kinds: dict[str, type[Linear] | type[Raking]] = {"linear": Linear, "raking": Raking}
        return kinds[method](lower[:, None], upper[:, None])
    outside = np.flatnonzero(~((lower < 1) & (upper > 1) & np.isfinite(lower) & np.isfinite(upper)))
    if len(outside):
        raise OptionError(
            "method='logit' needs finite bounds of the weight ratio, one below and one above 1; "
            f"{counted(len(outside), 'pair is', 'pairs are')} not: {listed(_pairs(lower, upper, outside))}. "
            "Give bounds=(lower, upper), such as (0.5, 2)."
        )
    return Logit(lower[:, None], upper[:, None])


def _pairs(lower: Floats, upper: Floats, chosen: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[tuple[float, float]]:
    return [(float(lower[index]), float(upper[index])) for index in chosen.tolist()]
