"""The tables of a baseline: which questions are put to a survey, and what is compared."""

from __future__ import annotations

from dataclasses import dataclass

from prevalence.classify import in_chain_columns
from prevalence.errors import listed
from prevalence.estimates import ALL, Estimates
from prevalence.estimators import prevalence
from prevalence.job.config import Config, SurveyPlan
from prevalence.job.surveys import COUNTRY, Prepared
from prevalence.plot.words import name_of
from prevalence.provenance import Provenance
from prevalence.survey import Survey

SEX = "sex"
GAP = ("Female", "Male")
CHAIN = "supply_chain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A table: its id, the dimension that gives it its name, and the words of its title."""

    id: str
    dimension: str
    by: tuple[str, ...]
    words: str


QUESTIONS = (
    Question(id="chain_by_sex", dimension=CHAIN, by=(CHAIN, SEX), words="by supply chain and sex"),
    Question(id="sex_by_age", dimension="age_group", by=(SEX, "age_group"), words="by sex and age"),
    Question(id="area_by_sex", dimension="area", by=("area", SEX), words="by area and sex"),
)
IN_CHAIN = "in_chain_by_sex"
WHOLE = ("sex_by_age", "area_by_sex", "chain_by_sex")
"""Tables that hold the estimate for everyone, the first that there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Estimates with their place in the baseline.

    Attributes
    ----------
    plan : SurveyPlan
    id : str
        Unique within the survey, such as ``"chain_by_sex"`` or ``"chain_by_sex_gap"``.
    title : str
    estimates : Estimates
    source : str
        Id of the table that this one compares; empty for a table of estimates.
    dimension : str
        The dimension whose levels are compared.
    pairs : tuple of (level, level)
        Labels that are set against each other.
    among : str
        The column of 0 and 1 that says whom the table is about; empty for everyone in scope.
    detail : bool
        Whether the table goes beyond the prevalence of the indicator: it is no part of a baseline record.
    names : tuple of (indicator, text)
        What indicators are called in print, where their columns do not tell.
    """

    plan: SurveyPlan
    id: str
    title: str
    estimates: Estimates
    source: str = ""
    dimension: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    among: str = ""
    detail: bool = False
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """All tables of one survey, and what the data could not answer.

    Attributes
    ----------
    prepared : Prepared
    tables : tuple of Table
    left_out : tuple of str
        What is not in the tables and why, in sentences.
    nested : tuple of (str, str)
        Indicators of which the first is part of the second: who has it has both. What lies between two of them may be few people.
    """

    prepared: Prepared
    tables: tuple[Table, ...]
    left_out: tuple[str, ...]
    nested: tuple[tuple[str, str], ...] = ()

    @property
    def provenance(self) -> Provenance:
        """What loading, classifying and estimating said, over all tables of the survey, each thing once.

        The chains of a child's own work have the column names of the main exposure, whose definitions stay.
        """
        whole = self.prepared.survey.provenance
        for table in self.tables:
            said = table.estimates.provenance
            new = {name: rule for name, rule in said.definitions.items() if name not in whole.definitions}
            whole = whole.add(definitions=new, counts=said.counts, notes=said.notes)
        return whole


def answers(prepared: Prepared, config: Config) -> Answers:
    """Return the tables of one survey: estimates, gaps between the sexes, and chains against everyone."""
    tables: list[Table] = []
    left_out = list(prepared.left_out)
    survey, plan = prepared.survey, prepared.plan
    if SEX not in survey.columns:
        left_out.append("By sex: the data have no column 'sex'.")
    for question in (*QUESTIONS, *_further(plan)):
        if question.dimension == CHAIN and not plan.exposure:
            continue
        if question.dimension not in survey.columns:
            left_out.append(f"{name_of(question.words)}: the data have no column {question.dimension!r}.")
            continue
        tables.append(_estimated(survey, plan, question, config))
    if prepared.own is not None:
        tables.append(_in_chain(prepared.own, plan, config))
    whole: list[Table] = []
    for table in tables:
        compared, unanswered = _compared(table)
        whole += [table, *compared]
        left_out += unanswered
    return Answers(prepared=prepared, tables=tuple(whole), left_out=tuple(dict.fromkeys(left_out)))


def _further(plan: SurveyPlan) -> list[Question]:
    """Return the crossings that the record asks for beside those of every report."""
    asked = [] if plan.record is None else [by for by in plan.record.by if set(by) not in [set(each.by) for each in QUESTIONS]]
    return [
        Question(
            id=f"by_{'_'.join(by)}", dimension=by[0], by=by, words=f"by {' and '.join(name_of(name).lower() for name in by)}"
        )
        for by in asked
    ]


def _estimated(survey: Survey, plan: SurveyPlan, question: Question, config: Config) -> Table:
    by = [name for name in question.by if name in survey.columns]
    estimates = prevalence(survey, plan.measure, by=[*country_of(survey), *by], margins=by)
    words = question.words if SEX in by else question.words.replace(" and sex", "").replace("sex and ", "")
    exposure = {"household": "of the household", "area": "of the area", "own": "of own work"}[plan.exposure or "own"]
    words = words.replace("supply chain", f"supply chain {exposure}")
    return Table(
        plan=plan,
        id=question.id,
        title=f"{name_of(plan.measure)} {words}",
        estimates=estimates.ci(config.level, method=config.interval),
    )


def _in_chain(survey: Survey, plan: SurveyPlan, config: Config) -> Table:
    by = [SEX] if SEX in survey.columns else []
    estimates = prevalence(survey, in_chain_columns(survey, plan.measure), by=[*country_of(survey), *by], margins=by)
    title = f"{name_of(plan.measure)} in each supply chain, as a share of everyone in scope"
    return Table(
        plan=plan,
        id=IN_CHAIN,
        title=f"{title}, by sex" if by else title,
        estimates=estimates.ci(config.level, method=config.interval),
    )


def country_of(survey: Survey) -> list[str]:
    """Return the dimension of countries, if the files have one."""
    return [COUNTRY] if COUNTRY in survey.columns else []


def _compared(table: Table) -> tuple[list[Table], list[str]]:
    """Return the gap between the sexes and the excess of the chains, and why one cannot be had."""
    made, left_out = [], []
    levels = {key.name: key.labels for key in table.estimates.keys}
    if set(GAP) <= set(levels.get(SEX, ())):
        made.append(_against(table, "gap", SEX, (GAP,)))
    elif SEX in levels:
        left_out.append(f"Gaps between the sexes: the levels of 'sex' are {listed(levels[SEX])}, not 'Female' and 'Male'.")
    if CHAIN in table.estimates.incomparable:
        left_out.append(f"Chains against everyone: {table.estimates.incomparable[CHAIN]}")
    elif CHAIN in levels:
        made.append(_against(table, "excess", CHAIN, tuple((chain, ALL) for chain in levels[CHAIN] if chain != ALL)))
    return made, left_out


def _against(table: Table, kind: str, dimension: str, pairs: tuple[tuple[str, str], ...]) -> Table:
    source = table.estimates
    compared = source.excess(dimension) if kind == "excess" else source.difference(dimension, *pairs[0])
    words = "supply chain minus everyone" if kind == "excess" else "Female minus Male"
    return Table(
        plan=table.plan,
        id=f"{table.id}_{kind}",
        title=f"{table.title}: {words}",
        estimates=compared,
        source=table.id,
        dimension=dimension,
        pairs=pairs,
    )
