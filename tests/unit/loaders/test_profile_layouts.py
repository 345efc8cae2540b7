"""The documented layouts for files without common names, and how a user's own profile extends them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prevalence import loaders

from .profile_files import CIRCUMSTANCES, COERCION, cocoa, forced_labour, lfs_generic, lfs_ilo, simpoc

MINE = {
    "simpoc": """
title = "National child labour survey of a country"
extends = "simpoc"
id = ["ea", "house", "line"]
notes = ["Own-use production was asked as q22."]

[design]
weight = "expansion"
stratum = ["province", "milieu"]
psu = "ea"

[variables.area]
op = "recode"
column = "milieu"
codes = { U = "Urban", R = "Rural" }

[variables.economic_activity]
op = "any_yes"
columns = ["q21", "q22"]
""",
    "lfs-ilo": """
extends = "lfs-ilo"
[design]
weight = "ilo_wgt"
stratum = "dom"
psu = "upm"
""",
    "cocoa": """
extends = "cocoa"
[variables.hazard_tools]
op = "any_yes"
columns = ["machete", "cutlass"]
""",
    "forced-labour": """
extends = "forced-labour"
[each.coercion]
op = "any_yes"
yes = [1]
no = [2]
from = { violence_or_threats = "c1", movement_restricted = "c2", debt = "c3", wages_withheld = "c4", documents_withheld = "c5", vulnerability_abused = "c6" }
""",
}


def own(folder: Path, base: str) -> Path:
    (folder / "mine.toml").write_text(MINE[base], encoding="utf-8")
    return folder / "mine.toml"


# ---- national child labour survey


def test_activity_includes_own_use_production() -> None:
    survey = loaders.apply_profile(simpoc(), "simpoc")
    np.testing.assert_array_equal(survey.data["economic_activity"], [1, 1, 1, 0, 0, np.nan])
    assert any(
        "Made without columns that the data lacks: economic_activity (unpaid_trainee, volunteer)" in n
        for n in survey.provenance.notes
    )


def test_usual_hours_stand_in_for_actual_ones_and_are_counted() -> None:
    survey = loaders.apply_profile(simpoc(), "simpoc")
    np.testing.assert_array_equal(survey.data["economic_hours"], [6, 14, 45, np.nan, np.nan, np.nan])
    (count,) = [count for count in survey.provenance.counts if "stands in" in count.reason]
    assert (count.step, count.rows) == ("economic_hours", 2)
    assert count.reason == "hours_actual_all has no number, another column stands in: hours_usual_all 2"


def test_usual_hours_alone_are_told() -> None:
    survey = loaders.apply_profile(simpoc().drop(columns="hours_actual_all"), "simpoc")
    np.testing.assert_array_equal(survey.data["economic_hours"], [6, 40, 45, np.nan, np.nan, np.nan])
    assert any("economic_hours (hours_actual_all)" in note for note in survey.provenance.notes)


def test_chores_with_water() -> None:
    data = loaders.apply_profile(simpoc(), "simpoc").data
    np.testing.assert_array_equal(data["chore_hours"], [24, np.nan, 3, 5, np.nan, np.nan])
    np.testing.assert_array_equal(data["chore_hours_special"], [0, 0, 1, 0, 0, 0])
    np.testing.assert_array_equal(data["night_work"], [0, 1, 0, np.nan, np.nan, np.nan])
    assert data["isic"].fillna("").tolist() == ["0127", "0127", "4100", "", "", ""]


def test_answers_in_words_are_the_same_as_codes() -> None:
    words = {1: "Yes", 2: "no", 8: 8}
    frame = simpoc()
    worded = frame.assign(worked_1h=[words.get(code, code) for code in frame["worked_1h"]])
    data = loaders.apply_profile(worded, "simpoc").data
    np.testing.assert_array_equal(data["economic_activity"], [1, 1, 1, 0, 0, np.nan])


def test_own_profile_names_the_columns_of_the_country(tmp_path: Path) -> None:
    names = {"weight": "expansion", "stratum": "province", "psu": "ea", "hhid": "house", "pid": "line", "worked_1h": "q21"}
    frame = simpoc().rename(columns={**names, "own_use_goods": "q22"}).assign(milieu=["U", "U", "R", "R", "U", "U"])
    frame = frame.assign(province=[1, 1, 2, 2, 3, 3])
    survey = loaders.apply_profile(frame, own(tmp_path, "simpoc"))
    np.testing.assert_array_equal(survey.data["economic_activity"], [1, 1, 1, 0, 0, np.nan])
    assert survey.data["area"].tolist() == ["Urban", "Urban", "Rural", "Rural", "Urban", "Urban"]
    assert survey.design.strata == ("province", "milieu")
    assert "Own-use production was asked as q22." in survey.provenance.notes
    assert any("19th ICLS" in note for note in survey.provenance.notes)


# ---- labour force surveys


def test_harmonised_file() -> None:
    survey = loaders.apply_profile(lfs_ilo(), "lfs-ilo")
    np.testing.assert_array_equal(survey.data["economic_activity"], [np.nan, 1, 1, 0, 0, 1])
    np.testing.assert_array_equal(survey.data["economic_hours"], [np.nan, 20, 48, np.nan, np.nan, 10])
    assert survey.data["isic"].fillna("").tolist() == ["", "01", "41", "", "", "05"]
    assert survey.data["area"].fillna("?").tolist() == ["Urban", "Urban", "Rural", "Rural", "?", "Urban"]
    assert survey.data["attends_school"].fillna("?").tolist() == ["Yes", "No", "?", "No", "No", "Yes"]
    assert (survey.design.units, survey.design.strata) == ((), ())
    assert any("each person is treated as a sampling unit" in note for note in survey.provenance.notes)


def test_design_of_the_national_file_is_added_in_a_profile_of_ones_own(tmp_path: Path) -> None:
    frame = lfs_ilo().assign(dom=[1, 1, 1, 2, 2, 2], upm=[1, 1, 2, 3, 4, 4])
    design = loaders.apply_profile(frame, own(tmp_path, "lfs-ilo")).design
    assert (design.strata, design.units) == (("dom",), ("upm",))


def test_plain_labour_force_survey() -> None:
    data = loaders.apply_profile(lfs_generic(), "lfs-generic").data
    np.testing.assert_array_equal(data["economic_activity"], [0, 1, 1, 0, 0, 1])
    np.testing.assert_array_equal(data["economic_hours"], [np.nan, 14, 43, np.nan, np.nan, 5])


# ---- cocoa areas


def test_cocoa_area_survey() -> None:
    survey = loaders.apply_profile(cocoa(), "cocoa")
    data = survey.data
    assert survey.design.strata == ("country_source", "production_stratum")  # the file writes xaa, the survey XAA
    assert set(data["country"]) == {"XAA", "XBB"}
    assert data["product"].fillna("").tolist() == ["cocoa", "", "cocoa", "", "", ""]
    np.testing.assert_array_equal(data["worked_in_cocoa_12_months"], [1, 1, 1, 0, 0, 0])
    np.testing.assert_array_equal(data["agricultural_household"], [1, 1, 1, 0, 1, 1])
    np.testing.assert_array_equal(data["household_product_cocoa"], [1, 0, 1, 0, 1, 1])
    np.testing.assert_array_equal(data["hazard_tools"], [1, 0, 0, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(data["hazard_chemicals"], [0, 0, 1, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(data["hazard_other"], [0, 1, 0, np.nan, np.nan, np.nan])
    assert any("NORC are to be verified" in note for note in survey.provenance.notes)


def test_tools_of_a_country_are_named_in_a_profile_of_ones_own(tmp_path: Path) -> None:
    frame = cocoa().assign(machete=[2, 1, 2, None, None, None], cutlass=[2, 2, 1, None, None, None])
    data = loaders.apply_profile(frame, own(tmp_path, "cocoa")).data
    np.testing.assert_array_equal(data["hazard_tools"], [0, 1, 1, np.nan, np.nan, np.nan])


# ---- forced labour module


def test_nine_circumstances_and_six_elements_of_each_job() -> None:
    survey = loaders.apply_profile(forced_labour(), "forced-labour")
    for name in CIRCUMSTANCES:
        np.testing.assert_array_equal(survey.data[name], [0, 0, 1, 0, np.nan, 0])
    for name in COERCION:  # 3 = witnessed on co-workers
        np.testing.assert_array_equal(survey.data[name], [0, 0, 1, 0, np.nan, 0])
    assert "debt_job2" not in survey.columns
    assert survey.codebook.label("debt") == "Debt bondage or manipulation of debt, main job"


@pytest.mark.parametrize(("code", "value"), [(1, 1), (2, 1), (3, 1), (4, 0), (8, np.nan), (9, np.nan)])
def test_coercion_that_was_threatened_or_witnessed_counts(code: int, value: float) -> None:
    survey = loaders.apply_profile(forced_labour().assign(debt_job2=code), "forced-labour")
    np.testing.assert_array_equal(survey.data["debt_job2"], [value] * 6)


def test_own_profile_names_the_items_in_one_table(tmp_path: Path) -> None:
    codes = {name: [1, 2, 2, 2, 2, 2] for name in ("c1", "c2", "c3", "c4", "c5", "c6")}
    frame = forced_labour().drop(columns=list(COERCION)).assign(**codes)
    data = loaders.apply_profile(frame, own(tmp_path, "forced-labour")).data
    np.testing.assert_array_equal(data["documents_withheld"], [1, 0, 0, 0, 0, 0])
    assert set(COERCION) <= set(data)
