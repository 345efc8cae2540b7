"""Fresh random designs, drawn anew at each run, against the R `survey` that is installed here."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest
import random_designs
from compared import by_another_convention, comparable, faults

import reference

SEED = int(os.environ.get("PREVALENCE_SEED") or secrets.randbelow(2**31))
DESIGNS = 24
FEWEST = 10 * DESIGNS
"""Numbers that R gives of so many designs; they ask for about 17 each."""

PATIENCE = 300
"""Seconds; R needs 5 to 10."""


def absent() -> str:
    """Return what is missing for R's numbers, nothing if all is there."""
    if not shutil.which("Rscript"):
        return "Rscript is not on the path"
    ask = 'cat(Filter(function(name) !nzchar(system.file(package = name)), c("survey", "jsonlite")))'
    missing = subprocess.run(["Rscript", "-e", ask], capture_output=True, text=True, check=True, timeout=PATIENCE).stdout.split()
    return f"R lacks {' and '.join(missing)}" if missing else ""


@pytest.fixture
def numbers_of_r(tmp_path: Path) -> tuple[reference.Row, ...]:
    reason = absent()
    if reason and "R" in re.split(r"[,\s]+", os.environ.get("PREVALENCE_REQUIRE", "")):
        pytest.fail(f"{reason}, and PREVALENCE_REQUIRE asks for R.")
    if reason:
        pytest.skip(f"{reason}: nothing to compare fresh designs with.")
    description = random_designs.write(tmp_path, SEED, DESIGNS)
    output = tmp_path / "drawn.json"
    command = ["Rscript", str(reference.FOLDER / "drawn.R"), str(description), str(output), "quick"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, f"PREVALENCE_SEED={SEED}: R stopped.\n{done.stderr}"
    return reference.rows_of(output)


def test_fresh_designs(numbers_of_r: tuple[reference.Row, ...]) -> None:
    rows = [row for row in numbers_of_r if comparable(row) and not by_another_convention(row)]
    found = [f"{row}: {fault}" for row in rows for fault in faults(row)]
    assert len(rows) > FEWEST
    again = f"PREVALENCE_SEED={SEED} draws these designs again; {len(found)} numbers of R differ:"
    assert not found, "\n".join([again, *found[:20]])
