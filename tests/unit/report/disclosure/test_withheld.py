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
from prevalence.report.disclosure._attack import attack
from prevalence.report.disclosure.rules import Disclosure
from prevalence.survey import Family, Survey

WEAK = "withheld: fewer than 25 observations"
PROTECTED = "withheld: to protect people"
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
    ("n", "cases", "reason"), [(24, 10, WEAK), (25, 10, ""), (60, 1, PROTECTED), (60, 4, PROTECTED), (60, 5, ""), (60, 0, "")]
)
def test_the_two_thresholds(n: int, cases: int, reason: str) -> None:
    table = pv.prevalence(survey_of({("Female",): (n, cases)}, ("sex",)), "child_labour")
    assert withheld([table])[0] == (reason,)


def test_the_other_sex_goes_too_because_the_margin_would_give_it_away() -> None:
    table = by(survey_of({("Female",): (60, 3), ("Male",): (70, 30)}, ("sex",)), "sex")
    assert withheld([table])[0] == (PROTECTED, PROTECTED, "")


def test_a_cell_without_cases_protects_nobody() -> None:
    """Female 3, Male 0: everyone is 3 too. Hiding the zero would not help; all that is left to hide is hidden anyway."""
    table = by(survey_of({("Female",): (60, 3), ("Male",): (70, 0)}, ("sex",)), "sex")
    assert told(table, withheld([table])[0]) == {("Female",): PROTECTED, ("Male",): "", ("All",): PROTECTED}


def test_two_small_cells_protect_each_other_because_the_mark_does_not_say_that_they_are_small() -> None:
    """4 + 4 = 8: each lies between 0 and 8. Were the mark "1 to 4 cases", a published 8 would give both away."""
    table = by(survey_of({("Female",): (60, 4), ("Male",): (70, 4)}, ("sex",)), "sex")
    assert withheld([table])[0] == (PROTECTED, PROTECTED, "")


def test_two_small_cells_whose_sum_leaves_less_than_five_need_the_margin_too() -> None:
    """1 + 3 = 4: each lies between 0 and 4."""
    table = by(survey_of({("Female",): (60, 1), ("Male",): (70, 3)}, ("sex",)), "sex")
    assert withheld([table])[0] == (PROTECTED, PROTECTED, PROTECTED)


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
    assert told(single, second)[("Female",)] == PROTECTED
    assert told(single, second)[("Male",)] == told(crossed, first)[("Male", "All")]
    assert second[1:] != ("", "")


def test_chains_overlap_and_so_do_not_reveal_each_other() -> None:
    family = Family(name="supply_chain", members={"cocoa": "chain_cocoa"}, exposure="household", denominator="children")
    survey = survey_of({(1.0, "a"): (60, 3), (0.0, "a"): (80, 40)}, ("chain_cocoa", "x"), families={"supply_chain": family})
    table = by(survey, "supply_chain")
    assert told(table, withheld([table])[0]) == {("cocoa",): PROTECTED, ("All",): ""}


def test_few_observations_are_hidden_for_every_indicator_of_the_same_people() -> None:
    survey = survey_of({("Female",): (20, 10), ("Male",): (60, 30)}, ("sex",))
    data = survey.data.assign(hazardous_work=1 - survey.data["child_labour"])
    both = by(Survey(data, survey.design, codebook=CODEBOOK), "sex", indicator=["child_labour", "hazardous_work"])
    assert withheld([both])[0] == (WEAK, PROTECTED, "") * 2


def test_two_definitions_of_one_indicator_are_two_indicators() -> None:
    def defined(name: str, cases: int) -> Estimates:
        rule = Definition(indicator="child_labour", name=name, version="1", title="", source="", status="verified")
        provenance = Provenance(definitions={"child_labour": rule})
        return by(survey_of({("Female",): (60, cases), ("Male",): (70, 30)}, ("sex",), provenance=provenance), "sex")

    assert withheld([defined("wide", 20), defined("narrow", 3)]) == (("", "", ""), (PROTECTED, PROTECTED, ""))


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
    assert why[("Female", "Rural - All")] == PROTECTED
    assert why[("All", "Rural - All")] == ""


