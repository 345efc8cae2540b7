"""Forced labour: adults by involuntary work and coercion in the same job, children by a rule of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from prevalence.classify.answers import (
    Answer,
    beside,
    check_numbers,
    compares,
    either,
    keep,
    keep_answers,
    missing,
    one_zero,
    tally,
    without_kept,
)
from prevalence.classify.forced.items import SUFFIX, Job, check_coverage, items_of, jobs_of
from prevalence.classify.forced.rules import STATUS, Judged, judged_rows, judged_table, without_jobs
from prevalence.classify.forced.standards import (
    REQUIRE_STRONG,
    AnyForcedStandard,
    ChildrenStandard,
    GradedStandard,
    RuleTableStandard,
    forced_standard,
)
from prevalence.classify.standards import ForcedLabourStandard, Standard
from prevalence.errors import ColumnError, DataError, DefinitionError, OptionError, check_option, counted
from prevalence.provenance import Count, Definition, Variable
from prevalence.rows import Frame, column_names, require_columns, with_columns
from prevalence.survey import Survey

UNKNOWN = ("exclude", "as_no", "bounds")
ELEMENTS = ("involuntary", "coercion")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for.

    Attributes
    ----------
    rules : tuple of definitions
        Each for its own ages.
    unknown, name : str
    indicators : mapping of column to item
    jobs : data frame or None
        Long table of jobs.
    """

    rules: tuple[AnyForcedStandard, ...]
    unknown: str
    name: str
    indicators: Mapping[str, str]
    jobs: Any = None


@dataclass(frozen=True, slots=True)
class Persons:
    """The status of the persons to whom one definition applies."""

    rule: AnyForcedStandard
    within: nw.Expr
    judged: Judged


def forced_labour(
    survey: Survey,
    *,
    definition: str | Path | Standard = "icls20",
    children: str | Path | Standard | None = None,
    jobs: Any = None,
    indicators: Mapping[str, str] | None = None,
    require_strong: str | None = None,
    unknown: str = "exclude",
    name: str = "forced_labour",
) -> Survey:
    """Add forced labour and its parts as columns of 0, 1 and null.

    Parameters
    ----------
    survey : Survey
        With ``age`` and items of 0 (no), 1 (yes) and null (unknown), named as in the definition. ``icls20``: ``birth_or_transaction``, ...,
        ``vulnerability_abused``; an item of coercion is 1 if it was experienced, threatened or witnessed on co-workers, and may instead be
        asked as ``<item>_experienced``, ``<item>_threatened``, ``<item>_witnessed``. Further jobs have the suffix ``_job2``, ``_job3``, ... A
        questionnaire may lack items, which is noted, but not all of an element. Optional ``job2``, ``job3``, ...: 1 if the person has that
        job, 0 if not; where it is absent or null, a further job without any answer is taken as no job.
    definition : str, path or definition
        ``"icls20"``, ``"hts2012"`` (strong and medium indicators by dimension; grading to be verified), ``"children"`` (to be verified in
        part), or a TOML file of one's own.
    children : str, path or definition, optional
        Definition for those whom `definition`, a rule for adults, leaves out: ``"children"`` classifies both in one column.
    jobs : data frame, optional
        Long table with the survey's `id` columns and the items of one job or episode a row, in place of columns of the survey. A person
        without a row has no job; one who was not asked has a row of nulls. Children's inputs stay in the survey.
    indicators : mapping of column to item, optional
        ``{"q12a": "debt"}`` for columns that are not named as in the definition; several may answer one item, any yes counts.
    require_strong : {"either", "both", "involuntariness"}, optional
        For graded definitions alone: which side of a dimension must have a strong indicator. Default: as the definition says.
    unknown : {"exclude", "as_no", "bounds"}
        What to do with a status that the answers leave open. ``exclude``: null. ``as_no``: 0. ``bounds``: null, with ``<name>_low``
        (unknown = 0) and ``<name>_high`` (unknown = 1) beside it. No official tabulation syntax exists.
    name : str
        Name of the indicator. The columns beside it keep their names under the default and are called ``<name>_...`` otherwise.

    Returns
    -------
    Survey
        With ``forced_labour`` and ``forced_labour_unknown``. For adults ``forced_labour_cases`` (number of jobs in forced labour, null if one
        is unknown) and the parts in any job: ``involuntary_work`` and ``coercion`` (icls20), or a column for each dimension (hts2012). For
        children ``forced_labour_child_rule``: ``i`` third party, ``ii`` with coerced parents, ``iii`` parents in forced labour, ``iv`` worst
        forms; the first that holds. Persons of other ages are null: neither rule applies to the other's.

    Raises
    ------
    DefinitionError
        If a definition is unknown or malformed, or the data lack what it cannot do without.
    ColumnError
        If ``age`` is absent, or an item holds other values than 0, 1 and missing.
    DataError
        If no row is of an age that the definition covers, or a job is that of nobody in the survey.
    OptionError
        If an option is unknown, or does not belong to the definition.

    Notes
    -----
    Both elements must hold in the same job. An element is yes if one item is yes, and unknown if none is yes and one is unknown. Pressure
    by a child's own parents is not read: it is not forced labour of the child.
    Sources: 20th ICLS, Guidelines concerning the measurement of forced labour, 2018; ILO, Hard to see, harder to count, 2012 (children's
    rule and grading as quoted elsewhere). Each definition file says what is to be verified.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "age": 30, "debt": [1, 1, None, 0], "low_or_no_wages": [1, 0, 1, None]})
    >>> pv.classify.forced_labour(pv.Survey(data, pv.Design(weight="w"))).data["forced_labour"].tolist()
    [1.0, 0.0, nan, 0.0]
    """
    check_option("unknown", unknown, UNKNOWN)
    rules = _rules(definition, children, require_strong)
    if jobs is not None and isinstance(rules[0], ChildrenStandard):
        raise OptionError(
            "jobs is for definitions of adults; the inputs of the children's rule are columns of the survey. Leave jobs out."
        )
    return classified(survey, Asked(rules, unknown, name, indicators or {}, jobs))


