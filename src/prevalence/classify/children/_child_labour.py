"""Child labour: hours of economic activity and chores, and hazardous work, against the rules of a versioned definition."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import narwhals.stable.v2 as nw

from prevalence.classify._definitions import child_labour_rule
from prevalence.classify.answers import beside, keep, missing, one_zero, tally, without_kept
from prevalence.classify.children.inputs import check_inputs, evidence
from prevalence.classify.children.outcomes import Outcome, ages, outcomes_of
from prevalence.classify.children.standards import ChildLabourStandard
from prevalence.classify.standards import Standard
from prevalence.errors import DataError, check_option, counted
from prevalence.provenance import Count, Definition, Variable
from prevalence.rows import Frame, with_columns
from prevalence.survey import Survey

UNKNOWN = ("official", "exclude", "as_no", "bounds")
PREFIXED = ("child_labour_or_hazardous", "child_labour_or_chores")


def child_labour(
    survey: Survey,
    *,
    definition: str | Path | Standard = "sdg-8.7.1",
    unknown: str = "official",
    name: str = "child_labour",
) -> Survey:
    """Add child labour and its parts as columns of 0, 1 and null.

    Parameters
    ----------
    survey : Survey
        With ``age`` (completed years), ``economic_activity`` (0/1/null) and ``economic_hours`` (hours in the reference week). Definitions
        with a chores limb also read ``chores`` and ``chore_hours``; ``mics5`` and ``mics6-2017`` the ``hazard_*`` items;
        ``ilo-global-estimates`` ``isic`` (ISIC Rev.4). Optional: ``economic_hours_special`` and ``chore_hours_special`` (1 = the hours
        hold a special code), ``hazard_*``, and for ``ilo-global-estimates``, ``ucw`` and national law ``isic``, ``isco``,
        ``night_work`` and ``other_worst_forms`` (0/1/null).
    definition : str, path or definition
        ``"sdg-8.7.1"``, ``"sdg-8.7.1-general"``, ``"mics6"``, ``"mics6-2017"``, ``"mics5"``, ``"mics4"``, ``"ilo-global-estimates"``,
        ``"ucw"``, ``"national:GHA"`` (any country of ``pv.countries`` with ages), a TOML file of one's own (`copy_definition` makes one), or what
        `read_definition`, `with_hazards` and `national_definition` return. `definitions` lists them with what is to be verified.
    unknown : {"official", "exclude", "as_no", "bounds"}
        What to do with a status that the answers leave open. ``official``: as the published syntax (unknown hours are not above the
        threshold; under ``mics5`` a special code is). ``exclude``: null. ``as_no``: 0. ``bounds``: as official, with ``<column>_low``
        (unknown = 0) and ``<column>_high`` (unknown = 1) beside each indicator.
    name : str
        Name of the indicator. The columns beside it keep their names under the default and are called ``<name>_...`` otherwise.

    Returns
    -------
    Survey
        With ``child_labour``, ``in_employment``, ``economic_below_threshold``, ``economic_above_threshold``, ``permitted_work`` (in
        employment and not in child labour inside the SNA boundary) and its part ``permitted_light_work``; where definition and data
        have them ``chores_below_threshold`` and ``household_chores`` (chores at or above the threshold), ``hazardous_work``,
        ``in_worst_forms`` (hazardous work or other worst forms), ``child_labour_or_hazardous`` (the last column of MICS6 table PR.3.4)
        and ``child_labour_or_chores`` (where the definition keeps chores apart). Beside each stands ``<column>_unknown``: 1 where
        the true status is open, whatever the policy. Rows outside the ages of the definition are null in all of them.

    Raises
    ------
    DefinitionError
        If the definition is unknown or malformed, or asks for chores, industry or hazard items that the data do not have.
    ColumnError
        If a needed column is absent or holds something else than numbers.
    DataError
        If no row is within the ages of the definition, or codes are none of the stated classification.

    Notes
    -----
    Economic and chore hours are never added: two tests, then "or". Chore hours are the sum of the known items, as published.
    Where nothing is unknown, hazardous work is in child labour and child labour in employment under ``ilo-global-estimates``, ``ucw``
    and national law (worst forms other than hazardous work apart); elsewhere hazardous work need not be child labour.
    Sources: UNSD metadata 8.7.1 (March 2019); UNICEF MICS5 and MICS6 tabulation syntax. Each definition file cites its own and says
    what is to be verified; the rules of ``mics4``, ``ilo-global-estimates``, ``ucw`` and of Convention 138 are.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "age": [7, 13, 16, 30], "economic_activity": [1, 1, 0, 1], "economic_hours": [1, 13, None, 40]})
    >>> pv.classify.child_labour(pv.Survey(data, pv.Design(weight="w"))).data["child_labour"].tolist()
    [1.0, 0.0, 0.0, nan]
    """
    check_option("unknown", unknown, UNKNOWN)
    return classified(survey, child_labour_rule(definition), unknown=unknown, name=name)


def classified(
    survey: Survey,
    rule: ChildLabourStandard,
    *,
    unknown: str,
    name: str,
    parts: bool = True,
    options: Mapping[str, str] | None = None,
) -> Survey:
    """Return the survey with the indicator of a rule and, if wanted, its parts; `options` go into the record."""
    check_inputs(survey, rule)
    frame, flags = keep(survey.frame, {"within": ages(rule.age_min, rule.age_max)})
    within = flags["within"]
    frame, outcomes = outcomes_of(frame, rule)
    columns: dict[str, nw.Expr] = {}
    titles: dict[str, str] = {}
    for key, outcome in outcomes.items() if parts else [("child_labour", outcomes["child_labour"])]:
        column, title = _named(key, name), _title(rule, key)
        columns |= {column: _column(outcome, unknown, within), **beside(outcome.answer, column, unknown, within)}
        titles |= _titles(column, title)
    unclear = within & ~outcomes["child_labour"].answer.known
    counts = _counts(frame, rule, unclear, unknown, name)
    recorded = {"unknown": unknown, "production_boundary": rule.production_boundary, **_evidence(survey, rule), **(options or {})}
    definitions = {column: _record(rule, column, titles[column], recorded) for column in columns}
    return survey.grown(
        without_kept(with_columns(frame, columns)),
        codebook=survey.codebook.with_variables({column: Variable(label=definitions[column].title) for column in columns}),
        provenance=survey.provenance.add(
            definitions=definitions,
            counts=counts,
            notes=tuple(f"{name}: {note}" for note in (*rule.remarks, *_unused(survey, rule))),
        ),
    )


def _named(key: str, name: str) -> str:
    """Return the column of an outcome; those beside the indicator take its name as prefix unless it is the default."""
    if key == "child_labour" or name == "child_labour":
        return name if key == "child_labour" else key
    return f"{name}{key.removeprefix('child_labour')}" if key in PREFIXED else f"{name}_{key}"


def _column(outcome: Outcome, unknown: str, within: nw.Expr) -> nw.Expr:
    if unknown == "exclude":
        return one_zero(outcome.answer.yes, known=within & outcome.answer.known)
    return one_zero(outcome.answer.yes if unknown == "as_no" else outcome.official, known=within)


def _counts(frame: Frame, rule: ChildLabourStandard, unclear: nw.Expr, unknown: str, name: str) -> tuple[Count, ...]:
    span = f"{rule.age_min}-{rule.age_max}"
    within = ages(rule.age_min, rule.age_max)
    found = tally(
        frame,
        {
            "within": within,
            f"age outside {span}: null": ~within & ~missing("age"),
            "age missing: null": missing("age"),
            _reason(rule, unknown): unclear,
        },
    )
    if not found.pop("within"):
        raise DataError(
            f"{name} counts children aged {span}; none of {counted(sum(found.values()), 'row')} has such an age. "
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


def _evidence(survey: Survey, rule: ChildLabourStandard) -> dict[str, str]:
    """Return what hazardous work was read from, where it decides child labour."""
    if not rule.use_hazards:
        return {}
    found = list(evidence(rule, survey.columns).values())
    if rule.hazards.hours_threshold is not None:
        found.append(f"hours {rule.hazards.hours_operator} {rule.hazards.hours_threshold:g}")
    return {"hazardous_work_by": "; ".join(found)}


def _unused(survey: Survey, rule: ChildLabourStandard) -> tuple[str, ...]:
    """Return a note on the signs of hazardous work that the definition counts and the data lack."""
    if not rule.use_hazards:
        return ()
    lacking = [kind for kind in rule.hazards.columns if kind not in evidence(rule, survey.columns)]
    return (f"Hazardous work is not read from {', '.join(lacking)}: not in the data.",) if lacking else ()


def _title(rule: ChildLabourStandard, key: str) -> str:
    children = f"children aged {rule.age_min}-{rule.age_max}"
    hours = rule.employment_hours
    titles = {
        "child_labour": rule.title,
        "in_employment": f"{children} in {'economic activity' if hours is None else f'employment of {hours:g} hours a week or more'}",
        "economic_below_threshold": f"{children} in economic activity below the hours of their age",
        "economic_above_threshold": f"{children} in economic activity at or above the hours of their age",
        "chores_below_threshold": f"{children} in household chores below the hours of their age",
        "household_chores": f"{children} in household chores at or above the hours of their age",
        "hazardous_work": f"{children} {'in hazardous work' if rule.hazards.employed_only else 'who work under any hazardous condition'}",
        "permitted_work": f"{children} in employment that is not child labour",
        "permitted_light_work": f"{children} in permitted light work",
        "in_worst_forms": f"{children} in hazardous work or in other worst forms of child labour",
        "child_labour_or_hazardous": f"{rule.title}; or under any hazardous condition at work",
        "child_labour_or_chores": f"{rule.title}; or in household chores at or above the hours of their age",
    }
    return titles[key]


def _titles(column: str, title: str) -> dict[str, str]:
    return {
        column: title,
        f"{column}_unknown": f"status unknown: {title}",
        f"{column}_low": f"{title}; unknown counted as no",
        f"{column}_high": f"{title}; unknown counted as yes",
    }


def _record(rule: ChildLabourStandard, column: str, title: str, options: Mapping[str, str]) -> Definition:
    return Definition(
        indicator=column,
        name=rule.name,
        version=rule.version,
        title=title,
        source=rule.source,
        status=rule.status,
        options=options,
    )
