"""Definitions side by side on the same children, and the standard errors of their differences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence import classify
from prevalence.design import Design
from prevalence.errors import DefinitionError
from prevalence.survey import Survey

EXACT = 1e-12  # sums of a few dozen numbers of order one
SEED = 20240612


def children(rows: int = 120) -> pd.DataFrame:
    draw = np.random.default_rng(SEED)
    return pd.DataFrame(
        {
            "w": draw.uniform(0.5, 2, rows),
            "stratum": np.repeat([1, 2, 3], rows // 3),
            "psu": np.repeat(np.arange(12), rows // 12),
            "sex": draw.choice(["Female", "Male"], rows),
            "age": draw.integers(5, 18, rows).astype(float),
            "economic_activity": draw.integers(0, 2, rows).astype(float),
            "economic_hours": draw.integers(0, 60, rows).astype(float),
            "chores": draw.integers(0, 2, rows).astype(float),
            "chore_hours": draw.integers(0, 40, rows).astype(float),
        }
    )


DESIGN = Design(weight="w", stratum="stratum", psu="psu")
TWO = ["sdg-8.7.1", "sdg-8.7.1-general"]
NARROW, WIDE = "child_labour_sdg_8_7_1", "child_labour_sdg_8_7_1_general"


def by_hand(data: pd.DataFrame, score: pd.Series) -> float:
    """Return the SE of a total of scores: between PSUs within strata, n/(n-1)."""
    totals = score.groupby([data["stratum"], data["psu"]]).sum()
    variance = 0.0
    for _, units in totals.groupby(level=0):
        variance += len(units) / (len(units) - 1) * ((units - units.mean()) ** 2).sum()
    return float(np.sqrt(variance))


def test_each_column_is_what_the_definition_alone_gives(engine, to_pandas):
    data = children()
    found = to_pandas(classify.compare(Survey(engine(data), DESIGN), TWO).data)
    for column, name in ((NARROW, TWO[0]), (WIDE, TWO[1])):
        alone = classify.child_labour(Survey(data, DESIGN), definition=name).data
        assert found[column].tolist() == alone["child_labour"].tolist()
        assert found[f"{column}_unknown"].tolist() == alone["child_labour_unknown"].tolist()


@pytest.mark.parametrize("sex", ["Female", "Male", "All"])
def test_the_difference_has_the_standard_error_of_the_paired_children(sex):
    data = children()
    table = pv.prevalence(classify.compare(Survey(data, DESIGN), TWO), [WIDE, NARROW], by="sex", margins=True)
    gap = table.difference("indicator", WIDE, NARROW).select(sex=sex).to_pandas()
    marked = classify.compare(Survey(data, DESIGN), TWO).data
    inside = (marked["sex"] == sex) if sex != "All" else pd.Series(data=True, index=marked.index)
    weight = marked["w"] * inside
    paired = marked[WIDE] - marked[NARROW]  # the difference child by child: its covariance is exact
    share = float((weight * paired).sum() / weight.sum())
    assert gap["estimate"].item() == pytest.approx(share, abs=EXACT)
    assert gap["se"].item() == pytest.approx(by_hand(marked, weight * (paired - share) / weight.sum()), abs=EXACT)


def test_indicators_are_one_table_with_their_definitions():
    survey = classify.compare(Survey(children(), DESIGN), [*TWO, "mics6"])
    columns = classify.compare_columns(survey)
    assert columns == (NARROW, WIDE, "child_labour_mics6")
    table = pv.prevalence(survey, columns, by="sex")
    assert table.to_pandas()["indicator"].unique().tolist() == list(columns)
    assert [table.provenance.definitions[column].name for column in columns] == [*TWO, "mics6"]
    assert survey.codebook.label(NARROW).startswith("sdg-8.7.1: children aged 5-17")


def test_names_of_ones_own_and_definitions_of_ones_own():
    rule = classify.national_definition(minimum_age=15, hazardous_age=18)
    data = children().assign(hazard_dust=0.0)
    survey = classify.compare(Survey(data, DESIGN), {"law": rule, "sdg": "sdg-8.7.1"})
    assert classify.compare_columns(survey) == ("law", "sdg")
    assert "in_employment" not in survey.columns
    twice = classify.compare(Survey(data, DESIGN), ["national:GHA"])
    assert classify.compare_columns(twice) == ("child_labour_national_gha",)


def test_by_default_all_that_the_data_allow_and_the_others_are_said():
    survey = classify.compare(Survey(children(), DESIGN))
    assert classify.compare_columns(survey) == (NARROW, WIDE, "child_labour_mics4", "child_labour_mics6")
    notes = " ".join(survey.provenance.notes)
    assert "'ilo-global-estimates' is left out; it needs the industry" in notes
    assert "'mics5' is left out; it needs hazardous conditions" in notes
    assert "count children of different ages" in notes


def test_each_definition_treats_unknown_answers_as_published():
    data = children(12).assign(
        age=16.0, economic_activity=1.0, economic_hours=np.nan, economic_hours_special=1.0, hazard_dust=0.0
    )
    found = classify.compare(Survey(data, DESIGN), ["mics5", "mics6"]).data
    assert found["child_labour_mics5"].eq(1).all()  # no guard against special codes
    assert found["child_labour_mics6"].eq(0).all()
    bounds = classify.compare(Survey(data, DESIGN), ["mics5", "mics6"], unknown="bounds").data
    assert bounds[["child_labour_mics6_low", "child_labour_mics6_high"]].drop_duplicates().to_numpy().tolist() == [[0, 1]]


def test_refusals():
    survey = Survey(children(), DESIGN)
    with pytest.raises(DefinitionError, match="'mics5' needs hazardous conditions"):
        classify.compare(survey, ["sdg-8.7.1", "mics5"])
    with pytest.raises(DefinitionError, match="'child_labour_mics6' would be made by two"):
        classify.compare(survey, ["mics6", "mics6"])
    with pytest.raises(DefinitionError, match="none is given"):
        classify.compare(survey, [])
    with pytest.raises(DefinitionError, match=r"Call pv\.classify\.compare"):
        classify.compare_columns(survey)
