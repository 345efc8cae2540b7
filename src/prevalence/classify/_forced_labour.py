"""Forced labour of adults: involuntary work and coercion in the same job, by three-valued logic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path

import narwhals.stable.v2 as nw

from prevalence.classify.answers import (
    Answer,
    all_of,
    any_of,
    beside,
    check_answers,
    check_numbers,
    compares,
    every,
    keep,
    keep_answers,
    missing,
    never,
    one_zero,
    reported,
    tally,
    without_kept,
)
from prevalence.classify.standards import ForcedLabourStandard, standard
from prevalence.errors import ColumnError, DataError, DefinitionError, check_option, counted, listed
from prevalence.provenance import Count, Definition, Variable
from prevalence.rows import Frame, require_columns
from prevalence.survey import Survey

UNKNOWN = ("exclude", "as_no", "bounds")
ELEMENTS = ("involuntary", "coercion")


@dataclass(frozen=True, slots=True)
class Job:
    """The columns of one job: its items by element, and the column that says whether the person has it."""

    number: int
    involuntary: tuple[str, ...]
    coercion: tuple[str, ...]
    held: str | None

    @property
    def items(self) -> tuple[str, ...]:
        """All items of the job."""
        return (*self.involuntary, *self.coercion)


def forced_labour(
    survey: Survey,
    *,
    definition: str | Path = "icls20",
    unknown: str = "exclude",
    name: str = "forced_labour",
) -> Survey:
    """Add forced labour of adults and its parts as columns of 0, 1 and null.

    Parameters
    ----------
    survey : Survey
        With ``age`` and items of 0 (no), 1 (yes: experienced, threatened or witnessed) and null (unknown), named as in the definition:
        ``birth_or_transaction``, ..., ``vulnerability_abused``; further jobs with suffix ``_job2``, ``_job3``, ... A questionnaire may lack
        items, which is noted, but not all of an element. Optional ``job2``, ``job3``, ...: 1 if the person has that job, 0 if not; where it is
        absent or null, a further job without any answer is taken as no job.
    definition : str or path
        ``"icls20"``, or a TOML file of one's own.
    unknown : {"exclude", "as_no", "bounds"}
        What to do with a status that the answers leave open. ``exclude``: null. ``as_no``: 0. ``bounds``: null, with ``<name>_low``
        (unknown = 0) and ``<name>_high`` (unknown = 1) beside it. No official tabulation syntax exists.
    name : str
        Name of the indicator. The columns beside it keep their names under the default and are called ``<name>_...`` otherwise.

    Returns
    -------
    Survey
        With ``forced_labour``, ``forced_labour_unknown``, ``forced_labour_cases`` (number of jobs in forced labour, null if one is unknown),
        ``involuntary_work`` and ``coercion`` (in any job). Persons under 18 are null in all of them: the adult rule does not apply.

    Raises
    ------
    DefinitionError
        If the definition is unknown or malformed, or the data have no item of one of its two elements.
    ColumnError
        If ``age`` is absent, or an item holds other values than 0, 1 and missing.
    DataError
        If no row is of an age that the definition covers.

    Notes
    -----
    Both elements must hold in the same job. An element is yes if one item is yes, and unknown if none is yes and one is unknown.
    Source: 20th ICLS, Guidelines concerning the measurement of forced labour, 2018.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "age": 30, "debt": [1, 1, None, 0], "low_or_no_wages": [1, 0, 1, None]})
    >>> pv.classify.forced_labour(pv.Survey(data, pv.Design(weight="w"))).data["forced_labour"].tolist()
    [1.0, 0.0, nan, 0.0]
    """
    check_option("unknown", unknown, UNKNOWN)
    rule = standard(definition, ForcedLabourStandard)
    jobs = _jobs(survey, rule)
    frame, flags = keep(survey.frame, {"within": compares("age", ">=", rule.age_min)})
    within = flags["within"]
    frame, cases = _cases(frame, jobs)
    status = any_of(cases["forced_labour"])
    columns = {name: _column(status, unknown, within), **beside(status, name, unknown, within)}
    columns[f"{name}_cases"] = _number(cases["forced_labour"], unknown, within)
    for element, label in (("involuntary", "involuntary_work"), ("coercion", "coercion")):
        columns[label if name == "forced_labour" else f"{name}_{label}"] = _column(any_of(cases[element]), unknown, within)
    definitions = {column: _record(rule, column, name, unknown) for column in columns}
    return survey.grown(
        without_kept(frame.with_columns(**columns)),
        codebook=survey.codebook.with_variables({column: Variable(label=definitions[column].title) for column in columns}),
        provenance=survey.provenance.add(
            definitions=definitions,
            counts=_counts(frame, rule, within & ~status.known, unknown, name),
            notes=(*(f"{name}: {remark}" for remark in rule.remarks), *_notes(rule, jobs, name)),
        ),
    )


def _jobs(survey: Survey, rule: ForcedLabourStandard) -> tuple[Job, ...]:
    """Return the jobs that the columns describe, checked."""
    try:
        require_columns(survey.data, ["age"])
    except ColumnError as error:
        raise ColumnError(
            f"{error} Definition {rule.name!r} applies to persons of {rule.age_min} and above alone; add their age."
        ) from error
    jobs = tuple(_job(number, rule, survey.columns) for number in _numbers(rule, survey.columns))
    for element in ELEMENTS:
        if not getattr(jobs[0], element):
            raise DefinitionError(
                f"Definition {rule.name!r} needs items of both elements; none on {element} is in the data "
                f"(looked for {listed(rule.names(element), limit=9)}). Map them in the profile as 0, 1 and missing."
            )
    answers = [name for job in jobs for name in (*job.items, *((job.held,) if job.held else ()))]
    check_numbers(survey.frame, ["age", *answers])
    check_answers(survey.frame, answers)
    return jobs


def _numbers(rule: ForcedLabourStandard, columns: tuple[str, ...]) -> list[int]:
    names = "|".join(re.escape(item.item) for item in rule.items)
    suffixed = (re.fullmatch(rf"(?:{names})_job(\d+)", column) for column in columns)
    return sorted({1} | {int(match.group(1)) for match in suffixed if match})


def _job(number: int, rule: ForcedLabourStandard, columns: tuple[str, ...]) -> Job:
    suffix = "" if number == 1 else f"_job{number}"
    involuntary, coercion = (
        tuple(f"{item}{suffix}" for item in rule.names(element) if f"{item}{suffix}" in columns) for element in ELEMENTS
    )
    held = f"job{number}"
    return Job(number, involuntary, coercion, held if number > 1 and held in columns else None)


def _cases(frame: Frame, jobs: tuple[Job, ...]) -> tuple[Frame, dict[str, list[Answer]]]:
    """Return the answers of all jobs on each element and on both at once, and the frame that holds them."""
    frame, items = keep_answers(frame, {item: reported(item) for job in jobs for item in job.items})
    cases: dict[str, list[Answer]] = {"forced_labour": [], "involuntary": [], "coercion": []}
    for job in jobs:
        unclear = Answer(never(job.items[0]), never(job.items[0]))  # of an element without any question
        elements = {
            element: any_of(items[item] for item in getattr(job, element)) if getattr(job, element) else unclear
            for element in ELEMENTS
        }
        frame, kept = keep_answers(frame, {f"{element}_{job.number}": answer for element, answer in elements.items()})
        both = all_of(kept.values())
        answers = {"forced_labour": both, **{element: kept[f"{element}_{job.number}"] for element in ELEMENTS}}
        frame, held = keep_answers(frame, {f"{key}_held_{job.number}": _in_job(job, answer) for key, answer in answers.items()})
        for key in cases:
            cases[key].append(held[f"{key}_held_{job.number}"])
    return frame, cases


def _in_job(job: Job, answer: Answer) -> Answer:
    """Return the answer of a job, no where a further job is not held."""
    if job.number == 1:
        return answer
    unheld = every(missing(item) for item in job.items)
    if job.held:
        held = reported(job.held)
        unheld = held.no | (unheld & ~held.known)
    return Answer(answer.yes & ~unheld, answer.known | unheld)


def _column(answer: Answer, unknown: str, within: nw.Expr) -> nw.Expr:
    return one_zero(answer.yes, known=within if unknown == "as_no" else within & answer.known)


def _number(cases: list[Answer], unknown: str, within: nw.Expr) -> nw.Expr:
    """Return the number of jobs in forced labour."""
    known = within if unknown == "as_no" else within & every(case.known for case in cases)
    total = reduce(add, [nw.when(case.yes).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).cast(nw.Float64) for case in cases])
    return nw.when(known).then(total)


def _counts(frame: Frame, rule: ForcedLabourStandard, unclear: nw.Expr, unknown: str, name: str) -> tuple[Count, ...]:
    treated = {"exclude": "null", "as_no": "counted as no", "bounds": "null, with lower and upper bound beside"}
    within = compares("age", ">=", rule.age_min)
    found = tally(
        frame,
        {
            "within": within,
            f"age under {rule.age_min}: null, the adult rule does not apply": ~within & ~missing("age"),
            "age missing: null": missing("age"),
            f"status unknown: {treated[unknown]}": unclear,
        },
    )
    if not found.pop("within"):
        raise DataError(
            f"{name} by {rule.name!r} counts persons of {rule.age_min} and above; none of {counted(sum(found.values()), 'row')} has such an age. "
            "Check the column 'age' (completed years), or the survey."
        )
    return tuple(Count(step=f"classify {name}", rows=rows, reason=reason) for reason, rows in found.items() if rows)


def _notes(rule: ForcedLabourStandard, jobs: tuple[Job, ...], name: str) -> tuple[str, ...]:
    lacking = [item.item for item in rule.items if item.item not in jobs[0].items]
    notes = [f"{name}: the data lack {counted(len(lacking), 'item')} of {rule.name}: {', '.join(lacking)}."] if lacking else []
    if any(job.number > 1 and not job.held for job in jobs):
        notes.append(f"{name}: a further job without any answer was taken as no job.")
    for job in jobs[1:]:
        empty = [element for element in ELEMENTS if not getattr(job, element)]
        if empty:
            notes.append(
                f"{name}: job {job.number} has no item on {empty[0]}; its status is unknown unless the other element is no."
            )
    return tuple(notes)


def _record(rule: ForcedLabourStandard, column: str, name: str, unknown: str) -> Definition:
    titles = {
        name: rule.title,
        f"{name}_unknown": f"persons of {rule.age_min} and above whose forced labour status is unknown",
        f"{name}_cases": "number of jobs in forced labour of a person",
        f"{name}_low": f"{rule.title}; unknown counted as no",
        f"{name}_high": f"{rule.title}; unknown counted as yes",
    }
    other = f"persons of {rule.age_min} and above in "
    other += "involuntary work in any job" if column.endswith("involuntary_work") else "any job with an element of coercion"
    return Definition(
        indicator=column,
        name=rule.name,
        version=rule.version,
        title=titles.get(column, other),
        source=rule.source,
        status=rule.status,
        options={"unknown": unknown},
    )
