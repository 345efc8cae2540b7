"""Distributions, ratios, means, totals and contrasts: what their rows tell, and that it is withheld."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report import attack, withheld
from prevalence.report.disclosure._suppressions import LEFT, suppressions
from prevalence.survey import Survey

HIDE = "withheld: to protect people"
SEEDS = 6


def survey_of(frame: pd.DataFrame) -> Survey:
    return Survey(frame, pv.Design(weight="w"))


def work_of(*counts: int) -> Estimates:
    """Return the distribution of the given numbers of people over works a, b, c, ..."""
    works = [work for work, count in zip("abcd", counts, strict=False) for _ in range(count)]
    return pv.distribution(survey_of(pd.DataFrame({"w": 1.0, "work": works})), "work")


def regions() -> Survey:
    """Return East and North with 40 cases of 200 each, and South with 2."""
    groups = [("East", 40), ("North", 40), ("South", 2)]
    rows = [(region, float(child < cases)) for region, cases in groups for child in range(200)]
    return survey_of(pd.DataFrame(rows, columns=["region", "child_labour"]).assign(w=1.0, one=1.0))


def test_the_other_levels_tell_the_one_that_is_withheld() -> None:
    """100 people, 60 and 37 of whom do a and b."""
    found = attack([work_of(60, 37, 3)], [("", "", HIDE)])
    assert found[["cell", "low", "high", "safe"]].to_numpy().tolist() == [["work: c", 3.0, 3.0, False]]


def test_a_level_is_withheld_with_another() -> None:
    table = work_of(60, 37, 3)
    reasons = withheld([table])
    assert reasons == (("", HIDE, HIDE),)
    assert attack([table], reasons)["safe"].all()


def test_a_level_that_was_left_out_is_what_the_others_leave() -> None:
    table = work_of(60, 37, 3).select(work=["a", "b"])
    found = attack([table], [("", "")])
    assert found[["published", "true", "low", "high"]].to_numpy().tolist() == [[False, 3.0, 3.0, 3.0]]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_small_region_of_a_distribution_cannot_be_worked_out(seed: int) -> None:
    random, n = np.random.default_rng(seed), 600
    frame = pd.DataFrame(
        {
            "w": random.uniform(0.5, 2, n),
            "sex": random.choice(["Female", "Male"], n),
            "region": random.choice(["North", "South", "East"], n),
        }
    )
    frame.loc[:9, "region"] = "Tiny"
    table = pv.distribution(survey_of(frame), "sex", by="region", margins=True)
    reasons = withheld([table])
    told = table.to_pandas().assign(shown=[not reason for reason in reasons[0]])
    by_region = told.groupby("region")["shown"].agg(["any", "all"])
    # With one sex shown, 100 % less its share is the other's.
    assert (by_region["any"] == by_region["all"]).all()
    assert not by_region.loc["Tiny", "any"]
    assert by_region["any"].sum() <= len(by_region) - 2
    assert by_region.loc["All", "any"]
    assert attack([table], reasons)["safe"].all()


def test_a_difference_of_distributions_falls_with_its_side() -> None:
    survey = survey_of(pd.DataFrame({"w": 1.0, "sex": ["F", "M"] * 305, "region": ["Tiny"] * 10 + ["East", "North"] * 300}))
    table = pv.distribution(survey, "sex", by="region")
    assert all(withheld([table, table.difference("region", "Tiny", "East")])[1])


def test_a_ratio_of_totals_and_a_mean_are_withheld_as_a_share_is() -> None:
    survey = regions()
    share = pv.prevalence(survey, "child_labour", by="region", margins=True)
    ratio = pv.ratio(survey, "child_labour", "one", by="region", margins=True)
    mean = pv.mean(survey, "child_labour", by="region", margins=True)
    expected = withheld([share])[0]
    assert [bool(reason) for reason in expected].count(True) == 2
    for other in (ratio, mean):
        assert withheld([other])[0] == expected
        assert withheld([share, other]) == (expected, expected)
        # One that shows another region would tell South in both.
        careless = tuple(HIDE if region == "South" else "" for region in other.to_pandas()["region"])
        assert not attack([share, other], [expected, careless])["safe"].all()


def test_a_ratio_of_estimates_falls_with_its_sides() -> None:
    table = pv.prevalence(regions(), "child_labour", by="region")
    assert withheld([table, table.relative("region", "South", "East")])[1] == (HIDE,)


def test_a_contrast_is_withheld_unless_all_that_it_may_be_made_of_is_shown() -> None:
    table = pv.prevalence(regions(), "child_labour", by="region", margins=True)
    contrast = table.contrast([[0, 0, 1, 0]])
    assert withheld([contrast]) == ((HIDE,),)
    assert withheld([table, contrast])[1] == (HIDE,)
    assert suppressions([table, contrast]).query("table == 1")["rule"].tolist() == ["one of its sides is withheld"]
    large = table.select(region=["East", "North"])
    assert withheld([large, large.contrast([[1, -1]])]) == (("", ""), ("",))


def test_totals_of_amounts_and_of_everybody_have_no_cases() -> None:
    frame = pd.DataFrame({"w": 1.0, "sex": ["F", "M"] * 100, "hours": np.arange(200) / 4, "one": 1.0})
    for variable in ("hours", "one"):
        for ask in (pv.total, pv.mean):
            assert not any(withheld([ask(survey_of(frame), variable, by="sex", margins=True)])[0])
    assert np.isnan(pv.total(survey_of(frame), "hours").numbers.cases).all()
    shares = pv.prevalence(survey_of(frame), "one", by="sex", margins=True)
    assert all(withheld([shares])[0])


def test_totals_of_an_indicator_are_withheld_as_its_shares_are() -> None:
    survey = regions()
    share, total = (ask(survey, "child_labour", by="region", margins=True) for ask in (pv.prevalence, pv.total))
    assert withheld([total]) == withheld([share])


def test_a_cell_that_no_table_shows_does_not_cost_a_total() -> None:
    """40 + 60 of 104 cases: the youngest have 4, and only a total of one of the three tables could hide it."""
    ages = [("5-11", 2), ("12-14", 20), ("15-17", 30)]
    rows = [(age, sex, float(child < cases)) for age, cases in ages for sex in ("F", "M") for child in range(200)]
    survey = survey_of(pd.DataFrame(rows, columns=["age", "sex", "child_labour"]).assign(w=1.0))
    table = pv.prevalence(survey, "child_labour", by=["age", "sex"], margins=True)
    parts = [table.select(age=age) for age in ("12-14", "15-17", "All")]
    reasons = withheld(parts)
    for part, why in zip(parts, reasons, strict=True):
        assert not why[part.to_pandas()["sex"].tolist().index("All")]
    found = attack(parts, reasons)
    assert found.loc[found["published"], "safe"].all()
    # Nor can girls and boys of the youngest be hidden, who are 4 together.
    record = suppressions(parts).query(f"rule == {LEFT!r}")
    assert set(found.loc[~found["safe"], "cell"]) == set(record["cell"])
    rest = record.set_index("cell").loc["child_labour, other than those shown"]
    assert rest[["table", "row", "cases"]].tolist() == [-1, -1, 4.0]
