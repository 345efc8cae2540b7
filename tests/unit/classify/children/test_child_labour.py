"""Child labour: facts of the SDG metadata and of the MICS tabulation syntax."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pandas as pd
import pytest

from prevalence import classify
from prevalence.design import Design
from prevalence.errors import ColumnError, DataError, DefinitionError, OptionError
from prevalence.survey import Survey

VECTORS = Path(__file__).resolve().parents[3] / "data" / "mics_test_vectors.csv"
DESIGN = Design(weight="w")
SPECIAL = (97, 98, 99)

# Published column -> ours. In the tables 100 means yes.
PUBLISHED = {
    "eaLess": "economic_below_threshold",
    "eaMore": "economic_above_threshold",
    "hhcLess": "chores_below_threshold",
    "hhcMore": "household_chores",
    "hazardConditions": "hazardous_work",
    "childLabor": "child_labour",
    "includeHaz": "child_labour_or_hazardous",
}


def _answer(codes: list[int | None]) -> float:
    """One yes is yes; all no is no; else unknown."""
    if 1 in codes:
        return 1.0
    return 0.0 if codes and all(code == 2 for code in codes) else math.nan


def _hours(values: list[int | None]) -> tuple[float, float]:
    """Sum of the known hours and whether one is a special code."""
    known = [value for value in values if value is not None and value not in SPECIAL]
    return (float(sum(known)) if known else math.nan), float(any(value in SPECIAL for value in values))


# Source columns of each questionnaire by canonical content (standard, sections 6.1 and 6.2).
MICS = {
    "MICS6": {
        "age": "CB3",
        "economic": ("CL1A", "CL1B", "CL1C", "CL1X"),
        "economic_hours": ("CL3",),
        "chores": ("CL7", "CL9", "CL11A", "CL11B", "CL11C", "CL11D", "CL11E", "CL11F", "CL11X"),
        "chore_hours": ("CL8", "CL10", "CL13"),
        "hazards": ("CL4", "CL5", "CL6A", "CL6B", "CL6C", "CL6D", "CL6E", "CL6X"),
    },
    "MICS5": {
        "age": "SL9C",
        "economic": ("CL2A", "CL2B", "CL2C", "CL2D"),
        "economic_hours": ("CL4",),
        "chores": ("CL8", "CL10A", "CL10B", "CL10C", "CL10D", "CL10E", "CL10F", "CL10G"),
        "chore_hours": ("CL9", "CL12"),
        "hazards": ("CL5", "CL6", "CL7A", "CL7B", "CL7C", "CL7D", "CL7E", "CL7F"),
    },
}
HAZARDS = ("loads", "tools", "dust", "temperature", "noise", "heights", "chemicals", "other")


def canonical(inputs: str, questionnaire: str) -> dict[str, float]:
    source = {name: int(value) for name, value in (pair.split("=") for pair in inputs.split(";"))}
    columns = MICS[questionnaire]
    economic_hours, economic_special = _hours([source.get(name) for name in columns["economic_hours"]])
    chore_hours, chore_special = _hours([source.get(name) for name in columns["chore_hours"]])
    row = {
        "w": 1.0,
        "age": float(source[str(columns["age"])]),
        "economic_activity": _answer([source.get(name) for name in columns["economic"]]),
        "economic_hours": economic_hours,
        "economic_hours_special": economic_special,
        "chores": _answer([source.get(name) for name in columns["chores"]]),
        "chore_hours": chore_hours,
        "chore_hours_special": chore_special,
    }
    hazards = zip(HAZARDS, columns["hazards"], strict=True)
    return row | {f"hazard_{kind}": _answer([source.get(name)]) for kind, name in hazards}


def vectors(questionnaire: str) -> list[dict[str, str]]:
    with VECTORS.open(encoding="utf-8") as file:
        return [line for line in csv.DictReader(file) if line["round"].startswith(questionnaire)]


@pytest.mark.parametrize(("questionnaire", "lines"), [("MICS6", 20), ("MICS5", 8)])
def test_published_vectors_pass_line_by_line(questionnaire, lines, engine, to_pandas):
    cases = vectors(questionnaire)
    assert len(cases) == lines
    data = pd.DataFrame([canonical(case["inputs"], questionnaire) for case in cases])
    survey = classify.child_labour(Survey(engine(data), DESIGN), definition=questionnaire.lower())
    found = to_pandas(survey.data)
    for row, case in enumerate(cases):
        expected = {ours: float(case[published]) / 100 for published, ours in PUBLISHED.items() if case[published]}
        assert {ours: found.loc[row, ours] for ours in expected} == expected, case["case"]


def child(**answers: float | None) -> dict[str, float | None]:
    row = {"w": 1.0, "age": 7, "economic_activity": 0, "economic_hours": None, "economic_hours_special": 0}
    row |= {"chores": 0, "chore_hours": None, "chore_hours_special": 0}
    return {**row, **answers}


def status(rows, engine, to_pandas, **options):
    data = pd.DataFrame(rows).astype(float)
    return to_pandas(classify.child_labour(Survey(engine(data), DESIGN), **options).data)


@pytest.mark.parametrize("definition", ["sdg-8.7.1", "sdg-8.7.1-general", "mics6", "mics5"])
def test_economic_hours_count_from_the_threshold_of_the_age(definition, engine, to_pandas):
    limits = [(5, 1), (11, 1), (12, 14), (14, 14), (15, 43), (17, 43)]
    rows = [
        child(age=age, economic_activity=1, economic_hours=hours, hazard_tools=0)
        for age, h in limits
        for hours in (h - 1, h, h + 1)
    ]
    found = status(rows, engine, to_pandas, definition=definition)
    assert found["child_labour"].tolist() == [0, 1, 1] * len(limits)
    assert found["economic_above_threshold"].tolist() == [0, 1, 1] * len(limits)
    assert found["economic_below_threshold"].tolist() == [1, 0, 0] * len(limits)


@pytest.mark.parametrize(
    ("definition", "limits"),
    [
        ("sdg-8.7.1-general", [(5, 21), (11, 21), (12, 21), (14, 21)]),
        ("mics6", [(5, 21), (11, 21), (12, 21), (14, 21)]),
        ("mics5", [(5, 28), (11, 28), (12, 28), (14, 28), (15, 43), (17, 43)]),
    ],
)
def test_chore_hours_count_from_the_threshold_of_the_age(definition, limits, engine, to_pandas):
    rows = [child(age=age, chores=1, chore_hours=hours, hazard_tools=0) for age, h in limits for hours in (h - 1, h, h + 1)]
    found = status(rows, engine, to_pandas, definition=definition)
    assert found["child_labour"].tolist() == [0, 1, 1] * len(limits)
    assert found["household_chores"].tolist() == [0, 1, 1] * len(limits)
    assert found["chores_below_threshold"].tolist() == [1, 0, 0] * len(limits)


def test_chores_of_15_to_17_never_count_in_the_general_boundary(engine, to_pandas):
    found = status([child(age=15, chores=1, chore_hours=90)], engine, to_pandas, definition="sdg-8.7.1-general")
    assert found.loc[0, ["child_labour", "household_chores", "child_labour_unknown"]].tolist() == [0, 0, 0]


def test_chores_never_count_in_the_sna_boundary(engine, to_pandas):
    found = status([child(age=9, chores=1, chore_hours=90)], engine, to_pandas, definition="sdg-8.7.1")
    assert found.loc[0, "child_labour"] == 0
    assert "household_chores" not in found


def test_economic_and_chore_hours_are_not_added(engine, to_pandas):
    rows = [child(age=13, economic_activity=1, economic_hours=13, chores=1, chore_hours=20)]
    assert status(rows, engine, to_pandas, definition="sdg-8.7.1-general").loc[0, "child_labour"] == 0


def test_rows_outside_the_ages_are_null_in_every_column(engine, to_pandas):
    ages = (4, 5, 17, 18, None)
    rows = [child(age=age, economic_activity=1, economic_hours=60, chores=1, chore_hours=60, hazard_dust=1) for age in ages]
    found = status(rows, engine, to_pandas, definition="mics6", unknown="bounds")
    added = found.drop(columns=list(rows[0]))
    assert added.isna().to_numpy().tolist() == [[age not in (5, 17)] * added.shape[1] for age in ages]


def test_pandas_gets_floats_with_nan():
    data = pd.DataFrame([child(age=7), child(age=40)]).convert_dtypes()
    found = classify.child_labour(Survey(data, DESIGN)).data
    assert found["child_labour"].dtype == "float64"
    assert math.isnan(found["child_labour"][1])


# ---------------------------------------------------------------- unknown answers

OPEN = [
    child(age=7, economic_activity=1, economic_hours=None),  # may be less than an hour
    child(age=7, economic_activity=None),
    child(age=9, chores=1, chore_hours=None),
    child(age=9, chores=1, chore_hours=10, chore_hours_special=1),  # ten hours and a "do not know"
    child(age=16, economic_activity=1, economic_hours=None, economic_hours_special=1),
]
SETTLED = [
    child(age=7, economic_activity=1, economic_hours=None, chores=1, chore_hours=21),  # chores alone suffice
    child(age=9, chores=1, chore_hours=30, chore_hours_special=1),  # the known part suffices
    child(age=16, chores=1, chore_hours=None),  # no chores limb at 15-17
    child(age=7, economic_activity=None, economic_hours=0),  # no hours, whatever the activity
    child(age=9, economic_activity=0, chores=0),
]


def test_unknown_marks_children_whose_status_the_missing_answer_could_change(engine, to_pandas):
    found = status(OPEN + SETTLED, engine, to_pandas, definition="sdg-8.7.1-general")
    assert found["child_labour_unknown"].tolist() == [1] * len(OPEN) + [0] * len(SETTLED)


@pytest.mark.parametrize(("policy", "left"), [("official", 0.0), ("as_no", 0.0), ("bounds", 0.0), ("exclude", None)])
def test_policies_differ_in_the_unknown_alone(policy, left, engine, to_pandas):
    found = status(OPEN + SETTLED, engine, to_pandas, definition="sdg-8.7.1-general", unknown=policy)["child_labour"]
    unknown = found[: len(OPEN)]
    assert unknown.isna().all() if left is None else unknown.tolist() == [left] * len(OPEN)
    assert found[len(OPEN) :].tolist() == [1, 1, 0, 0, 0]


def test_bounds_enclose_what_the_unknown_may_be(engine, to_pandas):
    found = status(OPEN + SETTLED, engine, to_pandas, definition="sdg-8.7.1-general", unknown="bounds")
    assert found["child_labour_low"].tolist() == [0] * len(OPEN) + [1, 1, 0, 0, 0]
    assert found["child_labour_high"].tolist() == [1] * len(OPEN) + [1, 1, 0, 0, 0]


def test_mics5_special_codes_are_above_as_published_and_unknown_otherwise(engine, to_pandas):
    rows = [
        child(age=16, economic_activity=1, economic_hours_special=1, hazard_dust=0),
        child(age=9, chores=1, chore_hours=5, chore_hours_special=1, hazard_dust=0),
    ]
    assert status(rows, engine, to_pandas, definition="mics5")["child_labour"].tolist() == [1, 1]
    assert status(rows, engine, to_pandas, definition="mics5")["child_labour_unknown"].tolist() == [1, 1]
    assert status(rows, engine, to_pandas, definition="mics5", unknown="as_no")["child_labour"].tolist() == [0, 0]
    assert status(rows, engine, to_pandas, definition="mics5", unknown="exclude")["child_labour"].isna().all()


def test_a_special_code_left_in_the_hours_is_no_number_of_hours(engine, to_pandas):
    row = child(age=16, economic_activity=1, economic_hours=98, economic_hours_special=1)
    found = status([row], engine, to_pandas, definition="mics6")
    assert found.loc[0, ["child_labour", "economic_below_threshold", "child_labour_unknown"]].tolist() == [0, 0, 1]


def test_hazard_items_skipped_by_children_without_work_are_no(engine, to_pandas):
    rows = [
        child(age=16, economic_activity=0, hazard_dust=None),
        child(age=16, economic_activity=1, economic_hours=5, hazard_dust=None),
        child(age=16, economic_activity=0, hazard_dust=1),  # stray answer: counts, as published
    ]
    found = status(rows, engine, to_pandas, definition="mics5", unknown="exclude")
    assert found["hazardous_work"].fillna(-1).tolist() == [0, -1, 1]
    assert found["child_labour_unknown"].tolist() == [0, 1, 0]


# ---------------------------------------------------------------- records


def test_what_was_done_is_recorded(engine):
    rows = [child(age=7), child(age=30), child(age=None), child(age=7, economic_activity=1)]
    survey = classify.child_labour(Survey(engine(pd.DataFrame(rows).astype(float)), DESIGN), unknown="exclude")
    counts = {count.reason: count.rows for count in survey.provenance.counts}
    assert counts == {"age outside 5-17: null": 1, "age missing: null": 1, "status unknown: null": 1}
    definition = survey.provenance.definitions["child_labour"]
    assert (definition.name, definition.options["unknown"]) == ("sdg-8.7.1", "exclude")
    assert any("more than 43 hours" in note for note in survey.provenance.notes)
    assert survey.codebook.label("in_employment") == "children aged 5-17 in economic activity"


def test_a_name_of_ones_own_keeps_two_definitions_apart():
    rows = [child(age=9, chores=1, chore_hours=25, hazard_dust=0)]
    survey = classify.child_labour(Survey(pd.DataFrame(rows), DESIGN), definition="mics6")
    survey = classify.child_labour(survey, definition="mics5", name="earlier", unknown="bounds")
    assert survey.data.loc[0, ["household_chores", "earlier_household_chores"]].tolist() == [1, 0]
    assert {"earlier", "earlier_unknown", "earlier_low", "earlier_high", "earlier_in_employment"} <= set(survey.columns)
    assert survey.provenance.definitions["earlier"].name == "mics5"


def test_the_callers_frame_is_untouched():
    data = pd.DataFrame([child()])
    before = data.copy()
    classify.child_labour(Survey(data, DESIGN))
    pd.testing.assert_frame_equal(data, before)


# ---------------------------------------------------------------- definitions as data

OWN = """
kind = "child-labour"
name = "strict"
version = "1"
title = "children in work of more than 14 hours"
source = "a test"
status = "to be verified"
production_boundary = "sna"
age_min = 5
age_max = 14

