"""Batches of a stream as records, with the levels and units that have been seen so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from prevalence.aggregate._crossing import crossed
from prevalence.aggregate._glance import Glance
from prevalence.aggregate._groups import ROWS, outcomes_of_groups
from prevalence.aggregate._placements import Mask, Placement, no_levels, place, placed
from prevalence.aggregate._records import Dimension, Request
from prevalence.aggregate._rows import outcomes_of_rows
from prevalence.aggregate._sums import OutcomeSums, Records
from prevalence.rows import Codes, Floats, codes_of, in_order, indicator, levels_of, numbers
from prevalence.totals import Units, occurring

UNITS_REMEMBERED = 10_000_000
"""Hashes of units, of 8 bytes each, by which a unit in two strata is noticed; of more units the engine is asked."""


@dataclass(slots=True)
class Reading:
    """Turns batches, of groups or of rows, into records.

    Levels are numbered as they appear, those of the codebook first.

    Attributes
    ----------
    request : Request
    seen : Glance
    """

    request: Request
    seen: Glance
    _levels: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    _hashes: list[npt.NDArray[np.uint64]] = field(default_factory=list)
    _units: int = 0

    def parts(self, batch: nw.DataFrame[Any], number_of: Callable[[int, int], int]) -> Iterator[tuple[Records, list[str]]]:
        """Return the records of a batch and the labels of their strata, in parts of whole units.

        Parameters
        ----------
        batch : eager narwhals frame
        number_of : function of units and records
            How many parts.
        """
        unit, units = self._units_of(batch)
        number = number_of(units, len(batch))
        if number == 1:
            yield self._records(batch, unit)
            return
        part = unit * number // units
        for one in range(number):
            chosen = np.flatnonzero(part == one)
            if len(chosen):
                yield self._records(batch[chosen], occurring(unit[chosen], units)[1])

    def _records(self, batch: nw.DataFrame[Any], unit: Codes) -> tuple[Records, list[str]]:
        design = self.request.survey.design
        stratum, labels = crossed(batch, design.strata)
        rows, weight = None, np.zeros(0)
        if design.units:
            rows = numbers(batch, ROWS)
            outcomes = outcomes_of_groups(batch, self.request, self.seen)
        else:
            weight = numbers(batch, design.weight)
            outcomes = self._outcomes_of_rows(batch, weight)
        stratum_of_unit = np.zeros(int(unit.max()) + 1, dtype=np.int64)
        stratum_of_unit[unit] = stratum
        sampled = np.bincount(stratum_of_unit, minlength=len(labels)).astype(np.int64)
        units = Units.of_one_stage(stratum_of_unit, sampled, np.zeros(len(labels)))
        placements = {name: self._placement(batch, name, rows) for name in self.request.dimensions}
        return Records(unit, units, placements, outcomes, weight), labels

    def dimensions(self, found: Mapping[str, Dimension]) -> dict[str, Dimension]:
        """Return the dimensions with their levels in display order.

        Raises
        ------
        OptionError
            If one has had no levels at all.
        """
        ordered = {}
        for name, dimension in found.items():
            if name in self._levels:
                texts = self.request.survey.codebook.levels(name)
                levels = in_order(dimension.levels, texts)
                if not levels:
                    raise no_levels(name)
                dimension = placed(name, np.zeros(0, dtype=np.int64), levels, texts).dimension
            ordered[name] = dimension
        return ordered

    def may_be_split(self) -> bool:
        """Return whether a unit may have been in several strata."""
        if self._units > UNITS_REMEMBERED:
            return True
        return bool(self._hashes) and len(np.unique(np.concatenate(self._hashes))) < self._units

    def _placement(self, batch: nw.DataFrame[Any], name: str, rows: Floats | None) -> Placement:
        survey = self.request.survey
        if self.request.flags(name):
            return place(batch, survey, name, rows=rows)
        texts = survey.codebook.levels(name)
        codes, levels = levels_of(batch, name, dict.fromkeys(self._levels.get(name, tuple(texts)), ""))
        self._levels[name] = levels
        return placed(name, codes, levels, texts, rows)

    def _units_of(self, batch: nw.DataFrame[Any]) -> tuple[Codes, int]:
        """Return the unit of each record, and the number of units."""
        design = self.request.survey.design
        if not design.units:
            return np.arange(len(batch), dtype=np.int64), len(batch)
        code, size = np.zeros(len(batch), dtype=np.int64), 1
        for name in dict.fromkeys([*design.strata, *design.units]):
            part = codes_of(batch, name)
            levels = int(part.max()) + 1
            present, code = occurring(code * levels + part, size * levels)
            size = len(present)
        if design.strata and not set(design.strata) <= set(design.units):
            self._remember(batch, code, size)
        return code, size

    def _remember(self, batch: nw.DataFrame[Any], unit: Codes, units: int) -> None:
        import pandas as pd

        self._units += units
        if self._units > UNITS_REMEMBERED:
            self._hashes = []
            return
        first = np.zeros(units, dtype=np.int64)
        first[unit] = np.arange(len(unit))
        labels = batch.select(list(self.request.survey.design.units))[first].to_pandas()
        self._hashes.append(np.asarray(pd.util.hash_pandas_object(labels, index=False), dtype=np.uint64))

    def _outcomes_of_rows(self, batch: nw.DataFrame[Any], weight: Floats) -> tuple[OutcomeSums, ...]:
        inside: Mask = weight > 0
        if self.request.among is not None:
            inside &= indicator(batch, self.request.among) == 1
        return outcomes_of_rows(batch, self.request, weight, inside)
