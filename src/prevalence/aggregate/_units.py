"""The sampling units of all rows: which rows they hold, which strata they lie in, how large a part of these was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.aggregate._crossing import crossed
from prevalence.aggregate._fractions import at_most_one, fractions_of_strata, probabilities_of_units
from prevalence.design import UNEQUAL, Design, Stage
from prevalence.errors import DesignError, counted, listed
from prevalence.formulas.selection import lonely_strata
from prevalence.rows import Codes
from prevalence.totals import Floats, Ints, StageUnits, Units, occurring


@dataclass(frozen=True, slots=True)
class Placed:
    """One stage of selection as the rows see it.

    Attributes
    ----------
    unit, stratum : int arrays, shape (rows,)
    stratum_of_unit : int array, shape (units,)
    unit_labels : sequence
        Texts, or numbers of rows where each row is a unit.
    stratum_labels : sequence of str
    """

    unit: Codes
    stratum: Codes
    stratum_of_unit: Ints
    unit_labels: Sequence[Any]
    stratum_labels: Sequence[str]

    @property
    def sampled(self) -> Ints:
        """Number of units of each stratum, shape (strata,)."""
        return np.bincount(self.stratum_of_unit, minlength=len(self.stratum_labels)).astype(np.int64)


def sampling_units(frame: nw.DataFrame[Any], design: Design) -> tuple[Codes, Units]:
    """Return the ultimate unit of each row and the units of all rows, ordered by label whatever the order of the rows.

    Later stages are read only as far as every stage above them has a finite population correction: without one, all
    their variance is in the stage above.

    Raises
    ------
    DesignError
        If a unit lies in several strata, a stratum has a single unit and the design says ``lonely_psu="fail"``, or a finite
        population correction is mixed, varies within a stratum or is smaller than the sample.
    """
    placed, fpcs = _placed(frame, design), (design.fpc, *(stage.fpc for stage in design.later_stages))
    ultimate = placed[-1].unit
    probability = None
    if design.fpc is not None and (design.selection in UNEQUAL or (design.ordered_by and at_most_one(frame, design.fpc))):
        probability = probabilities_of_units(frame, design.fpc, placed[0].unit, placed[0].unit_labels)
    stages: list[StageUnits] = []
    inherited = np.ones(len(placed[0].stratum_labels))
    for place, fpc in zip(placed, fpcs, strict=False):
        sampled = place.sampled
        if not stages and probability is not None:
            fraction, of_unit = _taken_whole(place, probability), probability
        else:
            fraction = fractions_of_strata(frame, fpc, place.stratum, place.stratum_labels, sampled)
            of_unit = fraction[place.stratum_of_unit]
        stages.append(StageUnits(_of_ultimate(ultimate, place.unit), place.stratum_of_unit, sampled, fraction, inherited))
        of_first = probability if len(stages) == 1 else None
        _refuse_lonely(place, stages[-1], of_first, design, len(stages))
        if len(stages) < len(placed):
            below = placed[len(stages)]
            inherited = _of_strata(below.stratum, place.unit, len(below.stratum_labels), stages[-1], of_unit)
    return ultimate, Units(tuple(stages), _sequence(frame, design, placed[0]), probability)


def _taken_whole(placed: Placed, probability: Floats) -> Floats:
    """Return 1 for strata all of whose units were certain to be drawn, and 0 for the others, which have no one fraction."""
    uncertain = np.bincount(placed.stratum_of_unit[probability < 1], minlength=len(placed.stratum_labels))
    return np.asarray(uncertain == 0, dtype=np.float64)


def _placed(frame: nw.DataFrame[Any], design: Design) -> list[Placed]:
    """Return the stages that the variance needs, from the first."""
    stratum, stratum_labels = crossed(frame, design.strata)
    if not design.units:
        rows = np.arange(len(frame), dtype=np.int64)
        return [Placed(rows, stratum, stratum, range(1, len(frame) + 1), stratum_labels)]
    unit, unit_labels = crossed(frame, design.units)
    advice = f"If labels start anew in each stratum, cross them: psu={[*design.strata, *design.units]!r}."
    what = f"of {' x '.join(design.units)}"
    placed = [
        _nested(Placed(unit, stratum, np.zeros(len(unit_labels), dtype=np.int64), unit_labels, stratum_labels), what, advice)
    ]
    fpc = design.fpc
    for stage in design.later_stages:
        if fpc is None:
            break
        placed.append(_within(frame, stage, placed[-1]))
        fpc = stage.fpc
    return placed


def _within(frame: nw.DataFrame[Any], stage: Stage, above: Placed) -> Placed:
    """Return a later stage, whose labels are nested in the units above."""
    unit, unit_labels = _nested_labels(frame, stage.units, above)
    stratum, stratum_labels = _nested_labels(frame, stage.strata, above)
    empty = np.zeros(len(unit_labels), dtype=np.int64)
    advice = f"If labels start anew in each stratum, cross them: Stage(unit={[*stage.strata, *stage.units]!r})."
    return _nested(Placed(unit, stratum, empty, unit_labels, stratum_labels), f"of {' x '.join(stage.units)}", advice)


def _nested_labels(frame: nw.DataFrame[Any], names: Sequence[str], above: Placed) -> tuple[Codes, list[str]]:
    if not names:
        return above.unit, list(above.unit_labels)
    inner, labels = crossed(frame, names)
    present, code = occurring(above.unit * len(labels) + inner, len(above.unit_labels) * len(labels))
    return code, [f"{above.unit_labels[value // len(labels)]} / {labels[value % len(labels)]}" for value in present.tolist()]


def _nested(placed: Placed, columns: str, advice: str) -> Placed:
    """Return the stage with the stratum of each unit, having checked that it has only one."""
    stratum_of_unit = placed.stratum_of_unit
    stratum_of_unit[placed.unit] = placed.stratum
    elsewhere = stratum_of_unit[placed.unit] != placed.stratum
    if elsewhere.any():
        split = np.unique(placed.unit[elsewhere])
        example = int(split[0])
        places = [placed.stratum_labels[index] for index in np.unique(placed.stratum[placed.unit == example])]
        raise DesignError(
            f"A PSU must lie in one stratum, as any unit of a later stage; {counted(len(split), 'label')} {columns} occur in several, for example "
            f"{placed.unit_labels[example]!r} in strata {listed(places)}. {advice}"
        )
    return placed


def _of_ultimate(ultimate: Codes, unit: Codes) -> Ints:
    """Return the unit of a stage that each ultimate unit lies in, shape (ultimate units,)."""
    found = np.arange(int(ultimate.max()) + 1, dtype=np.int64)
    if unit is not ultimate:
        found[ultimate] = unit
    return found


def _of_strata(stratum: Codes, unit_above: Codes, strata: int, above: StageUnits, probability: Floats) -> Floats:
    """Return the product of sampling fractions above each stratum of a later stage, shape (strata,)."""
    parent = np.zeros(strata, dtype=np.int64)
    parent[stratum] = unit_above
    return np.asarray(above.multiplier[above.stratum[parent]] * probability[parent], dtype=np.float64)


def _refuse_lonely(placed: Placed, stage: StageUnits, probability: Floats | None, design: Design, number: int) -> None:
    lonely = stage.lonely if probability is None else lonely_strata(stage, probability)
    if design.lonely_psu != "fail" or not lonely.any():
        return
    names = [placed.stratum_labels[index] for index in np.flatnonzero(lonely).tolist()]
    kind = "PSU" if number == 1 else f"unit at stage {number}"
    raise DesignError(
        f"{counted(len(names), 'stratum has', 'strata have')} a single {kind} and lonely_psu is 'fail': {listed(names)}. "
        "Merge the strata, or choose lonely_psu='adjust', 'average' or 'certainty'; see docs/methods/lonely-psu."
    )


def _sequence(frame: nw.DataFrame[Any], design: Design, first: Placed) -> Ints | None:
    """Return the position of each primary unit in the order of selection; no two of a stratum may share one."""
    names = design.ordered_by
    if not names:
        return None
    order, labels = crossed(frame, names)
    position = np.zeros(len(first.stratum_of_unit), dtype=np.int64)
    position[first.unit] = order
    varying = np.unique(first.unit[position[first.unit] != order])
    _, place, times = np.unique(first.stratum_of_unit * len(labels) + position, return_inverse=True, return_counts=True)
    tied = np.flatnonzero(times[place] > 1)
    faults = {"has several values in": varying, "is the same for": tied}
    for fault, units in faults.items():
        if len(units):
            raise DesignError(
                f"order {' x '.join(names)} must give each primary unit of a stratum its own place; it {fault} {counted(len(units), 'unit')}: "
                f"{listed(first.unit_labels[index] for index in units.tolist())}. Name the columns of the list that the sample was drawn from."
            )
    return position
