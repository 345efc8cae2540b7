"""The worker survey and the labour-force file as frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prevalence.simulate._answers import FORCED_DO_NOT_KNOW, asked, class_numbers, forced_item, mixed_in, yes_no
from prevalence.simulate._draws import Booleans, Floats, chance
from prevalence.simulate._forced_labour import COERCION, INVOLUNTARY
from prevalence.simulate._layout import layout, region_codes
from prevalence.simulate._mics import PRODUCT_DO_NOT_KNOW, PRODUCT_NO_RESPONSE
from prevalence.simulate._parameters import NOISE
from prevalence.simulate._sample import Sample

HOURS_DO_NOT_KNOW = 98
WAGE_DO_NOT_KNOW = 99998
YOUNGEST = 5
"""First age of the labour-force file."""


def worker_frame(sample: Sample, rng: np.random.Generator) -> pd.DataFrame:
    """Return the worker survey: one row an adult worker who answered, columns of the layout in its order."""
    who = sample.workers
    person = sample.source.persons.take(sample.chosen_workers.answering().row).reset_index(drop=True)
    second = person["product_2_code"].to_numpy() > 0
    everyone = np.ones(len(person), np.bool_)
    answers = {
        "country": who["country"],
        "region": who["region"].map(region_codes()),
        "urban": who["area"] == "Urban",
        "stratum": who["stratum"],
        "psu": who["psu"],
        "hhid": who["household"],
        "pid": who["person"],
        "weight": np.round(who["weight"].to_numpy(), 4),
        "sex": np.where(who["sex"] == "Male", 1, 2),
        "age": who["age"],
        **_job(rng, person, second),
        **_items(rng, person, everyone, prefix="", suffix=""),
        "has_job2": np.where(second, 1, 2),
        **_items(rng, person, second, prefix="j2_", suffix="_job2"),
        "isic2": class_numbers(rng, person["isic_2"].astype(object).to_numpy()),
    }
    columns = layout("workers")
    types = {
        column.name: "float64" if column.format == "float" else column.format for column in columns if column.format != "text"
    }
    return pd.DataFrame(answers)[[column.name for column in columns]].astype(types)


def _job(rng: np.random.Generator, person: pd.DataFrame, second: Booleans) -> dict[str, Floats]:
    """Return status, codes, products, hours and conditions; contract, pension and wage are asked of employees."""
    employee = person["status_code"].to_numpy() == 1
    codes, shares = (PRODUCT_DO_NOT_KNOW, PRODUCT_NO_RESPONSE), (NOISE.do_not_know, NOISE.hours_no_response)
    unknown = FORCED_DO_NOT_KNOW
    return {
        "status": person["status_code"].to_numpy(dtype=np.float64),
        "isic": class_numbers(rng, person["isic"].astype(object).to_numpy()),
        "isco": person["isco"].astype(float).to_numpy(),
        "product1": mixed_in(rng, person["product_code"].to_numpy(), codes, shares),
        "product2": asked(mixed_in(rng, person["product_2_code"].to_numpy(), codes, shares), second),
        "hours": mixed_in(
            rng, person["economic_hours"].to_numpy(), (HOURS_DO_NOT_KNOW, np.nan), (NOISE.do_not_know, NOISE.empty)
        ),
        "contract": asked(yes_no(rng, person["contract"].to_numpy(), unknown=unknown), employee),
        "pension": asked(yes_no(rng, person["pension"].to_numpy(), unknown=unknown), employee),
        "registered": yes_no(rng, person["registered"].to_numpy(), unknown=unknown),
        "wage": asked(mixed_in(rng, person["wage"].to_numpy(), (WAGE_DO_NOT_KNOW,), (NOISE.do_not_know,)), employee),
    }


def _items(rng: np.random.Generator, person: pd.DataFrame, has_job: Booleans, *, prefix: str, suffix: str) -> dict[str, Floats]:
    """Return the items of a job: involuntary ones 1 yes and 2 no, coercion 1-3 yes and 4 no, with 8 and 9."""
    answers = {}
    for place, name in enumerate(INVOLUNTARY, start=1):
        yes = np.where(person[name + suffix].to_numpy() == 1, 1, 2)
        answers[f"{prefix}i{place}"] = asked(forced_item(rng, yes), has_job)
    for place, name in enumerate(COERCION, start=1):
        answers[f"{prefix}c{place}"] = asked(forced_item(rng, person[name + suffix].to_numpy()), has_job)
    return answers


def labour_force_frame(sample: Sample, rng: np.random.Generator) -> pd.DataFrame:
    """Return the labour-force file: everybody of five and over in the households that answered."""
    who = sample.persons[sample.persons["age"] >= YOUNGEST].reset_index(drop=True)
    unknown = chance(rng, NOISE.do_not_know + NOISE.empty, len(who))
    coarse = chance(rng, NOISE.two_digits, len(who))
    return pd.DataFrame(
        {
            "country": who["country"],
            "region": who["region"],
            "area": who["area"],
            "stratum": who["stratum"].astype(np.int16),
            "psu": who["psu"].astype(np.int16),
            "hhid": who["household"].astype(np.int16),
            "pid": who["person"].astype(np.int16),
            "weight": np.round(who["weight"], 4),
            "sex": who["sex"],
            "age": who["age"].astype(np.int16),
            "attends": who["attends_school"],
            "employed": who["economic_activity"].astype(np.int8),
            "hours_actual_all": who["economic_hours"].mask(unknown),
            "isic4": who["isic"].where(~coarse, who["isic"].str[:2]),
            "isco08": who["isco"],
            "status": who["status"],
        }
    )
