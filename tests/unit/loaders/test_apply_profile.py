from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from prevalence import loaders
from prevalence.errors import ColumnError, DataError, LoadError
from prevalence.provenance import Codebook, Provenance, Source, Variable


def test_source_column_of_a_canonical_name_moves_aside_with_its_codebook(lfs: pd.DataFrame) -> None:
    book = Codebook({"sex": Variable(label="Q1", levels={1: "MALE", 2: "FEMALE"})})
    survey = loaders.apply_profile(lfs, "lfs-generic", codebook=book)
    assert survey.data["sex"].tolist() == ["Female", "Male", "Female", "Male"]
    assert survey.data["sex_source"].tolist() == [2, 1, 2, 1]
    assert survey.codebook.levels("sex_source") == {1: "MALE", 2: "FEMALE"}
    assert list(survey.codebook.levels("sex")) == ["Female", "Male"]


def test_source_column_that_holds_the_same_has_no_double(lfs: pd.DataFrame) -> None:
    survey = loaders.apply_profile(lfs, "lfs-generic")
    assert "age_source" not in survey.columns
    assert "region_source" not in survey.columns


def test_design_stays_on_source_columns_that_moved(lfs: pd.DataFrame, tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "lfs-generic"\n[design]\nstratum = "sex"\npsu = ["sex", "hhid"]\n')
    design = loaders.apply_profile(lfs, path).design
    assert (design.strata, design.units) == (("sex_source",), ("sex_source", "hhid"))


def test_design_may_use_a_variable_that_the_profile_makes(lfs: pd.DataFrame, tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'extends = "lfs-generic"\n[design]\nweight = "w"\n[variables.w]\nop = "number"\ncolumn = "v005"\ndivide_by = 1000000\n'
    )
    survey = loaders.apply_profile(lfs.assign(v005=2_500_000), path)
    assert survey.design.weight == "w"
    assert survey.data["w"].tolist() == [2.5] * 4


def test_only_the_columns_of_the_profile_and_those_asked_for_stay(lfs: pd.DataFrame) -> None:
    wide = lfs.assign(note="x", other=1)
    assert "note" not in loaders.apply_profile(wide, "lfs-generic").columns
    survey = loaders.apply_profile(wide, "lfs-generic", columns=["note"])
    assert survey.data["note"].tolist() == ["x"] * 4
    assert "other" not in survey.columns
    with pytest.raises(ColumnError, match=r"'nte' is not in the data. Did you mean 'note'\?"):
        loaders.apply_profile(wide, "lfs-generic", columns=["nte"])


@pytest.mark.parametrize(
    "kind", [pl.DataFrame, lambda d: pl.LazyFrame(pl.DataFrame(d)), pa.Table.from_pandas], ids=["polars", "lazy", "arrow"]
)
def test_every_frame_gives_the_same(lfs: pd.DataFrame, kind) -> None:
    expected = loaders.apply_profile(lfs, "lfs-generic").data
    found = loaders.apply_profile(kind(lfs), "lfs-generic").data
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_duckdb_relation_gives_the_same(lfs: pd.DataFrame) -> None:
    expected = loaders.apply_profile(lfs, "lfs-generic").data
    found = loaders.apply_profile(duckdb.from_df(lfs), "lfs-generic").data
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_callers_frame_is_not_changed(lfs: pd.DataFrame) -> None:
    before = lfs.copy(deep=True)
    loaders.apply_profile(lfs, "lfs-generic")
    pd.testing.assert_frame_equal(lfs, before)


def test_provenance_grows(lfs: pd.DataFrame) -> None:
    given = Provenance(sources=(Source(name="a.csv", sha256="0", rows=4),), notes=("first",))
    found = loaders.apply_profile(lfs.drop(columns="stratum"), "lfs-generic", provenance=given).provenance
    assert (found.profile, found.sources) == ("lfs-generic", given.sources)
    assert found.notes[:2] == ("first", "Column 'stratum' is not in the file: the sample is treated as unstratified.")


def test_survey_without_units_falls_back_to_households(lfs: pd.DataFrame) -> None:
    design = loaders.apply_profile(lfs.drop(columns=["stratum", "psu"]), "lfs-generic").design
    assert (design.strata, design.units) == ((), ("hhid",))


def test_persons_are_checked(lfs: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="8 rows share their key"):
        loaders.apply_profile(pd.concat([lfs, lfs]), "lfs-generic")


def test_no_rows_and_no_kept_rows_are_errors(lfs: pd.DataFrame, tmp_path) -> None:
    with pytest.raises(LoadError, match="the data holds no rows"):
        loaders.apply_profile(lfs.iloc[:0], "lfs-generic")
    path = tmp_path / "mine.toml"
    path.write_text('extends = "lfs-generic"\n[keep.pid]\ncodes = [7]\nreason = "x"\n')
    with pytest.raises(LoadError, match=r"No row of the data passes the filter of profile 'mine': pid must be 7; found 1, 2"):
        loaders.apply_profile(lfs, path)


def test_blank_text_is_missing(lfs: pd.DataFrame) -> None:
    data = loaders.apply_profile(lfs.assign(region=["North", " ", "", "South"]), "lfs-generic").data
    assert data["region"].isna().tolist() == [False, True, True, False]
    np.testing.assert_array_equal(data["economic_activity"], [0, 1, 1, np.nan])


def test_nullable_integers_and_categories_are_read_like_plain_columns(lfs: pd.DataFrame) -> None:
    nullable = lfs.assign(age=pd.array([9, None, 16, 40], dtype="Int64"), region=lfs["region"].astype("category"))
    data = loaders.apply_profile(nullable, "lfs-generic").data
    np.testing.assert_array_equal(data["age"], [9, np.nan, 16, 40])
    assert data["age_group"].fillna("?").tolist() == ["5-11", "?", "15-17", "25-54"]
    assert data["region"].tolist() == ["North", "North", "South", "South"]
