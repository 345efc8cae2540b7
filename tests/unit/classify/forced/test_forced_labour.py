"""Forced labour: facts of the 20th ICLS Guidelines and of three-valued logic."""

from __future__ import annotations

import csv
import tomllib
from importlib.resources import files

import pandas as pd
import pytest

from prevalence import classify
from prevalence.design import Design
from prevalence.errors import ColumnError, DataError, DefinitionError, OptionError
from prevalence.survey import Survey

DESIGN = Design(weight="w")
COLUMNS = ["forced_labour", "forced_labour_unknown", "forced_labour_cases", "involuntary_work", "coercion"]
NULL = -1.0  # stands for null in lists, which NaN would make unequal to themselves


def adult(**answers: float | None) -> dict[str, float | None]:
    return {"w": 1.0, "age": 30, "low_or_no_wages": 0, "different_job": 0, "debt": 0, "wages_withheld": 0, **answers}


def classified(rows, engine, to_pandas, **options):
    data = pd.DataFrame(rows).astype(float)
    return to_pandas(classify.forced_labour(Survey(engine(data), DESIGN), **options).data)


def answers(found: pd.DataFrame, column: str) -> list[float]:
    return found[column].fillna(NULL).tolist()


def test_both_elements_must_hold(engine, to_pandas):
    rows = [adult(), adult(debt=1), adult(different_job=1), adult(different_job=1, debt=1)]
    found = classified(rows, engine, to_pandas)
    assert answers(found, "forced_labour") == [0, 0, 0, 1]
    assert answers(found, "involuntary_work") == [0, 0, 1, 1]
    assert answers(found, "coercion") == [0, 1, 0, 1]


def test_unknown_items_follow_kleene(engine, to_pandas):
    rows = [
        adult(different_job=None, debt=1),  # unknown and yes: unknown
        adult(different_job=None, debt=0),  # unknown and no: no
        adult(different_job=None, low_or_no_wages=1, debt=1),  # one yes suffices
        adult(different_job=None, debt=None),  # unknown and unknown
    ]
    found = classified(rows, engine, to_pandas)
    assert answers(found, "forced_labour") == [NULL, 0, 1, NULL]
    assert answers(found, "forced_labour_unknown") == [1, 0, 0, 1]
    assert answers(found, "involuntary_work") == [NULL, NULL, 1, NULL]
    as_no = classified(rows, engine, to_pandas, unknown="as_no")
    assert answers(as_no, "forced_labour") == [0, 0, 1, 0]
    bounds = classified(rows, engine, to_pandas, unknown="bounds")
    assert answers(bounds, "forced_labour") == [NULL, 0, 1, NULL]
    assert answers(bounds, "forced_labour_low") == [0, 0, 1, 0]
    assert answers(bounds, "forced_labour_high") == [1, 0, 1, 1]


def second(**items: float | None) -> dict[str, float | None]:
    return {f"{item}_job2": items.get(item) for item in ("low_or_no_wages", "debt")}


def test_elements_of_different_jobs_do_not_join(engine, to_pandas):
    rows = [
        adult(different_job=1) | second(low_or_no_wages=0, debt=1),  # involuntary in one, coerced in the other
        adult() | second(low_or_no_wages=1, debt=1),
        adult(different_job=1, debt=1) | second(low_or_no_wages=1, debt=1),
        adult(different_job=1, debt=1) | second(low_or_no_wages=1, debt=None),
    ]
    found = classified(rows, engine, to_pandas)
    assert answers(found, "forced_labour") == [0, 1, 1, 1]
    assert answers(found, "forced_labour_cases") == [0, 1, 2, NULL]
    assert answers(found, "involuntary_work") == [1, 1, 1, 1]
    assert answers(found, "coercion") == [1, 1, 1, 1]


