"""What standard tables ask beside the columns of a survey: bands of hours, school and work, people at one level of a dimension."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import narwhals.stable.v2 as nw

from prevalence import classify
from prevalence.classify.answers import Answer, all_of, compares, either, every, missing, negation, one_zero, reported
from prevalence.classify.values import among
from prevalence.provenance import Variable
from prevalence.report.tables.standard.families import ANY_OF, FAMILIES, LEVELS, NUMBERS, any_member
from prevalence.rows import with_columns
from prevalence.survey import Survey

EVERYONE = "everyone"
COVERAGE, COVERED = "coverage", ("Covered", "Not covered")
"""Whether any intervention reached a child."""
SECTORS = ("sector", "isic_section")
"""What `classify.sector` adds from codes of industries."""

HAZARDS = tuple(f"hazard_{name}" for name in ("loads", "tools", "dust", "temperature", "noise", "heights", "chemicals", "other"))
MAJOR_GROUPS = {
    "1": "Managers",
    "2": "Professionals",
    "3": "Technicians and associate professionals",
    "4": "Clerical support workers",
    "5": "Service and sales workers",
    "6": "Skilled agricultural, forestry and fishery workers",
    "7": "Craft and related trades workers",
    "8": "Plant and machine operators, and assemblers",
    "9": "Elementary occupations",
    "0": "Armed forces occupations",
}
"""Major groups of ISCO-08 (ILO 2012, International Standard Classification of Occupations, volume 1)."""

Cases = Mapping[str, nw.Expr]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A column of 0, 1 and null that is made for a table: its label in print, what it is made from, and how."""

    label: str
    needs: tuple[str, ...]
    make: Callable[[], nw.Expr]


@dataclass(frozen=True, slots=True)
class Category:
    """A column of levels that is made for a table.

    Attributes
    ----------
    label : str
        What it is called in print.
    needs : tuple of str
        Columns that it is made from.
    cases : function of columns to mapping of level to flag
        Which rows are at which level; a row at none has no level.
    """

    label: str
    needs: tuple[str, ...]
    cases: Callable[[Sequence[str]], Cases]


def with_features(survey: Survey, names: Iterable[str]) -> Survey:
    """Return the survey with those of the named features that it lacks and can have."""
    wanted = [name for name in dict.fromkeys(names) if name not in survey.columns]
    if set(wanted) & set(SECTORS) and "isic" in survey.columns:
        survey = classify.sector(survey)
    columns: dict[str, nw.Expr] = {}
    variables: dict[str, Variable] = {}
    for name in wanted:
        columns |= _of_family(name, survey.columns)
        feature = INDICATORS.get(name) or CATEGORIES.get(name)
        if feature is None or not set(feature.needs) <= set(survey.columns):
            continue
        if isinstance(feature, Indicator):
            columns[name], variables[name] = feature.make(), Variable(label=feature.label)
        else:
            cases = feature.cases(survey.columns)
            columns[name], variables[name] = _levels(cases), Variable(label=feature.label, levels={case: case for case in cases})
    if not columns:
        return survey
    variables |= {COVERAGE: Variable(label="Coverage", levels={level: level for level in COVERED})} if COVERAGE in columns else {}
    return survey.grown(with_columns(survey.frame, columns), codebook=survey.codebook.with_variables(variables))


def _of_family(name: str, columns: Sequence[str]) -> dict[str, nw.Expr]:
    """Return the column that says whether any member of a family is 1, if it is one."""
    family = "intervention" if name == COVERAGE else name.removeprefix(ANY_OF)
    found = any_member(family, columns) if family != name and family in FAMILIES else None
    if found is None:
        return {}
    if name != COVERAGE:
        return {name: found}
    return {name: nw.when(found == 1).then(nw.lit(COVERED[0])).otherwise(nw.when(found == 0).then(nw.lit(COVERED[1])))}


def with_part(survey: Survey, levels: Mapping[str, str], *, within: str = "") -> tuple[Survey, str]:
    """Return the survey with a 0/1 column of the people at the given levels, and its name; `within` names a further 0/1 column."""
    name = "_and_".join([*([within] if within else []), *(f"{dimension}_{level}" for dimension, level in levels.items())])
    if name in survey.columns:
        return survey, name
    inside = every(among(dimension, [level]) for dimension, level in levels.items())
    known = inside | ~inside
    if within:
        part = all_of([Answer(inside, known), reported(within)])
        inside, known = part.yes, part.known
    return survey.grown(with_columns(survey.frame, {name: one_zero(inside, known=known)})), name


