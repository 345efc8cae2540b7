"""Raking: weights scaled to one margin after the other until all are met."""

from __future__ import annotations

from typing import Any

from prevalence.adjustments import Adjustment
from prevalence.calibration.proportional import ROUND_TOLERANCE, ROUNDS
from prevalence.calibration.proportional import rake as scale_in_turn
from prevalence.survey import Survey
from prevalence.weighting.fitting import arrays, calibrated_survey, notes_on_totals, read_covariance
from prevalence.weighting.margins import read_margins, written_margins
from prevalence.weighting.steps import new_column, start


def rake(
    survey: Survey,
    *,
    margins: Any,
    tolerance: float = ROUND_TOLERANCE,
    rounds: int = ROUNDS,
    estimated: bool = False,
    covariance: Any = None,
    column: str | None = None,
) -> Survey:
    """Scale the weights to the margins of a population, one after the other, until all are met.

    Parameters
    ----------
    survey : Survey
    margins : path of a CSV, data frame, mapping, or sequence of these
        A long table (``margin, level, population``) holds several; so does ``{"sex": {"Female": 51_000, ...}, "area": {...}}``. A frame with
        columns of levels and ``population`` is one margin that crosses them.
    tolerance : float
        Part of a population that it may be missed by in the end.
    rounds : int
    estimated, covariance, column
        As in `post_stratify`; the covariance has a row for each cell of all margins in turn.

    Returns
    -------
    Survey
        With the new weight and a plan that has grown. Standard errors come from residuals of the regression on all margins.

    Raises
    ------
    ColumnError, DataError, OptionError
        If a column is absent; margins add up to different totals; a level is absent from the sample or from the margin; a population is
        not above zero; or the rounds do not suffice: the margin and cell missed by most are named.

    Warns
    -----
    PrevalenceWarning
        If populations are estimates without a covariance.

    Notes
    -----
    Deming & Stephan (1940), Annals of Mathematical Statistics 11:427-444; the residuals are those of Deville & Särndal (1992), exact to first
    order, where R's ``rake()`` takes the residuals of each margin in turn. ``calibrate(method="raking")`` gives the same weights.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 1, 2, 2], "w": 1.0, "sex": ["f", "f", "m", "m"], "area": ["u", "r", "u", "r"]})
    >>> survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
    >>> survey = pv.weighting.rake(survey, margins={"sex": {"f": 60, "m": 40}, "area": {"u": 30, "r": 70}})
    >>> pv.weighting.weights(survey).round(6).tolist()
    [18.0, 42.0, 12.0, 28.0]
    """
    begun = start(survey)
    found = read_margins(begun.survey, margins)
    after = new_column(begun.survey, column, "weight_rake")
    adjustment = Adjustment(
        before=begun.column,
        after=after,
        effect="totals",
        auxiliaries=found,
        method="raking",
        covariance=read_covariance(found, covariance),
    )
    on_arrays, totals, _ = arrays(begun, adjustment)
    fitted = scale_in_turn(begun.weight, on_arrays, totals, tolerance=tolerance, rounds=rounds)
    parameters = {
        "margins": written_margins(found),
        "tolerance": None if tolerance == ROUND_TOLERANCE else tolerance,
        "rounds": None if rounds == ROUNDS else rounds,
        "estimated": estimated or None,
        "covariance": adjustment.covariance,
        "column": column,
    }
    notes = notes_on_totals(survey, "rake", estimated=estimated, covariance=covariance)
    return calibrated_survey(begun, "rake", adjustment, fitted, parameters, notes)
