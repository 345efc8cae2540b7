"""Households of a country: wealth, what they produce, how many adults and children they have."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prevalence.simulate._draws import Booleans, Floats, Integers, chance, labelled, pick
from prevalence.simulate._parameters import CHAINS, WEALTH, CountryProfile

ELSEWHERE = 1 / 25
"""Producing households outside producing areas, against those inside."""
MOST_CHILDREN = 9
OTHER_ADULTS = (0.58, 0.24, 0.12, 0.06)
"""Shares of households with 0, 1, 2 and 3 adults beside head and spouse."""


def household_frame(profile: CountryProfile, rng: np.random.Generator, areas: pd.DataFrame) -> pd.DataFrame:
    """Return the households of a country in the order of their areas.

    Returns
    -------
    frame
        ``area_index`` (row of `areas`), ``number`` (from 1 within the area), ``wealth, wealth_score``,
        ``household_product_<chain>`` (0/1), ``head_male, spouse`` (0/1), ``adults`` (18 and over), ``minors`` (0-17),
        and the latent ``work_effect, forced_effect``.
    """
    size = areas["households"].to_numpy()
    area_index = np.repeat(np.arange(len(areas)), size)
    count = len(area_index)
    rural = areas["area"].to_numpy()[area_index] == "Rural"
    score = areas["wealth_effect"].to_numpy()[area_index] - 0.9 * rural + 0.75 * rng.standard_normal(count)
    score = (score - score.mean()) / score.std()
    frame = pd.DataFrame({"area_index": area_index, "number": _numbers(size), "wealth_score": np.round(score, 5)})
    frame["wealth"] = labelled(_quintiles(score), WEALTH, ordered=True)
    for chain in CHAINS:
        frame[f"household_product_{chain}"] = _produces(profile, rng, chain, areas, area_index)
    frame["head_male"] = chance(rng, 0.76, count).astype(np.int8)
    frame["spouse"] = chance(rng, np.where(frame["head_male"] == 1, 0.86, 0.30), count).astype(np.int8)
    frame["adults"] = 1 + frame["spouse"] + pick(rng, OTHER_ADULTS, count)
    frame["minors"] = _minors(profile, rng, rural, score)
    frame["work_effect"] = profile.work_household_sd * rng.standard_normal(count)
    frame["forced_effect"] = 0.5 * rng.standard_normal(count)
    return frame


def _numbers(size: Integers) -> Integers:
    return np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size) + 1


def _quintiles(score: Floats) -> Integers:
    edges = np.quantile(score, (0.2, 0.4, 0.6, 0.8))
    return np.searchsorted(edges, score, side="right")


def _produces(
    profile: CountryProfile, rng: np.random.Generator, chain: str, areas: pd.DataFrame, area_index: Integers
) -> Integers:
    chains = dict(profile.chains)
    if chain not in chains:
        return np.zeros(len(area_index), dtype=np.int8)
    producing = areas[f"area_product_{chain}"].to_numpy()[area_index] == 1
    share = chains[chain].households * np.where(producing, 1.0, ELSEWHERE)
    return chance(rng, share, len(area_index)).astype(np.int8)


def _minors(profile: CountryProfile, rng: np.random.Generator, rural: Booleans, score: Floats) -> Integers:
    """Return numbers of persons under 18: Poisson with more spread, fewer in richer households."""
    mean = np.where(rural, profile.children, profile.urban_children) * np.exp(-0.10 * score)
    spread = np.exp(0.35 * rng.standard_normal(len(score)) - 0.35**2 / 2)
    return np.minimum(rng.poisson(mean * spread), MOST_CHILDREN)
