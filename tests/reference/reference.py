"""Numbers written by R `survey`, as rows: reads the JSON files beside this module and the CSV files they were computed from."""

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
TABLES = tuple(path.stem for path in sorted(FOLDER.glob("*.json")))

Domain = Mapping[str, Any]
Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class DesignArguments:
    """What the design of a record is declared with; the names are those of ``pv.Design``, plus R's ``adjust.domain.lonely``."""

    weight: str
    stratum: tuple[str, ...]
    psu: tuple[str, ...]
    fpc: str | None
    lonely_psu: str
    lonely_domains: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record: an estimate, a contrast of two domains, or a covariance matrix. A number that R gave as NaN, NA or Inf is NaN."""

    table: str
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


def rows(table: str, *statistics: str, design: str | None = None) -> list[Row]:
    """Return the records of one JSON file, of the named statistics and design alone if given."""
    return [
        row
        for row in _all_rows(table)
        if (not statistics or row.statistic in statistics) and (design is None or row.design == design)
    ]


@cache
def data(name: str) -> pd.DataFrame:
    """Return a CSV of the data folder; the caller must not change it."""
    return pd.read_csv(FOLDER / "data" / name, keep_default_na=False, na_values=[""])


def header(table: str) -> Mapping[str, Any]:
    """Return versions, script and input digests of one JSON file."""
    found: Mapping[str, Any] = _document(table)["header"]
    return found


def digest(name: str) -> str:
    """Return the sha256 of a CSV of the data folder."""
    return hashlib.sha256((FOLDER / "data" / name).read_bytes()).hexdigest()


def stale(table: str) -> list[str]:
    """Return the CSVs that are no longer those which the numbers of a JSON file were computed from."""
    return [name for name, file in header(table)["data"].items() if digest(name) != file["sha256"]]


@cache
def _document(table: str) -> Any:
    return json.loads((FOLDER / f"{table}.json").read_text(encoding="utf-8"))


@cache
def _all_rows(table: str) -> tuple[Row, ...]:
    return tuple(_read_rows(table))


def _read_rows(table: str) -> Iterator[Row]:
    document = _document(table)
    for record in document["records"]:
        declared = document["designs"][record["design"]]
        common = {
            "table": table,
            "design": record["design"],
            "data": declared["data"],
            "arguments": _arguments(declared["design_args"]),
            "statistic": record["statistic"],
            "variables": tuple(record[key] for key in ("variable", "numerator", "denominator") if key in record),
            "domain": record.get("domain") or {},
            "ci": {method: _interval(limits) for method, limits in record.get("ci", {}).items()},
            "a_in": record.get("a_in") or {},
            "b_in": record.get("b_in") or {},
        }
        yield Row(**common, **(_matrix_fields(record) if record["statistic"] == "covariance" else _estimate_fields(record)))


def _arguments(arguments: Mapping[str, Any]) -> DesignArguments:
    return DesignArguments(**{**arguments, "stratum": tuple(arguments["stratum"]), "psu": tuple(arguments["psu"])})


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
