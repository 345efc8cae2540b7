"""What is shipped: the wheel, the locked versions and the script that installs them."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def files_below(folder: Path) -> set[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def test_wheel_holds_the_source_and_the_sample(wheel: zipfile.ZipFile) -> None:
    source = files_below(ROOT / "src")
    sample = {f"prevalence/_sample/{name}" for name in files_below(ROOT / "data" / "sample")}
    shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert "prevalence/py.typed" in source
    assert "prevalence/_sample/baseline.toml" in sample
    assert shipped == source | sample


def test_wheel_offers_the_command_and_the_extras(wheel: zipfile.ZipFile) -> None:
    folder = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")).rpartition("/")[0]
    metadata = message_from_bytes(wheel.read(f"{folder}/METADATA"))
    assert set(metadata.get_all("Provides-Extra", [])) == {"excel", "engines", "sdmx", "spark", "test", "docs"}
    assert "prevalence = prevalence.cli:main" in wheel.read(f"{folder}/entry_points.txt").decode()


def test_demo_runs_from_the_wheel_alone(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "site")
    script = "import sys, prevalence; print(prevalence.__file__); from prevalence.cli import main; sys.exit(main())"
    answer = subprocess.run(
        [sys.executable, "-c", script, "demo", "--out", "results"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.startswith(str(tmp_path / "site"))
    assert answer.returncode == 0, answer.stderr
    assert any((tmp_path / "results").iterdir())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_is_hashed_and_names_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    pins = re.split(r"\n(?=\S)", "\n".join(line for line in text.splitlines() if not line.startswith("#")).strip())
    assert "://" not in text
    assert [line for line in text.splitlines() if line.lstrip().startswith("--") and not line.lstrip().startswith("--hash")] == []
    assert [pin.split()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


@pytest.mark.parametrize(("lock", "extras"), [("run", []), ("test", ["excel", "engines", "test", "docs"])])
def test_lock_satisfies_what_the_project_asks_for(lock: str, extras: list[str]) -> None:
    pinned = pins_of(ROOT / "requirements" / f"{lock}.txt")
    asked = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    wanted = [Requirement(line) for line in asked if not line.startswith("prevalence[")]
    unmet = [str(r) for r in wanted if not r.specifier.contains(pinned.get(canonicalize_name(r.name), "0"))]
    assert unmet == []


def test_spark_is_locked_apart() -> None:
    pinned = pins_of(ROOT / "requirements" / "spark.txt")
    (asked,) = (Requirement(line) for line in PROJECT["optional-dependencies"]["spark"])
    assert asked.specifier.contains(pinned["pyspark"])


def test_locks_agree() -> None:
    run, test = (pins_of(ROOT / "requirements" / f"{name}.txt") for name in ("run", "test"))
    assert {name: version for name, version in run.items() if test.get(name) != version} == {}


def pins_of(lock: Path) -> dict[str, str]:
    """Return the pinned version of each package."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def test_old_python_can_read_run_py_and_so_its_message() -> None:
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_run_py_needs_the_standard_library_alone() -> None:
    tree = ast.parse((ROOT / "run.py").read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
