from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

DATA = Path(__file__).parents[2] / "data"

ITEMS = {"CL1A": 2, "CL1B": 2, "CL1C": 2, "CL1X": 2, "CL7": 2, "CL9": 2}
ITEMS |= {f"CL11{letter}": 2 for letter in "ABCDEFX"}
HOURS = ("CL3", "CL8", "CL10", "CL13")
HAZARDS = ("CL4", "CL5", "CL6A", "CL6B", "CL6C", "CL6D", "CL6E", "CL6X")


def mics_rows(*answers: dict[str, Any], **columns: Any) -> pd.DataFrame:
    """Completed MICS6 interviews, one a mapping: everything unasked, one cluster and stratum a row pair."""
    rows = []
    for number, given in enumerate(answers):
        row: dict[str, Any] = dict.fromkeys((*ITEMS, *HOURS, *HAZARDS, "CB4", "CB7"))
        row |= {"HH1": number // 2 + 1, "HH2": number % 2 + 1, "LN": 3, "FS17": 1, "fsweight": 1.0, "PSU": number // 2 + 1}
        row |= {"stratum": number // 4 + 1, "HH6": 1, "HH7": 1, "HL4": 1, "CB3": 10, "windex5": 3, **columns, **given}
        rows.append(row)
    return pd.DataFrame(rows).convert_dtypes().astype("Float64")


@pytest.fixture
def lfs() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "weight": [1.5, 2.5, 2.0, 1.0],
            "stratum": [1, 1, 2, 2],
            "psu": [1, 2, 3, 4],
            "hhid": [1, 2, 3, 4],
            "pid": [1, 1, 1, 2],
            "age": [9, 13, 16, 40],
            "sex": [2, 1, 2, 1],
            "region": ["North", "North", "South", "South"],
            "employed": [0, 1, 1, None],
            "hours_actual_all": [None, 14, 43, None],
            "isic4": [None, "0127", "01", "4100"],
        }
    )
