"""The attacker: it finds what can be worked out by hand, and nothing in what is published."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.errors import OptionError
from prevalence.estimates import Estimates
from prevalence.report import withheld
from prevalence.report.disclosure._attack import attack
from prevalence.survey import Family, Survey

HIDE = "withheld: to protect people"
SMALL_RUNS, MOST_CELLS = 60, 27
COLUMNS = ["cell", "count", "low", "high"]


def survey_of(groups: dict[str, tuple[int, int]], weights: dict[str, float] | None = None, **more: object) -> Survey:
    rows = [
        {"sex": sex, "child_labour": float(child < cases), "w": (weights or {}).get(sex, 1.0)}
        for sex, (n, cases) in groups.items()
        for child in range(n)
    ]
    return Survey(pd.DataFrame(rows).assign(**more), pv.Design(weight="w"))


def by_sex(groups: dict[str, tuple[int, int]], weights: dict[str, float] | None = None) -> Estimates:
    return pv.prevalence(survey_of(groups, weights), "child_labour", by="sex", margins=True)


def test_a_margin_tells_the_one_cell_that_is_withheld() -> None:
    table = by_sex({"Female": (60, 3), "Male": (70, 35)})
    found = attack([table], [(HIDE, "", "")])
    assert found[COLUMNS].to_numpy().tolist() == [["child_labour, Female", "cases", 3.0, 3.0]]
    assert not found["safe"].any()


def test_two_withheld_cells_have_the_range_that_their_sum_leaves() -> None:
    """38 cases among 60 girls and 70 boys."""
    table = by_sex({"Female": (60, 3), "Male": (70, 35)})
    found = attack([table], [(HIDE, HIDE, "")])
    assert found[["low", "high", "needed"]].to_numpy().tolist() == [[0.0, 38.0, 5.0], [0.0, 38.0, 7.0]]
    assert found["safe"].all()


def test_a_mark_that_says_weak_is_used() -> None:
    """13 + 17 = 30 observations, both marked as fewer than 25: each lies between 6 and 24; the cases are people."""
    table = by_sex({"Female": (13, 6), "Male": (17, 8)})
    weak = "withheld: fewer than 25 observations"
    found = attack([table], [(weak, weak, "")]).set_index(["cell", "count"])
    assert found.loc[("child_labour, Female", "n"), ["low", "high"]].tolist() == [6.0, 24.0]
    assert found.loc[("child_labour, Female", "cases"), ["low", "high"]].tolist() == [0.0, 14.0]


def test_a_row_without_the_mark_of_few_observations_has_enough() -> None:
    """Of 86 observations either sex has at least 25, so up to 61: either may have all 60 cases, though there are but 26 girls."""
    found = attack([by_sex({"Female": (26, 3), "Male": (60, 57)})], [(HIDE, HIDE, "")])
    assert found[found["count"].eq("cases")][["low", "high"]].to_numpy().tolist() == [[0.0, 60.0], [0.0, 60.0]]


def of_both(groups: dict[str, tuple[int, int]]) -> Estimates:
    """Return child labour and school of the same children by sex or region: half of each group go to school."""
    survey = survey_of(groups)
    data = survey.data.assign(school=np.arange(len(survey.data)) % 2)
    return pv.prevalence(Survey(data, survey.design), ["child_labour", "school"], by="sex", margins=True)


def test_cases_are_no_more_than_the_people_that_another_indicator_tells() -> None:
    """60 cases among 26 girls and 60 boys."""
    table = of_both({"Female": (26, 3), "Male": (60, 57)})
    shown = table.to_pandas()
    reasons = tuple(HIDE if row.indicator == "child_labour" and row.sex != "All" else "" for row in shown.itertuples())
    found = attack([table], [reasons])
    assert found[found["count"].eq("cases")][["low", "high"]].to_numpy().tolist() == [[0.0, 26.0], [34.0, 60.0]]


def test_what_is_withheld_for_another_cell_is_protected_in_turn() -> None:
    """Region b would hide the one case of a, whose 25 children are known: but b, with 200 cases, must stay open by 40."""
    table = of_both({"a": (25, 1), "b": (500, 200), "c": (600, 300)})
    assert attack([table], withheld([table]))["safe"].all()


def test_nearly_all_of_an_implied_group_are_protected_as_cases() -> None:
    """40 children are not in cocoa, 38 of them in child labour: no table shows them, but all less cocoa does."""
    family = Family(name="supply_chain", members={"cocoa": "cocoa"}, exposure="household", denominator="children")
    child = np.arange(100)
    rows = pd.DataFrame({"w": 1.0, "cocoa": child < 60, "child_labour": (child >= 30) & (child < 98)}).astype(float)
    survey = Survey(rows, pv.Design(weight="w"), families={"supply_chain": family})
    table = pv.prevalence(survey, "child_labour", by="supply_chain", margins=True)
    found = attack([table], [("", "")])
    assert found[["cell", "count", "true", "safe"]].to_numpy().tolist() == [
        ["child_labour, not cocoa (household)", "n - cases", 2.0, False]
    ]
    (reasons,) = withheld([table])
    assert any(reasons)
    assert attack([table], [reasons])["safe"].all()


def test_those_who_are_not_cases_are_counted_where_few_are_none() -> None:
    found = attack([by_sex({"Female": (60, 58), "Male": (70, 35)})], [(HIDE, "", "")]).set_index("count")
    assert found.loc["n - cases", ["cell", "low", "high", "safe"]].tolist() == ["child_labour, Female", 2.0, 2.0, False]


def test_a_withheld_row_has_somebody_in_it() -> None:
    """Rows without anybody are not withheld: of ten observations each of two withheld sides has one to nine."""
    weak = "withheld: fewer than 25 observations"
    found = attack([by_sex({"Female": (4, 2), "Male": (6, 3)})], [(weak, weak, "")]).set_index(["cell", "count"])
    assert found.loc[("child_labour, Female", "n"), ["low", "high"]].tolist() == [1.0, 9.0]


def test_a_comparison_that_is_shown_tells_its_withheld_side() -> None:
    """With 38 cases in all and the gap known, girls and boys are one equation each."""
    table = by_sex({"Female": (60, 3), "Male": (70, 35)})
    gap = table.difference("sex", "Female", "Male")
    found = attack([table, gap], [(HIDE, HIDE, ""), ("",)])
    assert found[["low", "high"]].to_numpy().tolist() == [[3.0, 3.0], [35.0, 35.0]]
    assert attack([table, gap], withheld([table, gap]))["safe"].all()


def test_weighted_numbers_of_people_tell_more_where_weights_differ() -> None:
    """Girls weigh 1 and boys 3: cases and weighted cases are two equations in two unknowns."""
    table = by_sex({"Female": (60, 3), "Male": (70, 35)}, {"Female": 1.0, "Male": 3.0})
    careless = attack([table], [(HIDE, HIDE, "")])
    # The reader knows that mean weights lie between 1 and 3, not which group has which.
    assert careless["low"].to_list() <= [3.0, 35.0] <= careless["high"].to_list()
    assert attack([table], withheld([table]))["safe"].all()


def test_mean_weights_at_their_limits_tell_everything() -> None:
    """All girls weigh 1 and all boys 3, so that the weighted sums by area are further equations in the cases of girls and of boys."""
    groups = [("Female", "Rural", 3), ("Female", "Urban", 17), ("Male", "Rural", 17), ("Male", "Urban", 3)]
    rows = pd.DataFrame(
        [
            {"sex": sex, "area": area, "child_labour": float(child < cases), "w": 1.0 if sex == "Female" else 3.0}
            for sex, area, cases in groups
            for child in range(60)
        ]
    )
    table = pv.prevalence(Survey(rows, pv.Design(weight="w")), "child_labour", by=["sex", "area"], margins=True)
    shown = table.to_pandas()
    reasons = tuple(np.where((shown["sex"] != "All") & (shown["area"] != "All"), HIDE, "").tolist())
    found = attack([table], [reasons]).query("count == 'cases'")
    assert found["low"].round(3).tolist() == found["high"].round(3).tolist() == found["true"].tolist() == [3, 17, 17, 3]
    # Without weights every cell could have any number from 0 to 20.
    plain = pv.prevalence(Survey(rows.assign(w=1.0), pv.Design(weight="w")), "child_labour", by=["sex", "area"], margins=True)
    found = attack([plain], [reasons]).query("count == 'cases'")
    assert found[["low", "high"]].to_numpy().tolist() == [[0, 20]] * 4


def test_a_level_without_anybody_hides_nothing() -> None:
    """The table leaves out a sex that nobody has."""
    table = by_sex({"Female": (60, 3), "Male": (70, 35), "Other": (2, 1)}, {"Other": 0.0})
    found = attack([table.select(sex=["Female", "Male", "All"])], [(HIDE, "", "")])
    assert found[COLUMNS].to_numpy().tolist() == [["child_labour, Female", "cases", 3.0, 3.0]]


def test_chains_that_overlap_do_not_add_up() -> None:
    """Of 200 children 60 are in cocoa and 100 in coffee, 20 of them in both; 40 are in child labour."""
    child = np.arange(200)
    rows = pd.DataFrame({"w": 1.0, "cocoa": child < 60, "coffee": (child >= 40) & (child < 140), "child_labour": child % 5 == 0})
    family = Family(
        name="supply_chain", members={"cocoa": "cocoa", "coffee": "coffee"}, exposure="household", denominator="children"
    )
    survey = Survey(rows.astype(float), pv.Design(weight="w"), families={"supply_chain": family})
    table = pv.prevalence(survey, "child_labour", by="supply_chain", margins=True)
    found = attack([table], [(HIDE, "", "")])
    of_chain = found[found["published"] & found["count"].eq("cases")]
    assert of_chain[["true", "low", "high"]].to_numpy().tolist() == [[12, 0, 40]]


def test_everyone_but_one_chain_is_found() -> None:
    family = Family(name="supply_chain", members={"cocoa": "cocoa"}, exposure="household", denominator="children")
    rows = pd.DataFrame(
        {"w": 1.0, "cocoa": [1.0] * 60 + [0.0] * 40, "child_labour": [1.0] * 30 + [0.0] * 30 + [1.0] * 2 + [0.0] * 38}
    )
    survey = Survey(rows, pv.Design(weight="w"), families={"supply_chain": family})
    table = pv.prevalence(survey, "child_labour", by="supply_chain", margins=True)
    found = attack([table], [("", "")])
    assert found[["cell", "published", "low", "high", "safe"]].to_numpy().tolist() == [
        ["child_labour, not cocoa (household)", False, 2.0, 2.0, False]
    ]
    assert attack([table], withheld([table]))["safe"].all()


def test_child_labour_in_a_chain_tells_the_cases_of_the_chain() -> None:
    """20 work in cocoa, 10 of them in child labour: withheld as a chain, told as 10 of all 200."""
    data = pd.DataFrame({"w": 1.0, "product": ["cocoa"] * 20 + ["other"] * 180, "child_labour": [1.0, 0.0] * 100})
    survey = pv.classify.in_chain(pv.classify.supply_chain(Survey(data, pv.Design(weight="w")), exposure="own"), "child_labour")
    chains = pv.prevalence(survey, "child_labour", by="supply_chain", margins=True).select(supply_chain=["cocoa", "All"])
    among_all = pv.prevalence(survey, "child_labour_in_cocoa")
    weak = "withheld: fewer than 25 observations"
    found = attack([chains, among_all], [(weak, ""), ("",)])
    cases = found[found["count"].eq("cases") & found["published"]]
    assert cases[["true", "low", "high"]].to_numpy().tolist() == [[10.0, 10.0, 10.0]]
    tables = [chains, among_all]
    assert attack(tables, withheld(tables))["safe"].all()


def test_a_quick_attack_agrees_on_what_is_safe(study: ModuleType) -> None:
    for seed in range(6):
        _, tables = study.random_run(seed, MOST_CELLS)
        reasons = [["" if row % 3 else why for row, why in enumerate(table)] for table in withheld(tables)]
        slow, quick = (attack(tables, reasons, exact=exact) for exact in (True, False))
        np.testing.assert_array_equal(slow["safe"], quick["safe"])
        assert (slow["low"] <= slow["true"]).all() and (slow["true"] <= slow["high"]).all()


def test_no_withheld_count_of_random_runs_is_known_too_well(study: ModuleType) -> None:
    """Two to four dimensions, overlapping chains, several tables; the benchmark attacks 1,000 larger ones."""
    attacked = 0
    for seed in range(SMALL_RUNS):
        _, tables = study.random_run(10_000 + seed, MOST_CELLS)
        found = attack(tables, withheld(tables), exact=False)
        attacked += len(found)
        assert found["safe"].all(), seed
    assert attacked > SMALL_RUNS


def test_what_is_shown_again_at_the_end_does_not_tell_those_who_are_not_cases(study: ModuleType) -> None:
    """A run of the benchmark with whole groups, many further cells and chains."""
    _, tables = study.random_run(198)
    assert attack(tables, withheld(tables), exact=False)["safe"].all()


def test_reasons_that_do_not_fit_are_one_error() -> None:
    table = by_sex({"Female": (60, 3), "Male": (70, 35)})
    with pytest.raises(OptionError, match="one sequence a table and one text a row"):
        attack([table], [("",)])


def test_nothing_to_attack() -> None:
    assert len(attack([], [])) == 0
