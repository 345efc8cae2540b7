"""Rows chosen from a published table: each keeps its own reason, its mask and the rules of rounding."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.report import Disclosure

WITHHELD = "withheld: to protect people"
AREAS = ("a", "b", "c", "d")


@pytest.mark.parametrize("publish", [True, False])
@pytest.mark.parametrize("chosen", [["a"], ["b"], ["b", "d"], ["a", "c"], ["d"], ["b", "c", "d"], list(AREAS)])
def test_each_row_keeps_its_reason(chosen: list[str], publish: bool) -> None:
    rows = pd.DataFrame({"w": 3.0, "area": list(AREAS) * 60, "y": ([0.0] * 7 + [1.0]) * 30})
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "y", by="area")
    shut = {"b": "", "d": "", "a": WITHHELD, "c": WITHHELD}
    rules = Disclosure(round_people=100)
    whole = pv.report.published(table, [shut[area] for area in AREAS], publish=publish, rules=rules)
    found = whole.select(area=chosen)
    assert found.reasons == tuple(shut[area] for area in AREAS if area in chosen)
    assert found.hidden.tolist() == [publish and bool(shut[area]) for area in AREAS if area in chosen]
    kept = np.isin(AREAS, chosen)
    before, after = whole.columns(), found.columns()
    for name in ("estimate", "se", "n", "population"):
        np.testing.assert_array_equal(after[name], before[name][kept])
    assert after["flag"] == [flag for flag, keep in zip(before["flag"], kept, strict=True) if keep]
