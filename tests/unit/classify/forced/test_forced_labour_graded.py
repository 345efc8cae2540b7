"""Forced labour by ILO 2012: dimensions, strength of indicators, and what is said of their status."""

from __future__ import annotations

import csv
from importlib.resources import files

import pandas as pd
import pytest

from prevalence import classify
from prevalence.design import Design
from prevalence.errors import DefinitionError, OptionError
from prevalence.survey import Survey

DESIGN = Design(weight="w")
NULL = -1.0  # stands for null in lists, which NaN would make unequal to themselves
INVOLUNTARY = {"strong": "duress_forced_overtime", "medium": "duress_multiple_dependency"}
PENALTY = {"strong": "duress_locked_in", "medium": "duress_dismissal"}
FREE = dict.fromkeys((*INVOLUNTARY.values(), *PENALTY.values()), 0.0)


def worker(*yes: str, **answers: float | None) -> dict[str, float | None]:
    return {"w": 1.0, "age": 30.0, **FREE, **dict.fromkeys(yes, 1.0), **answers}


def classified(rows, engine, to_pandas, **options):
    survey = Survey(engine(pd.DataFrame(rows).astype(float)), DESIGN)
    return to_pandas(classify.forced_labour(survey, definition="hts2012", **options).data).fillna(NULL)


def test_the_three_rules_on_the_strong_indicator(engine, to_pandas):
    pairs = [(i, p) for i in ("strong", "medium") for p in ("strong", "medium")]
    rows = [worker(INVOLUNTARY[i], PENALTY[p]) for i, p in pairs]
    by_rule = {rule: classified(rows, engine, to_pandas, require_strong=rule)["forced_labour"].tolist() for rule in RULES}
    assert by_rule == {"either": [1, 1, 1, 0], "both": [1, 0, 0, 0], "involuntariness": [1, 1, 0, 0]}
    assert classified(rows, engine, to_pandas)["forced_labour"].tolist() == by_rule["either"]  # the default


RULES = ("either", "both", "involuntariness")


@pytest.mark.parametrize("rule", RULES)
def test_both_sides_must_hold(rule, engine, to_pandas):
    found = classified([worker(INVOLUNTARY["strong"]), worker(PENALTY["strong"])], engine, to_pandas, require_strong=rule)
    assert found["forced_labour"].tolist() == [0, 0]


def test_sides_of_different_dimensions_do_not_join(engine, to_pandas):
    other = {"leaving_work_off_debt": 0.0, "leaving_locked_in": 0.0}
    rows = [worker(**other) | {INVOLUNTARY["strong"]: 1, "leaving_locked_in": 1}, worker(**other) | dict.fromkeys(other, 1.0)]
    found = classified(rows, engine, to_pandas)
    assert found["forced_labour"].tolist() == [0, 1]
    assert found["work_and_life_under_duress"].tolist() == [0, 0]
    assert found["impossibility_of_leaving"].tolist() == [0, 1]
    assert "unfree_recruitment" not in found.columns  # nothing was asked on it


def test_sides_of_different_jobs_do_not_join(engine, to_pandas):
    second = dict.fromkeys((f"{name}_job2" for name in FREE), 0.0)
    rows = [
        worker(INVOLUNTARY["strong"], **second) | {f"{PENALTY['strong']}_job2": 1},
        worker(**second) | {f"{INVOLUNTARY['strong']}_job2": 1, f"{PENALTY['strong']}_job2": 1},
    ]
    found = classified(rows, engine, to_pandas)
    assert found["forced_labour"].tolist() == [0, 1]
    assert found["forced_labour_cases"].tolist() == [0, 1]


def test_unknown_items_matter_where_they_could_decide(engine, to_pandas):
    strong, medium = INVOLUNTARY["strong"], INVOLUNTARY["medium"]
    rows = [
        worker(medium, PENALTY["strong"], **{strong: None}),  # positive whatever the strong one is
        worker(medium, PENALTY["medium"], **{strong: None}),  # the strong one decides
        worker(**{strong: None}),  # no penalty
    ]
    found = classified(rows, engine, to_pandas, unknown="bounds")
    assert found["forced_labour"].tolist() == [1, NULL, 0]
    assert found["forced_labour_low"].tolist() == [1, 0, 0]
    assert found["forced_labour_high"].tolist() == [1, 1, 0]


def test_it_says_that_the_grading_is_not_verified():
    survey = classify.forced_labour(Survey(pd.DataFrame([worker()]), DESIGN), definition="hts2012", require_strong="both")
    record = survey.provenance.definitions["forced_labour"]
    assert record.status == "to be verified"
    assert record.options == {"unknown": "exclude", "require_strong": "both"}
    assert any("to be verified in the ILO's 2012 text" in note for note in survey.provenance.notes)
    assert any("nothing was asked on the dimension 'unfree recruitment'" in note for note in survey.provenance.notes)
    assert any("lack 70 items of hts2012" in note for note in survey.provenance.notes)


def test_the_list_names_each_indicator_once_and_says_unverified():
    text = files("prevalence.classify").joinpath("definitions", "hts2012_items.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len({row["item"] for row in rows}) == len(rows) == 74
    assert {row["status"] for row in rows} == {"unverified"}
    assert list(dict.fromkeys(row["dimension"] for row in rows)) == [
        "unfree recruitment",
        "work and life under duress",
        "impossibility of leaving",
    ]


def test_a_dimension_of_one_side_is_unknown_where_that_side_is_yes(engine, to_pandas):
    rows = [worker(leaving_locked_in=1.0), worker(leaving_locked_in=0.0)]
    found = classified(rows, engine, to_pandas)
    assert found["forced_labour"].tolist() == [NULL, 0]


def test_refusals():
    survey = Survey(pd.DataFrame([{"w": 1.0, "age": 30, "duress_locked_in": 1, "leaving_work_off_debt": 1}]), DESIGN)
    with pytest.raises(DefinitionError, match="the data have 2 of its 74 items and no such dimension"):
        classify.forced_labour(survey, definition="hts2012")
    with pytest.raises(OptionError, match="require_strong must be one of 'either', 'both', 'involuntariness'; found 'any'"):
        classify.forced_labour(survey, definition="hts2012", require_strong="any")
    with pytest.raises(DefinitionError, match=r"one of 'children', 'hts2012', 'icls20' or .* Did you mean 'hts2012'\?"):
        classify.forced_labour(survey, definition="hts-2012")
    for other in ("mics6", "ilo11"):  # child labour; warning signs, which are no decision rule
        with pytest.raises(DefinitionError, match="definition must be one of 'children', 'hts2012', 'icls20' or"):
            classify.forced_labour(survey, definition=other)
