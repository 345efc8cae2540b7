"""A layout filled from a survey: the estimates of each measure, the groups in the rows, and what the survey cannot answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prevalence import classify
from prevalence.errors import ColumnError, DataError, OptionError, listed
from prevalence.estimates import Estimates
from prevalence.estimators import distribution, mean, prevalence, total
from prevalence.report.tables.standard.features import EVERYONE, with_features, with_part
from prevalence.report.tables.standard.shells import Measure, Shell
from prevalence.rows import require_columns
from prevalence.survey import Survey

CHAIN = "{chain}"
NORMALISED = "numbers of people need weights that are not normalised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A measure and its estimates: one row a group of people and level across, for a distribution one a level of it too."""

    measure: Measure
    estimates: Estimates


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
    rows : tuple of str
        Dimensions of the rows that the survey has.
    across : str
    answers : tuple of Answer
    absent : tuple of str
        Dimensions of the layout that the survey does not have.
    refused : mapping of spanner and head to str
        Heads of the measures that the survey cannot answer, and why.
    """

    shell: Shell
    chain: str
    survey: Survey
    rows: tuple[str, ...]
    across: str
    answers: tuple[Answer, ...]
    absent: tuple[str, ...]
    refused: Mapping[tuple[str, str], str]


def answered(shell: Shell, survey: Survey, *, chain: str = "", people: Mapping[str, str] | None = None) -> Answered:
    """Return a layout with its estimates.

    Parameters
    ----------
    shell : Shell
    survey : Survey
    chain : str
        The supply chain that the layout's ``{chain}`` stands for.
    people : mapping of dimension to level, optional
        Whom the whole table is about, such as ``{"country": "XAA"}``; everyone else stays in the design.

    Raises
    ------
    OptionError
        If the layout speaks of one chain and none is named.
    ColumnError
        If no measure can be answered, or `people` names a column that is not there.
    DataError
        If nobody has a known answer.
    """
    shell = _of_chain(shell, chain)
    require_columns(survey.data, people or {})
    survey = with_features(_classified(shell, survey), _names(shell))
    rows = tuple(name for name in shell.rows if name in _dimensions(survey) and name not in (people or {}))
    across = shell.across if shell.across in survey.columns else ""
    absent = [name for name in (*shell.rows, *filter(None, [shell.across])) if name not in (*rows, across, *(people or {}))]
    askable, refused = _askable(shell, survey)
    if refused and all(measure.statistic == "count" for measure in askable):
        raise ColumnError(
            f"Table {shell.name!r} cannot be filled: {'; '.join(dict.fromkeys(refused.values()))}. "
            "Load or classify the columns first; pv.report.standard_tables() says what each table asks for."
        )
    survey, found = _estimated(survey, askable, rows, across, people or {})
    if not any((answer.estimates.numbers.n > 0).any() for answer in found):
        whom = " and ".join(f"{name} {level!r}" for name, level in (people or {}).items()) or "the survey"
        raise DataError(
            f"Table {shell.name!r} needs people with a known answer; {whom} has none. Check the levels with pv.distribution."
        )
    return Answered(
        shell=shell, chain=chain, survey=survey, rows=rows, across=across, answers=found, absent=tuple(absent), refused=refused
    )


def _of_chain(shell: Shell, chain: str) -> Shell:
    """Return a layout whose columns are those of a chain; its texts are filled in when they are printed, in their language."""
    if CHAIN not in shell.model_dump_json():
        return shell
    if not chain:
        raise OptionError(f"Table {shell.name!r} is about one supply chain: name it with chain=, for example chain='cocoa'.")
    measures = [
        measure.model_copy(
            update={
                "variable": measure.variable.replace(CHAIN, chain),
                "among": measure.among.replace(CHAIN, chain) if isinstance(measure.among, str) else measure.among,
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
    if shell.exposure == "own":
        for indicator in ("in_employment", "child_labour", "hazardous_work"):
            if indicator in survey.columns:
                survey = classify.in_chain(survey, indicator)
    return survey


def _recorded(survey: Survey, indicator: str) -> str:
    definition = survey.provenance.definitions.get(indicator)
    return "" if definition is None else definition.name


def _names(shell: Shell) -> list[str]:
    measures = [measure.variable for measure in shell.measures if measure.statistic != "count"]
    parts = [measure.among for measure in shell.measures if isinstance(measure.among, str) and measure.among]
    return [EVERYONE, *measures, *parts, *shell.rows]


def _dimensions(survey: Survey) -> set[str]:
    return {*survey.columns, *survey.families}


def _askable(shell: Shell, survey: Survey) -> tuple[list[Measure], dict[tuple[str, str], str]]:
    """Return the measures that the survey can answer, and why it cannot answer the others."""
    askable: list[Measure] = []
    refused: dict[tuple[str, str], str] = {}
    normalised = survey.design.weight_scale == "normalised" and survey.design.population is None
    for measure in shell.measures:
        wanted = {*([measure.among] if isinstance(measure.among, str) and measure.among else measure.among)}
        absent = sorted((wanted | ({measure.variable} - {""})) - _dimensions(survey))
        if absent:
            refused[_named(measure)] = f"no column {listed(absent)}"
        elif measure.statistic == "total" and normalised:
            refused[_named(measure)] = NORMALISED
        else:
            askable.append(measure)
    return askable, refused


def _named(measure: Measure) -> tuple[str, str]:
    return measure.spanner, measure.head


def _estimated(
    survey: Survey, measures: Sequence[Measure], rows: Sequence[str], across: str, people: Mapping[str, str]
) -> tuple[Survey, tuple[Answer, ...]]:
    """Return the estimates of each measure; measures of one statistic and the same people share a pass over the rows."""
    sides = [across] if across else []
    by = [sides, *([name, *sides] for name in rows)]
    found: dict[int, Estimates] = {}
    groups: dict[tuple[str, str], list[int]] = {}
    for place, measure in enumerate(measures):
        survey, part = _part(survey, measure.among, people)
        alone = f"{place}" if measure.statistic == "distribution" else ""
        groups.setdefault((f"{measure.statistic}{alone}", part), []).append(place)
    for (_, part), places in groups.items():
        among = part or None
        statistic = measures[places[0]].statistic
        variables = [EVERYONE if statistic == "count" else measures[place].variable for place in places]
        names = list(dict.fromkeys(variables))
        if statistic == "distribution":
            estimates = distribution(survey, names[0], by=by, among=among, margins=sides)
        else:
            ask = {"prevalence": prevalence, "total": total, "mean": mean, "count": mean}[statistic]
            estimates = ask(survey, names, by=by, among=among, margins=sides)
        for place, name in zip(places, variables, strict=True):
            found[place] = estimates if len(names) == 1 else estimates.select(indicator=name)
    return survey, tuple(Answer(measure=measure, estimates=found[place]) for place, measure in enumerate(measures))


def _part(survey: Survey, among: Mapping[str, str] | str, people: Mapping[str, str]) -> tuple[Survey, str]:
    """Return the survey with the column of the people that a measure is asked of, and its name; empty for everyone."""
    if isinstance(among, str):
        return with_part(survey, people, within=among) if people else (survey, among)
    levels = {**people, **among}
    return with_part(survey, levels) if levels else (survey, "")
