"""Null and NaN mean the same; whatever the engine, the same arrays come out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from prevalence.errors import ColumnError
from prevalence.rows import collect, indicator, levels_of, numbers

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
