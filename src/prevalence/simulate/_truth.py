"""The true prevalences of a population, by the standards' rules written out once more.

Independent of ``pv.classify`` on purpose: it serves to test it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product as crossing

import numpy as np
import pandas as pd

from prevalence.simulate._draws import Booleans, Floats
from prevalence.simulate._forced_labour import COERCION, INVOLUNTARY, NO
from prevalence.simulate._parameters import ADULT_AGES, AREAS, CHAINS, CHILD_AGES, PRODUCTS, SEXES

ALL = "All"
DEFINITIONS = {
    "in_employment": "any hours",
    "child_labour": "sdg-8.7.1",
    "child_labour_general": "sdg-8.7.1-general",
    "household_chores": "sdg-8.7.1-general",
    "hazardous_work": "any condition",
    "forced_labour": "icls20",
}
"""Truth column -> the rule it follows; a missing value means out of scope."""
CHILD_COLUMNS = tuple(name for name in DEFINITIONS if name != "forced_labour")

ECONOMIC_LIMITS = (1, 14, 43)
"""Weekly hours from which economic activity is child labour at 5-11, 12-14 and 15-17 (SDG 8.7.1 metadata, 2019; ``>=``)."""
CHORE_LIMIT = 21
"""Weekly hours of chores, water and firewood included, from which they count at 5-14 (general production boundary)."""


def child_truth(persons: pd.DataFrame) -> pd.DataFrame:
    """Return the 0/1 truth columns of children; NaN for persons outside 5-17."""
    age = persons["age"].to_numpy()
    child = (age >= 5) & (age <= 17)
    limit = np.select([age <= 11, age <= 14], ECONOMIC_LIMITS[:2], ECONOMIC_LIMITS[2])
    active = persons["economic_activity"].to_numpy() == 1
    labour = active & (persons["economic_hours"].to_numpy() >= limit)
    chores = (persons[["water_hours", "wood_hours", "other_chore_hours"]].sum(axis=1).to_numpy() >= CHORE_LIMIT) & (age <= 14)
    hazardous = persons.filter(like="hazard_").to_numpy().max(axis=1) == 1
    answers = {
        "in_employment": active,
        "child_labour": labour,
        "child_labour_general": labour | chores,
        "household_chores": chores,
        "hazardous_work": hazardous,
    }
    return pd.DataFrame({name: _scoped(answer, child) for name, answer in answers.items()})


def forced_truth(persons: pd.DataFrame) -> Floats:
    """Return 1 where some job is both involuntary and coerced, 0 for other adult workers, NaN for everybody else."""
    adult_worker = (persons["age"].to_numpy() >= 18) & (persons["economic_activity"].to_numpy() == 1)
    forced = np.zeros(len(persons), np.bool_)
    for suffix in ("", "_job2"):
        circumstances = persons[[name + suffix for name in INVOLUNTARY]].to_numpy()
        elements = persons[[name + suffix for name in COERCION]].to_numpy()
        forced |= (circumstances == 1).any(axis=1) & ((elements > 0) & (elements < NO)).any(axis=1)
    return _scoped(forced, adult_worker)


def _scoped(answer: Booleans, scope: Booleans) -> Floats:
    return np.where(scope, answer.astype(np.float64), np.nan)


def truth_table(areas: pd.DataFrame, households: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Return the tidy table of true prevalences.

    Returns
    -------
    frame
        ``indicator, definition, country, supply_chain, exposure, sex, age_group, area, population, cases, prevalence``; margins are
        ``All``. By country: sex x age group x area; and sex x chain for the exposures ``household``, ``area``, ``own``
        (among those who work in the chain) and ``in chain`` (cases who work in the chain, over everybody).
    """
    base = _labels(areas, households, persons)
    tables = []
    for indicator in DEFINITIONS:
        rows = base[persons[indicator].notna().to_numpy()].assign(case=persons[indicator].dropna().to_numpy())
        ages = ADULT_AGES if indicator == "forced_labour" else CHILD_AGES
        parts = [_by_groups(rows, ages), *_by_chains(rows)]
        table = pd.concat(parts, ignore_index=True)
        table.insert(0, "definition", DEFINITIONS[indicator])
        table.insert(0, "indicator", "child_labour" if indicator == "child_labour_general" else indicator)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _labels(areas: pd.DataFrame, households: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Return country, sex, age group, area and one flag a chain and exposure, one row a person."""
    household = persons["household_index"].to_numpy()
    area = households["area_index"].to_numpy()[household]
    frame = persons[["sex", "age_group"]].astype("category").reset_index(drop=True)
    for name in ("country", "area"):
        frame[name] = areas[name].astype("category").array.take(area)
    for chain in CHAINS:
        code = PRODUCTS.index(chain)
        frame[f"household {chain}"] = households[f"household_product_{chain}"].to_numpy()[household] == 1
        frame[f"area {chain}"] = areas[f"area_product_{chain}"].to_numpy()[area] == 1
        frame[f"own {chain}"] = ((persons["product_code"] == code) | (persons["product_2_code"] == code)).to_numpy()
    return frame


def _by_groups(rows: pd.DataFrame, ages: Sequence[str]) -> pd.DataFrame:
    levels = {"country": _countries(rows), "sex": SEXES, "age_group": ages, "area": AREAS}
    table = _tabulated(rows, levels)
    table["supply_chain"], table["exposure"] = ALL, ALL
    return _ordered(table)


def _by_chains(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    levels = {"country": _countries(rows), "sex": SEXES}
    for exposure in ("household", "area", "own", "in chain"):
        for chain in CHAINS:
            flag = rows[f"{'own' if exposure == 'in chain' else exposure} {chain}"].to_numpy()
            chosen = rows.assign(case=rows["case"] * flag) if exposure == "in chain" else rows[flag]
            table = _tabulated(chosen, levels)
            table["supply_chain"], table["exposure"], table["age_group"], table["area"] = chain, exposure, ALL, ALL
            yield _ordered(table[table["population"] > 0] if exposure != "in chain" else table[table["cases"] > 0])


def _countries(rows: pd.DataFrame) -> Sequence[str]:
    return tuple(rows["country"].cat.categories)


def _tabulated(rows: pd.DataFrame, levels: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return population and cases for every crossing of the levels and their margins."""
    counts = rows.groupby(list(levels), observed=True)["case"].agg(["size", "sum"])
    index = pd.MultiIndex.from_product(list(levels.values()), names=list(levels))
    counts = counts.reindex(index, fill_value=0)
    shape = [len(values) for values in levels.values()]
    sums = {name: _with_margins(counts[name].to_numpy(dtype=np.float64).reshape(shape)) for name in ("size", "sum")}
    labels = list(crossing(*((*values, ALL) for values in levels.values())))
    table = pd.DataFrame(labels, columns=list(levels))
    table["population"] = sums["size"].ravel().astype(np.int64)
    table["cases"] = sums["sum"].ravel().astype(np.int64)
    return table


def _with_margins(cells: Floats) -> Floats:
    """Return the array with the sum over each axis appended to it."""
    for axis in range(cells.ndim):
        cells = np.concatenate([cells, cells.sum(axis=axis, keepdims=True)], axis=axis)
    return cells


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    with np.errstate(invalid="ignore"):
        table = table.assign(prevalence=table["cases"] / table["population"])
    names = ["country", "supply_chain", "exposure", "sex", "age_group", "area", "population", "cases", "prevalence"]
    return table[names]
