"""The same two-phase samples as in test_two_phase, declared and asked through the public names."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest

import prevalence as pv
import reference
from test_two_phase import CLOSE, CONSTANT, POINTS, known, label


@cache
def survey(name: str, method: str) -> pv.Survey:
    rows = reference.data(name)
    sampled = rows.groupby("h")["unit1"].transform("nunique")
    design = pv.Design(
        weight="w1",
        stratum="h",
        psu="unit1",
        fpc="fpc1",
        two_phase=pv.TwoPhase(subset="in2", stratum="g", unit="unit2", method=method),
        df_rule="own",
    )
    return pv.Survey(rows.assign(w1=rows["fpc1"] / sampled), design)


@pytest.mark.parametrize("number", POINTS, ids=label)
def test_estimates_and_standard_errors(number: dict[str, Any]) -> None:
    asked = survey(number["data"], "full" if number["method"] == "two stages" else number["method"])
    among = number.get("domain")
    if "x" in number:
        found = pv.ratio(asked, number["y"], number["x"], among=among).numbers
    else:
        found = pv.total(asked, number["y"], among=among).numbers
    assert found.estimate[0] == pytest.approx(number["estimate"], rel=CLOSE)
    assert math.isclose(found.se[0], number["se"], rel_tol=CLOSE, abs_tol=CONSTANT * number["estimate"] * known(number))
