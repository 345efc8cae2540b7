"""Typology and country of exploitation: what adds up, and what stays open."""

from __future__ import annotations

import pandas as pd
import pytest

import prevalence as pv
from prevalence import classify
from prevalence.design import Design
from prevalence.errors import ColumnError
from prevalence.survey import Survey

DESIGN = Design(weight="w")
NULL = -1.0  # stands for null in lists, which NaN would make unequal to themselves
TYPES = ["forced_labour_private_labour", "forced_labour_private_sexual", "forced_labour_state"]


def test_types_add_up_and_the_state_comes_first(engine, to_pandas):
    rows = pd.DataFrame(
        [
            (1, "Private", 0),
            (1, "Private", 1),
            (1, "State", None),
            (1, "State", 1),
            (0, None, None),
            (None, "Private", 0),
            (1, "Private", None),
            (1, None, 0),
        ],
        columns=["forced_labour", "imposed_by", "commercial_sexual_exploitation"],
    ).astype({"forced_labour": float, "commercial_sexual_exploitation": float})
    rows = rows.assign(w=1.0, forced_labour_unknown=rows["forced_labour"].isna().astype(float))
    survey = classify.forced_labour_type(Survey(engine(rows), DESIGN))
    found = to_pandas(survey.data)
    expected = ["private-labour", "private-sexual", "state", "state", "", "", "", ""]
    assert found["forced_labour_type"].fillna("").tolist() == expected
    assert found[TYPES].iloc[:5].to_numpy().tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0]]
    assert found["forced_labour_state"].fillna(NULL).tolist()[5:] == [NULL, 0, NULL]
    assert found["forced_labour_private_labour"].fillna(NULL).tolist()[5:] == [NULL, NULL, NULL]
    assert found["forced_labour_private_sexual"].fillna(NULL).tolist()[5:] == [NULL, NULL, 0]
    assert [(c.rows, c.reason) for c in survey.provenance.counts] == [(2, "in forced labour of unknown type: null")]


def test_refusals_of_types():
    data = pd.DataFrame(
        {"w": [1.0], "forced_labour": [1.0], "imposed_by": ["Goverment"], "commercial_sexual_exploitation": [0.0]}
    )
    with pytest.raises(ColumnError, match="must hold 'Private', 'State' or missing; found 1 other value: 'Goverment'"):
        classify.forced_labour_type(Survey(data, DESIGN))


def test_exploitation_abroad_is_counted_abroad(engine, to_pandas):
    rows = pd.DataFrame(
        {
            "w": [10.0, 20.0, 30.0, 40.0, 50.0],
            "country": "XAA",  # of the interview
            "country_of_exploitation": ["XAA", "XBB", None, "XCC", "XBB"],
            "forced_labour": [1.0, 1.0, 1.0, 0.0, None],
            "forced_labour_unknown": [0.0, 0.0, 0.0, 0.0, 1.0],
        }
    )
    survey = classify.exploited_in(Survey(engine(rows), DESIGN))
    found = to_pandas(survey.data)
    columns = ["forced_labour_in_XAA", "forced_labour_in_XBB", "forced_labour_in_not_stated"]
    assert found[columns].fillna(NULL).to_numpy().tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0], [NULL] * 3]
    assert "forced_labour_in_XCC" not in found.columns  # nobody in forced labour there
    assert found["country"].tolist() == ["XAA"] * 5
    totals = pv.total(survey, columns).to_pandas()["estimate"].tolist()
    assert totals == [10.0, 20.0, 30.0]
    assert sum(totals) == pv.total(survey, "forced_labour").to_pandas()["estimate"].item()
    assert [count.rows for count in survey.provenance.counts] == [1]


def test_countries_are_text():
    data = pd.DataFrame({"w": [1.0], "forced_labour": [1.0], "country_of_exploitation": [4.0]})
    with pytest.raises(ColumnError, match="must hold names or codes of countries as text; found 1 value"):
        classify.exploited_in(Survey(data, DESIGN))
