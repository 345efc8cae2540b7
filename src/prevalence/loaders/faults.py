"""Turns pydantic's errors about a TOML file into one message: every fault with its line and a suggestion."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError

from prevalence.errors import counted, suggestion
from prevalence.loaders.schema import OPERATIONS, DesignTable, Fallback, FileTable, Join, Keep, Profile

OPERATION_NAMES = tuple(
    str(model.model_fields["op"].annotation.__args__[0]) for model in OPERATIONS if model.model_fields["op"].annotation
)
KNOWN_KEYS: dict[tuple[str, ...], tuple[str, ...]] = {
    (): tuple(Profile.model_fields),
    ("file",): tuple(FileTable.model_fields),
    ("design",): tuple(DesignTable.model_fields),
    ("join",): tuple(Join.model_fields),
    ("keep",): tuple(Keep.model_fields),
    ("fallback",): tuple(Fallback.model_fields),
}
OPERATION_TABLES = ("variables", "prepare")
KNOWN_KEYS.update(
    (("variables", name), tuple(model.model_fields)) for name, model in zip(OPERATION_NAMES, OPERATIONS, strict=True)
)
KEY = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
HEADER = re.compile(r"^\s*\[+\s*([^\]]+?)\s*\]+")


def described(error: ValidationError, text: str, what: str) -> str:
    """Return one message for all faults of a TOML text.

    Parameters
    ----------
    error : ValidationError
        Of the model that the text was read into.
    text : str
        The TOML, for line numbers.
    what : str
        What the message begins with, such as ``"Profile 'mine'"``.
    """
    faults = error.errors(include_url=False, include_context=True)
    lines = [f"  {_place(_plain_path(fault['loc']), text)}: {_explained(fault)}" for fault in faults]
    return "\n".join([f"{what} has {counted(len(faults), 'fault')}:", *dict.fromkeys(lines)])


def _explained(fault: Any) -> str:
    kind, loc, found = fault["type"], fault["loc"], fault.get("input")
    if kind == "extra_forbidden":
        return f"unknown key {loc[-1]!r}.{suggestion(str(loc[-1]), _known_keys(loc))}"
    if kind == "missing":
        return f"the key {loc[-1]!r} is needed and absent."
    if kind == "union_tag_not_found":
        return f"the key 'op' is needed: one of {', '.join(OPERATION_NAMES)}."
    if kind == "union_tag_invalid":
        return f"unknown operation {found['op']!r}.{suggestion(str(found['op']), OPERATION_NAMES)}"
    message = str(fault["msg"]).removeprefix("Value error, ")
    shown = "" if kind == "value_error" else f"; found {found!r}"
    return f"{message}{shown}.{_similar_choice(fault)}"


def _similar_choice(fault: Any) -> str:
    if fault["type"] != "literal_error":
        return ""
    return suggestion(str(fault["input"]), re.findall(r"'([^']*)'", str(fault["ctx"]["expected"])))


def _known_keys(loc: tuple[Any, ...]) -> tuple[str, ...]:
    if len(loc) == 1:
        return (*KNOWN_KEYS[()], "each")
    if loc[0] in OPERATION_TABLES and len(loc) > 2:
        return KNOWN_KEYS.get(("variables", str(loc[2])), ())
    return KNOWN_KEYS.get((str(loc[0]),) if len(loc) > 1 else (), ())


def _plain_path(loc: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the path as the file writes it: without the operation that pydantic puts behind a variable."""
    path = tuple(str(part) for part in loc)
    return path[:2] + path[3:] if path[0] in OPERATION_TABLES and len(path) > 2 and path[2] in OPERATION_NAMES else path


def _place(path: tuple[str, ...], text: str) -> str:
    name = ".".join(path)
    line = _line_of(path, text)
    return f"line {line}, {name}" if line else name


def _line_of(path: tuple[str, ...], text: str) -> int:
    """Return the line of the key, or of the innermost table or key around it; 0 if the text has none of them."""
    best, depth = 0, 0
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            here = table = _parts(header.group(1))
        elif key := KEY.match(line):
            here = table + _parts(key.group(1))
        else:
            continue
        if len(here) > depth and here == path[: len(here)]:
            best, depth = number, len(here)
    return best


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"""[\w-]+|"[^"]*"|'[^']*'""", dotted))