def _rules(
    definition: str | Path | Standard, children: str | Path | Standard | None, require_strong: str | None
) -> tuple[AnyForcedStandard, ...]:
    rule = forced_standard(definition)
    if require_strong is not None:
        check_option("require_strong", require_strong, REQUIRE_STRONG)
        if not isinstance(rule, GradedStandard):
            raise OptionError(
                f"require_strong belongs to graded definitions such as 'hts2012'; {rule.name!r} has no strong indicators. Leave it out."
            )
        rule = GradedStandard.model_validate({**rule.model_dump(), "require_strong": require_strong})
    if children is None:
        return (rule,)
    young = forced_standard(children)
    if not isinstance(young, ChildrenStandard) or isinstance(rule, ChildrenStandard):
        raise OptionError(
            "children must be a definition for children, such as 'children', beside a definition for adults: the adult rule does not apply "
            f"to children; found definition={rule.name!r} and children={young.name!r}."
        )
    if rule.age_min <= young.age_max:
        raise DefinitionError(
            f"Two definitions must not cover the same age; {rule.name!r} and {young.name!r} both cover {rule.age_min}. Narrow the ages of one in a file of its own."
        )
    return (rule, young)


def classified(survey: Survey, asked: Asked) -> Survey:
    """Return the survey with the columns of one or two definitions, each for its own ages."""
    _check_age(survey, asked.rules[0])
    frame, groups, notes = survey.frame, [], []
    for rule in asked.rules:
        frame, group, said = _persons(survey, frame, rule, asked)
        groups.append(group)
        notes += [f"{asked.name}: {note}" for note in said]
    frame, status, within = _joint(frame, groups)
    columns = {asked.name: _column(status, asked.unknown, within), **beside(status, asked.name, asked.unknown, within)}
    for group in groups:
        columns |= _parts(group, asked)
    definitions = {column: _record(asked, column) for column in columns}
    return survey.grown(
        without_kept(with_columns(frame, columns)),
        codebook=survey.codebook.with_variables({column: _variable(asked, definitions[column]) for column in columns}),
        provenance=survey.provenance.add(
            definitions=definitions, counts=_counts(frame, asked, within, within & ~status.known), notes=tuple(notes)
        ),
    )


def _check_age(survey: Survey, rule: AnyForcedStandard) -> None:
    try:
        require_columns(survey.data, ["age"])
    except ColumnError as error:
        raise ColumnError(
            f"{error} Definition {rule.name!r} applies to persons of {_ages((rule,))} alone; add their age."
        ) from error
    check_numbers(survey.frame, ["age"])