[[bands]]
label = "5-14"
age_min = 5
age_max = 14
economic_threshold = 14
economic_operator = ">"
"""


def test_a_file_of_ones_own_states_threshold_and_operator(tmp_path, engine, to_pandas):
    path = tmp_path / "strict.toml"
    path.write_text(OWN, encoding="utf-8")
    rows = [child(age=age, economic_activity=1, economic_hours=hours) for age, hours in ((14, 14), (14, 15), (15, 60))]
    found = status(rows, engine, to_pandas, definition=path)["child_labour"]
    assert found.fillna(-1).tolist() == [0, 1, -1]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (("age_max = 14\n\n", "age_max = 15\n\n"), "bands must cover the ages 5 to 15 once each"),
        (("economic_threshold", "economic_treshold"), r"economic_treshold: no such field. Did you mean 'economic_threshold'\?"),
        (('">"', '"above"'), "economic_operator"),
        (("economic_operator", "chores_threshold = 7\neconomic_operator"), "'sna' has no chores"),
        (("[[bands]]", "[[bands"), "valid TOML"),
    ],
)
def test_faults_of_a_definition_file_are_named(tmp_path, edit, message):
    path = tmp_path / "strict.toml"
    path.write_text(OWN.replace(*edit), encoding="utf-8")
    with pytest.raises(DefinitionError, match=message):
        classify.child_labour(Survey(pd.DataFrame([child()]), DESIGN), definition=path)


def test_definitions_are_found_by_public_name_and_by_standard_id():
    survey = Survey(pd.DataFrame([child()]), DESIGN)
    named = classify.child_labour(survey, definition="sdg871_ind2").provenance.definitions["child_labour"]
    assert named.name == "sdg-8.7.1-general"
    with pytest.raises(DefinitionError, match=r"'sdg-8.7.1'.*Did you mean 'mics6'\?"):
        classify.child_labour(survey, definition="mics-6")
    with pytest.raises(DefinitionError, match="must be a readable TOML file"):
        classify.child_labour(survey, definition="absent.toml")


# ---------------------------------------------------------------- refusals


def test_absent_columns_are_refused_with_what_the_definition_needs():
    data = pd.DataFrame([child()])
    with pytest.raises(ColumnError, match=r"'economic_hours' is not in the data.*optional are"):
        classify.child_labour(Survey(data.drop(columns="economic_hours"), DESIGN))
    with pytest.raises(DefinitionError, match=r"needs household chores.*use definition='sdg-8.7.1'"):
        classify.child_labour(Survey(data.drop(columns="chores"), DESIGN), definition="mics6")
    with pytest.raises(DefinitionError, match=r"'mics5' needs hazardous conditions.*'mics6', 'sdg-8.7.1-general', 'sdg-8.7.1'"):
        classify.child_labour(Survey(data, DESIGN), definition="mics5")


def test_a_survey_of_adults_is_refused(engine):
    data = pd.DataFrame([child(age=age) for age in (18, 40, None)]).astype(float)
    with pytest.raises(DataError, match=r"aged 5-17; none of 3 rows"):
        classify.child_labour(Survey(engine(data), DESIGN))


def test_answers_that_are_no_answers_are_refused(engine):
    data = pd.DataFrame([child(economic_activity=2), child()]).astype(float)
    with pytest.raises(ColumnError, match=r"0, 1 or missing.*'economic_activity' \(1 row\)"):
        classify.child_labour(Survey(engine(data), DESIGN))
    with pytest.raises(ColumnError, match="'economic_hours' must hold numbers"):
        classify.child_labour(Survey(engine(data.assign(economic_activity=1.0, economic_hours="ten")), DESIGN))


def test_unknown_policy_is_a_checked_string():
    with pytest.raises(OptionError, match=r"unknown must be one of .* Did you mean 'exclude'\?"):
        classify.child_labour(Survey(pd.DataFrame([child()]), DESIGN), unknown="excluded")
