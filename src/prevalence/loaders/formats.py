"""Which reader opens which file: by extension, checked against the first bytes; refusals are clear."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import TypeVar

import pandas as pd
import pyarrow
import pyreadstat

from prevalence.errors import LoadError, listed
from prevalence.loaders.fixed_width import open_fixed_width
from prevalence.loaders.opened import Opened, Raw, Request
from prevalence.loaders.statistical import open_statistical
from prevalence.loaders.tabular import open_csv, open_excel, open_parquet

FORMATS: dict[str, tuple[str, Callable[[Request], Opened]]] = {
    ".sav": ("SPSS", open_statistical),
    ".zsav": ("SPSS", open_statistical),
    ".por": ("SPSS portable", open_statistical),
    ".dta": ("Stata", open_statistical),
    ".sas7bdat": ("SAS", open_statistical),
    ".xpt": ("SAS transport", open_statistical),
    ".csv": ("CSV", open_csv),
    ".tsv": ("CSV", open_csv),
    ".parquet": ("Parquet", open_parquet),
    ".xlsx": ("Excel", open_excel),
    ".xls": ("old Excel", open_excel),
    ".ods": ("OpenDocument", open_excel),
    ".txt": ("fixed-width", open_fixed_width),
    ".dat": ("fixed-width", open_fixed_width),
    ".fwf": ("fixed-width", open_fixed_width),
}
BY_NAME: dict[str, Callable[[Request], Opened]] = {"csv": open_csv, "fixed-width": open_fixed_width, "excel": open_excel}
SIGNATURES = (
    (b"$FL2", "SPSS"),
    (b"$FL3", "SPSS"),
    (b"<stata_dta>", "Stata"),
    (b"PAR1", "Parquet"),
    (b"HEADER RECORD*******", "SAS transport"),
    (b"\0" * 12 + b"\xc2\xea\x81\x60", "SAS"),
    (b"PK\x03\x04", "Excel"),
    (b"\xd0\xcf\x11\xe0", "old Excel"),
)
Result = TypeVar("Result")
UNREADABLE = (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, pyarrow.ArrowInvalid, pd.errors.ParserError, OSError)


def open_file(request: Request) -> Opened:
    """Return a file opened by the reader of its format; what the reader cannot do becomes a `LoadError`.

    Raises
    ------
    LoadError
        If the file is absent, empty, of another format than its extension says, of an unsupported one, or damaged.
    """
    _check_exists(request)
    kind, opener = _reader(request)
    _check_signature(request, kind)
    opened = _guarded(request, kind, lambda: opener(request))

    def read(columns: list[str]) -> Raw:
        return _guarded(request, kind, lambda: opened.read(columns))

    return Opened(names=opened.names, read=read)


def _check_exists(request: Request) -> None:
    path = request.path
    if path.is_file():
        if path.stat().st_size == 0:
            raise LoadError(f"{path.name} is empty (0 bytes). Copy or download it again.")
        return
    if path.is_dir():
        raise LoadError(f"{path.name!r} is a folder; name the file or files in it.")
    neighbours = [entry.name for entry in path.parent.iterdir() if entry.is_file()] if path.parent.is_dir() else []
    by_folded = {name.casefold(): name for name in neighbours}
    close = [by_folded[name] for name in get_close_matches(path.name.casefold(), list(by_folded), n=3, cutoff=0.6)]
    hint = f" Similar in its folder: {listed(close)}." if close else ""
    folder = "" if path.parent.is_dir() else " (nor is there such a folder)"
    raise LoadError(f"There is no file {str(path)!r}{folder}.{hint} Check the name and the working folder.")


def _reader(request: Request) -> tuple[str, Callable[[Request], Opened]]:
    if request.table.format:
        return request.table.format, BY_NAME[request.table.format]
    extension = request.path.suffix.lower()
    if extension not in FORMATS:
        raise LoadError(
            f"{request.path.name}: the extension {extension!r} is not supported; supported are {', '.join(FORMATS)}. "
            "Export the file as one of these, or state file.format in the profile."
        )
    return FORMATS[extension]


def _check_signature(request: Request, kind: str) -> None:
    """Refuse a file whose first bytes are those of another format."""
    with request.path.open("rb") as stream:
        start = stream.read(32)
    found = next((name for signature, name in SIGNATURES if start.startswith(signature)), None)
    if found is None or found.casefold() == kind.casefold() or (found == "Excel" and kind == "OpenDocument"):
        return
    extensions = [extension for extension, (name, _) in FORMATS.items() if name == found]
    raise LoadError(
        f"{request.path.name} is read as {kind}, but its content is {found}. Give it the extension {listed(extensions)}, or export it again."
    )


def _guarded(request: Request, kind: str, action: Callable[[], Result]) -> Result:
    name = request.path.name
    try:
        return action()
    except UnicodeDecodeError as error:
        raise _wrong_encoding(request) from error
    except LookupError as error:
        if "encoding" not in str(error):
            raise
        raise LoadError(
            f"{name}: there is no encoding {request.encoding!r}. Common ones are 'utf-8', 'cp1252' and 'latin-1'."
        ) from error
    except pd.errors.EmptyDataError as error:
        raise LoadError(f"{name} holds no columns. Check the file.") from error
    except UNREADABLE as error:
        said = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        if "convert string" in said or "UTF8" in said.upper().replace("-", ""):
            raise _wrong_encoding(request) from error
        raise LoadError(
            f"{name} cannot be read as {kind}: {said}. The file is damaged, cut short, or of another format; "
            "copy or download it again, or open and export it in the program that made it."
        ) from error


def _wrong_encoding(request: Request) -> LoadError:
    tried = request.encoding or "utf-8"
    return LoadError(
        f"{request.path.name} holds text that is not {tried!r}. Pass its encoding, for example pv.load(..., encoding='latin-1') or "
        "encoding='cp1252', or state it in the profile's [file] table."
    )
