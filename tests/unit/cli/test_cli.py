"""The command line: status 0, or 2 with one message and no traceback."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

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
    assert "line 1: unknown key 'titel'" in told
    assert "line 3: measure must be one of" in told


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
