"""One answer, whichever engine reads the rows: the numbers of frames in memory, and the same refusals."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

import prevalence as pv
from prevalence.aggregate import Outcome, Pass, aggregate
from prevalence.errors import ColumnError, DesignError
from prevalence.survey import Family

SAME_SUMS = 1e-12
"""Sums of the same numbers in another order."""

DESIGN = pv.Design(weight="w", stratum=["region", "area"], psu="ea", fpc="population")
CHAINS = {"chain": Family(name="chain", members={"cocoa": "c1", "coffee": "c2"}, exposure="household", denominator="households")}
OUTCOMES = [
    Outcome("y", binary=True),
    Outcome("flag", binary=True, unknown="flag_unknown"),
    Outcome("hours"),
    Outcome("hours", x="days"),
]
TABLES: list[tuple[str, ...]] = [("sex", "chain"), ("age",), (), ("age", "sex")]


def people(seed: int = 3) -> pd.DataFrame:
    """Return rows with everything that goes wrong: nulls, NaN, zero weights, an empty unit, unplaced and overlapping members."""
    rng = np.random.default_rng(seed)
    units = np.repeat(np.arange(24), rng.integers(3, 30, 24))
    size = len(units)

    def sometimes(values: Any, share: float) -> Any:
        return pd.Series(values).mask(rng.random(size) < share)

    rows = pd.DataFrame(
        {
            "w": rng.uniform(0.2, 5.0, size) * (rng.random(size) > 0.1) * (units != 5),
            "region": np.array(["N", "S", "C"])[units // 8],
            "area": units % 2,
            "ea": units * 10,
            "population": np.array([40, 50, 60])[units // 8] + units % 2,
            "sex": sometimes(rng.choice(["Female", "Male"], size), 0.05),
            "age": sometimes(rng.integers(5, 9, size), 0.1),
            "y": sometimes((rng.random(size) < 0.2).astype(float), 0.1),
            "flag": rng.random(size) < 0.4,
            "flag_unknown": sometimes((rng.random(size) < 0.1).astype(float), 0.5),
            "hours": 2000 + sometimes(rng.normal(0, 1, size), 0.2),
            "days": sometimes(rng.integers(0, 8, size), 0.1),
            "c1": sometimes((rng.random(size) < 0.3).astype(float), 0.1),
            "c2": rng.random(size) < 0.2,
            "employed": sometimes((rng.random(size) < 0.7).astype(float), 0.1),
        }
    )
    return rows.sample(frac=1, random_state=seed)


def read(data: Any, **changes: Any) -> Pass:
    survey = pv.Survey(data, changes.pop("design", DESIGN), families=CHAINS)
    return aggregate(survey, changes.pop("outcomes", OUTCOMES), changes.pop("tables", TABLES), changes.pop("among", "employed"))


def assert_same(one: Pass, other: Pass) -> None:
    assert (one.rows, one.weightless) == (other.rows, other.weightless)
    np.testing.assert_array_equal(one.units.primary.stratum, other.units.primary.stratum)
    np.testing.assert_allclose(one.units.primary.fraction, other.units.primary.fraction, rtol=SAME_SUMS)
    np.testing.assert_allclose(one.weight_of_unit, other.weight_of_unit, rtol=SAME_SUMS)
    for table, expected in zip(one.tables, other.tables, strict=True):
        assert [(d.name, d.levels, d.unplaced) for d in table.dimensions] == [
            (d.name, d.levels, d.unplaced) for d in expected.dimensions
        ]
        for totals, wanted in zip(table.totals, expected.totals, strict=True):
            for name in ("n", "x", "y"):
                np.testing.assert_array_equal(getattr(totals, name).indices, getattr(wanted, name).indices)
                np.testing.assert_allclose(getattr(totals, name).data, getattr(wanted, name).data, rtol=SAME_SUMS)
            assert totals.moments.reference == pytest.approx(wanted.moments.reference, rel=SAME_SUMS)
            for name in ("weight", "ee", "xx", "cases", "missing"):
                np.testing.assert_allclose(
                    getattr(totals.moments, name), getattr(wanted.moments, name), rtol=SAME_SUMS, err_msg=name
                )
            np.testing.assert_allclose(totals.moments.ex, wanted.moments.ex, atol=1e-9)


def test_the_pass_is_the_same_on_every_engine(every_engine: Any) -> None:
    assert_same(read(every_engine(people())), read(people()))


@pytest.mark.parametrize("among", [None, "employed"])
def test_nothing_missing_and_no_zero_weights(engine: Any, among: str | None) -> None:
    rows = people().assign(w=lambda d: d["w"] + 1).dropna()
    assert_same(read(engine(rows), among=among), read(rows, among=among))


def test_estimates_and_their_errors_are_the_same(every_engine: Any) -> None:
    rows = people()
    one, other = (
        pv.prevalence(pv.Survey(data, DESIGN, families=CHAINS), "y", by=["chain", "sex"], margins=True).numbers
        for data in (every_engine(rows), rows)
    )
    for name in ("estimate", "se", "deff", "df", "n", "cases", "missing", "n_psu"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=SAME_SUMS, err_msg=name)


def test_squares_of_measured_values_do_not_cancel() -> None:
    """A spread of 1e-3 about 1e6: raw squares would keep three digits of it."""
    rng = np.random.default_rng(5)
    rows = people()[["w", "region", "area", "ea", "population", "sex"]].assign(z=lambda d: 1e6 + rng.normal(0, 1e-3, len(d)))
    deff = [pv.mean(pv.Survey(data, DESIGN), "z", by="sex").numbers.deff for data in (rows, pl.from_pandas(rows).lazy())]
    np.testing.assert_allclose(deff[1], deff[0], rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"w": [1.0, -1.0, np.nan, -np.inf]}, "has 1 missing and 2 negative and 1 infinite"),
        ({"w": [0.0, 0.0, 0.0, 0.0]}, "All weights in column 'w' are zero"),
        ({"y": [0.0, 2.0, 3.0, 2.0]}, r"indicator 'y' must be 0, 1 or missing; 3 rows hold other values, for example 2, 3"),
        ({"z": [0.0, np.inf, 3.0, -np.inf]}, "column 'z' must hold finite numbers; 2 rows hold an infinite one"),
        ({"among": [0, 1, 7, 1]}, "indicator 'among' must be 0, 1 or missing; 1 row holds? other values, for example 7"),
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


def test_no_rows(engine: Any) -> None:
    with pytest.raises(DesignError, match="no rows"):
        read(engine(people().head(0)))


def test_only_groups_are_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    """No frame that reaches the process has as many rows as the data, unless each row is a unit."""
    heights: list[int] = []
    collect = nw.LazyFrame.collect

    def counting(frame: nw.LazyFrame[Any], *args: Any, **kwargs: Any) -> nw.DataFrame[Any]:
        collected = collect(frame, *args, **kwargs)
        heights.append(len(collected))
        return collected

    monkeypatch.setattr(nw.LazyFrame, "collect", counting)
    rows = people()
    lazy = pl.from_pandas(rows).lazy()
    read(lazy, tables=[("sex",)])
    assert max(heights) == rows.groupby(["ea", rows["sex"].fillna("?")]).ngroups < len(rows)
    read(lazy, design=pv.Design(weight="w"), tables=[("sex",)])
    assert heights[-1] == len(rows)


def test_numbers_written_as_text_are_read_as_frames_in_memory_read_them() -> None:
    rows = people()
    text = rows.assign(hours=rows["hours"].map(lambda value: None if np.isnan(value) else repr(value)))
    assert_same(read(pl.from_pandas(text).lazy()), read(rows))


def test_tables_share_a_query_while_their_crossing_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    from prevalence.aggregate import _aggregate

    asked: list[tuple[str, ...]] = []
    grouped = _aggregate.grouped

    def noting(frame: Any, request: Any, dimensions: tuple[str, ...], seen: Any) -> Any:
        asked.append(dimensions)
        return grouped(frame, request, dimensions, seen)

    monkeypatch.setattr(_aggregate, "grouped", noting)
    rng = np.random.default_rng(1)
    rows = people().assign(district=lambda d: rng.integers(0, 40, len(d)), wave=lambda d: rng.integers(0, 40, len(d)))
    tables: list[tuple[str, ...]] = [("sex",), ("age", "sex"), ("district",), ("wave",), ()]
    assert_same(read(pl.from_pandas(rows).lazy(), tables=tables), read(rows, tables=tables))
    assert [set(names) for names in asked] == [{"district", "sex"}, {"wave"}, {"age", "sex"}]
