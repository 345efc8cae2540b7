"""Published figures, and Tanzania's table of 2014 through the implemented definition."""

from __future__ import annotations

import pandas as pd
import pytest

import prevalence as pv
from prevalence import classify, reference
from prevalence.errors import OptionError

ROUNDING = 0.1001  # thousands: the published table adds up to within 0.1
STATES = ("not working", "working, not child labour", "child labour")
WEEK = {"not working": (0.0, None), "working, not child labour": (1.0, 5.0), "child labour": (1.0, 45.0)}
AGE = {"5-11": 8, "12-14": 13, "15-17": 16}


def tanzania():
    return reference.published("tanzania_ncls_2014").set_index(["group", "population", "measure"])["value"]


def test_figures_have_source_and_status():
    frame = reference.published()
    assert len(frame) == 139
    assert set(frame["status"]) == {"verified", "unverified"}
    assert (frame["source"] != "").all()


def test_filters():
    frame = reference.published("childlab_global", year=2024, measure="child labour", group="total")
    assert frame[["population", "value", "unit"]].values.tolist() == [
        ["5-17", 137.6, "million"],
        ["5-17", 7.8, "percent"],
        ["5-11", 78.9, "million"],
    ]
    assert set(reference.published(year=["2018/19", 2024])["year"]) == {"2018/19", "2024"}
    assert len(reference.published(verified=True)) + len(reference.published(verified=False)) == 139
    with pytest.raises(OptionError, match=r"found 'childlab'. Did you mean 'childlab_global'\?"):
        reference.published("childlab")


@pytest.mark.parametrize("group", ["total", "boys", "girls"])
@pytest.mark.parametrize("ages", ["5-17", "5-11", "12-14", "15-17"])
def test_tanzanias_states_add_up_to_all_children(group, ages):
    table = tanzania()[group][ages]
    assert sum(table[state] for state in STATES) == pytest.approx(table["all children"], abs=ROUNDING)


@pytest.mark.parametrize("state", [*STATES, "all children"])
def test_tanzanias_ages_and_sexes_add_up(state):
    table = tanzania()
    for group in ("total", "boys", "girls"):
        assert sum(table[group][ages][state] for ages in AGE) == pytest.approx(table[group]["5-17"][state], abs=ROUNDING)
    for ages in ("5-17", *AGE):
        assert table["boys"][ages][state] + table["girls"][ages][state] == pytest.approx(
            table["total"][ages][state], abs=ROUNDING
        )


def test_tanzanias_table_is_additive_under_the_implemented_tree():
    """One child a cell, weighted by the table; hours that the tree must read as the state of the cell."""
    table = tanzania()
    cells = [(sex, ages, state) for sex in ("boys", "girls") for ages in AGE for state in STATES if table[sex][ages][state] > 0]
    rows = pd.DataFrame(
        {
            "sex": [{"boys": "Male", "girls": "Female"}[sex] for sex, _, _ in cells],
            "age_group": [ages for _, ages, _ in cells],
            "age": [AGE[ages] for _, ages, _ in cells],
            "economic_activity": [WEEK[state][0] for _, _, state in cells],
            "economic_hours": [WEEK[state][1] for _, _, state in cells],
            "w": [table[sex][ages][state] for sex, ages, state in cells],
        }
    )
    assert ("boys", "5-11", "working, not child labour") not in cells  # any work is child labour at 5-11
    survey = classify.child_labour(pv.Survey(rows, pv.Design(weight="w")), definition="sdg-8.7.1")
    for indicator, states in (("child_labour", STATES[2:]), ("in_employment", STATES[1:])):
        found = pv.total(survey, indicator, by=["sex", "age_group"]).to_pandas().set_index(["sex", "age_group"])["estimate"]
        for (sex, ages), total in found.items():
            group = {"Male": "boys", "Female": "girls"}[sex]
            assert total == pytest.approx(sum(table[group][ages][state] for state in states), abs=ROUNDING)
    whole = pv.prevalence(survey, "child_labour", by="sex", margins=True).to_pandas().set_index("sex")["estimate"]
    assert whole.mul(100).round(1).to_dict() == {"Female": 19.6, "Male": 32.7, "All": 26.5}
