"""``pv.plan.households``: households to visit, in the forms of MICS and of the United Nations; children in households."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.checks import check_above, check_share
from prevalence.errors import OptionError, check_option
from prevalence.plan.equations import binary_variance, whole
from prevalence.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A published form: z squared as it writes it, its defaults, and its allowance for non-response as a factor."""

    z_squared: float
    relative_margin: float
    deff: float
    allowance: float
    source: str


FORMS = {
    "mics": Form(
        z_squared=4.0,
        relative_margin=0.12,
        deff=1.5,
        allowance=1 / 0.9,
        source="MICS sample size template, MICS4 to MICS6 (to be verified)",
    ),
    "mics-end-decade": Form(
        z_squared=4.0,
        relative_margin=0.12,
        deff=1.5,
        allowance=1.1,
        source="UNICEF, End-decade Multiple Indicator Survey Manual, chapter 4 (verified)",
    ),
    "un": Form(
        z_squared=1.96**2,
        relative_margin=0.10,
        deff=2.0,
        allowance=1.1,
        source="UN Statistics Division, Designing Household Survey Samples, Series F 98 (to be verified)",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Households(Shown):
    """How many households to visit.

    Attributes
    ----------
    n : int
        Households, rounded up. The MICS template rounds to the nearest and may show one fewer.
    exact : float
    people : float
        People of the target group who are expected to answer.
    rate, relative_margin, deff : float
    form, source : str
    """

    n: int
    exact: float
    people: float
    rate: float
    relative_margin: float
    deff: float
    form: str
    source: str


def households(
    rate: float,
    *,
    share: float,
    household_size: float,
    form: str = "mics",
    relative_margin: float | None = None,
    deff: float | None = None,
    response: float | None = None,
) -> Households:
    r"""Return the households to visit where everybody of the target group in them is asked.

    .. math:: n = \frac{z^2\, r (1 - r)\, \mathrm{deff}}{(\mathrm{RME}\, r)^2\; p\; \bar H\; RR}

    Parameters
    ----------
    rate : float
        Expected rate r in the target group.
    share : float
        Share p of the target group (children of 5-17, say) in the population.
    household_size : float
        Mean number of people in a household.
    form : {"mics", "mics-end-decade", "un"}
        z squared 4, 4 and 1.96 squared; relative margin 12, 12 and 10 %; design effect 1.5, 1.5 and 2; allowance for
        non-response 1/0.9, 1.1 and 1.1.
    relative_margin, deff, response : float, optional
        In place of the form's own; `response` is a rate, the allowance its inverse.

    Raises
    ------
    OptionError
        If a number is out of its range, or the form is unknown.

    Examples
    --------
    >>> import prevalence as pv
    >>> round(pv.plan.households(0.10, share=0.33, household_size=4.8).exact)
    2630
    """
    check_share("share", share, one=True)
    check_above("household_size", household_size, 0)
    check_option("form", form, tuple(FORMS))
    return _visited(rate, FORMS[form], form, share * household_size, relative_margin, deff, response)


def households_one_child(
    rate: float,
    *,
    with_child: float,
    deff: float,
    relative_margin: float = 0.12,
    response: float = 0.9,
) -> Households:
    r"""Return the households to visit where one child of each is drawn and asked (MICS6).

    .. math:: n = \frac{4\, r (1 - r)\, \mathrm{deff}}{(\mathrm{RME}\, r)^2\; P(\ge 1\ \mathrm{child})\; RR}

    Parameters
    ----------
    rate : float
    with_child : float
        Share of households with at least one child of the age. Not to be multiplied by the share of children in the population.
    deff : float
        Design effect, the unequal weights of children included: see `children_per_household`.
    relative_margin, response : float

    Examples
    --------
    >>> import prevalence as pv
    >>> round(pv.plan.households_one_child(0.10, with_child=0.62, deff=1.9).exact)
    8513
    """
    check_share("with_child", with_child, one=True)
    return _visited(rate, FORMS["mics"], "one child a household", with_child, relative_margin, deff, response)


def _visited(
    rate: float,
    form: Form,
    name: str,
    people: float,
    relative_margin: float | None,
    deff: float | None,
    response: float | None,
) -> Households:
    check_share("rate", rate)
    margin = form.relative_margin if relative_margin is None else relative_margin
    effect = form.deff if deff is None else deff
    check_above("relative_margin", margin, 0)
    check_above("deff", effect, 0)
    if response is not None:
        check_share("response", response, one=True)
    allowance = form.allowance if response is None else 1 / response
    answering = form.z_squared * binary_variance(rate) * effect / (margin * rate) ** 2
    exact = answering * allowance / people
    return Households(
        n=whole(exact),
        exact=exact,
        people=answering,
        rate=rate,
        relative_margin=margin,
        deff=effect,
        form=name,
        source=form.source,
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ChildrenPerHousehold(Shown):
    """How children lie over households, and what it costs to ask one of them alone.

    Attributes
    ----------
    with_child : float
        Share of households with at least one child.
    mean : float
        Mean number of children over all households.
    mean_with : float
        Mean number over households with a child.
    siblings : float
        Mean number of *other* children in the household of a child.
    deff_weighting : float
        1 + CV squared of the number of children over households with one: the weights' part of the design effect if one child a
        household is drawn.
    """

    with_child: float
    mean: float
    mean_with: float
    siblings: float
    deff_weighting: float


def children_per_household(shares: Sequence[float]) -> ChildrenPerHousehold:
    """Return what planning needs to know of children in households.

    Parameters
    ----------
    shares : sequence of float
        Shares (or numbers) of households with 0, 1, 2, ... children of the age, from a census or an earlier round.

    Raises
    ------
    OptionError
        If a share is negative, or no household has a child.

    Notes
    -----
    Source: Kish (1965), Survey Sampling, section 11.7; UNICEF, MICS6 weights of the child drawn in the household.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.plan.children_per_household([0.38, 0.22, 0.20, 0.12, 0.08]).with_child
    0.62
    """
    found = np.asarray(shares, dtype=np.float64)
    if found.ndim != 1 or not np.isfinite(found).all() or (found < 0).any() or not found[1:].sum() > 0:
        raise OptionError(
            "shares must be shares of households with 0, 1, 2, ... children, none negative and some with a child; "
            f"found {list(shares)!r}."
        )
    found = found / found.sum()
    number = np.arange(len(found))
    first, second = float(found @ number), float(found @ number**2)
    with_child = float(found[1:].sum())
    return ChildrenPerHousehold(
        with_child=with_child,
        mean=first,
        mean_with=first / with_child,
        siblings=second / first - 1,
        deff_weighting=second * with_child / first**2,
    )