def _levels(cases: Cases) -> nw.Expr:
    (first, flag), *others = cases.items()
    text: nw.Expr = nw.when(flag).then(nw.lit(first))
    for level, other in others:
        text = nw.when(other).then(nw.lit(level)).otherwise(text)
    return text


def _schooling() -> Answer:
    return Answer(among("attends_school", ["Yes"]), among("attends_school", ["Yes", "No"]))


def _in_school() -> nw.Expr:
    school = _schooling()
    return one_zero(school.yes, known=school.known)


def _poor() -> nw.Expr:
    return one_zero(among("poverty", ["Poor"]), known=among("poverty", ["Poor", "Not poor"]))


def _not_in_child_labour() -> nw.Expr:
    others = negation(reported("child_labour"))
    return one_zero(others.yes, known=others.known)


def _exposed(hazard: str) -> nw.Expr:
    """Return 1 for working children who said yes and 0 for all others, unknown answers among them (MICS6 syntax of PR.3.4)."""
    return one_zero(all_of([reported("in_employment"), reported(hazard)]).yes, known=~missing("in_employment"))


def _everyone() -> nw.Expr:
    return nw.lit(1.0)


def _activity(_: Sequence[str]) -> Cases:
    work, school = reported("in_employment"), _schooling()
    return {
        "School only": all_of([school, negation(work)]).yes,
        "School and work": all_of([school, work]).yes,
        "Work only": all_of([negation(school), work]).yes,
        "Neither": all_of([negation(school), negation(work)]).yes,
    }


def _bands(column: str, starts: Mapping[str, int]) -> Callable[[Sequence[str]], Cases]:
    """Return bands of hours: each ends where the next begins; one that starts at 1 holds all above nothing, half an hour too."""

    def cases(_: Sequence[str]) -> Cases:
        reached = [compares(column, ">", 0) if start == 1 else compares(column, ">=", start) for start in starts.values()]
        inside = [*(here & ~above for here, above in pairwise(reached)), reached[-1]]
        return dict(zip(starts, inside, strict=True))

    return cases


def _hazards(columns: Sequence[str]) -> Cases:
    """Return the number of hazards of those who answered all items that the survey has."""
    asked = [name for name in HAZARDS if name in columns]
    known = ~either(missing(name) for name in asked)
    found = nw.sum_horizontal(*(one_zero(reported(name).yes, known=known) for name in asked))
    return {"0": known & (found == 0), "1": known & (found == 1), "2": known & (found == 2), "3 or more": known & (found >= 3)}


def _occupations(_: Sequence[str]) -> Cases:
    digit = nw.col("isco").cast(nw.String).str.slice(0, 1)
    return {title: (digit == code).fill_null(value=False) for code, title in MAJOR_GROUPS.items()}


INDICATORS = {
    EVERYONE: Indicator("Everyone", (), _everyone),
    "in_school": Indicator("Attends school", ("attends_school",), _in_school),
    "poor": Indicator("Lives in a poor household", ("poverty",), _poor),
    "not_child_labour": Indicator("Not in child labour", ("child_labour",), _not_in_child_labour),
    **{
        f"exposed_{name.removeprefix('hazard_')}": Indicator("", (name, "in_employment"), partial(_exposed, name))
        for name in HAZARDS
    },
}

CATEGORIES = {
    "activity": Category("School and work", ("in_employment", "attends_school"), _activity),
    "hours_band": Category(
        "Weekly hours of work",
        ("economic_hours",),
        _bands("economic_hours", {"1-13": 1, "14-27": 14, "28-42": 28, "43 or more": 43}),
    ),
    "chores_band": Category(
        "Weekly hours of household chores", ("chore_hours",), _bands("chore_hours", {"None": 0, "1-20": 1, "21 or more": 21})
    ),
    "hazards": Category("Number of hazards", HAZARDS[:1], _hazards),
    "occupation": Category("Occupation", ("isco",), _occupations),
}

ANY_FAMILY = tuple(f"{ANY_OF}{family}" for family in FAMILIES)
CANONICAL = ("economic_hours", "chore_hours", "wage", "status", "age_group")
FEATURES = (*SECTORS, *INDICATORS, *CATEGORIES, *CANONICAL, *LEVELS, *NUMBERS, *ANY_FAMILY, COVERAGE)
"""What a layout may ask beside indicators that have a definition."""
