"""The decision rules of forced labour on the answers of one job, and the jobs of a person joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import narwhals.stable.v2 as nw

from prevalence.classify.answers import (
    KEPT,
    Answer,
    all_of,
    any_of,
    check_answers,
    check_numbers,
    compares,
    every,
    keep,
    keep_answers,
    missing,
    never,
    reported,
)
from prevalence.classify.forced.items import Job
from prevalence.classify.forced.long_tables import joined, person_rows
from prevalence.classify.forced.standards import AnyForcedStandard, ChildrenStandard, GradedStandard, RuleTableStandard
from prevalence.classify.standards import ForcedLabourStandard
from prevalence.rows import Frame, collect, with_columns
from prevalence.survey import Survey

STATUS = "forced_labour"
Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a definition says of each person.

    Attributes
    ----------
    frame : narwhals frame
        The rows with the working columns that the answers refer to.
    answers : mapping of part to Answer
        ``forced_labour`` and the parts of the definition: in any job.
    cases, certain : narwhals expressions
        Number of jobs in forced labour, and whether the status of all jobs is known.
    """

    frame: Frame
    answers: Answers
    cases: nw.Expr
    certain: nw.Expr


def judged_rows(frame: Frame, rule: AnyForcedStandard, jobs: Sequence[Job]) -> Judged:
    """Return the status of persons whose jobs all stand in one row."""
    columns = [name for job in jobs for name in (*job.answers, *((job.held,) if job.held else ()))]
    check_numbers(frame, columns)
    check_answers(frame, columns)
    by_job = []
    for job in jobs:
        frame, answers = _judged(frame, rule, job)
        frame, held = keep_answers(frame, {f"{part}_held_{job.number}": _in_job(job, answer) for part, answer in answers.items()})
        by_job.append({part: held[f"{part}_held_{job.number}"] for part in answers})
    cases = [answers[STATUS] for answers in by_job]
    parts = dict.fromkeys(part for answers in by_job for part in answers)
    person = {part: any_of(answers[part] for answers in by_job if part in answers) for part in parts}
    number = reduce(add, [_count(case.yes) for case in cases])
    return _kept(frame, rule, person, number, every(case.known for case in cases))


def judged_table(survey: Survey, rule: AnyForcedStandard, table: Any, job: Job) -> Judged:
    """Return the status of persons whose jobs stand in a table of their own, one row a job."""
    rows = person_rows(survey, table, job.answers, "jobs")
    check_numbers(rows, job.answers)
    check_answers(rows, job.answers)
    frame, answers = _judged(rows, rule, job)
    sums = {f"{KEPT}{part}_jobs": _count(answer.yes) for part, answer in answers.items()}
    sums |= {f"{KEPT}{part}_open": _count(~answer.known) for part, answer in answers.items()}
    counts = collect(with_columns(frame, sums), [*survey.key, *sums]).to_pandas()
    persons = joined(survey.frame, counts.groupby(list(survey.key), as_index=False, observed=True).sum(), survey.key)
    person = {part: _of_sums(part) for part in answers}
    number = nw.when(person[STATUS].yes).then(nw.col(f"{KEPT}{STATUS}_jobs")).otherwise(nw.lit(0.0)).cast(nw.Float64)
    return _kept(persons, rule, person, number, ~compares(f"{KEPT}{STATUS}_open", ">", 0))


def _kept(frame: Frame, rule: AnyForcedStandard, answers: Answers, cases: nw.Expr, certain: nw.Expr) -> Judged:
    """Return the judgement with working columns of its own: two definitions may judge the same frame."""
    frame, kept = keep_answers(frame, {f"{rule.name}_{part}": answer for part, answer in answers.items()})
    frame, counts = keep(frame, {f"{rule.name}_cases": cases, f"{rule.name}_certain": certain})
    by_part = {part: kept[f"{rule.name}_{part}"] for part in answers}
    return Judged(frame, by_part, counts[f"{rule.name}_cases"], counts[f"{rule.name}_certain"])


def without_jobs() -> nw.Expr:
    """Return a flag of the persons without a row in the table that `judged_table` read."""
    return missing(f"{KEPT}{STATUS}_jobs")


def _of_sums(part: str) -> Answer:
    """Return whether a person has a job of which the part holds; a person without jobs has none."""
    yes = compares(f"{KEPT}{part}_jobs", ">", 0)
    return Answer(yes, yes | ~compares(f"{KEPT}{part}_open", ">", 0))


def _count(flag: nw.Expr) -> nw.Expr:
    return nw.when(flag).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).cast(nw.Float64)


def _in_job(job: Job, answer: Answer) -> Answer:
    """Return the answer of a job, no where a further job is not held."""
    if job.number == 1:
        return answer
    unheld = every(missing(name) for name in job.answers)
    if job.held:
        held = reported(job.held)
        unheld = held.no | (unheld & ~held.known)
    return Answer(answer.yes & ~unheld, answer.known | unheld)


def _judged(frame: Frame, rule: AnyForcedStandard, job: Job) -> tuple[Frame, dict[str, Answer]]:
    """Return the answers of one job by part of the definition, and the frame that holds their working columns."""
    names = dict.fromkeys((*job.columns, *job.adding))
    frame, kept = keep_answers(frame, {f"{name}_item_{job.number}": _answer(job, name) for name in names})
    items = {name: kept[f"{name}_item_{job.number}"] for name in names}
    unclear = Answer(never(job.answers[0]), never(job.answers[0]))  # of what was not asked
    if isinstance(rule, ForcedLabourStandard):
        frame, parts = _elements(frame, rule, items, unclear, job.number)
    elif isinstance(rule, GradedStandard):
        frame, parts = _dimensions(frame, rule, items, unclear, job.number)
    elif isinstance(rule, RuleTableStandard):
        frame, parts = _counted(frame, rule, items, job.number)
    else:
        parts = _routes(rule, items)
    frame, answers = keep_answers(frame, {f"{part}_part_{job.number}": answer for part, answer in parts.items()})
    return frame, {part: answers[f"{part}_part_{job.number}"] for part in parts}


