"""The probability of response as a logistic regression on what is known of respondents and non-respondents."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
from scipy import special

from prevalence.adjustments import Auxiliary
from prevalence.calibration.elements import elements_of
from prevalence.calibration.independent import independent_columns
from prevalence.calibration.margins import Margin, described
from prevalence.errors import DataError, counted, listed
from prevalence.rows import Floats
from prevalence.totals import weighted_counts
from prevalence.weighting.classes import classes_of

TOLERANCE = 1e-9
"""Change of scaled coefficients in the last iteration; convergence is quadratic, so that the last ones are exact to rounding."""

ITERATIONS = 200

IMPOSSIBLE = 1e-6
"""A respondent whose fitted probability is below this has none."""


def predictors_of(
    frame: nw.DataFrame[Any], names: Sequence[str], used: npt.NDArray[np.bool_], categorical: Sequence[str]
) -> tuple[Auxiliary, ...]:
    """Return a constant, and the predictors: categories, or numbers where a column holds numbers and is not named categorical."""
    found = [Auxiliary(name="constant")]
    for name in names:
        if frame.get_column(name).dtype.is_numeric() and name not in categorical:
            found.append(Auxiliary(name=name, amount=name))
        else:
            found.append(Auxiliary(name=name, columns=(name,), cells=classes_of(frame, (name,), used).levels))
    return tuple(found)


def fitted_probabilities(margins: Sequence[Margin], weight: Floats, responded: Floats) -> Floats:
    """Return the probability of response of each row, from a logistic regression weighted by the design, shape (rows,).

    Parameters
    ----------
    margins : sequence of Margin
        Regressors, a constant among them.
    weight : float array, shape (rows,)
        0 for rows that are not sampled cases; they get probability 1.
    responded : float array, shape (rows,)
        1 or 0.

    Raises
    ------
    DataError
        If a category has no respondent, nobody or everybody responded, the fit does not converge, or a respondent has no probability.

    Notes
    -----
    Pseudo maximum likelihood, statsmodels' GLM with `weight` as variance weights; Kim & Kim (2007), Canadian Journal of Statistics 35.
    """
    used = weight > 0
    elements = elements_of(margins)
    _check_categories(margins, weight, responded)
    kept = independent_columns(elements.gram(elements.sums(weight))).kept
    part = elements.take(kept)
    place = np.arange(part.rows) if part.place is None else part.place
    matrix = np.asarray(part.matrix().toarray(), dtype=np.float64)
    # Rows of an element have one probability, so that respondents and others of each are all that the likelihood needs.
    sums = weighted_counts(place, weight, len(matrix))
    share = weighted_counts(place, weight * responded, len(matrix)) / np.where(sums > 0, sums, 1)
    found = fitted_coefficients(matrix[sums > 0], share[sums > 0], sums[sums > 0])
    probability = special.expit(matrix @ found)
    by_row = np.where(used, probability[place], 1.0)
    _check_possible(by_row, used & (responded == 1))
    return by_row


def fitted_coefficients(matrix: Floats, share: Floats, weight: Floats) -> Floats:
    """Return the coefficients of a logistic regression of shares, weighted; shapes (elements, columns), (elements,), (elements,).

    Raises
    ------
    DataError
        If the fit does not converge.
    """
    import statsmodels.api as sm

    spread = np.sqrt((matrix**2).mean(axis=0))
    model = sm.GLM(share, matrix / spread, family=sm.families.Binomial(), var_weights=weight / weight.mean())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = model.fit(maxiter=ITERATIONS, tol=TOLERANCE, tol_criterion="params")
    if not result.converged:
        raise DataError(
            f"The logistic model did not converge in {ITERATIONS} iterations: some combination of predictors determines the outcome. "
            "Leave a predictor out, merge categories, or choose classes."
        )
    return np.asarray(result.params / spread, dtype=np.float64)


def _check_categories(margins: Sequence[Margin], weight: Floats, responded: Floats) -> None:
    sums = float((weight * responded).sum())
    if sums <= 0 or sums >= float(weight.sum()):
        raise DataError(
            "A response model needs respondents and non-respondents; found only one kind. Check the dispositions, or leave the step out."
        )
    for number, margin in enumerate(margins):
        if margin.amount is not None:
            continue
        code = np.asarray(margin.code, dtype=np.int64)
        every, answered = (weighted_counts(code, values, margin.size) for values in (weight, weight * responded))
        empty = np.flatnonzero((every > 0) & (answered == 0))
        if len(empty):
            before = sum(other.size for other in margins[:number])
            raise DataError(
                f"Every category of a predictor must have a respondent; {counted(len(empty), 'category has', 'categories have')} none: "
                f"{listed(described(margins, empty + before))}. Merge it with another."
            )


def _check_possible(probability: Floats, responded: npt.NDArray[np.bool_]) -> None:
    wrong = np.flatnonzero(responded & (probability < IMPOSSIBLE))
    if len(wrong):
        raise DataError(
            f"Respondents must have a probability of response above {IMPOSSIBLE:g}; {counted(len(wrong), 'row has', 'rows have')} less, at "
            f"{listed(wrong.tolist())}. Simplify the model, or choose form='classes'."
        )
