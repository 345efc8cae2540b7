"""The sampling units of all rows: which rows they hold, which strata they lie in, how large a part of these was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.design import Design
from prevalence.errors import DesignError, counted, listed
from prevalence.rows import Codes, Floats, levels_of, numbers
from prevalence.totals import DENSE_PLACES_PER_ROW, Ints, Units


def sampling_units(frame: nw.DataFrame[Any], design: Design) -> tuple[Codes, Units]:
    """Return the unit of each row and the units of all rows, ordered by label whatever the order of the rows.

    Raises
    ------
    DesignError
        If a unit lies in several strata, a stratum has a single unit and the design says ``lonely_psu="fail"``, or the finite
        population correction is mixed, varies within a stratum or is smaller than the sample.
    """
    stratum, stratum_labels = crossed(frame, design.strata)
    if design.units:
        unit, unit_labels = crossed(frame, design.units)
        stratum_of_unit = _nested(unit, unit_labels, stratum, stratum_labels, design)
    else:
        unit, stratum_of_unit = np.arange(len(frame), dtype=np.int64), stratum
    sampled = np.bincount(stratum_of_unit, minlength=len(stratum_labels)).astype(np.int64)
    fraction = _sampling_fractions(frame, design, stratum, stratum_labels, sampled)
    units = Units(stratum=stratum_of_unit, sampled=sampled, fraction=fraction)
    if design.lonely_psu == "fail" and units.lonely.any():
        names = [stratum_labels[index] for index in np.flatnonzero(units.lonely).tolist()]
        raise DesignError(
            f"{counted(len(names), 'stratum has', 'strata have')} a single PSU and lonely_psu is 'fail': {listed(names)}. "
            "Merge the strata, or choose lonely_psu='adjust', 'average' or 'certainty'; see docs/methods/lonely-psu."
        )
    return unit, units


def crossed(frame: nw.DataFrame[Any], names: Sequence[str]) -> tuple[Codes, list[str]]:
    """Return the code of each row's combination of columns, and the combinations that occur in order of their labels."""
    code = np.zeros(len(frame), dtype=np.int64)
    labels = [""]
    for name in names:
        part, levels = levels_of(frame, name)
        present, code = _compressed(code * len(levels) + part, len(labels) * len(levels))
        labels = [
            f"{labels[value // len(levels)]} x {levels[value % len(levels)]}".removeprefix(" x ") for value in present.tolist()
        ]
    return code.astype(np.int64, copy=False), labels


def _compressed(code: Codes, size: int) -> tuple[Ints, Codes]:
    """Return the codes that occur, ascending, and each row's place among them; `code` runs from 0 to ``size - 1``."""
    if size > DENSE_PLACES_PER_ROW * len(code) + 1024:
        present, place = np.unique(code, return_inverse=True)
        return present, place.astype(np.int64, copy=False)
    present = np.flatnonzero(np.bincount(code, minlength=size))
    if len(present) == size:
        return present, code
    lookup = np.zeros(size, dtype=np.int64)
    lookup[present] = np.arange(len(present))
    return present, lookup[code]


def _nested(unit: Codes, unit_labels: Sequence[str], stratum: Codes, stratum_labels: Sequence[str], design: Design) -> Ints:
    """Return the stratum of each unit, having checked that it has only one."""
    stratum_of_unit = np.zeros(len(unit_labels), dtype=np.int64)
    stratum_of_unit[unit] = stratum
    elsewhere = stratum_of_unit[unit] != stratum
    if elsewhere.any():
        split = np.unique(unit[elsewhere])
        example = int(split[0])
        places = [stratum_labels[index] for index in np.unique(stratum[unit == example])]
        raise DesignError(
            f"A PSU must lie in one stratum; {counted(len(split), 'PSU label')} of {' x '.join(design.units)} "
            f"occur in several, for example {unit_labels[example]!r} in strata {listed(places)}. If labels start anew in each "
            f"stratum, cross them: psu={[*design.strata, *design.units]!r}."
        )
    return stratum_of_unit


def _sampling_fractions(frame: nw.DataFrame[Any], design: Design, stratum: Codes, labels: Sequence[str], sampled: Ints) -> Floats:
    if design.fpc is None:
        return np.zeros(len(labels))
    values = numbers(frame, design.fpc)
    fractions = bool((values <= 1).all())
    if (values <= 0).any() or not (fractions or (values > 1).all()):
        raise DesignError(
            f"fpc {design.fpc!r} must hold sampling fractions (all above 0, at most 1) or numbers of units in the population "
            f"(all above 1); it holds {int((values <= 1).sum()):,} values of at most 1 and {int((values > 1).sum()):,} above. "
            "Give one kind."
        )
    of_stratum = np.zeros(len(labels))
    of_stratum[stratum] = values
    varying = np.unique(stratum[of_stratum[stratum] != values])
    if len(varying):
        raise DesignError(
            f"fpc {design.fpc!r} must be the same in all rows of a stratum; it varies in {counted(len(varying), 'stratum', 'strata')}: "
            f"{listed(labels[index] for index in varying.tolist())}. Correct it, or name the column that holds one value a stratum."
        )
    fraction = of_stratum if fractions else sampled / of_stratum
    if (fraction > 1).any():
        names = [labels[index] for index in np.flatnonzero(fraction > 1).tolist()]
        raise DesignError(
            f"fpc {design.fpc!r} must count at least the units that were sampled; it counts fewer in {listed(names)}. Correct the counts."
        )
    return fraction
