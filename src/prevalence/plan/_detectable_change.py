"""``pv.plan.detectable_change``: the smallest change that a sample of given size can show."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from prevalence.checks import check_above, check_share
from prevalence.errors import OptionError, check_option
from prevalence.plan._sample_size import check_tested
from prevalence.plan.equations import HALVINGS, binary_variance, power_z
from prevalence.shown import Shown

DIRECTIONS = ("decrease", "increase")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DetectableChange(Shown):
    """The smallest change that two rounds show with the power asked for.

    Attributes
    ----------
    change : float
        In points of the rate, above zero.
    relative : float
        Over the first rate.
    rate, next_rate : float
    se : float
        Standard error of the difference at that change.
    n, next_n : float
        People interviewed in the first and in the next round.
    deff, overlap, correlation, power, level : float
    sides : int
    """

    change: float
    relative: float
    rate: float
    next_rate: float
    se: float
    n: float
    next_n: float
    deff: float
    overlap: float
    correlation: float
    power: float
    level: float
    sides: int


def detectable_change(
    rate: float,
    n: float,
    *,
    next_n: float | None = None,
    deff: float = 1.0,
    overlap: float = 0.0,
    correlation: float = 0.0,
    power: float = 0.8,
    level: float = 0.95,
    sides: int = 2,
    direction: str = "decrease",
) -> DetectableChange:
    r"""Return the smallest change between two rounds that is significant with the given power.

    .. math:: D = (z_{1-\alpha/2} + z_{power}) \sqrt{\mathrm{deff}\left[\frac{p_1 q_1}{n_1} + \frac{p_2 q_2}{n_2}
              - 2\,T R \sqrt{\frac{p_1 q_1 p_2 q_2}{n_1 n_2}}\right]}

    with :math:`p_2 = p_1 - D`, solved by bisection.

    Parameters
    ----------
    rate, n : float
        Rate and people interviewed in the first round.
    next_n : float, optional
        People interviewed in the next round; by default as many.
    deff : float
        Design effect of both rounds.
    overlap, correlation : float
        Share T of the sample that is common to both rounds, and the correlation R of their answers. Rounds in the same areas with
        other households have a correlation too: of the area means.
    power, level : float
    sides : {2, 1}
    direction : {"decrease", "increase"}

    Raises
    ------
    OptionError
        If a number is out of its range, or no change at all could be shown.

    Examples
    --------
    >>> import prevalence as pv
    >>> round(pv.plan.detectable_change(0.20, 2_000, deff=2.5).change, 4)
    0.0529
    """
    check_share("rate", rate)
    check_above("n", n, 1)
    later = n if next_n is None else next_n
    check_above("next_n", later, 1)
    check_above("deff", deff, 0)
    check_share("level", level)
    check_tested(power, sides, overlap, correlation)
    check_option("direction", direction, DIRECTIONS)
    sign, widest = (-1, rate) if direction == "decrease" else (1, 1 - rate)
    z = power_z(level, power, sides)

    def se(change: float) -> float:
        first, second = binary_variance(rate) / n, binary_variance(rate + sign * change) / later
        return math.sqrt(deff * max(first + second - 2 * overlap * correlation * math.sqrt(first * max(second, 0.0)), 0.0))

    if widest <= z * se(widest):
        raise OptionError(
            f"No {direction} of a rate of {rate:g} can be shown with {n:,.0f} and {later:,.0f} people and a design effect of {deff:g}: even one "
            f"to {rate + sign * widest:g} is within the error. Interview more people, or plan for a level and not for a change."
        )
    change = _root(lambda d: d - z * se(d), widest)
    return DetectableChange(
        change=change,
        relative=change / rate,
        rate=rate,
        next_rate=rate + sign * change,
        se=se(change),
        n=float(n),
        next_n=float(later),
        deff=deff,
        overlap=overlap,
        correlation=correlation,
        power=power,
        level=level,
        sides=sides,
    )


def _root(excess: Callable[[float], float], widest: float) -> float:
    """Return where `excess`, below zero at 0 and above zero at `widest`, is zero."""
    low, high = 0.0, widest
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return high
