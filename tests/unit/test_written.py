"""What is written: settled numbers, and files that are whole or not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prevalence.errors import OutputError
from prevalence.written import cell_text, settled, settled_columns, write_by, write_file


def test_noise_of_the_last_digits_does_not_reach_a_file() -> None:
    assert settled(np.array([0.1 + 0.2, 1 / 3, 1e-17, np.nan, np.inf])) == [0.3, 0.333333333333, 0.0, None, None]


def test_a_column_of_tiny_numbers_is_no_noise() -> None:
    assert settled(np.array([1e-17, 2e-17])) == [1e-17, 2e-17]


def test_texts_stay_and_numbers_settle() -> None:
    assert settled_columns({"sex": ("Female",), "n": np.array([3.0])}) == {"sex": ["Female"], "n": [3.0]}


@pytest.mark.parametrize(
    ("value", "cell"), [(None, ""), (3.0, "3"), (-2.0, "-2"), (0.5, "0.5"), (1e16, "1e+16"), ("5-11", "5-11")]
)
def test_cells(value: str | float | None, cell: str) -> None:
    assert cell_text(value) == cell


@pytest.mark.parametrize("content", ["a\nb\n", b"a\nb\n"])
def test_a_file_has_the_same_bytes_on_every_system(content: str | bytes, tmp_path: Path) -> None:
    assert write_file(tmp_path / "a.csv", content).read_bytes() == b"a\nb\n"


def test_a_broken_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_file(tmp_path / "a.csv", "old")

    def break_off(path: Path) -> None:
        path.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_by(tmp_path / "a.csv", break_off)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.csv": "old"}


@pytest.mark.parametrize("folder", ["absent", "a.csv"])
def test_a_folder_that_is_none_is_named(folder: str, tmp_path: Path) -> None:
    write_file(tmp_path / "a.csv", "in the way")
    with pytest.raises(OutputError, match=rf"b\.csv cannot be written in '.*{folder}'.*Choose another folder"):
        write_file(tmp_path / folder / "b.csv", "x")
