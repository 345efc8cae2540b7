"""Tables that go beyond the prevalence of the indicator: numbers of people, hazards, elements of forced labour, other definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from prevalence.classify import compare
from prevalence.classify.children._compare import nested
from prevalence.classify.children.hazards import CONDITIONS
from prevalence.classify.forced.items import items_of
from prevalence.classify.forced.standards import forced_standard
from prevalence.errors import ColumnError, DataError, DefinitionError
from prevalence.estimates import Estimates
from prevalence.estimators import prevalence, total
from prevalence.job._names import called
from prevalence.job.config import Config, Plan, SurveyPlan
from prevalence.job.surveys import Prepared
from prevalence.job.tables import CHAIN, SEX, Answers, Table, country_of
from prevalence.plot.words import name_of
from prevalence.provenance import Definition
from prevalence.survey import Survey

AGE = "age_group"
EMPLOYED = "in_employment"
WHOM = {EMPLOYED: "working children"}
"""Whom a table is about, by the column that says so."""
NUMBERS, HAZARDS, ELEMENTS, DEFINITIONS = "numbers_by_age", "hazards_by_age", "elements_by_chain", "definitions_by_age"
BESIDE = {"child_labour_mics6": "mics6", "child_labour_ilo_global_estimates": "ilo-global-estimates"}
"""Definitions of child labour that the configured one is compared with, by their columns."""
WHOLES = {"involuntary": "involuntary_work", "coercion": "coercion"}
"""Columns that say whether a person has an element of forced labour in any job, by the name of the element."""

CONDITIONS_ASKED = Definition(
    indicator="",
    name="conditions of work",
    version="",
    title="",
    source="questions of the survey",
    status="to be verified",
)
"""How hazards are defined: as the survey asked for them."""


def with_details(answers: Answers, plan: Plan) -> Answers:
    """Return the tables of one survey with those that go beyond prevalence, as far as the data allow them."""
    prepared, config = answers.prepared, plan.config
    tables, left_out = list(answers.tables), list(answers.left_out)
    within: tuple[tuple[str, str], ...] = ()
    if AGE not in prepared.survey.columns:
        left_out.append(f"Numbers, hazards and definitions by age: the data have no column {AGE!r}.")
    elif prepared.survey.design.weight_scale == "population":
        tables.append(_numbers(prepared, config))
    if prepared.plan.measure == "forced_labour":
        tables += _elements(prepared, plan, left_out)
    elif AGE in prepared.survey.columns:
        tables += _hazards(prepared, config, left_out)
        survey = _compared(prepared, left_out)
        tables += _definitions(survey, prepared.plan, config)
        within = nested(survey, _columns(survey, prepared.plan))
    return replace(answers, tables=tuple(tables), left_out=tuple(dict.fromkeys(left_out)), nested=within)


def _numbers(prepared: Prepared, config: Config) -> Table:
    """Return how many people have the indicator, by age and sex."""
    survey, plan = prepared.survey, prepared.plan
    by = [AGE, *([SEX] if SEX in survey.columns else [])]
    counted = total(survey, plan.measure, by=[*country_of(survey), *by], margins=by)
    estimates = counted.ci(config.level, method=config.number_interval)
    words = "by age and sex" if SEX in by else "by age"
    return _table(plan, NUMBERS, f"Number of people in {name_of(plan.measure).lower()}, {words}", estimates)


def _hazards(prepared: Prepared, config: Config, left_out: list[str]) -> list[Table]:
    """Return which hazards working children face; `left_out` grows where the data do not tell."""
    survey = prepared.survey
    asked = [name for name in CONDITIONS if name in survey.columns]
    if not asked or EMPLOYED not in survey.columns:
        left_out.append("Hazards: the data do not say which hazards working children face.")
        return []
    answers = {name: f"working children who say yes: {survey.codebook.label(name) or name_of(name)}" for name in asked}
    known = _defined(survey, answers, replace(CONDITIONS_ASKED, version=f"profile {Path(prepared.plan.profile).stem}"))
    title = "Share of working children who face each hazard, by age"
    return [_table(prepared.plan, HAZARDS, title, _shares(known, asked, AGE, config, among=EMPLOYED), among=EMPLOYED)]


def _elements(prepared: Prepared, plan: Plan, left_out: list[str]) -> list[Table]:
    """Return the elements of forced labour and the answers that speak for them, by chain."""
    survey, asked = prepared.survey, prepared.plan
    if not asked.exposure:
        return []
    items = items_of(forced_standard(plan.place(asked.definition)))
    columns: list[str] = []
    for group in dict.fromkeys(item.group for item in items):
        columns += [WHOLES.get(group, ""), *(item.name for item in items if item.group == group)]
    known = [name for name in dict.fromkeys(columns) if name in survey.columns]
    if not known:
        left_out.append("Elements of forced labour: the data have no column of their own for any of them.")
        return []
    answers = {name: f"adults who say yes of the main job: {name_of(name).lower()}" for name in known}
    survey = _defined(survey, answers, survey.provenance.definitions[asked.measure])
    title = "Elements of forced labour and their signs in the main job, by supply chain"
    items_known = [name for name in known if name not in WHOLES.values()]
    names = {name: f"{name_of(name)}, any job" for name in known if name in WHOLES.values()} | _short(survey, items_known)
    return [_table(asked, ELEMENTS, title, _shares(survey, known, CHAIN, plan.config), names=names)]


def _short(survey: Survey, items: Sequence[str]) -> dict[str, str]:
    """Return the labels of items in the codebook, without the words after the comma that all of them share."""
    labels = {name: label for name in items if (label := survey.codebook.label(name))}
    endings = {label.rpartition(", ")[2] for label in labels.values() if ", " in label}
    shared = f", {endings.pop()}" if len(endings) == 1 else ""
    return {name: label.removesuffix(shared) for name, label in labels.items()}


def _defined(survey: Survey, answers: Mapping[str, str], like: Definition) -> Survey:
    """Return the survey with a definition of each answer that has none."""
    known = survey.provenance.definitions
    new = {name: replace(like, indicator=name, title=title, options={}) for name, title in answers.items() if name not in known}
    return survey.grown(provenance=survey.provenance.add(definitions=new))


def _compared(prepared: Prepared, left_out: list[str]) -> Survey:
    """Return the survey with child labour by the definitions that the data allow; `left_out` grows by the others."""
    survey, measure = prepared.survey, prepared.plan.measure
    own = survey.provenance.definitions[measure]
    for column, name in BESIDE.items():
        if name == own.name:
            continue
        try:
            survey = compare(survey, {column: name})
        except (ColumnError, DataError, DefinitionError) as error:
            left_out.append(f"{name_of(measure)} by the definition {name!r}: the data do not allow it ({error})")
    return survey


def _definitions(survey: Survey, plan: SurveyPlan, config: Config) -> list[Table]:
    """Return child labour by several definitions of it."""
    columns = _columns(survey, plan)
    if len(columns) < 2:
        return []
    title = f"{name_of(plan.measure)} by definition and age"
    rules = survey.provenance.definitions
    names = {column: called(rules[column].name) for column in columns}
    return [_table(plan, DEFINITIONS, title, _shares(survey, columns, AGE, config), names=names)]


def _columns(survey: Survey, plan: SurveyPlan) -> list[str]:
    """Return the indicator of the configuration, and those of the definitions beside it."""
    return [plan.measure, *(column for column in BESIDE if column in survey.columns)]


def _shares(survey: Survey, indicators: Sequence[str], dimension: str, config: Config, *, among: str | None = None) -> Estimates:
    """Return the shares of several indicators by one dimension and its margin."""
    by = [*country_of(survey), dimension]
    estimates = prevalence(survey, indicators, by=by, margins=[dimension], among=among)
    return estimates.ci(config.level, method=config.interval)


def _table(
    plan: SurveyPlan, name: str, title: str, estimates: Estimates, *, among: str = "", names: Mapping[str, str] | None = None
) -> Table:
    told = tuple((names or {}).items())
    return Table(plan=plan, id=name, title=title, estimates=estimates, among=among, detail=True, names=told)
