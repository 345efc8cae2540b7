"""Reads CSV, Parquet and Excel: only the named columns, classification codes as text."""

from __future__ import annotations

import csv
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from prevalence.errors import LoadError, listed
from prevalence.loaders.opened import Opened, Raw, Request

SEPARATORS = ",;\t|"
EMPTY_TEXTS = ["", ".", "NA", "N/A", "NaN", "nan", "NULL", "null"]


def open_csv(request: Request) -> Opened:
    """Return a CSV file opened for reading; an unstated separator is the likeliest of the first line."""
    encoding = request.encoding or "utf-8-sig"
    with request.path.open(encoding=encoding, newline="") as stream:
        header = stream.readline()
    separator = request.table.separator or max(SEPARATORS, key=header.count)
    names = tuple(name.strip() for name in next(csv.reader([header], delimiter=separator), []))
    if not any(names):
        raise LoadError(f"{request.path.name}: the first line must hold the names of the columns; it is blank.")
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise LoadError(
            f"{request.path.name}: names of columns must be unique; repeated are {listed(repeated)}. Rename them in the file."
        )

    def read(columns: list[str]) -> Raw:
        positions = [names.index(name) for name in columns]
        frame = pd.read_csv(
            request.path,
            sep=separator,
            decimal=request.table.decimal,
            encoding=encoding,
            usecols=positions,
            names=list(names),
            header=0,
            dtype={name: "str" for name in columns if name.casefold() in request.text},
            keep_default_na=False,
            na_values=EMPTY_TEXTS,
            low_memory=False,
            index_col=False,
        )
        return Raw(frame=frame[columns])

    return Opened(names=names, read=read)


def open_parquet(request: Request) -> Opened:
    """Return a Parquet file opened for reading."""
    with pq.ParquetFile(request.path) as file:
        names = tuple(file.schema_arrow.names)

    def read(columns: list[str]) -> Raw:
        with pq.ParquetFile(request.path) as file:
            frame: pd.DataFrame = file.read(columns=columns).to_pandas(strings_to_categorical=False)
        return Raw(frame=frame.reset_index(drop=True)[columns])

    return Opened(names=names, read=read)


def open_excel(request: Request) -> Opened:
    """Return a sheet of a workbook opened for reading; needs python-calamine."""
    names = tuple(str(name) for name in read_sheet(request, nrows=0).columns)

    def read(columns: list[str]) -> Raw:
        frame = read_sheet(request, dtype={name: "str" for name in columns if name.casefold() in request.text})
        return Raw(frame=frame.set_axis([str(name) for name in frame.columns], axis=1)[columns])

    return Opened(names=names, read=read)


def read_sheet(request: Request, **options: Any) -> pd.DataFrame:
    """Return the sheet of a workbook that ``[file]`` names; `options` are those of `pandas.read_excel`.

    Raises
    ------
    LoadError
        If python-calamine is not installed, or the workbook or the sheet cannot be read.
    """
    try:
        return pd.read_excel(
            request.path,
            sheet_name=request.table.sheet,
            engine="calamine",
            keep_default_na=False,
            na_values=EMPTY_TEXTS,
            **options,
        )
    except ImportError as error:
        raise LoadError(
            "Reading Excel needs the package python-calamine, which is not installed: pip install 'prevalence[excel]', or save the sheet as CSV."
        ) from error
    except ValueError as error:
        raise LoadError(
            f"{request.path.name}: sheet {request.table.sheet!r} cannot be read: {error}. State file.sheet in the profile."
        ) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "python_calamine":
            raise
        raise LoadError(
            f"{request.path.name} cannot be read as a workbook: {error}. Open it in a spreadsheet and save it again."
        ) from error
