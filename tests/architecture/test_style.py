"""The rules of CONTRIBUTING that ruff and mypy do not hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MARKS = re.compile(r"type: ignore|\bnoqa\b|pragma: no cover|\b(TODO|FIXME|XXX)\b|NotImplementedError")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the number of lines from the first statement after the docstring to the end."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_file_and_its_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert len(text.splitlines()) <= LONGEST_FILE
    assert [f.name for f in functions if lines_of_code(f) > LONGEST_FUNCTION] == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_file_has_no_marks_of_unfinished_or_silenced_code(path: Path) -> None:
    found = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if MARKS.search(line)]
    assert found == []


def test_no_file_hides_a_function_that_its_package_offers() -> None:
    clashes = []
    for package in (path for path in SOURCES if path.name == "__init__.py"):
        files = {path.stem for path in package.parent.glob("*.py")}
        imports = [n for n in ast.parse(package.read_text(encoding="utf-8")).body if isinstance(n, ast.ImportFrom)]
        taken_from_files = [node for node in imports if not str(node.module).endswith(package.parent.name)]
        offered = {alias.asname or alias.name for node in taken_from_files for alias in node.names}
        clashes += [f"{name_of(package)}: {name}" for name in sorted(files & offered)]
    assert clashes == []
