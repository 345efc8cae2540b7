"""A file whose columns are known and whose rows can be read: what every format offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from prevalence.loaders.schema import FileTable
from prevalence.provenance import Codebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A file and how to read it.

    Attributes
    ----------
    path : Path
    table : FileTable
        The profile's ``[file]`` table.
    encoding : str, optional
        Encoding asked for by the user or the profile.
    text : frozenset of str
        Columns that must stay text in formats without types (classification codes), casefolded.
    layout : Path, optional
        Layout of a fixed-width file, in SAS syntax.
    """

    path: Path
    table: FileTable = field(default_factory=FileTable)
    encoding: str | None = None
    text: frozenset[str] = frozenset()
    layout: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Rows as the file has them (codes stay codes), what it says of its columns, and what the reader should know."""

    frame: pd.DataFrame
    codebook: Codebook = field(default_factory=Codebook)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The names of the columns, and a function that reads some of them."""

    names: tuple[str, ...]
    read: Callable[[list[str]], Raw]
