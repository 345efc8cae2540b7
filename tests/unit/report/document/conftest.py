"""A report of the sample survey made once, and a small survey of one's own for what the sample does not have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from prevalence.job import sample_config
from prevalence.job.reporting._document import document
from prevalence.report.document.tree import (
    Bullets,
    Figure,
    Heading,
    Paragraph,
    Report,
    Run,
    TablePart,
    Words,
    numbered,
)
from prevalence.report.document.written import ReportFiles
from prevalence.report.tables.grid import Cell, Column, Note, Row, Table

PROFILE = """
title = "small"
[design]
weight = "w"
psu = "ea"
[variables.age]
op = "number"
column = "age"
[variables.age_group]
op = "bands"
column = "age"
bands = { "5-11" = [5, 11], "12-14" = [12, 14], "15-17" = [15, 17] }
[variables.sex]
op = "recode"
column = "sex"
codes = { 2 = "Female", 1 = "Male" }
[variables.economic_activity]
op = "any_yes"
columns = ["works"]
yes = [1]
no = [2]
[variables.economic_hours]
op = "number"
column = "hours"
"""
CONFIG = """
title = "Small"
[[surveys]]
name = "small"
files = ["small.csv"]
profile = "small.toml"
measure = "child_labour"
definition = "sdg-8.7.1"
"""
CHILDREN = """
title = "The children of the sample"
[report]
authors = ["An Office", "A. Person"]
subtitle = "2024"
foreword = "Read this **first**."
tables = ["mics-pr.3.3"]
[[surveys]]
name = "children"
files = ["{folder}/children.sav"]
profile = "sample-children"
measure = "child_labour"
definition = "sdg-8.7.1"
exposure = "household"
chains = ["cocoa", "mining"]
[surveys.record]
universe = "all children 5-17 in private households"
reference_period = "week"
base_year = 2024
respondent = "child"
frame = "census of the fictional countries"
"""
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" viewBox="0 0 20 10"><rect id="r" width="9" height="9"/></svg>'
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


@pytest.fixture(scope="session")
def children(tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    folder = tmp_path_factory.mktemp("children")
    config = folder / "config.toml"
    config.write_text(CHILDREN.format(folder=sample_config().parent.as_posix()), encoding="utf-8")
    return document(config, folder / "out", quiet=True)


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes files, profile and a configuration, and returns the configuration."""

    def write(more: str = "", *, top: str = "") -> Path:
        lines = ["w,ea,age,works,hours,sex"]
        for i in range(240):
            works = 1 if i % 4 == 0 else 2
            lines.append(f"{1 + i % 3},{i % 30},{5 + i % 13},{works},{20 if works == 1 else ''},{1 + i % 2}")
        (tmp_path / "small.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (tmp_path / "small.toml").write_text(PROFILE, encoding="utf-8")
        (tmp_path / "config.toml").write_text(f"{top}{CONFIG}{more}", encoding="utf-8")
        return tmp_path / "config.toml"

    return write


@pytest.fixture
def tree() -> Callable[..., Report]:
    """Return a function that makes a report of every kind of block, all of whose texts are the given one."""

    def make(text: str = "Text", *, direction: str = "ltr") -> Report:
        table = Table(
            name="t",
            title=text,
            subtitle=text,
            stub=text,
            columns=(Column(name="a", head=text, spanners=(text,)), Column(name="b", head="what", spanners=("",), kind="text")),
            rows=(Row(label=text, group=text, cells=(Cell(text=text, marks=("a",)), Cell(text=text))),),
            notes=(Note(text=text), Note(text=text, mark="a")),
            direction="rtl" if direction == "rtl" else "ltr",
        )
        blocks = (
            Heading(text=text, level=1),
            Paragraph(runs=(Run(text), Run(text, strong=True), Run(text, emphasis=True), Run(text, code=True))),
            Bullets(items=((Run(text),), (Run(text),))),
            Figure(name="f", title=text, note=text, alternative=text, svg=SVG, png=PNG, width=2.0),
            Heading(text=text, level=2),
            TablePart(table=table),
        )
        return Report(
            title=text,
            subtitle=text,
            authors=(text,),
            notice=text,
            language="en",
            direction="rtl" if direction == "rtl" else "ltr",
            words=Words(
                table="Table",
                figure="Figure",
                contents="Contents",
                tables="Tables",
                figures="Figures",
                continued="(continued)",
                page="Page",
            ),
            blocks=numbered(blocks),
        )

    return make
