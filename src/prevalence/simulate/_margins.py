"""Population margins: how many people each level of a column has."""

from __future__ import annotations

import pandas as pd

from prevalence.simulate._draws import Booleans
from prevalence.simulate._population import Population

MARGINS = ("country", "region", "area", "sex", "age_group")


def margin_frame(source: Population, who: Booleans) -> pd.DataFrame:
    """Return ``margin, level, population`` of the chosen persons; the levels of each margin add up to all of them."""
    household = source.persons["household_index"].to_numpy()[who]
    area = source.households["area_index"].to_numpy()[household]
    people = source.persons.loc[who, ["sex", "age_group"]].astype(str).reset_index(drop=True)
    for name in ("country", "region", "area"):
        people[name] = source.areas[name].astype(str).to_numpy()[area]
    parts = []
    for margin in MARGINS:
        counts = people[margin].value_counts(sort=False).sort_index()
        parts.append(pd.DataFrame({"margin": margin, "level": counts.index.astype(str), "population": counts.to_numpy()}))
    return pd.concat(parts, ignore_index=True)
