"""Nesting of the indicators of child labour (standard, section 5) and of the definitions, on any answers."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from prevalence import classify
from prevalence.design import Design
from prevalence.survey import Survey

DESIGN = Design(weight="w")
ANSWER = st.sampled_from([0.0, 1.0, None])
FLAG = st.sampled_from([0.0, 1.0])
HOURS = st.one_of(st.none(), st.integers(0, 96))
INDUSTRY = st.sampled_from([None, "0127", "0510", "0729", "1071", "4100", "43", "4520", "9700"])
ANSWERS = {
    "age": st.one_of(st.none(), st.integers(0, 25)),
    "economic_activity": ANSWER,
    "economic_hours": HOURS,
    "economic_hours_special": FLAG,
    "chores": ANSWER,
    "chore_hours": HOURS,
    "chore_hours_special": FLAG,
    "hazard_dust": ANSWER,
    "hazard_tools": ANSWER,
    "night_work": ANSWER,
}
CHILD = st.fixed_dictionaries({**ANSWERS, "isic": INDUSTRY})
SOMEBODY = {**dict.fromkeys(ANSWERS, 0.0), "age": 10.0, "isic": "0127"}  # so that somebody is in scope, of a known revision
CHILDREN = st.lists(CHILD, min_size=20, max_size=60)
NESTED = ("ilo-global-estimates", "ucw", "national:GHA", "national:NPL", "national:ETH")
ALL = (*NESTED, "sdg-8.7.1", "sdg-8.7.1-general", "mics6", "mics6-2017", "mics5", "mics4")
COUNTED = ("official", "as_no")
few = settings(max_examples=5)


def classified(rows: list[dict[str, object]], **options: str) -> pd.DataFrame:
    data = pd.DataFrame([SOMEBODY, *rows])
    data[list(ANSWERS)] = data[list(ANSWERS)].astype(float)
    found = classify.child_labour(Survey(data.assign(w=1.0), DESIGN), **options).data
    return found[found["child_labour_unknown"].notna()]


@few
@given(CHILDREN, st.sampled_from(NESTED), st.sampled_from(COUNTED))
def test_hazardous_work_in_child_labour_in_employment(rows, definition, unknown):
    found = classified(rows, definition=definition, unknown=unknown)
    assert (found["hazardous_work"] <= found["child_labour"]).all()
    assert (found["child_labour"] <= found["in_employment"]).all()


@few
@given(CHILDREN, st.sampled_from(NESTED))
def test_the_bounds_nest_too(rows, definition):
    found = classified(rows, definition=definition, unknown="bounds")
    for end in ("_low", "_high"):
        assert (found[f"hazardous_work{end}"] <= found[f"child_labour{end}"]).all()
        assert (found[f"child_labour{end}"] <= found[f"in_employment{end}"]).all()


@few
@given(CHILDREN, st.sampled_from(NESTED))
def test_employment_is_child_labour_and_permitted_work(rows, definition):
    found = classified(rows, definition=definition)
    assert (found["in_employment"] == found["child_labour"] + found["permitted_work"]).all()
    known = classified(rows, definition=definition, unknown="exclude")
    known = known.dropna(subset=["in_employment", "child_labour", "permitted_work"])
    assert (known["in_employment"] == known["child_labour"] + known["permitted_work"]).all()


@few
@given(CHILDREN, st.sampled_from(("ilo-global-estimates", "ucw")))
def test_no_work_is_permitted_below_12(rows, definition):
    found = classified(rows, definition=definition)
    assert (found.loc[found["age"] < 12, "permitted_work"] == 0).all()
    assert (found["permitted_light_work"] == found["permitted_work"].where(found["age"].between(12, 14), 0)).all()


@few
@given(CHILDREN, st.sampled_from(ALL), st.sampled_from(COUNTED))
def test_parts_of_employment_are_in_it(rows, definition, unknown):
    found = classified(rows, definition=definition, unknown=unknown)
    assert (found["economic_below_threshold"] + found["economic_above_threshold"] <= found["in_employment"]).all()
    assert (found["economic_above_threshold"] <= found["child_labour"]).all()
    assert (found["permitted_light_work"] <= found["permitted_work"]).all()
    assert (found["permitted_work"] <= found["in_employment"]).all()


@few
@given(CHILDREN, st.sampled_from(COUNTED))
def test_definitions_nest_where_their_rules_do(rows, unknown):
    compared = ("sdg-8.7.1", "sdg-8.7.1-general", "ilo-global-estimates", "mics6", "mics6-2017", "mics5")
    status = {name: classified(rows, definition=name, unknown=unknown)["child_labour"] for name in compared}
    assert (status["sdg-8.7.1"] <= status["sdg-8.7.1-general"]).all()
    assert (status["sdg-8.7.1"] <= status["ilo-global-estimates"]).all()
    assert (status["mics6"] == status["sdg-8.7.1-general"]).all()
    if unknown == "official":
        assert (status["mics6-2017"] <= status["mics5"]).all()


@few
@given(CHILDREN, st.sampled_from(ALL))
def test_include_haz_holds_child_labour_and_hazardous_work(rows, definition):
    found = classified(rows, definition=definition)
    if "child_labour_or_hazardous" in found:
        assert (found["child_labour"] <= found["child_labour_or_hazardous"]).all()
        assert (found["hazardous_work"] <= found["child_labour_or_hazardous"]).all()
    else:
        assert (found["hazardous_work"] <= found["child_labour"]).all()


@few
@given(CHILDREN, st.lists(ANSWER, min_size=61, max_size=61), st.sampled_from(NESTED), st.sampled_from(COUNTED))
def test_worst_forms_hold_hazardous_work_and_lie_in_child_labour(rows, answers, definition, unknown):
    data = pd.DataFrame([SOMEBODY, *rows])
    data[list(ANSWERS)] = data[list(ANSWERS)].astype(float)
    data["other_worst_forms"] = pd.Series(answers[: len(data)], dtype=float)
    found = classify.child_labour(Survey(data.assign(w=1.0), DESIGN), definition=definition, unknown=unknown).data
    found = found[found["child_labour_unknown"].notna()]
    assert (found["hazardous_work"] <= found["in_worst_forms"]).all()
    assert (found["in_worst_forms"] <= found["child_labour"]).all()
    elsewhere = found[found["other_worst_forms"] != 1]
    assert (elsewhere["child_labour"] <= elsewhere["in_employment"]).all()


@few
@given(CHILDREN, st.sampled_from(ALL))
def test_bounds_enclose_every_indicator_and_meet_where_it_is_known(rows, definition):
    found = classified(rows, definition=definition, unknown="bounds")
    for column in [name.removesuffix("_low") for name in found.columns if name.endswith("_low")]:
        low, high, unknown = (found[f"{column}{end}"] for end in ("_low", "_high", "_unknown"))
        assert (low <= found[column]).all()
        assert (found[column] <= high).all()
        assert ((low != high) == (unknown == 1)).all()
