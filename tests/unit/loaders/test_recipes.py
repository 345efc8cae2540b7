from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from prevalence.errors import ColumnError
from prevalence.loaders import schema
from prevalence.loaders.recipes import Derived, derive
from prevalence.provenance import Codebook, Variable


def made(recipe: schema.Recipe, codebook: Codebook | None = None, **columns: list[Any]) -> Derived:
    return derive(recipe, pd.DataFrame(columns), codebook or Codebook())


def as_text(derived: Derived) -> list[str | None]:
    return derived.values.tolist()


def test_recode_knows_a_code_however_the_file_writes_it() -> None:
    recipe = schema.Recode(op="recode", column="x", codes={"1": "Urban", "Rural": "Rural"})
    assert as_text(made(recipe, x=[1, 1.0, "01", " 1 ", "rural", True])) == ["Urban"] * 4 + ["Rural", "Urban"]


def test_recode_shows_levels_in_the_order_of_its_codes_or_as_told() -> None:
    codes = {"2": "Female", "1": "Male"}
    assert made(schema.Recode(op="recode", column="x", codes=codes), x=[1]).levels == ("Female", "Male")
    told = schema.Recode(op="recode", column="x", codes=codes, levels=("Male", "Female"))
    assert made(told, x=[1]).levels == ("Male", "Female")


def test_missing_codes_are_told_from_unknown_ones() -> None:
    recipe = schema.Recode(op="recode", column="x", codes={"1": "Yes"}, missing={"9": "refused"})
    result = made(recipe, x=[1, 9, 9, 7])
    assert as_text(result) == ["Yes", None, None, None]
    assert (result.emptied, result.unknown) == ({"9 (refused)": 2}, {"7": 1})


def test_codes_that_the_file_declares_missing_are_missing_but_still_flagged() -> None:
    book = Codebook({"x": Variable(missing={99: "no response"})})
    np.testing.assert_array_equal(made(schema.Number(op="number", column="x"), book, x=[5, 99]).values, [5, np.nan])
    flag = schema.AnyCode(op="any_code", columns=("x",), codes=(99,))
    np.testing.assert_array_equal(made(flag, book, x=[5, 99]).values, [0, 1])


def test_number_keeps_to_its_range_and_unit() -> None:
    recipe = schema.Number(op="number", column="x", valid=(0, 168_000_000), divide_by=1_000_000)
    result = made(recipe, x=[0, 168_000_000, 169_000_000, -1, None])
    np.testing.assert_array_equal(result.values, [0, 168, np.nan, np.nan, np.nan])
    assert sum(result.unknown.values()) == 2


def test_text_in_a_numeric_column_is_an_error_with_examples() -> None:
    recipe = schema.Number(op="number", column="hours")
    with pytest.raises(ColumnError, match=r"column 'hours' must hold numbers; 3 rows hold text .* 'many', 'few'"):
        made(recipe, hours=["12", "many", "few", "many"])


def test_text_declared_as_missing_is_no_error() -> None:
    recipe = schema.Number(op="number", column="x", missing={"DK": "do not know"})
    np.testing.assert_array_equal(made(recipe, x=["12", "dk"]).values, [12, np.nan])


def test_sum_skips_missing_and_special_answers() -> None:
    recipe = schema.Sum(op="sum", columns=("a", "b"), missing={"98": "do not know"})
    result = made(recipe, a=[1, 98, None, 98], b=[2, 10, None, None])
    np.testing.assert_array_equal(result.values, [3, 10, np.nan, np.nan])


def test_any_yes() -> None:
    recipe = schema.AnyYes(op="any_yes", columns=("a", "b"), yes=(1, 2, 3), no=(4,), missing={"8": "do not know"})
    result = made(recipe, a=[3, 4, 4, None, 8], b=[8, 4, None, 2, 5])
    np.testing.assert_array_equal(result.values, [1, 0, np.nan, 1, np.nan])
    assert (result.emptied, result.unknown) == ({"8 (do not know)": 2}, {"5": 1})


def test_skipped_question_means_no_where_another_column_says_so() -> None:
    recipe = schema.AnyYes(op="any_yes", columns=("a",), no_if_empty={"skip": (2,)})
    np.testing.assert_array_equal(made(recipe, a=[1, None, None], skip=[2, 2, 1]).values, [1, 0, np.nan])


def test_bands_are_inclusive_and_open_above() -> None:
    recipe = schema.Bands(op="bands", column="x", bands={"5-11": (5, 11), "12+": (12,)})
    result = made(recipe, x=[4, 5, 11, 12, 90, None])
    assert as_text(result) == [None, "5-11", "5-11", "12+", "12+", None]
    assert (result.levels, result.emptied) == (("5-11", "12+"), {"outside every band": 1})


def test_code_restores_the_one_zero_that_a_number_lost() -> None:
    recipe = schema.Code(op="code", column="x", digits=4)
    result = made(recipe, x=[127, 1010.0, 12, 1, None, 12345, 1.5])
    assert as_text(result) == ["0127", "1010", "12", "01", None, None, None]
    assert result.repaired == 2
    assert result.unknown == {"12345": 1, "1.5": 1}


def test_code_keeps_text_as_it_is_unless_told_that_it_was_a_number() -> None:
    given = ["0127", "141", "01", "A1"]
    assert as_text(made(schema.Code(op="code", column="x"), x=given)) == ["0127", "141", "01", None]
    padded = made(schema.Code(op="code", column="x", pad_text=True), x=given)
    assert as_text(padded) == ["0127", "0141", "01", None]
    assert padded.repaired == 1


def test_code_may_keep_its_first_digits() -> None:
    recipe = schema.Code(op="code", column="x", digits=5, first=2)
    assert as_text(made(recipe, x=["01101", "41000"])) == ["01", "41"]
    assert as_text(made(recipe, x=[1101, 41000])) == ["01", "41"]


def test_labels_take_the_value_labels_of_the_file_and_else_the_codes() -> None:
    recipe = schema.Labels(op="labels", column="x", missing={"9": "missing"})
    book = Codebook({"x": Variable(levels={1: " North ", 2: "South", 9: "DK"})})
    result = made(recipe, book, x=[2, 1, 3, 9])
    assert as_text(result) == ["South", "North", "3", None]
    assert result.levels == ("North", "South")
    assert as_text(made(recipe, x=["East", "West"])) == ["East", "West"]


def test_text_and_constant() -> None:
    assert as_text(made(schema.Text(op="text", column="x", upper=True), x=[" xaa", None])) == ["XAA", None]
    assert as_text(made(schema.Constant(op="constant", value="GHA"), x=[1, 2])) == ["GHA", "GHA"]
    np.testing.assert_array_equal(made(schema.Constant(op="constant", value=1), x=[1, 2]).values, [1, 1])
