"""Informality: every combination of answers against the conditions of the ILO's script, and what must be declared."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from prevalence import classify
from prevalence.design import Design
from prevalence.errors import ColumnError, DataError, DefinitionError, OptionError
from prevalence.survey import Survey

DESIGN = Design(weight="w")
THRESHOLD = 10  # of the script of Bangladesh 2013, because of its answer bands

STATUS = (
    "Employee",
    "Employer",
    "Own-account worker",
    "Member of a cooperative",
    "Contributing family worker",
    "Not classifiable",
)
SECTOR = ("Government", "Public enterprise", "NGO", "Private", "Other", "Household", None)
ANSWER = (1.0, 0.0, None)


def survey_of(engine, rows):
    return Survey(engine(pd.DataFrame(rows).assign(w=1.0)), DESIGN)


def script(status, sector, registered, pension, premises, size):
    """The conditions of BGD_LFS_2013_ILO_CMD.do, in its order: (ife_prod, ife_nature)."""
    private = sector in ("Private", "Other", None)
    large = premises == 1 and size is not None and size >= THRESHOLD
    if sector == "Household":
        prod = "Household"
    elif (
        sector in ("Government", "Public enterprise", "NGO")
        or (private and registered == 1)
        or (private and registered is None and status == "Employee" and pension == 1)
        or (private and registered is None and status == "Employee" and pension != 1 and large)
        or (private and registered is None and status != "Employee" and large)
    ):
        prod = "Formal"
    else:
        prod = "Informal"
    if status in ("Employee", "Not classifiable"):
        return prod, "Formal" if pension == 1 else "Informal"
    if status == "Contributing family worker":
        return prod, "Informal"
    return prod, "Formal" if prod == "Formal" else "Informal"


def test_every_combination_follows_the_script(engine, to_pandas):
    names = ("status", "institutional_sector", "registered", "pension", "premises", "size")
    cases = list(product(STATUS, SECTOR, ANSWER, ANSWER, ANSWER, (3.0, 20.0, None)))
    data = pd.DataFrame(cases, columns=list(names))
    survey = classify.informality(survey_of(engine, data), size_threshold=THRESHOLD)
    found = to_pandas(survey.data)[["ife_prod", "ife_nature"]].to_numpy().tolist()
    assert found == [list(script(*case)) for case in cases]


def private(**columns):
    base = {
        "status": "Employee",
        "institutional_sector": "Private",
        "registered": None,
        "pension": None,
        "premises": 1.0,
        "size": 20.0,
    }
    return pd.DataFrame({**base, **columns}).astype({"registered": float, "pension": float})


def test_indicators_and_what_rests_on_unknown_answers(engine, to_pandas):
    data = private(registered=[1.0, 0.0, None, None], pension=[1.0, None, None, 0.0], size=[20.0, 20.0, None, 2.0])
    found = to_pandas(classify.informality(survey_of(engine, data)).data)
    assert found["informal_sector"].tolist() == [0, 1, 1, 1]
    assert found["informal_sector_unknown"].tolist() == [0, 0, 1, 0]
    assert found["informal_employment"].tolist() == [0, 1, 1, 1]
    assert found["informal_employment_unknown"].tolist() == [0, 1, 1, 0]


def test_those_without_a_job_are_null(engine, to_pandas):
    data = private(economic_activity=[1.0, 0.0, np.nan], registered=[1.0, 1.0, 1.0])
    found = to_pandas(classify.informality(survey_of(engine, data)).data)
    assert found["ife_prod"].isna().tolist() == [False, True, True]
    assert found["informal_employment"].isna().tolist() == [False, True, True]


def test_a_question_that_was_not_asked_must_be_declared(engine):
    data = private(registered=[1.0]).drop(columns=["premises", "size"])
    with pytest.raises(ColumnError, match=r"not in the data: 'premises', 'size'.*not_asked=\['premises', 'size'\]"):
        classify.informality(survey_of(engine, data))
    survey = classify.informality(survey_of(engine, data), not_asked=["premises", "size"])
    assert survey.provenance.definitions["ife_prod"].options["not_asked"] == "premises, size"
    assert any("not asked, so unknown for everybody: premises, size" in note for note in survey.provenance.notes)
    with pytest.raises(OptionError, match="but the data have that column"):
        classify.informality(survey_of(engine, data), not_asked=["registered"])
    with pytest.raises(OptionError, match=r"Did you mean 'pension'\?"):
        classify.informality(survey_of(engine, data), not_asked=["pensions"])


def test_leave_stands_in_for_a_pension_that_was_not_asked(engine, to_pandas):
    data = private(paid_leave=[1.0, 1.0, None], sick_leave=[1.0, 0.0, 1.0]).drop(columns="pension")
    survey = classify.informality(survey_of(engine, data), not_asked=["pension"])
    assert to_pandas(survey.data)["ife_nature"].tolist() == ["Formal", "Informal", "Informal"]
    assert survey.provenance.definitions["ife_nature"].status == "to be verified"
    with pytest.raises(DefinitionError, match="every employee would be informal"):
        classify.informality(survey_of(engine, data.drop(columns="sick_leave")), not_asked=["pension"])


def test_size_bands_must_not_straddle_the_threshold(engine, to_pandas):
    data = private(size=["1-4", "5-9", "10+", None], pension=[0.0, 0.0, 0.0, 0.0])
    found = to_pandas(classify.informality(survey_of(engine, data)).data)
    assert found["ife_prod"].tolist() == ["Informal", "Formal", "Formal", "Informal"]
    with pytest.raises(DataError, match=r"size_threshold=6; '5-9' do not"):
        classify.informality(survey_of(engine, data), size_threshold=6)
    with pytest.raises(DataError, match="found 'many'"):
        classify.informality(survey_of(engine, private(size=["many"])))


def test_further_criteria_count_on_request_alone():
    data = private(
        registered=[None, None],
        pension=[0.0, 0.0],
        premises=[0.0, 0.0],
        destination=["Own use only", "Market"],
        bookkeeping=[0.0, 1.0],
    )
    plain = classify.informality(survey_of(lambda frame: frame, data))
    assert plain.data["ife_prod"].tolist() == ["Informal", "Informal"]
    assert plain.provenance.definitions["ife_prod"].status == "verified"
    more = classify.informality(survey_of(lambda frame: frame, data), extra_criteria=["destination", "bookkeeping"])
    assert more.data["ife_prod"].tolist() == ["Household", "Formal"]
    assert more.provenance.definitions["ife_prod"].status == "to be verified"


def test_other_levels_and_standards_are_refused():
    with pytest.raises(
        DataError, match=r"'status' must hold the levels .* found 1 other level, for example 'Employees'.*'Employee'"
    ):
        classify.informality(survey_of(lambda frame: frame, private(status=["Employees"])))
    with pytest.raises(DefinitionError, match="to be verified in the text"):
        classify.informality(survey_of(lambda frame: frame, private(size=[1.0])), standard="icls21")
    with pytest.raises(OptionError, match="standard must be one of 'icls17'"):
        classify.informality(survey_of(lambda frame: frame, private(size=[1.0])), standard="icls15")