cell = st.tuples(st.integers(26, 60), st.integers(0, 12)) | st.tuples(st.integers(1, 60), st.integers(0, 1))


@settings(max_examples=40, deadline=None)
@given(st.lists(cell, min_size=6, max_size=6))
def test_no_hidden_count_can_be_computed_from_the_shown_ones(cells: list[tuple[int, int]]) -> None:
    """An attacker of our own: whole numbers, the published sums, cases are people, and what the marks say."""
    assume(sum(n for n, _ in cells) >= 25)
    ages = ("5-11", "12-14", "15-17")
    counts = {key: (n, min(n, cases)) for key, (n, cases) in zip(product(SEXES, ages), cells, strict=True)}
    table = by(survey_of(counts, ("sex", "age_group")), "sex", "age_group")
    reasons = told(table, withheld([table])[0])
    rows = list(reasons)
    sums = [[(sex, age) for sex in SEXES] + [("All", age)] for age in (*ages, "All")]
    sums += [[(sex, age) for age in ages] + [(sex, "All")] for sex in (*SEXES, "All")]
    matrix = np.array([[(-1.0 if row == parts[-1] else 1.0) if row in parts else 0.0 for row in rows] for parts in sums])
    cases, n, why = table.numbers.cases, table.numbers.n, list(reasons.values())
    for position in np.flatnonzero([bool(reason) for reason in why]):
        # Whole numbers leave an attacker up to one step less than the linear programs do.
        assert _range(matrix, n, cases, why, len(why) + position) >= max(5, 0.2 * cases[position]) - 1
        if why[position] == WEAK:
            assert _range(matrix, n, cases, why, position) >= 5 - 1


MOST = 1000.0


def _range(matrix: np.ndarray, n: np.ndarray, cases: np.ndarray, why: list[str], position: int) -> float:
    """Return how far apart the ends of a count are: observations first, then cases."""
    known = {"": lambda true: (true, true), WEAK: lambda true: (1.0, 24.0), PROTECTED: lambda true: (25.0, MOST)}
    limits = [known[reason](true) for reason, true in zip(why, n, strict=True)]
    limits += [(true, true) if not reason else (0.0, MOST) for reason, true in zip(why, cases, strict=True)]
    low, high = np.array(limits).T
    rows, nothing = len(n), np.zeros_like(matrix)
    adding = LinearConstraint(np.block([[matrix, nothing], [nothing, matrix]]), 0, 0)
    people = LinearConstraint(np.hstack([-np.eye(rows), np.eye(rows)]), -np.inf, 0)
    ends = []
    for sign in (1.0, -1.0):
        target = np.zeros(2 * rows)
        target[position] = sign
        found = milp(target, constraints=[adding, people], integrality=np.ones(2 * rows), bounds=(low, high))
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


def test_nothing_is_withheld_that_could_be_shown() -> None:
    """Cells that were withheld for others on the way, and are not needed in the end, are shown again: of any that is left the numbers would tell too much."""
    counts = {
        ("Female", "a"): (61, 20),
        ("Female", "b"): (70, 3),
        ("Female", "c"): (69, 3),
        ("Male", "a"): (78, 30),
        ("Male", "b"): (46, 3),
        ("Male", "c"): (55, 30),
    }
    table = by(survey_of(counts, ("sex", "area")), "sex", "area")
    (reasons,) = withheld([table])
    assert attack([table], [reasons])["safe"].all()
    spared = [row for row, reason in enumerate(reasons) if reason and not 1 <= table.numbers.cases[row] <= 4]
    assert spared
    for row in spared:
        fewer = [*reasons[:row], "", *reasons[row + 1 :]]
        assert not attack([table], [fewer])["safe"].all()


def test_no_tables_nothing_to_hide() -> None:
    assert withheld([]) == ()


