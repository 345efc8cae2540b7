"""Faults of a configuration: every one with its line in the file and, where a name is near a known one, that name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from prevalence.errors import counted, listed, suggestion

Path = tuple[str | int, ...]

HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.\s\"'-]+?)\s*\]")
KEY = re.compile(r"^\s*([\w-]+)\s*=")


def described(error: ValidationError, text: str, name: str, known: Mapping[int, Sequence[str]]) -> str:
    """Return one message for all faults.

    Parameters
    ----------
    error : ValidationError
    text : str
        The configuration, for the numbers of lines.
    name : str
        Name of the file.
    known : mapping of depth to keys
        The keys that the file (0), each survey (2) and its record (3) may have.
    """
    lines = lines_of(text)
    faults = [(line_of(fault["loc"], lines), _explained(fault, known)) for fault in error.errors(include_url=False)]
    told = dict.fromkeys(
        f"  line {line}: {what}" if line else f"  {what}" for line, what in sorted(faults, key=lambda fault: fault[0])
    )
    return "\n".join([f"{name} has {counted(len(told), 'fault')}:", *told])


def _explained(fault: Any, known: Mapping[int, Sequence[str]]) -> str:
    kind, loc, found = fault["type"], fault["loc"], fault.get("input")
    key = str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        return f"unknown key {key!r}.{suggestion(key, known.get(len(loc) - 1, ()))}"
    if kind == "missing":
        where = f"[surveys.{'.'.join(map(str, loc[2:-1]))}]" if len(loc) > 3 else "[[surveys]]" if len(loc) > 1 else "the file"
        return f"{where} needs the key {key!r}."
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(fault["ctx"]["expected"]))
        return f"{key} must be one of {listed(allowed, limit=len(allowed))}; found {found!r}.{suggestion(str(found), allowed)}"
    if kind == "value_error":
        return str(fault["msg"]).removeprefix("Value error, ")
    return f"{key}: {str(fault['msg'])[:1].lower()}{str(fault['msg'])[1:]}; found {found!r}."


def lines_of(text: str) -> dict[Path, int]:
    """Return the line of each table and key; the tables of an array carry their position."""
    found: dict[Path, int] = {}
    table: Path = ()
    tables: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            name = header.group(2).strip("\"'")
            tables[name] = tables.get(name, -1) + 1
            table = (name, tables[name]) if header.group(1) == "[[" else (name,)
            above, _, inner = name.rpartition(".")
            if above in tables:  # [surveys.record] belongs to the survey above it
                table = (above, tables[above], inner)
            found.setdefault((name,), number)
            found[table] = number
        elif key := KEY.match(line):
            found.setdefault((*table, key.group(1)), number)
    return found


def line_of(place: Path, lines: Mapping[Path, int]) -> int:
    """Return the line of a key, or of the innermost table around it; 0 if the text has none of them."""
    for depth in range(len(place), 0, -1):
        if place[:depth] in lines:
            return lines[place[:depth]]
    return 0
