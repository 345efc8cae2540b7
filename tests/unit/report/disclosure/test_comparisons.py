"""Comparisons of which one side is withheld, whichever it is, and those of few people that stand alone."""

from __future__ import annotations

import pandas as pd
import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report import withheld, withheld_contrasts
from prevalence.report.disclosure.rules import PROTECTED, WEAK

LEVELS = ("a", "b", "c")


def by_area(each: int) -> Estimates:
    """Return shares of areas with so many people each."""
    rows = pd.DataFrame({"w": 1.0, "area": list(LEVELS) * each, "y": [float(place % 5 < 2) for place in range(3 * each)]})
    return pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "y", by="area")


@pytest.mark.parametrize("shut", LEVELS)
def test_either_side_withholds_a_difference(shut: str) -> None:
    source = by_area(100)
    reasons = [PROTECTED if level == shut else "" for level in LEVELS]
    for pair in (("a", "b"), ("b", "a"), ("c", "a")):
        gap = source.difference("area", *pair)
        wanted = PROTECTED if shut in pair else ""
        assert withheld_contrasts(gap, source, reasons, "area", [pair]) == (wanted,)


@pytest.mark.parametrize(("each", "reason"), [(24, WEAK), (25, "")])
def test_a_difference_that_stands_alone_needs_25_people(each: int, reason: str) -> None:
    """Without the tables that it was made from, its people are those of its smaller side."""
    gap = by_area(each).difference("area", "a", "b")
    assert gap.numbers.n[0] == each
    assert withheld([gap]) == ((reason,),)


@pytest.mark.parametrize(("pair", "reason"), [(("a", "b"), PROTECTED), (("b", "a"), PROTECTED), (("a", "c"), "")])
def test_a_difference_beside_its_table_falls_with_either_side(pair: tuple[str, str], reason: str) -> None:
    """Of b 3 people are cases; without a total nothing else need fall."""
    rows = pd.DataFrame(
        {"w": 1.0, "area": ["a"] * 90 + ["b"] * 90 + ["c"] * 90, "y": [1.0, 0.0] * 45 + [1.0] * 3 + [0.0] * 87 + [1.0, 0.0] * 45}
    )
    source = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "y", by="area")
    shut, gap = withheld([source, source.difference("area", *pair)])
    assert shut == ("", PROTECTED, "")
    assert gap == (reason,)
