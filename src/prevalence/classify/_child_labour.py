"""Child labour: hours of economic activity and chores against the thresholds of a versioned definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    either,
    equals,
    keep,
    keep_answers,
    missing,
    negation,
    never,
    one_zero,
    reported,
    tally,
    without_kept,
)
from prevalence.classify.standards import ChildLabourStandard, standard, standards
from prevalence.errors import ColumnError, DataError, DefinitionError, check_option, counted, listed
from prevalence.provenance import Count, Definition, Variable
from prevalence.rows import Frame, require_columns
from prevalence.survey import Survey

UNKNOWN = ("official", "exclude", "as_no", "bounds")
ECONOMIC = ("age", "economic_activity", "economic_hours")
CHORES = ("chores", "chore_hours")
HAZARDS = tuple(f"hazard_{kind}" for kind in ("loads", "tools", "dust", "temperature", "noise", "heights", "chemicals", "other"))
OPTIONAL = ("economic_hours_special", "chore_hours_special")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A status as it is known, and as the published syntax counts it."""

    answer: Answer
    official: nw.Expr


@dataclass(frozen=True, slots=True)
class Limb:
    """One test of the definition: an activity with its hours at or above, or below, the threshold of the age."""

    above: Outcome
    below: Outcome


@dataclass(frozen=True, slots=True)
class LimbKind:
    """Where the hours of an activity stand.

    Attributes
    ----------
    name : {"economic", "chores"}
        Prefix of the thresholds in a definition.
    hours : str
        Column of hours.
    partial : bool
        Whether the hours are a sum of several items: beside a special code the known part may still reach the threshold.
    """

    name: str
    hours: str
    partial: bool


ECONOMIC_LIMB = LimbKind("economic", "economic_hours", partial=False)
CHORES_LIMB = LimbKind("chores", "chore_hours", partial=True)


def child_labour(
    survey: Survey,
    *,
    definition: str | Path = "sdg-8.7.1",
    unknown: str = "official",
    name: str = "child_labour",
) -> Survey:
    """Add child labour and its parts as columns of 0, 1 and null.

    Parameters
    ----------
    survey : Survey
        With ``age`` (completed years), ``economic_activity`` (0/1/null) and ``economic_hours`` (hours in the reference week); definitions
        with a chores limb also read ``chores`` and ``chore_hours``, ``mics5`` the ``hazard_*`` items. Optional: ``economic_hours_special`` and
        ``chore_hours_special`` (1 = the hours hold a special code), ``hazard_*``.
    definition : str or path
        ``"sdg-8.7.1"``, ``"sdg-8.7.1-general"``, ``"mics6"``, ``"mics5"``, or a TOML file of one's own.
    unknown : {"official", "exclude", "as_no", "bounds"}
        What to do with a status that the answers leave open. ``official``: as the published syntax (unknown hours are not above the
        threshold; under ``mics5`` a special code is). ``exclude``: null. ``as_no``: 0. ``bounds``: as official, with ``<name>_low``
        (unknown = 0) and ``<name>_high`` (unknown = 1) beside it.
    name : str
        Name of the indicator. The columns beside it keep their names under the default and are called ``<name>_...`` otherwise.

    Returns
    -------
    Survey
        With ``child_labour``, ``child_labour_unknown`` (1 where the true status is open, whatever the policy), ``in_employment``,
        ``economic_below_threshold``, ``economic_above_threshold``; with a chores limb ``chores_below_threshold`` and ``household_chores``
        (chores at or above the threshold); with hazard items ``hazardous_work`` and, unless the definition counts hazards itself,
        ``child_labour_or_hazardous`` (the last column of MICS6 table PR.3.4). Rows outside the ages of the definition are null in all of them.

    Raises
    ------
    DefinitionError
        If the definition is unknown or malformed, or asks for chores or hazard items that the data do not have.
    ColumnError
        If a needed column is absent or holds something else than numbers.
    DataError
        If no row is within the ages of the definition.

    Notes
    -----
    Economic and chore hours are never added: two tests, then "or". Chore hours are the sum of the known items, as published.
    Sources: UNSD metadata 8.7.1 (March 2019); UNICEF MICS5 and MICS6 tabulation syntax. Each definition file cites its own.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "age": [7, 13, 16, 30], "economic_activity": [1, 1, 0, 1], "economic_hours": [1, 13, None, 40]})
    >>> pv.classify.child_labour(pv.Survey(data, pv.Design(weight="w"))).data["child_labour"].tolist()
    [1.0, 0.0, 0.0, nan]
    """
    check_option("unknown", unknown, UNKNOWN)
    rule = standard(definition, ChildLabourStandard)
    _check_inputs(survey, rule)
    frame, flags = keep(survey.frame, {"within": _ages(rule.age_min, rule.age_max)})
    within = flags["within"]
    frame, outcomes = _outcomes(frame, rule)
    status = outcomes["child_labour"]
    columns = {name: _column(status, unknown, within), **beside(status.answer, name, unknown, within)}
    columns |= {_named(key, name): _column(outcome, unknown, within) for key, outcome in outcomes.items()}
    counts = _counts(frame, rule, within & ~status.answer.known, unknown, name)
    definitions = {column: _record(rule, column, name, unknown) for column in columns}
    return survey.grown(
        without_kept(frame.with_columns(**columns)),
        codebook=survey.codebook.with_variables({column: Variable(label=definitions[column].title) for column in columns}),
        provenance=survey.provenance.add(
            definitions=definitions, counts=counts, notes=tuple(f"{name}: {r}" for r in rule.remarks)
        ),
    )


