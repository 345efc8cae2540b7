"""What `import prevalence` and the array core pull in."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import prevalence

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ARRAY_CORE = next(c for c in PYPROJECT["tool"]["importlinter"]["contracts"] if c["id"] == "arrays-only")


def modules_after(statement: str) -> set[str]:
    """Return the names that a fresh interpreter adds to sys.modules when it runs a statement."""
    script = f"import sys, json; before = set(sys.modules); {statement}; print(json.dumps(sorted(set(sys.modules) - before)))"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(answer.stdout.splitlines()[-1]))


@pytest.mark.parametrize("statement", ["import prevalence", "import prevalence; dir(prevalence)"])
def test_import_loads_the_standard_library_alone(statement: str) -> None:
    foreign = {name for name in modules_after(statement) if name.partition(".")[0] not in sys.stdlib_module_names}
    assert foreign == {"prevalence"}


@pytest.mark.parametrize("room", ARRAY_CORE["source_modules"])
def test_array_core_loads_no_frame_and_no_plot(room: str) -> None:
    top = {name.partition(".")[0] for name in modules_after(f"import {room}")}
    assert top & set(ARRAY_CORE["forbidden_modules"]) == set()


def test_every_public_name_resolves_and_is_documented() -> None:
    undocumented = [name for name in prevalence.__all__ if name != "__version__" and not getattr(prevalence, name).__doc__]
    assert undocumented == []


def test_public_names_complete_with_tab() -> None:
    assert dir(prevalence) == sorted(prevalence.__all__)


def test_package_attribute_prevalence_is_the_function() -> None:
    assert callable(prevalence.prevalence)


def test_unknown_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="'prevalense'"):
        prevalence.__getattr__("prevalense")


def test_the_report_room_lends_one_name_from_above_and_does_not_load_it() -> None:
    from prevalence import report

    assert not any(name.startswith("prevalence.job") for name in modules_after("import prevalence.report.document.tree"))
    assert report.document.__module__ == "prevalence.job.reporting._document"
    assert dir(report) == sorted(report.__all__)
    with pytest.raises(AttributeError, match="'documint'"):
        report.__getattr__("documint")


def test_version_is_the_one_of_pyproject() -> None:
    assert prevalence.__version__ == PYPROJECT["project"]["version"]
