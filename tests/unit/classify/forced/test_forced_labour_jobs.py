"""Forced labour job by job: long tables of jobs, modes of coercion, names of one's own."""

from __future__ import annotations

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from prevalence import classify
from prevalence.design import Design
from prevalence.errors import ColumnError, DataError, DefinitionError, DesignError, OptionError
from prevalence.survey import Survey

DESIGN = Design(weight="w")
NULL = -1.0  # stands for null in lists, which NaN would make unequal to themselves
ITEMS = ["low_or_no_wages", "debt"]


def persons(count: int) -> pd.DataFrame:
    return pd.DataFrame({"id": range(1, count + 1), "w": 1.0, "age": 30.0})


def jobs(*rows: tuple[int, float | None, float | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["id", *ITEMS]).astype(dict.fromkeys(ITEMS, float))


def from_table(table, engine, to_pandas, count=4, **options):
    survey = Survey(engine(persons(count)), DESIGN, id="id")
    return to_pandas(classify.forced_labour(survey, jobs=table, **options).data).sort_values("id").fillna(NULL)


def test_a_table_of_jobs_joins_the_elements_of_one_job_alone(engine, to_pandas):
    table = engine(
        jobs(
            (1, 1, 0),  # involuntary in one job,
            (1, 0, 1),  # coerced in the other: trap 1
            (2, 1, 1),
            (2, 1, 1),
            (3, 1, None),
            (3, 0, 0),
        )
    )
    found = from_table(table, engine, to_pandas)
    assert found["forced_labour"].tolist() == [0, 1, NULL, 0]  # the fourth has no job
    assert found["forced_labour_unknown"].tolist() == [0, 0, 1, 0]
    assert found["forced_labour_cases"].tolist() == [0, 2, NULL, 0]
    assert found["involuntary_work"].tolist() == [1, 1, 1, 0]
    assert found["coercion"].tolist() == [1, 1, NULL, 0]
    assert [name for name in found.columns if name.startswith("__")] == []


def test_a_table_of_jobs_agrees_with_jobs_in_one_row(engine, to_pandas):
    answers = [0.0, 1.0, None]
    rows = [(i1, c1, i2, c2) for i1 in answers for c1 in answers for i2 in answers for c2 in answers if (i2, c2) != (None, None)]
    wide = pd.DataFrame(rows, columns=[*ITEMS, *(f"{item}_job2" for item in ITEMS)]).astype(float).assign(w=1.0, age=30.0)
    long = jobs(*((n, *r[:2]) for n, r in enumerate(rows, 1)), *((n, *r[2:]) for n, r in enumerate(rows, 1)))
    expected = classify.forced_labour(Survey(wide, DESIGN)).data.fillna(NULL)
    found = from_table(engine(long), engine, to_pandas, count=len(rows))
    for column in ("forced_labour", "forced_labour_unknown", "forced_labour_cases", "involuntary_work", "coercion"):
        assert found[column].tolist() == expected[column].tolist(), column


def test_the_table_may_be_of_another_engine_than_the_survey(engine, to_pandas):
    found = from_table(jobs((2, 1, 1)), engine, to_pandas, count=2)
    assert found["forced_labour"].tolist() == [0, 1]
    keyed = pd.DataFrame({"hh": ["a", "a", "b"], "line": [1, 2, 1], "w": 1.0, "age": 40.0}, index=[7, 7, 3])
    table = pd.DataFrame({"line": [2, 1], "hh": ["a", "b"], "debt": [1, 1], "low_or_no_wages": [1, 0]})
    found = classify.forced_labour(Survey(keyed, DESIGN, id=("hh", "line")), jobs=engine(table)).data
    assert found["forced_labour"].tolist() == [0, 1, 0]
    assert found.index.tolist() == [7, 7, 3]


def test_a_person_who_was_not_asked_has_a_row_of_nulls(engine, to_pandas):
    found = from_table(engine(jobs((1, None, None))), engine, to_pandas, count=2, unknown="bounds")
    assert found["forced_labour"].tolist() == [NULL, 0]
    assert found["forced_labour_low"].tolist() == [0, 0]
    assert found["forced_labour_high"].tolist() == [1, 0]
    survey = classify.forced_labour(Survey(persons(1), DESIGN, id="id"), jobs=jobs((1, 0, 0)))
    assert any("without a row in it was taken to have no job" in note for note in survey.provenance.notes)
    counted = classify.forced_labour(Survey(persons(3), DESIGN, id="id"), jobs=jobs((1, 0, 0))).provenance.counts
    assert [(count.rows, count.reason) for count in counted] == [
        (2, "no row in the table of jobs: no job, hence no forced labour")
    ]


def test_a_survey_on_a_connection_of_its_own(to_pandas):
    with duckdb.connect() as connection:
        connection.register("rows", pa.Table.from_pandas(persons(2)))
        survey = classify.forced_labour(Survey(connection.table("rows"), DESIGN, id="id"), jobs=jobs((2, 1, 1)))
        assert sorted(to_pandas(survey.data)[["id", "forced_labour"]].to_numpy().tolist()) == [[1, 0], [2, 1]]


def test_refusals_of_tables():
    survey = Survey(persons(2), DESIGN, id="id")
    with pytest.raises(DesignError, match=r"names no person. Give pv.Survey\(..., id=...\)"):
        classify.forced_labour(Survey(persons(2), DESIGN), jobs=jobs((1, 1, 1)))
    with pytest.raises(DataError, match="2 persons are not in it: 8, 9"):
        classify.forced_labour(survey, jobs=jobs((1, 1, 1), (8, 1, 1), (9, 1, 1)))
    with pytest.raises(DataError, match=r"must name a person \(id\); 1 row do not"):
        classify.forced_labour(survey, jobs=jobs((1, 1, 1)).assign(id=[None]))
    with pytest.raises(ColumnError, match="of one type in both tables"):
        classify.forced_labour(survey, jobs=jobs((1, 1, 1)).assign(id=["one"]))
    with pytest.raises(DefinitionError, match="none on coercion is in the data"):
        classify.forced_labour(survey, jobs=jobs((1, 1, 1)).drop(columns="debt"))


def test_coercion_that_was_threatened_or_witnessed_counts_with_involuntary_work_of_the_respondent(engine, to_pandas):
    rows = pd.DataFrame(
        {
            "w": 1.0,
            "age": 30.0,
            "low_or_no_wages": [1, 1, 1, 0, 1],
            "debt_experienced": [1, 0, 0, 0, 0],
            "debt_threatened": [0, 1, 0, 0, 0],
            "debt_witnessed": [0, 0, 1, 1, None],  # trap 4: the fourth saw it and works freely
        }
    )
    found = to_pandas(classify.forced_labour(Survey(engine(rows), DESIGN)).data).fillna(NULL)
    assert found["forced_labour"].tolist() == [1, 1, 1, 0, NULL]
    assert found["coercion"].tolist() == [1, 1, 1, 1, NULL]


def test_columns_of_other_names(engine, to_pandas):
    rows = pd.DataFrame(
        {"w": 1.0, "age": 30.0, "q1": [1, 1, 0], "q2a": [0, 1, 1], "q2b": [1, None, 0], "q1x": [0, 0, 1], "q2x": [0, 0, 1]}
    )
    names = {"q1": "low_or_no_wages", "q2a": "debt", "q2b": "debt", "q1x": "low_or_no_wages_job2", "q2x": "debt_job2"}
    found = to_pandas(classify.forced_labour(Survey(engine(rows), DESIGN), indicators=names).data)
    assert found["forced_labour"].tolist() == [1, 1, 1]
    assert found["forced_labour_cases"].tolist() == [1, 1, 1]


def test_refusals_of_names():
    survey = Survey(persons(1).assign(q=1.0), DESIGN)
    with pytest.raises(DefinitionError, match=r"'dept' is none. Did you mean 'debt'\?"):
        classify.forced_labour(survey, indicators={"q": "dept"})
    with pytest.raises(DefinitionError, match="maps the column 'p', which is not in the data"):
        classify.forced_labour(survey, indicators={"p": "debt"})
    with pytest.raises(OptionError, match="'icls20' has no strong indicators"):
        classify.forced_labour(survey, require_strong="both")
