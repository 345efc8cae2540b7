"""Null and NaN mean the same; whatever the engine, the same arrays come out."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import prevalence as pv
from prevalence.errors import ColumnError
from prevalence.provenance import Codebook, Variable
from prevalence.rows import as_frame, collect, indicator, labels_of, levels_of, numbers, with_arrays, with_columns

FRAME = pd.DataFrame(
    {
        "text": ["b", None, "a", "b"],
        "whole": [3.0, np.nan, 1.0, 3.0],
        "flag": pd.array([True, None, False, True], dtype="boolean"),
        "share": [0.5, np.nan, 0.25, 1.0],
    }
)


def test_levels_are_ordered_and_missing_is_minus_one(engine: Callable[[pd.DataFrame], Any]) -> None:
    frame = collect(engine(FRAME), ["text", "whole"])
    codes, levels = levels_of(frame, "text")
    assert (codes.tolist(), levels) == ([1, -1, 0, 1], ("a", "b"))
    codes, levels = levels_of(frame, "whole")
    assert (codes.tolist(), levels) == ([1, -1, 0, 1], (1, 3))
    assert all(isinstance(level, int) for level in levels)


def test_known_levels_come_first_whether_they_occur_or_not(engine: Callable[[pd.DataFrame], Any]) -> None:
    codes, levels = levels_of(collect(engine(FRAME), ["text"]), "text", {"z": "Zed", "b": "Bee"})
    assert levels == ("z", "b", "a")
    assert codes.tolist() == [1, -1, 2, 1]


def test_numbers_and_flags(engine: Callable[[pd.DataFrame], Any]) -> None:
    frame = collect(engine(FRAME), ["flag", "share"])
    np.testing.assert_array_equal(numbers(frame, "share"), [0.5, np.nan, 0.25, 1.0])
    np.testing.assert_array_equal(indicator(frame, "flag"), [1, np.nan, 0, 1])


def test_objects_as_stata_readers_give_them() -> None:
    frame = collect(pd.DataFrame({"hours": pd.Series([1, None, 14], dtype=object)}), ["hours"])
    np.testing.assert_array_equal(numbers(frame, "hours"), [1, np.nan, 14])


def test_text_where_numbers_must_be() -> None:
    frame = collect(pd.DataFrame({"hours": ["14", "many", "few"]}), ["hours"])
    with pytest.raises(ColumnError, match=r"column 'hours' must hold numbers; 2 values cannot .* 'many', 'few'"):
        numbers(frame, "hours")


def test_indicator_must_be_0_or_1(engine: Callable[[pd.DataFrame], Any]) -> None:
    frame = collect(engine(pd.DataFrame({"child_labour": [0, 1, 2, 2, 9]})), ["child_labour"])
    with pytest.raises(ColumnError, match=r"must be 0, 1 or missing; 3 rows hold other values, for example 2, 9"):
        indicator(frame, "child_labour")


def _enumerated(rows: pd.DataFrame) -> Any:
    """Return a DuckDB table whose texts are of a type that lists more of them."""
    connection = duckdb.connect()
    connection.register("rows", pa.Table.from_pandas(rows, preserve_index=False))
    connection.execute("create type area as enum ('east', 'north', 'south', 'west')")
    return connection.sql("select * replace (stratum::area as stratum) from rows")


@pytest.mark.parametrize(
    "convert",
    [
        lambda rows: rows.astype({"stratum": "category", "ea": "category"}),
        lambda rows: pa.table({name: _listed(rows[name]) if name in ("stratum", "ea") else rows[name] for name in rows.columns}),
        lambda rows: pl.from_pandas(rows).with_columns(pl.col("stratum").cast(pl.Enum(["east", "north", "south", "west"]))),
        lambda rows: (
            pl.from_pandas(rows).lazy().with_columns(pl.col("stratum").cast(pl.Enum(["east", "north", "south", "west"])))
        ),
        _enumerated,
    ],
    ids=["pandas", "pyarrow", "polars", "polars-lazy", "duckdb"],
)
def test_categories_that_no_row_has_are_no_strata_and_no_units(convert: Callable[[pd.DataFrame], Any]) -> None:
    rng = np.random.default_rng(4)
    ea = np.arange(60) // 5
    rows = pd.DataFrame(
        {
            "stratum": np.array(["south", "north", "west"])[ea // 4],
            "ea": [f"ea {unit}" for unit in ea],
            "w": rng.uniform(1, 2, 60),
        }
    )
    rows["y"] = rng.integers(0, 2, 60)
    design = pv.Design(weight="w", stratum="stratum", psu="ea", df_rule="design")
    ours, theirs = (pv.total(pv.Survey(data, design), "y", by="stratum", margins=True).numbers for data in (rows, convert(rows)))
    for name in ("estimate", "se", "df", "n_psu"):
        np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), rtol=1e-12)


def _listed(values: pd.Series) -> pa.DictionaryArray:
    """Return texts as codes of a list that holds two more."""
    known = ["elsewhere", *sorted(set(values)), "nowhere"]
    return pa.DictionaryArray.from_arrays([known.index(value) for value in values], known)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([Decimal("10.5"), Decimal(9), Decimal("-2.5")], (Decimal("-2.5"), Decimal(9), Decimal("10.5"))),
        ([timedelta(days=10), timedelta(days=9)], (timedelta(days=9), timedelta(days=10))),
        ([2**63 + 7, 2**63 + 5, 2**63 + 6], (2**63 + 5, 2**63 + 6, 2**63 + 7)),
    ],
)
def test_levels_that_are_numbers_of_any_kind_are_in_their_order(values: list[Any], expected: tuple[Any, ...]) -> None:
    rows = pd.DataFrame({"level": values})
    for data in (rows, pa.Table.from_pandas(rows), pl.from_pandas(rows)):
        frame = collect(data, ["level"])
        codes, levels = levels_of(frame, "level")
        assert levels == expected
        assert [levels[code] for code in codes] == values


def test_levels_of_one_label_are_told_apart() -> None:
    """A label in two rows would hide one of them wherever rows are found by label, as in a change between rounds."""
    assert labels_of((7, 8, 96, "7"), {7: "Other", 96: "Other"}) == ("Other (7)", "8", "Other (96)", "7")
    rows = pd.DataFrame({"w": 1.0, "ea": np.arange(90) // 9, "y": np.arange(90) % 4 == 0, "g": np.arange(90) % 3 * 8 + 1})
    codebook = Codebook({"g": Variable(levels={1: "Farm", 9: "Other", 17: "Other"})})
    old, new = (pv.Survey(data, pv.Design(weight="w", psu="ea"), codebook=codebook) for data in (rows, rows.assign(y=~rows["y"])))
    found = pv.baseline.change(old, new, "y", by="g", samples="independent").to_pandas()
    assert found["g"].tolist() == ["Farm", "Other (9)", "Other (17)", "All"]
    np.testing.assert_allclose(found["old"][:3], rows.groupby("g")["y"].mean(), rtol=1e-12)


def test_new_columns_take_the_place_of_those_of_their_names() -> None:
    rows = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "c": ["x", "y"]}, index=[7, 7])
    made = with_arrays(as_frame(rows), {"b": np.array([5.0, 6.0]), "d": np.array(["u", None], dtype=object)}).to_native()
    expected = pd.DataFrame({"a": [1.0, 2.0], "b": [5.0, 6.0], "c": ["x", "y"], "d": ["u", None]}, index=[7, 7])
    pd.testing.assert_frame_equal(made, expected, check_dtype=False)
    assert rows["b"].tolist() == [3.0, 4.0]


def test_no_new_columns_leave_the_rows_as_they_are() -> None:
    rows = pd.DataFrame({"a": [1.0, 2.0]})
    pd.testing.assert_frame_equal(with_columns(as_frame(rows), {}).to_native(), rows)


@pytest.mark.parametrize(
    "texts",
    [
        ["07", "12", "07", "03"],
        ["a", "b", "a"],
        ["0101003", "0101004", "0101003"],
        ["XAA", "XBB", "XAA"],
        ["été", "mai", "été"],
        ["01010030", "01010031", "01010030"],
        ["北部", "南部", "北部"],
        ["010100301", "010100302"],
        ["Urban", "Male"],
        ["", ""],
        ["a\0", "a", "a\0", "", "\0"],
        ["Urban", "Rural", "", "five-17", "Urban"],
        ["12", None, "13", "12"],
    ],
)
@pytest.mark.parametrize("pieces", [1, 2])
def test_texts_are_told_apart_whatever_their_width(texts: list[str | None], pieces: int) -> None:
    """Those of one width of up to eight bytes are read as whole numbers; sliced columns begin within their letters."""
    filled = sorted({text for text in texts if text is not None})
    whole = pa.chunked_array([pa.array(["zz", *texts], type=pa.large_string())[1:]] * pieces)
    pandas = pd.concat([pd.Series(["zz", *texts], dtype="str")[1:]] * pieces)
    for data in (pandas.to_frame("g"), pa.table({"g": whole}), pl.DataFrame({"g": ["zz", *texts]})[1:]):
        frame = collect(data, ["g"])
        codes, levels = levels_of(frame, "g")
        assert list(levels) == filled
        assert [None if code < 0 else levels[code] for code in codes] == (texts * pieces if len(codes) > len(texts) else texts)
