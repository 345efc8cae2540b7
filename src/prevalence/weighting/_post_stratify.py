"""Post-stratification: weights scaled to the population of the cells of one classification."""

from __future__ import annotations

from typing import Any

from prevalence.adjustments import Adjustment
from prevalence.calibration.proportional import post_stratify as scale_cells
from prevalence.errors import OptionError
from prevalence.survey import Survey
from prevalence.weighting.fitting import arrays, calibrated_survey, notes_on_totals, read_covariance
from prevalence.weighting.margins import read_margins, written_margins
from prevalence.weighting.steps import new_column, start


def post_stratify(
    survey: Survey,
    *,
    margins: Any,
    partial: bool = False,
    estimated: bool = False,
    covariance: Any = None,
    column: str | None = None,
) -> Survey:
    """Scale the weights to the population of each cell of one classification, crossed or not.

    Parameters
    ----------
    survey : Survey
    margins : data frame, path of a CSV, or mapping
        Columns of levels beside ``population``: ``{"sex": {"Female": 51_000, "Male": 49_000}}``, or crossed
        ``{("sex", "area"): {("Female", "Urban"): 20_000, ...}}``. Several margins are for `rake`.
    partial : bool
        Whether cells with a population but without rows are left out; otherwise they are an error, for their people would be missing.
    estimated : bool
        Whether the populations are estimates of a larger survey.
    covariance : matrix, optional
        Of the estimated populations, in their order: it enters the variance.
    column : str, optional
        Name of the new weight; by default ``weight_post_stratify``.

    Returns
    -------
    Survey
        With the new weight and a plan that has grown. Standard errors come from residuals about the cell means.

    Raises
    ------
    ColumnError, DataError, OptionError
        If a column is absent, a cell is incomplete (with or without rows), a population is not above zero, or several margins are given.

    Warns
    -----
    PrevalenceWarning
        If populations are estimates without a covariance.

    Notes
    -----
    Holt & Smith (1979), JRSS A 142:33-46; R's ``survey::postStratify``. A row of weight zero may lack its level.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 1, 2, 2], "w": 1.0, "sex": ["Female", "Male", "Female", "Female"]})
    >>> survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
    >>> survey = pv.weighting.post_stratify(survey, margins={"sex": {"Female": 60, "Male": 40}})
    >>> pv.weighting.weights(survey).tolist()
    [20.0, 40.0, 20.0, 20.0]
    """
    begun = start(survey)
    found = read_margins(begun.survey, margins)
    if len(found) > 1:
        raise OptionError(
            f"post_stratify takes one classification; found {len(found)} margins. Cross them in one frame, or choose rake(margins=...)."
        )
    after = new_column(begun.survey, column, "weight_post_stratify")
    adjustment = Adjustment(
        before=begun.column, after=after, effect="totals", auxiliaries=found, covariance=read_covariance(found, covariance)
    )
    (margin,), (totals,), _ = arrays(begun, adjustment)
    fitted = scale_cells(begun.weight, margin, totals, partial=partial)
    parameters = {
        "margins": written_margins(found),
        "partial": partial or None,
        "estimated": estimated or None,
        "covariance": adjustment.covariance,
        "column": column,
    }
    notes = notes_on_totals(survey, "post_stratify", estimated=estimated, covariance=covariance)
    return calibrated_survey(begun, "post_stratify", adjustment, fitted, parameters, notes)
