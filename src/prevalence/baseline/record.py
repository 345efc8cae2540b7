"""What a baseline record holds, field by field: the model from which its published schema is made."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCHEMA = "prevalence/baseline-record/1"
STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)

Text = Annotated[str, Field(min_length=1)]
Number = float | None
TargetKind = Literal["level", "rate-reduction", "count-reduction"]


class Part(BaseModel):
    """A part of a record: unknown keys are faults."""

    model_config = STRICT


class What(Part):
    """What is counted.

    Attributes
    ----------
    indicator_code : str
        Column of the indicator, such as ``child_labour``.
    definition_id, definition_version, definition_title, definition_source, definition_status : str
    production_boundary : str
        ``sna``, ``general``, or empty where the definition has none.
    hours_thresholds : tuple of str
        One an age band, with operators.
    hazard_rule, missing_rule : str
        How hazardous work is read, and what unknown answers count as.
    """

    indicator_code: Text
    definition_id: Text
    definition_version: str = ""
    definition_title: str = ""
    definition_source: str = ""
    definition_status: str = ""
    production_boundary: str = ""
    hours_thresholds: tuple[str, ...] = ()
    hazard_rule: str = ""
    missing_rule: str = ""


class Whom(Part):
    """Of whom, asked whom, about when.

    Attributes
    ----------
    universe : str
        All children, or agricultural households in cocoa areas, for example.
    age_range : str
    respondent : str
        ``child`` or ``proxy``, say.
    reference_period : str
        Week, 12 months, season.
    """

    universe: Text
    reference_period: Text
    age_range: str = ""
    respondent: str = ""


class When(Part):
    """When the answers were given; `base_year` is the middle of the field work, so 2021.5 is allowed."""

    base_year: Annotated[float, Field(gt=1900, lt=2200)]
    fieldwork_start: date | None = None
    fieldwork_end: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.fieldwork_start and self.fieldwork_end and self.fieldwork_end < self.fieldwork_start:
            raise ValueError(f"fieldwork must end after it starts; found {self.fieldwork_start} to {self.fieldwork_end}")
        return self

    @property
    def months(self) -> frozenset[int]:
        """Months of the year in which there was field work; empty if that is not known."""
        if self.fieldwork_start is None or self.fieldwork_end is None:
            return frozenset()
        first = 12 * self.fieldwork_start.year + self.fieldwork_start.month - 1
        last = 12 * self.fieldwork_end.year + self.fieldwork_end.month - 1
        return frozenset(month % 12 + 1 for month in range(first, last + 1))


class How(Part):
    """How the sample was drawn and answered, and what it gives for everyone in scope.

    `number_ci_method` is empty where there are no numbers of people; records of before it was written have t limits.
    """

    country: str = ""
    survey: str = ""
    frame: str = ""
    design: str = ""
    weight_scale: Literal["population", "normalised"] = "population"
    weight_calibration_totals: str = ""
    response_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    n_children: int | None = None
    n_cases: int | None = None
    n_psu: int | None = None
    n_strata: int | None = None
    df: Number = None
    deff: Number = None
    ci_method: str
    ci_level: Annotated[float, Field(gt=0, lt=1)]
    number_ci_method: str = "wald"


class Goal(Part):
    """What is to be reached.

    Attributes
    ----------
    target : float
        The rate to be reached, or the share by which rate or count is to fall.
    kind : {"level", "rate-reduction", "count-reduction"}
    year : float
    ending : float, optional
        For a target of 0, or a reduction by 1: the value that counts as ended.
    """

    target: Annotated[float, Field(ge=0, le=1)]
    kind: TargetKind = "level"
    year: Annotated[float, Field(gt=1900, lt=2200)]
    ending: Annotated[float, Field(gt=0)] | None = None


class File(Part):
    """A file that was read."""

    name: str
    sha256: str
    rows: int


class Proof(Part):
    """From what, and with what, the numbers were made."""

    files: tuple[File, ...] = ()
    configuration_sha256: str = ""
    profile: str = ""
    software: dict[str, str] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Figure(Part):
    """A rate or a number of people; empty where it is withheld or cannot be had."""

    estimate: Number = None
    se: Number = None
    ci_low: Number = None
    ci_high: Number = None
    cv: Number = None


class Cell(Part):
    """One cell of a crossing; a dimension that its table lacks is ``All``."""

    levels: dict[str, str]
    rate: Figure
    number: Figure | None = None
    n: Number = None
    cases: Number = None
    missing: Number = None
    n_psu: Number = None
    df: Number = None
    deff: Number = None
    weighted: Number = None
    population: Number = None
    flag: str = ""
    withheld: str = ""


class Record(Part):
    """A baseline record.

    Attributes
    ----------
    form : str
        ``"schema"`` in the file.
    tables : tuple of tuple of str
        The crossings.
    correlation : tuple of tuple of float, optional
        Of the rates of all cells, lower triangle, row by row, where the record was asked to publish it.
    """

    form: Annotated[Literal["prevalence/baseline-record/1"], Field(alias="schema")] = "prevalence/baseline-record/1"
    what: What
    whom: Whom
    when: When
    how: How
    goal: Goal | None = None
    tables: tuple[tuple[str, ...], ...]
    cells: Annotated[tuple[Cell, ...], Field(min_length=1)]
    correlation: tuple[tuple[float, ...], ...] | None = None
    proof: Proof = Proof()

    @model_validator(mode="after")
    def _cells_fit(self) -> Self:
        names = self.dimensions
        wrong = [place for place, cell in enumerate(self.cells) if tuple(cell.levels) != names]
        if wrong:
            raise ValueError(
                f"every cell must have the levels {list(names)}; cell {wrong[0]} has {list(self.cells[wrong[0]].levels)}"
            )
        seen = {tuple(cell.levels.values()) for cell in self.cells}
        if len(seen) < len(self.cells):
            raise ValueError(f"each cell must stand once; {len(self.cells) - len(seen)} are repeated")
        return self

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Dimensions of all crossings, in order."""
        return tuple(dict.fromkeys(name for table in self.tables for name in table))
