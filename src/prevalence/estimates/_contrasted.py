"""New estimates from old ones: their numbers, labels and warnings once the contrast scores are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from prevalence.estimates._keys import Key
from prevalence.estimates._numbers import Interval, Kind, Numbers, default_method
from prevalence.estimates._sample import first_used, inherited, thinnest_of
from prevalence.formulas.ratio import Linear
from prevalence.formulas.variance import standard_errors
from prevalence.totals import Columns, Ints

if TYPE_CHECKING:
    from prevalence.estimates._estimates import Estimates

NO_VARIANCE = "a rate of 0 or 1 adds no variance: standard error too small"


def contrasted(table: Estimates, used: Columns, linear: Linear, keys: tuple[Key, ...], kind: Kind) -> Estimates:
    """Return new estimates from contrast scores.

    Parameters
    ----------
    table : Estimates
    used : sparse array, shape (contrasts, rows)
        Which rows each contrast draws on.
    linear : Linear
        Of the contrasts; on the log scale for ratios.
    keys : tuple of Key
    kind : {"unbounded", "log"}
    """
    sample = table.sample.contrasted(used, linear.scores)
    found = sample.spread()
    sizes = np.ones(len(table)) if kind == "log" else np.nan_to_num(np.abs(table.numbers.estimate))
    spread = standard_errors(found.variance, abs(used) @ sizes)
    # A ratio of 0 has no logarithm, hence no error on that scale.
    undefined = np.isnan(linear.estimate) | ((linear.estimate <= 0) & (kind == "log"))
    spread = np.where(undefined, np.nan, spread)
    thinnest = thinnest_of(used, table.numbers.n)
    unknown = np.full(len(linear.estimate), np.nan)
    numbers = Numbers(
        estimate=linear.estimate,
        se=linear.estimate * spread if kind == "log" else spread,
        se_log=spread if kind == "log" else unknown,
        deff=unknown,
        df=inherited(found.df_of(spread), used, table.numbers.df),
        n=table.numbers.n[thinnest],
        cases=unknown,
        missing=table.numbers.missing[thinnest],
        n_psu=found.n_psu,
        weighted=unknown,
        population=unknown,
        borrowed_deff=unknown,
        census=found.census & (spread == 0),
        people=np.zeros(len(unknown), dtype=np.bool_),
    )
    return replace(
        table,
        keys=keys,
        numbers=numbers,
        kind=kind,
        interval=Interval(default_method(kind, numbers.people), table.interval.level),
        sample=sample,
        context={name: tuple(texts[row] for row in first_used(used)) for name, texts in table.context.items()},
        caveats=_caveats(table, used),
        shares=table.shares and kind != "log",
    )


def picked(rows: Ints, of: int) -> Columns:
    """Return the 0/1 matrix, shape (contrasts, of), that picks one row a contrast."""
    return sparse.csc_array((np.ones(len(rows)), (np.arange(len(rows)), rows)), shape=(len(rows), of))


def paired_keys(keys: tuple[Key, ...], dimension: str, above: Ints, below: Ints, sign: str, statistic: str) -> tuple[Key, ...]:
    """Return the keys of rows `above`, in which `dimension` names both levels."""
    paired = []
    for key in keys:
        if key.name == "statistic":
            paired.append(Key.constant("statistic", statistic, len(above)))
        elif key.name == dimension:
            pair = key.codes[above] * len(key.levels) + key.codes[below]
            found, codes = np.unique(pair, return_inverse=True)
            names = [divmod(value, len(key.levels)) for value in found.tolist()]
            labels = tuple(f"{key.labels[a]}{sign}{key.labels[b]}" for a, b in names)
            paired.append(Key(dimension, codes.astype(np.int64), labels, labels))
        else:
            paired.append(key.take(above))
    return tuple(paired)


def _caveats(table: Estimates, used: Columns) -> tuple[str, ...]:
    """Return the warnings of all rows that a contrast draws on; a share of 0 or 1 has a linearised variance of zero."""
    texts = {row: set(caveat.split("; ")) for row, caveat in enumerate(table.caveats) if caveat}
    if table.kind == "proportion":
        sampled = np.isfinite(table.numbers.estimate) & ~table.numbers.census
        for row in np.flatnonzero(table.numbers.shares().degenerate & sampled).tolist():
            texts.setdefault(row, set()).add(NO_VARIANCE)
    if not texts:
        return ()
    found: list[list[str]] = [[] for _ in range(used.shape[0])]
    for text in sorted(set().union(*texts.values())):
        warned = np.array([text in texts.get(row, ()) for row in range(len(table))], dtype=np.float64)
        for contrast in np.flatnonzero((abs(used) > 0).astype(np.float64) @ warned):
            found[contrast].append(text)
    return tuple("; ".join(parts) for parts in found)
