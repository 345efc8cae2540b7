"""Forced labour over a period: ever in the window, months of it, and spells begun, under three different names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from prevalence.classify.answers import (
    KEPT,
    Answer,
    check_answers,
    check_numbers,
    compares,
    equals,
    keep,
    keep_answers,
    missing,
    never,
    one_zero,
    reported,
    scope,
    tally,
    without_kept,
)
from prevalence.classify.forced.long_tables import joined
from prevalence.classify.forced.spells import SUMS, spells_of
from prevalence.errors import DataError, OptionError, counted, listed
from prevalence.provenance import Count, Definition, Variable
from prevalence.rows import Frame, require_columns, with_columns
from prevalence.survey import Survey

SOURCE = "average stock and flow over a window: identities; the mechanics of the global estimates are to be verified in their methodology"
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Window:
    """What is known of each person in the window.

    Attributes
    ----------
    frame : narwhals frame
    within : expression
        Rows in scope.
    ever : Answer
        In forced labour at any time in the window.
    months, begun : expressions or None
        Months of it inside the window, spells begun inside it.
    months_known, begun_known : expressions
    notes : tuple of str
    """

    frame: Frame
    within: nw.Expr
    ever: Answer
    months: nw.Expr
    months_known: nw.Expr
    begun: nw.Expr | None
    begun_known: nw.Expr
    notes: tuple[str, ...]


def forced_labour_period(
    survey: Survey,
    *,
    window: float,
    ever: str = "forced_labour",
    months: str | None = None,
    mean_months: float | None = None,
    begun: str | None = None,
    spells: Any = None,
    name: str = "forced_labour",
) -> Survey:
    """Add period prevalence, point prevalence and entries as three different columns.

    Parameters
    ----------
    survey : Survey
    window : float
        Length T of the window before the interview, in months: 60 for five years.
    ever : str
        0/1/null column: in forced labour at any time in the window. Its reference period must be the window. With `spells` it says no
        more than who is in scope, if it is in the data.
    months : str, optional
        Column of d, the months of forced labour inside the window, 0 <= d <= T. Cut it at the edges of the window and at the interview.
    mean_months : float, optional
        Mean of d among those ever in forced labour, where it alone is known, in place of `months`.
    begun : str, optional
        Column of the number of spells begun inside the window.
    spells : data frame, optional
        Long table in place of `ever`, `months` and `begun`: the survey's `id` columns, ``months_ago_began`` and ``months_ago_ended`` (months
        before the interview; 0 = ongoing; null = unknown). Spells are cut at the window, and months in two spells count once. A person
        without a row had none; one who was not asked has a row of nulls.
    name : str
        What the columns' names begin with.

    Returns
    -------
    Survey
        With ``forced_labour_period`` (0/1/null; its ``pv.prevalence`` is the period prevalence, its ``pv.total`` the persons ever in
        forced labour, F), ``forced_labour_point`` (d/T; its ``pv.mean`` is the point prevalence on an average day of the window, its
        ``pv.total`` the average stock, S), ``forced_labour_months`` (d) and, with `begun` or `spells`,
        ``forced_labour_entries_per_month`` and ``forced_labour_entries_per_year``, whose totals are the flow. With ``_unknown`` beside them.

    Raises
    ------
    OptionError
        If the window is not above 0, or not exactly one of `months`, `mean_months` and `spells` is given.
    DataError
        If months lie outside 0 to T, persons never in forced labour have months or spells, or a spell ends before it begins.
    ColumnError
        If a column is absent or holds something else than numbers.

    Notes
    -----
    F = sum w y; S = (1/T) sum w d exactly, or F times the mean of d over T; flow = F_new / T a month, times 12 a year; in a steady state
    S = flow x mean completed duration. d/T is an ordinary variable: the variance of S is that of a survey total. A "five-year ever" is no
    stock. The standard error under `mean_months` leaves out the uncertainty of that mean, and a note says so.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 100.0, "forced_labour": [1.0, 1.0, 0.0, 0.0], "d": [60.0, 12.0, 0.0, None]})
    >>> survey = pv.classify.forced_labour_period(pv.Survey(data, pv.Design(weight="w")), window=60, months="d")
    >>> pv.prevalence(survey, "forced_labour_period").to_pandas()["estimate"].item()  # period
    0.5
    >>> pv.mean(survey, "forced_labour_point").to_pandas()["estimate"].item()  # point
    0.3
    """
    _check_options(window, months, mean_months, begun, spells)
    duration = mean_months if months is None else months
    if duration is None:
        found = _from_spells(survey, window, ever, spells)
    else:
        found = _from_columns(survey, window, ever, duration, begun)
    frame, kept = keep_answers(found.frame, {"ever": found.ever})
    period = kept["ever"]
    frame, flags = keep(
        frame, {"months_known": found.within & found.months_known, "begun_known": found.within & found.begun_known}
    )
    columns = {
        f"{name}_period": one_zero(period.yes, known=found.within & period.known),
        f"{name}_period_unknown": one_zero(~period.known, known=found.within),
        f"{name}_months": nw.when(flags["months_known"]).then(found.months),
        f"{name}_point": nw.when(flags["months_known"]).then(found.months / window),
        f"{name}_point_unknown": one_zero(~flags["months_known"], known=found.within),
    }
    if found.begun is not None:
        columns[f"{name}_entries_per_month"] = nw.when(flags["begun_known"]).then(found.begun / window)
        columns[f"{name}_entries_per_year"] = nw.when(flags["begun_known"]).then(found.begun * MONTHS_A_YEAR / window)
    if mean_months is not None:
        del columns[f"{name}_months"]  # the mean is nobody's own number of months
    absent = f"{KEPT}spells_{SUMS[0]}" if duration is None else None
    counts = _counts(frame, name, found.within, period, flags["months_known"], absent)
    return _grown(
        survey, with_columns(frame, columns), _definitions(survey, ever, columns, name, window), counts, found.notes, name
    )


def _check_options(window: float, months: str | None, mean_months: float | None, begun: str | None, spells: Any) -> None:
    if not window > 0:
        raise OptionError(f"window must be a number of months above 0; found {window!r}.")
    given = [key for key, value in (("months", months), ("mean_months", mean_months), ("spells", spells)) if value is not None]
    if len(given) != 1:
        raise OptionError(
            f"Give exactly one of months (a column), mean_months (a number) and spells (a table); found {listed(given) or 'none'}. "
            "Without durations there is a period prevalence alone, which the indicator itself is."
        )
    if spells is not None and begun is not None:
        raise OptionError("begun is counted from the spells; leave it out.")
    if mean_months is not None and not 0 <= mean_months <= window:
        raise OptionError(f"mean_months must lie between 0 and the window of {window:g} months; found {mean_months!r}.")


def _from_columns(survey: Survey, window: float, ever: str, duration: str | float, begun: str | None) -> Window:
    """Return what the columns of the survey say; a person never in forced labour has no months and no spells."""
    months = duration if isinstance(duration, str) else None
    given = [name for name in (months, begun) if name is not None]
    require_columns(survey.data, [ever, *given])
    check_numbers(survey.frame, [ever, *given])
    check_answers(survey.frame, [ever])
    _check_durations(survey.frame, window, ever, months, begun)
    answer = reported(ever)
    if isinstance(duration, str):
        note = f"the stock uses the months inside the window of each person ({duration!r})."
        value, known = nw.col(duration), answer.no | (answer.yes & ~missing(duration))
    else:
        note = f"the stock uses a mean of {duration:g} months inside the window; its standard error leaves out the uncertainty of that mean."
        value, known = nw.lit(float(duration)), answer.known
    return Window(
        survey.frame,
        scope(survey, ever),
        answer,
        _where(answer.yes, value),
        known,
        _where(answer.yes, nw.col(begun)) if begun else None,
        answer.no | (answer.yes & ~missing(begun)) if begun else never(ever),
        (f"the reference period of {ever!r} was taken to be the window.", note),
    )


def _where(flag: nw.Expr, value: nw.Expr) -> nw.Expr:
    return nw.when(flag).then(value.cast(nw.Float64)).otherwise(nw.lit(0.0))


def _check_durations(frame: Frame, window: float, ever: str, months: str | None, begun: str | None) -> None:
    faults: dict[str, nw.Expr] = {}
    never_in = equals(ever, 0)
    for name, what in ((months, "months"), (begun, "spells")):
        if name is not None:
            faults[f"below 0 in {name!r}"] = ~missing(name) & ~compares(name, ">=", 0)
            faults[f"with {what} in {name!r} though {ever!r} is 0"] = never_in & compares(name, ">", 0)
    if months is not None:
        faults[f"above the window of {window:g} months in {months!r}"] = compares(months, ">", window)
    found = tally(frame, faults) if faults else {}
    wrong = [f"{counted(rows, 'row')} {what}" for what, rows in found.items() if rows]
    if wrong:
        raise DataError(
            f"Months inside the window must lie between 0 and {window:g}, and be 0 for persons never in forced labour in it; found "
            f"{'; '.join(wrong)}. Cut spells at the edges of the window and at the interview, in months, not in years."
        )


def _from_spells(survey: Survey, window: float, ever: str, spells: Any) -> Window:
    """Return what a table of spells says of each person."""
    column = {name: f"{KEPT}spells_{name}" for name in SUMS}
    frame = joined(survey.frame, spells_of(survey, spells, window).rename(columns=column), survey.key)
    yes = compares(column["touches"], ">", 0)
    within = scope(survey, ever) if ever in survey.columns else ~never(survey.design.weight)
    present = ~missing(column["covered"])
    return Window(
        frame,
        within,
        Answer(yes, yes | ~compares(column["touches_open"], ">", 0)),
        _where(present, nw.col(column["covered"])),
        ~compares(column["covered_open"], ">", 0),
        _where(present, nw.col(column["begun"])),
        ~compares(column["begun_open"], ">", 0),
        ("spells were read from a table; a person without a row in it was taken to have had none.",),
    )


def _counts(frame: Frame, name: str, within: nw.Expr, period: Answer, timed: nw.Expr, absent: str | None) -> tuple[Count, ...]:
    found = tally(
        frame,
        {
            "out of scope: null": ~within,
            "unknown whether ever in the window: null": within & ~period.known,
            "ever in the window, months unknown: point prevalence null": within & period.yes & ~timed,
            **({"no row in the table of spells: never in forced labour": within & missing(absent)} if absent else {}),
        },
    )
    return tuple(Count(step=f"classify {name}_period", rows=rows, reason=reason) for reason, rows in found.items() if rows)


def _definitions(survey: Survey, ever: str, columns: Iterable[str], name: str, window: float) -> dict[str, Definition]:
    base = survey.provenance.definitions.get(ever)
    of = f" ({base.name})" if base else ""
    titles = {
        f"{name}_period": f"ever in forced labour{of} in a window of {window:g} months",
        f"{name}_period_unknown": "unknown whether ever in forced labour in the window",
        f"{name}_months": f"months of forced labour{of} in a window of {window:g} months",
        f"{name}_point": f"share of a window of {window:g} months spent in forced labour{of}: on an average day of it",
        f"{name}_point_unknown": "unknown how many months in forced labour in the window",
        f"{name}_entries_per_month": f"spells of forced labour{of} begun in a window of {window:g} months, a month",
        f"{name}_entries_per_year": f"spells of forced labour{of} begun in a window of {window:g} months, a year",
    }
    return {
        column: Definition(
            indicator=column,
            name=f"{base.name}, window of {window:g} months" if base else f"window of {window:g} months",
            version=base.version if base else "",
            title=titles[column],
            source=f"{base.source}; {SOURCE}" if base else SOURCE,
            status="to be verified",
            options={**(base.options if base else {}), "window_months": f"{window:g}"},
        )
        for column in columns
    }


def _grown(
    survey: Survey,
    frame: Frame,
    definitions: dict[str, Definition],
    counts: tuple[Count, ...],
    notes: tuple[str, ...],
    name: str,
) -> Survey:
    variables = {column: Variable(label=definition.title) for column, definition in definitions.items()}
    return survey.grown(
        without_kept(frame),
        codebook=survey.codebook.with_variables(variables),
        provenance=survey.provenance.add(
            definitions=definitions, counts=counts, notes=tuple(f"{name}_period: {note}" for note in notes)
        ),
    )
