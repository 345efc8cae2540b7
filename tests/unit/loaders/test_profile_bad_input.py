"""Every shipped profile against the faults of real files: a clear message, or an exclusion that is counted and told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from prevalence import loaders
from prevalence.errors import ColumnError, DataError, LoadError
from prevalence.loaders import schema

from .profile_files import FILES, cocoa, mics6, simpoc

AGE = {name: "hv105" if name == "dhs-persons" else "ilo_age" if name == "lfs-ilo" else "age" for name in FILES}
AGE |= {"mics6": "CB3", "mics4": "HL6", "dhs-women": "v012", "dhs-men": "mv012"}
WITH_AGE = sorted(set(FILES) - {"dhs-household", "mics5"})  # the profile of MICS5 keeps the ages 5-17 alone
HOURS = {"mics6": "CL3", "mics5": "CL4", "mics4": "CL8", "simpoc": "hours_usual_all", "cocoa": "hours_usual_all"}
HOURS |= {"forced-labour": "hours_actual_all", "lfs-generic": "hours_actual_all", "lfs-ilo": "ilo_joball_how_actual"}


def sex_of(profile: str) -> str:
    recipe = loaders.read_profile(profile).variables.get("sex")
    return recipe.column if isinstance(recipe, schema.Recode) else ""


WITH_SEX = sorted(name for name in FILES if sex_of(name))


def changed(frame: pd.DataFrame, column: str, values: list[Any]) -> pd.DataFrame:
    """The frame with the first values of a column replaced."""
    return frame.assign(**{column: [*values, *frame[column].astype(object).tolist()[len(values) :]]})


@pytest.mark.parametrize("profile", FILES)
def test_a_good_file_loads_and_has_the_canonical_levels(profile: str) -> None:
    data = loaders.apply_profile(FILES[profile](), profile).data
    for column, levels in {"sex": {"Female", "Male"}, "area": {"Urban", "Rural"}, "attends_school": {"Yes", "No"}}.items():
        if column in data:
            assert set(data[column].dropna()) <= levels


@pytest.mark.parametrize("profile", FILES)
def test_nothing_is_lost_in_a_csv_file(profile: str, tmp_path: Path) -> None:
    frame = FILES[profile]()
    frame.to_csv(tmp_path / "file.csv", index=False)
    loaded, applied = loaders.load(tmp_path / "file.csv", profile=profile), loaders.apply_profile(frame, profile)
    assert len(loaded.data) == len(applied.data)
    made = [name for name in loaders.read_profile(profile).variables if name in applied.columns]
    pd.testing.assert_frame_equal(loaded.data[made], applied.data[made], check_dtype=False)


@pytest.mark.parametrize("profile", WITH_SEX)
def test_absent_column_is_named(profile: str) -> None:
    with pytest.raises(LoadError, match=f"'{profile}' does not fit the data: 1 column .* is absent: '{sex_of(profile)}'"):
        loaders.apply_profile(FILES[profile]().drop(columns=sex_of(profile)), profile)


@pytest.mark.parametrize("profile", WITH_AGE)
def test_renamed_column_is_suggested(profile: str) -> None:
    column = AGE[profile]
    with pytest.raises(LoadError, match=rf"'{column}' \(similar: '{column}_x'\)"):
        loaders.apply_profile(FILES[profile]().rename(columns={column: f"{column}_x"}), profile)


@pytest.mark.parametrize("profile", WITH_SEX)
def test_recoded_labels_are_refused_where_none_is_known(profile: str) -> None:
    frame = FILES[profile]()
    words = [{1: "Homme", 2: "Femme"}.get(code) for code in frame[sex_of(profile)]]
    with pytest.raises(
        LoadError, match=r"knows none of the answers that sex is made of: .* '(homme|femme)'.*Define \[variables.sex\]"
    ):
        loaders.apply_profile(frame.assign(**{sex_of(profile): words}), profile)


@pytest.mark.parametrize("profile", WITH_SEX)
def test_single_unknown_code_is_counted_and_told(profile: str) -> None:
    survey = loaders.apply_profile(changed(FILES[profile](), sex_of(profile), [7]), profile)
    assert [count.rows for count in survey.provenance.counts if count.step == "sex" and "does not know" in count.reason] == [1]
    assert any(note.startswith("sex: 1 answer") and note.endswith("for example 7.") for note in survey.provenance.notes)


@pytest.mark.parametrize("profile", FILES)
def test_duplicated_persons_are_refused(profile: str) -> None:
    frame = FILES[profile]()
    with pytest.raises(DataError, match=r"Each person must have one row; 2 rows share their key"):
        loaders.apply_profile(pd.concat([frame, frame.head(1)], ignore_index=True), profile)


@pytest.mark.parametrize("profile", HOURS)
def test_hours_of_200_become_missing_and_are_counted(profile: str) -> None:
    frame = FILES[profile]()
    clean = loaders.apply_profile(frame.assign(**{HOURS[profile]: [None, *frame[HOURS[profile]].tolist()[1:]]}), profile)
    survey = loaders.apply_profile(changed(frame, HOURS[profile], [200]), profile)
    pd.testing.assert_series_equal(survey.data["economic_hours"], clean.data["economic_hours"], check_dtype=False)
    (count,) = [count for count in survey.provenance.counts if count.step == "economic_hours" and "does not know" in count.reason]
    assert count.rows == 1 + (profile == "forced-labour")  # its file holds one 200 already
    assert any("200" in note for note in survey.provenance.notes)


@pytest.mark.parametrize("profile", HOURS)
def test_text_in_a_column_of_hours_is_refused(profile: str) -> None:
    with pytest.raises(ColumnError, match=f"column '{HOURS[profile]}' must hold numbers; 1 row hold text .* 'many'"):
        loaders.apply_profile(changed(FILES[profile](), HOURS[profile], ["many"]), profile)


@pytest.mark.parametrize("birth", [date(2014, 3, 2), pd.Timestamp("2014-03-02"), "2014-03-02", "02/03/2014"], ids=str)
@pytest.mark.parametrize("profile", sorted(set(WITH_AGE) - {"mics4"}))  # that of MICS4 filters by age first
def test_dates_as_ages_are_refused(profile: str, birth: object) -> None:
    frame = FILES[profile]()
    with pytest.raises(ColumnError, match=f"column '{AGE[profile]}' must hold numbers; 6 rows hold dates, for example '.*2014"):
        loaders.apply_profile(frame.assign(**{AGE[profile]: [birth] * 6}), profile)


@pytest.mark.parametrize("profile", sorted(set(WITH_AGE) - {"mics4"}))
def test_dates_as_numbers_in_place_of_ages_are_refused(profile: str) -> None:
    serial_date = 41700
    with pytest.raises(LoadError, match=r"age must lie between .* 41700 .*Dates, months or codes may stand in the column"):
        loaders.apply_profile(FILES[profile]().assign(**{AGE[profile]: serial_date}), profile)


def test_dates_where_a_filter_wants_ages_are_refused() -> None:
    with pytest.raises(LoadError, match=r"passes the filter of profile 'mics4': HL6 must be 5, 6, 7 and 7 more; found 41700"):
        loaders.apply_profile(FILES["mics4"]().assign(HL6=41700), "mics4")


@pytest.mark.parametrize("profile", FILES)
def test_text_that_is_not_utf8_asks_for_its_encoding(profile: str, tmp_path: Path) -> None:
    frame = FILES[profile]()
    design = loaders.read_profile(profile).design
    column = "stratum" if "stratum" in frame else design.weight if design.weight in frame else frame.columns[0]
    content = changed(frame.astype(object), column, ["Côte"]).to_csv(index=False).encode("latin-1")
    (tmp_path / "file.csv").write_bytes(content)
    with pytest.raises(LoadError, match=r"file.csv holds text that is not 'utf-8'. Pass its encoding"):
        loaders.load(tmp_path / "file.csv", profile=profile)


def test_files_of_mixed_encodings_are_told(tmp_path: Path) -> None:
    frame = simpoc().assign(region="Côte d'Or")
    frame.to_csv(tmp_path / "a.csv", index=False, encoding="utf-8")
    frame.assign(hhid=frame["hhid"] + 10).to_csv(tmp_path / "b.csv", index=False, encoding="latin-1")
    survey = loaders.load([tmp_path / "a.csv", tmp_path / "b.csv"], profile="simpoc", encoding="latin-1")
    assert any('look like UTF-8 read in another encoding, for example "CÃ´te d\'Or"' in note for note in survey.provenance.notes)
    clean = loaders.apply_profile(frame, "simpoc")
    assert not any("UTF-8" in note for note in clean.provenance.notes)


def test_children_without_a_design_are_refused_by_row() -> None:
    with pytest.raises(Exception, match=r"Every row must have a psu; column 'psu' is missing in 1 row"):
        loaders.apply_profile(changed(cocoa(), "psu", [None]), "cocoa")


def test_extra_herding_questions_of_a_country_are_added_in_a_profile_of_ones_own(tmp_path: Path) -> None:
    frame = mics6().assign(CL1A=2, CL1B=2, CL1C=2, CL1X=2, CL1D=[1, 2, 2, 9, 2, 2], CL3B=[10, None, None, None, None, None])
    (tmp_path / "herders.toml").write_text(
        """
title = "MICS6 with a question on herding (CL1D) and its hours (CL3B)"
extends = "mics6"

[variables.economic_activity]
op = "any_yes"
columns = ["CL1A", "CL1B", "CL1C", "CL1X", "CL1D"]
missing = { 8 = "do not know", 9 = "no response" }

[variables.economic_hours]
op = "sum"
columns = ["CL3"]
optional_columns = ["CL3B"]
valid = [0, 168]
missing = { 97 = "inconsistent", 98 = "do not know", 99 = "no response" }
""",
        encoding="utf-8",
    )
    data = loaders.apply_profile(frame, tmp_path / "herders.toml").data
    assert data["economic_activity"].fillna(-1).tolist() == [1, 0, 0, -1, 0, 0]
    assert data["economic_hours"].tolist() == [15, 5, 5, 5, 5, 5]
