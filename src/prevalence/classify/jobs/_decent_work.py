"""Decent-work deficits of those with a job: long hours, low pay, no contract, no social security, unpaid family work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals.stable.v2 as nw

from prevalence.classify.answers import (
    Answer,
    any_of,
    check_answers,
    check_numbers,
    compares,
    equals,
    keep,
    keep_answers,
    missing,
    negation,
    one_zero,
    reported,
    tally,
    without_kept,
)
from prevalence.classify.jobs.employed import check_levels, employed
from prevalence.classify.values import among
from prevalence.errors import ColumnError, OptionError
from prevalence.provenance import Count, Definition, Variable
from prevalence.rows import Frame, require_columns, with_columns
from prevalence.survey import Survey

STATUS = (
    "Employee",
    "Employer",
    "Own-account worker",
    "Member of a cooperative",
    "Contributing family worker",
    "Not classifiable",
)
DEFICITS = ("long_hours", "low_pay", "no_contract", "no_social_security", "unpaid_family_work")
STEP = "classify decent_work"


@dataclass(frozen=True, slots=True)
class Deficit:
    """A deficit: its answer among those it can be asked of, and what it says in words."""

    answer: Answer
    scope: nw.Expr
    title: str


def decent_work(
    survey: Survey,
    *,
    hours_over: float = 48,
    pay_line: float | None = None,
    pay: str = "wage",
    pay_unit: str = "",
    hours: str = "economic_hours",
) -> Survey:
    """Add decent-work deficits of the main job as columns of 0, 1 and null.

    Parameters
    ----------
    survey : Survey
        With ``status``, and those that exist of `hours`, `pay`, ``contract`` and ``pension`` (1 yes, 0 no, null unknown). People with a job
        are those of ``economic_activity`` = 1 or, without that column, those with a status.
    hours_over : float
        Weekly hours above which hours are long: more than 48 (ILO Conventions 1 and 30).
    pay_line : float, optional
        Pay below this is low. It must be in the unit and period of `pay`; no line is built in. Without it there is no ``low_pay``.
    pay, hours : str
        Columns of pay and of weekly hours. ``<hours>_special`` = 1 marks special codes, which are unknown.
    pay_unit : str
        Unit and period of the line, in words ("Ghana cedi a month, 2024"); it stands in the definition.

    Returns
    -------
    Survey
        Of these, those that the data allow: ``long_hours``; among employees ``low_pay``, ``no_contract`` (no written contract),
        ``no_social_security`` (the employer pays into no pension fund); ``unpaid_family_work`` (contributing family workers); and
        ``any_deficit`` over them. Each has ``_unknown`` beside it; null where the question does not apply or has no answer.

    Raises
    ------
    ColumnError
        If ``status`` is absent, a column holds text where numbers are needed, or a pay line has no column to go with.
    DataError
        If ``status`` holds an unknown level.
    OptionError
        If a threshold is not above zero, or a pay line comes without its unit.

    Notes
    -----
    Covariates of child labour, not parts of it: take the adults of the household. Unknown answers are null, and counted. The set follows
    the covariates of published work (ILO decent-work indicators; to be verified against the manual).

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "status": ["Employee", "Contributing family worker"], "economic_hours": [60, 20], "contract": [0, None]})
    >>> workers = pv.classify.decent_work(pv.Survey(data, pv.Design(weight="w")))
    >>> workers.data[["long_hours", "no_contract", "unpaid_family_work", "any_deficit"]].values.tolist()
    [[1.0, 1.0, 0.0, 1.0], [0.0, nan, 1.0, 1.0]]
    """
    _check_options(survey, hours_over, pay_line, pay, pay_unit)
    require_columns(survey.data, ["status"])
    check_levels(survey, "status", STATUS)
    frame, kept = keep(survey.frame, {"job": employed(survey)})
    job = kept["job"]
    deficits = _deficits(survey, job, hours_over, pay_line, pay, pay_unit, hours)
    frame, stored = keep_answers(frame, {name: deficit.answer for name, deficit in deficits.items()})
    anyone = any_of(_within(answer, deficits[name].scope) for name, answer in stored.items())
    frame, total = keep_answers(frame, {"any_deficit": anyone})
    answers = {**stored, **total}
    scopes = {name: deficit.scope for name, deficit in deficits.items()} | {"any_deficit": job}
    columns = {name: one_zero(answer.yes, known=scopes[name] & answer.known) for name, answer in answers.items()}
    columns |= {f"{name}_unknown": one_zero(~answer.known, known=scopes[name]) for name, answer in answers.items()}
    titles = {name: deficit.title for name, deficit in deficits.items()}
    titles["any_deficit"] = f"persons with a job with any of: {', '.join(deficits)}"
    definitions = {column: _record(column, titles) for column in columns}
    absent = [name for name in DEFICITS if name not in deficits]
    return survey.grown(
        without_kept(with_columns(frame, columns)),
        codebook=survey.codebook.with_variables({c: Variable(label=d.title) for c, d in definitions.items()}),
        provenance=survey.provenance.add(
            definitions=definitions,
            counts=_counts(frame, answers, scopes),
            notes=(f"decent_work: not in the data, so not made: {', '.join(absent)}.",) if absent else (),
        ),
    )


def _check_options(survey: Survey, hours_over: float, pay_line: float | None, pay: str, pay_unit: str) -> None:
    if not hours_over > 0 or (pay_line is not None and not pay_line > 0):
        raise OptionError(f"hours_over and pay_line must be above zero; found {hours_over!r} and {pay_line!r}.")
    if pay_line is None:
        return
    if not pay_unit:
        raise OptionError(
            f"pay_line={pay_line!r} must say its unit and period, since a line in another unit than column {pay!r} gives nonsense in silence. "
            "Add pay_unit, such as 'Ghana cedi a month, 2024'."
        )
    if pay not in survey.columns:
        raise ColumnError(
            f"pay_line needs a column of pay; {pay!r} is not in the data. Name it by pay=..., or leave pay_line out."
        )


def _deficits(
    survey: Survey, job: nw.Expr, hours_over: float, pay_line: float | None, pay: str, pay_unit: str, hours: str
) -> Mapping[str, Deficit]:
    columns = survey.columns
    employee = job & among("status", ["Employee"])
    binary = [name for name in ("contract", "pension") if name in columns]
    measured = [name for name in (hours, *((pay,) if pay_line is not None else ())) if name in columns]
    check_numbers(survey.frame, [*binary, *measured])
    if binary:
        check_answers(survey.frame, binary)
    made: dict[str, Deficit] = {}
    if hours in columns:
        title = f"persons with a job who worked more than {hours_over:g} hours in the reference week"
        made["long_hours"] = Deficit(_above(survey, hours, hours_over), job, title)
    if pay_line is not None:
        known = ~missing(pay)
        low = Answer(known & ~compares(pay, ">=", pay_line), known)
        made["low_pay"] = Deficit(low, employee, f"employees paid less than {pay_line:g} ({pay_unit})")
    for name, column, title in (
        ("no_contract", "contract", "employees without a written contract"),
        ("no_social_security", "pension", "employees whose employer pays into no pension fund"),
    ):
        if column in columns:
            made[name] = Deficit(negation(reported(column)), employee, title)
    given = ~nw.col("status").is_null()
    unpaid = Answer(among("status", ["Contributing family worker"]), given)
    made["unpaid_family_work"] = Deficit(unpaid, job, "persons with a job who are contributing family workers")
    return {name: made[name] for name in DEFICITS if name in made}


def _within(answer: Answer, scope: nw.Expr) -> Answer:
    """Return the answer among those it can be asked of, and a no for all others."""
    return Answer(answer.yes & scope, answer.known | ~scope)


def _above(survey: Survey, hours: str, limit: float) -> Answer:
    special = f"{hours}_special"
    known = ~missing(hours)
    if special in survey.columns:
        known = known & ~equals(special, 1)
    return Answer(known & compares(hours, ">", limit), known)


def _counts(frame: Frame, answers: Mapping[str, Answer], scopes: Mapping[str, nw.Expr]) -> tuple[Count, ...]:
    flags = {f"{name} unknown: null": scopes[name] & ~answer.known for name, answer in answers.items()}
    found = tally(frame, flags)
    return tuple(Count(step=STEP, rows=rows, reason=reason) for reason, rows in found.items() if rows)


def _record(column: str, titles: Mapping[str, str]) -> Definition:
    base = column.removesuffix("_unknown")
    return Definition(
        indicator=column,
        name="decent-work-deficits",
        version="1",
        title=titles[base] if column == base else f"persons for whom this is unknown: {titles[base]}",
        source="Covariates named in published work on child labour: hours above 48, low pay, contract, social security, unpaid family work",
        status="to be verified",
    )