def _named(key: str, name: str) -> str:
    """Return the column of an outcome; those beside the indicator take its name as prefix unless it is the default."""
    if key == "child_labour" or name == "child_labour":
        return name if key == "child_labour" else key
    return f"{name}_or_hazardous" if key == "child_labour_or_hazardous" else f"{name}_{key}"


def _ages(age_min: int, age_max: int) -> nw.Expr:
    """Return a flag of the rows aged `age_min` to `age_max` completed years: 17.9 is 17."""
    return compares("age", ">=", age_min) & ~compares("age", ">=", age_max + 1)


def _check_inputs(survey: Survey, rule: ChildLabourStandard) -> None:
    try:
        require_columns(survey.data, ECONOMIC)
    except ColumnError as error:
        raise ColumnError(
            f"{error} Definition {rule.name!r} needs {listed(ECONOMIC, limit=3)}"
            f"{' and ' + listed(CHORES) if rule.uses_chores else ''}; optional are {listed((*OPTIONAL, 'hazard_*'))}. "
            "Load the file by a profile that makes them, or add them to the data."
        ) from error
    columns = survey.columns
    lacking = [column for column in CHORES if rule.uses_chores and column not in columns]
    if lacking:
        raise _inapplicable(
            rule, columns, f"household chores; {counted(len(lacking), 'column')} not in the data: {listed(lacking)}"
        )
    if rule.use_hazards and not _hazards(columns):
        raise _inapplicable(rule, columns, f"hazardous conditions; none of {listed(HAZARDS, limit=8)} is in the data")
    given = [column for column in (*ECONOMIC, *CHORES, *HAZARDS, *OPTIONAL) if column in columns]
    check_numbers(survey.frame, given)
    check_answers(survey.frame, [column for column in given if column not in ("age", "economic_hours", "chore_hours")])


def _inapplicable(rule: ChildLabourStandard, columns: tuple[str, ...], reason: str) -> DefinitionError:
    usable = [
        other.name
        for other in standards(ChildLabourStandard).values()
        if (not other.uses_chores or set(CHORES) <= set(columns)) and (not other.use_hazards or _hazards(columns))
    ]
    return DefinitionError(
        f"Definition {rule.name!r} needs {reason}. Add them, or use definition={listed(usable)}, which does without."
    )


def _hazards(columns: Sequence[str]) -> list[str]:
    return [hazard for hazard in HAZARDS if hazard in columns]


def _outcomes(frame: Frame, rule: ChildLabourStandard) -> tuple[Frame, dict[str, Outcome]]:
    """Return the outcomes that the definition and the data allow, in the order of the columns, and the frame that holds them."""
    hazards = _hazards(frame.collect_schema().names())
    asked = ("economic_activity", *(("chores",) if rule.uses_chores else ()), *hazards)
    frame, given = keep_answers(frame, {column: reported(column) for column in asked})
    employed = given["economic_activity"]
    frame, economic = _limb(frame, rule, employed, ECONOMIC_LIMB)
    outcomes = {"in_employment": Outcome(employed, employed.yes)}
    outcomes |= {"economic_below_threshold": economic.below, "economic_above_threshold": economic.above}
    tests = [economic.above]
    if rule.uses_chores:
        frame, chores = _limb(frame, rule, given["chores"], CHORES_LIMB)
        outcomes |= {"chores_below_threshold": chores.below, "household_chores": chores.above}
        tests.append(chores.above)
    if hazards:
        hazardous = _hazardous([given[hazard] for hazard in hazards], employed)
        outcomes["hazardous_work"] = hazardous
        if rule.use_hazards:
            tests.append(hazardous)
        else:
            outcomes["child_labour_or_hazardous"] = _any_outcome([*tests, hazardous])
    return _keep_outcomes(frame, {"child_labour": _any_outcome(tests), **outcomes})


def _keep_outcomes(frame: Frame, outcomes: Mapping[str, Outcome]) -> tuple[Frame, dict[str, Outcome]]:
    frame, answers = keep_answers(frame, {key: outcome.answer for key, outcome in outcomes.items()})
    frame, official = keep(frame, {f"{key}_official": outcome.official for key, outcome in outcomes.items()})
    return frame, {key: Outcome(answers[key], official[f"{key}_official"]) for key in outcomes}


def _any_outcome(outcomes: list[Outcome]) -> Outcome:
    return Outcome(any_of(o.answer for o in outcomes), either(o.official for o in outcomes))


