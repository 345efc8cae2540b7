"""Null and NaN mean the same; whatever the engine, the same arrays come out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from prevalence.errors import ColumnError
from prevalence.rows import as_frame, collect, indicator, levels_of, numbers, with_arrays, with_columns

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


def test_new_columns_take_the_place_of_those_of_their_names() -> None:
    rows = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "c": ["x", "y"]}, index=[7, 7])
    made = with_arrays(as_frame(rows), {"b": np.array([5.0, 6.0]), "d": np.array(["u", None], dtype=object)}).to_native()
    expected = pd.DataFrame({"a": [1.0, 2.0], "b": [5.0, 6.0], "c": ["x", "y"], "d": ["u", None]}, index=[7, 7])
    pd.testing.assert_frame_equal(made, expected, check_dtype=False)
    assert rows["b"].tolist() == [3.0, 4.0]


def test_no_new_columns_leave_the_rows_as_they_are() -> None:
    rows = pd.DataFrame({"a": [1.0, 2.0]})
    pd.testing.assert_frame_equal(with_columns(as_frame(rows), {}).to_native(), rows)