def _persons(survey: Survey, frame: Frame, rule: AnyForcedStandard, asked: Asked) -> tuple[Frame, Persons, tuple[str, ...]]:
    """Return the frame with working columns, what one definition says of its persons, and notes."""
    table = None if isinstance(rule, ChildrenStandard) else asked.jobs
    columns = survey.columns if table is None else column_names(table)
    jobs = jobs_of(rule, columns, _mapped(rule, asked), wide=table is None)
    lacking = check_coverage(rule, jobs)
    if table is None:
        judged = judged_rows(frame, rule, jobs)
    else:  # the table comes first, so that no working column stands in the way of the join
        judged = judged_table(survey, rule, table, jobs[0])
        lacking += ("jobs were read from a table; a person without a row in it was taken to have no job.",)
    frame, flags = keep(judged.frame, {f"{rule.name}_within": _within(rule)})
    return frame, Persons(rule, flags[f"{rule.name}_within"], judged), (*rule.remarks, *lacking, *_notes(rule, jobs))


def _mapped(rule: AnyForcedStandard, asked: Asked) -> dict[str, str]:
    """Return the user's names for items of a definition; what no definition knows goes to the first, which refuses it."""
    others = {item.name for other in asked.rules if other is not rule for item in items_of(other)}
    own = {item.name for item in items_of(rule)}
    first = rule is asked.rules[0]
    return {
        column: item
        for column, item in asked.indicators.items()
        if (base := SUFFIX.sub(r"\g<item>", item)) in own or item in own or (first and base not in others)
    }


def _within(rule: AnyForcedStandard) -> nw.Expr:
    within = compares("age", ">=", rule.age_min)
    return within & ~compares("age", ">=", rule.age_max + 1) if isinstance(rule, ChildrenStandard) else within


def _joint(frame: Frame, groups: Sequence[Persons]) -> tuple[Frame, Answer, nw.Expr]:
    """Return the status of everyone by the definition of their age, and a flag of the ages covered."""
    answers = [(group.within, group.judged.answers[STATUS]) for group in groups]
    yes = either(within & answer.yes for within, answer in answers)
    frame, kept = keep_answers(frame, {"status": Answer(yes, either(within & answer.known for within, answer in answers))})
    return frame, kept["status"], either(group.within for group in groups)


def _column(answer: Answer, unknown: str, within: nw.Expr) -> nw.Expr:
    return one_zero(answer.yes, known=within if unknown == "as_no" else within & answer.known)


def _parts(group: Persons, asked: Asked) -> dict[str, nw.Expr]:
    """Return the columns beside the status: cases and parts of adults, the route of children."""
    answers, within = group.judged.answers, group.within
    if isinstance(group.rule, ChildrenStandard):
        route = nw.lit(None, dtype=nw.String)
        for entry in reversed(group.rule.routes):  # the first that holds is written last
            route = nw.when(answers[f"route_{entry.route}"].yes & within).then(nw.lit(entry.route)).otherwise(route)
        return {f"{asked.name}_child_rule": route}
    known = within if asked.unknown == "as_no" else within & group.judged.certain
    columns = {f"{asked.name}_cases": nw.when(known).then(group.judged.cases)}
    parts = {_part_column(group.rule, asked, part): answer for part, answer in answers.items() if part != STATUS}
    return columns | {column: _column(answer, asked.unknown, within) for column, answer in parts.items()}


def _part_column(rule: AnyForcedStandard, asked: Asked, part: str) -> str:
    named = isinstance(rule, ForcedLabourStandard | GradedStandard)  # their parts have names that stand alone
    return part if named and asked.name == STATUS else f"{asked.name}_{part}"


def _ages(rules: Sequence[AnyForcedStandard]) -> str:
    if isinstance(rules[0], ChildrenStandard):
        return f"{rules[0].age_min} to {rules[0].age_max}"
    low = min(rule.age_min for rule in rules)
    return f"{low} and above"


