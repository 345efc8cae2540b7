"""Standard tables of a report, and what all tables of the report together must withhold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from prevalence.errors import ColumnError, ConfigError, DataError, DefinitionError, OptionError
from prevalence.job._masks import Shown, nested, of_people
from prevalence.job._places import Place
from prevalence.job.config import Plan, SurveyPlan
from prevalence.job.reporting.grids import Style
from prevalence.job.surveys import COUNTRY, earlier
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
    plan: SurveyPlan
    answered: Answered

    @property
    def people(self) -> dict[str, str]:
        """Whom it is about."""
        return {COUNTRY: self.place.name} if COUNTRY in self.answered.survey.columns else {}

    def files(self, before: str) -> frozenset[str]:
        """Return the files of a survey before by its name, of this survey without one."""
        return frozenset(next((each.files for each in self.plan.before if each.name == before), self.plan.files))


@dataclass(frozen=True, slots=True)
class Tried:
    """A standard table that was asked of a survey in a country, of a chain if it is about one, and why it cannot be filled."""

    survey: str
    table: str
    chain: str
    place: str
    refused: str = ""


def standards(
    names: Sequence[str | Path], answers: Sequence[Answers], places: Sequence[Place], plan: Plan
) -> tuple[tuple[Standard, ...], list[Answers]]:
    """Return the standard tables that the surveys can fill, in the order of their names, and the answers with those that they cannot.

    Tables about one supply chain are made for each chain of a survey. Surveys made before are read if a table asks for them.

    Raises
    ------
    ConfigError
        If no survey can fill any table of a name, or how the samples of two surveys are related must be said.
    PrevalenceError
        If a survey made before cannot be read.
    """
    found: list[Standard] = []
    filling = _Filling(plan, places)
    told = list(answers)
    for name in names:
        filling.tried = []
        tables = [each for shell in layouts_of(name) for answer in answers for each in filling.tables(shell, answer)]
        if not tables:
            reason = filling.tried[0].refused if filling.tried else ""
            raise ConfigError(f"No survey can fill the standard table {str(name)!r}. {reason}")
        found += tables
        told = [_without(answer, filling.tried) for answer in told]
    return tuple(found), told


def _without(answer: Answers, tried: Sequence[Tried]) -> Answers:
    """Return the answers with the tables of a set that the survey, which fills others of the set, cannot fill."""
    of_survey = [each for each in tried if each.survey == answer.prepared.plan.name]
    if all(each.refused for each in of_survey):
        return answer
    tables = dict.fromkeys(each.table for each in of_survey if each.refused)
    if not tables:
        return answer
    texts = ", ".join(f"{table}{_where([each for each in of_survey if each.table == table])}" for table in tables)
    return replace(answer, left_out=(*answer.left_out, f"Standard tables that the data cannot fill: {texts}."))


def _where(tried: Sequence[Tried]) -> str:
    """Return for which chains and countries a table cannot be filled, nothing if for none it can."""
    if all(each.refused for each in tried):
        return ""
    texts = []
    for chain in dict.fromkeys(each.chain for each in tried if each.refused):
        alike = [each for each in tried if each.chain == chain]
        places = ", ".join(each.place for each in alike if each.refused)
        texts.append(chain if chain and all(each.refused for each in alike) else f"{chain}: {places}" if chain else places)
    return f" ({'; '.join(texts)})"


def unmasked(answers: Sequence[Answers]) -> tuple[Shown, ...]:
    """Return every table of a run before anything is withheld, to see which countries there are."""
    tables = [table for answer in answers for table in answer.tables]
    return tuple(Shown(table=each, published=Published(each.estimates, ("",) * len(each.estimates))) for each in tables)


@dataclass(slots=True)
class _Filling:
    """Fills layouts; what several tables share is made once.

    Attributes
    ----------
    plan : Plan
    places : sequence of Place
    tried : list of Tried
        Grows by the tables that were asked.
    """

    plan: Plan
    places: Sequence[Place]
    tried: list[Tried] = field(default_factory=list)
    _grown: dict[tuple[str, str, str, bool], Answered] = field(default_factory=dict)
    _before: dict[str, dict[str, Survey]] = field(default_factory=dict)

    def tables(self, shell: Shell, answer: Answers) -> Iterator[Standard]:
        """Give a standard table of one survey for each of its countries, and for each chain if it is about one."""
        plan = answer.prepared.plan
        by_country = COUNTRY in answer.prepared.survey.columns
        for place in self.places:
            if not by_country and plan.country != place.name:
                continue
            chains = _chains(answer) if shell.of_one_chain else ("",)
            if not chains:
                reason = (
                    f"Survey {plan.name!r}: the table is about one supply chain, and the data tell of none; name an exposure."
                )
                self.tried.append(Tried(plan.name, shell.name, "", place.name, reason))
            for chain in chains:
                tried = Tried(plan.name, shell.name, chain, place.name)
                try:
                    yield Standard(place=place, plan=plan, answered=self._answered(shell, answer, place, chain))
                except (ColumnError, DataError, DefinitionError) as error:
                    tried = replace(tried, refused=f"Survey {plan.name!r}: {error}")
                except OptionError as error:
                    raise ConfigError(f"Survey {plan.name!r}, standard table {shell.name!r}: {error}") from error
                self.tried.append(tried)

    def _answered(self, shell: Shell, answer: Answers, place: Place, chain: str) -> Answered:
        plan, survey = answer.prepared.plan, answer.prepared.survey
        if shell.of_rounds and plan.name not in self._before:
            self._before[plan.name] = earlier(self.plan, plan)
        alike = (plan.name, shell.definition, shell.exposure, shell.of_rounds)
        known = self._grown.get(alike)
        made = answered(
            shell,
            known.survey if known else survey,
            chain=chain,
            people={COUNTRY: place.name} if COUNTRY in survey.columns else {},
            before=known.before if known else self._before.get(plan.name),
            samples={each.name: each.samples for each in plan.before},
            law=self.plan.place(plan.law) if plan.law else None,
            classified=known is not None,
        )
        self._grown[alike] = made
        return made


def _chains(answer: Answers) -> tuple[str, ...]:
    """Return the supply chains of a survey: those of its plan, or all that the data speak of."""
    families = [survey.families.get("supply_chain") for survey in (answer.prepared.survey, answer.prepared.own) if survey]
    known = (tuple(family.members) for family in families if family is not None)
    return answer.prepared.plan.chains or next(known, ())


def masked_together(
    answers: Sequence[Answers], added: Sequence[Standard], *, publish: bool
) -> tuple[tuple[Shown, ...], tuple[tuple[tuple[str, ...], ...], ...]]:
    """Return every table of a run with what may be seen of it, and the reasons of the measures of each standard table.

    Tables of the same files are looked at together, whoever made them: what one withholds no other may show. A table of change draws on
    the files of the survey before, too.
    """
    people: dict[frozenset[str], list[Answers]] = {}
    for answer in answers:
        people.setdefault(frozenset(answer.prepared.plan.files), []).append(answer)
    told = [sources_of(each.answered, each.people) for each in added]
    for each, sources in zip(added, told, strict=True):
        for before, _ in sources:
            people.setdefault(each.files(before), [])
    reasons: dict[tuple[str, str], tuple[str, ...]] = {}
    of_sources: dict[tuple[int, int], tuple[str, ...]] = {}
    for files, group in people.items():
        tables = [table for answer in group for table in answer.tables if not table.source]
        beside = {
            (place, number): estimates
            for place, (each, sources) in enumerate(zip(added, told, strict=True))
            for number, (before, estimates) in enumerate(sources)
            if each.files(before) == files
        }
        standard = [added[place] for place in dict.fromkeys(place for place, _ in beside)]
        rules = Disclosure(
            nested=tuple(dict.fromkeys([*nested(group), *(pair for each in standard for pair in each.answered.nested)]))
        )
        surveys = [*(answer.prepared.survey for answer in group), *(each.answered.survey for each in standard)]
        overlapping = {name for survey in surveys for name in survey.families}
        found = iter(withheld([*map(of_people, tables), *beside.values()], overlapping=overlapping, rules=rules))
        reasons |= {_key(table): next(found) for table in tables}
        of_sources |= {source: next(found) for source in beside}
    of_standard = [
        tuple(reasons_from(each.answered, iter([of_sources[place, number] for number in range(len(sources))])))
        for place, (each, sources) in enumerate(zip(added, told, strict=True))
    ]
    every = [table for answer in answers for table in answer.tables]
    return _shown(every, reasons, publish=publish), tuple(of_standard)


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
