"""A layout filled from a survey: the estimates of each measure, the groups in the rows, and what the survey cannot answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prevalence import classify
from prevalence.classify.children._compare import nested
from prevalence.classify.standards import Standard
from prevalence.errors import ColumnError, DataError, DefinitionError, OptionError, listed
from prevalence.report.tables.standard.asking import Answer, Groups, ask, ask_change
from prevalence.report.tables.standard.families import expanded
from prevalence.report.tables.standard.features import EVERYONE, with_features
from prevalence.report.tables.standard.rounds import SAME, Before, harmonised, surveys_before
from prevalence.report.tables.standard.shells import CHAIN, INDICATOR, ROUND, Measure, Shell
from prevalence.rows import require_columns
from prevalence.survey import Survey

LAW = "{law}"
NORMALISED = "numbers of people need weights that are not normalised"
IN_CHAIN = ("in_employment", "child_labour", "hazardous_work")
Law = str | Path | Standard | None
Refused = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A layout with its estimates.

    Attributes
    ----------
    shell : Shell
        Its columns are those of the chain.
    chain : str
    survey : Survey
        With the columns that the table made.
    before : mapping of name to Survey
        Surveys before that were asked, with these columns.
    rows : tuple of str
        Dimensions of the rows that the survey has.
    across : str
    answers : tuple of Answer
    absent : tuple of str
        Dimensions of the layout that the survey does not have.
    refused : mapping of spanner and head to str
        Heads of the measures that the survey cannot answer, and why.
    nested : tuple of (str, str)
        Definitions of which everyone counted by one is counted by the other.
    """

    shell: Shell
    chain: str
    survey: Survey
    before: Mapping[str, Survey] = field(default_factory=dict)
    rows: tuple[str, ...]
    across: str
    answers: tuple[Answer, ...]
    absent: tuple[str, ...]
    refused: Mapping[tuple[str, str], str]
    nested: tuple[tuple[str, str], ...] = ()


def answered(
    shell: Shell,
    survey: Survey,
    *,
    chain: str = "",
    people: Mapping[str, str] | None = None,
    before: Before = None,
    samples: str | Mapping[str, str] = "auto",
    law: Law = None,
    classified: bool = False,
) -> Answered:
    """Return a layout with its estimates.

    Parameters
    ----------
    shell : Shell
    survey : Survey
    chain : str
        The supply chain that the layout's ``{chain}`` stands for.
    people : mapping of dimension to level, optional
        Whom the whole table is about, such as ``{"country": "XAA"}``; everyone else stays in the design.
    before : Survey, or mapping of name to Survey, optional
        Surveys that were made before, for tables of change.
    samples : {"auto", "independent", "shared", "replicates"}, or mapping of name to one of them
        How they are related to this one; see ``pv.baseline.change``.
    law : str, path or definition, optional
        Definition that the layout's ``{law}`` stands for.
    classified : bool
        Whether the surveys come from a layout that classifies alike, see `Answered`, and need not be classified again.

    Raises
    ------
    OptionError
        If the layout speaks of one chain and none is named.
    ColumnError
        If no measure can be answered, or `people` names a column that is not there.
    DataError
        If nobody has a known answer, or the layout speaks of a survey before or of national law and there is none.
    """
    people = people or {}
    shell = _of_chain(shell, chain)
    require_columns(survey.data, people)
    survey, lacking = _with_definitions(survey if classified else _classified(shell, survey), shell, law)
    survey = with_features(survey, _names(shell))
    shell = shell.model_copy(update={"measures": tuple(expanded(shell.measures, survey.columns, survey.codebook))})
    rows = tuple(name for name in shell.rows if name in _dimensions(survey) and name not in people)
    across = shell.across if shell.across in survey.columns else ""
    absent = [name for name in (*shell.rows, *filter(None, [shell.across])) if name not in (*rows, across, *people)]
    groups = Groups(rows=rows, across=across, people=people)
    askable, refused = _askable(shell.measures, survey, lacking)
    now = {place: measure for place, measure in askable.items() if not measure.of_rounds}
    survey, found = ask(survey, {place: measure for place, measure in now.items() if not measure.harmonised}, groups)
    answers = list(found.items())
    earlier = {place: measure for place, measure in askable.items() if measure.of_rounds}
    asked = surveys_before(before) if earlier else {}
    if earlier and not asked:
        raise DataError(f"Table {shell.name!r} needs the survey before, by the name of its year: before={{'2019': survey}}.")
    for name, old in asked.items():
        related = samples if isinstance(samples, str) else samples.get(name, "auto")
        old = old if classified else _classified(shell, old)
        survey, asked[name], more = _of_round(shell, survey, old, earlier, groups, refused, name=name, samples=related)
        answers += more
    if any(answer.measure.harmonised for _, answer in answers):
        survey, found = ask(survey, {place: measure for place, measure in now.items() if measure.harmonised}, groups)
        answers += found.items()
    answers.sort(key=lambda each: each[0])
    _check_filled(shell, [answer for _, answer in answers], refused, people)
    return Answered(
        shell=shell,
        chain=chain,
        survey=survey,
        before=asked,
        rows=rows,
        across=across,
        answers=tuple(answer for _, answer in answers),
        absent=tuple(absent),
        refused=refused,
        nested=nested(survey, [name for name in shell.definitions if name in survey.columns]),
    )


