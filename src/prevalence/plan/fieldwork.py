"""The list of field work: which areas to visit, how many households to draw there and where to begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from prevalence.plan import tables
from prevalence.plan._select import HOUSEHOLDS, select
from prevalence.shown import Shown
from prevalence.totals import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Fieldwork(Shown):
    """Areas to visit, one row an area.

    Attributes
    ----------
    stratum, area : tuples of str
    row : int array
        Position in the frame, from 0.
    size : float array
        Households in the census.
    probability : float array
        Of the area to be drawn.
    weight : float array
        Weight of a household if the listing finds as many as the census did: 1/probability x size/households. After listing L
        households it is
        1/probability x L/households.
    households : int array
        To draw: all, where the census has fewer.
    interval, start : float arrays
        Draw the households number start, start + interval, ... of the new list, rounded up, start lying in (0, interval]. Where
        the listing finds L households, multiply both by L/size.
    people : float array
        Interviews to expect.
    seed : int
    """

    stratum: tuple[str, ...]
    area: tuple[str, ...]
    row: Ints
    size: Floats
    probability: Floats
    weight: Floats
    households: Ints
    interval: Floats
    start: Floats
    people: Floats
    seed: int


def fieldwork(
    frame: Any,
    clusters: Mapping[str, int],
    *,
    seed: int,
    unit: str,
    stratum: str,
    size: str,
    order: str | Sequence[str] | None,
    households: int,
    people: float,
) -> Fieldwork:
    """Return the list of field work; `people` is the number of interviews to expect in a household."""
    drawn = select(frame, n=clusters, seed=seed, unit=unit, stratum=stratum, size=size, order=order)
    sizes = tables.values(frame, size)[drawn.row]
    taken = np.minimum(households, np.floor(sizes)).astype(np.int64)
    interval = sizes / np.maximum(taken, 1)
    start = (1 - np.random.default_rng([seed, HOUSEHOLDS]).random(len(sizes))) * interval
    return Fieldwork(
        stratum=drawn.stratum,
        area=drawn.unit,
        row=drawn.row,
        size=sizes,
        probability=drawn.probability,
        weight=interval / drawn.probability,
        households=taken,
        interval=interval,
        start=start,
        people=taken.astype(np.float64) * people,
        seed=seed,
    )
