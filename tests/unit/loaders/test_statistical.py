from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from prevalence import loaders

PROFILE = """
[design]
weight = "w"
[variables.hours]
op = "number"
column = "h"
[variables.region]
op = "labels"
column = "r"
optional = true
"""


def profile_in(folder: Path) -> Path:
    path = folder / "mine.toml"
    path.write_text(PROFILE)
    return path


def test_codes_declared_missing_in_spss_stay_and_give_their_reasons(tmp_path: Path) -> None:
    rows = pd.DataFrame({"w": [1.0] * 5, "h": [5, 98, 99, 97, None], "r": [1, 2, 9, 1, 2]})
    pyreadstat.write_sav(
        rows,
        tmp_path / "a.sav",
        column_labels={"h": "Hours"},
        variable_value_labels={"h": {98: "DK", 99: "NO RESPONSE"}, "r": {1: "North", 2: "South"}},
        missing_ranges={"h": [{"lo": 97, "hi": 99}], "r": [9]},
    )
    survey = loaders.load(tmp_path / "a.sav", profile=profile_in(tmp_path))
    np.testing.assert_array_equal(survey.data["h"], [5, 98, 99, 97, np.nan])
    np.testing.assert_array_equal(survey.data["hours"], [5, np.nan, np.nan, np.nan, np.nan])
    assert survey.codebook.label("h") == survey.codebook.label("hours") == "Hours"
    assert survey.codebook.variables["h"].missing == {98: "DK", 99: "NO RESPONSE", 97: "declared missing in the file"}
    assert survey.codebook.levels("r") == {1: "North", 2: "South"}
    assert survey.data["region"].fillna("").tolist() == ["North", "South", "", "North", "South"]
    assert [(count.step, count.rows) for count in survey.provenance.counts] == [("hours", 3), ("region", 1)]


def stata_with_tags(path: Path) -> None:
    """Write integer columns with system-missing cells in rows 2 and 5 and the tagged missing value .a in row 3."""
    labels = {"variable_value_labels": {"h": {1: "one", "a": "refused"}}}
    rows = pd.DataFrame({"w": [1.0] * 5, "h": pd.Series([1, None, "a", 4, None], dtype=object), "r": [1, 2, 1, 2, 1]})
    pyreadstat.write_dta(rows, path, version=14, missing_user_values={"h": ["a"]}, **labels)


def test_tagged_missing_values_of_stata_are_missing_with_their_reasons(tmp_path: Path) -> None:
    stata_with_tags(tmp_path / "a.dta")
    survey = loaders.load(tmp_path / "a.dta", profile=profile_in(tmp_path))
    np.testing.assert_array_equal(survey.data["h"], [1, np.nan, np.nan, 4, np.nan])
    assert survey.codebook.variables["h"].missing == {".a": "refused"}
    assert survey.codebook.levels("h") == {1: "one"}
    assert "h: 1 answer with a missing reason of Stata (.a) in the file." in survey.provenance.notes


def test_system_missing_cells_of_small_integers_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "a.dta"
    pd.DataFrame({"h": np.arange(1, 5, dtype="int8"), "w": np.ones(4)}).to_stata(path, version=118, write_index=False)
    content = bytearray(path.read_bytes())
    start, width = content.index(b"<data>") + len(b"<data>"), struct.calcsize("<bd")
    content[start + width] = 101  # . of a byte
    content[start + 2 * width] = 102  # .a
    path.write_bytes(content)
    survey = loaders.load(path, profile=profile_in(tmp_path))
    np.testing.assert_array_equal(survey.data["hours"], [1, np.nan, np.nan, 4])


def test_stata_file_without_labels_is_read_by_the_profiles_own_map(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {"weight": [1.0, 2.0], "psu": [1, 2], "stratum": [1, 1], "hhid": [1, 2], "pid": [1, 1], "age": [9, 30], "sex": [1, 2]}
    )
    pyreadstat.write_dta(rows, tmp_path / "a.dta", version=14)
    survey = loaders.load(tmp_path / "a.dta", profile="lfs-generic")
    assert survey.data["sex"].tolist() == ["Male", "Female"]
