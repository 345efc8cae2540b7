"""What work depends on: the traits of persons, their households and areas as aligned arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from prevalence.simulate._draws import Booleans, Floats, Integers
from prevalence.simulate._parameters import CHAINS


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Traits of n persons.

    Attributes
    ----------
    age, male, urban, wealth_score, attends, head : arrays of n
    household_products, area_products : boolean arrays of (n, chains)
    work_effect, household_work_effect, chore_effect, forced_effect : arrays of n
        Effects shared by an area or a household, on the scale of log odds (chores: of log hours).
    """

    age: Integers
    male: Booleans
    urban: Booleans
    wealth_score: Floats
    attends: Booleans
    head: Booleans
    household_products: Booleans
    area_products: Booleans
    work_effect: Floats
    household_work_effect: Floats
    chore_effect: Floats
    forced_effect: Floats

    def where(self, chosen: Booleans) -> Context:
        """Return the context of the chosen persons."""
        return Context(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def context_of(areas: pd.DataFrame, households: pd.DataFrame, persons: pd.DataFrame) -> Context:
    """Return the context of all persons of a country."""
    household = persons["household_index"].to_numpy()
    area = households["area_index"].to_numpy()[household]
    household_flags = households[[f"household_product_{chain}" for chain in CHAINS]].to_numpy() == 1
    area_flags = areas[[f"area_product_{chain}" for chain in CHAINS]].to_numpy() == 1
    return Context(
        age=persons["age"].to_numpy(),
        male=np.asarray(persons["sex"] == "Male"),
        urban=np.asarray(areas["area"] == "Urban")[area],
        wealth_score=households["wealth_score"].to_numpy()[household],
        attends=persons["attends_school"].to_numpy() == 1,
        head=persons["line"].to_numpy() == 1,
        household_products=household_flags[household],
        area_products=area_flags[area],
        work_effect=areas["work_effect"].to_numpy()[area],
        household_work_effect=households["work_effect"].to_numpy()[household],
        chore_effect=areas["chore_effect"].to_numpy()[area],
        forced_effect=(areas["forced_effect"].to_numpy()[area] + households["forced_effect"].to_numpy()[household]),
    )
