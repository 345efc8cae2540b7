"""What all tests share: every frame engine behind one fixture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

ENGINES = ("pandas", "polars", "polars-lazy", "pyarrow", "duckdb")

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


@pytest.fixture
def to_pandas() -> Callable[[Any], pd.DataFrame]:
    """Return a function that turns a native frame of any engine into pandas, rows in order."""

    def convert(native: Any) -> pd.DataFrame:
        frame = nw.from_native(native)
        return (frame.collect() if isinstance(frame, nw.LazyFrame) else frame).to_pandas()

    return convert
