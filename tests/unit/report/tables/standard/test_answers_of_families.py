"""Tables of reasons, places, injuries, tasks, programmes and facilities: each figure is the weighted share of the rows, by brute force."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.errors import ColumnError
from prevalence.report.tables.grid import Cell, Table
from prevalence.report.tables.standard.families import FAMILIES, LEVELS

PEOPLE = {"country": "XAA"}
ROUNDING = 1e-9
"""Figures are in percent, estimates are shares."""
SEED = 7
SHARE = {
    "injury_wounds": 0.3, "injury_fever": 0.15, "injury_dizziness": 0.1, "abuse_shouting": 0.25, "abuse_beating": 0.1,
    "reason_income": 0.5, "reason_skills": 0.2, "task_weeding": 0.6, "task_breaking": 0.3, "task_sorting": 0.2,
    "intervention_school": 0.3, "intervention_cash": 0.2, "community_has_primary": 0.7, "school_has_toilets": 0.5,
}  # fmt: skip
"""Chance of a yes. `injury_dizziness` and `task_sorting` are no members that the tables know."""
WORKPLACES = ("Farm, plantation or garden", "Family dwelling", "Market or street stall")


def simulated(rows: pd.DataFrame) -> pd.DataFrame:
    """Return columns that the sample does not have: no answers of children who do not work, one in fifty unknown."""
    rng = np.random.default_rng(SEED)
    size = len(rows)
    works = rows["in_employment"].to_numpy() == 1
    known = rng.random(size) >= 0.02
    found: dict[str, object] = {}
    for name, share in SHARE.items():
        asked = works if name.startswith(("injury", "abuse", "reason", "task")) else np.ones(size, dtype=bool)
        found[name] = np.where(asked & known, (rng.random(size) < share).astype(float), np.nan)
    found["workplace"] = np.where(works, rng.choice(WORKPLACES, size), None)
    found["work_reason"] = np.where(works, rng.choice(["Learn skills", "Supplement the family income"], size), None)
    found["pay_mode"] = np.where(works, rng.choice(["In cash", "Unpaid"], size), None)
    found["no_school_reason"] = np.where(
        rows["attends_school"] == "No", rng.choice(["Too young", "Cannot afford school"], size), None
    )
    found["grade_for_age"] = np.where(rows["attends_school"] == "Yes", rng.choice(LEVELS["grade_for_age"], size), None)
    found["poverty"] = rng.choice(["Poor", "Not poor"], size)
    found["production_stratum"] = rng.choice(["High", "Low"], size)
    found |= {"crop_yield": rng.gamma(4, 100, size), "land_area": rng.gamma(2, 2, size), "crop_area": rng.gamma(2, 1, size)}
    return pd.DataFrame(found, index=rows.index)


@pytest.fixture(scope="module")
def children() -> pv.Survey:
    survey = pv.classify.child_labour(pv.load("data/sample/children.sav", profile="sample-children"))
    more = simulated(survey.data)
    return survey.grown(pv.Survey(survey.data.copy().assign(**more), survey.design).frame)


@pytest.fixture(scope="module")
def rows(children: pv.Survey) -> pd.DataFrame:
    """The rows of the country, those in cocoa households and at work in cocoa marked."""
    households = pv.classify.supply_chain(children, exposure="household").data
    own = pv.classify.supply_chain(children, exposure="own").data
    found = households.copy().assign(cocoa_household=households["chain_cocoa"], cocoa_work=own["chain_cocoa"].to_numpy())
    return found[found["country"] == "XAA"]


def made(name: str, children: pv.Survey, chain: str = "") -> Table:
    (table,) = pv.report.standard(name, children, chain=chain, people=PEOPLE, rule=None, publish=False)
    return table


def total(table: Table, head: str, *spanners: str) -> Cell:
    """The cell of everyone below a head."""
    place = next(
        place
        for place, column in enumerate(table.columns)
        if head in (column.head, *column.spanners) and set(spanners) <= {column.head, *column.spanners}
    )
    return table.rows[0].cells[place]


def share(rows: pd.DataFrame, yes: pd.Series[bool], known: pd.Series[bool]) -> float:
    """Return a weighted percentage of those who answered."""
    return float(100 * np.average(yes[known], weights=rows["fsweight"][known]))


@pytest.mark.parametrize(
    ("name", "chain", "family", "within"),
    [
        ("national-10", "", "reason", "in_employment"),
        ("national-19", "", "injury", "in_employment"),
        ("national-19a", "", "abuse", "in_employment"),
        ("supply-chain-6", "cocoa", "task", "cocoa_work"),
        ("supply-chain-8", "cocoa", "injury", "cocoa_work"),
        ("supply-chain-9", "cocoa", "intervention", "cocoa_household"),
        ("supply-chain-11", "cocoa", "community_has", "cocoa_household"),
        ("supply-chain-11", "cocoa", "school_has", "cocoa_household"),
    ],
)
def test_every_column_of_a_family_has_its_share(
    children: pv.Survey, rows: pd.DataFrame, name: str, chain: str, family: str, within: str
) -> None:
    table = made(name, children, chain)
    columns = [column for column in SHARE if column.startswith(f"{family}_")]
    assert columns
    for column in columns:
        known = (rows[within] == 1) & rows[column].notna()
        member = column.removeprefix(f"{family}_")
        head = FAMILIES[family].get(member, f"{member[:1].upper()}{member[1:]}")
        above = ("Percentage of working children who name",) if family == "reason" else ()
        assert total(table, head, *above).values[0] == pytest.approx(share(rows, rows[column] == 1, known), abs=ROUNDING)


def test_unknown_members_of_a_family_come_after_the_known_ones(children: pv.Survey) -> None:
    heads = [column.head for column in made("supply-chain-6", children, "cocoa").columns]
    assert heads[:3] == ["Weeding", "Breaking pods", "Sorting"]


def test_any_of_a_family_is_unknown_only_if_no_answer_is_yes_and_one_is_missing() -> None:
    answers = {"injury_wounds": [1, 1, 0, 0, None], "injury_fever": [0, None, 0, None, None]}
    data = pd.DataFrame({"w": 1.0, "in_employment": 1.0, "sex": "Female", **answers})
    (table,) = pv.report.standard("national-19", pv.Survey(data, pv.Design(weight="w")), publish=False, rule=None)
    assert total(table, "Any injury or illness").values[0] == pytest.approx(200 / 3, abs=ROUNDING)


@pytest.mark.parametrize(
    ("name", "column", "within", "chain"),
    [
        ("national-7", "workplace", "in_employment", ""),
        ("national-9", "pay_mode", "in_employment", ""),
        ("national-10", "work_reason", "in_employment", ""),
        ("national-18", "grade_for_age", "child_labour", ""),
        ("national-18r", "no_school_reason", "child_labour", ""),
    ],
)
def test_every_level_of_a_category_has_its_share(
    children: pv.Survey, rows: pd.DataFrame, name: str, column: str, within: str, chain: str
) -> None:
    table = made(name, children, chain)
    known = (rows[within] == 1) & rows[column].notna()
    for level in rows[column].dropna().unique():
        assert total(table, level).values[0] == pytest.approx(share(rows, rows[column] == level, known), abs=ROUNDING)


def test_poverty_yield_and_land_are_of_children_in_the_chain(children: pv.Survey, rows: pd.DataFrame) -> None:
    table = made("supply-chain-10", children, "cocoa")
    inside = rows["cocoa_household"] == 1
    assert total(table, "Percentage of children in poor households").values[0] == pytest.approx(
        share(rows, rows["poverty"] == "Poor", inside), abs=ROUNDING
    )
    for head, column in {
        "Mean yield, kg per hectare": "crop_yield",
        "Mean land of the household, hectares": "land_area",
        "Mean land under cocoa, hectares": "crop_area",
    }.items():
        mean = np.average(rows[column][inside], weights=rows["fsweight"][inside])
        assert total(table, head).values[0] == pytest.approx(mean, rel=ROUNDING)


def test_the_association_with_interventions_is_the_difference_asked_by_hand(children: pv.Survey) -> None:
    table = made("supply-chain-9", children, "cocoa")
    survey = pv.classify.supply_chain(children, exposure="household")
    data = survey.data
    answers = data[["intervention_school", "intervention_cash"]]
    any_of = np.where((answers == 1).any(axis=1), 1.0, np.where(answers.isna().any(axis=1), np.nan, 0.0))
    within = ((data["chain_cocoa"] == 1) & (data["country"] == "XAA")).astype(float)
    asked = survey.grown(pv.Survey(data.copy().assign(reached=any_of, within=within), survey.design).frame)
    by_hand = pv.prevalence(asked, "child_labour", by="reached", among="within").difference("reached", 1.0, 0.0)
    found = by_hand.to_pandas().iloc[0]
    place = next(i for i, column in enumerate(table.columns) if "Covered minus not covered" in column.spanners)
    estimate, interval, p = table.rows[0].cells[place : place + 3]
    assert estimate.values[0] == pytest.approx(100 * found["estimate"], abs=ROUNDING)
    assert interval.values == pytest.approx((100 * found["ci_low"], 100 * found["ci_high"]), abs=ROUNDING)
    assert p.values[0] == pytest.approx(by_hand.tests().p_value[0], abs=ROUNDING)
    assert [column.head for column in table.columns[place : place + 3]] == ["points", "95% interval", "p"]
    sides = [total(table, head, "Percentage in child labour").values[0] for head in ("Covered", "Not covered")]
    assert sides[0] - sides[1] == pytest.approx(estimate.values[0], abs=ROUNDING)


def test_a_difference_is_withheld_where_one_of_its_sides_is() -> None:
    reached = np.repeat([1.0, 0.0], [30, 170])
    data = pd.DataFrame({"w": 1.0, "psu": np.arange(200) % 20, "chain_cocoa": 1.0, "intervention_cash": reached, "sex": "Female"})
    data["child_labour"] = np.r_[[1.0] * 2, [0.0] * 28, [1.0, 0.0] * 85]
    survey = pv.Survey(data, pv.Design(weight="w", psu="psu"), families={"supply_chain": _cocoa()})
    (table,) = pv.report.standard("supply-chain-9", survey, chain="cocoa")
    texts = {(*column.spanners, column.head)[-2]: cell for column, cell in zip(table.columns, table.rows[0].cells, strict=True)}
    assert texts["Covered minus not covered"].values == ()
    assert total(table, "Covered", "Percentage in child labour").values == ()


def _cocoa() -> pv.survey.Family:
    return pv.survey.Family(
        name="supply_chain",
        members={"cocoa": "chain_cocoa"},
        exposure="household",
        denominator="children of producing households",
    )


def test_a_table_without_any_column_of_its_family_says_so(children: pv.Survey) -> None:
    bare = children.grown(pv.Survey(children.data.drop(columns=[*SHARE, "work_reason"]), children.design).frame)
    with pytest.raises(ColumnError, match=r"Table 'national-19' cannot be filled: no column 'any_injury'; no column 'injury_\*'"):
        pv.report.standard("national-19", bare)
    left_out = pv.report.standard("supply-chain", bare, chain="cocoa", people=PEOPLE).left_out
    assert any("'supply-chain-6-cocoa'" in text for text in left_out)


def test_a_part_of_a_table_that_the_survey_lacks_is_named(children: pv.Survey) -> None:
    bare = children.grown(
        pv.Survey(children.data.drop(columns=[n for n in SHARE if n.startswith("school_has")]), children.design).frame
    )
    table = made("supply-chain-11", bare, "cocoa")
    assert any("Percentage of children whose school has (no column 'school_has_*')" in note.text for note in table.notes)


def test_the_sample_by_production_stratum(children: pv.Survey, rows: pd.DataFrame) -> None:
    table = made("supply-chain-1", children, "cocoa")
    counts = {row.label: row.cells[0].values[0] for row in table.rows if row.group == "Production stratum"}
    assert counts == rows["production_stratum"].value_counts().to_dict()


@pytest.mark.parametrize(("code", "said"), [("fr", "Écabossage"), ("es", "Apertura de mazorcas"), ("pt", "Quebra das cápsulas")])
def test_heads_of_families_are_translated(children: pv.Survey, code: str, said: str) -> None:
    (table,) = pv.report.standard("supply-chain-6", children, chain="cocoa", people=PEOPLE, language=code)
    assert said in [column.head for column in table.columns]


def test_a_profile_may_map_the_columns(tmp_path: Path) -> None:
    data = pd.DataFrame({"weight": 1.0, "place": [1, 2, 1, 9], "hurt": [1, 2, 2, 8]})
    data.to_csv(tmp_path / "children.csv", index=False)
    (tmp_path / "mine.toml").write_text(PROFILE, encoding="utf-8")
    survey = pv.load(tmp_path / "children.csv", profile=tmp_path / "mine.toml")
    assert survey.data["workplace"].tolist()[:3] == ["Family dwelling", "Mine or quarry", "Family dwelling"]
    assert survey.data["injury_wounds"].tolist()[:3] == [1.0, 0.0, 0.0]


PROFILE = """
title = "Survey of an office"
source = "its questionnaire"
[design]
weight = "weight"
[variables.workplace]
op = "recode"
column = "place"
codes = { 1 = "Family dwelling", 2 = "Mine or quarry" }
missing = { 9 = "not stated" }
[variables.injury_wounds]
op = "any_yes"
columns = ["hurt"]
yes = [1]
no = [2]
missing = { 8 = "do not know" }
"""
