"""Each published threshold of each rule: what is said just below it, at it, and just above; docs/methods/reliability.md has the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report.reliability import _reliability
from prevalence.report.reliability._reliability import Verdict

GOOD = {
    "n": 1000.0,
    "cases": 400.0,
    "count": 1000.0,
    "n_eff": 1000.0,
    "kg_n_eff": 1000.0,
    "df": 100.0,
    "deff": 1.5,
    "estimate": 0.4,
    "se": 0.01,
    "cv": 0.025,
    "log_cv": 0.03,
    "ine_limit": 0.0625,
    "width": 0.1,
    "relative_width": 0.25,
    "complement_width": 0.2,
    "planned": 0.0,
    "df_excused": 0.0,
}
"""A figure with which no rule finds fault."""

Judge = Callable[..., Verdict]

LIMITS: list[tuple[str, str, dict[str, float], str, float, tuple[str, str, str]]] = [
    ("mics", "prevalence", {}, "n", 25, ("withheld", "parentheses", "parentheses")),
    ("mics", "prevalence", {}, "n", 50, ("parentheses", "shown", "shown")),
    ("dhs", "prevalence", {}, "n", 25, ("withheld", "parentheses", "parentheses")),
    ("dhs", "prevalence", {}, "n", 50, ("parentheses", "shown", "shown")),
    ("ilo", "total", {}, "count", 5, ("S", "U", "U")),
    ("ilo", "total", {}, "count", 15, ("U", "shown", "shown")),
    ("nchs-2017", "prevalence", {}, "n", 30, ("suppress", "show", "show")),
    ("nchs-2017", "prevalence", {}, "kg_n_eff", 30, ("suppress", "show", "show")),
    ("nchs-2017", "prevalence", {"relative_width": 2.0}, "width", 0.05, ("show", "show", "suppress")),
    ("nchs-2017", "prevalence", {}, "width", 0.30, ("show", "suppress", "suppress")),
    ("nchs-2017", "prevalence", {}, "relative_width", 1.30, ("show", "show", "suppress")),
    ("nchs-2017", "prevalence", {}, "complement_width", 1.30, ("show", "show", "footnote")),
    ("nchs-2017", "prevalence", {}, "df", 8, ("review", "show", "show")),
    ("nchs-counts", "total", {}, "count", 10, ("suppress", "show", "show")),
    ("nchs-counts", "total", {}, "relative_width", 1.60, ("show", "show", "suppress")),
    ("nchs-counts", "total", {}, "df", 8, ("review", "show", "show")),
    ("nchs-30-30", "mean", {}, "count", 30, ("suppress", "show", "show")),
    ("nchs-30-30", "mean", {}, "cv", 0.30, ("show", "footnote", "footnote")),
    ("statcan", "prevalence", {}, "cv", 0.165, ("no restriction", "no restriction", "with warning")),
    ("statcan", "prevalence", {}, "cv", 0.333, ("with warning", "with warning", "not recommended")),
    ("abs", "prevalence", {}, "cv", 0.25, ("shown", "shown", "with caution")),
    ("abs", "prevalence", {}, "cv", 0.50, ("with caution", "with caution", "too unreliable")),
    ("ine-chile", "prevalence", {}, "n", 60, ("not reliable", "reliable", "reliable")),
    ("ine-chile", "prevalence", {}, "df", 9, ("not reliable", "reliable", "reliable")),
    ("ine-chile", "prevalence", {}, "se", 0.0625, ("reliable", "reliable", "weakly reliable")),
    ("ine-chile", "total", {}, "cv", 0.15, ("reliable", "reliable", "weakly reliable")),
    ("ine-chile", "total", {}, "cv", 0.30, ("weakly reliable", "weakly reliable", "not reliable")),
    ("eclac-2020", "prevalence", {}, "n", 100, ("suppress", "publish", "publish")),
    ("eclac-2020", "prevalence", {}, "n_eff", 140, ("suppress", "publish", "publish")),
    ("eclac-2020", "prevalence", {}, "cases", 50, ("suppress", "publish", "publish")),
    ("eclac-2020", "prevalence", {}, "log_cv", 0.175, ("publish", "publish", "suppress")),
    ("eclac-2020", "prevalence", {}, "df", 9, ("review", "publish", "publish")),
    ("eclac-2020", "prevalence", {}, "cv", 0.20, ("publish", "review", "review")),
    ("eclac-2020", "total", {}, "cv", 0.20, ("publish", "no label", "no label")),
    ("eclac-2023", "prevalence", {}, "deff", 1, ("not reliable", "reliable", "reliable")),
    ("eclac-2023", "prevalence", {"planned": 1.0}, "deff", 1, ("reliable", "reliable", "reliable")),
    ("eclac-2023", "prevalence", {"planned": 1.0, "n": 99.0}, "deff", 1, ("not reliable", "reliable", "reliable")),
    ("eclac-2023", "prevalence", {"planned": 1.0, "deff": 0.5}, "n", 100, ("not reliable", "reliable", "reliable")),
    ("eclac-2023", "prevalence", {}, "n_eff", 60, ("not reliable", "reliable", "reliable")),
    ("eclac-2023", "prevalence", {}, "df", 9, ("not reliable", "reliable", "reliable")),
    ("eclac-2023", "prevalence", {"df_excused": 1.0}, "df", 9, ("reliable", "reliable", "reliable")),
    ("eclac-2023", "prevalence", {}, "cases", 30, ("not reliable", "weakly reliable", "weakly reliable")),
    ("eclac-2023", "prevalence", {}, "cases", 50, ("weakly reliable", "reliable", "reliable")),
    ("eclac-2023", "prevalence", {}, "log_cv", 0.175, ("reliable", "reliable", "not reliable")),
    ("eclac-2023", "prevalence", {"cases": 40.0}, "log_cv", 0.175, ("weakly reliable", "weakly reliable", "not reliable")),
    ("eclac-2023", "prevalence", {"estimate": 0.6}, "log_cv", 0.175, ("reliable", "reliable", "weakly reliable")),
    ("eclac-2023", "prevalence", {"log_cv": 0.2}, "estimate", 0.5, ("not reliable", "weakly reliable", "weakly reliable")),
    ("eclac-2023", "total", {}, "cases", 50, ("weakly reliable", "reliable", "reliable")),
    ("eclac-2023", "total", {}, "cv", 0.20, ("reliable", "reliable", "weakly reliable")),
    ("eclac-2023", "total", {"cases": 40.0}, "cv", 0.20, ("weakly reliable",) * 3),
    ("eclac-2023", "total", {}, "cv", 0.30, ("weakly reliable", "weakly reliable", "not reliable")),
]


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Return a function that judges a figure with given quantities: exact limits cannot always be had from data."""

    def judged(rule: str, table: Estimates, **values: Any) -> Verdict:
        found = {name: np.broadcast_to(np.asarray(value, dtype=float), len(table)) for name, value in (GOOD | values).items()}
        monkeypatch.setattr(_reliability, "quantities", lambda *_, **__: found)
        return pv.report.reliability(table, rule=rule).verdicts[0]

    return judged


