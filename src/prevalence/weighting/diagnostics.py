"""What the steps did to the weights: their spread, the largest, the sums they were fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.adjustments import Adjustment
from prevalence.aggregate import margins_of
from prevalence.checks import as_names
from prevalence.errors import OptionError
from prevalence.rows import collect, numbers, require_columns
from prevalence.survey import Survey
from prevalence.totals import weighted_counts
from prevalence.weighting.classes import classes_of
from prevalence.weighting.steps import kish_effect
from prevalence.weighting.tables import WeightTable

PERCENTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def effects(survey: Survey, *, by: str | Sequence[str] = ()) -> WeightTable:
    """Return Kish's effect of unequal weights and the effective number of rows after each step, for all and for each domain.

    Parameters
    ----------
    survey : Survey
    by : str or sequence of str
        Columns whose crossing gives domains.

    Returns
    -------
    WeightTable
        One row a step and domain: ``step, weight, domain, rows, sum, kish_effect, effective_n``; rows of weight zero do not count.

    Raises
    ------
    ColumnError, DataError
        If a column is absent, or missing in a row with a weight.

    Notes
    -----
    Kish (1965), Survey Sampling, section 11.7: n sum(w^2) / sum(w)^2; the effective number is n over the effect. It tells what unequal weights
    cost estimates that have nothing to do with them, not the design effect of a given estimate.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> survey = pv.weighting.trim(pv.Survey(pd.DataFrame({"w": [1.0, 2.0, 9.0]}), pv.Design(weight="w")), upper=6)
    >>> pv.weighting.effects(survey).to_pandas()[["step", "kish_effect"]].round(3).values.tolist()
    [['start', 1.792], ['trim', 1.167]]
    """
    names = as_names(by)
    require_columns(survey.data, names)
    stages = stages_of(survey)
    frame = collect(survey.data, [*names, *(column for _, column in stages)])
    rows: list[tuple[str, str, str, float, float, float, float]] = []
    for step, column in stages:
        weight = numbers(frame, column)
        groups = classes_of(frame, names, weight > 0)
        domains = [("All", weight > 0)]
        if names:
            domains += [(label, (groups.code == place) & (weight > 0)) for place, label in enumerate(groups.labels)]
        for label, inside in domains:
            effect = kish_effect(weight[inside])
            count = float(inside.sum())
            rows.append((step, column, label, count, float(weight[inside].sum()), effect, count / effect))
    return _table("Effect of unequal weights", ("step", "weight", "domain", "rows", "sum", "kish_effect", "effective_n"), rows)


def quantiles(survey: Survey) -> WeightTable:
    """Return the distribution of the weights above zero after each step: smallest, percentiles, largest, and largest over median.

    Parameters
    ----------
    survey : Survey

    Returns
    -------
    WeightTable
        One row a step.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> survey = pv.Survey(pd.DataFrame({"w": [1.0, 2.0, 9.0]}), pv.Design(weight="w"))
    >>> pv.weighting.quantiles(survey).to_pandas()[["min", "p50", "max", "max_over_median"]].values.tolist()
    [[1.0, 2.0, 9.0, 4.5]]
    """
    stages = stages_of(survey)
    frame = collect(survey.data, [column for _, column in stages])
    names = ("step", "weight", "min", *(f"p{100 * part:02.0f}" for part in PERCENTILES), "max", "mean", "max_over_median")
    rows: list[tuple[Any, ...]] = []
    for step, column in stages:
        weight = numbers(frame, column)
        used = weight[weight > 0]
        found = np.quantile(used, PERCENTILES)
        middle = float(np.median(used))
        rows.append((step, column, used.min(), *found.tolist(), used.max(), used.mean(), used.max() / middle))
    return _table("Distribution of weights", names, rows)


def extremes(survey: Survey, *, number: int = 10) -> WeightTable:
    """Return the rows with the largest final weights, and the part of all weight that they carry.

    Parameters
    ----------
    survey : Survey
    number : int

    Returns
    -------
    WeightTable
        ``row`` (from 1), the columns of the survey's `id`, ``weight``, ``first_weight``, ``ratio`` and ``share`` of the sum of weights.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> survey = pv.Survey(pd.DataFrame({"w": [1.0, 2.0, 9.0]}), pv.Design(weight="w"))
    >>> pv.weighting.extremes(survey, number=1).to_pandas()[["row", "weight", "share"]].values.tolist()
    [[3.0, 9.0, 0.75]]
    """
    if number < 1:
        raise OptionError(f"number of rows to list must be 1 or more; found {number}.")
    stages = stages_of(survey)
    frame = collect(survey.data, [*survey.key, *(column for _, column in stages)])
    first, last = numbers(frame, stages[0][1]), numbers(frame, stages[-1][1])
    order = np.argsort(-last, kind="stable")[:number]
    keys = {name: tuple(str(frame.get_column(name)[int(row)]) for row in order) for name in survey.key}
    ratio = np.divide(last, first, out=np.full_like(last, np.nan), where=first > 0)
    columns: dict[str, Any] = {
        "row": (order + 1).tolist(),
        **keys,
        "weight": last[order].tolist(),
        "first_weight": first[order].tolist(),
        "ratio": ratio[order].tolist(),
        "share": (last[order] / last.sum()).tolist(),
    }
    return WeightTable("Largest weights", columns)


def margin_hits(survey: Survey) -> WeightTable:
    """Return how the sums of the final weights meet each total that a step fitted them to.

    Parameters
    ----------
    survey : Survey

    Returns
    -------
    WeightTable
        ``step, margin, cell, population, before, final, before_ratio, final_ratio``: sums of the weights before the step and after the last step, and
        their ratios to the population. A later step may have moved what an earlier one met.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> survey = pv.Survey(pd.DataFrame({"w": 1.0, "sex": ["f", "m", "f"]}), pv.Design(weight="w"))
    >>> survey = pv.weighting.post_stratify(survey, margins={"sex": {"f": 60, "m": 40}})
    >>> pv.weighting.margin_hits(survey).to_pandas()[["cell", "before", "final", "final_ratio"]].values.tolist()
    [['f', 2.0, 60.0, 1.0], ['m', 1.0, 40.0, 1.0]]
    """
    rows: list[tuple[Any, ...]] = []
    for step in survey.design.plan:
        for adjustment in step.adjustments:
            if adjustment.effect == "totals":
                rows += _hits(survey, step.name, adjustment)
    names = ("step", "margin", "cell", "population", "before", "final", "before_ratio", "final_ratio")
    return _table("Totals and what the weights add up to", names, rows)


def stages_of(survey: Survey) -> list[tuple[str, str]]:
    """Return the step and column of all weights, from those the survey came with."""
    found = [("start", survey.design.weight)]
    steps = [step for step in survey.design.plan if step.adjustments or step.name in ("base", "share")]
    if steps:
        first = steps[0]
        found = [("start", first.adjustments[0].before)] if first.adjustments else []
        found += [(step.name, step.weight) for step in steps]
    return list({column: (step, column) for step, column in found}.values())


def _hits(survey: Survey, step: str, adjustment: Adjustment) -> list[tuple[Any, ...]]:
    frame: nw.DataFrame[Any] = collect(survey.data, [*adjustment.columns, survey.design.weight])
    before, final = numbers(frame, adjustment.before), numbers(frame, survey.design.weight)
    rows: list[tuple[Any, ...]] = []
    for auxiliary, margin in zip(adjustment.auxiliaries, margins_of(frame, adjustment, before > 0), strict=True):
        code = np.asarray(margin.code, dtype=np.int64)
        sums = [
            weighted_counts(code, weight * (1.0 if margin.amount is None else margin.amount), margin.size)
            for weight in (before, final)
        ]
        for place, total in enumerate(auxiliary.totals):
            values = [float(found[place]) for found in sums]
            rows.append(
                (
                    step,
                    auxiliary.name,
                    auxiliary.labels[place] or auxiliary.name,
                    total,
                    *values,
                    *(_ratio(value, total) for value in values),
                )
            )
    return rows


def _ratio(value: float, total: float) -> float:
    return value / total if total else float("nan")


def _table(title: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> WeightTable:
    return WeightTable(title, {name: [row[place] for row in rows] for place, name in enumerate(names)})
