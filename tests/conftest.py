"""What all tests share: every frame engine behind one fixture."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.load_profile("same")
"""The same examples on every machine; `--hypothesis-profile=default` draws fresh ones."""

ENGINES = ("pandas", "polars", "polars-lazy", "pyarrow", "duckdb")

EVERY_ENGINE = (*ENGINES, "polars-streaming", "duckdb-folder", "pyspark")
"""With those that read a folder of Parquet files in batches, and Spark, which takes a second a query."""

Convert = Callable[[pd.DataFrame], Any]


def _arrow(data: pd.DataFrame) -> pa.Table:
    """Return an Arrow table that keeps NaN as NaN in columns of floats, so that NaN and null both reach the code."""
    return pa.table({name: pa.array(data[name], from_pandas=data[name].dtype.kind != "f") for name in data.columns})


def _convert(data: pd.DataFrame, name: str) -> Any:
    if name == "pandas":
        return data.copy()
    if name == "pyarrow":
        return _arrow(data)
    if name == "duckdb":
        return duckdb.from_arrow(_arrow(data))
    frame = pl.from_arrow(_arrow(data))
    assert isinstance(frame, pl.DataFrame)
    return frame.lazy() if name == "polars-lazy" else frame


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Convert:
    """Return a function that turns a pandas frame into a native frame of the engine under test."""
    return lambda data: _convert(data, request.param)


@pytest.fixture(params=EVERY_ENGINE)
def every_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Convert:
    """Return the same for every engine: for the numbers of estimates, not for the many cases of a definition."""
    if request.param == "pyspark":
        session = request.getfixturevalue("spark")
        return lambda data: session.createDataFrame(_arrow(data)).repartition(2)
    if request.param == "polars-streaming":
        return lambda data: pl.scan_parquet(_folder(data, tmp_path))
    if request.param == "duckdb-folder":
        return lambda data: duckdb.read_parquet(f"{_folder(data, tmp_path)}/*.parquet")
    return lambda data: _convert(data, request.param)


def _folder(data: pd.DataFrame, place: Path) -> Path:
    """Write the rows as three Parquet files with several row groups and return their folder."""
    folder = place / f"rows_{len(list(place.iterdir()))}"
    folder.mkdir()
    table = _arrow(data)
    size = -(-max(len(data), 1) // 3)
    for number in range(3):
        pq.write_table(table.slice(number * size, size), folder / f"{number}.parquet", row_group_size=max(size // 2, 1))
    return folder


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Return a small local Spark; without Spark or Java its tests are skipped, unless PREVALENCE_REQUIRE names java."""
    lacking = [name for name, found in {"pyspark": find_spec("pyspark"), "java": shutil.which("java")}.items() if found is None]
    if lacking and "java" not in os.environ.get("PREVALENCE_REQUIRE", ""):
        pytest.skip(f"Spark is not tried without {' and '.join(lacking)}; CONTRIBUTING says how to install them")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.shuffle.partitions", "2").config("spark.driver.host", "localhost").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def to_pandas() -> Callable[[Any], pd.DataFrame]:
    """Return a function that turns a native frame of any engine into pandas, rows in order."""

    def convert(native: Any) -> pd.DataFrame:
        frame = nw.from_native(native)
        return (frame.collect() if isinstance(frame, nw.LazyFrame) else frame).to_pandas()

    return convert
