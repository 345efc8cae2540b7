"""What is asked of a pass and what it gives: plain frozen records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from prevalence.formulas.adjusted import Adjusted
from prevalence.formulas.replication import Factors
from prevalence.rows import Floats
from prevalence.survey import Survey
from prevalence.totals import Columns, Totals, Units


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is summed.

    Attributes
    ----------
    y : str
        Column of the outcome.
    x : str, optional
        Column of the denominator; without it every row with a known outcome counts 1.
    binary : bool
        Whether y must be 0, 1 or missing.
    unknown : str, optional
        0/1 column that marks rows whose answer is unknown; without it these are the rows where y (or x) is missing.
    """

    y: str
    x: str | None = None
    binary: bool = False
    unknown: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the outcome names."""
        return tuple(name for name in (self.y, self.x, self.unknown) if name)

    @property
    def own_square(self) -> bool:
        """Whether squares are the values themselves: a 0/1 outcome of people."""
        return self.binary and self.x is None


@dataclass(frozen=True, slots=True)
class Dimension:
    """How the stored cells of one dimension become its levels and the margin.

    Attributes
    ----------
    name : str
    levels : tuple
        Values of the levels in display order.
    labels : tuple of str
        Their texts.
    cells : sparse 0/1 array, shape (stored cells, levels + 1)
        The last column is the margin over all rows.
    unplaced : int
        Rows without a level, or of which a family does not know whether they are in one: they are in the margin alone.
    """

    name: str
    levels: tuple[Any, ...]
    labels: tuple[str, ...]
    cells: Columns
    unplaced: int


@dataclass(frozen=True, slots=True)
class Table:
    """The sums of every outcome over the crossed cells of one list of dimensions."""

    dimensions: tuple[Dimension, ...]
    totals: tuple[Totals, ...]


@dataclass(frozen=True, slots=True)
class ReplicateColumns:
    """What the columns of replicate weights look like.

    Attributes
    ----------
    count : int
    mean_weight, mean_replicate : float
        Means over the rows of the sampling weight, and over rows and replicates of the columns as they stand in the file.
    """

    count: int
    mean_weight: float
    mean_replicate: float


@dataclass(frozen=True, slots=True)
class Pass:
    """What one reading of the rows gives.

    Attributes
    ----------
    tables : tuple of Table
    units : Units
    weight : float
        Sum of the weights of all rows.
    weight_of_unit : float array, shape (units,)
        The same by unit; empty unless totals are a population times shares of all weights.
    rows, weightless : int
        Rows read, and those of weight zero.
    replicates : ReplicateColumns, optional
        Of a design that names columns of replicate weights.
    adjusted : Adjusted, optional
        How scores of adjusted weights are made.
    factors : Factors, optional
        Of replicates made of the units, where the weights were adjusted in each.
    """

    tables: tuple[Table, ...]
    units: Units
    weight: float
    weight_of_unit: Floats
    rows: int
    weightless: int
    replicates: ReplicateColumns | None = None
    adjusted: Adjusted | None = None
    factors: Factors | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be summed, in which tables, of whom.

    Attributes
    ----------
    survey : Survey
    outcomes : tuple of Outcome
    tables : tuple of tuples of str
    among : str, optional
    """

    survey: Survey
    outcomes: tuple[Outcome, ...]
    tables: tuple[tuple[str, ...], ...]
    among: str | None

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the dimensions of all tables, each once."""
        return tuple(dict.fromkeys(name for table in self.tables for name in table))

    @property
    def design_keys(self) -> tuple[str, ...]:
        """Columns of the design that say where a row was drawn: all but the weight."""
        return tuple(name for name in self.survey.design.columns if name != self.survey.design.weight)

    @property
    def numeric(self) -> tuple[str, ...]:
        """Columns that are read as numbers, each once."""
        outcomes = [name for outcome in self.outcomes for name in outcome.columns]
        return tuple(dict.fromkeys([self.survey.design.weight, *outcomes, *self.indicators]))

    @property
    def indicators(self) -> tuple[str, ...]:
        """Columns that must hold 0, 1 or missing, each once."""
        outcomes = [name for outcome in self.outcomes for name in (outcome.y if outcome.binary else None, outcome.unknown)]
        flags = [name for dimension in self.dimensions for name in self.flags(dimension)]
        return tuple(dict.fromkeys(name for name in (*outcomes, self.among, *flags) if name))

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the pass reads, each once."""
        return tuple(
            dict.fromkeys(
                [*self.survey.design.columns, *self.survey.replicate_columns, *self.numeric, *self.keys(self.dimensions)]
            )
        )

    def flags(self, dimension: str) -> tuple[str, ...]:
        """Return the columns of the members of a family, nothing for a plain dimension."""
        family = self.survey.families.get(dimension)
        return tuple(family.members.values()) if family else ()

    def keys(self, dimensions: Iterable[str]) -> tuple[str, ...]:
        """Return the columns that place a row in the dimensions, each once."""
        return tuple(dict.fromkeys(name for dimension in dimensions for name in self.flags(dimension) or (dimension,)))


def requested(survey: Survey, outcomes: Sequence[Outcome], tables: Sequence[Sequence[str]], among: str | None) -> Request:
    """Return what is asked for as one record."""
    return Request(survey, tuple(outcomes), tuple(tuple(table) for table in tables), among)
