"""Enumeration areas: strata, sizes, producing areas and the effects that make people of an area alike."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prevalence.simulate._draws import Integers, chance, labelled
from prevalence.simulate._parameters import AREAS, CHAINS, CountryProfile

AREA_SIZE = 75
"""Mean number of households in an enumeration area."""
SMALLEST, LARGEST = 40, 130


def area_frame(profile: CountryProfile, rng: np.random.Generator, households: int) -> pd.DataFrame:
    """Return the enumeration areas of a country, sorted by stratum.

    Returns
    -------
    frame
        ``country, region, area, stratum`` (1-6 within the country: region by region, urban first), ``households``,
        ``area_product_<chain>`` (0/1), ``work_effect, chore_effect, school_effect, forced_effect, wealth_effect``
        (standard normal or standard logistic units; latent).
    """
    stratum = _strata(profile, households)
    count = len(stratum)
    region, area = (stratum - 1) // 2, (stratum - 1) % 2
    frame = pd.DataFrame(
        {
            "country": labelled(np.zeros(count, np.int64), [profile.code]),
            "region": labelled(region, profile.regions),
            "area": labelled(area, AREAS),
            "stratum": stratum,
            "households": _sizes(rng, count),
        }
    )
    for chain in CHAINS:
        frame[f"area_product_{chain}"] = _producing(profile, rng, chain, region, area)
    scale = {"work": profile.work_area_sd, "chore": 0.30, "school": 0.5, "forced": profile.forced_area_sd, "wealth": 0.5}
    for name, sd in scale.items():
        frame[f"{name}_effect"] = sd * rng.standard_normal(count)
    return frame


def _strata(profile: CountryProfile, households: int) -> Integers:
    """Return the stratum of each area: at least two areas a stratum."""
    share = np.outer(profile.region_shares, [profile.urban, 1 - profile.urban]).ravel()
    areas = np.maximum(np.rint(share * households / AREA_SIZE), 2).astype(np.int64)
    stratum: Integers = np.repeat(np.arange(1, len(areas) + 1, dtype=np.int64), areas)
    return stratum


def _sizes(rng: np.random.Generator, count: int) -> Integers:
    sizes: Integers = np.clip(np.rint(AREA_SIZE * np.exp(0.25 * rng.standard_normal(count))), SMALLEST, LARGEST).astype(np.int64)
    return sizes


def _producing(profile: CountryProfile, rng: np.random.Generator, chain: str, region: Integers, area: Integers) -> Integers:
    chains = dict(profile.chains)
    if chain not in chains:
        return np.zeros(len(region), dtype=np.int8)
    grown = chains[chain]
    share = np.array([grown.urban, grown.rural])[area] * np.array(grown.regions)[region]
    return chance(rng, share, len(region)).astype(np.int8)
