"""The `mics6` profile against UNICEF's published syntax and the ways of real files."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence import loaders
from prevalence.errors import LoadError

from .conftest import DATA, mics_rows

ECONOMIC_LIMIT = {range(5, 12): 1, range(12, 15): 14, range(15, 18): 43}
CHORE_LIMIT = 21


def vectors() -> list[dict[str, str]]:
    with (DATA / "mics_test_vectors.csv").open(encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if row["round"].startswith("MICS6")]


def inputs(vector: dict[str, str]) -> dict[str, int]:
    return {name: int(value) for name, value in (pair.split("=") for pair in vector["inputs"].split(";"))}


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["case"])
def test_canonical_columns_carry_what_the_published_syntax_needs(vector: dict[str, str]) -> None:
    child = loaders.apply_profile(mics_rows(inputs(vector)), "mics6").data.iloc[0]
    limit = next(hours for ages, hours in ECONOMIC_LIMIT.items() if child["age"] in ages)
    works, does_chores = child["economic_activity"] == 1, child["chores"] == 1
    below_15 = child["age"] < 15
    hazards = child[[name for name in child.index if name.startswith("hazard_")]]
    found = {
        "eaLess": works and child["economic_hours"] < limit,
        "eaMore": works and child["economic_hours"] >= limit,
        "hhcLess": below_15 and does_chores and child["chore_hours"] < CHORE_LIMIT and not child["chore_hours_special"],
        "hhcMore": below_15 and does_chores and child["chore_hours"] >= CHORE_LIMIT,
        "hazardConditions": bool((hazards == 1).any()),
    }
    assert {name: 100 * bool(value) for name, value in found.items()} == {name: int(vector[name]) for name in found}


def test_levels_are_the_contract_of_the_package_in_display_order() -> None:
    book = loaders.apply_profile(mics_rows({}), "mics6").codebook
    assert list(book.levels("sex")) == ["Female", "Male"]
    assert list(book.levels("area")) == ["Urban", "Rural"]
    assert list(book.levels("age_group")) == ["5-11", "12-14", "15-17"]
    assert list(book.levels("wealth")) == ["Poorest", "Second", "Middle", "Fourth", "Richest"]
    assert list(book.levels("attends_school")) == ["Yes", "No"]
    assert book.variables["economic_hours"].missing == {97: "inconsistent", 98: "do not know", 99: "no response"}


def test_only_completed_interviews_stay_and_the_others_are_counted() -> None:
    survey = loaders.apply_profile(mics_rows({}, {"FS17": 2}, {"FS17": None}, {}), "mics6")
    assert len(survey.data) == 2
    assert [(count.step, count.rows) for count in survey.provenance.counts] == [("keep FS17", 2)]


def test_weight_zero_stays_and_is_counted() -> None:
    survey = loaders.apply_profile(mics_rows({}, {"fsweight": 0}), "mics6")
    assert len(survey.data) == 2
    assert [(count.step, count.rows) for count in survey.provenance.counts] == [("weights", 1)]


def test_unit_without_a_completed_interview_stays_in_the_design() -> None:
    refused = {"FS17": 3, "CL1A": 1, "fsweight": 7.5}
    rows = mics_rows({"PSU": 1}, {"PSU": 2, **refused}, {"PSU": 2, **refused}, {"PSU": 3}, {"PSU": 3, **refused}, stratum=1)
    survey = loaders.apply_profile(rows, "mics6")
    assert survey.data["PSU"].tolist() == [1, 3, 2]
    assert survey.data["fsweight"].tolist()[-1] == 0
    assert survey.data.loc[2, ["CL1A", "CB3", "age", "economic_activity"]].isna().all()
    assert [(count.step, count.rows) for count in survey.provenance.counts] == [("keep FS17", 3), ("units", 1), ("weights", 1)]
    read = pv.mean(survey, "age", by="sex")
    assert read.sample.rule.units.primary.sampled.sum() == 3


@pytest.mark.parametrize("how", ["absent", "empty"])
def test_cluster_and_region_by_area_stand_in_for_psu_and_stratum(how: str) -> None:
    rows = mics_rows({}, {"HH6": 2}, {}, {})
    rows = rows.drop(columns=["PSU", "stratum"]) if how == "absent" else rows.assign(PSU=None, stratum=None)
    survey = loaders.apply_profile(rows, "mics6")
    assert survey.design.units == ("HH1",)
    assert survey.design.strata == ("HH7", "HH6")
    assert [note.split(":")[0] for note in survey.provenance.notes] == [
        f"Column {name!r} {'is not in' if how == 'absent' else 'is empty in'} the file" for name in ("stratum", "PSU")
    ]


def test_design_is_that_of_mics() -> None:
    design = loaders.apply_profile(mics_rows({}), "mics6").design
    assert (design.weight, design.strata, design.units) == ("fsweight", ("stratum",), ("PSU",))
    assert (design.lonely_psu, design.weight_scale) == ("adjust", "normalised")


def test_school_question_skipped_for_those_who_never_attended_means_no() -> None:
    rows = mics_rows({"CB4": 2}, {"CB4": 1, "CB7": 1}, {"CB4": 1, "CB7": 9}, {"CB4": 1, "CB7": 2}, {"CB4": 9})
    attends = loaders.apply_profile(rows, "mics6").data["attends_school"]
    assert attends.fillna("?").tolist() == ["No", "Yes", "?", "No", "?"]


def test_activity_is_unknown_if_no_item_is_yes_and_one_has_no_answer() -> None:
    none = dict.fromkeys(("CL1A", "CL1B", "CL1C", "CL1X"), 2)
    rows = mics_rows(none, none | {"CL1X": 9}, none | {"CL1A": 9, "CL1X": 1}, {})
    activity = loaders.apply_profile(rows, "mics6").data["economic_activity"]
    np.testing.assert_array_equal(activity, [0, np.nan, 1, np.nan])


def test_names_may_differ_in_case() -> None:
    rows = mics_rows({"CL1A": 1, "CL3": 5})
    survey = loaders.apply_profile(rows.rename(columns=str.lower), "mics6")
    assert survey.data["economic_hours"].tolist() == [5]
    assert "CL3" in survey.columns


def test_misfit_names_all_absent_columns_and_what_looks_similar() -> None:
    rows = mics_rows({}).rename(columns={"CB3": "CB03"}).drop(columns=["CL13"])
    with pytest.raises(LoadError, match=r"does not fit the data: 2 columns .* 'CB3' \(similar: 'CB03'\), 'CL13'"):
        loaders.apply_profile(rows, "mics6")


def test_optional_columns_may_lack_and_are_named() -> None:
    survey = loaders.apply_profile(mics_rows({}).drop(columns=["windex5", "CL6X"]), "mics6")
    assert "wealth" not in survey.columns
    assert survey.provenance.notes == ("Not made, because the data lacks their columns: wealth (windex5), hazard_other (CL6X).",)


def test_codes_outside_the_map_become_missing_and_are_told() -> None:
    survey = loaders.apply_profile(mics_rows({"HH6": 3}, {"HH6": 3}, {}, {}), "mics6")
    assert survey.data["area"].isna().sum() == 2
    assert [(count.step, count.rows) for count in survey.provenance.counts] == [("area", 2)]
    assert survey.provenance.notes == ("area: 2 answers of HH6 not known to profile 'mics6' became missing, for example 3.",)


def test_integers_with_gaps_that_arrive_as_objects_are_numbers() -> None:
    rows = mics_rows({"CL1A": 1, "CL3": 20}, {})
    rows["CL3"] = pd.Series([20, None], dtype=object)
    rows["fsweight"] = pd.Series([1, 2], dtype=object)
    data = loaders.apply_profile(rows, "mics6").data
    assert (data["CL3"].dtype.kind, data["fsweight"].dtype.kind) == ("f", "i")
    assert data["economic_hours"].tolist()[0] == 20
