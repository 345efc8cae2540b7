"""Numbers written by R `survey`, as rows: reads JSON files and the CSV files they were computed from."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

FOLDER = Path(__file__).parent
TABLES = ("api", "bundled", "drawn", "fpc", "lonely", "multistage", "nhanes", "sample", "synthetic")
"""The tables of estimates, contrasts and covariances; other JSON files beside this module have a form and a test of their own."""

Domain = Mapping[str, Any]
Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class StageArguments:
    """A later stage of selection, as ``pv.Stage`` takes it."""

    unit: str
    stratum: tuple[str, ...]
    fpc: str | None


@dataclass(frozen=True, kw_only=True)
class DesignArguments:
    """What the design of a record is declared with; the names are those of ``pv.Design``."""

    weight: str
    stratum: tuple[str, ...]
    psu: tuple[str, ...]
    fpc: str | None
    lonely_psu: str
    lonely_domains: bool
    later_stages: tuple[StageArguments, ...] = ()
    selection: str = "independent"
    replicates: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record: an estimate, a contrast of two domains, or a covariance matrix. A number that R gave as NaN, NA or Inf is NaN."""

    source: Path
    design: str
    data: str
    arguments: DesignArguments
    statistic: str
    variables: tuple[str, ...]
    domain: Domain
    estimate: float = math.nan
    se: float = math.nan
    deff: float = math.nan
    df: float = math.nan
    n: int = 0
    rows: int = 0
    ci: Mapping[str, Interval]
    of: str = ""
    dimension: str = ""
    a: Any = None
    b: Any = None
    a_in: Domain
    b_in: Domain
    se_whole_design: float = math.nan
    by: tuple[str, ...] = ()
    cells: tuple[Domain, ...] = ()
    estimates: tuple[float, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()

    def __str__(self) -> str:
        domain = ",".join(f"{column}={level}" for column, level in self.domain.items()) or " x ".join(self.by) or "all"
        sides = f":{self.a}-{self.b}" if self.dimension else ""
        return f"{self.design}:{self.statistic}:{'/'.join(self.variables)}:{domain}{sides}"

    @property
    def frame(self) -> pd.DataFrame:
        """The rows that R computed the record from; they must not be changed."""
        return _frame(self.source.parent / "data" / self.data)


def rows(table: str, *statistics: str, design: str | None = None) -> list[Row]:
    """Return the records of a table of the suite, of the named statistics and design alone if given."""
    return [
        row
        for row in rows_of(FOLDER / f"{table}.json")
        if (not statistics or row.statistic in statistics) and (design is None or row.design == design)
    ]


@cache
def rows_of(source: Path) -> tuple[Row, ...]:
    """Return the records of a JSON file; the CSV files lie in the folder ``data`` beside it."""
    return tuple(_read_rows(source))


def data(name: str) -> pd.DataFrame:
    """Return a CSV of the data folder; the caller must not change it."""
    return _frame(FOLDER / "data" / name)


def header(table: str) -> Mapping[str, Any]:
    """Return versions, script and input digests of one JSON file."""
    found: Mapping[str, Any] = _document(FOLDER / f"{table}.json")["header"]
    return found


def digest(name: str) -> str:
    """Return the sha256 of a CSV of the data folder."""
    return hashlib.sha256((FOLDER / "data" / name).read_bytes()).hexdigest()


def stale(table: str) -> list[str]:
    """Return the CSVs that are no longer those which the numbers of a JSON file were computed from."""
    return [name for name, file in header(table)["data"].items() if digest(name) != file["sha256"]]


@cache
def _frame(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


@cache
def _document(source: Path) -> Any:
    return json.loads(source.read_text(encoding="utf-8"))


def _read_rows(source: Path) -> Iterator[Row]:
    document = _document(source)
    for record in document["records"]:
        declared = document["designs"][record["design"]]
        common = {
            "source": source,
            "design": record["design"],
            "data": declared["data"],
            "arguments": arguments_of(declared["design_args"]),
            "statistic": record["statistic"],
            "variables": tuple(record[key] for key in ("variable", "numerator", "denominator") if key in record),
            "domain": record.get("domain") or {},
            "ci": {method: _interval(limits) for method, limits in (record.get("ci") or {}).items()},
            "a_in": record.get("a_in") or {},
            "b_in": record.get("b_in") or {},
        }
        yield Row(**common, **(_matrix_fields(record) if record["statistic"] == "covariance" else _estimate_fields(record)))


def arguments_of(declared: Mapping[str, Any]) -> DesignArguments:
    """Return the ``design_args`` of a JSON file."""
    stages = tuple(
        StageArguments(unit=stage["unit"], stratum=tuple(stage["stratum"]), fpc=stage["fpc"])
        for stage in declared.get("later_stages", ())
    )
    named = {**declared, "stratum": tuple(declared["stratum"]), "psu": tuple(declared["psu"]), "later_stages": stages}
    return DesignArguments(**named)


def _estimate_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    floats = ("estimate", "se", "deff", "df", "se_whole_design")
    plain = ("n", "rows", "of", "dimension", "a", "b")
    return {
        **{key: _number(record[key]) for key in floats if key in record},
        **{key: record[key] for key in plain if key in record},
    }


def _matrix_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "of": record["of"],
        "by": tuple(record["by"]),
        "cells": tuple(record["cells"]),
        "estimates": tuple(_number(value) for value in record["estimate"]),
        "covariance": tuple(tuple(_number(value) for value in line) for line in record["covariance"]),
    }


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _interval(limits: list[float | None] | None) -> Interval:
    low, high = limits or (None, None)
    return _number(low), _number(high)