def _counts(frame: Frame, asked: Asked, within: nw.Expr, unclear: nw.Expr) -> tuple[Count, ...]:
    treated = {"exclude": "null", "as_no": "counted as no", "bounds": "null, with lower and upper bound beside"}
    rule = asked.rules[0]
    outside = f"age under {rule.age_min}: null, the adult rule does not apply"
    if len(asked.rules) > 1:
        outside = "age covered by neither definition: null"
    elif isinstance(rule, ChildrenStandard):
        outside = f"age outside {rule.age_min}-{rule.age_max}: null, the rule of children does not apply"
    found = tally(
        frame,
        {
            "within": within,
            outside: ~within & ~missing("age"),
            "age missing: null": missing("age"),
            f"status unknown: {treated[asked.unknown]}": unclear,
            **_jobless(asked),
        },
    )
    if not found.pop("within"):
        names = " and ".join(repr(rule.name) for rule in asked.rules)
        rows = tally(frame, {"all": within | ~within})["all"]
        raise DataError(
            f"{asked.name} by {names} counts persons of {_ages(asked.rules)}; none of {counted(rows, 'row')} has such an age. "
            "Check the column 'age' (completed years), or the survey."
        )
    return tuple(Count(step=f"classify {asked.name}", rows=rows, reason=reason) for reason, rows in found.items() if rows)


def _jobless(asked: Asked) -> dict[str, nw.Expr]:
    """Return a flag of those whom the first definition covers and the table of jobs does not hold, if there is one."""
    if asked.jobs is None:
        return {}
    return {"no row in the table of jobs: no job, hence no forced labour": _within(asked.rules[0]) & without_jobs()}


def _notes(rule: AnyForcedStandard, jobs: Sequence[Job]) -> tuple[str, ...]:
    further = jobs[1:]
    notes = ["a further job without any answer was taken as no job."] if any(not job.held for job in further) else []
    if isinstance(rule, ForcedLabourStandard):
        for job in further:
            empty = [element for element in ELEMENTS if not any(name in job.columns for name in rule.names(element))]
            if empty:
                notes.append(f"job {job.number} has no item on {empty[0]}; its status is unknown unless the other element is no.")
    return tuple(notes)


def _variable(asked: Asked, definition: Definition) -> Variable:
    routes = [route.route for rule in asked.rules if isinstance(rule, ChildrenStandard) for route in rule.routes]
    text = definition.indicator == f"{asked.name}_child_rule"
    return Variable(label=definition.title, levels={route: route for route in routes} if text else {})


def _record(asked: Asked, column: str) -> Definition:
    rules, name = asked.rules, asked.name
    parts = {_part_column(rule, asked, part): (rule, title) for rule in rules for part, title in _titles(rule).items()}
    if column in parts:
        rules = (parts[column][0],)
    elif column == f"{name}_cases":
        rules = rules[:1]
    whole = "; ".join(rule.title for rule in rules)
    titles = {key: title for key, (_, title) in parts.items()} | {
        name: whole,
        f"{name}_unknown": f"persons of {_ages(rules)} whose forced labour status is unknown",
        f"{name}_cases": "number of jobs in forced labour of a person",
        f"{name}_low": f"{whole}; unknown counted as no",
        f"{name}_high": f"{whole}; unknown counted as yes",
    }
    options = {"unknown": asked.unknown}
    for rule in rules:
        options |= {"require_strong": rule.require_strong} if isinstance(rule, GradedStandard) else {}
    return Definition(
        indicator=column,
        name=" and ".join(rule.name for rule in rules),
        version=" and ".join(rule.version for rule in rules),
        title=titles[column],
        source="; ".join(dict.fromkeys(rule.source for rule in rules)),
        status="verified" if all(rule.status == "verified" for rule in rules) else "to be verified",
        options=options,
    )


def _titles(rule: AnyForcedStandard) -> dict[str, str]:
    """Return what the parts of a definition count, in words."""
    people = f"persons of {_ages((rule,))}"
    if isinstance(rule, ForcedLabourStandard):
        return {
            "involuntary_work": f"{people} in involuntary work in any job",
            "coercion": f"{people} in any job with an element of coercion",
        }
    if isinstance(rule, GradedStandard):
        return {column: f"{people} with {title} in any job" for column, title in rule.dimensions.items()}
    if isinstance(rule, RuleTableStandard):
        return {f"rule_{number}": f"{people} for whom rule {number} holds" for number in rule.numbers}
    return {"child_rule": f"rule by which {people} are in forced labour: the first that holds"}
