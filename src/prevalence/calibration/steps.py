r"""Changes of the weights as variance sees them: how far each row's effect on an estimate passes through a change.

An estimate is the sum of w z over rows, with w the last weights. The effect c of a unit of weight follows from the last step to the first,

.. math:: c^{(s-1)} = g\,c^{(s)} - a\,x'B, \qquad B = \left(\sum q\,x x'\right)^{-1} \sum m\,x\,c^{(s)}

with g the ratio of the weights. Where totals are known a = g and m = q are the weights before: residuals of the regression with the weights
before, times the weights after.

Source: Deville & Särndal (1992), JASA 87, section 3; Särndal, Swensson & Wretman (1989), Biometrika 76:527-537; Demnati & Rao (2004), Survey
Methodology 30:17-26; for response models Kim & Kim (2007), Canadian Journal of Statistics 35:501-514.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.calibration.calibrated import Calibration, check_one_weight, checked_weights
from prevalence.calibration.elements import Elements, elements_of
from prevalence.calibration.independent import independent_columns
from prevalence.calibration.margins import Codes, Margin, check_margins
from prevalence.errors import DataError, counted, listed
from prevalence.totals import Floats


@dataclass(frozen=True, slots=True)
class Regression:
    """What a step estimates from the sample.

    Attributes
    ----------
    elements : Elements
        Auxiliaries x, none of which follows from the others.
    effect : float array, shape (rows,)
        a: how often x'B is taken away from the effect of a unit of weight before.
    moment : float array, shape (rows,)
        m: weights of x c in B.
    square : float array, shape (rows,)
        q: weights of x x' in B.
    """

    elements: Elements
    effect: Floats
    moment: Floats
    square: Floats


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the weights.

    Attributes
    ----------
    ratio : float array, shape (rows,)
        g: weight after over weight before.
    regression : Regression or None
        None where the ratio is taken as given.
    """

    ratio: Floats
    regression: Regression | None = None


def calibrated(calibration: Calibration) -> Step:
    """Return the step of a calibration to totals from outside the sample."""
    moment = _moment(calibration.before, calibration.variance)
    return Step(calibration.ratio, Regression(calibration.elements, calibration.ratio, moment, moment))


def calibrated_to_sample(before: Floats, calibration: Calibration) -> Step:
    """Return the step of a calibration to weighted sums of all rows, such as of respondents to all sampled.

    With one classification it is the adjustment for non-response by classes.

    Parameters
    ----------
    before : float array, shape (rows,)
        Weights of all rows, whose sums are the totals.
    calibration : Calibration
        Of the rows that remain: its weights before are those of `before`, and zero for the rest.
    """
    ratio = _ratio(before, calibration.weight)
    moment = _moment(calibration.before, calibration.variance)
    return Step(ratio, Regression(calibration.elements, ratio - 1, moment, moment))


def propensity(before: Floats, responded: Floats, probability: Floats, margins: Sequence[Margin]) -> Step:
    """Return the step of weights divided by fitted probabilities of response.

    Parameters
    ----------
    before : float array, shape (rows,)
    responded : float array, shape (rows,)
        1 or 0.
    probability : float array, shape (rows,)
        Fitted by a logistic regression weighted by `before`, above 0.
    margins : sequence of Margin
        Its regressors, with a measured auxiliary of ones where it has a constant.

    Raises
    ------
    DataError
        If a probability is not above 0 and at most 1.
    """
    wrong = np.flatnonzero(~((probability > 0) & (probability <= 1)))
    if len(wrong):
        raise DataError(
            f"Response probabilities must lie above 0 and not above 1; {counted(len(wrong), 'row is', 'rows are')} outside: "
            f"{listed(probability[wrong].tolist())}. Merge classes or simplify the model."
        )
    check_margins(margins, len(before))
    parts = elements_of(margins)
    square = before * probability * (1 - probability)
    found = independent_columns(parts.gram(parts.sums(square)))
    moment = before * responded * (1 - probability) / probability
    return Step(responded / probability, Regression(parts.take(found.kept), responded - probability, moment, square))


def declared(
    before: Floats,
    after: Floats,
    margins: Sequence[Margin],
    *,
    household: Codes | None = None,
    variance: Floats | None = None,
) -> Step:
    """Return the step of a file that comes with weights before and after a calibration made elsewhere.

    Parameters
    ----------
    before, after : float arrays, shape (rows,)
    margins : sequence of Margin
        What the producer calibrated to.
    household, variance
        As in `calibrate`.

    Raises
    ------
    DataError
        If a row has no weight before but one after.
    """
    first = checked_weights(before)
    check_margins(margins, len(first))
    households = None if household is None else np.asarray(household, dtype=np.int64)
    if households is not None:
        check_one_weight(first, households)
    parts = elements_of(margins, household=households)
    moment = _moment(first, variance)
    ratio = _ratio(first, np.asarray(after, dtype=np.float64))
    found = independent_columns(parts.gram(parts.sums(moment)))
    return Step(ratio, Regression(parts.take(found.kept), ratio, moment, moment))


def _moment(before: Floats, variance: Floats | None) -> Floats:
    return before if variance is None else before / variance


def _ratio(before: Floats, after: Floats) -> Floats:
    """Return after over before, 1 where both are zero."""
    wrong = np.flatnonzero((before == 0) & (after != 0))
    if len(wrong):
        raise DataError(
            f"A row without weight before cannot have one after; {counted(len(wrong), 'row does', 'rows do')}, at {listed(wrong.tolist())}. "
            "Check which column is which."
        )
    return np.divide(after, before, out=np.ones_like(before), where=before != 0)
