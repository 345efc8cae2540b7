"""The configuration of the main job: a TOML file, checked whole before anything is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from prevalence.baseline import Goal
from prevalence.classify import definitions, read_definition
from prevalence.classify.chains.table import chain_table
from prevalence.errors import PrevalenceError, listed, suggestion
from prevalence.formulas.interval import RECOMMENDED, ProportionMethod
from prevalence.job.reporting.plan import ReportPlan
from prevalence.loaders import profiles
from prevalence.toml_files import TomlTable, read

Measure = Literal["child_labour", "forced_labour"]
KINDS: dict[str, str] = {"child_labour": "child-labour", "forced_labour": "forced-labour"}
NATIONAL = "national:"


class RecordPlan(TomlTable):
    """What a baseline record says of a survey beside its numbers: ``[surveys.record]``; see `prevalence.baseline.create`.

    Attributes
    ----------
    universe, reference_period : str
    base_year : float
    survey, age_range, respondent, frame, weight_calibration_totals : str
    fieldwork : pair of dates, optional
    response_rate : float, optional
    by : tuple of tuple of str
        Crossings beside those of the report; they are tables of the report too.
    goal : Goal, optional
    private : bool
        Whether the private part, with unit scores and hashed labels, is written beside the record. It is new in every run.
    """

    universe: Annotated[str, Field(min_length=1)]
    reference_period: Annotated[str, Field(min_length=1)]
    base_year: Annotated[float, Field(gt=1900, lt=2200)]
    survey: str = ""
    age_range: str = ""
    respondent: str = ""
    frame: str = ""
    weight_calibration_totals: str = ""
    fieldwork: tuple[date, date] | None = None
    response_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    by: tuple[tuple[str, ...], ...] = ()
    goal: Goal | None = None
    private: Annotated[bool, Field(strict=True)] = False


class FilesPlan(TomlTable):
    """Which files make a survey, and how they are read.

    Attributes
    ----------
    files : tuple of str
        Paths relative to the configuration; several files are stacked.
    profile : str
        Shipped profile, or path of one's own TOML file relative to the configuration.
    """

    files: tuple[str, ...]
    profile: str

    @field_validator("files")
    @classmethod
    def _files_exist(cls, files: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not files:
            raise ValueError("files must name at least one file; found an empty list.")
        absent = [file for file in files if not (folder_of(info) / file).is_file()]
        if absent:
            beside = (folder_of(info) / absent[0]).parent
            near = [path.name for path in sorted(beside.iterdir())] if beside.is_dir() else []
            raise ValueError(
                f"no such file: {listed(absent)}; paths start from the folder of the configuration."
                f"{suggestion(Path(absent[0]).name, near)}"
            )
        return files

    @field_validator("profile")
    @classmethod
    def _profile_exists(cls, profile: str, info: ValidationInfo) -> str:
        return _known(profile, [shipped.name for shipped in profiles()], "profile", info)


class EarlierPlan(FilesPlan):
    """A survey made before, of which standard tables of change speak: ``[[surveys.before]]``.

    Attributes
    ----------
    name : str
        Name in the tables, such as the year.
    definition : str, optional
        Definition of child labour that was official then; by default that of the survey.
    samples : {"auto", "independent", "shared", "replicates"}
        How its sample is related to that of the survey; see `prevalence.baseline.change`. Must be said if both have units of one name.
    """

    name: Annotated[str, Field(min_length=1)]
    definition: str | None = None
    samples: Literal["auto", "independent", "shared", "replicates"] = "auto"

    @field_validator("definition")
    @classmethod
    def _definition_exists(cls, definition: str | None, info: ValidationInfo) -> str | None:
        return definition and _known_definition(definition, ["child_labour"], "definition", info)


class SurveyPlan(FilesPlan):
    """One survey: which files, how they are read, what is measured.

    Attributes
    ----------
    name : str
        Name in the results.
    measure : {"child_labour", "forced_labour"}
    definition : str
        Name of the standard, ``"national:<country>"``, or path of one's own TOML file relative to the configuration.
    exposure : {"household", "area", "own"}, optional
        What "in the supply chain" means; without it there are no tables by chain.
    chains : tuple of str, optional
        Supply chains to show; by default all that the data can speak of.
    country : str
        Name of the country where the files have no column for it.
    record : RecordPlan, optional
        Without it there is no baseline record.
    before : tuple of EarlierPlan
        Surveys made before, for standard tables of change.
    law : str, optional
        National law as a definition of child labour, for standard tables that compare it: ``"national:<country>"``, or path of one's own TOML file.
    """

    name: str
    measure: Measure
    definition: str
    exposure: Literal["household", "area", "own"] | None = None
    chains: tuple[str, ...] | None = None
    country: str = ""
    record: RecordPlan | None = None
    before: tuple[EarlierPlan, ...] = ()
    law: str | None = None

    @field_validator("name")
    @classmethod
    def _name_suits_files(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
            raise ValueError(f"name becomes part of file names and may hold letters, digits, '-' and '_'; found {name!r}.")
        return name

    @field_validator("definition")
    @classmethod
    def _definition_exists(cls, definition: str, info: ValidationInfo) -> str:
        return _known_definition(
            definition, [info.data["measure"]] if "measure" in info.data else list(KINDS), "definition", info
        )

    @field_validator("before")
    @classmethod
    def _names_differ(cls, before: tuple[EarlierPlan, ...], info: ValidationInfo) -> tuple[EarlierPlan, ...]:
        _check_children("before", info, given=bool(before))
        names = [survey.name for survey in before]
        if len(set(names)) < len(names):
            raise ValueError(f"each survey before needs a name of its own; found {listed(names, limit=8)}.")
        return before

    @field_validator("law")
    @classmethod
    def _law_exists(cls, law: str | None, info: ValidationInfo) -> str | None:
        _check_children("law", info, given=law is not None)
        return law and _known_definition(law, ["child_labour"], "law", info)

    @field_validator("chains")
    @classmethod
    def _chains_exist(cls, chains: tuple[str, ...] | None) -> tuple[str, ...] | None:
        known = chain_table().names
        for chain in chains or ():
            if chain not in known:
                raise ValueError(f"unknown supply chain {chain!r}.{suggestion(chain, known)} Known are {listed(known, limit=8)}.")
        return chains


class Config(TomlTable):
    """A whole configuration.

    Attributes
    ----------
    title : str
        Title of the report.
    publish : bool
        Whether weak and small cells are withheld.
    interval : str
        Method of the intervals of proportions.
    number_interval : str
        Method of the intervals of numbers of people.
    level : float
        Confidence of both.
    surveys : tuple of SurveyPlan
    report : ReportPlan, optional
        How the statistical report of ``prevalence report`` looks.
    """

    title: str
    publish: Annotated[bool, Field(strict=True)] = True
    interval: ProportionMethod = RECOMMENDED
    number_interval: Literal["log", "wald"] = "log"
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    surveys: tuple[SurveyPlan, ...]
    report: ReportPlan | None = None

    @field_validator("surveys")
    @classmethod
    def _surveys_differ(cls, surveys: tuple[SurveyPlan, ...]) -> tuple[SurveyPlan, ...]:
        if not surveys:
            raise ValueError("surveys must hold at least one [[surveys]]; found none.")
        names = [survey.name for survey in surveys]
        if len(set(names)) < len(names):
            raise ValueError(f"each survey needs a name of its own; found {listed(names, limit=8)}.")
        together: dict[str, frozenset[str]] = {}
        for plan in [plan for survey in surveys for plan in (survey, *survey.before)]:
            for file in plan.files:
                if together.setdefault(Path(file).as_posix(), frozenset(plan.files)) != frozenset(plan.files):
                    raise ValueError(
                        f"{file!r} stands in two surveys beside different files: the difference of their tables would reveal small cells. "
                        "Give both the same files, or put them into two configurations."
                    )
        return surveys


@dataclass(frozen=True, slots=True)
class Plan:
    """A configuration, the folder that its paths start from, and its text."""

    config: Config
    folder: Path
    text: str = ""

    def place(self, name: str) -> str | Path:
        """Return a file of the configuration's folder; the name of something shipped stays a name."""
        return self.folder / name if name.endswith(".toml") else name


