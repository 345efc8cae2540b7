"""Reads SPSS, Stata and SAS files through pyreadstat: codes stay codes, labels and missing codes go to the codebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pyreadstat

from prevalence.errors import counted
from prevalence.loaders.opened import Opened, Raw, Request
from prevalence.provenance import Codebook, Variable
from prevalence.rows import plain

READERS: dict[str, Callable[..., Any]] = {
    ".sav": pyreadstat.read_sav,
    ".zsav": pyreadstat.read_sav,
    ".por": pyreadstat.read_por,
    ".dta": pyreadstat.read_dta,
    ".sas7bdat": pyreadstat.read_sas7bdat,
    ".xpt": pyreadstat.read_xport,
}
CODED_MISSING = (".sav", ".zsav")
"""Formats that declare ordinary codes as missing: read so that the codes stay (`user_missing=True`)."""


def open_statistical(request: Request) -> Opened:
    """Return an SPSS, Stata or SAS file opened for reading."""
    reader = READERS[request.path.suffix.lower()]
    _, meta = reader(str(request.path), metadataonly=True, **_options(request))

    def read(columns: list[str]) -> Raw:
        return _read(request, reader, columns)

    return Opened(names=tuple(meta.column_names), read=read)


def _options(request: Request) -> dict[str, Any]:
    options: dict[str, Any] = {"encoding": request.encoding} if request.encoding else {}
    if request.path.suffix.lower() in CODED_MISSING:
        options["user_missing"] = True
    return options


def _read(request: Request, reader: Callable[..., Any], columns: list[str]) -> Raw:
    """Return the named columns only: reading all of a wide file takes eight times the memory."""
    frame, meta = reader(str(request.path), usecols=columns, **_options(request))
    tagged = _tagged(request, frame, meta, columns)
    variables = {name: _variable(name, frame[name], meta, tagged.get(name, {})) for name in columns}
    notes = tuple(
        f"{name}: {counted(sum(reasons.values()), 'answer')} with a missing reason of Stata ({', '.join(reasons)}) in the file."
        for name, reasons in tagged.items()
    )
    return Raw(frame=frame, codebook=Codebook(variables), notes=notes)


def _variable(name: str, column: pd.Series[Any], meta: Any, tagged: Mapping[str, int]) -> Variable:
    labels = {plain(code): str(label) for code, label in meta.variable_value_labels.get(name, {}).items()}
    letters = {code for code in labels if _is_tag(code)}
    missing: dict[Any, str] = {f".{code}": labels[code] for code in sorted(letters)}
    for limits in meta.missing_ranges.get(name, []):
        for code in _codes_in(limits, [*labels, *(plain(value) for value in column.dropna().unique())]):
            missing[code] = labels.get(code, "declared missing in the file")
    missing.update({tag: tag for tag in tagged if tag not in missing})
    levels = {code: label for code, label in labels.items() if code not in letters}
    return Variable(label=meta.column_names_to_labels.get(name) or "", levels=levels, missing=missing)


def _codes_in(limits: Mapping[str, Any], found: list[Any]) -> list[Any]:
    low, high = plain(limits["lo"]), plain(limits["hi"])
    if low == high:
        return [low]
    inside = [code for code in found if isinstance(code, int | float) and low <= code <= high]
    return list(dict.fromkeys(inside))


def _tagged(request: Request, frame: pd.DataFrame, meta: Any, columns: list[str]) -> dict[str, dict[str, int]]:
    """Return column -> tag -> rows for Stata's labelled missing values (.a to .z).

    Values never come from a read with `user_missing=True`: there, pyreadstat 1.3.7 gives wrong values for
    system-missing cells of integer columns. Only the letters of cells that are missing anyway are taken from it.
    """
    labelled = [name for name in columns if any(map(_is_tag, meta.variable_value_labels.get(name, {})))]
    if request.path.suffix.lower() != ".dta" or not labelled:
        return {}
    options = {**_options(request), "user_missing": True}
    again, _ = pyreadstat.read_dta(str(request.path), usecols=labelled, **options)
    result = {}
    for name in labelled:
        letters = again[name][frame[name].isna()].map(lambda value: value if _is_tag(value) else None).dropna()
        if len(letters):
            result[name] = {f".{tag}": int(rows) for tag, rows in letters.value_counts().sort_index().items()}
    return result


def _is_tag(code: Any) -> bool:
    return isinstance(code, str) and len(code) == 1 and code.isalpha()
