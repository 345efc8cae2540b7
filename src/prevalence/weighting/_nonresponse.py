"""Non-response: the weight of those who did not answer passes to those who did and are like them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from prevalence.adjustments import Adjustment, Auxiliary
from prevalence.aggregate import margins_of
from prevalence.checks import as_names
from prevalence.errors import DataError, OptionError, check_option
from prevalence.provenance import Count
from prevalence.rows import Floats, require_columns
from prevalence.survey import Survey
from prevalence.totals import Ints, weighted_counts
from prevalence.weighting.classes import Classes, classes_of, collapsed
from prevalence.weighting.dispositions import DISPOSITIONS, INELIGIBLE, RESPONDED, UNKNOWN, dispositions_of
from prevalence.weighting.response_model import fitted_probabilities, predictors_of
from prevalence.weighting.steps import Start, finished, new_column, start

Form = Literal["classes", "inverse", "strata"]
FORMS: tuple[Form, ...] = ("classes", "inverse", "strata")
VARIANCES = ("linearised", "fixed")

FIXED = "Response probabilities count as known: standard errors leave out that they were estimated, which makes most of them too large."
STRATA_GIVEN = (
    "Strata of response propensities count as given: standard errors follow the adjustment within them, not how they were formed."
)


def nonresponse(
    survey: Survey,
    *,
    disposition: str,
    codes: Mapping[Any, str] | None = None,
    form: Form = "classes",
    classes: str | Sequence[str] = (),
    min_respondents: int = 20,
    max_factor: float = 3.0,
    predictors: str | Sequence[str] = (),
    categorical: str | Sequence[str] = (),
    strata: int = 5,
    variance: str = "linearised",
    column: str | None = None,
) -> Survey:
    """Adjust weights for non-response: non-respondents get weight 0 and stay in the design, respondents more.

    Cases of unknown eligibility go first: their weight passes to those whose eligibility is known, within classes. Then cases out of scope get
    weight 0. Then the weight of eligible non-respondents passes to respondents.

    Parameters
    ----------
    survey : Survey
        One row a sampled case, answered or not.
    disposition : str
        Column of what became of the case: 0/1 (whether interviewed), or a result code.
    codes : mapping of value to disposition, optional
        ``interview``, ``partial``, ``refusal``, ``non-contact`` (absent), ``other``, ``unknown`` (eligibility) or ``ineligible`` (out of scope).
        Partial interviews count as responses.
    form : {"classes", "inverse", "strata"}
        ``classes``: within crossings of `classes`, all weight over that of respondents. ``inverse``: one over the propensity of a logistic
        regression on `predictors`, weighted by the design. ``strata``: classes made of quantiles of that propensity.
    classes : str or sequence of str
        Columns, the most important first.
    min_respondents, max_factor
        A class with fewer respondents or a larger factor is collapsed into the neighbour that shares most leading columns.
    predictors : str or sequence of str
        Columns known for respondents and non-respondents: numbers enter as such, all else by category.
    categorical : str or sequence of str
        Predictors that hold numbers and are codes.
    strata : int
        Number of quantile strata; a propensity that is a quantile itself begins the upper one.
    variance : {"linearised", "fixed"}
        Whether the variance follows the adjustment (linearised through the response model), or takes it as given, which a note says.
    column : str, optional
        Name of the new weight; by default ``weight_nonresponse``.

    Returns
    -------
    Survey
        With the new weight, 0/1 columns of who responded, and the class or propensity of each case.

    Raises
    ------
    ColumnError, DataError, OptionError
        If a column is absent, a case has no disposition or class, a predictor is missing, nobody responded, a class cannot be collapsed, or a
        respondent has no probability.

    Notes
    -----
    Särndal & Lundström (2005), Estimation in Surveys with Nonresponse; Kim & Kim (2007), Canadian Journal of Statistics 35:501-514, for the
    variance with estimated propensities; Little (1986), International Statistical Review 54, for propensity strata.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({
    ...     "ea": [1, 1, 2, 2, 3, 3], "w": 10.0, "area": ["u", "u", "u", "u", "r", "r"], "answered": [1, 0, 1, 1, 1, 0], "y": [1, None, 0, 1, 0, None],
    ... })
    >>> survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
    >>> survey = pv.weighting.nonresponse(survey, disposition="answered", classes="area", min_respondents=1)
    >>> pv.weighting.weights(survey).round(3).tolist()
    [13.333, 0.0, 13.333, 13.333, 20.0, 0.0]
    """
    check_option("form", form, FORMS)
    check_option("variance", variance, VARIANCES)
    asked = _Asked(
        form=form,
        classes=as_names(classes),
        predictors=as_names(predictors),
        categorical=as_names(categorical),
        min_respondents=min_respondents,
        max_factor=max_factor,
        strata=strata,
        fixed=variance == "fixed",
    )
    asked.check()
    require_columns(survey.data, (disposition, *asked.classes, *asked.predictors))
    begun = start(survey)
    place = dispositions_of(begun.frame, disposition, codes)
    state = _State(begun, new_column(survey, column, "weight_nonresponse"), begun.column, begun.weight)
    state = _without_unknown(state, place, asked)
    state = _without_ineligible(state, place)
    state = _among_eligible(state, np.isin(place, RESPONDED), asked)
    return _finished(state, place, disposition, codes, asked, column)


@dataclass(frozen=True, slots=True)
class _Asked:
    form: Form
    classes: tuple[str, ...]
    predictors: tuple[str, ...]
    categorical: tuple[str, ...]
    min_respondents: int
    max_factor: float
    strata: int
    fixed: bool

    def check(self) -> None:
        if self.form != "classes" and not self.predictors:
            raise OptionError(f"form={self.form!r} needs what response depends on: predictors=['area', 'wealth'].")
        if self.form == "classes" and self.predictors:
            raise OptionError("predictors belong to form='inverse' or 'strata'. Choose one of these, or name classes.")
        if self.strata < 2:
            raise OptionError(f"strata must be 2 or more; found {self.strata}.")


@dataclass(frozen=True, slots=True)
class _State:
    """How far the weights have come."""

    begun: Start
    final: str
    name: str
    weight: Floats
    columns: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    adjustments: tuple[Adjustment, ...] = ()
    counts: tuple[Count, ...] = ()
    notes: tuple[str, ...] = ()

    def with_column(self, name: str, values: npt.NDArray[Any], label: str) -> _State:
        return replace(self, columns={**self.columns, name: values}, labels={**self.labels, name: label})

    def with_weight(self, name: str, values: Floats, label: str, adjustment: Adjustment) -> _State:
        grown = self.with_column(name, values, label)
        return replace(grown, name=name, weight=values, adjustments=(*self.adjustments, adjustment))

    def named(self, part: str) -> str:
        return new_column(self.begun.survey, None, f"{self.final}_{part}")


def _without_unknown(state: _State, place: Ints, asked: _Asked) -> _State:
    """Pass the weight of cases of unknown eligibility to the others of their class."""
    unknown = (place == UNKNOWN) & (state.weight > 0)
    if not unknown.any():
        return state
    return _by_classes(state, ~unknown, asked, asked.classes, "eligibility", "Weight after unknown eligibility")


def _without_ineligible(state: _State, place: Ints) -> _State:
    """Give cases out of scope weight 0: they stand for cases that are not of the population either."""
    outside = (place == INELIGIBLE) & (state.weight > 0)
    if not outside.any():
        return state
    name = state.named("in_scope")
    adjustment = Adjustment(before=state.name, after=name, effect="given")
    return state.with_weight(name, np.where(outside, 0.0, state.weight), "Weight of cases in scope", adjustment)


def _among_eligible(state: _State, responded: npt.NDArray[np.bool_], asked: _Asked) -> _State:
    used = state.weight > 0
    if not (used & responded).any():
        raise DataError("Nobody responded among the cases with a weight. Check the dispositions and their codes.")
    if asked.form == "classes":
        return _by_classes(state, responded, asked, asked.classes, "", "Weight after non-response")
    model = predictors_of(state.begun.frame, asked.predictors, used, asked.categorical)
    plain = Adjustment(before=state.name, after=state.final, effect="propensity", auxiliaries=model)
    margins = margins_of(state.begun.frame, plain, used)
    probability = fitted_probabilities(margins, state.weight, responded.astype(np.float64))
    shown = np.where(used, probability, np.nan)
    grown = state.with_column(state.named("propensity"), shown, "Propensity of response")
    if asked.form == "strata":
        return _by_strata(grown, responded, probability, asked)
    marked = _with_response(grown, responded, "")
    weight = np.where(used & responded, state.weight / probability, 0.0)
    found = replace(plain, responded=state.named("responded"), probability=state.named("propensity"))
    return marked.with_weight(state.final, weight, "Weight after non-response", _as_asked(found, asked))


def _by_strata(state: _State, responded: npt.NDArray[np.bool_], probability: Floats, asked: _Asked) -> _State:
    used = state.weight > 0
    cuts = np.unique(np.quantile(probability[used], np.arange(1, asked.strata) / asked.strata))
    stratum = np.where(used, np.searchsorted(cuts, probability, side="right"), 0).astype(np.int64)
    labels = tuple((f"stratum {number + 1}",) for number in range(len(cuts) + 1))
    # A quantile may be the largest value of all: then nobody lies beyond it.
    present, code = np.unique(stratum, return_inverse=True)
    classes = Classes(code.astype(np.int64), tuple(labels[number] for number in present))
    found = _in_classes(state, classes, responded, asked, "", "Weight after non-response")
    return found if asked.fixed else replace(found, notes=(*found.notes, STRATA_GIVEN))


def _by_classes(state: _State, kept: npt.NDArray[np.bool_], asked: _Asked, names: Sequence[str], part: str, label: str) -> _State:
    return _in_classes(state, classes_of(state.begun.frame, names, state.weight > 0), kept, asked, part, label)


def _in_classes(state: _State, classes: Classes, kept: npt.NDArray[np.bool_], asked: _Asked, part: str, label: str) -> _State:
    """Pass all weight of each class to the rows that keep one."""
    found = collapsed(
        classes,
        state.weight,
        kept.astype(np.float64),
        min_respondents=asked.min_respondents,
        max_factor=asked.max_factor,
    )
    code, used = found.classes.code, state.weight > 0
    size = len(found.classes.levels)
    every, answered = weighted_counts(code, state.weight, size), weighted_counts(code, state.weight * kept, size)
    if (answered <= 0).any():
        raise DataError("No class has a respondent with a weight. Check the dispositions, or take coarser classes.")
    weight = np.where(used & kept, state.weight * (every / answered)[code], 0.0)
    suffix = f"{part}_" if part else ""
    texts = np.array([level[0] for level in found.classes.levels], dtype=object)[code]
    texts[~used] = None
    grown = state.with_column(state.named(f"{suffix}class"), texts, f"Class of {label[0].lower()}{label[1:]}")
    grown = _with_response(grown, kept, suffix)
    after = state.named(part) if part else state.final
    cells = Auxiliary(name="class", columns=(state.named(f"{suffix}class"),), cells=found.classes.levels)
    adjustment = Adjustment(
        before=state.name, after=after, effect="sample", auxiliaries=(cells,), responded=state.named(f"{suffix}responded")
    )
    grown = grown.with_weight(after, weight, label, _as_asked(adjustment, asked))
    merged = tuple(f"Class {words}." for words in found.merged)
    return replace(grown, notes=(*grown.notes, *(f"Collapsed: {text}" for text in merged)))


def _with_response(state: _State, kept: npt.NDArray[np.bool_], suffix: str) -> _State:
    values = np.where(state.weight > 0, kept.astype(np.float64), np.nan)
    return state.with_column(state.named(f"{suffix}responded"), values, "Whether the case keeps a weight")


def _as_asked(adjustment: Adjustment, asked: _Asked) -> Adjustment:
    return Adjustment(before=adjustment.before, after=adjustment.after, effect="given") if asked.fixed else adjustment


def _finished(
    state: _State, place: Ints, disposition: str, codes: Mapping[Any, str] | None, asked: _Asked, column: str | None
) -> Survey:
    sampled = state.begun.weight > 0
    found = np.bincount(place[sampled], minlength=len(DISPOSITIONS)).tolist()
    counts = [
        Count(step="nonresponse", rows=rows, reason=f"disposition: {name}")
        for name, rows in zip(DISPOSITIONS, found, strict=True)
        if rows
    ]
    parameters = {
        "disposition": disposition,
        "codes": [[value, name] for value, name in codes.items()] if codes else None,
        "form": asked.form,
        "classes": list(asked.classes) or None,
        "min_respondents": asked.min_respondents,
        "max_factor": asked.max_factor,
        "predictors": list(asked.predictors) or None,
        "categorical": list(asked.categorical) or None,
        "strata": asked.strata if asked.form == "strata" else None,
        "variance": "fixed" if asked.fixed else None,
        "column": column,
    }
    notes = (*state.notes, FIXED) if asked.fixed else state.notes
    return finished(
        state.begun,
        "nonresponse",
        state.columns,
        labels=state.labels,
        weight=state.final,
        parameters=parameters,
        adjustments=state.adjustments,
        counts=counts,
        notes=notes,
    )
