"""The profiles of the sample, on small files in its layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from prevalence import loaders

from .conftest import mics_rows
from .profile_files import CIRCUMSTANCES, COERCION

CHAINS = ("cocoa", "coffee", "cotton", "garment", "mining", "fishing")


def test_children(tmp_path: Path) -> None:
    exposure = {f"{kind}_{chain.upper()}": 2 for kind in ("HP", "PA") for chain in CHAINS}
    working = {"CP1": 1, "CP2": 7, "CISIC": 127, "CL1A": 1, "CL3": 14, "HP_COCOA": 1, "PA_COCOA": 1, "HP_COFFEE": 9}
    rows = mics_rows(working, {"CP1": 98}, {"FS17": 2, "fsweight": 0}, {}, **exposure).assign(
        COUNTRY="XAA", CP2=[7, None, None, None]
    )
    rows["CISIC"] = [127, None, None, None]
    numeric = rows.drop(columns="COUNTRY").astype("float64").assign(COUNTRY=rows["COUNTRY"])
    pyreadstat.write_sav(numeric, tmp_path / "children.sav", variable_value_labels={"HH7": {1: "North"}})
    survey = loaders.load(tmp_path / "children.sav", profile="sample-children")
    child = survey.data.iloc[0]
    assert len(survey.data) == 3
    assert survey.key == ("COUNTRY", "HH1", "HH2", "LN")
    assert (child["country"], child["region"], child["product"], child["product_2"]) == ("XAA", "North", "cocoa", "other")
    assert child["isic"] == "0127"
    assert [child[f"household_product_{chain}"] for chain in CHAINS[::2]] == [1, 0, 0]
    assert np.isnan(child["household_product_coffee"])
    assert [child[f"area_product_{chain}"] for chain in CHAINS] == [1, 0, 0, 0, 0, 0]
    assert survey.data["product"].isna().tolist() == [False, True, True]


def worker(pid: int, **answers: int | None) -> dict[str, object]:
    row: dict[str, object] = {"country": "XBB", "region": 2, "urban": pid % 2, "stratum": 1, "psu": pid, "hhid": 1, "pid": pid}
    row |= {
        "weight": 120.5,
        "sex": 2,
        "age": 30,
        "status": 1,
        "isic": 127,
        "isco": 6112,
        "product1": 1,
        "product2": None,
        "hours": 98,
    }
    row |= {f"{prefix}i{i}": 2 for prefix in ("", "j2_") for i in range(1, 10)}
    row |= {f"{prefix}c{i}": 4 for prefix in ("", "j2_") for i in range(1, 7)}
    return row | {"has_job2": 2, "isic2": None} | answers


def test_workers(tmp_path: Path) -> None:
    rows = pd.DataFrame([worker(1, i3=1, c1=3, c2=2, c6=1, has_job2=1, j2_i9=1, j2_c5=2, isic2=1410), worker(2, i1=8, c1=9)])
    pyreadstat.write_dta(rows, tmp_path / "workers.dta", version=14, variable_value_labels={"region": {2: "Delta"}})
    survey = loaders.load(tmp_path / "workers.dta", profile="sample-workers")
    first, second = (row for _, row in survey.data.iterrows())
    assert [name for name in CIRCUMSTANCES if first[name] == 1] == ["abusive_overtime"]
    assert [name for name in COERCION if first[name] == 1] == [
        "violence_or_threats",
        "movement_restricted",
        "vulnerability_abused",
    ]
    assert [name for name in CIRCUMSTANCES if first[f"{name}_job2"] == 1] == ["no_freedom_to_terminate"]
    assert [name for name in COERCION if first[f"{name}_job2"] == 1] == ["documents_withheld"]
    assert [name for name in (*CIRCUMSTANCES, *COERCION) if np.isnan(second[name])] == [
        "birth_or_transaction",
        "violence_or_threats",
    ]
    assert (first["region"], first["sex"], first["age_group"], first["status"]) == ("Delta", "Female", "25-54", "Employee")
    assert (first["area"], second["area"]) == ("Urban", "Rural")
    assert (first["isic"], first["isic_2"], first["isco"], first["product"]) == ("0127", "1410", "6112", "cocoa")
    assert np.isnan(first["economic_hours"])
    assert (survey.design.weight, survey.design.strata, survey.design.units) == ("weight", ("stratum",), ("psu",))
