"""Rounds pooled into one survey, against R on the stacked rows and by what pooling must leave as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import prevalence as pv
import reference
from prevalence.errors import ColumnError, DefinitionError, DesignError, OptionError
from prevalence.provenance import Codebook, Count, Definition, Provenance, Source, Variable
from prevalence.weighting import pool

TAYLOR = 1e-12
"""Same formula, other order of summation (DESIGN section 7)."""

NUMBERS: list[dict[str, Any]] = json.loads((reference.FOLDER / "pooled.json").read_text(encoding="utf-8"))["numbers"]
POINTS = [number for number in NUMBERS if number["statistic"] != "difference"]
CHANGES = [number for number in NUMBERS if number["statistic"] == "difference"]
ROUNDS = ("2022", "2023", "2024")
DESIGN = pv.Design(weight="w", stratum="stratum", psu="psu", df_rule="own")


def rows_of(name: str) -> pd.DataFrame:
    panel = reference.data("pooled.csv")
    return panel[panel["round"].astype(str) == name].drop(columns="round")


def surveys(convert: Any = lambda rows: rows, **parts: Any) -> list[pv.Survey]:
    return [pv.Survey(convert(rows_of(name)), DESIGN, **parts) for name in ROUNDS]


def pooled(**options: Any) -> pv.Survey:
    return pool(surveys(), names=ROUNDS, **options)


def asked(statistic: str, variable: str, by: Any) -> pv.Estimates:
    ask = {"prevalence": pv.prevalence, "mean": pv.mean, "total": pv.total}[statistic]
    return ask(pooled(), variable, by=by, margins=True)


def label(number: dict[str, Any]) -> str:
    return ":".join(str(number[key]) for key in ("statistic", "variable", "round", "later", "earlier", "sex") if key in number)


@pytest.mark.parametrize("number", POINTS, ids=label)
def test_rounds_and_all_of_them(number: dict[str, Any]) -> None:
    found = asked(number["statistic"], number["variable"], "round").select(round=number["round"]).to_pandas().iloc[0]
    assert found["estimate"] == pytest.approx(number["estimate"], rel=TAYLOR)
    assert found["se"] == pytest.approx(number["se"], rel=TAYLOR)
    assert found["df"] == number["df"]


@pytest.mark.parametrize("number", CHANGES, ids=label)
def test_changes_have_the_covariance_of_shared_units(number: dict[str, Any]) -> None:
    statistic = "prevalence" if number["variable"] == "child_labour" else "mean"
    table = asked(statistic, number["variable"], ["round", "sex"]).select(sex=number.get("sex") or "All")
    found = table.difference("round", number["later"], number["earlier"]).to_pandas().iloc[0]
    assert found["estimate"] == pytest.approx(number["estimate"], rel=TAYLOR)
    assert found["se"] == pytest.approx(number["se"], rel=TAYLOR)


def test_the_panel_of_the_numbers_gains_from_its_overlap() -> None:
    whole = next(number for number in CHANGES if number["variable"] == "child_labour" and number.get("sex") is None)
    assert whole["se"] < 0.9 * whole["se_without_covariance"]


def test_weights_are_divided_and_the_callers_frames_stay() -> None:
    parts = surveys()
    before = [part.data.copy() for part in parts]
    both = pool(parts, names=ROUNDS)
    for part, copy in zip(parts, before, strict=True):
        pd.testing.assert_frame_equal(part.data, copy)
    assert both.data["w"].sum() == pytest.approx(sum(part.data["w"].sum() for part in parts) / 3, rel=TAYLOR)
    assert both.data.index.is_unique
    assert both.data["round"].value_counts().to_dict() == {name: len(part.data) for name, part in zip(ROUNDS, parts, strict=True)}


def test_totals_of_a_round_need_undivided_weights() -> None:
    alone = pv.total(surveys()[0], "hours").to_pandas()["estimate"][0]
    kept = pv.total(pooled(divide=False), "hours", by="round").to_pandas()["estimate"][0]
    divided = pv.total(pooled(), "hours", by="round").to_pandas()["estimate"][0]
    assert kept == pytest.approx(alone, rel=TAYLOR)
    assert divided == pytest.approx(alone / 3, rel=TAYLOR)


@pytest.mark.parametrize("engine", ["polars", "polars-lazy", "pyarrow", "duckdb"])
def test_every_kind_of_frame_stays_its_kind(engine: str) -> None:
    convert = {
        "polars": pl.from_pandas,
        "polars-lazy": lambda rows: pl.from_pandas(rows).lazy(),
        "pyarrow": lambda rows: pl.from_pandas(rows).to_arrow(),
        "duckdb": lambda rows: duckdb.from_df(rows),
    }[engine]
    parts = surveys(convert)
    both = pool(parts, names=ROUNDS)
    assert isinstance(both.data, type(parts[0].data))
    expected = pv.prevalence(pooled(), "child_labour", by=["round", "sex"]).to_pandas()
    found = pv.prevalence(both, "child_labour", by=["round", "sex"]).to_pandas()
    pd.testing.assert_frame_equal(found, expected, rtol=TAYLOR)


def test_rounds_keep_their_order_and_the_row_key_gains_the_round() -> None:
    parts = [replace(part, data=part.data.assign(person=np.arange(len(part.data))), id="person") for part in surveys()]
    both = pool(parts, names=("late", "middle", "early"), column="wave")
    assert both.key == ("person", "wave")
    assert list(both.codebook.levels("wave")) == ["late", "middle", "early"]
    assert pv.prevalence(both, "child_labour", by="wave").to_pandas()["wave"].tolist() == ["late", "middle", "early"]


def test_numbers_of_several_types_become_floats_and_texts_strings() -> None:
    one, two, _ = surveys(pl.from_pandas)
    other = two.data.with_columns(pl.col("psu").cast(pl.Int32), pl.col("sex").cast(pl.Categorical))
    both = pool([one, replace(two, data=other)])
    assert both.data.schema["psu"] == pl.Float64
    assert both.data.schema["sex"] == pl.String
    assert set(both.data["round"].unique()) == {"1", "2"}


def test_replicate_weights_that_stand_for_people_are_divided_too() -> None:
    rows = rows_of("2022").assign(rep_1=1.5, rep_2=3.0)
    for combined, expected in ((True, 0.75), (False, 1.5)):
        design = pv.Design(weight="w", replicates=pv.Replicates(columns="rep_*", method="bootstrap", combined=combined))
        both = pool([pv.Survey(rows, design), pv.Survey(rows, design)])
        assert both.data["rep_1"].unique().tolist() == [expected]


def test_what_was_said_of_the_rounds_is_kept() -> None:
    sex = [Variable(label="Sex", levels={"Male": "Male"}), Variable(levels={"Female": "Girls", "Male": "Boys"})]
    count = Count(step="missing codes", rows=3, reason="do not know")
    said = [
        Provenance(sources=(Source(name=f"{k}.sav", sha256="0", rows=1),), counts=(count,), notes=("A note.",)) for k in (1, 2)
    ]
    both = pool(
        [
            replace(survey, codebook=Codebook({"sex": variable}), provenance=record)
            for survey, variable, record in zip(surveys()[:2], sex, said, strict=True)
        ]
    )
    assert both.codebook.levels("sex") == {"Male": "Male", "Female": "Girls"}
    assert [source.name for source in both.provenance.sources] == ["1.sav", "2.sav"]
    assert [entry.step for entry in both.provenance.counts] == ["1: missing codes", "2: missing codes"]
    assert both.provenance.notes == (
        "A note.",
        "Value labels of sex differ between rounds 1 and 2; those of the first are shown.",
        "Rounds 1, 2 pooled, weights divided by 2.",
    )


def test_a_design_without_units_says_that_rounds_are_independent() -> None:
    design = pv.Design(weight="w")
    both = pool([pv.Survey(rows_of(name), design) for name in ROUNDS])
    assert "count as independent" in both.provenance.notes[-1]


def defined(survey: pv.Survey, name: str) -> pv.Survey:
    definition = Definition(indicator="child_labour", name=name, version="1", title="t", source="s", status="verified")
    return replace(survey, provenance=Provenance(definitions={"child_labour": definition}))


def test_rounds_that_are_not_alike_are_refused() -> None:
    one, two, _ = surveys()
    with pytest.raises(DesignError, match="'lonely_psu'"):
        pool([one, replace(two, design=replace(DESIGN, lonely_psu="adjust"))])
    with pytest.raises(DesignError, match="one id"):
        pool([one, pv.Survey(two.data.assign(person=np.arange(len(two.data))), DESIGN, id="person")])
    with pytest.raises(DefinitionError, match="'child_labour'"):
        pool([defined(one, "mics6"), defined(two, "sdg-8.7.1")])
    with pytest.raises(ColumnError, match="'hours'"):
        pool([one, replace(two, data=two.data.drop(columns="hours"))])
    with pytest.raises(ColumnError, match="one type"):
        pool([one, replace(two, data=two.data.assign(hours="many"))])
    with pytest.raises(ColumnError, match="one kind"):
        pool([one, replace(two, data=pl.from_pandas(two.data))])


def test_names_and_the_new_column_are_checked() -> None:
    one, two, _ = surveys()
    with pytest.raises(OptionError, match="two or more"):
        pool([one])
    for names in (["a"], ["a", "a"]):
        with pytest.raises(OptionError, match="2 different names"):
            pool([one, two], names=names)
    with pytest.raises(ColumnError, match="column='wave'"):
        pool([one, two], column="sex")
