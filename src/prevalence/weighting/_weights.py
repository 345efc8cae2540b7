"""The final weights."""

from __future__ import annotations

from prevalence.rows import Floats, collect, numbers
from prevalence.survey import Survey


def weights(survey: Survey) -> Floats:
    """Return the weights after the last step, one a row of the survey.

    Parameters
    ----------
    survey : Survey

    Returns
    -------
    float array, shape (rows,)
        People a row stands for. The column of the data that holds them is ``survey.design.weight``.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> survey = pv.Survey(pd.DataFrame({"w": [2.0, 3.0]}), pv.Design(weight="w"))
    >>> pv.weighting.weights(survey).tolist()
    [2.0, 3.0]
    """
    return numbers(collect(survey.data, [survey.design.weight]), survey.design.weight)
