from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from prevalence.errors import OptionError, OutputError
from prevalence.report.formats._save import WRITERS, save
from prevalence.report.formats.progress import progress, unseen
from prevalence.report.tables.grid import Table

Demo = Callable[..., Table]
BEGINNING = {
    ".html": b"<!DOCTYPE html>",
    ".docx": b"PK",
    ".xlsx": b"PK",
    ".pdf": b"%PDF",
    ".png": b"\x89PNG",
    ".tex": b"% Compile",
    ".md": b"# All",
}


@pytest.mark.parametrize("ending", WRITERS)
def test_the_end_of_the_name_is_the_format(demo: Demo, tmp_path: Path, ending: str) -> None:
    path = save(demo(), tmp_path / f"tables{ending.upper()}", title="All")
    assert path == tmp_path / f"tables{ending.upper()}"
    assert path.read_bytes().startswith(BEGINNING[ending])
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", [ending for ending in WRITERS if ending != ".png"])
def test_the_same_tables_give_the_same_bytes_over_an_older_file(demo: Demo, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"tables{ending}"
    path.write_text("older")
    first = save([demo(), demo()], str(path)).read_bytes()
    assert save((demo(), demo()), path).read_bytes() == first


@pytest.mark.parametrize("ending", [ending for ending in WRITERS if ending != ".png"])
def test_hostile_texts_are_written_in_every_format(hostile: Table, tmp_path: Path, ending: str) -> None:
    assert save([hostile, hostile], tmp_path / f"tables{ending}", title="<&>\x00").stat().st_size > 0


def test_an_unknown_ending_lists_those_known(demo: Demo, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"must end in '.html', .*found 'tables.xls'. Did you mean '.xlsx'"):
        save(demo(), tmp_path / "tables.xls")
    with pytest.raises(OptionError, match="found 'tables'"):
        save(demo(), tmp_path / "tables")


def test_a_picture_holds_one_table(demo: Demo, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="A picture holds one table; 2 tables were given"):
        save([demo(), demo()], tmp_path / "tables.png")


def test_no_table_or_something_else(demo: Demo, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="needs at least one"):
        save([], tmp_path / "tables.html")
    with pytest.raises(OptionError, match="found 'str'"):
        save([demo(), "table"], tmp_path / "tables.html")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_one_clear_error(demo: Demo, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"tables\.md cannot be written"):
        save(demo(), tmp_path / "none" / "tables.md")


def test_an_error_leaves_the_older_file(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "tables.xlsx"
    path.write_text("older")
    with pytest.raises(OptionError, match="texts of 32,767 characters"):
        save(demo(subtitle="x" * 40_000), path)
    assert path.read_text() == "older"


def test_progress_is_silent_when_asked_to_be_and_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(3, quiet=True) as step:
        assert step is unseen
        step("a")
    with progress(30) as step:
        for place in range(30):
            step(f"[bold]{place}")
    assert capsys.readouterr() == ("", "")
