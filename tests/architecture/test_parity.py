"""The page that sets four packages side by side: what it shows of this library can be called as it is shown."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.estimators import Association

PAGE = Path(__file__).resolve().parents[2] / "docs" / "methods" / "parity.md"
HOMES: dict[str, tuple[object, ...]] = {"table": (Estimates,), "pv": (pv,), "": (pv, pv.weighting, Estimates, Association)}
"""Where names are looked up by what stands before the point."""


def shown() -> Iterator[tuple[str, str]]:
    """Yield what the row is about and each piece of code in the column of this library."""
    for line in PAGE.read_text(encoding="utf-8").split("## How far they agree")[0].splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if len(cells) == 8:
            yield from ((cells[1], code) for code in re.findall(r"`([^`]+)`", cells[2]))


def parsed(code: str) -> ast.expr:
    """Return the expression; ``name=`` is an option of the design or of a call, ``.name(x)`` a method of what stands before."""
    filled = re.sub(r"=(?=[,)]|$)", "=...", code.lstrip("."))
    bare = re.match(r"\w+=", filled)
    return ast.parse(f"Design({filled})" if bare else filled, mode="eval").body


def found(node: ast.expr) -> Callable[..., Any] | None:
    """Return what is called, None where there is no such thing."""
    if isinstance(node, ast.Call):
        return found(node.func)
    names = (
        ast.unparse(node).split(".")
        if not isinstance(node, ast.Attribute) or isinstance(node.value, (ast.Name, ast.Attribute))
        else ["", node.attr]
    )
    owner, rest = (names[0], names[1:]) if names[0] in HOMES else ("", names)
    for home in HOMES[owner]:
        for name in filter(None, rest):
            home = getattr(home, name, None)
        if callable(home):
            return home
    return None


@pytest.mark.parametrize(("about", "code"), list(shown()))
def test_what_is_shown_can_be_called(about: str, code: str) -> None:
    for call in (node for node in ast.walk(parsed(code)) if isinstance(node, ast.Call)):
        called = found(call)
        assert called is not None, f"{about}: {ast.unparse(call.func)}"
        taken = inspect.signature(called).parameters
        assert {option.arg for option in call.keywords} <= set(taken), f"{about}: {ast.unparse(call)}"


def test_the_page_has_its_table() -> None:
    assert len({about for about, _ in shown()}) > 40
