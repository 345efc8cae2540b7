"""What holds of any answers: nesting, scope, order of rows."""

from __future__ import annotations

import numpy as np
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
# Hours as a questionnaire gives them: a special code leaves no hours, the sum of chores may have both.
CHILD = st.fixed_dictionaries(
    {
        "w": st.just(1.0),
        "age": st.one_of(st.none(), st.integers(0, 25)),
        "economic_activity": ANSWER,
        "economic_hours": HOURS,
        "chores": ANSWER,
        "chore_hours": HOURS,
        "chore_hours_special": FLAG,
        "hazard_dust": ANSWER,
        "hazard_tools": ANSWER,
    }
)
SEED_CHILD = {
    **dict.fromkeys(("chores", "chore_hours_special", "hazard_dust", "hazard_tools"), 0.0),
    "chore_hours": None,
    "w": 1.0,
}
SEED_CHILD |= {"age": 10, "economic_activity": 0.0, "economic_hours": None}  # so that somebody is in scope
CHILDREN = st.lists(CHILD, max_size=25).map(lambda rows: pd.DataFrame([SEED_CHILD, *rows]).astype(float))
DEFINITIONS = ("sdg-8.7.1", "sdg-8.7.1-general", "mics6", "mics5")
POLICIES = ("official", "exclude", "as_no", "bounds")
few = settings(max_examples=5)


def classified(data: pd.DataFrame, **options: str) -> pd.DataFrame:
    return classify.child_labour(Survey(data, DESIGN), **options).data


@few
@given(CHILDREN, st.sampled_from(("official", "as_no", "bounds")))
def test_the_sna_boundary_is_within_the_general_one(data, unknown):
    narrow = classified(data, definition="sdg-8.7.1", unknown=unknown)["child_labour"]
    wide = classified(data, definition="sdg-8.7.1-general", unknown=unknown)["child_labour"]
    assert (narrow.dropna() <= wide.dropna()).all()


@few
@given(CHILDREN, st.sampled_from(POLICIES))
def test_child_labour_of_the_sna_boundary_is_employment(data, unknown):
    found = classified(data, definition="sdg-8.7.1", unknown=unknown)[["child_labour", "in_employment"]].dropna()
    assert (found["child_labour"] <= found["in_employment"]).all()


@few
@given(CHILDREN, st.sampled_from(DEFINITIONS))
def test_above_and_below_the_threshold_are_within_employment(data, definition):
    found = classified(data, definition=definition).dropna(subset="child_labour")
    assert (found["economic_below_threshold"] + found["economic_above_threshold"] <= found["in_employment"]).all()


@few
@given(CHILDREN, st.sampled_from(DEFINITIONS), st.sampled_from(("official", "as_no")))
def test_columns_are_null_outside_the_ages_and_nowhere_else(data, definition, unknown):
    found = classified(data, definition=definition, unknown=unknown)
    outside = ~data["age"].between(5, 17)
    for column in found.columns.difference(data.columns):
        assert (found[column].isna() == outside).all()


@few
@given(CHILDREN, st.sampled_from(DEFINITIONS))
def test_bounds_enclose_and_meet_where_the_status_is_known(data, definition):
    found = classified(data, definition=definition, unknown="bounds").dropna(subset="child_labour")
    assert (found["child_labour_low"] <= found["child_labour"]).all()
    assert (found["child_labour"] <= found["child_labour_high"]).all()
    assert ((found["child_labour_low"] != found["child_labour_high"]) == (found["child_labour_unknown"] == 1)).all()


@few
@given(CHILDREN, st.sampled_from(DEFINITIONS), st.sampled_from(POLICIES), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(data, definition, unknown, random):
    order = random.sample(range(len(data)), len(data))
    shuffled = classified(data.iloc[order].reset_index(drop=True), definition=definition, unknown=unknown)
    expected = classified(data, definition=definition, unknown=unknown).iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(shuffled, expected)


ITEMS = ("low_or_no_wages", "different_job", "debt", "wages_withheld")
WORKER = st.fixed_dictionaries(dict.fromkeys((*ITEMS, *(f"{item}_job2" for item in ITEMS)), ANSWER))


@few
@given(st.lists(WORKER, min_size=1, max_size=20))
def test_forced_labour_is_both_elements_and_at_least_one_case(rows):
    data = pd.DataFrame(rows).astype(float).assign(w=1.0, age=30.0)
    found = classify.forced_labour(Survey(data, DESIGN), unknown="as_no").data
    assert (found["forced_labour"] <= np.minimum(found["involuntary_work"], found["coercion"])).all()
    assert ((found["forced_labour_cases"] > 0) == (found["forced_labour"] == 1)).all()


PRODUCTS = st.sampled_from([None, "cocoa", "coffee", "gold", "mining", "garment", "maize", "other"])
CODES = st.sampled_from([None, "0127", "01", "07", "0729", "0510", "1410", "0150", "8510"])


@few
@given(st.lists(st.tuples(PRODUCTS, PRODUCTS, CODES), min_size=1, max_size=20))
def test_more_evidence_never_turns_a_known_chain_around(rows):
    data = pd.DataFrame([(None, None, "1410"), *rows], columns=["product", "product_2", "isic"], dtype=object).assign(w=1.0)
    chains = ["cocoa", "coffee", "tea", "mining", "gold", "coal", "garment"]
    full = classify.supply_chain(Survey(data, DESIGN), exposure="own", chains=chains, revision="isic4").data
    bare = classify.supply_chain(Survey(data.drop(columns="isic"), DESIGN), exposure="own", chains=chains, revision="isic4").data
    for column in [f"chain_{chain}" for chain in chains]:
        settled = bare[column].notna()
        assert (bare.loc[settled, column] == full.loc[settled, column]).all()
    assert (full["supply_chain"].isin(["not identifiable", "none"]) == (full["chain_any"] != 1)).all()
    members = full[["chain_gold", "chain_coal"]].max(axis=1) == 1
    assert (full.loc[members, "chain_mining"] == 1).all()
