"""One answer, whichever engine reads the rows: the numbers of frames in memory, and the same refusals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

import prevalence as pv
from prevalence.aggregate import Outcome, Pass, _aggregate, aggregate
from prevalence.errors import ColumnError, DesignError

SAME = 1e-12
"""Sums of the same numbers in another order."""

OUTCOMES = [
    Outcome("y", binary=True),
    Outcome("flag", binary=True, unknown="flag_unknown"),
    Outcome("hours"),
    Outcome("hours", x="days"),
]
TABLES: list[tuple[str, ...]] = [("sex", "chain"), ("age",), (), ("age", "sex")]

SurveyOf = Callable[..., pv.Survey]


def read(survey: pv.Survey, tables: Sequence[tuple[str, ...]] = TABLES, among: str | None = "employed") -> Pass:
    return aggregate(survey, OUTCOMES, tables, among)


def assert_same(one: Pass, other: Pass) -> None:
    assert (one.rows, one.weightless) == (other.rows, other.weightless)
    np.testing.assert_array_equal(one.units.primary.stratum, other.units.primary.stratum)
    np.testing.assert_allclose(one.units.primary.fraction, other.units.primary.fraction, rtol=SAME)
    assert one.weight == pytest.approx(other.weight, rel=SAME)
    for table, expected in zip(one.tables, other.tables, strict=True):
        assert [(d.name, d.levels, d.unplaced) for d in table.dimensions] == [
            (d.name, d.levels, d.unplaced) for d in expected.dimensions
        ]
        for totals, wanted in zip(table.totals, expected.totals, strict=True):
            for name in ("n", "x", "y"):
                np.testing.assert_array_equal(getattr(totals, name).indices, getattr(wanted, name).indices)
                np.testing.assert_allclose(getattr(totals, name).data, getattr(wanted, name).data, rtol=SAME)
            assert totals.moments.reference == wanted.moments.reference
            for name in ("weight", "ee", "xx", "cases", "missing"):
                np.testing.assert_allclose(getattr(totals.moments, name), getattr(wanted.moments, name), rtol=SAME, err_msg=name)
            # Sums of residuals are near zero: compared on the scale of their terms.
            scale = np.sqrt(wanted.moments.ee * wanted.moments.xx)
            assert (np.abs(totals.moments.ex - wanted.moments.ex) <= SAME * np.maximum(scale, 1)).all()


def test_the_pass_is_the_same_on_every_engine(every_engine: Any, people: pd.DataFrame, survey_of: SurveyOf) -> None:
    assert_same(read(survey_of(every_engine(people))), read(survey_of(people)))


@pytest.mark.parametrize("among", [None, "employed"])
def test_nothing_missing_and_no_zero_weights(engine: Any, people: pd.DataFrame, survey_of: SurveyOf, among: str | None) -> None:
    rows = people.assign(w=people["w"] + 1).dropna()
    assert_same(read(survey_of(engine(rows)), among=among), read(survey_of(rows), among=among))


def test_estimates_and_their_errors_are_the_same(every_engine: Any, people: pd.DataFrame, survey_of: SurveyOf) -> None:
    one, other = (
        pv.prevalence(survey_of(data), "y", by=["chain", "sex"], margins=True).numbers for data in (every_engine(people), people)
    )
    for name in ("estimate", "se", "deff", "df", "n", "cases", "missing", "n_psu"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=SAME, err_msg=name)


def test_a_ratio_lacks_the_rows_that_lack_either_of_its_parts(every_engine: Any) -> None:
    """Hours are known of all, days of four in five: 150 hours on 40 days of those with both."""
    rows = pd.DataFrame({"ea": range(5), "w": 1.0, "hours": [30.0, 20, 50, 50, 99], "days": [10.0, 5, 15, 10, np.nan]})
    found = pv.ratio(pv.Survey(every_engine(rows), pv.Design(weight="w", psu="ea")), "hours", "days").numbers
    assert (found.estimate[0], found.n[0], found.missing[0]) == (150 / 40, 4, 1)


def test_squares_of_measured_values_do_not_cancel(people: pd.DataFrame, survey_of: SurveyOf) -> None:
    """A spread of 1e-3 about 1e6: raw squares would keep no digit of the variance, the reference leaves seven."""
    rng = np.random.default_rng(5)
    rows = people.assign(z=1e6 + rng.normal(0, 1e-3, len(people)))
    one, other = (pv.mean(survey_of(data), "z", by="sex").numbers.deff for data in (rows, pl.from_pandas(rows).lazy()))
    np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"w": [1.0, -1.0, np.nan, -np.inf]}, "has 1 missing and 2 negative and 1 infinite"),
        ({"w": [1.0, np.inf, 1.0, 1.0]}, "has 1 infinite"),
        ({"w": [1.0, -1.0, 2.0, 1.0]}, "has 1 negative"),
        ({"w": [0.0, 0.0, 0.0, 0.0]}, "All weights in column 'w' are zero"),
        ({"y": [0.0, 2.0, 3.0, 2.0]}, r"indicator 'y' must be 0, 1 or missing; 3 rows hold other values, for example 2, 3"),
        ({"y": [0.0, 0.5, np.nan, 1.0]}, r"1 row hold other values, for example 0.5"),
        ({"z": [0.0, np.inf, 3.0, -np.inf]}, "column 'z' must hold finite numbers; 2 rows hold an infinite one"),
        ({"y": [0, 1, -1, 1]}, "indicator 'y' must be 0, 1 or missing; 1 row hold other values, for example -1"),
        ({"among": [0, 1, 7, -1]}, "indicator 'among' must be 0, 1 or missing; 2 rows hold other values, for example -1, 7"),
        ({"ea": [1.0, np.nan, 2.0, None]}, "must have a psu; column 'ea' is missing in 2 rows"),
        ({"stratum": ["a", None, "a", None]}, "must have a stratum; column 'stratum' is missing in 2 rows"),
        ({"stratum": ["a", "a", "b", "b"], "ea": [1, 2, 1, 2]}, "occur in several"),
        ({"stratum": ["a", "a", "b", "b"], "ea": [1, 2, 3, 3]}, "1 stratum has a single PSU and lonely_psu is 'fail': 'b'"),
    ],
)
def test_the_same_refusals(engine: Any, changes: dict[str, Any], words: str) -> None:
    data = {"w": [1.0, 2.0, 1.0, 1.0], "stratum": ["a"] * 4, "ea": [1, 1, 2, 2], "y": [0.0, 1.0, 1.0, 0.0], "z": 1.0, "among": 1}
    rows = pd.DataFrame({**data, **changes})
    with pytest.raises((ColumnError, DesignError), match=words):
        aggregate(
            pv.Survey(engine(rows), pv.Design(weight="w", stratum="stratum", psu="ea")),
            [Outcome("y", binary=True), Outcome("z")],
            [()],
            "among",
        )


def test_no_rows(engine: Any, people: pd.DataFrame, survey_of: SurveyOf) -> None:
    with pytest.raises(DesignError, match="no rows"):
        read(survey_of(engine(people.head(0))))


def test_only_groups_are_collected(monkeypatch: pytest.MonkeyPatch, people: pd.DataFrame, survey_of: SurveyOf) -> None:
    """No frame that reaches the process has as many rows as the data, unless each row is a unit."""
    heights: list[int] = []
    collect = nw.LazyFrame.collect

    def counting(frame: nw.LazyFrame[Any], *args: Any, **kwargs: Any) -> nw.DataFrame[Any]:
        collected = collect(frame, *args, **kwargs)
        heights.append(len(collected))
        return collected

    monkeypatch.setattr(nw.LazyFrame, "collect", counting)
    lazy = pl.from_pandas(people).lazy()
    read(survey_of(lazy), tables=[("sex",)])
    assert max(heights) == people.groupby(["ea", people["sex"].fillna("?")]).ngroups < len(people)
    read(survey_of(lazy, psu=None, fpc=None, stratum=None), tables=[("sex",)])
    assert heights[-1] == len(people)


def test_numbers_written_as_text_are_read_as_frames_in_memory_read_them(people: pd.DataFrame, survey_of: SurveyOf) -> None:
    text = people.assign(hours=people["hours"].map(lambda value: None if np.isnan(value) else repr(value)))
    assert_same(read(survey_of(pl.from_pandas(text).lazy())), read(survey_of(people)))


def test_tables_share_a_query_while_their_crossing_stays_small(
    monkeypatch: pytest.MonkeyPatch, people: pd.DataFrame, survey_of: SurveyOf
) -> None:
    asked: list[tuple[str, ...]] = []
    grouped = _aggregate.grouped

    def noting(frame: Any, request: Any, dimensions: tuple[str, ...], seen: Any) -> Any:
        asked.append(dimensions)
        return grouped(frame, request, dimensions, seen)

    monkeypatch.setattr(_aggregate, "grouped", noting)
    rng = np.random.default_rng(1)
    rows = people.assign(district=rng.integers(0, 40, len(people)), wave=rng.integers(0, 40, len(people)))
    tables: list[tuple[str, ...]] = [("sex",), ("age", "sex"), ("district",), ("wave",), ()]
    assert_same(read(survey_of(pl.from_pandas(rows).lazy()), tables=tables), read(survey_of(rows), tables=tables))
    assert [set(names) for names in asked] == [{"district", "sex"}, {"wave"}, {"age", "sex"}]
