"""The profiles of MICS5 and MICS4: merged files, the computed weight of the child, and the published treatment of answers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from prevalence import loaders
from prevalence.errors import DataError, LoadError

from .conftest import DATA
from .profile_files import mics4, mics5, mics5_hh, mics5_hl

ECONOMIC_LIMIT = {range(5, 12): 1, range(12, 15): 14, range(15, 18): 43}
CHORE_LIMIT = {range(5, 15): 28, range(15, 18): 43}


def written(folder: Path, **frames: pd.DataFrame) -> dict[str, Path]:
    paths = {}
    for role, frame in frames.items():
        paths[role] = folder / f"{role}.sav"
        pyreadstat.write_sav(frame.astype("float64"), paths[role])
    return paths


# ---- MICS5


def test_weight_is_household_weight_times_children_normalised_over_all_selected() -> None:
    """By hand: tmpw = 1, 3, 4 over the three households with a selected child, sum 8; sum(SL1) = 6; so 6/8 of tmpw.

    The child of 4 counts in both sums and is left out afterwards; households without a selected child count in neither.
    """
    hh = (
        mics5()
        .head(5)
        .assign(hhweight=[1.0, 1.0, 2.0, 5.0, 3.0], SL1=[1, 3, 2, 0, 2], SL9B=[2, 2, 3, None, None], SL9C=[10, 4, 12, None, None])
    )
    survey = loaders.apply_profile(hh, "mics5")
    # The third unit keeps none of its rows: one of weight zero stands for it.
    assert survey.data["slweight"].tolist() == [0.75, 3.0, 0.0]
    assert [(count.step, count.rows) for count in survey.provenance.counts][:1] == [("keep SL9C", 3)]
    assert (survey.design.weight, survey.design.weight_scale) == ("slweight", "normalised")


def test_weights_sum_to_the_children_of_the_selected_households() -> None:
    survey = loaders.apply_profile(mics5(), "mics5")
    assert survey.data["slweight"].sum() == pytest.approx(3 + 1 + 2 + 1 + 4 + 2, rel=1e-12)  # rounding of one division


def test_files_are_merged_by_cluster_household_and_line_and_the_rest_is_counted(tmp_path: Path) -> None:
    survey = loaders.load(written(tmp_path, hh=mics5_hh(), hl=mics5_hl()), profile="mics5")
    assert survey.data["sex"].tolist() == ["Male", "Female"] * 3
    assert survey.data["attends_school"].fillna("?").tolist() == ["Yes", "No", "Yes", "?", "No", "Yes"]
    assert [(source.name, source.rows) for source in survey.provenance.sources] == [("hh.sav", 7), ("hl.sav", 13)]
    counts = {(count.step, count.reason.partition(":")[0]): count.rows for count in survey.provenance.counts}
    assert counts["join hl", "kept, its columns are missing"] == 1  # the household without children
    assert counts["join hl", "not taken"] == 7  # heads of household, who were not selected
    assert counts["keep SL9C", "dropped"] == 1


def test_child_that_is_not_in_the_roster_stays_without_sex_and_is_counted(tmp_path: Path) -> None:
    hl = mics5_hl()
    hl = hl[~((hl["HH1"] == 2) & (hl["HL1"] == 2))]
    survey = loaders.load(written(tmp_path, hh=mics5_hh(), hl=hl), profile="mics5")
    assert survey.data["sex"].isna().tolist() == [False, False, True, False, False, False]
    assert len(survey.data) == 6
    (count,) = [count for count in survey.provenance.counts if "without a match in hl.sav" in count.reason]
    assert count.rows == 2


def test_person_twice_in_the_roster_is_refused_if_selected(tmp_path: Path) -> None:
    hl = mics5_hl()
    twice = pd.concat([hl, hl[(hl["HH1"] == 1) & (hl["HL1"] == 3)]])
    with pytest.raises(DataError, match=r"Each row of hl.sav must have its own key \(HH1, HH2, HL1\); 1 key stands .* '1, 1, 3'"):
        loaders.load(written(tmp_path, hh=mics5_hh(), hl=twice), profile="mics5")
    head_twice = pd.concat([hl, hl.head(1)])
    assert len(loaders.load(written(tmp_path, hh=mics5_hh(), hl=head_twice), profile="mics5").data) == 6


def test_files_of_two_surveys_do_not_match(tmp_path: Path) -> None:
    hl = mics5_hl()
    with pytest.raises(
        LoadError, match=r"No row of hh.sav matches one of hl.sav by HH1, HH2, SL9B = HL1; keys such as '1, 1, 3'"
    ):
        loaders.load(written(tmp_path, hh=mics5_hh(), hl=hl.assign(HH1=hl["HH1"] + 900)), profile="mics5")


def test_second_file_is_asked_for_by_role(tmp_path: Path) -> None:
    paths = written(tmp_path, hh=mics5_hh(), hl=mics5_hl())
    with pytest.raises(LoadError, match=r'second file, .hl., .* pv.load\(\{"hh": ..., "hl": ...\}, profile=.mics5.\)'):
        loaders.load(paths["hh"], profile="mics5")
    with pytest.raises(LoadError, match=r"reads the roles 'hh', 'hl'; found 'hll'. Did you mean 'hl'\?"):
        loaders.load({"hh": paths["hh"], "hll": paths["hl"]}, profile="mics5")
    with pytest.raises(LoadError, match=r"at least one file in the role 'hh'"):
        loaders.load({"hl": paths["hl"]}, profile="mics5")
    with pytest.raises(LoadError, match=r"hh.sav has no column 'HL1', which joins 'hl'"):
        loaders.load({"hh": paths["hh"], "hl": paths["hh"]}, profile="mics5")


def test_file_that_was_merged_before_needs_no_second_one(tmp_path: Path) -> None:
    paths = written(tmp_path, merged=mics5())
    survey = loaders.load(paths["merged"], profile="mics5")
    assert survey.data["sex"].tolist() == ["Male", "Female"] * 3
    assert "No file was given for 'hl': merged.sav has the columns that are needed." in survey.provenance.notes


def vectors() -> list[dict[str, str]]:
    with (DATA / "mics_test_vectors.csv").open(encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if row["round"] == "MICS5"]


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["case"])
def test_canonical_columns_carry_what_the_published_syntax_needs(vector: dict[str, str]) -> None:
    given = {name: float(value) for name, value in (pair.split("=") for pair in vector["inputs"].split(";"))}
    blank = dict.fromkeys([name for name in mics5() if str(name).startswith("CL")])
    child = loaders.apply_profile(mics5().head(2).assign(**{**blank, **given}), "mics5").data.iloc[0]
    economic = next(hours for ages, hours in ECONOMIC_LIMIT.items() if child["age"] in ages)
    chores = next(hours for ages, hours in CHORE_LIMIT.items() if child["age"] in ages)
    works, does_chores = child["economic_activity"] == 1, child["chores"] == 1
    found = {
        "eaLess": works and child["economic_hours"] < economic,
        "eaMore": works and (child["economic_hours"] >= economic or child["economic_hours_special"] == 1),
        "hhcLess": does_chores and child["chore_hours"] < chores,
        "hhcMore": does_chores and child["chore_hours"] >= chores,
        "hazardConditions": bool((child[[name for name in child.index if name.startswith("hazard_")]] == 1).any()),
    }
    assert {name: 100 * bool(value) for name, value in found.items()} == {name: int(vector[name]) for name in found}


def test_hours_with_special_codes_are_flagged_and_left_out_of_the_sum() -> None:
    data = loaders.apply_profile(mics5(), "mics5").data
    np.testing.assert_array_equal(data["economic_hours"], [2, 14, 43, np.nan, 0, np.nan])
    np.testing.assert_array_equal(data["economic_hours_special"], [0, 0, 0, 1, 0, 0])
    np.testing.assert_array_equal(data["chore_hours"], [21, 10, 3, 22, 1, 7])
    np.testing.assert_array_equal(data["chore_hours_special"], [0, 1, 0, 0, 0, 0])


@pytest.mark.parametrize(("profile", "frame"), [("mics5", mics5()), ("mics4", mics4())])
def test_what_is_to_be_verified_travels_with_the_survey(profile: str, frame: pd.DataFrame) -> None:
    notes = " ".join(loaders.apply_profile(frame, profile).provenance.notes)
    assert "to be verified" in notes


# ---- MICS4


def test_children_of_5_to_14_stay() -> None:
    survey = loaders.apply_profile(mics4().assign(HL6=[4, 5, 14, 15, 98, 9]), "mics4")
    assert survey.data.query("hhweight > 0")["age"].tolist() == [5, 14, 9]
    assert [(count.step, count.rows) for count in survey.provenance.counts][:1] == [("keep HL6", 3)]


def test_water_and_firewood_are_economic_activity() -> None:
    data = loaders.apply_profile(mics4(), "mics4").data
    np.testing.assert_array_equal(data["economic_activity"], [0, 1, 1, 0, 0, np.nan])
    np.testing.assert_array_equal(data["economic_hours"], [np.nan, 14, 3, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(data["economic_hours_special"], [0, 0, 1, 0, 0, 0])
    np.testing.assert_array_equal(data["chore_hours"], [28, np.nan, 5, np.nan, 1, np.nan])
    np.testing.assert_array_equal(data["chore_hours_special"], [0, 0, 0, 1, 0, 0])


def test_cluster_and_region_by_area_stand_in() -> None:
    survey = loaders.apply_profile(mics4(), "mics4")
    assert (survey.design.units, survey.design.strata, survey.design.weight) == (("HH1",), ("HH7", "HH6"), "hhweight")
