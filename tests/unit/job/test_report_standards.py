"""Standard tables that a configuration asks for: about a chain, about change, about national law."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import prevalence as pv
from prevalence.errors import ConfigError
from prevalence.estimates import Estimates
from prevalence.job import sample_config
from prevalence.job.config import read_config
from prevalence.job.details import with_details
from prevalence.job.reporting.standards import Standard, masked_together, standards, unmasked
from prevalence.job.surveys import prepare
from prevalence.job.tables import Answers, answers
from prevalence.report import withheld
from prevalence.report.tables.grid import Table
from prevalence.report.tables.language import language
from prevalence.report.tables.standard.filled import filled
from prevalence.report.tables.standard.masks import Reasons, sources_of
from prevalence.survey import Survey

SAMPLE = sample_config().parent
CONFIG = """title = "T"
publish = false

[[surveys]]
name = "children"
files = ["children.sav"]
profile = "sample-children"
measure = "child_labour"
definition = "sdg-8.7.1"
exposure = "household"
chains = ["cocoa", "cotton"]
law = "national:GHA"

[[surveys.before]]
name = "2019"
files = ["before.sav"]
profile = "sample-children"
definition = "mics6"
"""
SAMPLES = 'samples = "independent"\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    for name in ("children.sav", "before.sav"):
        shutil.copy(SAMPLE / "children.sav", folder / name)
    return folder


def filled_in(
    folder: Path, names: list[str], text: str
) -> tuple[tuple[Standard, ...], list[Answers], tuple[tuple[Reasons, ...], ...]]:
    from prevalence.job._places import places_of

    (folder / "config.toml").write_text(text, encoding="utf-8")
    plan = read_config(folder / "config.toml")
    answered = [with_details(answers(prepare(plan, survey), plan.config), plan) for survey in plan.config.surveys]
    added, answered = standards(names, answered, places_of(unmasked(answered)), plan)
    _, reasons = masked_together(answered, added, publish=True)
    return added, answered, reasons


@cache
def children(definition: str) -> Survey:
    return pv.classify.child_labour(pv.load(SAMPLE / "children.sav", profile="sample-children"), definition=definition)


def texts(table: Table) -> list[list[str]]:
    return [[row.label, *(cell.text for cell in row.cells)] for row in table.rows]


def test_tables_of_change_and_of_law_are_those_of_the_function(folder: Path) -> None:
    added, _, reasons = filled_in(folder, ["national-22", "national-23"], CONFIG + SAMPLES)
    assert [(each.place.name, each.answered.shell.name) for each in added][:3] == [
        ("XAA", "national-22"),
        ("XBB", "national-22"),
        ("XCC", "national-22"),
    ]
    expected = pv.report.standard(
        ["national-22", "national-23"],
        children("sdg-8.7.1"),
        people={"country": "XBB"},
        before={"2019": children("mics6")},
        samples="independent",
        law="national:GHA",
        publish=False,
    )
    of_country = [(each, why) for each, why in zip(added, reasons, strict=True) if each.place.name == "XBB"]
    assert len(of_country) == len(expected) == 2
    for (each, why), table in zip(of_country, expected, strict=True):
        assert texts(filled(each.answered, why, rule="mics", publish=False, words=language("en"), people=each.people)) == texts(
            table
        )


def test_tables_about_one_chain_are_made_of_each_chain_that_the_data_know(folder: Path) -> None:
    added, answered, _ = filled_in(folder, ["supply-chain-3"], CONFIG)
    assert [(each.place.name, each.answered.chain) for each in added] == [("XAA", "cocoa"), ("XBB", "cotton")]
    told = [line for line in answered[0].left_out if line.startswith("Standard tables")]
    assert told == ["Standard tables that the data cannot fill: supply-chain-3 (cotton: XAA, XCC; cocoa: XBB, XCC)."]


def test_how_samples_are_related_must_be_said_where_labels_do_not_tell(folder: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"Survey 'children', standard table 'national-23': \d+ sampling units have the same label"
    ):
        filled_in(folder, ["national-23"], CONFIG)


def test_law_and_survey_before_are_asked_for_by_the_name_of_the_table(folder: Path) -> None:
    plain = CONFIG[: CONFIG.index("law =")]
    with pytest.raises(ConfigError, match=r"'national-22'.* needs the country's law"):
        filled_in(folder, ["national-22"], plain)
    with pytest.raises(ConfigError, match=r"'national-23'.* needs the survey before"):
        filled_in(folder, ["national-23"], plain)


def test_a_chain_is_needed_for_a_table_about_one(small: Callable[..., Path]) -> None:
    config = small()
    with pytest.raises(ConfigError, match="Survey 'small': the table is about one supply chain, and the data tell of none"):
        filled_in(config.parent, ["supply-chain-3"], config.read_text(encoding="utf-8"))


def test_a_change_is_masked_with_the_tables_of_either_survey(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The survey before is the second survey of the report: what tables of its file withhold the change may not show."""
    asked: list[int] = []

    def noting(tables: Sequence[Estimates], **options: Any) -> Any:
        asked.append(len(tables))
        return withheld(tables, **options)

    monkeypatch.setattr("prevalence.job.reporting.standards.withheld", noting)
    second = CONFIG.replace('name = "children"', 'name = "old"').replace("children.sav", "before.sav")
    second = second[second.index("[[surveys]]") : second.index("law =")]
    added, answered, _ = filled_in(folder, ["national-23"], f"{CONFIG}{SAMPLES}\n{second}")
    own = [sum(not table.source for table in answer.tables) for answer in answered]
    sides = [before for each in added for before, _ in sources_of(each.answered, each.people)]
    assert set(sides) == {"", "2019"}
    assert asked == [own[0] + sides.count(""), own[1] + sides.count("2019")]
