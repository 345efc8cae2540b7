"""Stata and SPSS files: what pyreadstat reads of them is what the survey held, labels included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

import prevalence as pv
from prevalence.provenance import Codebook, Definition, Provenance, Variable

READERS = {"dta": pyreadstat.read_dta, "sav": pyreadstat.read_sav, "zsav": pyreadstat.read_sav}
TITLE = (
    "children in economic activity at or above the hours of their age, a title that is longer than the eighty characters of Stata"
)


def survey(**columns: Any) -> pv.Survey:
    rows = pd.DataFrame(
        {
            "weight": [1.23456789012, 2.5, 0.0, 4.0],
            "psu": ["a", "a", "b", "b"],
            "sex": ["Female", "Male", None, "Female"],
            "area_code": [1, 2, 2, 1],
            "child_labour": [1.0, None, 0.0, 1.0],
            "flagged": [True, False, True, False],
            **columns,
        }
    )
    book = Codebook(
        {
            "sex": Variable(label="Sex of the child", levels={"Male": "Male", "Female": "Female"}),
            "area_code": Variable(label="Area", levels={1: "Urban", 2: "Rural"}),
        }
    )
    rule = Definition(
        indicator="child_labour", name="sdg-8.7.1", version="March 2019", title=TITLE, source="UNSD", status="verified"
    )
    return pv.Survey(
        rows, pv.Design(weight="weight", psu="psu"), codebook=book, provenance=Provenance(definitions={"child_labour": rule})
    )


@pytest.mark.parametrize("ending", READERS)
def test_numbers_weights_and_labels_come_back(ending: str, tmp_path: Path) -> None:
    original = survey()
    written = pv.report.write_back(original, tmp_path / f"children.{ending}")
    rows, meta = READERS[ending](written.path)
    assert rows["weight"].tolist() == original.data["weight"].tolist()
    pd.testing.assert_series_equal(rows["child_labour"], original.data["child_labour"])
    assert rows["sex"].dropna().tolist() == [2, 1, 2]
    assert meta.variable_value_labels["sex"] == {1: "Male", 2: "Female"}
    assert meta.variable_value_labels["area_code"] == {1: "Urban", 2: "Rural"}
    assert meta.variable_value_labels["child_labour"] == {0: "No", 1: "Yes"}
    assert meta.variable_value_labels["flagged"] == {0: "No", 1: "Yes"}
    labels = meta.column_names_to_labels
    assert labels["sex"] == "Sex of the child"
    assert labels["weight"] == "final weight"
    assert labels["child_labour"].startswith("sdg-8.7.1, March 2019: children in economic activity")
    assert rows["psu"].tolist() == ["a", "a", "b", "b"]
    assert written.coded == {"sex": {1: "Male", 2: "Female"}}


def test_a_label_that_is_too_long_is_shortened_and_reported(tmp_path: Path) -> None:
    full = f"sdg-8.7.1, March 2019: {TITLE}"
    written = pv.report.write_back(survey(), tmp_path / "children.dta")
    assert written.shortened == (full,)
    label = pyreadstat.read_dta(written.path)[1].column_names_to_labels["child_labour"]
    assert len(label.encode()) <= 80 and label.endswith("…")
    assert pv.report.write_back(survey(), tmp_path / "children.sav").shortened == ()


def test_chosen_columns_keep_the_design(tmp_path: Path) -> None:
    written = pv.report.write_back(survey(), tmp_path / "children.sav", columns=["child_labour"])
    assert written.columns == ("weight", "psu", "child_labour")


def test_names_that_a_format_does_not_take(tmp_path: Path) -> None:
    odd = survey(**{"hours last week": [1.0, 2.0, 3.0, 4.0]})
    with pytest.raises(pv.errors.OutputError, match=r"found 'hours last week'. Rename them: rename=\{'hours last week'"):
        pv.report.write_back(odd, tmp_path / "children.dta")
    written = pv.report.write_back(odd, tmp_path / "children.dta", rename={"hours last week": "hours"})
    assert pyreadstat.read_dta(written.path)[0]["hours"].tolist() == [1, 2, 3, 4]
    with pytest.raises(pv.errors.OutputError, match="more than once"):
        pv.report.write_back(survey(Sex=[1.0, 1.0, 1.0, 1.0]), tmp_path / "children.sav")


def test_nothing_of_the_caller_changes(tmp_path: Path) -> None:
    original = survey()
    before = original.data.copy()
    pv.report.write_back(original, tmp_path / "children.dta")
    pd.testing.assert_frame_equal(original.data, before)


@pytest.mark.parametrize(
    ("name", "message"), [("children.csv", "ending of the file"), ("nowhere/children.dta", "cannot be written")]
)
def test_files_that_cannot_be_written(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(pv.errors.OutputError, match=message):
        pv.report.write_back(survey(), tmp_path / name)
