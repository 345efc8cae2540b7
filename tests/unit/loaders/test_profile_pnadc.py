"""PNAD Continua: the fixed-width layout with the faults of real files."""

from __future__ import annotations

from pathlib import Path

import pytest

from prevalence import loaders
from prevalence.errors import ColumnError, DataError, LoadError

from .conftest import DATA

LINES = (DATA / "pnadc-2017q4" / "PNADC_042017_extract.txt").read_text(encoding="utf-8").splitlines()
WORKER = next(number for number, line in enumerate(LINES) if line[459:462].strip())


def put(line: str, start: int, text: str) -> str:
    """A line with text at a position counted from 1, as the layout counts."""
    return line[: start - 1] + text + line[start - 1 + len(text) :]


def written(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    (folder / "PNADC.txt").write_text("\n".join(lines) + "\n", encoding=encoding)
    return folder / "PNADC.txt"


def test_hours_of_200_become_missing_and_are_counted(tmp_path: Path) -> None:
    survey = loaders.load(written(tmp_path, put(LINES[WORKER], 460, "200"), *LINES[WORKER + 1 : WORKER + 40]), profile="pnadc")
    assert survey.data["economic_hours"].isna().tolist()[0]
    assert any(count.step == "economic_hours" and count.rows == 1 for count in survey.provenance.counts)


def test_text_in_place_of_an_age_is_refused(tmp_path: Path) -> None:
    with pytest.raises((ColumnError, LoadError), match="V2009"):
        loaders.load(written(tmp_path, put(LINES[0], 92, "abc"), *LINES[1:5]), profile="pnadc")


def test_person_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="2 rows share their key"):
        loaders.load(written(tmp_path, *LINES[:5], LINES[0]), profile="pnadc")


def test_recoded_sex_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"knows none of the answers that sex is made of: PNADC.txt has 7 in V2007 \(5 answers\)"):
        loaders.load(written(tmp_path, *(put(line, 83, "7") for line in LINES[:5])), profile="pnadc")
