"""Who was drawn, in one phase or in two: the unit and the weight of each row, and whether it counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.aggregate._crossing import crossed
from prevalence.aggregate._fractions import fractions_of_strata
from prevalence.aggregate._placements import Mask
from prevalence.aggregate._units import sampling_units
from prevalence.design import Design, TwoPhase
from prevalence.errors import DesignError, counted, listed
from prevalence.formulas.two_phase import refined, second_phase, ultimate_units
from prevalence.rows import MISSING_CODE, Codes, Floats, indicator, levels_of, numbers
from prevalence.totals import Ints, SecondPhase, StageUnits, Units


@dataclass(frozen=True, slots=True)
class Drawn:
    """How each row came into the sample.

    Attributes
    ----------
    unit : int array, shape (rows,)
        Ultimate unit.
    units : Units
    weight : float array, shape (rows,)
        Over all phases; 0 outside the second.
    inside : bool array, shape (rows,)
        Whether the row can be in a domain.
    """

    unit: Codes
    units: Units
    weight: Floats
    inside: Mask


def drawn(frame: nw.DataFrame[Any], design: Design) -> Drawn:
    """Return how each row came into the sample.

    Raises
    ------
    DesignError
        If the design contradicts the rows.
    """
    unit, units = sampling_units(frame, design)
    weight = numbers(frame, design.weight)
    if design.two_phase is None:
        return Drawn(unit, units, weight, weight > 0)
    return _twice(frame, design, design.two_phase, unit, units, weight)


def _twice(frame: nw.DataFrame[Any], design: Design, phase: TwoPhase, unit: Codes, units: Units, weight: Floats) -> Drawn:
    inside = indicator(frame, phase.subset) == 1
    if not inside.any():
        raise DesignError(f"Phase 2 must have rows; no row has a 1 in {phase.subset!r}. Check the column.")
    below = np.arange(len(frame), dtype=np.int64)
    if phase.units:
        below, _ = crossed(frame, phase.units)
    stratum, labels = _strata(frame, phase, inside)
    of_unit = _of_units(below, stratum, "stratum", phase)
    taken = _of_units(below, inside.astype(np.int64), "value of " + repr(phase.subset), phase) == 1
    fraction = _fractions(frame, phase, inside, stratum, labels, np.bincount(of_unit[taken], minlength=len(labels)))
    ultimate, first, second = ultimate_units(unit, below)
    stage = second_phase(second, of_unit, taken, fraction)
    _refuse(stage, labels, design)
    whole = refined(units, first)
    conditional = _conditional_weight(frame, phase, inside, stage, below)
    drawn_units = SecondPhase(stage, taken[second])
    return Drawn(ultimate, replace(whole, second=drawn_units), np.where(inside, weight * conditional, 0.0), inside & (weight > 0))


def _strata(frame: nw.DataFrame[Any], phase: TwoPhase, inside: Mask) -> tuple[Codes, list[str]]:
    """Return the stratum of phase 2 of each row, -1 where the row could not be drawn."""
    if not phase.strata:
        return np.zeros(len(frame), dtype=np.int64), ["all rows"]
    absent = np.zeros(len(frame), dtype=np.bool_)
    for name in phase.strata:
        absent |= levels_of(frame, name)[0] == MISSING_CODE
    if (absent & inside).any():
        raise DesignError(
            f"Every row of phase 2 must have a stratum of phase 2; {' x '.join(phase.strata)} is missing in "
            f"{counted(int((absent & inside).sum()), 'row')} of it. Complete it from phase 1."
        )
    code, labels = crossed(frame.select(phase.strata).filter((~absent).tolist()), phase.strata)
    stratum = np.full(len(frame), -1, dtype=np.int64)
    stratum[~absent] = code
    empty = np.setdiff1d(np.arange(len(labels)), stratum[inside])
    if len(empty):
        raise DesignError(
            f"Phase 2 must have drawn a unit of each of its strata; {counted(len(empty), 'stratum has', 'strata have')} none: "
            f"{listed(labels[index] for index in empty.tolist())}. Merge them with others, or leave their stratum empty if they could not be drawn."
        )
    return stratum, labels


def _of_units(unit: Codes, values: Ints, what: str, phase: TwoPhase) -> Ints:
    """Return the value of each unit of phase 2, having checked that its rows agree."""
    found = np.zeros(int(unit.max()) + 1, dtype=np.int64)
    found[unit] = values
    varying = np.unique(unit[found[unit] != values])
    if len(varying):
        raise DesignError(
            f"All rows of a unit of phase 2 ({' x '.join(phase.units)}) must have the same {what}; "
            f"{counted(len(varying), 'unit')} have several. Correct them, or name the unit that was drawn."
        )
    return found


def _fractions(
    frame: nw.DataFrame[Any], phase: TwoPhase, inside: Mask, stratum: Codes, labels: list[str], sampled: Ints
) -> Floats | None:
    if phase.fpc is None:
        return None
    return fractions_of_strata(frame.select(phase.fpc).filter(inside.tolist()), phase.fpc, stratum[inside], labels, sampled)


def _conditional_weight(frame: nw.DataFrame[Any], phase: TwoPhase, inside: Mask, stage: StageUnits, unit: Codes) -> Floats:
    """Return the weight of phase 2 given phase 1; anything outside phase 2."""
    if phase.weight is None:
        return 1 / stage.fraction[stage.stratum[unit]]
    weight = numbers(frame, phase.weight)
    wrong = inside & ~(np.isfinite(weight) & (weight > 0))
    if wrong.any():
        raise DesignError(
            f"Weights of phase 2 must be above zero; column {phase.weight!r} has others in {counted(int(wrong.sum()), 'row')} of it. Correct them."
        )
    return weight


def _refuse(stage: StageUnits, labels: list[str], design: Design) -> None:
    if design.lonely_psu == "fail" and stage.lonely.any():
        names = [labels[index] for index in np.flatnonzero(stage.lonely).tolist()]
        raise DesignError(
            f"{counted(len(names), 'stratum', 'strata')} of phase 2 {'has' if len(names) == 1 else 'have'} a single unit and lonely_psu is 'fail': "
            f"{listed(names)}. Merge the strata, or choose lonely_psu='adjust' or 'certainty'."
        )
