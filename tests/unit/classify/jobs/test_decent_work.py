"""Decent-work deficits: whom each is asked of, and what stays unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from prevalence import classify
from prevalence.design import Design
from prevalence.errors import ColumnError, OptionError
from prevalence.survey import Survey

DESIGN = Design(weight="w")
NULL = -1.0  # stands for null in lists, which NaN would make unequal to themselves


def workers(engine, **columns):
    data = pd.DataFrame(
        {
            "w": 1.0,
            "status": ["Employee", "Employee", "Own-account worker", "Contributing family worker", None],
            "economic_activity": [1.0, 1.0, 1.0, 1.0, 0.0],
            "economic_hours": [48.0, 49.0, np.nan, 20.0, np.nan],
            "contract": [1.0, np.nan, 0.0, np.nan, np.nan],
            "pension": [1.0, 0.0, np.nan, np.nan, np.nan],
            "wage": [100.0, 99.0, 5.0, np.nan, np.nan],
            **columns,
        }
    )
    return Survey(engine(data), DESIGN)


def columns_of(survey, to_pandas):
    found = to_pandas(survey.data)
    return {name: found[name].where(found[name].notna(), NULL).tolist() for name in survey.provenance.definitions}


def test_each_deficit_is_asked_of_those_it_concerns(engine, to_pandas):
    found = columns_of(classify.decent_work(workers(engine), pay_line=100, pay_unit="units a month"), to_pandas)
    assert found["long_hours"] == [0, 1, NULL, 0, NULL]  # more than 48
    assert found["low_pay"] == [0, 1, NULL, NULL, NULL]  # employees, below the line
    assert found["no_contract"] == [0, NULL, NULL, NULL, NULL]
    assert found["no_social_security"] == [0, 1, NULL, NULL, NULL]
    assert found["unpaid_family_work"] == [0, 0, 0, 1, NULL]
    assert found["any_deficit"] == [0, 1, NULL, 1, NULL]
    assert found["no_contract_unknown"] == [0, 1, NULL, NULL, NULL]
    assert found["any_deficit_unknown"] == [0, 0, 1, 0, NULL]


def test_special_codes_of_hours_are_unknown(engine, to_pandas):
    survey = workers(engine, economic_hours=[98.0, 60.0, 10.0, 10.0, np.nan], economic_hours_special=[1.0, 0.0, 0.0, 0.0, 0.0])
    assert columns_of(classify.decent_work(survey), to_pandas)["long_hours"] == [NULL, 1, 0, 0, NULL]


def test_what_the_data_lack_is_not_made_and_said():
    data = pd.DataFrame({"w": 1.0, "status": ["Employee"], "economic_hours": [50.0]})
    survey = classify.decent_work(Survey(data, DESIGN), hours_over=40)
    assert "low_pay" not in survey.columns
    assert any("not made: low_pay, no_contract, no_social_security" in note for note in survey.provenance.notes)
    assert survey.provenance.definitions["long_hours"].title.startswith("persons with a job who worked more than 40 hours")


def test_a_pay_line_needs_a_unit_and_a_column():
    with pytest.raises(OptionError, match="must say its unit and period"):
        classify.decent_work(workers(lambda data: data), pay_line=100)
    with pytest.raises(ColumnError, match="'salary' is not in the data"):
        classify.decent_work(workers(lambda data: data), pay_line=100, pay_unit="a month", pay="salary")
    with pytest.raises(OptionError, match="must be above zero"):
        classify.decent_work(workers(lambda data: data), hours_over=0)
