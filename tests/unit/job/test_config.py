"""Configurations: every fault is told at once, with its line and what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from prevalence.errors import ConfigError
from prevalence.job import read_config, sample_config

GOOD = """title = "T"

[[surveys]]
name = "one"
files = ["one.csv"]
profile = "mics6"
measure = "child_labour"
definition = "sdg-8.7.1"
exposure = "household"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.csv").write_text("a\n1\n", encoding="utf-8")
    return tmp_path


def message_of(folder: Path, text: str) -> str:
    (folder / "config.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_config(folder / "config.toml")
    return str(caught.value)


def test_defaults_publish_with_the_recommended_intervals_of_95_percent(folder: Path) -> None:
    (folder / "config.toml").write_text(GOOD, encoding="utf-8")
    config = read_config(folder / "config.toml").config
    assert (config.publish, config.interval, config.number_interval, config.level) == (True, "korn-graubard", "log", 0.95)


def test_the_sample_is_the_only_toml_of_its_folder() -> None:
    assert [path.name for path in sample_config().parent.glob("*.toml")] == ["baseline.toml"]
    assert [survey.name for survey in read_config(sample_config()).config.surveys] == ["children", "workers"]


def test_several_faults_are_told_at_once_with_their_lines(folder: Path) -> None:
    text = (
        GOOD.replace("title", "titel")
        .replace("mics6", "mics5x")
        .replace("child_labour", "child_labor")
        .replace("household", "house")
    )
    told = message_of(folder, text).splitlines()
    assert told[0] == "The configuration 'config.toml' has 5 faults:"
    assert "title: the key 'title' is needed and absent." in told[1]
    assert told[2] == "  line 1, titel: unknown key 'titel'. Did you mean 'title'?"
    assert told[3].startswith("  line 6, surveys.profile: profile must be one of")
    assert told[3].endswith("found 'mics5x'. Did you mean 'mics5'?")
    assert told[4].startswith(
        "  line 7, surveys.measure: measure must be one of 'child_labour', 'forced_labour'; found 'child_labor'."
    )
    assert told[5].startswith("  line 9, surveys.exposure: exposure must be one of")


def test_a_fault_in_the_second_survey_has_the_line_of_the_second_survey(folder: Path) -> None:
    second = GOOD.replace('title = "T"\n', "").replace('"one"', '"two"').replace("sdg-8.7.1", "sdg-8.7.2")
    assert "line 16, surveys.definition: definition must be one of" in message_of(folder, GOOD + second)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            '["one.csv"]',
            '["on.csv"]',
            "line 5, surveys.files: no such file: 'on.csv'; paths start from the folder of the configuration. Did you mean 'one.csv'?",
        ),
        ('["one.csv"]', "[]", "line 5, surveys.files: files must name at least one file"),
        ('"mics6"', '"own.toml"', "line 6, surveys.profile: no such file: 'own.toml'"),
        ('"sdg-8.7.1"', '"icls20"', "line 8, surveys.definition: definition must be one of"),
        ('name = "one"', 'name = "a/b"', "line 4, surveys.name: name becomes part of file names"),
        (
            'exposure = "household"',
            'chains = ["coca"]',
            "line 9, surveys.chains: unknown supply chain 'coca'. Did you mean 'cocoa'?",
        ),
        ('exposure = "household"', "exposur = 1", "line 9, surveys.exposur: unknown key 'exposur'. Did you mean 'exposure'?"),
        ('definition = "sdg-8.7.1"\n', "", "line 3, surveys.definition: the key 'definition' is needed and absent."),
        ('title = "T"', 'title = "T"\npublish = "no"', "line 2, publish:"),
        ('title = "T"', 'title = "T"\nlevel = 95', "line 2, level: input should be less than 1; found 95"),
        ('title = "T"', 'title = "T"\ninterval = "walt"', "Did you mean 'wald'?"),
        ('title = "T"', 'title = "T"\nnumber_interval = "logit"', "number_interval must be one of 'log', 'wald'; found 'logit'."),
    ],
)
def test_single_faults(folder: Path, old: str, new: str, told: str) -> None:
    assert told in message_of(folder, GOOD.replace(old, new))


def test_names_of_surveys_differ(folder: Path) -> None:
    assert "each survey needs a name of its own" in message_of(folder, GOOD + GOOD.replace('title = "T"\n', ""))


def test_one_file_in_two_selections_is_refused_because_their_difference_tells(folder: Path) -> None:
    (folder / "two.csv").write_text("a\n1\n", encoding="utf-8")
    more = GOOD.replace('title = "T"\n', "").replace('"one"', '"both"').replace('["one.csv"]', '["one.csv", "two.csv"]')
    assert "'one.csv' stands in two surveys beside different files" in message_of(folder, GOOD + more)


def test_no_surveys(folder: Path) -> None:
    assert "surveys: the key 'surveys' is needed and absent" in message_of(folder, 'title = "T"\n')
    assert "surveys must hold at least one [[surveys]]" in message_of(folder, 'title = "T"\nsurveys = []\n')


def test_not_toml_not_text_not_there(folder: Path) -> None:
    assert "'config.toml' must be a TOML file; it is not: Expected '='" in message_of(folder, "title: T\n")
    (folder / "config.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(ConfigError, match="must be UTF-8"):
        read_config(folder / "config.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(folder / "absent.toml")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('law = "national:ATL"\n', "line 10, surveys.law: "),
        ('law = "sgd-8.7.1"\n', "Did you mean 'sdg-8.7.1'?"),
        (
            '[[surveys.before]]\nname = "2019"\nfiles = ["two.csv"]\nprofile = "mics6"\n',
            "line 12, surveys.before.files: no such file",
        ),
        ('[[surveys.before]]\nname = "2019"\nfiles = ["one.csv"]\nprofile = "mics7"\n', "Did you mean 'mics6'?"),
        (
            2 * '[[surveys.before]]\nname = "2019"\nfiles = ["one.csv"]\nprofile = "mics6"\n',
            "a name of its own; found '2019', '2019'",
        ),
        ('[[surveys.before]]\nname = ""\nfiles = ["one.csv"]\nprofile = "mics6"\n', "line 11, surveys.before.name"),
    ],
)
def test_faults_of_surveys_before_and_of_law(folder: Path, more: str, told: str) -> None:
    assert told in message_of(folder, GOOD + more)


def test_surveys_of_workers_have_no_law_of_child_labour(folder: Path) -> None:
    workers = GOOD.replace("child_labour", "forced_labour").replace("sdg-8.7.1", "icls20").replace("household", "own")
    assert "law is for surveys with measure = 'child_labour'" in message_of(folder, f'{workers}law = "national:GHA"\n')


def test_a_file_of_a_survey_before_stands_beside_the_same_files_everywhere(folder: Path) -> None:
    (folder / "two.csv").write_text("a\n1\n", encoding="utf-8")
    before = '[[surveys.before]]\nname = "2019"\nfiles = ["one.csv", "two.csv"]\nprofile = "mics6"\n'
    assert "'one.csv' stands in two surveys beside different files" in message_of(folder, GOOD + before)
