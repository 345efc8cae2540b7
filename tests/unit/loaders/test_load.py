from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from prevalence import loaders
from prevalence.errors import ColumnError, LoadError

PLAIN = ("weight", "stratum", "psu", "hhid", "pid", "age", "sex")
NUMERIC = [*PLAIN, "employed", "hours_actual_all"]


def write(frame: pd.DataFrame, path: Path) -> Path:
    extension = path.suffix
    numeric = frame[[name for name in NUMERIC if name in frame]]
    if extension in (".sav", ".zsav"):
        pyreadstat.write_sav(frame, path, row_compress=False, compress=extension == ".zsav")
    elif extension == ".por":
        pyreadstat.write_por(numeric.rename(columns={"hours_actual_all": "hours"}), path)
    elif extension == ".dta":
        pyreadstat.write_dta(frame.astype({"isic4": "str"}), path, version=14)
    elif extension == ".xpt":
        pyreadstat.write_xport(numeric.rename(columns={"hours_actual_all": "hours"}), path, file_format_version=5)
    elif extension == ".parquet":
        frame.to_parquet(path)
    elif extension == ".xlsx":
        frame.to_excel(path, index=False, engine="xlsxwriter")
    else:
        frame.to_csv(path, index=False, sep="\t" if extension == ".tsv" else ",")
    return path


@pytest.mark.parametrize("extension", [".sav", ".zsav", ".dta", ".parquet", ".xlsx", ".csv", ".tsv", ".por", ".xpt"])
def test_every_format_gives_the_same_survey(lfs: pd.DataFrame, tmp_path: Path, extension: str) -> None:
    survey = loaders.load(write(lfs, tmp_path / f"lfs{extension}"), profile="lfs-generic")
    data = survey.data
    assert data["sex"].tolist() == ["Female", "Male", "Female", "Male"]
    assert data["age_group"].tolist() == ["5-11", "12-14", "15-17", "25-54"]
    assert data["weight"].tolist() == [1.5, 2.5, 2.0, 1.0]
    np.testing.assert_array_equal(data["economic_activity"], [0, 1, 1, np.nan])
    if extension not in (".por", ".xpt"):
        assert data["isic"].fillna("").tolist() == ["", "0127", "01", "4100"]


def test_source_is_named_without_its_folder_and_with_its_digest(lfs: pd.DataFrame, tmp_path: Path) -> None:
    path = write(lfs, tmp_path / "lfs.csv")
    (source,) = loaders.load(path, profile="lfs-generic").provenance.sources
    assert (source.name, source.rows) == ("lfs.csv", 4)
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_files_stack_and_tell_themselves_apart_if_asked(lfs: pd.DataFrame, tmp_path: Path) -> None:
    first = write(lfs, tmp_path / "a.csv")
    second = write(lfs.assign(hhid=lfs["hhid"] + 10).head(3), tmp_path / "b.csv")
    profile = tmp_path / "mine.toml"
    profile.write_text('extends = "lfs-generic"\n[file]\nfile_column = "round"\n')
    survey = loaders.load([first, second], profile=profile)
    assert survey.data["round"].tolist() == ["a.csv"] * 4 + ["b.csv"] * 3
    assert [(source.name, source.rows) for source in survey.provenance.sources] == [("a.csv", 4), ("b.csv", 3)]
    assert "round" not in loaders.load([first, second], profile="lfs-generic").columns


def test_files_of_different_columns_are_refused(lfs: pd.DataFrame, tmp_path: Path) -> None:
    first, second = write(lfs, tmp_path / "a.csv"), write(lfs.drop(columns="region"), tmp_path / "b.csv")
    with pytest.raises(LoadError, match=r"same columns; a.csv and b.csv differ in 'region'"):
        loaders.load([first, second], profile="lfs-generic")


def test_value_labels_that_differ_between_files_are_told(lfs: pd.DataFrame, tmp_path: Path) -> None:
    paths = []
    for name, label in (("a.sav", "North"), ("b.sav", "Nord")):
        rows = lfs.assign(region=1.0, hhid=lfs["hhid"] + len(paths) * 10)
        pyreadstat.write_sav(rows, tmp_path / name, variable_value_labels={"region": {1: label}})
        paths.append(tmp_path / name)
    survey = loaders.load(paths, profile="lfs-generic")
    assert set(survey.data["region"]) == {"North"}
    assert "Value labels of region differ between a.sav and b.sav; those of the first are shown." in survey.provenance.notes


