"""A stream keeps no units and gives the same errors: checked against the pass that keeps them, in batches of all kinds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import prevalence as pv
from prevalence.aggregate import Outcome, Pass, StreamedPass, _batches, _fold, aggregate, combined, stream
from prevalence.design import Design
from prevalence.errors import ColumnError, DesignError, OptionError
from prevalence.formulas import contrast, ratio
from prevalence.formulas.rules import Linearised
from prevalence.formulas.streamed import Streamed
from prevalence.formulas.variance import Lonely
from prevalence.provenance import Codebook, Variable
from prevalence.totals import Columns, Floats, Totals, crossing

SAME = 1e-11
"""Sums of the same numbers in another order; where a domain is in few units its scores lose a digit."""

FOURTH = 1e-9
"""Sums of fourth powers in another order, of numbers that partly cancel."""

OUTCOMES = [Outcome("y", binary=True), Outcome("hours"), Outcome("hours", x="days")]
TABLES: list[tuple[str, ...]] = [("sex", "chain"), ("age",), ()]
CONTRASTS = [("sex", "Female", "Male"), "chain", ("age", 5, 8)]

SurveyOf = Callable[..., pv.Survey]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read a few dozen rows at a time."""
    for name, size in {"GROUPS_AT_ONCE": 50, "ROWS_AT_ONCE": 120, "ROWS_AT_FIRST": 40, "ROWS_LOOKED_AT": 60}.items():
        monkeypatch.setattr(_batches, name, size)


def streamed(survey: pv.Survey, tables: Sequence[tuple[str, ...]] = TABLES, **options: Any) -> StreamedPass:
    return stream(survey, OUTCOMES, tables, "employed", margins=["sex", "chain"], contrasts=CONTRASTS, **options)


def rule_of(read: StreamedPass, design: Design) -> Streamed:
    return Streamed(read.moments, read.units.primary, Lonely(design.lonely_psu), design.df_rule)


def assert_same(read: StreamedPass, kept: Pass, design: Design) -> None:
    """Compare sums, errors and degrees of freedom of all cells, and of the differences between the first two of each table."""
    assert (read.rows, read.weightless) == (kept.rows, kept.weightless)
    assert read.weight == pytest.approx(kept.weight, rel=SAME)
    rule, by_unit = rule_of(read, design), Linearised(kept.units, Lonely(design.lonely_psu), design.df_rule)
    for index, table in enumerate(kept.tables):
        assert [(one.name, one.levels, one.labels, one.unplaced) for one in read.tables[index].dimensions] == [
            (one.name, one.levels, one.labels, one.unplaced) for one in table.dimensions
        ]
        matrices = [one.cells if one.name != "age" else Columns(one.cells[:, :-1]) for one in table.dimensions]
        for outcome, totals in enumerate(table.totals):
            wanted, found = totals.margins(crossing(matrices)), read.totals(index, outcome, matrices)
            for name in ("n", "x", "y"):
                np.testing.assert_allclose(*(ratio.column_sums(getattr(one, name)) for one in (found, wanted)), rtol=SAME)
            for name in ("weight", "xx", "cases", "missing"):
                np.testing.assert_allclose(*(getattr(one.moments, name) for one in (found, wanted)), rtol=SAME, err_msg=name)
            np.testing.assert_allclose(squares(found), squares(wanted), rtol=SAME)
            assert_same_spread(rule, by_unit, found, wanted)


def squares(totals: Totals) -> Floats:
    """Return the sums of w (y - R x)^2 about the ratio of each domain, whatever reference the moments have."""
    moments, estimate = totals.moments, ratio.ratio(totals).estimate
    shift = estimate - moments.reference
    return moments.ee - 2 * shift * moments.ex + shift**2 * moments.xx


def assert_same_spread(rule: Streamed, by_unit: Linearised, found: Totals, wanted: Totals) -> None:
    linear = ratio.ratio(wanted)
    matrix = np.eye(len(linear.estimate))
    if len(matrix) > 1:
        matrix = np.vstack([matrix, matrix[0] - matrix[min(3, len(matrix) - 1)]])
    contrasts = Columns(matrix)
    scores = contrast.linear(contrasts, linear.estimate, linear.scores).scores
    expected = by_unit.spread(scores, contrast.presence(contrasts, wanted.n))
    streamed = rule.ratio(found)
    spread = rule.spread(
        contrast.linear(contrasts, streamed.estimate, streamed.scores).scores, contrast.presence(contrasts, found.n)
    )
    np.testing.assert_allclose(spread.variance, expected.variance, rtol=SAME)
    np.testing.assert_allclose(spread.df, expected.df, rtol=FOURTH)
    np.testing.assert_array_equal(spread.counted, expected.counted)
    np.testing.assert_array_equal(spread.n_psu, expected.n_psu)


