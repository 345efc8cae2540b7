"""Trimming: extreme weights cut to a bound, what was cut off shared among the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from prevalence.adjustments import Adjustment
from prevalence.aggregate import sampling_units
from prevalence.calibration.potter import CANDIDATES, least_error_bound
from prevalence.calibration.trimming import SHARES, Share, median_bound
from prevalence.calibration.trimming import trim as cut
from prevalence.checks import as_names
from prevalence.errors import DataError, OptionError, check_option, counted
from prevalence.provenance import Count
from prevalence.rows import Floats, numbers, require_columns
from prevalence.survey import Survey
from prevalence.totals import Ints, weighted_counts
from prevalence.weighting.classes import classes_of
from prevalence.weighting.steps import Start, finished, new_column, start

RULES = ("bound", "median", "error")
TAKEN_AS_GIVEN = (
    "Trimming counts as given: standard errors follow the trimmed weights, not that the bound could have come out otherwise."
)


def trim(
    survey: Survey,
    *,
    rule: str = "bound",
    upper: float | None = None,
    lower: float | None = None,
    multiple: float = 6.0,
    outcomes: str | Sequence[str] = (),
    within: str | Sequence[str] = (),
    share: Share = "proportional",
    strict: bool = True,
    column: str | None = None,
) -> Survey:
    """Cut extreme weights to a bound, and share what is cut off among the other rows.

    Parameters
    ----------
    survey : Survey
    rule : {"bound", "median", "error"}
        ``bound``: `upper` and `lower`, in units of the weight. ``median``: the median plus `multiple` times the interquartile range, within
        each class. ``error``: the bound with the least estimated mean squared error of the means of `outcomes` (Potter 1990).
    upper, lower : float, optional
    multiple : float
    outcomes : str or sequence of str
        Columns known for all rows with a weight.
    within : str or sequence of str
        Columns whose crossing makes the classes that keep their sum of weights; without it the whole sample does.
    share : {"proportional", "equal"}
        Whether the others gain in proportion to their weight or the same amount each.
    strict : bool
        Whether to repeat until sharing pushes no weight past the bound.
    column : str, optional
        Name of the new weight; by default ``weight_trim``.

    Returns
    -------
    Survey
        Whose standard errors take the trimming as given; a note says so. A calibration before it no longer meets its totals: calibrate again.

    Raises
    ------
    ColumnError, DataError, OptionError
        If a column is absent or incomplete, bounds are missing or the wrong way round, or a class has no row to share with.

    Notes
    -----
    ``rule="bound", share="equal"`` is R's ``survey::trimWeights``. Median rule: Chowdhury, Khare & Wolter (2007).

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> survey = pv.Survey(pd.DataFrame({"w": [1.0, 2.0, 9.0]}), pv.Design(weight="w"))
    >>> pv.weighting.weights(pv.weighting.trim(survey, upper=6, share="equal")).tolist()
    [2.5, 3.5, 6.0]
    """
    check_option("rule", rule, RULES)
    check_option("share", share, SHARES)
    names = as_names(within)
    asked = as_names(outcomes)
    require_columns(survey.data, (*names, *asked))
    begun = start(survey)
    classes = classes_of(begun.frame, names, begun.weight > 0).code if names else None
    bound = _bound(begun, rule, upper, multiple, asked, classes, share)
    low = -np.inf if lower is None else lower
    _check_room(begun.weight, bound, classes)
    found = cut(begun.weight, upper=bound, lower=low, classes=classes, share=share, strict=strict)
    after = new_column(begun.survey, column, "weight_trim")
    rows = int(found.cut.sum())
    reason = f"weights cut to a bound: {100 * found.moved / begun.weight.sum():.2f} % of all weight moved"
    parameters = {
        "rule": rule,
        "upper": upper,
        "lower": lower,
        "multiple": multiple if rule == "median" else None,
        "outcomes": list(asked) or None,
        "within": list(names) or None,
        "share": share,
        "strict": strict,
        "column": column,
    }
    return finished(
        begun,
        "trim",
        {after: found.weight},
        labels={after: f"Weight after trimming ({counted(rows, 'row')} cut)"},
        weight=after,
        parameters=parameters,
        adjustments=(Adjustment(before=begun.column, after=after, effect="given"),),
        counts=(Count(step="trim", rows=rows, reason=reason),),
        notes=(TAKEN_AS_GIVEN,),
    )


def _check_room(weight: Floats, bound: float | Floats, classes: Ints | None) -> None:
    """Raise unless the rows of each class can hold its sum of weights below the bound."""
    group = np.zeros(len(weight), dtype=np.int64) if classes is None else classes
    size = int(group.max()) + 1
    room = weighted_counts(group, np.where(weight > 0, bound, 0.0), size)
    sums = weighted_counts(group, weight, size)
    full = np.flatnonzero(room < sums)
    if len(full):
        raise DataError(
            f"Rows below the bound must be able to hold the sum of the weights; {counted(len(full), 'class', 'classes')} cannot hold the sum: a bound of "
            f"at least {float((sums / np.maximum(np.bincount(group[weight > 0], minlength=size), 1)).max()):,.4g} is needed. Raise the bound."
        )


def _candidates(weight: Floats, classes: Ints | None) -> Floats:
    """Return bounds to try: quantiles of the weights that leave every class room for its sum."""
    used = weight > 0
    group = np.zeros(int(used.sum()), dtype=np.int64) if classes is None else classes[used]
    mean = weighted_counts(group, weight[used], int(group.max()) + 1) / np.maximum(np.bincount(group), 1)
    tried = np.unique(np.quantile(weight[used], np.linspace(0.5, 1, CANDIDATES + 1)[1:]))
    return tried[tried > mean.max()] if (tried > mean.max()).any() else tried[-1:]


def _bound(
    begun: Start,
    rule: str,
    upper: float | None,
    multiple: float,
    outcomes: Sequence[str],
    classes: Ints | None,
    share: Share,
) -> float | Floats:
    if rule == "median":
        bound = median_bound(begun.weight, multiple=multiple, classes=classes)
        return np.where(np.isnan(bound), np.inf, bound)
    if rule == "bound":
        if upper is None:
            raise OptionError("trim needs the bound: upper=..., in units of the weight, or rule='median' or 'error'.")
        return upper
    if not outcomes:
        raise OptionError("rule='error' weighs bias against variance of means: name them with outcomes=['child_labour'].")
    unit, units = sampling_units(begun.frame, begun.survey.design)
    values = np.column_stack([numbers(begun.frame, name) for name in outcomes])
    primary = units.primary
    return least_error_bound(
        begun.weight,
        values,
        unit=primary.unit[unit],
        stratum=primary.stratum,
        classes=classes,
        candidates=_candidates(begun.weight, classes),
        share=share,
    ).best
