"""Item non-response: unknown answers of indicators filled in, flagged, several times over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from prevalence.adjustments import PlanStep
from prevalence.checks import as_names
from prevalence.errors import DataError, OptionError, check_option, counted
from prevalence.provenance import Count, Variable
from prevalence.rows import Floats, indicator, require_columns, with_arrays
from prevalence.survey import Survey
from prevalence.weighting.filling import Donors, from_donors, from_model
from prevalence.weighting.steps import Start, start

ImputationMethod = Literal["hot-deck", "model"]
METHODS: tuple[ImputationMethod, ...] = ("hot-deck", "model")


def impute(
    survey: Survey,
    *,
    indicators: str | Sequence[str],
    seed: int,
    method: ImputationMethod = "hot-deck",
    within: str | Sequence[str] = (),
    predictors: str | Sequence[str] = (),
    categorical: str | Sequence[str] = (),
    among: str | None = None,
    m: int = 5,
) -> Survey:
    """Fill in unknown answers of 0/1 indicators, m times, beside the originals.

    Parameters
    ----------
    survey : Survey
    indicators : str or sequence of str
        0/1 columns. Their unknown rows are those with a weight marked by ``<indicator>_unknown`` where the survey has this column, else those
        where the indicator is missing.
    seed : int
        Makes the draws repeatable.
    method : {"hot-deck", "model"}
        ``hot-deck``: from a donor of the same class, drawn with probability proportional to weight among donors drawn anew each time, all
        unknown indicators of a row from one donor. ``model``: from a logistic regression on `predictors`, weighted by the design, whose coefficients
        are drawn anew each time from their distribution between sampling units.
    within : str or sequence of str
        Columns of the classes, the most important first; a class without a donor gives up its last column, and so on.
    predictors, categorical : str or sequence of str
        Known for all rows imputed: numbers enter as such unless named `categorical`, all else by category.
    among : str, optional
        0/1 column: rows that are not 1 are neither imputed nor donors, because they are out of scope.
    m : int
        Number of imputations; 1 gives point estimates whose standard errors ignore it.

    Returns
    -------
    Survey
        With ``<indicator>_imputed_1`` ... ``_m`` and the 0/1 flag ``<indicator>_was_imputed``. `pv.prevalence` of the m columns and then
        `pv.combine_imputations` give estimates whose standard errors carry the doubt.

    Raises
    ------
    ColumnError, DataError, OptionError
        If a column is absent or incomplete, there is no donor, or options do not fit each other.

    Notes
    -----
    Rubin & Schenker (1986), JASA 81:366-374 (approximate Bayesian bootstrap); Andridge & Little (2010), International Statistical Review
    78:40-64 (weights in the hot deck); Rubin (1987), chapter 5.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 1, 2, 2, 3, 3] * 4, "w": 1.0, "area": ["u", "r"] * 12, "y": [1, 0, None, 0, 1, None] * 4})
    >>> survey = pv.weighting.impute(pv.Survey(rows, pv.Design(weight="w", psu="ea")), indicators="y", within="area", m=3, seed=1)
    >>> filled = pv.prevalence(survey, [f"y_imputed_{k}" for k in (1, 2, 3)])
    >>> pv.combine_imputations(filled, indicator="y").to_pandas()["n"].item()
    24.0
    """
    check_option("method", method, METHODS)
    names, classes, inputs, codes = (as_names(part) for part in (indicators, within, predictors, categorical))
    _check_options(method, names, inputs, m)
    require_columns(survey.data, (*names, *classes, *inputs, *((among,) if among else ())))
    begun = start(survey)
    scope = begun.weight > 0
    if among is not None:
        scope &= indicator(begun.frame, among) == 1
    values = np.column_stack([indicator(begun.frame, name) for name in names])
    unknown = np.column_stack([_unknown(begun.frame, name, scope) for name in names])
    donors = scope & ~np.isnan(values).any(axis=1)
    if not donors.any():
        raise DataError(
            f"Imputation needs rows in which all of {', '.join(names)} are known; there is none in scope. Impute them one by one."
        )
    taken = Donors(begun.frame, begun.survey.design, begun.weight, donors, values, unknown)
    random = np.random.default_rng(seed)
    if method == "hot-deck":
        filled = [from_donors(taken, classes, random) for _ in range(m)]
    else:
        filled = from_model(taken, inputs, codes, random, m)
    parameters = {
        "indicators": list(names),
        "seed": seed,
        "method": method,
        "within": list(classes) or None,
        "predictors": list(inputs) or None,
        "categorical": list(codes) or None,
        "among": among,
        "m": m,
    }
    return _finished(begun, names, unknown, filled, {key: value for key, value in parameters.items() if value is not None})


def _check_options(method: str, names: tuple[str, ...], predictors: tuple[str, ...], m: int) -> None:
    if not names:
        raise OptionError("impute needs the indicators to fill in: indicators=['child_labour'].")
    if m < 1:
        raise OptionError(f"m, the number of imputations, must be 1 or more; found {m}.")
    if (method == "model") != bool(predictors):
        raise OptionError(
            f"predictors belong to method='model', which needs them; found method={method!r} and predictors={list(predictors)!r}."
        )


def _unknown(frame: nw.DataFrame[Any], name: str, scope: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    missing = np.isnan(indicator(frame, name))
    flag = f"{name}_unknown"
    if flag in frame.columns:
        missing &= indicator(frame, flag) == 1
    return np.asarray(missing & scope, dtype=np.bool_)


def _finished(
    begun: Start, names: tuple[str, ...], unknown: npt.NDArray[np.bool_], filled: Sequence[Floats], parameters: dict[str, object]
) -> Survey:
    """Return the survey with the imputations and flags, and the step in the plan."""
    made, variables = {}, {}
    for place, name in enumerate(names):
        for number, values in enumerate(filled, start=1):
            made[f"{name}_imputed_{number}"] = values[:, place]
            variables[f"{name}_imputed_{number}"] = Variable(label=f"{name}, imputation {number}")
        made[f"{name}_was_imputed"] = unknown[:, place].astype(np.float64)
        variables[f"{name}_was_imputed"] = Variable(label=f"Whether {name} was imputed")
    counts = tuple(
        Count(step="impute", rows=int(unknown[:, place].sum()), reason=f"unknown {name} imputed {counted(len(filled), 'time')}")
        for place, name in enumerate(names)
    )
    notes = () if len(filled) > 1 else ("Imputed once: standard errors count imputed answers as given.",)
    survey, design = begun.survey, begun.survey.design
    step = PlanStep(name="impute", weight=design.weight, parameters=parameters, counts=counts, notes=notes)
    return replace(
        survey,
        data=with_arrays(begun.frame, made).to_native(),
        design=replace(design, plan=(*design.plan, step)),
        codebook=survey.codebook.with_variables(variables),
        provenance=survey.provenance.add(counts=counts, notes=notes),
    )
