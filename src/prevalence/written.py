"""Numbers and files as they are written: equal inputs give equal bytes, and a file is whole or not there."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from prevalence.errors import OutputError

SIGNIFICANT_DIGITS = 12
NOISE = 1e-12
"""Numbers below this part of the largest in their column are rounding noise and are written as 0."""

EXACT = 1e15
"""Below it a float64 holds every whole number, which is then written without a decimal point."""


def settled(values: npt.NDArray[np.float64]) -> list[float | None]:
    """Return numbers to 12 significant digits, noise as 0 and NaN as None, so that equal inputs write equal bytes.

    Examples
    --------
    >>> settled(np.array([0.1 + 0.2, 1e-17, np.nan]))
    [0.3, 0.0, None]
    """
    finite = values[np.isfinite(values)]
    smallest = NOISE * float(np.abs(finite).max()) if len(finite) else 0.0
    return [
        None if not np.isfinite(value) else 0.0 if abs(value) < smallest else float(f"{value:.{SIGNIFICANT_DIGITS}g}")
        for value in values.tolist()
    ]


def settled_columns(columns: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return columns as lists: arrays of numbers `settled`, texts as they are."""
    return {name: settled(values) if isinstance(values, np.ndarray) else list(values) for name, values in columns.items()}


def cell_text(value: str | float | None) -> str:
    """Return a value as a cell of CSV: empty where missing, whole numbers without a decimal point.

    Examples
    --------
    >>> cell_text(None), cell_text(3.0), cell_text(0.5), cell_text("Female")
    ('', '3', '0.5', 'Female')
    """
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < EXACT else str(value)


def records(columns: Mapping[str, Iterable[Any]]) -> list[dict[str, Any]]:
    """Return columns of one length as rows."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def csv_text(columns: Mapping[str, Iterable[Any]]) -> str:
    """Return columns of one length as CSV, each value by `cell_text`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(cell_text, row) for row in zip(*columns.values(), strict=True))
    return buffer.getvalue()


def json_text(document: Mapping[str, Any]) -> str:
    """Return a document as JSON; numbers that are none are an error."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def made_folder(out: Path) -> Path:
    """Return a folder, made if it is not there.

    Raises
    ------
    OutputError
        If it cannot be.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Results cannot be written to {out.name!r}: {error.strerror}. Choose another folder.") from error
    return out


def write_file(path: Path, content: str | bytes) -> Path:
    """Write a file, text as UTF-8, whole or not at all.

    Raises
    ------
    OutputError
        If the folder does not exist or cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    return write_by(path, lambda temporary: temporary.write_bytes(data))


def write_by(path: Path, write: Callable[[Path], object]) -> Path:
    """Call `write` with a temporary name beside `path`, then give the file its name: a broken run leaves nothing half-written.

    Raises
    ------
    OutputError
        If the folder does not exist or cannot be written.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        write(temporary)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(
            f"{path.name} cannot be written in {str(path.parent)!r}: {error.strerror}. Choose another folder."
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return path
