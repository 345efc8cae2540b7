"""The pages speak of what exists: code that is shown and not run, names in the text, a page for each formula."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest
from matplotlib import pyplot

import prevalence as pv

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if not {"_build", "notebooks"} & set(path.relative_to(ROOT).parts)),
]
SHOWN = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!\[)`(pv(?:\.\w+)+)")
EXECUTED = "```{code-cell}"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def public_chain(node: ast.Attribute) -> list[str]:
    """Return the names of ``pv.a.b``, none where the expression begins otherwise."""
    names: list[str] = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        names.insert(0, inner.attr)
        inner = inner.value
    return names if isinstance(inner, ast.Name) and inner.id == "pv" else []


def exists(names: list[str]) -> bool:
    found: object = pv
    for name in names:
        if not hasattr(found, name):
            return False
        found = getattr(found, name)
    return True


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_code_that_is_shown_is_python_with_names_that_exist(page: Path) -> None:
    for block in SHOWN.findall(page.read_text(encoding="utf-8")):
        chains = [public_chain(node) for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Attribute)]
        assert [names for names in chains if names and not exists(names)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_names_in_the_text_exist(page: Path) -> None:
    named = dict.fromkeys(INLINE.findall(page.read_text(encoding="utf-8")))
    assert [name for name in named if not exists(name.split(".")[1:])] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_page_with_code_cells_says_that_they_are_run(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert EXECUTED not in text or text.startswith("---\nfile_format: mystnb\n")


@pytest.mark.parametrize("room", ["formulas", "calibration"])
def test_every_formula_has_its_page(room: str) -> None:
    index = (ROOT / "docs" / "methods" / "index.md").read_text(encoding="utf-8")
    modules = [path.stem for path in sorted((ROOT / "src" / "prevalence" / room).glob("*.py")) if path.stem != "__init__"]
    named = re.findall(rf"`{room}\.(\w+)`", index)
    assert sorted(named) == modules


def test_the_code_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(ROOT / "data" / "sample", tmp_path / "data" / "sample")
    monkeypatch.chdir(tmp_path)
    code = "\n".join(SHOWN.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    exec(compile(code, "README.md", "exec"), {})
    pyplot.close("all")
    assert capsys.readouterr().out
    assert {"chains.docx", "mics.xlsx", "results"} <= {path.name for path in tmp_path.iterdir()}
