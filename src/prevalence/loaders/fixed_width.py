"""Reads fixed-width text by a layout in SAS syntax: ``@12 UPA $9.`` is column UPA, from 12, nine wide, text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from prevalence.errors import ColumnError, LoadError, counted, listed
from prevalence.loaders.opened import Opened, Raw, Request
from prevalence.provenance import Codebook, Variable

SAS_LINE = re.compile(r"^\s*@\s*(\d+)\s+([A-Za-z_]\w*)\s+(\$?)\s*(\d+)\.?\d*\s*(?:/\*\s*(.*?)\s*\*/)?")
POSITION = re.compile(r"@(\d+) (\$?)(\d+)\.?")
NO_SUCH_BYTE = "\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column: where it starts (from 1), how wide it is, whether it is text, and its label."""

    name: str
    start: int
    width: int
    text: bool
    label: str = ""

    @property
    def end(self) -> int:
        """Last position of the column, counting from 1."""
        return self.start + self.width - 1


def open_fixed_width(request: Request) -> Opened:
    """Return a fixed-width file opened for reading.

    Raises
    ------
    LoadError
        If neither the profile nor the user gives a layout, or the rows are shorter than it says.
    """
    layout = _layout(request)

    def read(columns: list[str]) -> Raw:
        return _read(request, [layout[name] for name in columns])

    return Opened(names=tuple(layout), read=read)


def read_layout(path: Path) -> dict[str, Field]:
    """Return the columns of a SAS input file, such as IBGE publishes beside its microdata.

    Raises
    ------
    LoadError
        If the file cannot be read or holds no line ``@position name width``.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LoadError(f"Layout file {str(path)!r} cannot be read: {error.strerror}. Check its path.") from error
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    found = {}
    for line in text.splitlines():
        if match := SAS_LINE.match(line):
            start, name, dollar, width, label = match.groups()
            found[name] = Field(name=name, start=int(start), width=int(width), text=bool(dollar), label=label or "")
    if not found:
        raise LoadError(f"Layout file {path.name} holds no line such as '@0035 V1028 15.' (position, name, width; $ for text).")
    return found


def _layout(request: Request) -> dict[str, Field]:
    if request.layout is not None:
        return read_layout(request.layout)
    found = {}
    for name, position in request.table.layout.items():
        match = POSITION.fullmatch(position)
        if match:
            found[name] = Field(name=name, start=int(match[1]), width=int(match[3]), text=bool(match[2]))
    if not found:
        raise LoadError(
            f"{request.path.name} is fixed-width text, which needs a layout: pass layout='input.sas' (lines '@position name width'), "
            'or give the profile a [file.layout] table. If it is a CSV file, state file.format = "csv".'
        )
    return found


def _read(request: Request, fields: list[Field]) -> Raw:
    """Return the columns, cut from each block of lines as it is read: memory holds what is wanted alone."""
    names = [field.name for field in fields]
    reader = csv.open_csv(
        request.path,
        read_options=csv.ReadOptions(column_names=["line"], encoding=request.encoding or "utf-8"),
        parse_options=csv.ParseOptions(delimiter=NO_SUCH_BYTE, quote_char=False, ignore_empty_lines=True),
        convert_options=csv.ConvertOptions(column_types={"line": pa.string()}, strings_can_be_null=False),
    )
    blocks, longest, short = [], 0, 0
    needed = max(field.end for field in fields)
    for batch in reader:
        lines = batch.column("line")
        lengths = pc.utf8_length(lines)
        longest = max(longest, pc.max(lengths).as_py() or 0)
        short += pc.sum(pc.less(lengths, needed)).as_py() or 0
        blocks.append(pa.table([_cut(lines, field) for field in fields], names=names))
    if longest < needed:
        raise LoadError(
            f"{request.path.name}: the layout needs rows of {needed} characters; the longest has {longest}. "
            "Take the layout of the same file and year, and check that the file is whole."
        )
    frame = pa.concat_tables(blocks).to_pandas()
    for field in fields:
        if not field.text:
            frame[field.name] = _as_numbers(frame[field.name], request.path.name)
    codebook = Codebook({field.name: Variable(label=field.label) for field in fields})
    notes = (
        f"{counted(short, 'row')} of {request.path.name} end before the last column that is read; what is cut off is missing.",
    )
    return Raw(frame=frame, codebook=codebook, notes=notes if short else ())


def _cut(lines: Any, field: Field) -> Any:
    """Return the text of a column, null where it is blank or the lone dot of SAS."""
    text = pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(lines, field.start - 1, field.end))
    return pc.if_else(pc.is_in(text, pa.array(["", "."])), None, text)


def _as_numbers(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    converted = pd.to_numeric(column, errors="coerce").astype("float64")
    broken = column[column.notna() & converted.isna()]
    if len(broken):
        raise ColumnError(
            f"{name}: column {column.name!r} must hold numbers; {counted(len(broken), 'row')} hold text, for example "
            f"{listed(broken.unique())}. Check the layout's positions, or mark the column as text with $."
        )
    return converted
