"""The sample baseline, run once, and a small survey of one's own for what the sample does not have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from prevalence.job import Results, run, sample_config

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
optional = true
[variables.area]
op = "recode"
column = "area"
codes = { 1 = "Urban", 2 = "Rural" }
optional = true
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


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run(sample_config(), out=tmp_path_factory.mktemp("run") / "results", quiet=True)


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes files, profile and configuration, and returns the configuration."""

    def write(*, columns: tuple[str, ...] = ("sex",), config: str = CONFIG) -> Path:
        lines = [",".join(["w", "ea", "age", "works", "hours", *columns])]
        for i in range(300):
            works = 1 if i % 4 == 0 else 2
            values = {"sex": 1 + i % 2, "area": 1 + i % 3 % 2}
            lines.append(
                ",".join(
                    map(str, [1 + i % 3, i % 30, 5 + i % 13, works, 20 if works == 1 else "", *(values[c] for c in columns)])
                )
            )
        (tmp_path / "small.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (tmp_path / "small.toml").write_text(PROFILE, encoding="utf-8")
        (tmp_path / "config.toml").write_text(config, encoding="utf-8")
        return tmp_path / "config.toml"

    return write