@pytest.mark.usefixtures("small_batches")
def test_the_same_errors_without_the_units(every_engine: Any, people: pd.DataFrame, survey_of: SurveyOf) -> None:
    rows = people.sort_values(["region", "area", "ea"])
    kept = aggregate(survey_of(rows), OUTCOMES, TABLES, "employed")
    survey = survey_of(every_engine(rows))
    assert_same(streamed(survey), kept, survey.design)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize(
    "changes", [{}, {"fpc": None, "lonely_psu": "adjust"}, {"stratum": None, "fpc": None}, {"psu": ["region", "ea"]}]
)
@pytest.mark.parametrize("order", [["region", "area", "ea"], ["ea"], ["age"], ["sex", "w"]])
@pytest.mark.parametrize("lazy", [duckdb.from_df, lambda rows: pl.from_pandas(rows).lazy()], ids=["duckdb", "polars"])
def test_rows_in_any_order(
    lazy: Any, order: list[str], changes: dict[str, Any], people: pd.DataFrame, survey_of: SurveyOf
) -> None:
    """Levels then appear late, strata come in many batches, and DuckDB sorts where nothing else helps."""
    rows = people.sort_values(order)
    kept = aggregate(survey_of(rows, **changes), OUTCOMES, TABLES, "employed")
    survey = survey_of(lazy(rows), **changes)
    assert_same(streamed(survey), kept, survey.design)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("lazy", [duckdb.from_df, lambda rows: pl.from_pandas(rows).lazy()], ids=["duckdb", "polars"])
def test_each_row_a_unit(lazy: Any, people: pd.DataFrame, survey_of: SurveyOf) -> None:
    changes = {"psu": None, "fpc": None}
    kept = aggregate(survey_of(people, **changes), OUTCOMES, TABLES, "employed")
    survey = survey_of(lazy(people), **changes)
    assert_same(streamed(survey), kept, survey.design)


@pytest.mark.parametrize("places", [0, 32, 10**6])
def test_full_and_sparse_arrays_in_parts(
    places: int, monkeypatch: pytest.MonkeyPatch, people: pd.DataFrame, survey_of: SurveyOf
) -> None:
    """Units with few members are folded in sparse arrays, others in full ones, and either in parts that fit."""
    for name, size in {"PLACES_A_RECORD": places, "PLACES_AT_ONCE": 60, "RECORDS_AT_ONCE": 20, "PARTS_AT_ONCE": 2}.items():
        monkeypatch.setattr(_fold, name, size)
    kept = aggregate(survey_of(people), OUTCOMES, TABLES, "employed")
    survey = survey_of(duckdb.from_df(people))
    assert_same(streamed(survey), kept, survey.design)


@pytest.mark.usefixtures("small_batches")
def test_a_batch_at_a_time_is_held(monkeypatch: pytest.MonkeyPatch, people: pd.DataFrame, survey_of: SurveyOf) -> None:
    """Every unit comes once, whole, and no batch is much larger than asked for."""
    rows = people.sort_values(["region", "area", "ea"])
    for source in (duckdb.from_df(rows), duckdb.from_df(people)):
        frame = survey_of(source).frame
        found = [batch.to_pandas() for batch in _batches.batches(frame, survey_of(rows).design, lambda part: part)]
        assert sum(len(batch) for batch in found) == len(rows)
        assert max(len(batch) for batch in found) <= 120
        units = [set(batch["ea"]) for batch in found]
        assert len(units) > 3
        assert all(not one & other for number, one in enumerate(units) for other in units[number + 1 :])
    monkeypatch.setattr(_batches, "KEYS_AT_ONCE", 2)
    unstratified = survey_of(rows, stratum=None, fpc=None).design
    batches = _batches.batches(survey_of(duckdb.from_df(rows)).frame, unstratified, lambda part: part)
    closed = [batch.to_pandas()["ea"] for batch in batches]
    assert all(one.iloc[-1] < other.iloc[0] for one, other in pairwise(closed))


