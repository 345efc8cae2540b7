"""Forced labour of children: its four routes, whom it covers, and that the adult rule stays with adults."""

from __future__ import annotations

import pandas as pd
import pytest

from prevalence import classify
from prevalence.design import Design
from prevalence.errors import DataError, DefinitionError, OptionError
from prevalence.survey import Survey

DESIGN = Design(weight="w")
NULL = -1.0  # stands for null in lists, which NaN would make unequal to themselves
INPUTS = ("works_for_third_party", "works_with_parents", "coerced_by_third_party", "parents_in_forced_labour", "worst_forms")


def child(*yes: str, **answers: float | None) -> dict[str, float | None]:
    return {"w": 1.0, "age": 12.0, **dict.fromkeys(INPUTS, 0.0), **dict.fromkeys(yes, 1.0), **answers}


def classified(rows, engine, to_pandas, **options):
    survey = Survey(engine(pd.DataFrame(rows).astype(float)), DESIGN)
    return to_pandas(classify.forced_labour(survey, **{"definition": "children", **options}).data)


def test_the_four_routes(engine, to_pandas):
    rows = [
        child("works_for_third_party", "coerced_by_third_party"),
        child("works_with_parents", "coerced_by_third_party"),
        child("works_with_parents", "parents_in_forced_labour"),
        child("worst_forms"),
        child("works_for_third_party"),  # no coercion
        child("coerced_by_third_party"),  # no work
        child("works_with_parents"),
        child("works_for_third_party", "parents_in_forced_labour"),  # does not work with them
        child("works_with_parents", "parents_in_forced_labour", "worst_forms"),
    ]
    found = classified(rows, engine, to_pandas)
    assert found["forced_labour"].tolist() == [1, 1, 1, 1, 0, 0, 0, 0, 1]
    assert found["forced_labour_child_rule"].fillna("").tolist() == ["i", "ii", "iii", "iv", "", "", "", "", "iii"]


def test_pressure_by_the_own_parents_is_not_forced_labour(engine, to_pandas):
    found = classified([child("works_with_parents", coerced_by_parents=1.0)], engine, to_pandas)
    assert found["forced_labour"].tolist() == [0]


def test_coercion_of_the_child_or_the_parents_counts(engine, to_pandas):
    rows = [
        child("works_with_parents", child_coerced_by_third_party=c, parents_coerced_by_third_party=p)
        for c, p in ((1, 0), (0, 1), (0, 0), (0, None))
    ]
    finer = [{key: value for key, value in row.items() if key != "coerced_by_third_party"} for row in rows]
    found = classified(finer, engine, to_pandas)
    assert found["forced_labour"].fillna(NULL).tolist() == [1, 1, 0, NULL]


def test_every_child_in_commercial_sexual_exploitation_counts_and_a_no_settles_nothing(engine, to_pandas):
    rows = [child(worst_forms=w, commercial_sexual_exploitation=s) for w, s in ((0, 1), (0, 0), (None, 0), (None, 1), (0, None))]
    found = classified(rows, engine, to_pandas)
    assert found["forced_labour"].fillna(NULL).tolist() == [1, 0, NULL, 1, 0]


def test_missing_inputs_leave_the_status_open_unless_a_route_holds(engine, to_pandas):
    rows = [child(worst_forms=None), child("works_with_parents", "parents_in_forced_labour", worst_forms=None)]
    found = classified(rows, engine, to_pandas)
    assert found["forced_labour"].fillna(NULL).tolist() == [NULL, 1]
    assert found["forced_labour_unknown"].tolist() == [1, 0]


