"""The tests of a child labour definition as answers: employment, hours, chores, hazardous work, worst forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import narwhals.stable.v2 as nw

from prevalence.classify.answers import (
    Answer,
    all_of,
    any_of,
    compares,
    either,
    equals,
    keep,
    keep_answers,
    missing,
    negation,
    never,
    reported,
)
from prevalence.classify.children.hazardous_work import CODED, by_code, by_long_hours
from prevalence.classify.children.standards import Band, ChildLabourStandard
from prevalence.rows import Frame

CHORES = ("chores", "chore_hours")
OTHER_WORST_FORMS = "other_worst_forms"


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


def ages(age_min: int, age_max: int) -> nw.Expr:
    """Return a flag of the rows aged `age_min` to `age_max` completed years: 17.9 is 17."""
    return compares("age", ">=", age_min) & ~compares("age", ">=", age_max + 1)


def outcomes_of(frame: Frame, rule: ChildLabourStandard) -> tuple[Frame, dict[str, Outcome]]:
    """Return the outcomes that the definition and the data allow, in the order of the columns, and the frame that holds them."""
    present = frame.collect_schema().names()
    frame, kept = keep_answers(frame, {"employed": _employed(rule, present)})
    employed = Outcome(kept["employed"], kept["employed"].yes)
    frame, economic = _limb(frame, rule, employed.answer, ECONOMIC_LIMB, present)
    found = {
        "in_employment": employed,
        "economic_below_threshold": economic.below,
        "economic_above_threshold": economic.above,
    }
    tests = [economic.above]  # those inside the SNA production boundary
    frame, hazardous = _hazardous_work(frame, rule, employed.answer, present)
    if hazardous is not None and rule.use_hazards:
        tests.append(hazardous)
    frame, chores = _chores(frame, rule, present)
    if chores is not None:
        found |= {"chores_below_threshold": chores.below, "household_chores": chores.above}
    if hazardous is not None:
        found["hazardous_work"] = hazardous
    found |= _permitted(rule, employed, _any_outcome(tests))
    worst = _worst_forms(rule, hazardous, present)
    found |= worst
    counted = [*tests, *([chores.above] if chores is not None and rule.chores == "counted" else []), *worst.values()]
    status = _any_outcome(counted)
    if hazardous is not None and not rule.use_hazards:
        found["child_labour_or_hazardous"] = _any_outcome([status, hazardous])
    if chores is not None and rule.chores == "apart":
        found["child_labour_or_chores"] = _any_outcome([status, chores.above])
    return _keep_outcomes(frame, {"child_labour": status, **found})


def _employed(rule: ChildLabourStandard, present: Sequence[str]) -> Answer:
    """Return economic activity; known hours below those of employment make it none, unknown hours leave it as reported."""
    active = reported("economic_activity")
    if rule.employment_hours is None:
        return active
    short = ~missing("economic_hours") & ~compares("economic_hours", ">=", rule.employment_hours)
    if "economic_hours_special" in present:
        short = short & ~equals("economic_hours_special", 1)
    return Answer(active.yes & ~short, active.known | short)


def _chores(frame: Frame, rule: ChildLabourStandard, present: Sequence[str]) -> tuple[Frame, Limb | None]:
    if not rule.times_chores or not set(CHORES) <= set(present):
        return frame, None
    frame, given = keep_answers(frame, {"chores": reported("chores")})
    return _limb(frame, rule, given["chores"], CHORES_LIMB, present)


def _limb(
    frame: Frame, rule: ChildLabourStandard, activity: Answer, kind: LimbKind, present: Sequence[str]
) -> tuple[Frame, Limb]:
    """Return the tests of one activity, and the frame that holds their working columns."""
    hours = kind.hours
    flag = f"{hours}_special"
    frame, flags = keep(
        frame,
        {
            f"{hours}_given": ~missing(hours),
            f"{hours}_coded": equals(flag, 1) if flag in present else never(hours),
            f"{hours}_exists": _in_bands(rule, hours, lambda band: _threshold(band, kind) is not None),
            f"{hours}_reaching": _reaching(rule, kind),
            f"{hours}_any": _in_bands(rule, hours, lambda band: kind is ECONOMIC_LIMB and band.any_employment),
            f"{hours}_zeroed": _in_bands(rule, hours, lambda b: kind is CHORES_LIMB and b.special_chore_hours == "zero"),
        },
    )
    given, special, exists, reaching, anything, zeroed = flags.values()
    reached = (reaching & given if kind.partial else reaching & given & ~special) | anything
    over = Answer(reached, reached | (given & ~special) | ~exists)
    frame, kept = keep_answers(frame, {f"{hours}_over": over})
    over = kept[f"{hours}_over"]
    above = all_of([activity, over])
    below = all_of([activity, negation(over), Answer(exists, exists | ~exists)])  # `exists` is always known
    counted_above = above.yes | (activity.yes & special & exists) if rule.special_hours == "above" else above.yes
    counted_below = below.yes | (activity.yes & special & exists & zeroed & ~over.yes)
    frame, outcomes = _keep_outcomes(
        frame, {f"{hours}_above": Outcome(above, counted_above), f"{hours}_below": Outcome(below, counted_below)}
    )
    return frame, Limb(outcomes[f"{hours}_above"], outcomes[f"{hours}_below"])


def _threshold(band: Band, kind: LimbKind) -> float | None:
    return band.economic_threshold if kind is ECONOMIC_LIMB else band.chores_threshold


def _reaching(rule: ChildLabourStandard, kind: LimbKind) -> nw.Expr:
    """Return a flag of the rows whose hours reach the threshold of their age."""
    flags = []
    for band in rule.bands:
        limit = _threshold(band, kind)
        if limit is not None:
            operator = band.economic_operator if kind is ECONOMIC_LIMB else band.chores_operator
            flags.append(ages(band.age_min, band.age_max) & compares(kind.hours, operator, limit))
    return either(flags) if flags else never(kind.hours)


def _in_bands(rule: ChildLabourStandard, column: str, wanted: Callable[[Band], bool]) -> nw.Expr:
    """Return a flag of the rows in the bands that are wanted; `column` is any column, for a flag that holds nowhere."""
    flags = [ages(band.age_min, band.age_max) for band in rule.bands if wanted(band)]
    return either(flags) if flags else never(column)


def _hazardous_work(
    frame: Frame, rule: ChildLabourStandard, employed: Answer, present: Sequence[str]
) -> tuple[Frame, Outcome | None]:
    """Return work under any sign of hazard, None where the definition and the data have none.

    Where a sign counts without employment a stray yes counts too, as in the published MICS syntax; the questionnaire asks working
    children alone, so no answer of a child without work is a no.
    """
    hazards = rule.hazards
    columns = [column for named in hazards.columns.values() for column in named if column in present]
    signs: dict[str, Answer] = {column: by_code(frame, hazards, column) for column in CODED if column in columns}
    signs |= {column: reported(column) for column in columns if column not in CODED}
    if hazards.hours_threshold is not None:
        signs["long_hours"] = by_long_hours(hazards, coded="economic_hours_special" in present)
    if not signs:
        return frame, None
    frame, kept = keep_answers(frame, {f"sign_{key}": sign for key, sign in signs.items()})
    signed = any_of(kept.values())
    held = all_of([employed, signed]) if hazards.employed_only else Answer(signed.yes, signed.known | employed.no)
    spared = _in_bands(rule, "age", lambda band: not band.hazards)
    held = Answer(held.yes & ~spared, held.known | spared)
    frame, found = keep_answers(frame, {"hazardous": held})
    return frame, Outcome(found["hazardous"], found["hazardous"].yes)


def _permitted(rule: ChildLabourStandard, employed: Outcome, child_labour: Outcome) -> dict[str, Outcome]:
    """Return employment that is not child labour inside the SNA boundary, and its part at the ages of light work."""
    answer = all_of([employed.answer, negation(child_labour.answer)])
    permitted = Outcome(answer, employed.official & ~child_labour.official)
    if not any(band.light_work for band in rule.bands):
        return {"permitted_work": permitted}
    light = _in_bands(rule, "age", lambda band: band.light_work)
    of_light = Outcome(Answer(answer.yes & light, answer.known | ~light), permitted.official & light)
    return {"permitted_work": permitted, "permitted_light_work": of_light}


def _worst_forms(rule: ChildLabourStandard, hazardous: Outcome | None, present: Sequence[str]) -> dict[str, Outcome]:
    if not rule.worst_forms or OTHER_WORST_FORMS not in present:
        return {}
    other = reported(OTHER_WORST_FORMS)
    return {"in_worst_forms": _any_outcome([Outcome(other, other.yes), *([hazardous] if hazardous is not None else [])])}


def _keep_outcomes(frame: Frame, outcomes: Mapping[str, Outcome]) -> tuple[Frame, dict[str, Outcome]]:
    frame, answers = keep_answers(frame, {key: outcome.answer for key, outcome in outcomes.items()})
    frame, official = keep(frame, {f"{key}_official": outcome.official for key, outcome in outcomes.items()})
    return frame, {key: Outcome(answers[key], official[f"{key}_official"]) for key in outcomes}


def _any_outcome(outcomes: list[Outcome]) -> Outcome:
    return Outcome(any_of(o.answer for o in outcomes), either(o.official for o in outcomes))
