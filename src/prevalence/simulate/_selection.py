"""The two stages of selection: areas with probability proportional to size, households systematically."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prevalence.simulate._draws import repeated_ranges


def area_draws(areas: pd.DataFrame, rng: np.random.Generator, per_stratum: int, *, replacement: bool) -> pd.DataFrame:
    """Return the drawn areas.

    Areas stand in random order within their stratum on a line on which each is as long as it has households. Equidistant
    points from a random start (or independent points) hit an area of N out of the stratum's M households n N / M times on
    average, n being `per_stratum`; the weight is the inverse of that number. An area that is hit twice is two PSUs.
    """
    order = np.lexsort((rng.random(len(areas)), areas["stratum"].to_numpy()))
    stratum, size = areas["stratum"].to_numpy()[order], areas["households"].to_numpy()[order]
    labels, totals = np.unique(stratum), np.bincount(stratum, weights=size)[np.unique(stratum)]
    begin = np.cumsum(totals) - totals
    shape = (len(labels), per_stratum)
    unit = rng.random(shape) if replacement else (rng.random((len(labels), 1)) + np.arange(per_stratum)) / per_stratum
    hit = np.searchsorted(np.cumsum(size), np.floor(begin[:, None] + unit * totals[:, None]).ravel(), side="right")
    drawn_stratum = np.repeat(labels, per_stratum)
    return pd.DataFrame(
        {
            "psu": np.arange(1, len(hit) + 1),
            "stratum": drawn_stratum,
            "area_index": order[hit],
            "weight": np.repeat(totals, per_stratum) / (per_stratum * size[hit]),
        }
    )


def household_draws(areas: pd.DataFrame, drawn: pd.DataFrame, rng: np.random.Generator, per_area: int) -> pd.DataFrame:
    """Return the selected households of the drawn areas: equidistant on the list of the area, from a random start."""
    index = drawn["area_index"].to_numpy()
    size = areas["households"].to_numpy()[index]
    first = areas["first_household"].to_numpy()[index]
    step = np.arange(per_area) + rng.random((len(index), 1))
    place = np.minimum(np.floor(step * size[:, None] / per_area).astype(np.int64), size[:, None] - 1)
    repeat = np.full(len(index), per_area)
    return pd.DataFrame(
        {
            "psu": np.repeat(drawn["psu"].to_numpy(), repeat),
            "stratum": np.repeat(drawn["stratum"].to_numpy(), repeat),
            "number": repeated_ranges(np.ones(len(index), np.int64), repeat),
            "household_index": (first[:, None] + place).ravel(),
            "base_weight": np.repeat(drawn["weight"].to_numpy() * size / per_area, repeat),
        }
    )
