"""Calibration: the weights nearest to those before that meet totals of categories and of measured variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from prevalence.adjustments import Adjustment
from prevalence.calibration.calibrated import Calibration
from prevalence.calibration.distances import METHODS, Method
from prevalence.calibration.fit import BOUNDS_ON, BoundsOn
from prevalence.calibration.fit import calibrate as fit
from prevalence.checks import as_names
from prevalence.errors import OptionError, check_option
from prevalence.rows import numbers, require_columns
from prevalence.survey import Survey
from prevalence.weighting.fitting import arrays, calibrated_survey, measured_totals, notes_on_totals, read_covariance
from prevalence.weighting.margins import read_margins, written_margins
from prevalence.weighting.steps import Start, new_column, start

Bounds = tuple[float | None, float | None] | None


def calibrate(
    survey: Survey,
    *,
    margins: Any = None,
    totals: Mapping[str, float] | None = None,
    method: Method = "linear",
    bounds: Bounds = None,
    bounds_on: BoundsOn = "ratio",
    household: str | Sequence[str] | None = None,
    household_margins: Any = None,
    variance: str | None = None,
    estimated: bool = False,
    covariance: Any = None,
    column: str | None = None,
) -> Survey:
    r"""Find the weights nearest to those before that add up to known totals.

    .. math:: \sum_i w_i x_i = T, \qquad w_i = d_i\,F(x_i'\lambda / v_i)

    Parameters
    ----------
    survey : Survey
    margins : path of a CSV, data frame, mapping, or sequence of these, optional
        Populations of persons by category, as in `rake`.
    totals : mapping of column to number, optional
        Totals of measured variables.
    method : {"linear", "raking", "logit"}
        F: 1 + u, the generalised regression estimator; exp(u), raking; or a logistic curve between `bounds`, which it needs.
    bounds : (lower, upper), optional
        Of the ratio of new to old weight, or of the weight itself; None on a side leaves it open.
    bounds_on : {"ratio", "weight"}
    household : str or sequence of str, optional
        Columns that name a household: all of its members then keep one weight.
    household_margins : as `margins`, optional
        Populations of households by category; needs `household`.
    variance : str, optional
        Column of the model variance v of each row: the larger, the less its weight moves.
    estimated, covariance
        As in `post_stratify`; the covariance has a row for each cell of the margins, then of the household margins, then for each measured
        variable.
    column : str, optional
        Name of the new weight; by default ``weight_calibrate``.

    Returns
    -------
    Survey
        With the new weight and a plan that has grown. Standard errors come from residuals of the regression on all auxiliaries.

    Raises
    ------
    ColumnError, DataError, OptionError
        As in `rake`; and if an auxiliary is missing, weights differ within a household before, no weights within the bounds meet the totals,
        or a weight would turn negative.

    Warns
    -----
    PrevalenceWarning
        If totals are estimates without a covariance.

    Notes
    -----
    Deville & Särndal (1992), JASA 87:376-382; households after Lemaître & Dufour (1987), Survey Methodology 13:199-207. R's
    ``survey::calibrate``.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 1, 2, 2], "w": 10.0, "sex": ["f", "f", "m", "m"], "age": [5.0, 9.0, 7.0, 13.0]})
    >>> survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
    >>> survey = pv.weighting.calibrate(survey, margins={"sex": {"f": 24, "m": 16}}, totals={"age": 340})
    >>> round(float(pv.weighting.weights(survey) @ rows["age"]), 6)
    340.0
    """
    check_option("method", method, METHODS)
    check_option("bounds_on", bounds_on, BOUNDS_ON)
    begun = start(survey)
    homes = as_names(household)
    require_columns(survey.data, (*homes, *((variance,) if variance else ())))
    if household_margins is not None and not homes:
        raise OptionError("household_margins count households, which household='column' must name. Add household=...")
    people = read_margins(begun.survey, margins) if margins is not None else ()
    of_homes = read_margins(begun.survey, household_margins, per_household=True) if household_margins is not None else ()
    auxiliaries = (*people, *of_homes, *measured_totals(begun.survey, totals))
    adjustment = Adjustment(
        before=begun.column,
        after=new_column(begun.survey, column, "weight_calibrate"),
        effect="totals",
        auxiliaries=auxiliaries,
        household=homes,
        variance=variance,
        method=method,
        bounds=_open(bounds),
        bounds_on=bounds_on,
        covariance=read_covariance(auxiliaries, covariance),
    )
    fitted = _fitted(begun, adjustment)
    parameters = {
        "margins": written_margins(people) or None,
        "household_margins": written_margins(of_homes) or None,
        "totals": dict(totals) if totals else None,
        "method": method,
        "bounds": None if bounds is None else list(adjustment.bounds or ()),
        "bounds_on": None if bounds_on == "ratio" else bounds_on,
        "household": list(homes) or None,
        "variance": variance,
        "estimated": estimated or None,
        "covariance": adjustment.covariance,
        "column": column,
    }
    notes = notes_on_totals(survey, "calibrate", estimated=estimated, covariance=covariance)
    return calibrated_survey(begun, "calibrate", adjustment, fitted, parameters, notes)


def _fitted(begun: Start, adjustment: Adjustment) -> Calibration:
    on_arrays, totals, household = arrays(begun, adjustment)
    variance = None
    if adjustment.variance is not None:
        variance = np.where(begun.weight > 0, numbers(begun.frame, adjustment.variance), 1.0)
    return fit(
        begun.weight,
        on_arrays,
        totals,
        method=adjustment.method,
        bounds=None if adjustment.bounds is None else adjustment.limits,
        bounds_on=adjustment.bounds_on,
        household=household,
        variance=variance,
    )


def _open(bounds: Bounds) -> Bounds:
    """Return bounds with None where there is no limit."""
    if bounds is None:
        return None
    if len(tuple(bounds)) != 2:
        raise OptionError(f"bounds must be a lower and an upper one; found {bounds!r}.")
    lower, upper = (None if value is None or not np.isfinite(value) else float(value) for value in bounds)
    return lower, upper
