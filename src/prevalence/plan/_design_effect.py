"""``pv.plan.design_effect``: the parts that make a complex sample less precise than a simple one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.checks import check_above
from prevalence.errors import OptionError, check_option
from prevalence.shown import Shown

WEIGHTS_VARY = ("between", "within")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DesignEffect(Shown):
    """A design effect and its parts.

    Attributes
    ----------
    total : float
        weighting x clustering.
    weighting : float
        1 + CV squared of the weights.
    clustering : float
        1 + (b - 1) ICC + (m - 1) household ICC.
    icc, household_icc : float
    per_cluster, per_household : float
    """

    total: float
    weighting: float
    clustering: float
    icc: float
    household_icc: float
    per_cluster: float
    per_household: float

    def __float__(self) -> float:
        return self.total


def design_effect(
    *,
    icc: float,
    per_cluster: float,
    household_icc: float = 0.0,
    per_household: float = 1.0,
    weighting: float = 1.0,
    weights_vary: str = "between",
) -> DesignEffect:
    r"""Return the design effect of a clustered, weighted sample and its parts.

    .. math:: \mathrm{deff} = \mathrm{deff}_w \left[1 + (\bar b - 1)\rho + (\bar m - 1)\rho_h\right]

    Parameters
    ----------
    icc : float
        Intra-class correlation in the cluster, estimated from an earlier round (`icc`). There is no default: for child labour
        it is large.
    per_cluster : float
        People interviewed in a cluster; where clusters differ, the mean over people (sum of squares over sum).
    household_icc : float
        What people of one household have in common beyond the cluster, as a share of the variance.
    per_household : float
        People interviewed in a household, the mean over people.
    weighting : float
        1 + CV squared of the weights: `weighting_effect`, or ``deff_weighting`` of `children_per_household`.
    weights_vary : {"between", "within"}
        Between clusters (regions sampled at different rates): Kish's product. Within clusters (one child a household): unequal
        weights spread the sample over fewer effective people a cluster, so that deff = weighting + (b - 1) ICC + ...

    Raises
    ------
    OptionError
        If a number is out of its range.

    Notes
    -----
    Sources: Kish (1965), sections 5.4 and 11.7; Kish (1987), Weighting in Deft^2; for weights that vary within clusters Gabler,
    Haeder & Lahiri (1999), A model based justification of Kish's formula for design effects, Survey Methodology 25.

    Examples
    --------
    >>> import prevalence as pv
    >>> round(pv.plan.design_effect(icc=0.08, per_cluster=15, weighting=1.3).total, 3)
    2.756
    """
    for name, value in (("icc", icc), ("household_icc", household_icc)):
        if not -1 <= value <= 1:
            raise OptionError(f"{name} must lie between -1 and 1; found {value!r}.")
    check_above("per_cluster", per_cluster, 1, equal=True)
    check_above("per_household", per_household, 1, equal=True)
    check_above("weighting", weighting, 1, equal=True)
    check_option("weights_vary", weights_vary, WEIGHTS_VARY)
    together = (per_cluster - 1) * icc + (per_household - 1) * household_icc
    clustering = 1 + (together if weights_vary == "between" else together / weighting)
    if clustering <= 0:
        raise OptionError(
            f"The intra-class correlations {icc:g} and {household_icc:g} leave no variance with {per_cluster:g} people a cluster. "
            "Negative correlations are noise of a small sample: take 0."
        )
    return DesignEffect(
        total=weighting * clustering,
        weighting=weighting,
        clustering=clustering,
        icc=icc,
        household_icc=household_icc,
        per_cluster=per_cluster,
        per_household=per_household,
    )


def weighting_effect(weights: Sequence[float]) -> float:
    """Return 1 + CV squared of weights, the part of the design effect that unequal weights make (Kish 1965, section 11.7).

    Raises
    ------
    OptionError
        If a weight is negative or missing, or all are zero.

    Examples
    --------
    >>> import prevalence as pv
    >>> round(pv.plan.weighting_effect([1, 1, 2, 4]), 3)
    1.375
    """
    found = np.asarray(weights, dtype=np.float64)
    if not np.isfinite(found).all() or (found < 0).any() or not (found > 0).any():
        raise OptionError("weights must be numbers of zero or more, some above zero. Drop people who were not interviewed.")
    used = found[found > 0]
    return float(len(used) * (used**2).sum() / used.sum() ** 2)
