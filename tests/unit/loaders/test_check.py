"""A file checked against a profile: faults are listed, nothing about a person is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.errors import ColumnError, ConfigError, LoadError
from prevalence.loaders import CheckReport, check
from prevalence.loaders.checks.safety import safe_message, shown_codes

from .conftest import mics_rows

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(frame: pd.DataFrame, name: str = "survey.csv") -> Path:
        frame.to_csv(tmp_path / name, index=False)
        return tmp_path / name

    return written


@pytest.fixture
def people() -> pd.DataFrame:
    """400 persons of 5 and over in a plain labour force file, without faults."""
    rng = np.random.default_rng(5)
    rows = 400
    return pd.DataFrame(
        {
            "weight": rng.uniform(50, 150, rows).round(3),
            "stratum": np.repeat([1, 2], rows // 2),
            "psu": np.repeat(np.arange(1, 21), rows // 20),
            "hhid": np.arange(1, rows + 1) + 7_000_000,
            "pid": 1,
            "age": rng.integers(5, 70, rows),
            "sex": rng.choice([1, 2], rows),
            "employed": rng.choice([0, 1], rows),
            "hours_actual_all": rng.choice([7, 14, 13, 20, 35], rows),
            "enumerator": np.repeat([11, 12, 13, 14], rows // 4),
            "who": np.tile(["self", "proxy"], rows // 2),
        }
    )


def severities(report: CheckReport) -> dict[str, str]:
    return {finding.place: finding.severity for finding in report.findings}


def test_clean_file_has_no_errors_and_loads(write: Write, people: pd.DataFrame) -> None:
    file = write(people)
    report = check(file, profile="lfs-generic")
    assert report.ok
    assert report.count("error") == 0
    assert [(row.file, row.rows) for row in report.files] == [("survey.csv", 400)]
    facts = {row.fact: row.value for row in report.design}
    assert facts["strata"] == "2 (stratum)"
    assert facts["sampling units"] == "20 (psu)"
    assert facts["degrees of freedom of the design"] == "18"
    assert len(pv.load(file, profile="lfs-generic").data) == 400


def test_every_table_becomes_a_frame(write: Write, people: pd.DataFrame) -> None:
    report = check(write(people), profile="lfs-generic", interviewer="enumerator", respondent="who", name_groups=True)
    for table in (report.findings, *report.tables):
        frame = table.to_pandas()
        assert list(frame.columns) == list(table.columns)
        assert len(frame) == len(table)
        assert table.title in str(table)


def test_absent_columns_are_errors_unless_something_stands_in(write: Write, people: pd.DataFrame) -> None:
    report = check(write(people.drop(columns=["sex", "psu", "employed"])), profile="lfs-generic")
    assert not report.ok
    found = severities(report)
    assert found["sex"] == "error"
    assert found["psu"] == "warning"
    assert "employed" in next(f.found for f in report.findings if f.place == "columns")
    assert [row.state for row in report.columns if row.column == "sex"] == ["absent"]


def test_bad_weights_and_duplicates_are_listed_not_raised(write: Write, people: pd.DataFrame) -> None:
    broken = people.astype({"weight": object})
    broken.loc[0, "weight"], broken.loc[1, "weight"] = -3, "heavy"
    broken.loc[3, ["hhid", "pid"]] = broken.loc[2, ["hhid", "pid"]]
    report = check(write(broken), profile="lfs-generic")
    found = severities(report)
    assert (found["weight"], found["stratum x psu x hhid x pid"]) == ("error", "error")
    assert "1 text and 1 negative" in str(report)


def test_errors_are_what_stops_loading_and_nothing_else(write: Write, people: pd.DataFrame) -> None:
    faults = [
        people,
        people.assign(weight=-1),
        people.assign(age="old"),
        people.assign(pid=1, hhid=1),
        people.assign(sex=7),
        people.drop(columns="weight"),
        people.assign(psu=None),
    ]
    for number, frame in enumerate(faults):
        file = write(frame, f"{number}.csv")
        report = check(file, profile="lfs-generic")
        try:
            pv.load(file, profile="lfs-generic")
        except pv.PrevalenceError:
            assert not report.ok, number
        else:
            assert report.ok, number


def test_lonely_and_straddling_units_are_told(write: Write, people: pd.DataFrame) -> None:
    people.loc[people["psu"] == 20, "stratum"] = 3
    people.loc[people.index[0], "stratum"] = 2
    report = check(write(people), profile="lfs-generic")
    text = " ".join(f"{finding.must_hold} {finding.found}" for finding in report.findings)
    assert "two sampling units or more 1 stratum with one" in text
    assert "lie in one stratum 1 unit in several" in text


def test_codes_outside_the_codebook_are_counted(write: Write, people: pd.DataFrame) -> None:
    people.loc[:11, "sex"] = 7
    report = check(write(people), profile="lfs-generic")
    (outside,) = (row for row in report.codes if row.column == "sex")
    assert (outside.codes, outside.rows, outside.examples) == (1, 12, "7")
    (item,) = (row for row in report.missing if row.item == "sex")
    assert (item.answered, item.unknown, item.empty) == (388, 12, 0)


def test_report_shows_no_person(write: Write, people: pd.DataFrame) -> None:
    broken = people.astype({"sex": object, "age": object})
    broken.loc[0, "sex"] = "Awa Person"
    broken.loc[1, "age"] = "Kofi O. Person"
    broken.loc[3, ["hhid", "pid"]] = broken.loc[2, ["hhid", "pid"]]
    broken["enumerator"] = np.tile(["Ms First", "Mr Second"], 200)
    report = check(write(broken), profile="lfs-generic", interviewer="enumerator")
    shown = (
        str(report) + report._repr_html_() + "".join(table.to_pandas().to_csv() for table in (report.findings, *report.tables))
    )
    for secret in ("Person", "Ms First", "7000003"):
        assert secret not in shown


def test_codes_are_shown_only_where_they_name_nobody() -> None:
    assert shown_codes({"7": 1, "98": 4}) == "98, 7"
    assert shown_codes({"A. Person": 1, "7250012": 2}) == "2 not shown"
    assert shown_codes({"Diverse": 5}) == "Diverse"
    assert shown_codes({"1": 9, "2": 8, "3": 7, "4": 6}) == "1, 2, 3; 1 not shown"
    message = "Profile 'mine' does not fit: 'CB3' (similar: 'CB33') has 'A. Person' and 7250012, for example 'X. Y'. Do this."
    assert safe_message(message, {"mine", "CB3"}) == "Profile 'mine' does not fit: 'CB3' (similar: 'CB33') has [...] and [...]"


def test_interviewers_and_respondents_are_compared(write: Write, people: pd.DataFrame) -> None:
    people["employed"] = (people["enumerator"] == 11).astype(int)
    report = check(
        write(people), profile="lfs-generic", interviewer="enumerator", respondent="who", indicators=["economic_activity"]
    )
    (spread,) = report.spread
    assert (spread.groups, spread.share_lowest, spread.share_highest) == (4, 0, 1)
    assert spread.icc == 1
    assert severities(report)["economic_activity"] == "warning"
    assert {(row.respondent, row.rows, row.share) for row in report.respondents} == {("self", 200, 0.25), ("proxy", 200, 0.25)}
    assert len(report.groups) == 0


def test_interviewers_are_named_only_on_request(write: Write, people: pd.DataFrame) -> None:
    report = check(
        write(people), profile="lfs-generic", interviewer="enumerator", indicators=["economic_activity"], name_groups=True
    )
    assert [row.group for row in report.groups] == ["11", "12", "13", "14"]


def test_hours_heap_at_thresholds(write: Write, people: pd.DataFrame) -> None:
    people["hours_actual_all"] = [14] * 200 + [13] * 100 + [15] * 60 + [0] * 40
    report = check(write(people), profile="lfs-generic")
    heap = {row.hours: row for row in report.hours}
    assert heap["exactly 14"].with_hours == 360
    assert heap["exactly 14"].share == pytest.approx(200 / 360)
    assert heap["exactly 14"].share_without_preference == pytest.approx(80 / 360)
    assert heap["multiples of 7"].share == pytest.approx(200 / 360)
    assert heap["multiples of 7"].share_without_preference == pytest.approx(1 / 7)


def test_eligible_children_are_set_against_the_interviewed(write: Write) -> None:
    rows = mics_rows(*[{"HH52": 2}] * 6, *[{"HH52": 3, "FS17": 2, "CB3": None}] * 2)
    report = check(write(rows), profile="mics6")
    everybody = next(row for row in report.interviewed if row.group == "all")
    assert (everybody.listed, everybody.rows, everybody.interviewed, everybody.share_interviewed) == (18, 8, 6, 0.75)
    assert {row.level: row.share_interviewed for row in report.interviewed if row.group == "children listed"} == {"2": 1, "3": 0}
    # Ages are asked of the child: those not interviewed have none, so there is nothing to compare.
    assert "age_group" not in {row.group for row in report.interviewed}
    assert {(row.code, row.rows, row.kept) for row in report.results} == {("1", 6, True), ("2", 2, False)}


def test_filter_that_nobody_passes_is_an_error_and_the_report_goes_on(write: Write) -> None:
    report = check(write(mics_rows({"FS17": 2}, {"FS17": 2})), profile="mics6")
    assert severities(report)["keep FS17"] == "error"
    assert {row.fact: row.value for row in report.design}["rows that pass the filters"] == "2"


def test_sample_passes() -> None:
    file = Path(__file__).parents[3] / "data" / "sample" / "children.sav"
    report = check(file, profile="sample-children")
    assert report.ok
    assert {(row.fact, row.value) for row in report.design} >= {("strata", "18 (stratum)"), ("sampling units", "288 (PSU)")}
    seven = next(row for row in report.hours if (row.variable, row.hours) == ("economic_hours", "multiples of 7"))
    assert seven.share > 0.2  # its README says that hours heap on multiples of seven
    assert any(change.step == "keep FS17" and change.rows == 209 for change in report.changes)


def test_what_cannot_be_read_is_raised(tmp_path: Path, write: Write, people: pd.DataFrame) -> None:
    with pytest.raises(LoadError, match="There is no file"):
        check(tmp_path / "none.csv", profile="lfs-generic")
    file = write(people)
    with pytest.raises(LoadError, match="no shipped profile"):
        check(file, profile="lfs-generico")
    (tmp_path / "bad.toml").write_text("[design]\nwieght = 'w'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="weight"):
        check(file, profile=tmp_path / "bad.toml")
    with pytest.raises(ColumnError, match="'enumerato' must be a column of the file"):
        check(file, profile="lfs-generic", interviewer="enumerato")
    with pytest.raises(ColumnError, match="variables that the profile makes"):
        check(file, profile="lfs-generic", indicators=["child_labour"])


def test_files_that_do_not_match_are_an_error_and_the_first_is_checked(write: Write, people: pd.DataFrame) -> None:
    files = [write(people, "a.csv"), write(people.drop(columns="employed"), "b.csv")]
    report = check(files, profile="lfs-generic")
    assert not report.ok
    assert [row.file for row in report.files] == ["a.csv"]


def test_html_escapes_what_the_file_says(write: Write, people: pd.DataFrame) -> None:
    people["region"] = "<script>alert(1)</script>"
    html = check(write(people), profile="lfs-generic")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_how_to_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    root = Path(__file__).parents[3]
    monkeypatch.chdir(root)
    text = (root / "docs" / "how-to" / "check-a-file.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(block, names)
    assert "Between interviewers and teams" in capsys.readouterr().out
    tables = [field.name for field in fields(CheckReport) if field.name not in ("name", "profile", "notes")]
    assert [name for name in tables if f"`{name}`" not in text and f"report.{name}" not in text] == []


JOINED = """
id = ["hh", "line"]
[file]
role = "persons"
[join.households]
keys = { hh = "hh" }
[design]
weight = "w"
psu = "hh"
[prepare.years]
op = "number"
column = "months"
divide_by = 12
[variables.age]
op = "number"
column = "years"
[variables.area]
op = "recode"
column = "area"
codes = { 1 = "Urban", 2 = "Rural" }
"""


def test_joined_files_are_checked_together(write: Write, tmp_path: Path) -> None:
    profile = tmp_path / "joined.toml"
    profile.write_text(JOINED, encoding="utf-8")
    persons = write(pd.DataFrame({"hh": [1, 1, 2], "line": [1, 2, 1], "months": [60, 120, 180]}), "persons.csv")
    homes = pd.DataFrame({"hh": [1, 2], "w": [1.5, 2.5], "area": [1, 2]})
    good = check({"persons": persons, "households": write(homes, "homes.csv")}, profile=profile)
    assert good.ok
    assert {row.variable: row.content for row in good.variables}["area"] == "Urban 2; Rural 1"
    twice = write(pd.concat([homes, homes]), "twice.csv")
    bad = check({"persons": persons, "households": twice}, profile=profile)
    assert [(finding.severity, finding.place) for finding in bad.findings] == [("error", "files")]
    assert [row.file for row in bad.files] == ["persons.csv"]