def _check_filled(shell: Shell, answers: Sequence[Answer], refused: Refused, people: Mapping[str, str]) -> None:
    """Raise an error if nothing of a layout can be answered, or nobody has answered."""
    if refused and all(answer.measure.statistic == "count" for answer in answers):
        raise ColumnError(
            f"Table {shell.name!r} cannot be filled: {'; '.join(dict.fromkeys(refused.values()))}. "
            "Load or classify the columns first; pv.report.standard_tables() says what each table asks for."
        )
    if not any((answer.estimates.numbers.n > 0).any() for answer in answers):
        whom = " and ".join(f"{name} {level!r}" for name, level in people.items()) or "the survey"
        raise DataError(
            f"Table {shell.name!r} needs people with a known answer; {whom} has none. Check the levels with pv.distribution."
        )


def _reason(name: str, error: Exception) -> str:
    """Return why a survey before cannot be classified again."""
    return str(error) if str(error) == SAME else f"{name}: {error}"


def _of_round(
    shell: Shell,
    survey: Survey,
    before: Survey,
    measures: Mapping[int, Measure],
    groups: Groups,
    refused: Refused,
    *,
    name: str,
    samples: str,
) -> tuple[Survey, Survey, list[tuple[int, Answer]]]:
    """Return the answers of a survey before and the changes since, by place; `refused` grows by what cannot be asked."""
    require_columns(before.data, groups.people)
    old = with_features(before, _names(shell))
    found: list[tuple[int, Answer]] = []
    for again in (False, True):
        wanted = {place: measure for place, measure in measures.items() if measure.harmonised is again}
        try:
            asked = harmonised(old, survey) if again and wanted else old
        except (ColumnError, DefinitionError) as error:
            refused |= {(measure.spanner, ""): _reason(name, error) for measure in wanted.values()}
            continue
        if again and shell.exposure == "own":
            asked = _in_chains(asked)
        askable, lacking = _askable(wanted, asked, {})
        refused |= {head: f"{name}: {reason}" for head, reason in lacking.items()}
        shared = groups.known_to(asked)
        asked, answers = ask(asked, {p: measure for p, measure in askable.items() if measure.round}, shared, name)
        found += answers.items()
        for place, measure in askable.items():
            if ROUND in measure.between:
                survey, asked, change = ask_change(survey, asked, measure, shared, name=name, samples=samples)
                found.append((place, change))
    return survey, old, found