def _limb(frame: Frame, rule: ChildLabourStandard, activity: Answer, kind: LimbKind) -> tuple[Frame, Limb]:
    """Return the tests of one activity, and the frame that holds their working columns."""
    hours = kind.hours
    flag = f"{hours}_special"
    frame, flags = keep(
        frame,
        {
            f"{hours}_given": ~missing(hours),
            f"{hours}_coded": equals(flag, 1) if flag in frame.collect_schema().names() else never(hours),
            f"{hours}_exists": _in_bands(rule, kind),
            f"{hours}_reaching": _in_bands(rule, kind, reaching=True),
        },
    )
    given, special, exists, reaching = flags.values()
    reached = reaching & given if kind.partial else reaching & given & ~special
    over = Answer(reached, reached | (given & ~special) | ~exists)
    frame, kept = keep_answers(frame, {f"{hours}_over": over})
    over = kept[f"{hours}_over"]
    above = all_of([activity, over])
    below = all_of([activity, negation(over), Answer(exists, exists | ~exists)])  # `exists` is always known
    counted_above = above.yes | (activity.yes & special & exists) if rule.special_hours == "above" else above.yes
    frame, outcomes = _keep_outcomes(
        frame, {f"{hours}_above": Outcome(above, counted_above), f"{hours}_below": Outcome(below, below.yes)}
    )
    return frame, Limb(outcomes[f"{hours}_above"], outcomes[f"{hours}_below"])


def _in_bands(rule: ChildLabourStandard, kind: LimbKind, *, reaching: bool = False) -> nw.Expr:
    """Return a flag of the ages for which the limb exists, or of those whose hours also reach the threshold."""
    flags = []
    for band in rule.bands:
        limit = getattr(band, f"{kind.name}_threshold")
        if limit is not None:
            ages = _ages(band.age_min, band.age_max)
            flags.append(ages & compares(kind.hours, getattr(band, f"{kind.name}_operator"), limit) if reaching else ages)
    return either(flags) if flags else never(kind.hours)


def _hazardous(hazards: list[Answer], employed: Answer) -> Outcome:
    """Return any condition; the questionnaire asks working children alone, so no answer of a child without work is a no.

    A stray yes counts whether or not the child works, as in the published syntax.
    """
    conditions = any_of(hazards)
    return Outcome(Answer(conditions.yes, conditions.known | employed.no), conditions.yes)


def _column(outcome: Outcome, unknown: str, within: nw.Expr) -> nw.Expr:
    if unknown == "exclude":
        return one_zero(outcome.answer.yes, known=within & outcome.answer.known)
    return one_zero(outcome.answer.yes if unknown == "as_no" else outcome.official, known=within)


def _counts(frame: Frame, rule: ChildLabourStandard, unclear: nw.Expr, unknown: str, name: str) -> tuple[Count, ...]:
    ages = f"{rule.age_min}-{rule.age_max}"
    within = _ages(rule.age_min, rule.age_max)
    found = tally(
        frame,
        {
            "within": within,
            f"age outside {ages}: null": ~within & ~missing("age"),
            "age missing: null": missing("age"),
            _reason(rule, unknown): unclear,
        },
    )
    if not found.pop("within"):
        raise DataError(
            f"{name} counts children aged {ages}; none of {counted(sum(found.values()), 'row')} has such an age. "
            "Check the column 'age' (completed years), or the survey."
        )
    return tuple(Count(step=f"classify {name}", rows=rows, reason=reason) for reason, rows in found.items() if rows)


def _reason(rule: ChildLabourStandard, unknown: str) -> str:
    special = ", special codes of hours as above the threshold" if rule.special_hours == "above" else ""
    treated = {
        "official": f"counted as not in child labour{special}, as published",
        "exclude": "null",
        "as_no": "counted as no",
        "bounds": f"counted as published{special}, with lower and upper bound beside",
    }
    return f"status unknown: {treated[unknown]}"


def _record(rule: ChildLabourStandard, column: str, name: str, unknown: str) -> Definition:
    ages = f"aged {rule.age_min}-{rule.age_max}"
    titles = {
        "child_labour": rule.title,
        "in_employment": f"children {ages} in economic activity",
        "economic_below_threshold": f"children {ages} in economic activity below the hours of their age",
        "economic_above_threshold": f"children {ages} in economic activity at or above the hours of their age",
        "chores_below_threshold": f"children {ages} in household chores below the hours of their age",
        "household_chores": f"children {ages} in household chores at or above the hours of their age",
        "hazardous_work": f"children {ages} who work under any hazardous condition",
        "child_labour_or_hazardous": f"{rule.title}; or under any hazardous condition at work",
    }
    by_column: Mapping[str, str] = {_named(key, name): title for key, title in titles.items()} | {
        f"{name}_unknown": f"children {ages} whose child labour status is unknown",
        f"{name}_low": f"{rule.title}; unknown counted as no",
        f"{name}_high": f"{rule.title}; unknown counted as yes",
    }
    return Definition(
        indicator=column,
        name=rule.name,
        version=rule.version,
        title=by_column[column],
        source=rule.source,
        status=rule.status,
        options={"unknown": unknown, "production_boundary": rule.production_boundary},
    )
