"""Rates standardised to a population of a given composition.

Source: Rothman, Greenland & Lash (2008), Modern Epidemiology, chapter 3 (direct standardisation).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from prevalence.errors import OptionError, listed
from prevalence.estimates._contrasted import contrasted
from prevalence.estimates._keys import Key, combination, key_named
from prevalence.estimates._numbers import Interval
from prevalence.formulas import contrast as contrasts
from prevalence.totals import Floats, Ints, weighted_counts

if TYPE_CHECKING:
    from prevalence.estimates._estimates import Estimates

EMPTY = "a level of the standard population has no observations"


def standardised(table: Estimates, over: Sequence[str], standard: Mapping[tuple[Any, ...], float]) -> Estimates:
    """Return the mean of a table's rates over some of its dimensions, weighted by a standard population.

    Parameters
    ----------
    table : Estimates
        Shares or means, with the dimensions `over` crossed and without their margins.
    over : sequence of str
        Dimensions that are averaged over, such as age group and sex.
    standard : mapping of levels to population
        Keys are tuples of levels (or labels) in the order of `over`; values above zero, of any sum.

    Returns
    -------
    Estimates
        One row a combination of the other dimensions, on the scale of the table. The weights are constants: they add no variance. Counts
        are those of all rows that are averaged; there is no design effect. Where a level has no observations the rate is not estimable, and says so.

    Raises
    ------
    OptionError
        If the levels of table and standard differ, or a population is not above zero.
    """
    if table.kind == "log":
        raise OptionError("Ratios of estimates cannot be standardised; standardise the rates first and take their ratio.")
    shares = _shares_of_rows(table, over, standard)
    kept = [key for key in table.keys if key.name not in over]
    _, first, group = np.unique(combination(kept), return_index=True, return_inverse=True)
    row = np.argsort(np.argsort(first))[group]
    weights = sparse.csc_array((shares, (row, np.arange(len(table)))), shape=(len(first), len(table)))
    linear = contrasts.linear(weights, table.numbers.estimate, table.sample.scores)
    found = contrasted(table, weights, linear, _keys(kept, np.sort(first)), "unbounded")

    def summed(values: Floats) -> Floats:
        return weighted_counts(row, values, len(first))

    numbers = replace(
        found.numbers,
        n=summed(table.numbers.n),
        cases=summed(table.numbers.cases),
        missing=summed(table.numbers.missing),
        weighted=summed(table.numbers.weighted),
        population=summed(table.numbers.population),
    )
    empty = summed((table.numbers.n == 0).astype(np.float64)) > 0
    interval = table.interval if table.kind == "proportion" else Interval("wald", table.interval.level)
    caveats = tuple(EMPTY if lacking else "" for lacking in empty) if empty.any() else ()
    return replace(found, numbers=numbers, kind=table.kind, interval=interval, caveats=caveats, shares=table.shares)


def _keys(kept: Sequence[Key], rows: Ints) -> tuple[Key, ...]:
    taken = [key.take(rows) for key in kept]
    return tuple(Key.constant("statistic", "standardised", len(rows)) if key.name == "statistic" else key for key in taken)


def _shares_of_rows(table: Estimates, over: Sequence[str], standard: Mapping[tuple[Any, ...], float]) -> Floats:
    """Return the part of the standard population that each row stands for, shape (rows,)."""
    keys = [key_named(table.keys, name) for name in over]
    wrong = [levels for levels, people in standard.items() if not 0 < people < np.inf]
    if wrong:
        raise OptionError(f"Populations of a standard must be above zero and finite; found others for {listed(wrong)}.")
    wanted = {
        tuple(key.code_of(level) for key, level in zip(keys, levels, strict=True)): share for levels, share in standard.items()
    }
    if len(wanted) < len(standard):
        raise OptionError(
            f"The standard population names a level twice, by its value and by its label: {listed(standard)}. Name each once."
        )
    present = set(zip(*(key.codes.tolist() for key in keys), strict=True))
    lacking = [
        tuple(key.labels[code] for key, code in zip(keys, codes, strict=True)) for codes in sorted(present - wanted.keys())
    ]
    if lacking:
        raise OptionError(
            f"The standard population must name every level of {', '.join(over)} that the table has; it lacks {listed(lacking)}. "
            "Add them, or leave them out of the table with select()."
        )
    absent = [codes for codes in wanted if codes not in present]
    if absent:
        shown = [tuple(key.labels[code] for key, code in zip(keys, codes, strict=True)) for codes in absent]
        raise OptionError(f"The standard population names levels that the table does not have: {listed(shown)}. Take them out.")
    kept = combination([key for key in table.keys if key.name not in over])
    if (np.unique(kept, return_counts=True)[1] != len(wanted)).any():
        raise OptionError(
            f"Each combination of the other dimensions must have one row for every level of {', '.join(over)}. Do not select levels of them."
        )
    whole = sum(standard.values())
    return np.array([wanted[codes] / whole for codes in zip(*(key.codes.tolist() for key in keys), strict=True)])