def read_config(path: str | Path) -> Plan:
    """Return a configuration, checked.

    Raises
    ------
    ConfigError
        If the file is absent, no TOML or faulty; the message lists all faults with their lines.
    """
    file = Path(path)
    return Plan(read(file, Config, "configuration", context=file.parent), file.parent, file.read_text(encoding="utf-8-sig"))


def folder_of(info: ValidationInfo) -> Path:
    """Return the folder that paths start from."""
    return Path(info.context or ".")


def _known_definition(definition: str, measures: Sequence[str], what: str, info: ValidationInfo) -> str:
    """Return the name of a definition of one of `measures`, of a country's law, or of a file."""
    if definition.startswith(NATIONAL):
        try:
            read_definition(definition)
        except PrevalenceError as error:
            raise ValueError(str(error)) from error
        return definition
    entries = [entry for measure in measures for entry in definitions(KINDS[measure]) if entry.name != NATIONAL.rstrip(":")]
    return _known(definition, dict.fromkeys(name for entry in entries for name in (entry.name, *entry.ids)), what, info)


def _check_children(key: str, info: ValidationInfo, *, given: bool) -> None:
    """Raise if a key of standard tables about child labour is given in a survey of something else."""
    if given and info.data.get("measure", "child_labour") != "child_labour":
        raise ValueError(f"{key} is for surveys with measure = 'child_labour'; found {info.data['measure']!r}. Remove the key.")


def _known(name: str, known: Iterable[str], what: str, info: ValidationInfo) -> str:
    names = list(known)
    if name.endswith(".toml"):
        if not (folder_of(info) / name).is_file():
            raise ValueError(f"no such file: {name!r}; paths start from the folder of the configuration.")
    elif name not in names:
        raise ValueError(
            f"{what} must be one of {listed(names, limit=len(names))}, or the path of a .toml file; found {name!r}.{suggestion(name, names)}"
        )
    return name
