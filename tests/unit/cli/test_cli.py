"""The command line: status 0, or 2 with one message and no traceback."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

import prevalence as pv
from prevalence.cli import main
from prevalence.job import sample_config

SAMPLE = sample_config().parent


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["prevalence", *map(str, arguments)])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def fault(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """Return the message of a call that must fail with status 2 and say nothing else."""
    assert call(monkeypatch, *arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Error: ")
    assert "Traceback" not in said.err
    return said.err


def test_demo_makes_the_sample_baseline_and_says_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "demo", "--out", tmp_path / "demo") == 0
    said = capsys.readouterr()
    assert "report.html" in said.out
    assert said.err == ""
    assert (tmp_path / "demo" / "report.html").is_file()


def test_absent_configuration(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "cannot be read" in fault(monkeypatch, capsys, "baseline", tmp_path / "no.toml", "--out", tmp_path / "out")


def test_faulty_configuration(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('titel = "T"\n[[surveys]]\nmeasure = "x"\n', encoding="utf-8")
    told = fault(monkeypatch, capsys, "baseline", tmp_path / "config.toml", "--out", tmp_path / "out")
    assert "line 1, titel: unknown key 'titel'" in told
    assert "line 3, surveys.measure: measure must be one of" in told


def test_configuration_that_is_no_toml(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text("not toml", encoding="utf-8")
    assert "must be a TOML file" in fault(monkeypatch, capsys, "baseline", tmp_path / "config.toml", "--out", tmp_path / "out")


def test_a_file_in_the_way_of_the_results(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    assert "'out' is a file" in fault(monkeypatch, capsys, "demo", "--out", tmp_path / "out")


def test_check_tells_rows_and_design(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "check", SAMPLE / "children.sav", "--profile", "sample-children") == 0
    told = capsys.readouterr().out
    assert told.startswith("children.sav checked against profile 'sample-children': 0 errors, 0 warnings")
    facts = {line[:44].strip(): line[44:].strip() for line in told.splitlines()}
    assert facts["rows that pass the filters"] == "6,308"
    assert (facts["strata"], facts["sampling units"]) == ("18 (stratum)", "288 (PSU)")


@pytest.mark.parametrize(
    ("file", "profile", "told"),
    [
        ("no.sav", "mics6", "no.sav"),
        ("children.sav", "mics66", "Did you mean 'mics6'?"),
    ],
)
def test_check_of_what_does_not_fit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: str, profile: str, told: str
) -> None:
    assert told in fault(monkeypatch, capsys, "check", SAMPLE / file, "--profile", profile)


def test_check_lists_all_errors_of_a_file_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "check", SAMPLE / "children.sav", "--profile", "sample-workers") == 2
    told = capsys.readouterr().out
    assert "ERROR   weight: the file must have the column that serves as weight" in told


def test_profiles_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "profiles") == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert {"mics6", "sample-children", "sample-workers"} <= set(names)


@pytest.mark.parametrize("arguments", [("baseline",), ("baselin", "x"), ("demo", "--ot", "x")])
def test_wrong_usage_has_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert call(monkeypatch, *arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("records")
    rows = pd.DataFrame({"ea": [1, 1, 2, 2, 3, 3, 4, 4], "w": 10.0, "child_labour": [1, 1, 0, 1, 0, 0, 1, 0]})
    said = {"definition": "sdg-8.7.1", "universe": "all children", "reference_period": "week"}
    paths = []
    for year, found in ((2016, rows), (2024, rows.assign(ea=rows["ea"] + 10, child_labour=[1, 0, 0, 1, 0, 0, 0, 0]))):
        survey = pv.Survey(found, pv.Design(weight="w", psu="ea"))
        paths.append(pv.baseline.create(survey, "child_labour", base_year=year, **said).write(folder / f"{year}.json"))
    return paths


def test_change_of_two_records(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, records: list[Path]
) -> None:
    assert call(monkeypatch, "change", *records, "--samples", "independent", "--out", tmp_path / "change") == 0
    said = capsys.readouterr()
    assert said.out.startswith("Change: rounds 2016 to 2024; samples independent samples")
    assert said.out.splitlines()[-1] == f"3 files are in {tmp_path / 'change'}. Begin with {tmp_path / 'change' / 'change.html'}."
    assert said.err == ""


def test_progress_of_two_records(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, records: list[Path]
) -> None:
    options = ("--target", "0", "--ending", "0.01", "--target-year", "2030", "--out", tmp_path / "progress")
    assert call(monkeypatch, "progress", *records, *options) == 0
    said = capsys.readouterr().out
    assert "ending 0.01" in said
    assert "target achieved" in said
    assert (tmp_path / "progress" / "progress.html").is_file()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--cell", "sex"), "A cell is given as DIMENSION=LEVEL"),
        (("--cell", "sex=Female"), "no dimension 'sex'"),
        (("--samples", "shared"), "needs the labels of the sampling units"),
        (("--correlation", "2"), "between -1 and 1"),
        (("--force", "universes"), "Did you mean 'universe'?"),
    ],
)
def test_faulty_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], records: list[Path], options: tuple[str, ...], told: str
) -> None:
    assert told in fault(monkeypatch, capsys, "change", *records, *options)


def test_faulty_progress(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], records: list[Path]) -> None:
    assert "No record has a goal" in fault(monkeypatch, capsys, "progress", *records)
    assert "target must be below the base value" in fault(monkeypatch, capsys, "progress", *records, "--target", "0.9")
    assert "target_year must be after" in fault(
        monkeypatch, capsys, "progress", *records, "--target", "0.1", "--target-year", "-5"
    )


def test_plan_is_made_and_says_where(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "strata.csv").write_text("stratum,households,clusters\nnorth,60000,600\nsouth,40000,400\n", encoding="utf-8")
    (tmp_path / "plan.toml").write_text(
        'title = "Next round"\n[strata]\nfile = "strata.csv"\n[interviews]\nhouseholds_per_cluster = 20\nchildren = [0.4, 0.3, 0.3]\n'
        '[clustering]\nicc = 0.05\n[[targets]]\nindicator = "child_labour"\nrate = 0.2\nrelative_margin = 0.12\n',
        encoding="utf-8",
    )
    assert call(monkeypatch, "plan", tmp_path / "plan.toml", "--out", tmp_path / "plan") == 0
    assert "plan.html" in capsys.readouterr().out
    assert (tmp_path / "plan" / "strata.csv").is_file()
    assert "cannot be read" in fault(monkeypatch, capsys, "plan", tmp_path / "no.toml", "--out", tmp_path / "plan")
