"""The reference pages name every public name, and each once."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import prevalence as pv
from prevalence import errors

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"
ROOM = re.compile(r"\.\. currentmodule:: (\S+)")
ENTRY = re.compile(r"\.\. auto(?:function|class|exception|data):: (\S+)")
ROOMS = [name for name in pv.__all__ if isinstance(getattr(pv, name), ModuleType)]
PLAIN = ("__version__",)


def entries() -> list[str]:
    """Return what the pages document, each with its room."""
    found = []
    for page in sorted(PAGES.glob("*.md")):
        room = ""
        for line in page.read_text(encoding="utf-8").splitlines():
            if opened := ROOM.match(line):
                room = opened[1]
            elif entry := ENTRY.match(line):
                found.append(f"{room}.{entry[1]}")
    return found


def resolved(entry: str) -> object:
    room, _, name = entry.rpartition(".")
    return getattr(import_module(room), name)


def public_names(module: ModuleType) -> list[str]:
    """Return what a room offers; that of errors are its classes."""
    if module is errors:
        return [
            name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception | Warning)
        ]
    return [name for name in module.__all__ if name not in PLAIN and not isinstance(getattr(module, name), ModuleType)]


@pytest.mark.parametrize("room", ["", *ROOMS])
def test_every_public_name_is_on_a_page(room: str) -> None:
    module = import_module(f"prevalence.{room}" if room else "prevalence")
    named = entries()
    elsewhere = [value for value in map(resolved, named) if callable(value)]  # such as loaders.load, which is pv.load
    absent = [
        name
        for name in public_names(module)
        if f"{module.__name__}.{name}" not in named and all(getattr(module, name) is not value for value in elsewhere)
    ]
    assert absent == []


def test_every_entry_exists_and_stands_once() -> None:
    named = entries()
    assert [entry for entry in dict.fromkeys(named) if named.count(entry) > 1] == []
    for entry in named:
        assert resolved(entry) is not None
