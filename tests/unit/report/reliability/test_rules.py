"""Clauses of rules where one of several conditions decides, or cannot be known."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report.reliability.quantities import quantities

ANY = """
name = "any"
version = "1"
title = "Either of two conditions"
source = "none"
status = "to be verified"
[[clauses]]
flag = "poor"
any = ["n < {n}", "cv > 0.5"]
[[clauses]]
flag = "good"
"""


def share(cases: int, n: int) -> Estimates:
    """Return the share of a simple random sample."""
    rows = pd.DataFrame({"w": 1.0, "y": [1.0] * cases + [0.0] * (n - cases)})
    return pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "y")


@pytest.mark.parametrize(("n", "flag"), [(40, "not assessed"), (60, "poor")])
def test_one_false_condition_of_several_leaves_the_other_open(tmp_path: Path, n: int, flag: str) -> None:
    """A share of 0 has no coefficient of variation: false or unknown is unknown, true or unknown is true (Kleene 1952)."""
    path = tmp_path / "any.toml"
    path.write_text(ANY.format(n=n))
    assert pv.report.reliability(share(0, 50), rule=path).verdicts[0].flags == (flag,)


@pytest.mark.parametrize(("n", "flag"), [(99, "suppress"), (100, "publish")])
def test_eclac_2020_asks_for_100_observations_even_where_the_design_gains(n: int, flag: str) -> None:
    """Strata that split cases from others nearly wholly have a design effect far below 1, and more than 140 effective observations."""
    half = n // 2
    rows = pd.DataFrame(
        {
            "w": 1.0,
            "stratum": [1] * half + [2] * (n - half),
            "y": [1.0] * (half - 2) + [0.0] * 2 + [1.0] * 6 + [0.0] * (n - half - 6),
        }
    )
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w", stratum="stratum")), "y")
    found = quantities(table)
    assert found["n"][0] == n
    assert found["n_eff"][0] > 140
    assert found["cases"][0] >= 50
    assert pv.report.reliability(table, rule="eclac-2020").verdicts[0].flags == (flag,)
