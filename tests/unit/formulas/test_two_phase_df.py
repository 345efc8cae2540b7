"""Degrees of freedom of two-phase samples: of the phase that has fewer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.design import TwoPhase


@pytest.mark.parametrize(
    ("areas", "drawn", "df"),
    [(12, [0, 3, 6, 9, 12, 15, 18, 21], 8 - 2), (3, range(0, 24, 2), 3 - 1)],
    ids=["phase 2 has fewer", "phase 1 has fewer"],
)
def test_the_phase_with_fewer_degrees_decides(areas: int, drawn: list[int], df: int) -> None:
    """24 people in areas; of two groups of 12 some were given the module: people less groups, or areas less one."""
    rows = pd.DataFrame({"w": 1.0, "ea": np.arange(24) % areas, "group": np.arange(24) // 12, "y": np.arange(24) % 5 % 2})
    rows["module"] = np.isin(rows.index, list(drawn)).astype(int)
    design = pv.Design(weight="w", psu="ea", two_phase=TwoPhase(subset="module", stratum="group"), df_rule="design")
    assert pv.prevalence(pv.Survey(rows, design), "y").numbers.df.tolist() == [df]
