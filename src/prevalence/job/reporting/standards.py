"""Standard tables of a report, and what all tables of the report together must withhold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from prevalence.errors import ColumnError, ConfigError, DataError, DefinitionError
from prevalence.job._masks import Shown, nested, of_people
from prevalence.job._places import Place
from prevalence.job.reporting.grids import Style
from prevalence.job.surveys import COUNTRY
from prevalence.job.tables import Answers, Table
from prevalence.report import Disclosure, Published, withheld, withheld_contrasts
from prevalence.report.tables.grid import Table as Grid
from prevalence.report.tables.standard._standard import layouts_of
from prevalence.report.tables.standard.answers import Answered, answered
from prevalence.report.tables.standard.filled import filled
from prevalence.report.tables.standard.masks import reasons_from, sources_of
from prevalence.report.tables.standard.shells import Shell
from prevalence.survey import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """A standard table of one survey in one country, with its estimates."""

    place: Place
    survey: str
    files: frozenset[str]
    answered: Answered

    @property
    def people(self) -> dict[str, str]:
        """Whom it is about."""
        return {COUNTRY: self.place.name} if COUNTRY in self.answered.survey.columns else {}


@dataclass(frozen=True, slots=True)
class Refused:
    """A standard table that a survey cannot fill, and why."""

    survey: str
    table: str
    reason: str


def standards(
    names: Sequence[str | Path], answers: Sequence[Answers], places: Sequence[Place]
) -> tuple[tuple[Standard, ...], list[Answers]]:
    """Return the standard tables that the surveys can fill, in the order of their names, and the answers with those that they cannot.

    Raises
    ------
    ConfigError
        If no survey can fill any table of a name.
    """
    found: list[Standard] = []
    grown: dict[tuple[str, str, str], Survey] = {}
    told = list(answers)
    for name in names:
        refused: list[Refused] = []
        tables = [
            each for shell in layouts_of(name) for answer in answers for each in _filled_in(shell, answer, places, grown, refused)
        ]
        if not tables:
            raise ConfigError(f"No survey can fill the standard table {str(name)!r}. {refused[0].reason if refused else ''}")
        found += tables
        told = [_without(answer, tables, refused) for answer in told]
    return tuple(found), told


def _without(answer: Answers, filled_in: Sequence[Standard], refused: Sequence[Refused]) -> Answers:
    """Return the answers with the tables of a set that the survey, which fills others of the set, cannot fill."""
    survey = answer.prepared.plan.name
    absent = [each.table for each in refused if each.survey == survey]
    if not absent or survey not in {each.survey for each in filled_in}:
        return answer
    return replace(answer, left_out=(*answer.left_out, f"Standard tables that the data cannot fill: {', '.join(absent)}."))


def unmasked(answers: Sequence[Answers]) -> tuple[Shown, ...]:
    """Return every table of a run before anything is withheld, to see which countries there are."""
    tables = [table for answer in answers for table in answer.tables]
    return tuple(Shown(table=each, published=Published(each.estimates, ("",) * len(each.estimates))) for each in tables)


def _filled_in(
    shell: Shell,
    answer: Answers,
    places: Sequence[Place],
    grown: dict[tuple[str, str, str], Survey],
    refused: list[Refused],
) -> Iterator[Standard]:
    """Give a standard table of one survey for each of its countries.

    `grown` keeps the columns that tables of one definition share; `refused` grows by why the table cannot be filled.
    """
    plan = answer.prepared.plan
    alike = (plan.name, shell.definition, shell.exposure)
    by_country = COUNTRY in answer.prepared.survey.columns
    for place in places:
        if not by_country and plan.country != place.name:
            continue
        try:
            survey = grown.get(alike, answer.prepared.survey)
            made = answered(shell, survey, people={COUNTRY: place.name} if by_country else {})
            grown[alike] = made.survey
        except (ColumnError, DataError, DefinitionError) as error:
            refused.append(Refused(plan.name, shell.name, f"Survey {plan.name!r}: {error}"))
            return
        yield Standard(place=place, survey=plan.name, files=frozenset(plan.files), answered=made)


def masked_together(
    answers: Sequence[Answers], added: Sequence[Standard], *, publish: bool
) -> tuple[tuple[Shown, ...], tuple[tuple[tuple[str, ...], ...], ...]]:
    """Return every table of a run with what may be seen of it, and the reasons of the measures of each standard table.

    Tables of the same files are looked at together, whoever made them: what one withholds no other may show.
    """
    people: dict[frozenset[str], list[Answers]] = {}
    for answer in answers:
        people.setdefault(frozenset(answer.prepared.plan.files), []).append(answer)
    reasons: dict[tuple[str, str], tuple[str, ...]] = {}
    of_standard: dict[int, tuple[tuple[str, ...], ...]] = {}
    for files, group in people.items():
        tables = [table for answer in group for table in answer.tables if not table.source]
        beside = [(place, each) for place, each in enumerate(added) if each.files == files]
        rules = Disclosure(
            nested=tuple(dict.fromkeys([*nested(group), *(pair for _, each in beside for pair in each.answered.nested)]))
        )
        more = [source for _, each in beside for _, source in sources_of(each.answered, each.people)]
        overlapping = {name for answer in group for name in answer.prepared.survey.families}
        overlapping |= {name for _, each in beside for name in each.answered.survey.families}
        found = iter(withheld([*map(of_people, tables), *more], overlapping=overlapping, rules=rules))
        reasons |= {_key(table): next(found) for table in tables}
        for place, each in beside:
            of_standard[place] = tuple(reasons_from(each.answered, found))
    every = [table for answer in answers for table in answer.tables]
    return _shown(every, reasons, publish=publish), tuple(of_standard[place] for place in range(len(added)))


def grid_of(each: Standard, reasons: Sequence[Sequence[str]], style: Style, *, publish: bool) -> Grid:
    """Return a standard table as a grid."""
    made = filled(each.answered, reasons, rule=style.rule, publish=publish, words=style.words, people=each.people)
    return replace(made, title=f"{made.title} ({each.place.name})") if each.place.name else made


def _shown(tables: Sequence[Table], reasons: dict[tuple[str, str], tuple[str, ...]], *, publish: bool) -> tuple[Shown, ...]:
    known = {_key(table): table for table in tables}
    for key, table in known.items():
        if table.source:
            source = (table.plan.name, table.source)
            reasons[key] = withheld_contrasts(
                table.estimates, known[source].estimates, reasons[source], table.dimension, table.pairs
            )
    return tuple(Shown(table=table, published=Published(table.estimates, reasons[key], publish)) for key, table in known.items())


def _key(table: Table) -> tuple[str, str]:
    return table.plan.name, table.id