def test_a_further_job_without_any_answer_is_no_job_unless_the_person_has_it(engine, to_pandas):
    without = classified([adult() | second()], engine, to_pandas)
    assert answers(without, "forced_labour") == [0]
    rows = [adult(job2=held) | second(debt=debt) for held, debt in ((1, None), (0, None), (None, None), (0, 1), (1, 0))]
    found = classified(rows, engine, to_pandas)
    assert answers(found, "forced_labour") == [NULL, 0, 0, 0, 0]
    assert answers(found, "coercion") == [NULL, 0, 0, 0, 0]


def test_the_adult_rule_leaves_persons_under_18_null(engine, to_pandas):
    rows = [adult(age=age, different_job=1, debt=1) for age in (17, 18, 80, None)]
    survey = classify.forced_labour(Survey(engine(pd.DataFrame(rows).astype(float)), DESIGN))
    found = to_pandas(survey.data)
    for column in COLUMNS:
        assert found[column].isna().tolist() == [True, False, False, True]
    counts = {count.reason: count.rows for count in survey.provenance.counts}
    assert counts == {"age under 18: null, the adult rule does not apply": 1, "age missing: null": 1}


def test_absent_items_are_noted_and_an_absent_element_is_refused():
    data = pd.DataFrame([adult()])
    survey = classify.forced_labour(Survey(data, DESIGN))
    assert any("lack 11 items of icls20" in note and "birth_or_transaction" in note for note in survey.provenance.notes)
    with pytest.raises(DefinitionError, match="none on coercion is in the data"):
        classify.forced_labour(Survey(data.drop(columns=["debt", "wages_withheld"]), DESIGN))
    with pytest.raises(ColumnError, match="'age' is not in the data"):
        classify.forced_labour(Survey(data.drop(columns="age"), DESIGN))


def test_refusals(engine):
    children = pd.DataFrame([adult(age=12)]).astype(float)
    with pytest.raises(DataError, match="18 and above; none of 1 row"):
        classify.forced_labour(Survey(engine(children), DESIGN))
    coded = pd.DataFrame([adult(debt=8)]).astype(float)
    with pytest.raises(ColumnError, match=r"'debt' \(1 row\)"):
        classify.forced_labour(Survey(engine(coded), DESIGN))
    with pytest.raises(OptionError, match="unknown must be one of 'exclude', 'as_no', 'bounds'; found 'official'"):
        classify.forced_labour(Survey(engine(coded), DESIGN), unknown="official")
    with pytest.raises(DefinitionError, match=r"Did you mean 'icls20'\?"):
        classify.forced_labour(Survey(engine(coded), DESIGN), definition="icls-20")


def test_the_guidelines_list_nine_circumstances_and_six_elements_of_coercion():
    folder = files("prevalence.classify").joinpath("definitions")
    rows = list(csv.DictReader(folder.joinpath("icls20_items.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["element"] for row in rows] == ["involuntary"] * 9 + ["coercion"] * 6
    assert tomllib.loads(folder.joinpath("icls20.toml").read_text(encoding="utf-8"))["age_min"] == 18


def test_a_list_of_ones_own(tmp_path):
    shipped = files("prevalence.classify").joinpath("definitions", "icls20.toml").read_text(encoding="utf-8")
    path = tmp_path / "own.toml"
    path.write_text(shipped.replace("icls20_items.csv", "mine.csv"), encoding="utf-8")
    survey = Survey(pd.DataFrame({"w": [1.0], "age": [20], "a": [1], "b": [1]}), DESIGN)
    with pytest.raises(DefinitionError, match=r"names the list 'mine.csv'"):
        classify.forced_labour(survey, definition=path)
    (tmp_path / "mine.csv").write_text(
        "item,element,indicator,status,source\na,involuntary,A,verified,x\nb,coercion,B,verified,x\n", encoding="utf-8"
    )
    assert classify.forced_labour(survey, definition=path, name="mine").data.loc[0, ["mine", "mine_coercion"]].tolist() == [1, 1]
