"""The configuration of a plan: a TOML file, checked whole before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from prevalence.errors import listed, suggestion
from prevalence.plan.targets import Target
from prevalence.toml_files import TomlTable, read

Share = Annotated[float, Field(gt=0, le=1)]
Correlation = Annotated[float, Field(ge=0, lt=1)]


class InterviewsTable(TomlTable):
    """Who is interviewed: ``[interviews]``.

    Attributes
    ----------
    households_per_cluster : int
    who : {"one", "all"}
    children : tuple of float
        Shares of households with 0, 1, 2, ... children of the age.
    response : float
    weighting : float
    """

    households_per_cluster: Annotated[int, Field(ge=1)]
    who: Literal["one", "all"] = "one"
    children: tuple[float, ...]
    response: Share = 1.0
    weighting: Annotated[float, Field(ge=1)] = 1.0


class ClusteringTable(TomlTable):
    """Intra-class correlations that are known: ``[clustering]``."""

    icc: Correlation
    household_icc: Correlation = 0.0


class EarlierTable(TomlTable):
    """An earlier round from which correlations, and rates that no target gives, are estimated: ``[earlier]``.

    Attributes
    ----------
    files : tuple of str
    profile : str
        Shipped profile, or path of one's own TOML file.
    measure : {"child_labour", "forced_labour"}
    definition : str
    household : tuple of str
        Columns that name a household, for surveys of several people in it.
    by, domain : str
        A column, and the level of it that is planned for: one country of several, say.
    """

    files: tuple[str, ...]
    profile: str
    measure: Literal["child_labour", "forced_labour"]
    definition: str
    household: tuple[str, ...] = ()
    by: str = ""
    domain: str = ""

    @field_validator("files")
    @classmethod
    def _files_exist(cls, files: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for file in files:
            _check_file(file, info)
        if not files:
            raise ValueError("files must name at least one file; found an empty list.")
        return files

    @model_validator(mode="after")
    def _pairs(self) -> EarlierTable:
        if bool(self.by) != bool(self.domain):
            raise ValueError("by and domain go together: by names the column, domain the level of it that is planned for.")
        return self


class FrameTable(TomlTable):
    """The list of areas to draw from: ``[frame]``.

    Attributes
    ----------
    file : str
        CSV.
    unit, stratum, size : str
        Columns: name of the area, its stratum, its households in the census.
    order : tuple of str
    """

    file: str
    unit: str
    stratum: str = "stratum"
    size: str = "households"
    order: tuple[str, ...] = ()

    @field_validator("file")
    @classmethod
    def _file_exists(cls, file: str, info: ValidationInfo) -> str:
        return _check_file(file, info)


class StrataTable(TomlTable):
    """The strata, where they do not follow from the frame: ``[strata]`` with a CSV that `sample_plan` can read."""

    file: str

    @field_validator("file")
    @classmethod
    def _file_exists(cls, file: str, info: ValidationInfo) -> str:
        return _check_file(file, info)


class AllocationTable(TomlTable):
    """How clusters are laid out over strata: ``[allocation]``."""

    method: Literal["proportional", "square-root", "power", "equal", "neyman"] = "proportional"
    exponent: Annotated[float, Field(ge=0, le=1)] = 0.5
    minimum_clusters: Annotated[int, Field(ge=2)] = 2


class TargetTable(TomlTable):
    """One thing to achieve: ``[[targets]]``, with the keys of `Target`; without ``rate`` that of the earlier round is taken."""

    indicator: str
    rate: float | str | None = None
    by: str | None = None
    cv: float | None = None
    margin: float | None = None
    relative_margin: float | None = None
    change: float | None = None
    share: float = 1.0
    group: str = ""
    icc: Correlation | None = None
    household_icc: Correlation | None = None
    overlap: float = 0.0
    correlation: float = 0.0
    power: float = 0.8
    level: float = 0.95
    sides: int = 2

    @model_validator(mode="after")
    def _is_target(self) -> TargetTable:
        # A rate that is not known yet is stood in for by a column, which is not looked up here.
        self.target(self.rate if self.rate is not None else "rate")
        return self

    def target(self, rate: float | str) -> Target:
        """Return the target with a rate."""
        return Target(**{**self.model_dump(), "rate": rate})


class PlanConfig(TomlTable):
    """A whole configuration.

    Attributes
    ----------
    title : str
    seed : int
        Of the selection of areas.
    interviews : InterviewsTable
    clustering, earlier : ClusteringTable, EarlierTable
        One of the two.
    allocation : AllocationTable
    strata, frame : StrataTable, FrameTable
        One of the two, or both. Without a frame there is no list of field work.
    targets : tuple of TargetTable
    """

    title: str
    seed: Annotated[int, Field(ge=0)] = 1
    interviews: InterviewsTable
    clustering: ClusteringTable | None = None
    earlier: EarlierTable | None = None
    allocation: AllocationTable = AllocationTable()
    strata: StrataTable | None = None
    frame: FrameTable | None = None
    targets: tuple[TargetTable, ...]

    @model_validator(mode="after")
    def _whole(self) -> PlanConfig:
        if (self.clustering is None) == (self.earlier is None):
            raise ValueError(
                "give [clustering] with the intra-class correlation, or [earlier] with a round to estimate it from; exactly one."
            )
        if self.strata is None and self.frame is None:
            raise ValueError("give [frame] with the list of areas, or [strata] with the households of each stratum.")
        if not self.targets:
            raise ValueError("targets must hold at least one [[targets]]; found none.")
        without = [target.indicator for target in self.targets if target.rate is None]
        if without and self.earlier is None:
            raise ValueError(f"targets need a rate where there is no [earlier] round; not so for {listed(without)}.")
        return self


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A configuration and the folder that its paths start from."""

    config: PlanConfig
    folder: Path

    def place(self, name: str) -> str | Path:
        """Return a file of the configuration's folder; the name of something shipped stays a name."""
        return self.folder / name if name.endswith(".toml") else name


def read_plan(path: str | Path) -> PlanFile:
    """Return a configuration, checked.

    Raises
    ------
    ConfigError
        If the file is absent, no TOML or faulty; the message lists all faults with their lines.
    """
    file = Path(path)
    return PlanFile(read(file, PlanConfig, "plan", context=file.parent), file.parent)


def _check_file(file: str, info: ValidationInfo) -> str:
    folder = Path(info.context or ".")
    if not (folder / file).is_file():
        beside = (folder / file).parent
        near = [path.name for path in sorted(beside.iterdir())] if beside.is_dir() else []
        raise ValueError(f"no such file: {file!r}; paths start from the folder of the plan.{suggestion(Path(file).name, near)}")
    return file
