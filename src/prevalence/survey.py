"""A survey: rows and the design that drew them. Holds and checks; computes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.checks import as_names
from prevalence.design import Design
from prevalence.errors import ColumnError, DataError, DesignError, counted, listed
from prevalence.provenance import Codebook, Provenance
from prevalence.rows import as_frame, collect, column_names, holds_all, numbers, require_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Overlapping 0/1 columns that act together as one dimension: a child may be in two supply chains.

    Attributes
    ----------
    name : str
        Name of the dimension, such as ``"supply_chain"``.
    members : mapping of level to column
        ``{"cocoa": "chain_cocoa"}``, in display order.
    exposure : {"household", "area", "own"}
        What "in the chain" means; rates of different exposures are not comparable.
    denominator : str
        The people of a row, in words; it stands beside every estimate.
    comparable : bool
        Whether a member may be set against "All". Not where membership presumes the outcome: a child who works in a chain
        is, at 5-11, in child labour by definition.
    """

    name: str
    members: Mapping[str, str]
    exposure: str
    denominator: str
    comparable: bool = True


@dataclass(frozen=True)
class Survey:
    """Rows of any frame that narwhals reads, and the design that drew them.

    Parameters
    ----------
    data : data frame
        pandas, Polars (eager or lazy), PyArrow, DuckDB or PySpark. It is never changed.
    design : Design
        Which column plays which part.
    id : str or sequence of str, optional
        Columns that name a person; each combination may occur once.
    codebook : Codebook, optional
        Labels, levels and missing codes of the columns.
    provenance : Provenance, optional
        Where the rows come from and what was done to them.
    families : mapping of name to Family, optional
        Overlapping dimensions made by ``pv.classify.supply_chain``.

    Raises
    ------
    ColumnError
        If a column that the design or `id` names is absent.
    DesignError
        If weights are negative, missing or infinite, or a row has no stratum or PSU. (A lazy frame is checked when its rows are read.)
    DataError
        If rows of one person are duplicated.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": [2.0, 1.0, 3.0], "ea": [1, 1, 2], "child_labour": [0, 1, 0]})
    >>> pv.Survey(data, pv.Design(weight="w", psu="ea"))
    Survey: 3 rows, 3 columns; weight 'w', psu 'ea'
    """

    data: Any
    design: Design
    id: str | tuple[str, ...] | None = field(default=None, kw_only=True)
    codebook: Codebook = field(default_factory=Codebook, kw_only=True)
    provenance: Provenance = field(default_factory=Provenance, kw_only=True)
    families: Mapping[str, Family] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", as_names(self.id) or None)
        require_columns(self.data, (*self.design.columns, *self.replicate_columns, *self.key))
        frame = self.frame
        if isinstance(frame, nw.DataFrame):
            check_design_values(frame, self.design)
            _check_unique(frame, self.key)

    @property
    def frame(self) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
        """The rows as a narwhals frame, for expressions that run on every engine."""
        return as_frame(self.data)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return column_names(self.data)

    @property
    def key(self) -> tuple[str, ...]:
        """Columns that name a person, empty if none were given."""
        return as_names(self.id)

    @property
    def replicate_columns(self) -> tuple[str, ...]:
        """Columns of replicate weights, in the order of the file where the design gives a pattern.

        Raises
        ------
        ColumnError
            If a column is absent, or no column fits the pattern.
        """
        if self.design.replicates is None:
            return ()
        named = self.design.replicates.columns
        if not isinstance(named, str):
            return tuple(named)
        found = tuple(name for name in self.columns if fnmatchcase(name, named) and name != self.design.weight)
        if not found:
            raise ColumnError(
                f"No column fits the pattern {named!r} of replicate weights. Its * stands for any characters and ? for one."
            )
        return found

    def collect(self, names: Iterable[str]) -> nw.DataFrame[Any]:
        """Return the named columns as an eager narwhals frame."""
        return collect(self.data, names)

    def grown(
        self,
        frame: nw.DataFrame[Any] | nw.LazyFrame[Any] | None = None,
        *,
        codebook: Codebook | None = None,
        provenance: Provenance | None = None,
        families: Mapping[str, Family] | None = None,
    ) -> Survey:
        """Return a survey with the given parts replaced; the design and the caller's data stay as they are."""
        return replace(
            self,
            data=self.data if frame is None else frame.to_native(),
            codebook=codebook or self.codebook,
            provenance=provenance or self.provenance,
            families=self.families if families is None else {**self.families, **families},
        )

    def __repr__(self) -> str:
        frame = self.frame
        size = f"{len(frame):,} rows" if isinstance(frame, nw.DataFrame) else "lazy rows"
        parts = {"weight": (self.design.weight,), "stratum": self.design.strata, "psu": self.design.units}
        roles = ", ".join(f"{role} {' x '.join(map(repr, names))}" for role, names in parts.items() if names)
        return f"Survey: {size}, {len(self.columns)} columns; {roles}"


