"""Disclosure: small cells are hidden, and nobody can work them out from what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.provenance import Codebook, Definition, Provenance, Variable
from prevalence.report import withheld, withheld_contrasts
from prevalence.survey import Family, Survey

WEAK = "withheld: fewer than 25 observations"
SMALL = "withheld: 1-4 cases"
REVEALING = "withheld: would reveal another cell"
SEXES, AREAS = ("Female", "Male"), ("Rural", "Urban")
CODEBOOK = Codebook({"sex": Variable(levels={s: s for s in SEXES}), "area": Variable(levels={a: a for a in AREAS})})


def survey_of(counts: Mapping[tuple[Any, ...], tuple[int, int]], names: tuple[str, ...], **more: Any) -> Survey:
    """Return a survey with (observations, cases) in each combination of levels."""
    rows = [
        {**dict(zip(names, levels, strict=True)), "child_labour": float(i < cases), "w": 1.0}
        for levels, (n, cases) in counts.items()
        for i in range(n)
    ]
    return Survey(pd.DataFrame(rows), pv.Design(weight="w"), codebook=CODEBOOK, **more)


def by(survey: Survey, *names: str, indicator: str | list[str] = "child_labour") -> Estimates:
    return pv.prevalence(survey, indicator, by=list(names), margins=True)


def told(table: Estimates, reasons: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    texts = zip(*(key.texts() for key in table.keys if key.name in table.dimensions), strict=True)
    return dict(zip(texts, reasons, strict=True))


def test_large_cells_are_published() -> None:
    table = by(survey_of({("Female",): (60, 20), ("Male",): (70, 30)}, ("sex",)), "sex")
    assert withheld([table]) == (("", "", ""),)


@pytest.mark.parametrize(
    ("n", "cases", "reason"), [(24, 10, WEAK), (25, 10, ""), (60, 1, SMALL), (60, 4, SMALL), (60, 5, ""), (60, 0, "")]
)
def test_the_two_thresholds(n: int, cases: int, reason: str) -> None:
    table = pv.prevalence(survey_of({("Female",): (n, cases)}, ("sex",)), "child_labour")
    assert withheld([table])[0] == (reason,)


def test_the_other_sex_goes_too_because_the_margin_would_give_it_away() -> None:
    table = by(survey_of({("Female",): (60, 3), ("Male",): (70, 30)}, ("sex",)), "sex")
    assert withheld([table])[0] == (SMALL, REVEALING, "")


def test_a_cell_without_cases_protects_nobody() -> None:
    """Female 3, Male 0: everyone is 3 too. Hiding the zero would not help; all that is left to hide is hidden anyway."""
    table = by(survey_of({("Female",): (60, 3), ("Male",): (70, 0)}, ("sex",)), "sex")
    assert told(table, withheld([table])[0]) == {("Female",): SMALL, ("Male",): "", ("All",): SMALL}


def test_two_small_cells_are_not_safe_if_their_sum_tells_both() -> None:
    """4 + 4 = 8: each lies between 1 and 4, so a published 8 gives both away."""
    table = by(survey_of({("Female",): (60, 4), ("Male",): (70, 4)}, ("sex",)), "sex")
    assert withheld([table])[0] == (SMALL, SMALL, REVEALING)


def test_a_domain_hidden_in_one_table_is_hidden_in_all() -> None:
    counts = {
        ("Female", "Rural"): (30, 1),
        ("Female", "Urban"): (30, 2),
        ("Male", "Rural"): (60, 20),
        ("Male", "Urban"): (60, 20),
    }
    survey = survey_of(counts, ("sex", "area"))
    crossed, single = by(survey, "sex", "area"), by(survey, "sex")
    first, second = withheld([crossed, single])
    assert told(single, second)[("Female",)] == SMALL
    assert told(single, second)[("Male",)] == told(crossed, first)[("Male", "All")]
    assert second[1:] != ("", "")


def test_chains_overlap_and_so_do_not_reveal_each_other() -> None:
    family = Family(name="supply_chain", members={"cocoa": "chain_cocoa"}, exposure="household", denominator="children")
    survey = survey_of({(1.0, "a"): (60, 3), (0.0, "a"): (80, 40)}, ("chain_cocoa", "x"), families={"supply_chain": family})
    table = by(survey, "supply_chain")
    assert told(table, withheld([table])[0]) == {("cocoa",): SMALL, ("All",): ""}
    assert withheld([table], overlapping=())[0] == (SMALL, REVEALING)


def test_few_observations_are_hidden_for_every_indicator_of_the_same_people() -> None:
    survey = survey_of({("Female",): (20, 10), ("Male",): (60, 30)}, ("sex",))
    data = survey.data.assign(hazardous_work=1 - survey.data["child_labour"])
    both = by(Survey(data, survey.design, codebook=CODEBOOK), "sex", indicator=["child_labour", "hazardous_work"])
    assert withheld([both])[0] == (WEAK, REVEALING, "") * 2


def test_two_definitions_of_one_indicator_are_two_indicators() -> None:
    def defined(name: str, cases: int) -> Estimates:
        rule = Definition(indicator="child_labour", name=name, version="1", title="", source="", status="verified")
        provenance = Provenance(definitions={"child_labour": rule})
        return by(survey_of({("Female",): (60, cases), ("Male",): (70, 30)}, ("sex",), provenance=provenance), "sex")

    assert withheld([defined("wide", 20), defined("narrow", 3)]) == (("", "", ""), (SMALL, REVEALING, ""))


def test_a_difference_falls_with_either_of_its_sides() -> None:
    counts = {
        ("Female", "Rural"): (60, 3),
        ("Female", "Urban"): (60, 30),
        ("Male", "Rural"): (60, 25),
        ("Male", "Urban"): (60, 30),
    }
    table = by(survey_of(counts, ("sex", "area")), "sex", "area")
    reasons = withheld([table])[0]
    gap = table.difference("sex", "Female", "Male")
    why = told(gap, withheld_contrasts(gap, table, reasons, "sex", [("Female", "Male")]))
    assert {labels[1]: bool(reason) for labels, reason in why.items()} == {"Rural": True, "Urban": True, "All": False}
    excess = table.excess("area")
    why = told(excess, withheld_contrasts(excess, table, reasons, "area", [(area, "All") for area in AREAS]))
    assert why[("Female", "Rural - All")] == REVEALING
    assert why[("All", "Rural - All")] == ""


cell = st.tuples(st.integers(26, 60), st.integers(0, 12)) | st.tuples(st.integers(1, 60), st.integers(0, 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(cell, min_size=6, max_size=6))
def test_no_hidden_count_can_be_computed_from_the_shown_ones(cells: list[tuple[int, int]]) -> None:
    """An attacker of our own: whole numbers, the published sums, and what the reasons say.

    Where everyone together is small, the reasons alone tell more than they should; `withheld` says so.
    """
    assume(sum(cases for _, cases in cells) > 4 and sum(n for n, _ in cells) >= 25)
    ages = ("5-11", "12-14", "15-17")
    counts = {key: (n, min(n, cases)) for key, (n, cases) in zip(product(SEXES, ages), cells, strict=True)}
    table = by(survey_of(counts, ("sex", "age_group")), "sex", "age_group")
    reasons = told(table, withheld([table])[0])
    rows = list(reasons)
    sums = [[(sex, age) for sex in SEXES] + [("All", age)] for age in (*ages, "All")]
    sums += [[(sex, age) for age in ages] + [(sex, "All")] for sex in (*SEXES, "All")]
    matrix = np.array([[(-1.0 if row == parts[-1] else 1.0) if row in parts else 0.0 for row in rows] for parts in sums])
    cases, n = table.numbers.cases, table.numbers.n
    why = list(reasons.values())
    for position in np.flatnonzero([reason == SMALL or (reason == WEAK and cases[i] > 0) for i, reason in enumerate(why)]):
        assert _range(matrix, *_bounds(cases, why, SMALL_CASES), position) >= 1
    for position in np.flatnonzero([reason == WEAK for reason in why]):
        assert _range(matrix, *_bounds(n, why, FEW_OBSERVATIONS), position) >= 1


MOST = 1000.0
SMALL_CASES = {SMALL: (1.0, 4.0), WEAK: (0.0, 24.0), REVEALING: (5.0, MOST)}
FEW_OBSERVATIONS = {SMALL: (25.0, MOST), WEAK: (1.0, 24.0), REVEALING: (25.0, MOST)}


def _bounds(counts: np.ndarray, why: list[str], known: Mapping[str, tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Return what an attacker knows before the sums: shown counts, and the range that each reason leaves.

    A cell without cases that is hidden for another's sake is taken as known: it is outside the range that its reason claims.
    """
    shown = [not reason or (reason == REVEALING and not count) for reason, count in zip(why, counts, strict=True)]
    pairs = [(count, count) if seen else known[reason] for seen, reason, count in zip(shown, why, counts, strict=True)]
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])


def _range(matrix: np.ndarray, low: np.ndarray, high: np.ndarray, position: int) -> float:
    ends = []
    for sign in (1.0, -1.0):
        target = np.zeros(len(low))
        target[position] = sign
        found = milp(target, constraints=LinearConstraint(matrix, 0, 0), integrality=np.ones(len(low)), bounds=(low, high))
        assert found.success
        ends.append(sign * found.fun)
    return ends[1] - ends[0]


def test_hiding_is_spare() -> None:
    """One small cell in a 2 x 2 table needs the three others, and no margin."""
    counts = {
        ("Female", "Rural"): (60, 3),
        ("Female", "Urban"): (60, 30),
        ("Male", "Rural"): (60, 25),
        ("Male", "Urban"): (60, 30),
    }
    table = by(survey_of(counts, ("sex", "area")), "sex", "area")
    reasons = told(table, withheld([table])[0])
    assert {labels for labels, reason in reasons.items() if reason} == set(product(SEXES, AREAS))


def test_no_tables_nothing_to_hide() -> None:
    assert withheld([]) == ()
