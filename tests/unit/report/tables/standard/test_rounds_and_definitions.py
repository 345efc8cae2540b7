"""Tables of change since a survey before, and of national law beside the SDG indicators: the figures asked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import prevalence as pv
from prevalence.errors import DataError, DefinitionError, OptionError
from prevalence.report.tables.grid import Cell, Table
from prevalence.report.tables.standard.rounds import harmonised

PEOPLE = {"country": "XAA"}
ROUNDING = 1e-9
"""Figures are in percent, estimates are shares."""
OWN, AGAIN = (
    "Percentage in child labour, as each survey defined it",
    "Percentage in child labour, by the definition of this survey",
)
SEED = 5
LAW = "national:GHA"


@pytest.fixture(scope="module")
def now() -> pv.Survey:
    return pv.classify.child_labour(pv.load("data/sample/children.sav", profile="sample-children"))


@pytest.fixture(scope="module")
def then() -> pv.Survey:
    """A survey before in the same units: a random half of the households, by an older definition."""
    survey = pv.load("data/sample/children.sav", profile="sample-children")
    rows = survey.data
    home = rows["HH1"].astype(str) + "-" + rows["HH2"].astype(str)
    kept = np.random.default_rng(SEED).permutation(home.unique())[: home.nunique() // 2]
    half = pv.Survey(
        rows[home.isin(kept)], survey.design, codebook=survey.codebook, provenance=survey.provenance, families=survey.families
    )
    return pv.classify.child_labour(half, definition="mics6")


def made(name: str, now: pv.Survey, **options: Any) -> Table:
    (table,) = pv.report.standard(name, now, people=PEOPLE, rule=None, publish=False, **options)
    return table


def cells(table: Table, label: str, spanner: str, head: str) -> list[Cell]:
    """The cells of a row below a spanner and a head."""
    row = next(row for row in table.rows if row.label == label)
    return [
        cell
        for cell, column in zip(row.cells, table.columns, strict=True)
        if spanner in column.spanners and head in (*column.spanners, column.head)
    ]


@pytest.mark.parametrize("samples", ["shared", "independent"])
def test_change_is_that_of_the_baseline_with_its_covariance(now: pv.Survey, then: pv.Survey, samples: str) -> None:
    table = made("national-23", now, before={"2019": then}, samples=samples)
    by_hand = pv.baseline.change(
        then, now, "child_labour", by=["country", "sex"], samples=samples, force=["definition_id", "definition_version", "production_boundary",
        "hours_thresholds", "hazard_rule", "missing_rule"], cells={"country": "XAA", "sex": "Female"},
    )  # fmt: skip
    before, this = cells(table, "Female", OWN, "2019"), cells(table, "Female", OWN, "This survey")
    assert before[0].values[0] == pytest.approx(100 * by_hand.old[0], abs=ROUNDING)
    assert this[0].values[0] == pytest.approx(100 * by_hand.new[0], abs=ROUNDING)
    assert (before[2].values[0], this[2].values[0]) == (by_hand.n_old[0], by_hand.n_new[0])
    estimate, se, interval, p = cells(table, "Female", OWN, "Change since 2019")
    assert estimate.values[0] == pytest.approx(100 * by_hand.change[0], abs=ROUNDING)
    assert se.values[0] == pytest.approx(100 * by_hand.se[0], abs=ROUNDING)
    assert interval.values == pytest.approx((100 * by_hand.low[0], 100 * by_hand.high[0]), abs=ROUNDING)
    assert p.values[0] == pytest.approx(by_hand.p_value[0], abs=ROUNDING)


def test_samples_in_the_same_units_change_the_standard_error(now: pv.Survey, then: pv.Survey) -> None:
    shared, apart = (
        cells(made("national-23", now, before={"2019": then}, samples=samples), "Total", OWN, "Change since 2019")[1].values[0]
        for samples in ("shared", "independent")
    )
    assert shared < apart


def test_labels_that_occur_in_both_must_be_explained(now: pv.Survey, then: pv.Survey) -> None:
    with pytest.raises(OptionError, match="the same label in both rounds"):
        pv.report.standard("national-23", now, before=then)


def test_the_survey_before_is_classified_again_by_the_definition_of_this_one(now: pv.Survey, then: pv.Survey) -> None:
    table = made("national-23", now, before={"2019": then}, samples="shared")
    again = pv.classify.child_labour(then, definition="sdg-8.7.1")
    asked = pv.prevalence(again, "child_labour", by="country").select(country="XAA").to_pandas()["estimate"].iloc[0]
    assert cells(table, "Total", AGAIN, "2019")[0].values[0] == pytest.approx(100 * asked, abs=ROUNDING)
    assert cells(table, "Total", OWN, "2019")[0].values[0] != pytest.approx(100 * asked, abs=0.1)
    change = cells(table, "Total", AGAIN, "Change since 2019")[0].values[0]
    sides = [cells(table, "Total", AGAIN, head)[0].values[0] for head in ("This survey", "2019")]
    assert change == pytest.approx(sides[0] - sides[1], abs=ROUNDING)
    said = [note.text for note in table.notes]
    assert any("define child labour differently" in text for text in said)
    assert any(text.startswith("2019: ") and "mics6" in text for text in said)


def test_surveys_of_one_definition_are_compared_once(now: pv.Survey, then: pv.Survey) -> None:
    table = made("national-23", now, before=pv.classify.child_labour(then), samples="shared")
    assert not any(AGAIN in column.spanners for column in table.columns)
    said = " ".join(note.text for note in table.notes)
    assert f"{AGAIN} (both surveys are by the same definition)" in said
    assert "define child labour differently" not in said
    assert any("Change since previous survey" in column.spanners for column in table.columns)


def test_surveys_are_classified_again_with_the_treatment_of_unknown_answers(now: pv.Survey, then: pv.Survey) -> None:
    excluding = pv.classify.child_labour(now, unknown="exclude")
    for before in (then, pv.classify.child_labour(then)):
        known = harmonised(before, excluding).provenance.definitions["child_labour"]
        assert (known.name, known.options["unknown"]) == ("sdg-8.7.1", "exclude")
    with pytest.raises(DefinitionError, match="by the same definition"):
        harmonised(pv.classify.child_labour(then, unknown="exclude"), excluding)


def test_each_survey_before_has_its_own_columns(now: pv.Survey, then: pv.Survey) -> None:
    table = made("national-23", now, before={"2014": then, "2019": pv.classify.child_labour(then)}, samples="shared")
    heads = list(dict.fromkeys(column.spanners[-1] for column in table.columns if OWN in column.spanners))
    assert heads == ["2014", "2019", "This survey", "Change since 2014", "Change since 2019"]


def test_change_of_a_chain_by_production_stratum(now: pv.Survey, then: pv.Survey) -> None:
    now, then = (
        survey.grown(pv.Survey(survey.data.copy().assign(production_stratum=np.where(survey.data["HH1"] % 2, "High", "Low")), survey.design).frame)
        for survey in (now, then)
    )  # fmt: skip
    table = made("supply-chain-4", now, before={"2019": then}, samples="shared", chain="cocoa")
    chains = [pv.classify.supply_chain(survey, exposure="household") for survey in (now, then)]
    new, old = (
        survey.grown(pv.Survey(survey.data.copy().assign(
            within=((survey.data["chain_cocoa"] == 1) & (survey.data["country"] == "XAA")).astype(float)
        ), survey.design).frame)
        for survey in chains
    )  # fmt: skip
    by_hand = pv.baseline.change(
        pv.classify.child_labour(old), new, "child_labour", by="production_stratum", among="within", samples="shared",
        cells={"production_stratum": "Low"},
    )  # fmt: skip
    estimate, se, _, p = cells(table, "Low", AGAIN, "Change since 2019")
    assert estimate.values[0] == pytest.approx(100 * by_hand.change[0], abs=ROUNDING)
    assert se.values[0] == pytest.approx(100 * by_hand.se[0], abs=ROUNDING)
    assert p.values[0] == pytest.approx(by_hand.p_value[0], abs=ROUNDING)


def test_a_dimension_that_the_survey_before_lacks_is_named(now: pv.Survey, then: pv.Survey) -> None:
    bare = pv.Survey(then.data.drop(columns="wealth"), then.design, codebook=then.codebook, provenance=then.provenance)
    table = made("national-23", now, before=bare, samples="shared")
    assert any(note.text == "Not in an earlier survey (previous survey): Wealth." for note in table.notes)
    assert cells(table, "Poorest", OWN, "This survey")[0].values
    assert cells(table, "Poorest", OWN, "Change since previous survey")[0].text == ""


def test_a_change_is_withheld_where_either_survey_withholds_its_side(now: pv.Survey, then: pv.Survey) -> None:
    few = np.flatnonzero(((then.data["country"] == "XAA") & (then.data["area"] == "Urban")).to_numpy())[20:]
    thin = pv.Survey(then.data.drop(index=then.data.index[few]), then.design, codebook=then.codebook, provenance=then.provenance)
    (table,) = pv.report.standard("national-23", now, people=PEOPLE, before={"2019": thin}, samples="shared")
    assert cells(table, "Urban", OWN, "2019")[0].values == ()
    assert cells(table, "Urban", OWN, "This survey")[0].values != ()
    assert [cell.values for cell in cells(table, "Urban", OWN, "Change since 2019")] == [()] * 4
    assert cells(table, "Poorest", OWN, "Change since 2019")[0].values != ()


def test_tables_of_change_need_a_survey_before(now: pv.Survey) -> None:
    with pytest.raises(DataError, match="'national-23' needs the survey before"):
        pv.report.standard("national-23", now)
    left_out = pv.report.standard("national", now, people=PEOPLE).left_out
    assert any("'national-23' needs the survey before" in text for text in left_out)
    strange: Any = {"2019": "survey.sav"}
    with pytest.raises(OptionError, match="before needs a Survey"):
        pv.report.standard("national-23", now, before=strange)


def test_national_law_beside_the_sdg_indicators(now: pv.Survey) -> None:
    table = made("national-22", now, law=LAW)
    rules = {"law": LAW, "first": "sdg-8.7.1", "second": "sdg-8.7.1-general"}
    again = pv.classify.compare(now, rules)
    asked = pv.prevalence(again, list(rules), by=["country", "sex"]).select(country="XAA", sex="Male")
    heads = {"law": "National law", "first": "SDG 8.7.1, indicator 1", "second": "SDG 8.7.1, indicator 2"}
    for column, head in heads.items():
        found = asked.select(indicator=column).to_pandas().iloc[0]
        assert cells(table, "Male", "Percentage in child labour by", head)[0].values[0] == pytest.approx(
            100 * found["estimate"], abs=ROUNDING
        )
    for column in ("first", "second"):
        gap = asked.difference("indicator", "law", column)
        found = gap.to_pandas().iloc[0]
        estimate, interval, p = cells(table, "Male", "National law minus", heads[column])
        assert estimate.values[0] == pytest.approx(100 * found["estimate"], abs=ROUNDING)
        assert interval.values == pytest.approx((100 * found["ci_low"], 100 * found["ci_high"]), abs=ROUNDING)
        assert p.values[0] == pytest.approx(gap.tests().p_value[0], abs=ROUNDING)


def test_the_law_must_be_named(now: pv.Survey) -> None:
    with pytest.raises(DataError, match="law='national:GHA'"):
        pv.report.standard("national-22", now)


def test_a_definition_that_the_data_do_not_allow_is_named(now: pv.Survey) -> None:
    bare = now.grown(pv.Survey(now.data.drop(columns=["chore_hours", "chores"]), now.design).frame)
    table = made("national-22", bare, law=LAW)
    assert any("SDG 8.7.1, indicator 2 (" in note.text for note in table.notes)
    assert cells(table, "Male", "National law minus", "SDG 8.7.1, indicator 1")


def test_determinants_are_the_effects_of_the_regression_on_all_rows(now: pv.Survey) -> None:
    table = made("national-21", now)
    rows = ["sex", "age_group", "area", "region", "wealth"]
    within = now.grown(pv.Survey(now.data.assign(within=(now.data["country"] == "XAA").astype(float)), now.design).frame)
    by_hand = pv.determinants(within, "child_labour", of=rows, among="within").to_pandas()
    assert set(by_hand["variable"]) == set(rows)
    for found in by_hand.itertuples():
        estimate, se, interval, p = cells(table, found.level, "Average marginal effect", "points") + [
            cells(table, found.level, "Average marginal effect", head)[0] for head in ("SE", "95% interval", "p")
        ]
        assert estimate.values[0] == pytest.approx(100 * found.effect, abs=ROUNDING)
        assert se.values[0] == pytest.approx(100 * found.effect_se, abs=ROUNDING)
        assert interval.values == pytest.approx((100 * found.effect_low, 100 * found.effect_high), abs=ROUNDING)
        assert p.values[0] == pytest.approx(found.p_value, abs=ROUNDING)
        odds, limits = (cells(table, found.level, "Odds ratio", head)[0] for head in ("ratio", "95% interval"))
        assert odds.values[0] == pytest.approx(found.odds_ratio, abs=ROUNDING)
        assert limits.values == pytest.approx((found.odds_low, found.odds_high), abs=ROUNDING)
        assert cells(table, found.reference, "Average marginal effect", "points")[0].text == ""


def test_an_effect_is_withheld_where_its_level_is(now: pv.Survey) -> None:
    inside = (now.data["country"] == "XAA") & (now.data["area"] == "Urban")
    few = now.data.drop(index=now.data.index[inside][20:])
    thin = pv.Survey(few, now.design, codebook=now.codebook, provenance=now.provenance)
    (table,) = pv.report.standard("national-21", thin, people=PEOPLE)
    assert cells(table, "Urban", "Percentage in child labour", "%")[0].values == ()
    assert [cell.values for cell in cells(table, "Rural", "Average marginal effect", "Average marginal effect")] == [()] * 4
    assert [cell.values for cell in cells(table, "Rural", "Odds ratio", "Odds ratio")] == [()] * 2
    others = ("Male", "12-14", "15-17", "Second", "Middle", "Fourth", "Richest")
    assert any(cells(table, label, "Average marginal effect", "points")[0].values for label in others)


def test_lazy_rows_leave_out_determinants_alone(now: pv.Survey) -> None:
    import polars as pl

    data = now.data[["fsweight", "stratum", "PSU", "country", "sex", "child_labour"]]
    lazy = pv.Survey(
        pl.from_pandas(data).lazy(), pv.Design(weight="fsweight", stratum="stratum", psu="PSU", weight_scale="normalised")
    )
    found = pv.report.standard(["national-11", "national"], lazy, people=PEOPLE)
    assert any("determinants needs rows in memory" in text for text in found.left_out)
    assert "national-11" in [table.name for table in found]
