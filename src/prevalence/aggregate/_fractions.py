"""Finite population corrections: sampling fractions of strata, probabilities of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.errors import DesignError, counted, listed
from prevalence.rows import Codes, Floats, numbers
from prevalence.totals import Ints


def fractions_of_strata(
    frame: nw.DataFrame[Any], fpc: str | None, stratum: Codes, labels: Sequence[str], sampled: Ints
) -> Floats:
    """Return the sampling fraction of each stratum, 0 without a correction.

    Parameters
    ----------
    frame : eager narwhals frame
    fpc : str or None
        Column of sampling fractions (all at most 1) or of population counts (all at least 1, some above).
    stratum : int array, shape (rows,)
    labels : sequence of str
        Of the strata.
    sampled : int array, shape (strata,)

    Raises
    ------
    DesignError
        If the column mixes the two kinds, varies within a stratum, or counts fewer units than were sampled.
    """
    if fpc is None:
        return np.zeros(len(labels))
    values = numbers(frame, fpc)
    fractions = bool((values <= 1).all())
    if (values <= 0).any() or not (fractions or (values >= 1).all()):
        raise DesignError(
            f"fpc {fpc!r} must hold sampling fractions (all above 0, at most 1) or numbers of units in the population "
            f"(all at least 1); it holds {int((values < 1).sum()):,} values below 1 and {int((values > 1).sum()):,} above. "
            "Give one kind."
        )
    of_stratum = _constant(values, stratum, labels, fpc, "stratum", "strata")
    fraction = of_stratum if fractions else sampled / of_stratum
    if (fraction > 1).any():
        names = [labels[index] for index in np.flatnonzero(fraction > 1).tolist()]
        raise DesignError(
            f"fpc {fpc!r} must count at least the units that were sampled; it counts fewer in {listed(names)}. Correct the counts."
        )
    return fraction


def at_most_one(frame: nw.DataFrame[Any], fpc: str) -> bool:
    """Return whether a correction is given as probabilities or fractions, not as counts."""
    return bool((numbers(frame, fpc) <= 1).all())


def probabilities_of_units(frame: nw.DataFrame[Any], fpc: str, unit: Codes, labels: Sequence[Any]) -> Floats:
    """Return the probability of selection of each unit, from a column that holds it in every row of the unit.

    Raises
    ------
    DesignError
        If a value is not above 0 and at most 1, or varies within a unit.
    """
    values = numbers(frame, fpc)
    outside = (values <= 0) | (values > 1)
    if outside.any():
        raise DesignError(
            f"fpc {fpc!r} must hold the probability of selection of each primary unit, above 0 and at most 1; "
            f"{counted(int(outside.sum()), 'row')} hold other values, for example {listed(np.unique(values[outside]).tolist())}."
        )
    return _constant(values, unit, labels, fpc, "unit", "units")


def _constant(values: Floats, group: Codes, labels: Sequence[Any], fpc: str, one: str, many: str) -> Floats:
    """Return the value of each group, having checked that it has only one."""
    found = np.zeros(len(labels))
    found[group] = values
    varying = np.unique(group[found[group] != values])
    if len(varying):
        raise DesignError(
            f"fpc {fpc!r} must be the same in all rows of a {one}; it varies in {counted(len(varying), one, many)}: "
            f"{listed(labels[index] for index in varying.tolist())}. Correct it, or name the column that holds one value a {one}."
        )
    return found
