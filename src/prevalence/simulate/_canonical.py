"""Frames of sampled people in the canonical columns of the package, with the truth beside them."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd

from prevalence.simulate._adult_work import STATUSES
from prevalence.simulate._child_work import HAZARDS
from prevalence.simulate._draws import Floats, Integers
from prevalence.simulate._forced_labour import COERCION, INVOLUNTARY, NO
from prevalence.simulate._parameters import CHAINS, PRODUCTS, YES_NO
from prevalence.simulate._population import Population
from prevalence.simulate._truth import CHILD_COLUMNS

CHORE_PARTS = ("water_hours", "wood_hours", "other_chore_hours")


class Selected(Protocol):
    """Rows of persons, rows of the selected households, and weights."""

    @property
    def row(self) -> Integers:
        """Rows of ``Population.persons``."""

    @property
    def household(self) -> Integers:
        """Rows of the frame of selected households."""

    @property
    def weight(self) -> Floats:
        """Weights of the persons."""


def texts(codes: Integers, names: tuple[str, ...]) -> pd.Series:
    """Return names by code; missing where the name is empty."""
    values = np.array([name or None for name in names], dtype=object)[codes]
    return pd.Series(values.tolist())


def _text_of(column: pd.Series) -> pd.Series:
    return pd.Series(column.astype(object).where(column.notna(), None).tolist())


def background(population: Population, households: pd.DataFrame, chosen: Selected) -> pd.DataFrame:
    """Return who and where: one row a chosen person, with design columns and exposures."""
    person = population.persons[["sex", "age", "age_group", "line", "attends_school"]].take(chosen.row)
    drawn = households[["stratum", "psu", "number"]].take(chosen.household)
    home_row = households["household_index"].to_numpy()[chosen.household]
    flags = [f"household_product_{chain}" for chain in CHAINS]
    home = population.households[["area_index", "wealth", *flags]].take(home_row)
    area_flags = [f"area_product_{chain}" for chain in CHAINS]
    area = population.areas[["country", "region", "area", *area_flags]].take(home["area_index"].to_numpy())
    columns: dict[str, object] = {name: _text_of(area[name]) for name in ("country", "region", "area")}
    columns |= {"stratum": drawn["stratum"].to_numpy(), "psu": drawn["psu"].to_numpy(), "household": drawn["number"].to_numpy()}
    columns |= {"person": person["line"].to_numpy(), "weight": chosen.weight}
    columns |= {"sex": _text_of(person["sex"]), "age": person["age"].to_numpy(), "age_group": _text_of(person["age_group"])}
    columns |= {"wealth": _text_of(home["wealth"]), "attends_school": texts(person["attends_school"].to_numpy(), YES_NO)}
    columns |= {name: home[name].to_numpy(dtype=np.float64) for name in flags}
    columns |= {name: area[name].to_numpy(dtype=np.float64) for name in area_flags}
    return pd.DataFrame(columns)


def _work(person: pd.DataFrame) -> dict[str, object]:
    """Return activity, hours and codes of the job."""
    active = person["economic_activity"].to_numpy() == 1
    return {
        "economic_activity": active.astype(np.float64),
        "economic_hours": np.where(active, person["economic_hours"].to_numpy(), np.nan),
        "isic": _text_of(person["isic"]),
        "isco": _text_of(person["isco"]),
        "product": texts(person["product_code"].to_numpy(), PRODUCTS),
        "product_2": texts(person["product_2_code"].to_numpy(), PRODUCTS),
    }


def children_frame(population: Population, households: pd.DataFrame, chosen: Selected) -> pd.DataFrame:
    """Return the chosen children with work, chores, hazards and the truth."""
    person = population.persons.take(chosen.row)
    active = person["economic_activity"].to_numpy() == 1
    items = person.filter(regex="^(water|wood|chore_[a-z]+)$").to_numpy()
    chores = items.max(axis=1) == 1
    columns = _work(person)
    columns["chores"] = chores.astype(np.float64)
    columns["chore_hours"] = np.where(chores, person[list(CHORE_PARTS)].sum(axis=1).to_numpy(), np.nan)
    for name in HAZARDS:
        columns[f"hazard_{name}"] = np.where(active, person[f"hazard_{name}"].to_numpy(), np.nan)
    columns |= {name: person[name].to_numpy() for name in CHILD_COLUMNS}
    return pd.concat([background(population, households, chosen), pd.DataFrame(columns)], axis=1)


def workers_frame(population: Population, households: pd.DataFrame, chosen: Selected) -> pd.DataFrame:
    """Return the chosen adult workers with their jobs, the items of forced labour and the truth."""
    person = population.persons.take(chosen.row)
    columns = _work(person)
    columns["status"] = texts(person["status_code"].to_numpy(), tuple(STATUSES.get(code, "") for code in range(6)))
    columns |= {
        name: person[name].to_numpy(dtype=np.float64) for name in ("contract", "pension", "registered", "informal", "wage")
    }
    columns["isic_2"] = _text_of(person["isic_2"])
    for suffix, product in (("", "product_code"), ("_job2", "product_2_code")):
        has_job = person[product].to_numpy() > 0
        for name in INVOLUNTARY:
            columns[name + suffix] = np.where(has_job, person[name + suffix].to_numpy(), np.nan)
        for name in COERCION:
            columns[name + suffix] = np.where(has_job, person[name + suffix].to_numpy() < NO, np.nan)
    columns["forced_labour"] = person["forced_labour"].to_numpy()
    return pd.concat([background(population, households, chosen), pd.DataFrame(columns)], axis=1)


def persons_frame(population: Population, households: pd.DataFrame, chosen: Selected) -> pd.DataFrame:
    """Return the chosen persons with work and status."""
    person = population.persons.take(chosen.row)
    columns = _work(person)
    columns["status"] = texts(person["status_code"].to_numpy(), tuple(STATUSES.get(code, "") for code in range(6)))
    return pd.concat([background(population, households, chosen), pd.DataFrame(columns)], axis=1)
