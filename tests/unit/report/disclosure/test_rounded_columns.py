"""Every column of a published table on its base: one exact number beside rounded ones would undo the rounding."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.report import Disclosure

RULES = Disclosure(round_counts=5, round_people=100, decimals=1)
ROUNDING = 1e-9
"""Of multiples in double precision."""


def survey() -> pv.Survey:
    """Return answers of 301 people, 23 of them unknown, weights that are no round numbers."""
    answers = np.array([1.0] * 73 + [0.0] * 205 + [np.nan] * 23)
    rows = pd.DataFrame({"w": 11.0 + np.arange(301) % 7 / 3, "ea": np.arange(301) % 19, "y": answers})
    return pv.Survey(rows, pv.Design(weight="w", psu="ea"))


def multiples(values: np.ndarray, base: float) -> bool:
    return bool((np.abs(values / base - np.round(values / base)) < ROUNDING).all())


@pytest.mark.parametrize("kind", ["prevalence", "total"])
def test_every_column_is_on_its_base(kind: str) -> None:
    table = getattr(pv, kind)(survey(), "y")
    exact = table.columns()
    columns = pv.report.published(table, [""], rules=RULES).columns()
    bases = {**dict.fromkeys(("n", "cases", "missing"), 5.0), "population": 100.0}
    bases |= {"weighted": 100.0} | dict.fromkeys(("estimate", "ci_low", "ci_high"), 100.0 if kind == "total" else 0.001)
    bases |= {} if kind == "total" else {"se": 0.001}
    for name, base in bases.items():
        assert not multiples(exact[name], base), name
        assert multiples(columns[name], base), name
        outwards = kind == "total" and name.startswith("ci_")
        assert np.abs(columns[name] - exact[name]).max() <= base / (1 if outwards else 2) + ROUNDING
    assert np.isnan([columns[name][0] for name in ("cv", "deff")]).all()
    assert [float(f"{exact['se'][0]:.2g}")] == columns["se"].tolist() or kind != "total"
    assert set(columns) - set(bases) - {"se", "cv", "deff"} <= {*(key.name for key in table.keys), "df", "n_psu", "flag"}
