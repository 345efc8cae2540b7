"""Plans as TOML: the values that parameters hold, and no others."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from prevalence.errors import OutputError
from prevalence.rows import plain

BARE = re.compile(r"[A-Za-z0-9_-]+")


def table(values: Mapping[str, Any]) -> str:
    r"""Return the lines of a table; lists of tables take a line each.

    Examples
    --------
    >>> table({"method": "raking", "bounds": [0.5, None]})
    'method = "raking"\nbounds = [0.5, nan]\n'
    """
    return "".join(f"{_key(key)} = {_value(value, spread=True)}\n" for key, value in values.items())


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any, *, spread: bool = False) -> str:
    """Return a value; None, which TOML does not know, as the number nan."""
    value = plain(value)
    if value is None:
        return "nan"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return {math.inf: "inf", -math.inf: "-inf"}.get(value, repr(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(key))} = {_value(part)}" for key, part in value.items()) + " }"
    if isinstance(value, Sequence):
        parts = [_value(part) for part in value]
        if spread and any(isinstance(part, Mapping) for part in value):
            return "[\n" + "".join(f"  {part},\n" for part in parts) + "]"
        return "[" + ", ".join(parts) + "]"
    raise OutputError(
        f"A plan holds numbers, texts, and lists and mappings of these; found {type(value).__name__}. Give the step plain values."
    )
