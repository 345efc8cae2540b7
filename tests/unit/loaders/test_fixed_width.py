from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prevalence import loaders
from prevalence.errors import ColumnError, LoadError

ROWS = "0127  1.5 7Côte \n4100  2.5 .\n\n      1.0  São  \n"
LAYOUT = """
input
@0001 CODE   $4.  /* Class */
@5 W  6.2
@11 X 2.
@0013 NAME   $5.
;
"""
PROFILE = """
[design]
weight = "W"
[variables.isic]
op = "code"
column = "CODE"
[variables.x]
op = "number"
column = "X"
[variables.name]
op = "text"
column = "NAME"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rows.txt").write_text(ROWS.replace("7Côte", " 7Côte"), encoding="utf-8")
    (tmp_path / "input.sas").write_text(LAYOUT, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(PROFILE)
    return tmp_path


def test_layout_file_cuts_the_columns(folder: Path) -> None:
    (folder / "rows.txt").write_text("0127   1.5 7Côte \n4100   2.5 .\n\n       1.0  São  \n", encoding="utf-8")
    survey = loaders.load(folder / "rows.txt", profile=folder / "mine.toml", layout=folder / "input.sas")
    assert survey.data["W"].tolist() == [1.5, 2.5, 1.0]
    np.testing.assert_array_equal(survey.data["X"], [7, np.nan, np.nan])
    assert survey.data["isic"].fillna("").tolist() == ["0127", "4100", ""]
    assert survey.data["name"].fillna("").tolist() == ["Côte", "", "São"]
    assert survey.codebook.label("CODE") == "Class"
    assert "1 row of rows.txt end before the last column" in survey.provenance.notes[0]


def test_latin_1_rows(folder: Path) -> None:
    (folder / "rows.txt").write_text("0127   1.5 7Côte \n", encoding="latin-1")
    with pytest.raises(LoadError, match="Pass its encoding"):
        loaders.load(folder / "rows.txt", profile=folder / "mine.toml", layout=folder / "input.sas")
    survey = loaders.load(folder / "rows.txt", profile=folder / "mine.toml", layout=folder / "input.sas", encoding="latin-1")
    assert survey.data["name"].tolist() == ["Côte"]


def test_layout_is_needed(folder: Path) -> None:
    with pytest.raises(LoadError, match=r"needs a layout: pass layout="):
        loaders.load(folder / "rows.txt", profile=folder / "mine.toml")


def test_layout_must_be_one(folder: Path) -> None:
    with pytest.raises(LoadError, match=r"Layout file 'nowhere.sas' cannot be read"):
        loaders.load(folder / "rows.txt", profile=folder / "mine.toml", layout="nowhere.sas")
    with pytest.raises(LoadError, match=r"Layout file mine.toml holds no line such as"):
        loaders.load(folder / "rows.txt", profile=folder / "mine.toml", layout=folder / "mine.toml")


def test_rows_shorter_than_the_layout(folder: Path) -> None:
    (folder / "rows.txt").write_text("0127   1.5\n")
    with pytest.raises(LoadError, match="needs rows of 17 characters; the longest has 10"):
        loaders.load(folder / "rows.txt", profile=folder / "mine.toml", layout=folder / "input.sas")


def test_text_where_the_layout_says_number(folder: Path) -> None:
    (folder / "rows.txt").write_text("0127   abc 7Cote \n")
    with pytest.raises(ColumnError, match=r"rows.txt: column 'W' must hold numbers; 1 row hold text, for example 'abc'"):
        loaders.load(folder / "rows.txt", profile=folder / "mine.toml", layout=folder / "input.sas")


def test_delimited_text_under_txt(folder: Path) -> None:
    (folder / "rows.txt").write_text("CODE;W;X;NAME\n0127;1.5;7;Cote\n")
    (folder / "mine.toml").write_text('[file]\nformat = "csv"\n' + PROFILE)
    assert loaders.load(folder / "rows.txt", profile=folder / "mine.toml").data["isic"].tolist() == ["0127"]