def tabled(statistic: str, rows: int = 1) -> Estimates:
    """Return estimates of a kind; what is judged of them is given apart."""
    data = pd.DataFrame(
        {"w": 1.0, "group": [f"{row:03d}" for row in range(rows) for _ in range(4)], "y": [0.0, 1.0, 1.0, 0.0] * rows}
    )
    return getattr(pv, statistic)(pv.Survey(data, pv.Design(weight="w")), "y", by="group")


@pytest.mark.parametrize(("rule", "statistic", "others", "quantity", "limit", "flags"), LIMITS)
def test_threshold(
    judge: Judge,
    rule: str,
    statistic: str,
    others: dict[str, float],
    quantity: str,
    limit: float,
    flags: tuple[str, str, str],
) -> None:
    sides = (np.nextafter(limit, 0), limit, np.nextafter(limit, np.inf))
    found = tuple(judge(rule, tabled(statistic), **others, **{quantity: side}).flags[0] for side in sides)
    assert found == flags


def test_every_threshold_of_every_rule_is_tried() -> None:
    """A limit that a rule has and this list has not would be left to chance."""
    tried = {(rule, quantity, limit) for rule, _, _, quantity, limit, _ in LIMITS}
    named = {
        (rule.name, condition.left, condition.right)
        for rule in pv.report.rules()
        for clause in rule.clauses
        for condition in (*clause.all, *clause.any)
        if isinstance(condition.right, float) and condition.left not in ("planned", "df_excused")
    }
    said = {*tried, ("ine-chile", "se", "ine_limit")}
    certain = {("nchs-2017", "estimate", 0.0), ("nchs-2017", "estimate", 1.0), ("statcan", "cv", 0.0), ("abs", "cv", 0.0)}
    assert named - said == certain


@pytest.mark.parametrize(
    ("rule", "poor", "passes"), [("ilo", 16, True), ("ilo", 17, False), ("ine-chile", 25, True), ("ine-chile", 26, False)]
)
def test_share_of_a_whole_table(judge: Judge, rule: str, poor: int, passes: bool) -> None:
    """Of 50 cells: the ILO allows one in three (0.334) of fewer than 5; INE Chile asks for half of them to be reliable."""
    few = np.where(np.arange(50) < poor, 4.0, 1000.0)
    assert judge(rule, tabled("prevalence", 50), n=few, count=few).table_passes is passes
