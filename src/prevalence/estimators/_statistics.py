"""The four questions: prevalence, total, mean and ratio."""

from __future__ import annotations

from collections.abc import Sequence

from prevalence.aggregate import Contrast, Outcome
from prevalence.errors import DesignError
from prevalence.estimates import Estimates
from prevalence.estimators._requests import Asked, By, Keep, Margins, distinct, kept_of, unknown_flag
from prevalence.estimators._tables import estimated
from prevalence.survey import Survey


def prevalence(
    survey: Survey,
    indicator: str | Sequence[str],
    *,
    by: By = None,
    among: str | None = None,
    margins: Margins = False,
    keep: Keep = "units",
    contrasts: Sequence[Contrast] = (),
    progress: bool = False,
) -> Estimates:
    """Estimate the share of people for whom an indicator is 1.

    Parameters
    ----------
    survey : Survey
    indicator : str or sequence of str
        One or several 0/1 columns. Rows where it is missing (out of scope or unknown) are outside the domain.
    by : str, sequence of str, or sequence of sequences of str, optional
        One dimension, several crossed, or several tables set one below the other. A dimension is a column or a family of
        overlapping columns such as ``"supply_chain"``.
    among : str, optional
        0/1 column that restricts the denominator; the design keeps all rows.
    margins : bool, str or sequence of str
        Whether each dimension (or the named ones) has the level "All": everyone in scope.
    keep : {"units", "moments"}
        What is kept of the rows. ``units``: the totals of every sampling unit, from which any comparison can be taken later. ``moments``: sums of squares by
        stratum, whose size does not grow with the number of units; for data larger than memory.
    contrasts : sequence of str or (str, level, level)
        With ``moments``, the comparisons that will be asked for: a dimension for all of its levels, or two levels of it.
    progress : bool
        With ``moments``, whether to show a bar on the error stream.

    Returns
    -------
    Estimates
        Korn-Graubard intervals, exact at 0 and 1. See `Estimates.to_pandas` for the columns.

    Raises
    ------
    ColumnError
        If a column is absent, or the indicator holds anything but 0, 1 and missing.
    DesignError
        If the design contradicts the rows.
    OptionError
        If `by` or `margins` is malformed.

    Notes
    -----
    The estimate is the weighted ratio of cases to people; its variance is that of the linearised ratio between sampling units
    within strata (Särndal, Swensson & Wretman 1992, section 5.6), the same as R's ``svyby(~y, ~d, design, svymean)``.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({
    ...     "ea": [1, 1, 2, 2, 3, 3], "w": [10.0, 12.0, 8.0, 9.0, 11.0, 10.0],
    ...     "sex": ["Female", "Male"] * 3, "child_labour": [0, 1, 0, 0, 1, 1],
    ... })
    >>> survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
    >>> table = pv.prevalence(survey, "child_labour", by="sex", margins=True)
    >>> table.to_pandas()[["sex", "estimate", "n", "cases"]].round(3)
          sex  estimate    n  cases
    0  Female     0.379  3.0    1.0
    1    Male     0.710  3.0    2.0
    2     All     0.550  6.0    3.0
    """
    names = distinct(indicator)
    outcomes = [Asked(Outcome(name, binary=True, unknown=unknown_flag(survey, name)), name) for name in names]
    return estimated(survey, "prevalence", outcomes, by, among, margins, kept_of(keep, contrasts, progress))


def total(
    survey: Survey,
    variable: str | Sequence[str],
    *,
    by: By = None,
    among: str | None = None,
    margins: Margins = False,
    keep: Keep = "units",
    contrasts: Sequence[Contrast] = (),
    progress: bool = False,
) -> Estimates:
    """Estimate the population total of a variable: the number of people, where it is an indicator.

    Parameters
    ----------
    survey, by, among, margins, keep, contrasts, progress
        As in `prevalence`.
    variable : str or sequence of str
        0/1 or measured columns.

    Returns
    -------
    Estimates
        Of a 0/1 column, whose total is a number of people, with t intervals on the log scale, above 0; where the sample has no case, from 0 to the people times the
        exact upper limit of the share. Of other columns with t intervals. ``ci(method="wald")`` gives R's t intervals of either. Where weights are normalised and the
        design gives `population`, the total is that number times the share.

    Raises
    ------
    DesignError
        If the weights are normalised and the design does not say how many people they stand for.
    ColumnError, OptionError
        As in `prevalence`.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 1, 2, 2], "w": [10.0, 12.0, 8.0, 9.0], "child_labour": [0, 1, 0, 1]})
    >>> survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
    >>> pv.total(survey, "child_labour").to_pandas()[["estimate", "se", "ci_low", "ci_high"]].round(1)
       estimate   se  ci_low  ci_high
    0      21.0  3.0     3.4    129.0
    """
    if survey.design.weight_scale == "normalised" and survey.design.population is None:
        raise DesignError(
            "Totals need weights that add up to the population; these are normalised to the sample size. "
            "Give the design the number of people that all rows stand for: Design(..., population=...), or ask for prevalence."
        )
    outcomes = [Asked(Outcome(name, unknown=unknown_flag(survey, name)), name) for name in distinct(variable)]
    return estimated(survey, "total", outcomes, by, among, margins, kept_of(keep, contrasts, progress))


def mean(
    survey: Survey,
    variable: str | Sequence[str],
    *,
    by: By = None,
    among: str | None = None,
    margins: Margins = False,
    keep: Keep = "units",
    contrasts: Sequence[Contrast] = (),
    progress: bool = False,
) -> Estimates:
    """Estimate the mean of a measured variable, such as hours of work.

    Parameters
    ----------
    survey, by, among, margins, keep, contrasts, progress
        As in `prevalence`.
    variable : str or sequence of str
        Numeric columns; rows where a variable is missing are outside its domain.

    Returns
    -------
    Estimates
        With t intervals.

    Raises
    ------
    ColumnError, DesignError, OptionError
        As in `prevalence`.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 1, 2, 2], "w": [1.0, 1.0, 2.0, 2.0], "hours": [10.0, 20.0, 30.0, None]})
    >>> pv.mean(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "hours").to_pandas()[["estimate", "n", "missing"]]
       estimate    n  missing
    0      22.5  3.0      1.0
    """
    return estimated(
        survey,
        "mean",
        [Asked(Outcome(name), name) for name in distinct(variable)],
        by,
        among,
        margins,
        kept_of(keep, contrasts, progress),
    )


def ratio(
    survey: Survey,
    numerator: str,
    denominator: str,
    *,
    by: By = None,
    among: str | None = None,
    margins: Margins = False,
    keep: Keep = "units",
    contrasts: Sequence[Contrast] = (),
    progress: bool = False,
) -> Estimates:
    """Estimate the ratio of two totals, such as hazardous hours over hours worked.

    Parameters
    ----------
    survey, by, among, margins, keep, contrasts, progress
        As in `prevalence`.
    numerator, denominator : str
        Numeric columns; rows where either is missing are outside the domain.

    Returns
    -------
    Estimates
        With t intervals.

    Raises
    ------
    ColumnError, DesignError, OptionError
        As in `prevalence`.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 2, 3], "w": [1.0, 1.0, 2.0], "hazardous": [5.0, 0.0, 10.0], "hours": [20.0, 30.0, 20.0]})
    >>> pv.ratio(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "hazardous", "hours").to_pandas()["estimate"].round(4).item()
    0.2778
    """
    asked = Asked(Outcome(numerator, x=denominator), f"{numerator} / {denominator}")
    return estimated(survey, "ratio", [asked], by, among, margins, kept_of(keep, contrasts, progress))
