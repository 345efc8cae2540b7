"""A survey holds rows and design, and says clearly what is wrong with them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import prevalence as pv
from prevalence.errors import ColumnError, DataError, DesignError, OptionError


def rows(**changes: object) -> pd.DataFrame:
    data = {"w": [2.0, 1.0, 3.0], "stratum": ["a", "a", "b"], "ea": [1, 2, 3], "person": [1, 2, 3], "y": [0, 1, 1]}
    return pd.DataFrame({**data, **changes})


def test_missing_column_is_named_with_a_suggestion() -> None:
    with pytest.raises(ColumnError, match=r"column 'stratun' is not in the data\. Did you mean 'stratum'\?"):
        pv.Survey(rows(), pv.Design(weight="w", stratum="stratun"))


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([2.0, -1.0, 3.0], "1 negative"),
        ([2.0, np.nan, 3.0], "1 missing"),
        ([2.0, np.inf, 3.0], "1 infinite"),
        ([np.nan, -1.0, 3.0], "1 missing and 1 negative"),
        ([0.0, 0.0, 0.0], "All weights in column 'w' are zero"),
    ],
)
def test_unusable_weights(weights: list[float], words: str) -> None:
    with pytest.raises(DesignError, match=words):
        pv.Survey(rows(w=weights), pv.Design(weight="w"))


@pytest.mark.parametrize(("role", "column"), [("stratum", "stratum"), ("psu", "ea")])
def test_every_row_needs_stratum_and_unit(role: str, column: str) -> None:
    data = rows(**{column: [1.0, None, 2.0]})
    with pytest.raises(DesignError, match=f"must have a {role}; column '{column}' is missing in 1 row"):
        pv.Survey(data, pv.Design(weight="w", stratum="stratum", psu="ea"))


def test_lazy_rows_are_checked_when_they_are_read() -> None:
    lazy = pl.from_pandas(rows(w=[2.0, -1.0, 3.0])).lazy()
    survey = pv.Survey(lazy, pv.Design(weight="w"))
    with pytest.raises(DesignError, match="1 negative"):
        pv.prevalence(survey, "y")


def test_duplicated_persons() -> None:
    with pytest.raises(DataError, match=r"2 rows share their key \(person\), for example 7"):
        pv.Survey(rows(person=[7, 7, 3]), pv.Design(weight="w"), id="person")


def test_no_rows() -> None:
    with pytest.raises(DesignError, match="no rows"):
        pv.Survey(rows().head(0), pv.Design(weight="w"))


def test_not_a_frame() -> None:
    with pytest.raises(ColumnError, match="must be a data frame"):
        pv.Survey([1, 2, 3], pv.Design(weight="w"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lonely_psu": "ajust"}, r"lonely_psu must be one of .*; found 'ajust'\. Did you mean 'adjust'\?"),
        ({"df_rule": "mine"}, "df_rule must be one of"),
        ({"weight_scale": "normalized"}, "Did you mean 'normalised'"),
    ],
)
def test_unknown_option_values(options: dict[str, str], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        pv.Design(weight="w", **options)


def test_population_must_be_positive() -> None:
    with pytest.raises(DesignError, match="above zero"):
        pv.Design(weight="w", population=-1)


def test_data_are_given_back_in_the_callers_own_kind() -> None:
    data = pl.from_pandas(rows())
    survey = pv.Survey(data, pv.Design(weight="w"))
    assert survey.data is data
    assert repr(survey) == "Survey: 3 rows, 5 columns; weight 'w'"
