"""The profiles in docs/how-to/write-a-profile.md are valid, and the complete one loads a file."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from prevalence import loaders
from prevalence.loaders.schema import OPERATIONS, DesignTable, FileTable

TEXT = (Path(__file__).parents[3] / "docs" / "how-to" / "write-a-profile.md").read_text(encoding="utf-8")
EXAMPLES = [block for block in re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL) if "title" in block]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.splitlines()[0])
def test_example_is_a_valid_profile(example: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(example, encoding="utf-8")
    assert loaders.read_profile(tmp_path / "mine.toml").title


def test_complete_example_loads_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(EXAMPLES[1], encoding="utf-8")
    rows = pd.DataFrame(
        {
            "cluster": [1, 2, 2],
            "household": [1, 1, 1],
            "line": [2, 3, 4],
            "wgt": [10.5, 20.0, 1.0],
            "province": ["Côte", "Nord", "Nord"],
            "milieu": [1, 2, 2],
            "result": [1, 1, 4],
            "q103": ["F", "m", "F"],
            "q104": [9, 16, 12],
            "q200": [2, 1, 1],
            "q201": [None, 1, 1],
            **{f"q301{letter}": [2, 1, 1] for letter in "abc"},
            "q310": [None, 998, 5],
            "q312": [None, "127", "4100"],
            **{name: [1, 98, 1] for name in ("q402", "q404", "q406")},
        }
    )
    rows.to_csv(tmp_path / "survey.csv", index=False, sep=";", decimal=",", encoding="cp1252")
    survey = loaders.load(tmp_path / "survey.csv", profile=tmp_path / "mine.toml")
    data = survey.data
    assert data["region"].tolist() == ["Côte", "Nord"]
    assert data["sex"].tolist() == ["Female", "Male"]
    assert data["attends_school"].tolist() == ["No", "Yes"]
    assert data["economic_hours_special"].tolist() == [0, 1]
    assert data["chore_hours"].fillna(-1).tolist() == [3, -1]
    assert data["isic"].fillna("").tolist() == ["", "0127"]
    assert data["wgt"].tolist() == [10.5, 20.0]


def test_every_operation_and_option_is_in_the_text() -> None:
    names = {name for model in (*OPERATIONS, FileTable, DesignTable) for name in model.model_fields}
    assert {name for name in names if f"`{name}" not in TEXT and f"`[file.{name}]`" not in TEXT} - {"column", "columns"} == set()