def test_extra_columns_are_read_or_refused(lfs: pd.DataFrame, tmp_path: Path) -> None:
    path = write(lfs.assign(income=7), tmp_path / "lfs.csv")
    assert loaders.load(path, profile="lfs-generic", columns=["income"]).data["income"].tolist() == [7] * 4
    with pytest.raises(ColumnError, match=r"lfs.csv does not have: 'incme' \(similar: 'income'\)"):
        loaders.load(path, profile="lfs-generic", columns=["incme"])


def test_only_needed_columns_are_read(lfs: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lfs.sav"
    pyreadstat.write_sav(lfs.assign(**{f"x{i}": 1 for i in range(20)}), path)
    asked = []
    reader = pyreadstat.read_sav
    monkeypatch.setitem(
        sys.modules["prevalence.loaders.statistical"].READERS,
        ".sav",
        lambda *args, **options: asked.append(options.get("usecols")) or reader(*args, **options),
    )
    loaders.load(path, profile="lfs-generic")
    assert asked[0] is None  # the names alone
    assert set(asked[1]) == set(lfs.columns)


def test_case_of_columns_is_tolerated_and_told(lfs: pd.DataFrame, tmp_path: Path) -> None:
    survey = loaders.load(write(lfs.rename(columns={"age": "AGE"}), tmp_path / "lfs.csv"), profile="lfs-generic")
    assert survey.data["age"].tolist() == [9, 13, 16, 40]
    assert "Columns of lfs.csv read in another case: AGE for age." in survey.provenance.notes


def test_semicolons_and_decimal_commas(lfs: pd.DataFrame, tmp_path: Path) -> None:
    lfs.to_csv(tmp_path / "lfs.csv", sep=";", decimal=",", index=False)
    profile = tmp_path / "mine.toml"
    profile.write_text('extends = "lfs-generic"\n[file]\ndecimal = ","\n')
    assert loaders.load(tmp_path / "lfs.csv", profile=profile).data["weight"].tolist() == [1.5, 2.5, 2.0, 1.0]


def test_text_of_another_encoding(lfs: pd.DataFrame, tmp_path: Path) -> None:
    lfs.assign(region="Côte").to_csv(tmp_path / "lfs.csv", index=False, encoding="latin-1")
    with pytest.raises(LoadError, match=r"lfs.csv holds text that is not 'utf-8'. Pass its encoding"):
        loaders.load(tmp_path / "lfs.csv", profile="lfs-generic")
    assert set(loaders.load(tmp_path / "lfs.csv", profile="lfs-generic", encoding="latin-1").data["region"]) == {"Côte"}
    with pytest.raises(LoadError, match="there is no encoding 'latin-x'"):
        loaders.load(tmp_path / "lfs.csv", profile="lfs-generic", encoding="latin-x")


def test_text_of_a_stata_file_of_another_encoding(lfs: pd.DataFrame, tmp_path: Path) -> None:
    path = write(lfs.assign(region="Cote"), tmp_path / "lfs.sav")
    path.write_bytes(path.read_bytes().replace(b"Cote", b"C\xf4te"))
    with pytest.raises(LoadError, match="Pass its encoding"):
        loaders.load(path, profile="lfs-generic")
    assert set(loaders.load(path, profile="lfs-generic", encoding="latin1").data["region"]) == {"Côte"}


def test_absent_file_names_similar_ones(tmp_path: Path) -> None:
    (tmp_path / "children.sav").write_bytes(b"$FL2")
    with pytest.raises(LoadError, match=r"There is no file '.*childern.sav'\. Similar in its folder: 'children.sav'"):
        loaders.load(tmp_path / "childern.sav", profile="mics6")
    with pytest.raises(LoadError, match="nor is there such a folder"):
        loaders.load(tmp_path / "data" / "children.sav", profile="mics6")
    with pytest.raises(LoadError, match="is a folder"):
        loaders.load(tmp_path, profile="mics6")
    with pytest.raises(LoadError, match="at least one file"):
        loaders.load([], profile="mics6")


def test_unsupported_extension_lists_the_supported(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    with pytest.raises(LoadError, match=r"'.pdf' is not supported; supported are .sav, .zsav, .por, .dta"):
        loaders.load(tmp_path / "a.pdf", profile="mics6")


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
@pytest.mark.parametrize("extension", [".sav", ".zsav", ".dta", ".parquet", ".xlsx"])
def test_truncated_file_is_damaged(lfs: pd.DataFrame, tmp_path: Path, extension: str, share: float) -> None:
    path = write(pd.concat([lfs.assign(hhid=lfs["hhid"] + i * 10) for i in range(50)]), tmp_path / f"lfs{extension}")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(LoadError, match=f"lfs{extension} cannot be read as"):
        loaders.load(path, profile="lfs-generic")


@pytest.mark.parametrize("extension", [".sav", ".dta", ".sas7bdat", ".xpt", ".por", ".parquet", ".xlsx"])
def test_text_under_another_extension_cannot_be_read(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"lfs{extension}"
    path.write_text("weight,age\n1,2\n" * 40)
    with pytest.raises(LoadError, match=f"lfs{extension} cannot be read as"):
        loaders.load(path, profile="lfs-generic")


def test_other_format_under_an_extension_is_named(lfs: pd.DataFrame, tmp_path: Path) -> None:
    path = write(lfs, tmp_path / "lfs.parquet").rename(tmp_path / "lfs.csv")
    with pytest.raises(LoadError, match=r"lfs.csv is read as CSV, but its content is Parquet. Give it the extension '.parquet'"):
        loaders.load(path, profile="lfs-generic")


@pytest.mark.parametrize(
    ("content", "message"),
    [("", r"is empty \(0 bytes\)"), ("\n1,2\n", "first line"), ("a,b,a\n1,2,3\n", "unique; repeated are 'a'")],
)
def test_csv_without_usable_names(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "lfs.csv").write_text(content)
    with pytest.raises(LoadError, match=message):
        loaders.load(tmp_path / "lfs.csv", profile="lfs-generic")


@pytest.mark.parametrize("extension", [".sav", ".csv", ".parquet"])
def test_file_without_rows(lfs: pd.DataFrame, tmp_path: Path, extension: str) -> None:
    path = write(lfs.iloc[:0], tmp_path / f"lfs{extension}")
    with pytest.raises(LoadError, match=f"lfs{extension} holds no rows"):
        loaders.load(path, profile="lfs-generic")


def test_misfit_names_the_file(lfs: pd.DataFrame, tmp_path: Path) -> None:
    path = write(lfs.rename(columns={"weight": "wieght"}), tmp_path / "lfs.csv")
    with pytest.raises(
        LoadError, match=r"'lfs-generic' does not fit lfs.csv: 1 column .* is absent: 'weight' \(similar: 'wieght'\)"
    ):
        loaders.load(path, profile="lfs-generic")


def test_text_in_a_numeric_column(lfs: pd.DataFrame, tmp_path: Path) -> None:
    for column in ("hours_actual_all", "weight"):
        path = write(lfs.astype({column: object}).assign(**{column: ["1", "2", "many", "3"]}), tmp_path / "lfs.csv")
        with pytest.raises(ColumnError, match=f"column '{column}' must hold numbers; 1 .* 'many'"):
            loaders.load(path, profile="lfs-generic")


def test_excel_without_its_reader(lfs: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(lfs, tmp_path / "lfs.xlsx")
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(LoadError, match=r"pip install 'prevalence\[excel\]'"):
        loaders.load(path, profile="lfs-generic")


def test_absent_sheet(lfs: pd.DataFrame, tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text('extends = "lfs-generic"\n[file]\nsheet = "Persons"\n')
    with pytest.raises(LoadError, match="sheet 'Persons' cannot be read"):
        loaders.load(write(lfs, tmp_path / "lfs.xlsx"), profile=profile)
