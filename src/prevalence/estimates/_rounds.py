"""Tables of several samples, one below the other, told apart by a dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from prevalence.errors import OptionError, check_option, counted
from prevalence.estimates._estimates import Estimates
from prevalence.estimates._keys import Key, joined
from prevalence.estimates._numbers import concatenated, joint_interval
from prevalence.formulas.independent import block_diagonal
from prevalence.formulas.rules import Rule
from prevalence.totals import Columns


def rounds(
    tables: Sequence[Estimates],
    names: Sequence[str],
    rule: Rule,
    *,
    scores: Columns | None = None,
    presence: Columns | None = None,
    dimension: str = "round",
) -> Estimates:
    """Return tables of several samples as one, whose first dimension says the sample.

    Parameters
    ----------
    tables : sequence of Estimates
        One a sample, with the same dimensions.
    names : sequence of str
    rule : Rule
        Of all samples together.
    scores, presence : sparse arrays, optional
        As the rule asks for them; by default those of the tables one below the other, the columns of each its own.
    dimension : str

    Raises
    ------
    OptionError
        If dimensions or statistics differ.
    """
    first = tables[0]
    for table in tables[1:]:
        check_option("kind", table.kind, (first.kind,))
        if sorted(table.dimensions) != sorted(first.dimensions):
            raise OptionError(
                f"Rounds must have the same dimensions; one is by {', '.join(first.dimensions) or 'nothing'}, another by "
                f"{', '.join(table.dimensions) or 'nothing'}. Ask for both with the same `by`."
            )
    if dimension in first.dimensions:
        raise OptionError(f"Rounds must not have a dimension {dimension!r} already: {counted(len(first), 'row')} have it.")
    labels = tuple(names)
    marked = [
        (*table.keys[:2], Key(dimension, np.full(len(table), code, dtype=np.int64), labels, labels), *table.keys[2:])
        for code, table in enumerate(tables)
    ]
    context = list(dict.fromkeys(name for table in tables for name in table.context))
    provenance = first.provenance
    for table in tables[1:]:
        said = table.provenance
        provenance = provenance.add(definitions=said.definitions, counts=said.counts, notes=said.notes)
    numbers = concatenated([replace(table.numbers, given=None) for table in tables])
    return replace(
        first,
        keys=joined(marked),
        numbers=numbers,
        interval=joint_interval([table.interval for table in tables], first.kind, numbers.people),
        sample=replace(
            first.sample,
            rule=rule,
            scores=block_diagonal([table.sample.scores for table in tables]) if scores is None else scores,
            presence=block_diagonal([table.sample.presence for table in tables]) if presence is None else presence,
        ),
        provenance=provenance,
        context={name: tuple(text for t in tables for text in t.context.get(name, ("",) * len(t))) for name in context},
        caveats=tuple(text for t in tables for text in t.caveats or ("",) * len(t)) if any(t.caveats for t in tables) else (),
        incomparable={name: reason for table in tables for name, reason in table.incomparable.items()},
    )
