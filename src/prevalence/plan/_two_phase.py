"""``pv.plan.two_phase``: a large first phase that lists people, and a second that asks some of them the long questions."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from prevalence.checks import check_above
from prevalence.errors import OptionError, PrevalenceWarning, check_option, counted, listed
from prevalence.plan import tables
from prevalence.plan.equations import ROUNDING
from prevalence.shown import Shown
from prevalence.totals import Floats

ESTIMATORS = ("reweighted", "double-expansion")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TwoPhase(Shown):
    """A two-phase sample, one row a group of the first phase.

    Attributes
    ----------
    group : tuple of str
    share, rate : float arrays
        Share of the people of the first phase in the group, and rate of the indicator in it.
    fraction : float array
        Share of the group drawn for the second phase.
    second : float array
        People of the group in the second phase.
    n : float
        People in the first phase.
    overall : float
        Rate of everybody.
    estimated : float
        What the sample estimates: less than `overall` where a group with cases is left out.
    missed : float
        Share of all cases that are in groups left out.
    se, cv : float
        Of the estimate.
    se_first, se_second : float
        Parts of it: had everybody been asked; and what the second phase adds.
    cost : float
    """

    group: tuple[str, ...]
    share: Floats
    rate: Floats
    fraction: Floats
    second: Floats
    n: float
    overall: float
    estimated: float
    missed: float
    se: float
    cv: float
    se_first: float
    se_second: float
    cost: float


def two_phase(
    groups: Any,
    *,
    n: float,
    deff: float = 1.0,
    cost_first: float = 1.0,
    cost_second: float = 5.0,
    estimator: str = "reweighted",
) -> TwoPhase:
    r"""Return the precision of a two-phase sample: a labour-force survey and then a module, say.

    .. math:: V = \mathrm{deff}\,\frac{P(1-P)}{n} + \frac{1}{n}\sum_g W_g S_g^2 \left(\frac{1}{\nu_g} - 1\right)

    Parameters
    ----------
    groups : frame
        Columns ``group``, ``share`` (adding up to 1), ``rate`` and, optionally, ``fraction``: the share drawn for the second
        phase. Without it the fractions are those of least variance for the money, :math:`\nu_g \propto S_g` up to 1.
    n : float
        People in the first phase.
    deff : float
        Design effect of the first phase.
    cost_first, cost_second : float
        Of a person in each phase.
    estimator : {"reweighted", "double-expansion"}
        Weights of the second phase adjusted to the weights of each group in the first phase (S squared is p(1 - p) of the group),
        or the plain product of both weights with people drawn independently (deviations from the overall rate count in full).

    Returns
    -------
    TwoPhase

    Raises
    ------
    OptionError
        If shares do not add up to 1, or a number is out of its range.

    Warns
    -----
    PrevalenceWarning
        If a group is left out of the second phase although there may be cases in it. A module for those alone whom the first
        phase listed as working loses the children whose work was not told: the estimate is then too low, and no standard error
        says so.

    Notes
    -----
    Source: Cochran (1977), sections 12.2 and 12.3; Saerndal, Swensson & Wretman (1992), section 9.4.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> listed = pd.DataFrame({"group": ["listed as working", "others"], "share": [0.15, 0.85], "rate": [0.60, 0.06],
    ...                        "fraction": [1.0, 0.2]})
    >>> found = pv.plan.two_phase(listed, n=10_000, deff=2)
    >>> round(found.se_first, 4), round(found.se_second, 4)
    (0.0049, 0.0044)
    """
    check_above("n", n, 1)
    check_above("deff", deff, 0)
    check_above("cost_first", cost_first, 0)
    check_above("cost_second", cost_second, 0)
    check_option("estimator", estimator, ESTIMATORS)
    names = tables.labels(groups, "group")
    share, rate = tables.values(groups, "share", most=1), tables.values(groups, "rate", most=1)
    if abs(share.sum() - 1) > 1e-6:
        raise OptionError(f"share must add up to 1 over the groups; found {share.sum():g}. Add the group that is missing.")
    overall = float(share @ rate)
    if not 0 < overall < 1:
        raise OptionError(f"The rate of everybody must be above 0 and below 1; found {overall:g}.")
    spread = _spread(rate, overall, estimator)
    fraction = _fractions(groups, share, spread, deff * overall * (1 - overall), cost_first, cost_second)
    _warn_of_groups_left_out(names, share, rate, fraction, overall)
    return _result(names, share, rate, fraction, n=n, deff=deff, cost=(cost_first, cost_second), estimator=estimator)


def _fractions(groups: Any, share: Floats, spread: Floats, first: float, cost_first: float, cost_second: float) -> Floats:
    """Return the fractions given, or those of least variance for the money; `first` is the variance of one person of the first phase.

    Without the limit of 1 they are S sqrt(c1 / (c2 (S^2 - sum W S^2))), Cochran (1977), section 12.3; a group that reaches 1
    becomes part of the first phase.
    """
    if tables.has(groups, ["fraction"]):
        return tables.values(groups, "fraction", most=1)
    whole = np.zeros(len(share), dtype=np.bool_)
    while True:
        gained = first - float((share * spread)[~whole].sum())
        if gained <= ROUNDING * first:
            return np.ones(len(share))
        cost = cost_first + cost_second * float(share[whole].sum())
        fraction = np.where(whole, 1.0, np.sqrt(spread * cost / (cost_second * gained)))
        more = (fraction >= 1) & ~whole
        if not more.any():
            return fraction
        whole |= more


def _warn_of_groups_left_out(names: tuple[str, ...], share: Floats, rate: Floats, fraction: Floats, overall: float) -> None:
    out = (fraction == 0) & (share > 0)
    if not out.any():
        return
    lost = float((share * rate)[out].sum() / overall)
    warnings.warn(
        f"{counted(int(out.sum()), 'group is', 'groups are')} left out of the second phase: "
        f"{listed([name for name, left in zip(names, out, strict=True) if left])}, with {lost:.0%} of the cases by the rates given. "
        "Draw some people of every group, or call the result a rate among those listed.",
        PrevalenceWarning,
        stacklevel=3,
    )


def _spread(rate: Floats, overall: float, estimator: str) -> Floats:
    """Return the variance of one person of each group that the second phase adds to: about the group's rate, or about that of all."""
    if estimator == "reweighted":
        return rate * (1 - rate)
    return rate * (1 - overall) ** 2 + (1 - rate) * overall**2


def _result(
    names: tuple[str, ...],
    share: Floats,
    rate: Floats,
    fraction: Floats,
    *,
    n: float,
    deff: float,
    cost: tuple[float, float],
    estimator: str,
) -> TwoPhase:
    overall = float(share @ rate)
    asked = fraction > 0
    # Where a group is left out its people count as free of cases.
    p = np.where(asked, rate, 0.0)
    estimated = float(share @ p)
    spread = _spread(p, estimated, estimator)
    more = np.divide(1, fraction, out=np.ones(len(fraction)), where=asked) - 1
    first = deff * estimated * (1 - estimated) / n
    second = float((share * spread * more).sum()) / n
    se = math.sqrt(first + second)
    return TwoPhase(
        group=names,
        share=share,
        rate=rate,
        fraction=fraction,
        second=n * share * fraction,
        n=float(n),
        overall=overall,
        estimated=estimated,
        missed=1 - estimated / overall,
        se=se,
        cv=se / estimated if estimated > 0 else float("nan"),
        se_first=math.sqrt(first),
        se_second=math.sqrt(second),
        cost=float(n * (cost[0] + cost[1] * float(share @ fraction))),
    )
