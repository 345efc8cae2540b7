"""The truth follows the standards: thresholds at 1, 14 and 43 hours, chores from 21, forced labour within one job."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from prevalence.simulate import Population
from prevalence.simulate._forced_labour import COERCION, INVOLUNTARY
from prevalence.simulate._truth import child_truth, forced_truth

CASES = [
    # age, economic hours, chore hours, sdg-8.7.1, sdg-8.7.1-general
    (5, 1, 0, 1, 1),
    (11, 0, 0, 0, 0),
    (11, 1, 0, 1, 1),
    (12, 13, 0, 0, 0),
    (14, 14, 0, 1, 1),
    (15, 42, 0, 0, 0),
    (17, 43, 0, 1, 1),
    (14, 13, 20, 0, 0),
    (14, 13, 21, 0, 1),
    (15, 13, 60, 0, 0),
]


def child(age: int, hours: int, chores: int) -> pd.DataFrame:
    row = {"age": age, "economic_activity": 1, "economic_hours": hours, "water_hours": chores // 2, "wood_hours": 0}
    return pd.DataFrame([{**row, "other_chore_hours": chores - chores // 2, "hazard_loads": 0}])


@pytest.mark.parametrize(("age", "hours", "chores", "strict", "general"), CASES)
def test_child_labour_thresholds(age: int, hours: int, chores: int, strict: int, general: int) -> None:
    truth = child_truth(child(age, hours, chores))
    assert truth["child_labour"].item() == strict
    assert truth["child_labour_general"].item() == general


@pytest.mark.parametrize("age", [4, 18])
def test_other_ages_are_out_of_scope(age: int) -> None:
    assert child_truth(child(age, 50, 50)).isna().all(axis=None)


def worker(**answers: int) -> pd.DataFrame:
    items = dict.fromkeys(INVOLUNTARY, 0) | dict.fromkeys(COERCION, 4)
    row = {"age": 30, "economic_activity": 1, **items, **{f"{name}_job2": answer for name, answer in items.items()}}
    return pd.DataFrame([{**row, **answers}])


@pytest.mark.parametrize(
    ("answers", "forced"),
    [
        ({}, 0),
        ({"different_job": 1}, 0),
        ({"debt": 1}, 0),
        ({"different_job": 1, "debt": 1}, 1),
        ({"different_job": 1, "debt": 3}, 1),  # witnessed on co-workers counts
        ({"different_job": 1, "debt_job2": 1}, 0),  # not the same job
        ({"different_job_job2": 1, "debt_job2": 2}, 1),
    ],
)
def test_forced_labour_needs_both_in_one_job(answers: dict[str, int], forced: int) -> None:
    assert forced_truth(worker(**answers)).item() == forced


def test_forced_labour_is_asked_of_adult_workers() -> None:
    assert np.isnan(forced_truth(worker(age=17)).item())
    assert np.isnan(forced_truth(worker(economic_activity=0)).item())


def test_some_workers_are_involuntary_and_coerced_in_different_jobs_alone(people: Population) -> None:
    persons = people.persons
    involuntary = (persons[list(INVOLUNTARY)] == 1).any(axis=1)
    coerced_2 = persons[[f"{name}_job2" for name in COERCION]].isin([1, 2, 3]).any(axis=1)
    assert (involuntary & coerced_2 & (persons["forced_labour"] == 0)).any()


def test_cells_of_the_truth_add_up(village: Population) -> None:
    truth = village.truth()
    cells = truth[(truth["exposure"] == "All") & (truth["country"] == "XBB") & (truth["area"] == "All")]
    parts = cells[(cells["sex"] != "All") & (cells["age_group"] == "All")].groupby(["indicator", "definition"])["cases"].sum()
    wholes = cells[(cells["sex"] == "All") & (cells["age_group"] == "All")].set_index(["indicator", "definition"])["cases"]
    assert parts.equals(wholes.sort_index())


def test_in_chain_and_own_count_the_same_cases(village: Population) -> None:
    truth = village.truth()
    rows = truth[(truth["definition"] == "sdg-8.7.1") & (truth["country"] == "XBB")].set_index(["supply_chain", "sex"])
    own, inside = rows[rows["exposure"] == "own"]["cases"], rows[rows["exposure"] == "in chain"]["cases"]
    assert (inside == own.reindex(inside.index)).all()
    whole = rows[rows["exposure"] == "in chain"].loc[("cotton", "All"), "population"]
    assert whole == village.persons["child_labour"].notna().sum()
