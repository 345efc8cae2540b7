"""Tables of one reading of the data, set one below the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from scipy import sparse

from prevalence.errors import OptionError, check_option
from prevalence.estimates._estimates import Estimates
from prevalence.estimates._keys import combination, joined
from prevalence.estimates._numbers import concatenated, default_method, joint_interval


def stack(tables: Iterable[Estimates]) -> Estimates:
    """Return tables of one survey as one, the first of equal rows kept; a dimension that a table lacks is "All" there.

    Tables of numbers of people and of others may each have the default interval of theirs, which is then that of each row.

    Raises
    ------
    OptionError
        If there is no table, or the tables have different scales, intervals or references of design effects, or come from different
        readings of the data.
    """
    parts = list(tables)
    if not parts:
        raise OptionError("stack needs a table or more; found none.")
    first = parts[0]
    if len(parts) == 1:
        return first
    if any(part.sample.rule is not first.sample.rule for part in parts):
        raise OptionError(
            "stack needs tables of one call, which share their sampling units. Ask for them at once: by=[[...], [...]]."
        )
    for part in parts:
        check_option("kind", part.kind, (first.kind,))
        if not _alike(part, first):
            raise OptionError(
                f"stack needs tables with one kind of interval and of design effect; found {first.interval.method} at {first.interval.level:g} with "
                f"deff {first.deff_reference}, and {part.interval.method} at {part.interval.level:g} with deff {part.deff_reference}. "
                "Ask for ci() and design_effect() after stack."
            )
    names = list(dict.fromkeys(name for part in parts for name in part.context))
    numbers = concatenated([part.numbers for part in parts])
    whole = Estimates(
        keys=joined([part.keys for part in parts]),
        numbers=numbers,
        kind=first.kind,
        shares=first.shares,
        interval=joint_interval([part.interval for part in parts], first.kind, numbers.people),
        sample=replace(
            first.sample,
            scores=sparse.csc_array(sparse.hstack([part.sample.scores for part in parts])),
            presence=sparse.csc_array(sparse.hstack([part.sample.presence for part in parts])),
        ),
        provenance=first.provenance.add(notes=tuple(note for part in parts for note in part.provenance.notes)),
        context={name: tuple(text for part in parts for text in part.context.get(name, ("",) * len(part))) for name in names},
        caveats=_caveats(parts),
        incomparable={name: reason for part in parts for name, reason in part.incomparable.items()},
        deff_reference=first.deff_reference,
    )
    _, kept = np.unique(combination(whole.keys), return_index=True)
    return whole if len(kept) == len(whole) else whole.take(np.sort(kept))


def _caveats(parts: list[Estimates]) -> tuple[str, ...]:
    if not any(part.caveats for part in parts):
        return ()
    return tuple(text for part in parts for text in part.caveats or ("",) * len(part))


def _alike(one: Estimates, other: Estimates) -> bool:
    """Return whether two tables have the same interval, or each the default of its numbers, and design effects of one reference."""
    same = one.interval.method == other.interval.method
    default = all(each.interval.method == default_method(each.kind, each.numbers.people) for each in (one, other))
    return (same or default) and (one.interval.level, one.deff_reference) == (other.interval.level, other.deff_reference)