def _answer(job: Job, item: str) -> Answer:
    given = [reported(column) for column in job.columns.get(item, ())]
    for column in job.adding.get(item, ()):
        yes = reported(column).yes
        given.append(Answer(yes, yes | ~never(column)))  # its no is no answer to the item, and none that withholds one
    return any_of(given)


def _asked(items: Answers, names: Sequence[str], unclear: Answer) -> Answer:
    """Return whether one of the named items holds; unknown where none of them was asked."""
    given = [items[name] for name in names if name in items]
    return any_of(given) if given else unclear


def _elements(
    frame: Frame, rule: ForcedLabourStandard, items: Answers, unclear: Answer, job: int
) -> tuple[Frame, dict[str, Answer]]:
    """Return the rule of the 20th ICLS: involuntary work and coercion."""
    elements = {element: _asked(items, rule.names(element), unclear) for element in ("involuntary", "coercion")}
    frame, kept = keep_answers(frame, {f"{element}_{job}": answer for element, answer in elements.items()})
    involuntary, coercion = kept.values()
    return frame, {STATUS: all_of([involuntary, coercion]), "involuntary_work": involuntary, "coercion": coercion}


def _dimensions(frame: Frame, rule: GradedStandard, items: Answers, unclear: Answer, job: int) -> tuple[Frame, dict[str, Answer]]:
    """Return the rule of ILO 2012: in one dimension, involuntariness and penalty, at the required strength."""
    sides: dict[str, Answer] = {}
    found: dict[str, Answer] = {}
    asked = {column: title for column, title in rule.dimensions.items() if any(_side(rule, items, title))}
    for column, title in asked.items():
        for element, names in zip(("involuntariness", "penalty"), _side(rule, items, title), strict=True):
            strong = [item.item for item in rule.items if item.item in names and item.strength == "strong"]
            sides[f"{column}_{element}"] = _asked(items, names, unclear)
            sides[f"{column}_{element}_strong"] = _asked(items, strong, _no(unclear) if names else unclear)
    frame, kept = keep_answers(frame, {f"{key}_{job}": answer for key, answer in sides.items()})
    for column in asked:
        free, free_strong, penalty, penalty_strong = (
            kept[f"{column}_{side}_{job}"] for side in ("involuntariness", "involuntariness_strong", "penalty", "penalty_strong")
        )
        found[column] = {
            "either": any_of([all_of([free_strong, penalty]), all_of([free, penalty_strong])]),
            "both": all_of([free_strong, penalty_strong]),
            "involuntariness": all_of([free_strong, penalty]),
        }[rule.require_strong]
    frame, kept = keep_answers(frame, {f"{column}_dimension_{job}": answer for column, answer in found.items()})
    positive = {column: kept[f"{column}_dimension_{job}"] for column in found}
    return frame, {STATUS: any_of(positive.values()), **positive}


def _no(unclear: Answer) -> Answer:
    """Return no everywhere: a side of which medium items alone were asked has no strong one."""
    return Answer(unclear.yes, ~unclear.yes)


def _side(rule: GradedStandard, items: Answers, dimension: str) -> tuple[list[str], list[str]]:
    """Return the items on involuntariness and on penalty of a dimension that the data have."""
    involuntary, penalty = (
        [item.item for item in rule.items if item.item in items and (item.dimension, item.element) == (dimension, element)]
        for element in ("involuntariness", "penalty")
    )
    return involuntary, penalty


def _counted(frame: Frame, rule: RuleTableStandard, items: Answers, job: int) -> tuple[Frame, dict[str, Answer]]:
    """Return the rules of a table: each row compares a count, of which unknown answers leave the lower and the upper bound."""
    flags: dict[str, nw.Expr] = {}
    for index, row in enumerate(rule.rules):
        chosen = [items[name] for name in rule.chosen(row)]
        least = reduce(add, [_count(answer.yes) for answer in chosen])
        most = reduce(add, [_count(~answer.no) for answer in chosen])
        flags |= {f"row_{index}_least_{job}": least >= row.minimum, f"row_{index}_most_{job}": most >= row.minimum}
    frame, kept = keep(frame, flags)
    rows = [
        Answer(kept[f"row_{index}_least_{job}"], kept[f"row_{index}_least_{job}"] | ~kept[f"row_{index}_most_{job}"])
        for index in range(len(rule.rules))
    ]
    rules = {
        f"rule_{number}": all_of(answer for answer, row in zip(rows, rule.rules, strict=True) if row.rule == number)
        for number in rule.numbers
    }
    frame, held = keep_answers(frame, {f"{key}_{job}": answer for key, answer in rules.items()})
    positive = {key: held[f"{key}_{job}"] for key in rules}
    return frame, {STATUS: any_of(positive.values()), **positive}


def _routes(rule: ChildrenStandard, items: Answers) -> dict[str, Answer]:
    """Return the routes into forced labour of a child."""
    routes = {f"route_{route.route}": all_of(items[name] for name in route.inputs) for route in rule.routes}
    return {STATUS: any_of(routes.values()), **routes}
