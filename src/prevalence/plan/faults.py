"""Faults of a plan's configuration: each with the line of the file where it stands, and the known name that is nearest."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ValidationError

from prevalence.errors import counted, listed, suggestion

TABLE = re.compile(r"\s*\[\[?\s*([\w-]+)\s*\]")
ENTRY = re.compile(r"\s*([\w-]+)\s*=")


def described(error: ValidationError, text: str, name: str, model: type[BaseModel]) -> str:
    """Return one message for all faults of a TOML text that was read into `model`."""
    lines = _lines(text)
    told = sorted({(_line(fault["loc"], lines), _explained(fault, model)) for fault in error.errors(include_url=False)})
    said = [f"  line {line}: {what}" if line else f"  {what}" for line, what in told]
    return "\n".join([f"{name} has {counted(len(said), 'fault')}:", *said])


def _explained(fault: Any, model: type[BaseModel]) -> str:
    kind, place, found = fault["type"], fault["loc"], fault.get("input")
    key = str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        return f"unknown key {key!r}.{suggestion(key, _known(model, place[:-1]))}"
    if kind == "missing":
        return f"{f'[{place[0]}]' if len(place) > 1 else 'the file'} needs the key {key!r}."
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(fault["ctx"]["expected"]))
        return f"{key} must be one of {listed(allowed, limit=len(allowed))}; found {found!r}.{suggestion(str(found), allowed)}"
    if kind == "value_error":
        return str(fault["msg"]).removeprefix("Value error, ")
    return f"{key}: {str(fault['msg'])[:1].lower()}{str(fault['msg'])[1:]}; found {found!r}."


def _known(model: type[BaseModel], place: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the keys of the table at a place of the model."""
    if not place:
        return tuple(model.model_fields)
    found = re.findall(r"\w+", str(model.model_fields[str(place[0])].annotation))
    inner = [each for each in BaseModel.__subclasses__() if each.__name__ in found and each.__module__ == model.__module__]
    return tuple(inner[0].model_fields) if inner else ()


def _lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Return the line of each table and entry; the tables of an array carry their position."""
    found: dict[tuple[str | int, ...], int] = {}
    here: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if table := TABLE.match(line):
            name = table.group(1)
            position = sum(1 for place in found if len(place) == 2 and place[0] == name and isinstance(place[1], int))
            here = (name, position) if line.lstrip().startswith("[[") else (name,)
            found.setdefault((name,), number)
            found[here] = number
        elif entry := ENTRY.match(line):
            found.setdefault((*here, entry.group(1)), number)
    return found


def _line(place: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]) -> int:
    """Return the line of an entry, or of the innermost table around it; 0 if the text has neither."""
    return next((lines[place[:depth]] for depth in range(len(place), 0, -1) if place[:depth] in lines), 0)