def _of_chain(shell: Shell, chain: str) -> Shell:
    """Return a layout whose columns are those of a chain; its texts are filled in when they are printed, in their language."""
    if not shell.of_one_chain:
        return shell
    if not chain:
        raise OptionError(f"Table {shell.name!r} is about one supply chain: name it with chain=, for example chain='cocoa'.")
    measures = [
        measure.model_copy(
            update={
                "variable": measure.variable.replace(CHAIN, chain),
                "among": measure.among.replace(CHAIN, chain) if isinstance(measure.among, str) else measure.among,
                "between": {name: tuple(level.replace(CHAIN, chain) for level in pair) for name, pair in measure.between.items()},
            }
        )
        for measure in shell.measures
    ]
    return shell.model_copy(update={"name": f"{shell.name}-{chain.replace('_', '-')}", "measures": tuple(measures)})


def _classified(shell: Shell, survey: Survey) -> Survey:
    """Return the survey classified as the table fixes it; what the survey says already stays where the table leaves it open."""
    if shell.definition and _recorded(survey, "child_labour") != shell.definition:
        survey = classify.child_labour(survey, definition=shell.definition)
    family = survey.families.get("supply_chain")
    if shell.exposure and (family is None or family.exposure != shell.exposure):
        survey = classify.supply_chain(survey, exposure=shell.exposure)
    return _in_chains(survey) if shell.exposure == "own" else survey


def _in_chains(survey: Survey) -> Survey:
    """Return the survey with the indicators in each chain."""
    for name in IN_CHAIN:
        if name in survey.columns:
            survey = classify.in_chain(survey, name)
    return survey


def _with_definitions(survey: Survey, shell: Shell, law: Law) -> tuple[Survey, dict[str, str]]:
    """Return the survey with the definitions that a layout compares, and why it cannot have the others."""
    lacking: dict[str, str] = {}
    if law is None and LAW in shell.definitions.values():
        raise DataError(
            f"Table {shell.name!r} needs the country's law as a definition of child labour: law='national:GHA' (ISO3 code), what "
            "pv.classify.national_definition returns, or the path of a file."
        )
    for column, name in shell.definitions.items():
        try:
            survey = classify.compare(survey, {column: law if name == LAW and law is not None else name})
        except (ColumnError, DataError, DefinitionError) as error:
            lacking[column] = str(error)
    return survey, lacking


def _recorded(survey: Survey, indicator: str) -> str:
    definition = survey.provenance.definitions.get(indicator)
    return "" if definition is None else definition.name


def _names(shell: Shell) -> list[str]:
    """Return the columns that a layout asks for, those of its dimensions and people among them."""
    found = [EVERYONE, *shell.rows]
    for measure in shell.measures:
        found += [measure.variable] if measure.statistic != "count" else []
        found += [measure.among] if isinstance(measure.among, str) else measure.among
        found += [*measure.at, *measure.between]
    return [name for name in found if name]


def _dimensions(survey: Survey) -> set[str]:
    return {*survey.columns, *survey.families}


def _askable(
    measures: Mapping[int, Measure] | Sequence[Measure], survey: Survey, lacking: Mapping[str, str]
) -> tuple[dict[int, Measure], Refused]:
    """Return the measures that the survey can answer by place, and why it cannot answer the others."""
    askable: dict[int, Measure] = {}
    refused: Refused = {}
    normalised = survey.design.weight_scale == "normalised" and survey.design.population is None
    for place, measure in measures.items() if isinstance(measures, Mapping) else enumerate(measures):
        absent = sorted(_wanted(measure) - _dimensions(survey))
        known = [lacking[name] for name in absent if name in lacking]
        if absent:
            refused[_named(measure)] = known[0] if known else f"no column {listed(absent)}"
        elif measure.statistic == "total" and normalised:
            refused[_named(measure)] = NORMALISED
        else:
            askable[place] = measure
    return askable, refused


def _wanted(measure: Measure) -> set[str]:
    """Return the columns without which a measure cannot be asked."""
    among = [measure.among] if isinstance(measure.among, str) else [*measure.among]
    compared = [*measure.between.get(INDICATOR, ()), *(name for name in measure.between if name not in (INDICATOR, ROUND))]
    return {name for name in (measure.variable, *among, *measure.at, *compared) if name}


def _named(measure: Measure) -> tuple[str, str]:
    return measure.spanner, measure.head