@pytest.mark.parametrize("whole_strata", [False, True])
def test_parts_are_combined(people: pd.DataFrame, survey_of: SurveyOf, *, whole_strata: bool) -> None:
    """Files of their own units, or of their own strata: strata are matched by label, and the population is counted over all files."""
    levels = {"age": {age: f"aged {age}" for age in (8, 6, 7, 5)}, "sex": {"Female": "Girls", "Male": "Boys"}}
    book = Codebook({name: Variable(levels=values) for name, values in levels.items()})
    kept = aggregate(survey_of(people).grown(codebook=book), OUTCOMES, TABLES, "employed")
    parts = []
    for number in (2, 0, 1):
        part = people["region"].map({"N": 0, "S": 1}).fillna(2) if whole_strata else people["ea"] // 10 % 3
        rows = people[part == number]
        parts.append(streamed(survey_of(rows, lonely_psu="certainty").grown(codebook=book)))
    whole = combined(parts, survey_of(people).design)
    assert_same(whole, kept, survey_of(people).design)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("lazy", [duckdb.from_df, lambda rows: pl.from_pandas(rows).lazy()], ids=["duckdb", "polars"])
def test_refusals_that_no_batch_alone_can_give(lazy: Any, people: pd.DataFrame, survey_of: SurveyOf) -> None:
    rows = people.sort_values(["region", "area", "ea"])
    split = rows.assign(ea=rows["ea"].where(rows["region"] != "S", rows["ea"] - 80))
    with pytest.raises(DesignError, match=r"8 labels of ea occur in several, for example '0' in strata 'N x 0', 'S x 0'"):
        streamed(survey_of(lazy(split), fpc=None))
    lonely = rows[(rows["region"] != "C") | (rows["ea"] < 180)]
    with pytest.raises(DesignError, match="2 strata have a single PSU and lonely_psu is 'fail': 'C x 0', 'C x 1'"):
        streamed(survey_of(lazy(lonely)))
    with pytest.raises(DesignError, match="it counts fewer in 'S x 0', 'S x 1'"):
        streamed(survey_of(lazy(rows.assign(population=rows["population"].where(rows["region"] != "S", 2)))))
    with pytest.raises(DesignError, match="it varies in 1 stratum: 'N x 0'"):
        streamed(survey_of(lazy(rows.assign(population=rows["population"] + (rows["ea"] == 20)))))
    with pytest.raises(ColumnError, match="1 row hold other values, for example 3"):
        streamed(survey_of(lazy(rows.assign(y=rows["y"].where(np.arange(len(rows)) != 200, 3)))))
    with pytest.raises(OptionError, match="by='none' cannot make a table: the column holds no values"):
        streamed(
            survey_of(lazy(rows.assign(none=pd.Series([None] * len(rows), dtype="float64")))),
            tables=[("sex", "chain"), ("none", "age")],
        )


def test_designs_with_variance_within_primary_units_are_refused(people: pd.DataFrame, survey_of: SurveyOf) -> None:
    for changes in (
        {"later_stages": [pv.Stage(unit="flag")]},
        {"replicates": pv.Replicates(method="JKn")},
        {"selection": "successive-differences", "order": "ea", "fpc": None},
    ):
        with pytest.raises(DesignError, match="no second phase, no later stages under a finite population correction"):
            streamed(survey_of(people, **changes))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("sexes", "'sexes', which is no dimension of by. Did you mean 'sex'?"),
        (("sex", "Female", "Mal"), "'sex' has no level 'Mal'; it has 'Female', 'Male', 'All'. Did you mean 'Male'?"),
        (("indicator", "y", "hour"), "the indicator 'hour', which is not asked for. Did you mean 'hours'?"),
    ],
)
def test_contrasts_that_are_not_there(asked: Any, words: str, people: pd.DataFrame, survey_of: SurveyOf) -> None:
    with pytest.raises(OptionError, match=words.replace("?", r"\?")):
        stream(survey_of(people), OUTCOMES, TABLES, contrasts=[asked])


def test_pairs_that_contrasts_ask_for(people: pd.DataFrame, survey_of: SurveyOf) -> None:
    """Domains of sex by chain without margins: 2 x 2, and the margins of the last dimension and of both."""
    read = stream(
        survey_of(people), OUTCOMES[:2], [("sex", "chain")], contrasts=[("sex", "Male", "Female"), ("indicator", "y", "hours")]
    )
    table = read.tables[0]
    assert table.domains.codes.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [0, 2], [1, 2], [2, 2]]
    other = read.moments.pairs[14:].tolist()
    within = [[0, 2], [1, 3], [4, 5]]
    assert other == sorted([*within, *[[a + 7, b + 7] for a, b in within], *[[k, k + 7] for k in range(7)]])
    with pytest.raises(OptionError, match="name this one in margins="):
        read.totals(0, 0, [table.dimensions[0].cells, table.dimensions[1].cells])