def test_each_age_has_its_rule(engine, to_pandas):
    items = {"low_or_no_wages": 1.0, "debt": 1.0}
    rows = [
        child(**items),  # the adult rule would say yes: trap 3
        child("worst_forms", **(items | {"debt": 0.0})),
        child("worst_forms", age=17, **(items | {"debt": 0.0})),
        child("worst_forms", age=18, **(items | {"debt": 0.0})),
        child(age=40, **items),
        child(age=None, **items),
    ]
    found = classified(rows, engine, to_pandas, definition="icls20", children="children")
    assert found["forced_labour"].fillna(NULL).tolist() == [0, 1, 1, 0, 1, NULL]
    assert found["forced_labour_cases"].fillna(NULL).tolist() == [NULL, NULL, NULL, 0, 1, NULL]
    assert found["coercion"].fillna(NULL).tolist() == [NULL, NULL, NULL, 0, 1, NULL]
    assert found["forced_labour_child_rule"].fillna("").tolist() == ["", "iv", "iv", "", "", ""]
    alone = classified(rows, engine, to_pandas)
    assert alone["forced_labour"].fillna(NULL).tolist() == [0, 1, 1, NULL, NULL, NULL]
    adults = classified(rows, engine, to_pandas, definition="icls20")
    assert adults["forced_labour"].fillna(NULL).tolist() == [NULL, NULL, NULL, 0, 1, NULL]


def test_children_beside_a_table_of_jobs_of_adults(engine, to_pandas):
    people = pd.DataFrame([child("worst_forms", id=1), child(age=30, id=2), child(age=30, id=3)]).astype(float)
    table = pd.DataFrame({"id": [2.0], "low_or_no_wages": [1.0], "debt": [1.0]})
    survey = Survey(engine(people), DESIGN, id="id")
    found = to_pandas(classify.forced_labour(survey, children="children", jobs=engine(table)).data).sort_values("id")
    assert found["forced_labour"].tolist() == [1, 1, 0]


def test_provenance_names_both_rules_and_what_is_to_be_verified():
    data = pd.DataFrame([child(low_or_no_wages=0.0, debt=0.0), child(age=30, low_or_no_wages=0.0, debt=0.0)])
    survey = classify.forced_labour(Survey(data, DESIGN), children="children")
    record = survey.provenance.definitions["forced_labour"]
    assert (record.name, record.status) == ("icls20 and children", "to be verified")
    assert survey.provenance.definitions["coercion"].status == "verified"
    assert any("Routes iii" in note and "to be verified" in note for note in survey.provenance.notes)
    assert list(survey.codebook.levels("forced_labour_child_rule")) == ["i", "ii", "iii", "iv"]


def test_a_file_with_the_routes_that_were_asked(tmp_path):
    path = tmp_path / "third-party.toml"
    path.write_text(
        """
kind = "forced-labour-children"
name = "third-party"
version = "1"
title = "children coerced by a third party"
source = "own questionnaire"
status = "to be verified"
age_min = 5
age_max = 17
inputs = [{name = "works_for_third_party", title = "x"}, {name = "coerced_by_third_party", title = "y"}]
routes = [{route = "i", inputs = ["works_for_third_party", "coerced_by_third_party"], status = "verified"}]
""",
        encoding="utf-8",
    )
    data = pd.DataFrame([child("works_for_third_party", "coerced_by_third_party"), child(age=4)])[["w", "age", *INPUTS[::2]]]
    data = data.assign(works_for_third_party=[1.0, 0.0])
    found = classify.forced_labour(Survey(data, DESIGN), definition=path).data["forced_labour"]
    assert found.fillna(NULL).tolist() == [1, NULL]


def test_refusals():
    adults = pd.DataFrame([child(age=30, low_or_no_wages=1.0, debt=1.0)])
    with pytest.raises(DefinitionError, match=r"needs all its inputs, .* lack 'worst_forms'"):
        classify.forced_labour(Survey(adults.drop(columns="worst_forms"), DESIGN), definition="children")
    with pytest.raises(DataError, match="counts persons of 0 to 17; none of 1 row"):
        classify.forced_labour(Survey(adults, DESIGN), definition="children")
    with pytest.raises(OptionError, match="the adult rule does not apply to children"):
        classify.forced_labour(Survey(adults, DESIGN), children="icls20")
    with pytest.raises(OptionError, match="jobs is for definitions of adults"):
        classify.forced_labour(Survey(adults, DESIGN), definition="children", jobs=adults)