def test_a_withheld_comparison_is_found_among_the_tables() -> None:
    """A table of differences may stand among the others; it needs no separate call."""
    table = by(survey_of({("Female",): (60, 3), ("Male",): (70, 30)}, ("sex",)), "sex")
    gap = table.difference("sex", "Female", "Male")
    assert withheld([table, gap])[1] == (PROTECTED,)
    assert withheld([gap, table]) == tuple(reversed(withheld([table, gap])))


def test_everyone_but_one_chain_is_a_cell_too() -> None:
    """60 of 62 are in cocoa, and 33 of 34 cases: the two others and their case must not be told."""
    family = Family(name="supply_chain", members={"cocoa": "chain_cocoa"}, exposure="household", denominator="children")
    survey = survey_of({(1.0, "a"): (60, 33), (0.0, "a"): (2, 1)}, ("chain_cocoa", "x"), families={"supply_chain": family})
    table = by(survey, "supply_chain")
    assert PROTECTED in withheld([table])[0]


def test_levels_that_were_left_out_are_a_cell_too() -> None:
    """All and girls tell boys, though no table shows them."""
    table = by(survey_of({("Female",): (60, 30), ("Male",): (70, 3)}, ("sex",)), "sex").select(sex=["Female", "All"])
    assert withheld([table])[0] == (PROTECTED, "") or withheld([table])[0] == ("", PROTECTED)


def test_a_margin_that_was_left_out_is_known_from_another_table() -> None:
    """By area: 33 cases in all. By sex without a margin: girls are withheld, and 33 - 30 would tell them."""
    counts = {
        ("Female", "Rural"): (60, 2),
        ("Female", "Urban"): (60, 1),
        ("Male", "Rural"): (60, 15),
        ("Male", "Urban"): (60, 15),
    }
    survey = survey_of(counts, ("sex", "area"))
    tables = [pv.prevalence(survey, "child_labour", by=name) for name in ("sex", "area")]
    first, second = withheld(tables)
    assert first[0] == PROTECTED
    assert first[1] or any(second)


@pytest.mark.parametrize(("cases", "reason"), [(60, PROTECTED), (56, PROTECTED), (55, "")])
def test_a_group_in_which_all_or_nearly_all_are_cases_is_withheld(cases: int, reason: str) -> None:
    table = pv.prevalence(survey_of({("Female",): (60, cases)}, ("sex",)), "child_labour")
    assert withheld([table])[0] == (reason,)
    assert withheld([table], rules=Disclosure(whole_groups=False))[0] == ("",)


def test_a_sensitive_crossing_is_withheld_even_if_reliable() -> None:
    counts = dict.fromkeys(product(SEXES, AREAS), (100, 40))
    table = by(survey_of(counts, ("sex", "area")), "sex", "area")
    assert set(withheld([table])[0]) == {""}
    why = told(table, withheld([table], rules=Disclosure(sensitive=(("area", "sex"),)))[0])
    assert {labels for labels, reason in why.items() if reason} == set(product(SEXES, AREAS))


def test_what_lies_between_nested_indicators_is_a_cell_too() -> None:
    """40 in child labour, 38 of them in hazardous work: the two others are few cases, and so are hidden with one of the numbers."""
    survey = survey_of({("Female",): (60, 40)}, ("sex",))
    hazardous = (np.arange(60) < 38).astype(float)
    data = survey.data.assign(hazardous_work=hazardous)
    both = pv.prevalence(Survey(data, survey.design, codebook=CODEBOOK), ["child_labour", "hazardous_work"])
    assert withheld([both])[0] == ("", "")
    nested = Disclosure(nested=(("hazardous_work", "child_labour"),))
    assert sorted(withheld([both], rules=nested)[0]) == ["", PROTECTED]


def test_a_low_threshold_has_no_mark_of_its_own() -> None:
    """A mark "fewer than 5 observations" would tell the number to within 3."""
    table = by(survey_of({("Female",): (4, 2), ("Male",): (70, 30)}, ("sex",)), "sex")
    assert withheld([table], rules=Disclosure(fewest_observations=5))[0] == (PROTECTED, PROTECTED, "")