def test_a_bar_goes_to_the_error_stream(capsys: pytest.CaptureFixture[str], people: pd.DataFrame, survey_of: SurveyOf) -> None:
    streamed(survey_of(duckdb.from_df(people)), progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Rows" in shown.err


@pytest.mark.parametrize("seed", range(16))
def test_random_designs_in_random_batches(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Levels that occur in one stratum alone, strata of two units and of twenty, rows in any order."""
    rng = np.random.default_rng(seed)
    for name in ("GROUPS_AT_ONCE", "ROWS_AT_ONCE", "ROWS_AT_FIRST", "ROWS_LOOKED_AT"):
        monkeypatch.setattr(_batches, name, int(rng.integers(5, 400)))
    sampled = rng.integers(2, rng.choice([4, 20]), rng.integers(1, 12))
    unit = np.repeat(np.arange(sampled.sum()), rng.integers(1, 25, sampled.sum()))
    stratum = np.repeat(np.arange(len(sampled)), sampled)[unit]
    rows = pd.DataFrame(
        {
            "w": rng.uniform(0.1, 9, len(unit)) * (rng.random(len(unit)) > rng.choice([0, 0.2])),
            "stratum": np.array([f"s{number}" for number in range(12)])[stratum],
            "ea": unit,
            "region": np.array([f"r{number}" for number in range(6)])[stratum // 2],
            "sex": rng.choice(["Female", "Male"], len(unit)),
            "y": np.where(rng.random(len(unit)) < rng.choice([0, 0.3]), np.nan, rng.random(len(unit)) < 0.2),
        }
    )
    rows = [rows, rows.sample(frac=1, random_state=seed), rows.sort_values("sex")][seed % 3]
    design = pv.Design(weight="w", stratum="stratum", psu="ea", lonely_psu="adjust", df_rule=("occupied", "own")[seed % 2])
    lazy = duckdb.from_df(rows) if seed % 4 else pl.from_pandas(rows).lazy()
    asked: dict[str, Any] = {"by": ["region", "sex"], "margins": "sex"}
    units = pv.prevalence(pv.Survey(rows, design), "y", **asked)
    moments = pv.prevalence(pv.Survey(lazy, design), "y", **asked, keep="moments", contrasts=["sex"])
    pd.testing.assert_frame_equal(moments.to_pandas(), units.to_pandas(), rtol=SAME, atol=1e-13)
    for one, other in (("Female", "Male"), ("Male", "All")):
        gaps = [table.difference("sex", one, other).to_pandas() for table in (moments, units)]
        pd.testing.assert_frame_equal(*gaps, rtol=SAME, atol=1e-13)


@pytest.mark.parametrize("convert", [lambda rows: pl.from_pandas(rows).lazy(), duckdb.from_df], ids=["polars", "duckdb"])
def test_units_crossed_with_strata_larger_than_a_batch(convert: Callable[[pd.DataFrame], Any], small_batches: None) -> None:
    """The design names the stratum twice, as it should where labels of units start anew; a batch is then a range of units."""
    rng = np.random.default_rng(8)
    rows = pd.DataFrame(
        {"stratum": np.arange(600) % 3, "ea": rng.integers(0, 12, 600), "w": rng.uniform(1, 2, 600), "y": rng.integers(0, 2, 600)}
    )
    design = Design(weight="w", stratum="stratum", psu=("stratum", "ea"))
    moments = pv.prevalence(pv.Survey(convert(rows), design), "y", by="stratum", margins=True, keep="moments").numbers
    units = pv.prevalence(pv.Survey(rows, design), "y", by="stratum", margins=True).numbers
    for name in ("estimate", "se", "df", "n_psu"):
        np.testing.assert_allclose(getattr(moments, name), getattr(units, name), rtol=SAME)


@pytest.mark.parametrize("keep", ["units", "moments"])
def test_names_that_sql_would_take_apart_are_refused_in_words(keep: Any) -> None:
    rows = pd.DataFrame({"w": 1.0, "ea.no": [1, 1, 2, 2], "y": [0, 1, 0, 1]})
    design = Design(weight="w", psu="ea.no")
    with pytest.raises(ColumnError, match=r"no dot in their names; found 'ea\.no'\. Rename them, for example 'ea_no'"):
        pv.prevalence(pv.Survey(duckdb.from_df(rows), design), "y", keep=keep)
    lazy = pv.prevalence(pv.Survey(pl.from_pandas(rows).lazy(), design), "y", keep=keep)
    assert lazy.numbers.estimate[0] == 0.5