def check_design_values(frame: nw.DataFrame[Any], design: Design) -> None:
    """Raise `DesignError` unless every row has a usable weight, stratum and unit."""
    if len(frame) == 0:
        raise no_rows()
    weights = numbers(frame, design.weight)
    # Either is NaN if a weight is missing.
    if not (weights.min() >= 0 and weights.max() < np.inf):
        faults = {
            "missing": np.isnan(weights),
            "negative": weights < 0,
            "infinite": np.isinf(weights),
        }
        first = np.flatnonzero(np.any(list(faults.values()), axis=0))[:3]
        where = f" (rows {listed((first + 1).tolist())} counting from 1)"
        raise unusable_weights(design.weight, {fault: int(rows.sum()) for fault, rows in faults.items()}, where)
    if not weights.any():
        raise only_zero_weights(design.weight)
    for role, name in roles(design):
        absent = _missing_rows(frame, name)
        if absent:
            raise incomplete(role, name, absent)


def roles(design: Design) -> list[tuple[str, str]]:
    """Return the columns that every row must fill, each with its part in the design."""
    parts = [("stratum", design.strata), ("psu", design.units), ("fpc", (design.fpc,) if design.fpc else ())]
    for number, stage in enumerate(design.later_stages, start=2):
        parts.append((f"place in stage {number}", stage.columns))
    parts.append(("place in the order of selection", design.ordered_by))
    if design.two_phase is not None:
        parts.append(("place in phase 2", (design.two_phase.subset, *design.two_phase.units)))
    return [(role, name) for role, names in parts for name in names]


def no_rows() -> DesignError:
    """Return the error that there is nobody in the survey."""
    return DesignError("The survey has no rows. Check the file and the filters of its profile.")


def unusable_weights(column: str, faults: Mapping[str, int], where: str = "") -> DesignError:
    """Return the error that so many rows have a weight with each fault; `where` names some of them."""
    found = [f"{rows:,} {fault}" for fault, rows in faults.items() if rows]
    return DesignError(
        f"Weights must be numbers of zero or more; column {column!r} has {' and '.join(found)}{where}. "
        "Correct them, or give rows that were not interviewed weight 0."
    )


def only_zero_weights(column: str) -> DesignError:
    """Return the error that nobody has a weight."""
    return DesignError(f"All weights in column {column!r} are zero; at least one must be above zero.")


def incomplete(role: str, column: str, rows: int) -> DesignError:
    """Return the error that a column of the design is missing in so many rows."""
    return DesignError(
        f"Every row must have a {role}; column {column!r} is missing in {counted(rows, 'row')}. "
        "Complete it from the sample list, or load the file without those rows and say so."
    )


def _missing_rows(frame: nw.DataFrame[Any], name: str) -> int:
    series = frame.get_column(name)
    if holds_all(series):
        return 0
    missing = series.is_null()
    if series.dtype.is_float():
        missing = missing | series.is_nan().fill_null(value=False)
    return int(missing.sum())


def _check_unique(frame: nw.DataFrame[Any], key: tuple[str, ...]) -> None:
    if not key:
        return
    keys = frame.select(list(key))
    repeated = keys.is_duplicated()
    rows = int(repeated.sum())
    if rows:
        examples = keys.filter(repeated).unique(maintain_order=True).head(3).rows()
        shown = [example[0] if len(key) == 1 else example for example in examples]
        raise DataError(
            f"Each person must have one row; {counted(rows, 'row')} share their key ({', '.join(key)}), for example {listed(shown)}. "
            "Remove the duplicates, or name the columns that tell the persons apart."
        )
