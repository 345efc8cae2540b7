"""The data of the cases: CSV files of `tests/reference/data`, with the columns that some cases need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).parents[2] / "tests" / "reference" / "data"
SEED = 20250620
IMPUTATIONS = 5
SCHOOLS = {"E": 4421, "H": 755, "M": 1018}


def frames() -> dict[str, pd.DataFrame]:
    """Return all frames by name."""
    plain = (
        "nhanes",
        "yrbs",
        "synthetic_lonely",
        "hospital",
        "mu284",
        "stages",
        "stages_lonely",
        "election_pps",
        "election_systematic",
    )
    found = {name: read(name) for name in plain}
    made: dict[str, Callable[[], pd.DataFrame]] = {
        "apisrs": lambda: schools("apisrs"),
        "apistrat": lambda: schools("apistrat"),
        "apiclus1": lambda: schools("apiclus1"),
        "apiclus2": lambda: schools("apiclus2"),
        "pooled": lambda: read("pooled").astype({"round": str}),
        "children": lambda: read("sample_children"),
        "synthetic": synthetic,
        "scd": lambda: read("scd").assign(ambulance2=lambda rows: np.arange(len(rows))),
        "crowd": crowd,
        "pairs": pairs,
        "holes": holes,
        "nhanes_filled": filled,
        "brewer_shuffled": brewer,
        "brewer_sorted": lambda: brewer().sort_values("id", kind="stable"),
    }
    found |= {name: make() for name, make in made.items()}
    for name in ("two_phase_schools", "two_phase_districts", "two_phase_mu284"):
        rows = read(name).assign(w1=lambda data: data["fpc1"] / data.groupby("h")["unit1"].transform("nunique"))
        found[name] = rows
        found[f"{name}_shuffled"] = rows.iloc[::-1]
    return {name: rows.reset_index(drop=True) for name, rows in found.items()}


def read(name: str) -> pd.DataFrame:
    """Return a CSV of the reference data, its rows numbered."""
    rows = pd.read_csv(DATA / f"{name}.csv", float_precision="round_trip")
    return rows.assign(row=range(len(rows)))


def schools(name: str) -> pd.DataFrame:
    """Return a sample of schools with an indicator of high schools, the gain in API, unequal, normalised and post-stratified weights, and a quarter that does not answer."""
    rows = read(name)
    answered = (rows["api99"] % 4 > 0).astype(int)
    return rows.assign(
        high=(rows["stype"] == "H").astype(float),
        gain=(rows["api00"] - rows["api99"]).astype(float),
        uneven=rows["pw"] * (1 + rows["dnum"] % 3),
        normalised=rows["pw"] * len(rows) / rows["pw"].sum(),
        fitted=rows["pw"] * rows["stype"].map(SCHOOLS) / rows.groupby("stype")["pw"].transform("sum"),
        answered=answered,
        status=np.where(answered == 1, "rr", "nr"),
        api00_known=rows["api00"].where(answered == 1),
        enroll_known=rows["enroll"].where(answered == 1),
    )


def synthetic() -> pd.DataFrame:
    """Return the synthetic sample with bootstrap and successive-difference factors, and with the former as weights."""
    rows = read("synthetic")
    boot, sdr = (
        read(name).set_index("psu").loc[rows["psu"]].reset_index(drop=True)
        for name in ("replication_bootstrap", "replication_sdr")
    )
    boot, sdr = boot.drop(columns="row"), sdr.drop(columns="row")
    weights = boot.mul(rows["w"], axis=0).rename(columns=lambda name: f"w{name}")
    return pd.concat([rows, boot, sdr, weights], axis=1)


def crowd() -> pd.DataFrame:
    """Return the crowding sample with the first of each pair of jackknife columns as JK2."""
    rows = read("crowd")
    return rows.assign(**{f"jk_two{i}": rows[f"jkn{2 * i - 1}"] for i in (1, 2, 3)})


def pairs(strata: int = 40) -> pd.DataFrame:
    """Return a drawn sample of two units in each of 40 strata."""
    rng = np.random.default_rng(SEED)
    h = np.repeat(np.arange(strata), 2)
    return pd.DataFrame(
        {
            "h": h,
            "unit": np.arange(2 * strata),
            "w": rng.uniform(1, 5, 2 * strata).round(3),
            "y": rng.gamma(2, 3, 2 * strata).round(3),
        }
    )


def holes() -> pd.DataFrame:
    """Return 24 rows of two groups, where half of the answers of one group are missing."""
    rows = pd.DataFrame(
        {"w": np.tile([1.0, 2], 12), "psu": np.repeat(np.arange(6), 4), "g": np.tile(np.repeat(["a", "b"], 2), 6)}
    )
    rows["y"] = np.tile([0.0, 1, 1, 0, 0, 1], 4)
    rows.loc[rows.index[rows["g"] == "a"][:6], "y"] = np.nan
    return rows


def filled() -> pd.DataFrame:
    """Return nhanes with the missing answers filled in five ways."""
    rows = read("nhanes")
    rng = np.random.default_rng(SEED)
    share = rows["HI_CHOL"].mean()
    draws = {
        f"filled{m + 1}": rows["HI_CHOL"].fillna(pd.Series((rng.random(len(rows)) < 3 * share).astype(float)))
        for m in range(IMPUTATIONS)
    }
    return rows.assign(**draws)


def brewer() -> pd.DataFrame:
    """Return four units of unequal probabilities whose rows are not in the order of their labels."""
    rows = pd.DataFrame(
        {"id": np.repeat(list("cabd"), 2), "p": np.repeat([0.6, 0.1, 0.3, 0.2], 2), "y": [1.0, 2, 30, 4, 5, 6, 17, 8]}
    )
    return rows.assign(w=1 / rows["p"])
