"""Small files in the layout of each shipped profile, six persons in three units, for the tests of profiles."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .conftest import mics_rows

Columns = dict[str, list[Any]]
PLAIN_DESIGN: Columns = {
    "weight": [10.0, 12.0, 9.0, 11.0, 10.0, 8.0],
    "stratum": [1, 1, 1, 2, 2, 2],
    "psu": [1, 1, 2, 3, 3, 4],
    "hhid": [1, 2, 3, 4, 5, 6],
    "pid": [1] * 6,
}
SEXES = [1, 2, 1, 2, 1, 2]
AGES = [7, 13, 16, 9, 12, 17]
CIRCUMSTANCES = (
    "birth_or_transaction",
    "different_job",
    "abusive_overtime",
    "hazardous_without_consent",
    "low_or_no_wages",
    "degrading_living",
    "other_employers",
    "longer_than_agreed",
    "no_freedom_to_terminate",
)
COERCION = (
    "violence_or_threats",
    "movement_restricted",
    "debt",
    "wages_withheld",
    "documents_withheld",
    "vulnerability_abused",
)


def mics6() -> pd.DataFrame:
    given = [{"HL4": sex, "CB3": age, "CL1A": 1, "CL3": 5} for sex, age in zip(SEXES, AGES, strict=True)]
    return mics_rows(*given).astype(object).where(lambda frame: frame.notna(), None).infer_objects()


def mics5_hh() -> pd.DataFrame:
    """Seven households: six with a child of 5-17, one without children."""
    items = {name: [2] * 6 + [None] for name in ("CL2B", "CL2C", "CL2D", *(f"CL10{letter}" for letter in "BCDEFG"))}
    hazards = {name: [2] * 6 + [None] for name in ("CL5", "CL6", *(f"CL7{letter}" for letter in "ABCDEF"))}
    return pd.DataFrame(
        {
            "HH1": [1, 1, 2, 3, 3, 4, 4],
            "HH2": [1, 2, 1, 1, 2, 1, 2],
            "HH6": [1, 1, 2, 2, 2, 1, 1],
            "HH7": [1, 1, 1, 2, 2, 2, 2],
            "hhweight": [0.5, 1.0, 1.5, 1.0, 0.8, 1.2, 0.9],
            "windex5": [1, 2, 3, 4, 5, 1, 2],
            "SL1": [3, 1, 2, 1, 4, 2, 0],
            "SL9B": [3, 4, 2, 3, 5, 3, None],
            "SL9C": [*AGES, None],
            "CL2A": [1] * 6 + [None],
            "CL4": [2, 14, 43, 98, 0, None, None],
            "CL8": [1] * 6 + [None],
            "CL9": [7, 98, 1, 2, None, 4, None],
            "CL10A": [1] * 6 + [None],
            "CL12": [14, 10, 2, 20, 1, 3, None],
            **items,
            **hazards,
        }
    )


def mics5_hl() -> pd.DataFrame:
    """The selected children, and the first member of each household, who was not selected."""
    hh = mics5_hh()
    chosen = hh.dropna(subset=["SL9B"])
    children = pd.DataFrame(
        {"HH1": chosen["HH1"], "HH2": chosen["HH2"], "HL1": chosen["SL9B"], "HL4": SEXES, "ED5": [1, 2, 1, 9, None, 1]}
    )
    children = children.assign(ED3=[1, 1, 1, 1, 2, 1])
    heads = pd.DataFrame({"HH1": hh["HH1"], "HH2": hh["HH2"], "HL1": 1, "HL4": 1, "ED5": None, "ED3": None})
    return pd.concat([heads, children], ignore_index=True)


def mics5() -> pd.DataFrame:
    """The two files as one, for tests that are not about the join."""
    return (
        mics5_hh()
        .merge(mics5_hl(), left_on=["HH1", "HH2", "SL9B"], right_on=["HH1", "HH2", "HL1"], how="left")
        .drop(columns="HL1")
    )


def mics4() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "HH1": [1, 1, 2, 3, 3, 4],
            "HH2": [1, 2, 1, 1, 2, 1],
            "HL1": [3, 3, 2, 4, 3, 2],
            "HL4": SEXES,
            "HL6": [7, 13, 14, 9, 12, 5],
            "HH6": [1, 1, 2, 2, 2, 1],
            "HH7": [1, 1, 1, 2, 2, 2],
            "hhweight": [0.9, 1.1, 1.0, 1.0, 0.8, 1.2],
            "ED3": [1, 1, 1, 2, 1, 1],
            "ED5": [1, 2, 1, None, 9, 1],
            "CL3": [3, 1, 2, 3, 3, 3],
            "CL4": [None, 10, 3, None, None, None],
            "CL5": [2, 1, 2, 2, 2, 9],
            "CL6": [None, 4, None, None, None, None],
            "CL7": [2, 2, 1, 2, 2, 2],
            "CL8": [None, None, 98, None, None, None],
            "CL9": [1, 2, 1, 1, 1, 2],
            "CL10": [28, None, 5, 97, 1, None],
        }
    )


def dhs(prefix: str) -> pd.DataFrame:
    columns: Columns = {
        "001": [1, 1, 2, 3, 3, 4],
        "002": [1, 2, 1, 1, 2, 1],
        "003": [2, 2, 2, 2, 2, 2],
        "005": [1_000_000, 900_000, 1_100_000, 1_200_000, 800_000, 0],
        "012": [15, 49, 30, 24, 55, 17],
        "021": [1, 1, 2, 3, 3, 4],
        "022": [1, 1, 1, 2, 2, 2],
        "023": [11, 11, 11, 12, 12, 12],
        "024": [1, 1, 1, 2, 2, 2],
        "025": [1, 1, 2, 2, 1, 1],
    }
    frame = pd.DataFrame({f"{prefix}{name}": values for name, values in columns.items()})
    if prefix == "hv":
        frame = frame.drop(columns=["hv003", "hv012"])
        return frame.assign(
            hvidx=1, hv104=SEXES, hv105=[7, 98, 16, 97, 40, 4], hv121=[2, None, 1, 0, 0, 9], hv270=[1, 2, 3, 4, 5, 1]
        )
    return frame.assign(**{f"{prefix}190": [1, 2, 3, 4, 5, 1]})


def simpoc() -> pd.DataFrame:
    return pd.DataFrame(
        {
            **PLAIN_DESIGN,
            "sex": SEXES,
            "age": AGES,
            "area": [1, 1, 2, 2, 1, 1],
            "attends": [1, 0, 2, 9, 1, 1],
            "worked_1h": [2, 1, 1, 2, 2, 8],
            "own_use_goods": [1, 2, 2, 2, 2, 2],
            "hours_actual_all": [None, 14, 998, None, None, None],
            "hours_usual_all": [6, 40, 45, None, None, None],
            "isic_main": ["0127", "127", "4100", None, None, None],
            "chores": [1, 2, 1, 1, 2, 9],
            "chore_hours": [20, None, 999, 5, None, None],
            "water_hours": [4, None, 3, None, None, None],
            "cond_loads": [1, 2, 2, None, None, None],
            "night": [2, 1, 2, None, None, None],
        }
    )


def cocoa() -> pd.DataFrame:
    extra: Columns = {
        "country": ["xaa"] * 3 + ["XBB"] * 3,
        "production_stratum": ["high", "high", "low", "high", "high", "low"],
        "agricultural": [1, 1, 1, 2, 1, 1],
        "household_cocoa": [1, 2, 1, 2, 1, 1],
        "cocoa_7d": [1, 2, 1, 2, 2, 8],
        "cocoa_12m": [1, 1, 1, 2, 2, 2],
        "sharp_tools": [1, 2, 2, None, None, None],
        "agrochemicals": [2, 2, 1, None, None, None],
        "land_clearing": [2, 1, 2, None, None, None],
    }
    return simpoc().assign(**extra)


def forced_labour() -> pd.DataFrame:
    answers = {name: [2, 2, 1, 2, 8, 2] for name in CIRCUMSTANCES} | {name: [4, 4, 3, 4, 9, 4] for name in COERCION}
    frame = pd.DataFrame(
        {**PLAIN_DESIGN, "sex": SEXES, "age": [18, 60, 30, 24, 55, 40], "hours_actual_all": [40, 60, 30, 200, 10, 0]}
    )
    return frame.assign(**answers)


def lfs_generic() -> pd.DataFrame:
    return pd.DataFrame(
        {
            **PLAIN_DESIGN,
            "sex": SEXES,
            "age": AGES,
            "employed": [0, 1, 1, 0, 0, 1],
            "hours_actual_all": [None, 14, 43, None, None, 5],
        }
    )


def lfs_ilo() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ilo_key": [1, 2, 3, 4, 5, 6],
            "ilo_wgt": [100.0, 120.0, 90.0, 110.0, 100.0, 80.0],
            "ilo_sex": SEXES,
            "ilo_age": [7, 16, 30, 40, 60, 17],
            "ilo_geo": [1, 1, 2, 2, 3, 1],
            "ilo_lfs": [None, 1, 1, 2, 3, 1],
            "ilo_edu_attendance": [1, 2, 3, 2, 2, 1],
            "ilo_joball_how_actual": [None, 20, 48, None, None, None],
            "ilo_joball_how_usual": [None, 25, 40, None, None, 10],
            "ilo_job1_eco_isic4_2digits": [None, 1, 41, None, None, 5],
            "ilo_job1_ste_icse93": [None, 5, 1, None, None, 6],
        }
    )


FILES = {
    "mics6": mics6,
    "mics5": mics5,
    "mics4": mics4,
    "dhs-household": lambda: dhs("hv"),
    "dhs-persons": lambda: dhs("hv"),
    "dhs-women": lambda: dhs("v"),
    "dhs-men": lambda: dhs("mv"),
    "simpoc": simpoc,
    "cocoa": cocoa,
    "forced-labour": forced_labour,
    "lfs-generic": lfs_generic,
    "lfs-ilo": lfs_ilo,
}
