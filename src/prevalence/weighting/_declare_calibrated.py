"""Files that come with calibrated weights: what their producer did, so that the variance is that of calibrated weights."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from prevalence.adjustments import Adjustment, Auxiliary, PlanStep
from prevalence.aggregate import margins_of, text_of
from prevalence.calibration.calibrated import checked_weights
from prevalence.calibration.margins import Margin
from prevalence.checks import as_names
from prevalence.errors import DataError, DesignError, OptionError, PrevalenceWarning, counted, listed
from prevalence.provenance import Count
from prevalence.rows import Floats, numbers, require_columns
from prevalence.survey import Survey
from prevalence.totals import Ints, weighted_counts
from prevalence.weighting.margins import CROSS, read_margins, written_margins
from prevalence.weighting.steps import Start, start

MISSED = 1e-4
"""Part of a declared total that the published weights, which are rounded, may miss it by."""


def declare_calibrated(
    survey: Survey,
    *,
    base: str,
    margins: Any = None,
    totals: Mapping[str, float] | Sequence[str] | None = None,
    household: str | Sequence[str] | None = None,
) -> Survey:
    """Declare that the design's weights were calibrated by the producer of the file, from which weights and to what.

    Nothing is fitted: the weights stay. Standard errors then come from residuals, which for totals and counts may be a small part of those that
    ignore it.

    Parameters
    ----------
    survey : Survey
        Whose design names the calibrated weight.
    base : str
        Column of the weight before calibration.
    margins : sequence of str or of tuples of str; or as in `rake`
        Columns of cells, crossed where a tuple; their totals are then the sums of the weights. Or margins with populations, which the weights
        must meet.
    totals : mapping of column to number, or sequence of columns, optional
        Measured variables that were calibrated to.
    household : str or sequence of str, optional
        Columns that name households, if their members were given one weight.

    Returns
    -------
    Survey

    Raises
    ------
    ColumnError, OptionError
        If a column is absent, or neither margins nor totals are given.
    DataError
        If a row has no weight before and one after, or the weights miss a declared total.
    DesignError
        If the design has columns of replicate weights: these carry the calibration already.

    Warns
    -----
    PrevalenceWarning
        If the ratio of the weights varies within the cells of a single classification: then it is not all that was done.

    Examples
    --------
    Brazil's PNAD Contínua: V1027 was post-stratified to projected populations by ``posest``, which made V1028.

    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({
    ...     "UPA": [1, 1, 2, 2], "posest": ["a", "b", "a", "b"], "V1027": [1.0, 1.0, 2.0, 2.0], "V1028": [2.0, 4.0, 4.0, 8.0], "works": [0, 1, 0, 0],
    ... })
    >>> survey = pv.Survey(rows, pv.Design(weight="V1028", psu="UPA"))
    >>> survey = pv.weighting.declare_calibrated(survey, base="V1027", margins=["posest"])
    >>> pv.total(survey, "works").to_pandas()[["estimate", "se"]].round(3).values.tolist()
    [[4.0, 5.333]]
    """
    if survey.design.replicates is not None and not survey.design.replicates.created:
        raise DesignError(
            "Replicate weights of a file carry its calibration already. Leave declare_calibrated out, or leave replicates out of the design."
        )
    begun = start(survey)
    homes = as_names(household)
    require_columns(survey.data, (base, *homes))
    before = checked_weights(numbers(begun.frame, base))
    auxiliaries = (*_classifications(begun, margins), *_measured(begun, totals))
    if not auxiliaries:
        raise OptionError(
            "declare_calibrated needs what the weights were calibrated to: margins=['posest'], or totals=['income']."
        )
    plain = Adjustment(before=base, after=begun.column, effect="totals", auxiliaries=auxiliaries, household=homes)
    arrays = margins_of(begun.frame, plain, before > 0)
    achieved = [_sums(margin, begun.weight) for margin in arrays]
    for auxiliary, found in zip(auxiliaries, achieved, strict=True):
        _check_met(auxiliary, found)
    with_totals = tuple(
        replace(auxiliary, totals=tuple(found.tolist())) for auxiliary, found in zip(auxiliaries, achieved, strict=True)
    )
    notes = _doubt(arrays, before, begun.weight, with_totals)
    step = PlanStep(
        name="declare_calibrated",
        weight=begun.column,
        parameters=_parameters(base, with_totals, homes),
        counts=(
            Count(
                step="declare_calibrated",
                rows=int((before > 0).sum()),
                reason=f"weights {base} were calibrated to make {begun.column}",
            ),
        ),
        notes=notes,
        adjustments=(replace(plain, auxiliaries=with_totals),),
    )
    design = replace(survey.design, plan=(*survey.design.plan, step))
    return replace(begun.survey, design=design, provenance=survey.provenance.add(counts=step.counts, notes=notes))


def _classifications(begun: Start, margins: Any) -> tuple[Auxiliary, ...]:
    """Return the margins, those given by names with the cells that occur."""
    if margins is None:
        return ()
    if isinstance(margins, str) or not isinstance(margins, Sequence) or not all(_names(part) for part in margins):
        return read_margins(begun.survey, margins)
    found = []
    for part in margins:
        columns = as_names(part)
        require_columns(begun.frame.to_native(), columns)
        used = begun.frame.filter((begun.weight > 0).tolist()).select(list(columns)).unique().drop_nulls()
        cells = sorted(tuple(map(text_of, row)) for row in used.rows())
        found.append(Auxiliary(name=CROSS.join(columns), columns=columns, cells=tuple(cells)))
    return tuple(found)


def _names(part: Any) -> bool:
    return isinstance(part, str) or (isinstance(part, tuple) and all(isinstance(name, str) for name in part))


def _measured(begun: Start, totals: Mapping[str, float] | Sequence[str] | None) -> tuple[Auxiliary, ...]:
    given = totals if isinstance(totals, Mapping) else dict.fromkeys(totals or (), None)
    require_columns(begun.frame.to_native(), given)
    return tuple(
        Auxiliary(name=name, totals=() if total is None else (float(total),), amount=name) for name, total in given.items()
    )


def _sums(margin: Margin, weight: Floats) -> Floats:
    values = weight if margin.amount is None else weight * margin.amount
    return weighted_counts(np.asarray(margin.code, dtype=np.int64), values, margin.size)


def _check_met(auxiliary: Auxiliary, found: Floats) -> None:
    if not auxiliary.totals:
        return
    asked = np.asarray(auxiliary.totals)
    missed = np.flatnonzero(np.abs(found - asked) > MISSED * np.maximum(np.abs(asked), 1))
    if len(missed):
        shown = [f"{auxiliary.labels[cell] or auxiliary.name}: {found[cell]:,.6g} for {asked[cell]:,.6g}" for cell in missed[:3]]
        raise DataError(
            f"Weights that were calibrated must meet their totals; margin {auxiliary.name!r} is missed in {counted(len(missed), 'cell')}: "
            f"{listed(shown)}. Check the totals, or that the file is whole."
        )


def _doubt(arrays: Sequence[Margin], before: Floats, after: Floats, auxiliaries: Sequence[Auxiliary]) -> tuple[str, ...]:
    """Return, having warned, that cells do not explain the change of the weights, where there is a single classification."""
    if len(arrays) > 1 or arrays[0].amount is not None:
        return ()
    used = before > 0
    code: Ints = np.asarray(arrays[0].code, dtype=np.int64)
    factor = after[used] / before[used]
    mean = _sums(arrays[0], after) / np.maximum(_sums(arrays[0], before), np.finfo(float).tiny)
    varying = np.unique(code[used][np.abs(factor / mean[code[used]] - 1) > MISSED])
    if not len(varying):
        return ()
    said = (
        f"The ratio of {auxiliaries[0].name!r}-calibrated weights to those before varies within {counted(len(varying), 'cell')}: "
        "more was done to the weights than is declared, and standard errors are approximate."
    )
    warnings.warn(said, PrevalenceWarning, stacklevel=3)
    return (said,)


def _parameters(base: str, auxiliaries: Sequence[Auxiliary], homes: tuple[str, ...]) -> dict[str, Any]:
    classified = [one for one in auxiliaries if one.columns]
    measured = [one for one in auxiliaries if not one.columns]
    found = {
        "base": base,
        "margins": written_margins(classified) or None,
        "totals": {one.name: one.totals[0] for one in measured} or None,
        "household": list(homes) or None,
    }
    return {key: value for key, value in found.items() if value is not None}
