"""What a stream gives: estimates' ingredients by domain, and the stratum moments that hold their variances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import narwhals.stable.v2 as nw
import numpy as np
from scipy import sparse

from prevalence.aggregate._domains import Domains
from prevalence.aggregate._fractions import fractions_of_strata
from prevalence.aggregate._records import Dimension
from prevalence.design import Design
from prevalence.errors import DesignError, OptionError, counted, listed
from prevalence.formulas.moments import StratumMoments, merge, renumbered
from prevalence.formulas.streamed import strata_alone
from prevalence.rows import Floats
from prevalence.totals import Columns, Ints, Moments, Totals, Units


@dataclass(frozen=True, slots=True)
class Strata:
    """The strata of a stream.

    Attributes
    ----------
    labels : tuple of str
    sampled : int array, shape (strata,)
        Units that passed by.
    fpc_stratum, fpc : int and float arrays, shape (values,)
        Every value of the finite population correction and the stratum it occurs in; empty without one.
    """

    labels: tuple[str, ...]
    sampled: Ints
    fpc_stratum: Ints
    fpc: Floats

    def units(self, design: Design) -> Units:
        """Return the first stage, of which only strata are known.

        Raises
        ------
        DesignError
            If a stratum has a single unit and the design says ``lonely_psu="fail"``, or the correction contradicts itself or the sample.
        """
        values = nw.from_dict({design.fpc or "": self.fpc}, backend="pyarrow")
        fraction = fractions_of_strata(values, design.fpc, self.fpc_stratum, self.labels, self.sampled)
        stage = strata_alone(self.sampled, fraction)
        if design.lonely_psu == "fail" and stage.lonely.any():
            names = [self.labels[index] for index in np.flatnonzero(stage.lonely).tolist()]
            raise DesignError(
                f"{counted(len(names), 'stratum has', 'strata have')} a single PSU and lonely_psu is 'fail': {listed(names)}. "
                "Merge the strata, or choose lonely_psu='adjust', 'average' or 'certainty'; see docs/methods/lonely-psu."
            )
        return Units((stage,))


@dataclass(frozen=True, slots=True)
class StreamedTable:
    """The domains of one table and the sums of each outcome in them.

    Attributes
    ----------
    domains : Domains
    first : tuple of int
        Number, among the domains of all tables and outcomes, of the first of each outcome.
    n, x, y : tuples of float arrays, shape (domains,)
        Of each outcome: unweighted rows, and sums of w x and w y.
    moments : tuple of Moments
        Of each outcome, by domain.
    """

    domains: Domains
    first: tuple[int, ...]
    n: tuple[Floats, ...]
    x: tuple[Floats, ...]
    y: tuple[Floats, ...]
    moments: tuple[Moments, ...]

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """Dimensions of the table."""
        return self.domains.dimensions


@dataclass(frozen=True, slots=True)
class StreamedPass:
    """What one reading of the rows gives when units are not kept.

    Attributes
    ----------
    tables : tuple of StreamedTable
    moments : StratumMoments
        Of the domains of all tables and outcomes.
    strata : Strata
    units : Units
        The first stage, of which only strata are known.
    weight : float
        Sum of the weights of all rows.
    rows, weightless : int
        Rows read, and those of weight zero.
    """

    tables: tuple[StreamedTable, ...]
    moments: StratumMoments
    strata: Strata
    units: Units
    weight: float
    rows: int
    weightless: int

    def totals(self, table: int, outcome: int, matrices: Sequence[Columns]) -> Totals:
        """Return the sums of the domains that one matrix a dimension picks; the domains of all tables stand in for units.

        Parameters
        ----------
        table, outcome : int
        matrices : sequence of sparse arrays
            Columns of the cell matrix of each dimension.

        Returns
        -------
        Totals
            With one row for each domain of the pass and one column for each that is picked.
        """
        streamed = self.tables[table]
        picked = streamed.domains.picked(matrices)
        rows, columns = streamed.first[outcome] + picked, np.arange(len(picked))
        shape = (len(self.moments.reference), len(picked))
        n, x, y = (
            sparse.csc_array((sums[outcome][picked], (rows, columns)), shape=shape)
            for sums in (streamed.n, streamed.x, streamed.y)
        )
        return Totals(units=self.units, n=n, x=x, y=y, moments=_taken(streamed.moments[outcome], picked))


def combined(parts: Sequence[StreamedPass], design: Design) -> StreamedPass:
    """Return the streams of several files or machines as one; no unit is in two of them, a stratum may be.

    Raises
    ------
    OptionError
        If they have different tables, levels or contrasts.
    DesignError
        As for one stream.
    """
    first = parts[0]
    for part in parts[1:]:
        if [_names(table) for table in part.tables] != [_names(table) for table in first.tables]:
            raise OptionError(
                "Streams can be combined if they have the same dimensions with the same levels in the same order. "
                "Declare the levels in the codebook of every part."
            )
    labels = tuple(dict.fromkeys(label for part in parts for label in part.strata.labels))
    number = {label: index for index, label in enumerate(labels)}
    new = [np.array([number[label] for label in part.strata.labels], dtype=np.int64) for part in parts]
    sampled = np.zeros(len(labels), dtype=np.int64)
    for part, numbers_ in zip(parts, new, strict=True):
        sampled[numbers_] += part.strata.sampled
    strata = Strata(
        labels,
        sampled,
        np.concatenate([numbers_[part.strata.fpc_stratum] for part, numbers_ in zip(parts, new, strict=True)]),
        np.concatenate([part.strata.fpc for part in parts]),
    )
    return StreamedPass(
        tables=tuple(_added([part.tables[index] for part in parts]) for index in range(len(first.tables))),
        moments=merge([renumbered(part.moments, numbers_) for part, numbers_ in zip(parts, new, strict=True)]),
        strata=strata,
        units=strata.units(design),
        weight=sum(part.weight for part in parts),
        rows=sum(part.rows for part in parts),
        weightless=sum(part.weightless for part in parts),
    )


def _names(table: StreamedTable) -> list[tuple[object, ...]]:
    return [(dimension.name, dimension.levels) for dimension in table.dimensions]


def _added(tables: Sequence[StreamedTable]) -> StreamedTable:
    """Return the sums of several parts of one table."""
    every = range(len(tables[0].first))
    unplaced = [sum(one.unplaced for one in same) for same in zip(*(table.dimensions for table in tables), strict=True)]
    dimensions = tuple(replace(dimension, unplaced=rows) for dimension, rows in zip(tables[0].dimensions, unplaced, strict=True))
    n, x, y = (tuple(np.sum([getattr(table, name)[k] for table in tables], axis=0) for k in every) for name in ("n", "x", "y"))
    return StreamedTable(
        domains=replace(tables[0].domains, dimensions=dimensions),
        first=tables[0].first,
        n=n,
        x=x,
        y=y,
        moments=tuple(added_moments([table.moments[k] for table in tables]) for k in every),
    )


def added_moments(parts: Sequence[Moments]) -> Moments:
    """Return the sum of moments, all about the first's reference.

    With d the distance of a reference from the first, e = e' + d x.
    """
    reference = parts[0].reference
    moved = []
    for part in parts:
        d = part.reference - reference
        moved.append(replace(part, ee=part.ee + 2 * d * part.ex + d * d * part.xx, ex=part.ex + d * part.xx, reference=reference))
    names = [field.name for field in fields(Moments) if field.name != "reference"]
    return Moments(reference=reference, **{name: np.sum([getattr(part, name) for part in moved], axis=0) for name in names})


def _taken(moments: Moments, domains: Ints) -> Moments:
    names = [field.name for field in fields(Moments) if field.name != "reference"]
    return Moments(reference=moments.reference, **{name: getattr(moments, name)[domains] for name in names})
