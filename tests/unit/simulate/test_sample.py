"""Samples: inclusion probabilities, weights, one child or all, non-response."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from prevalence.errors import OptionError
from prevalence.simulate import Population, Sample, sample

DRAWS = 800
STANDARD_ERRORS = 3.0  # Monte Carlo checks pass within three of their standard errors
ROUNDING = 1e-9  # relative: sums of weights in another order; the number of households does not vary at all
ONE_SAMPLE = 0.04  # relative: four standard deviations (1 %) of the number of children that a sample stands for
RESPONSE_BIAS = 0.03  # relative: response depends on wealth within strata, weights are adjusted by stratum alone


def draw(village: Population, seed: int, **options: object) -> Sample:
    return sample(village, areas_per_stratum=2, households_per_area=8, seed=seed, **options)


@pytest.mark.parametrize("selection", ["systematic", "with-replacement"])
def test_expansion_is_unbiased(village: Population, selection: str) -> None:
    """Inverse inclusion probabilities: totals of households, children and cases are right on average."""
    children = village.persons["child_labour"].dropna()
    cases, numbers, homes = [], [], []
    persons = village.persons["child_labour"].to_numpy()
    for seed in range(DRAWS):
        drawn = draw(village, seed, nonresponse=False, selection=selection)
        chosen = drawn.chosen_children
        cases.append(chosen.weight @ persons[chosen.row])
        numbers.append(chosen.weight.sum())
        homes.append(drawn.households["weight"].sum())
    for totals, target in ((cases, children.sum()), (numbers, len(children)), (homes, len(village.households))):
        error = np.std(totals, ddof=1) / np.sqrt(DRAWS)
        assert abs(np.mean(totals) - target) <= STANDARD_ERRORS * error + ROUNDING * target


def test_households_are_drawn_as_often_as_their_weight_says(village: Population) -> None:
    hits = np.zeros(len(village.households))
    size = village.areas["households"].to_numpy()
    stratum = village.areas["stratum"].to_numpy()
    total = np.bincount(stratum, weights=size)[stratum]
    for seed in range(DRAWS):
        np.add.at(hits, draw(village, seed, nonresponse=False).households["household_index"].to_numpy(), 1)
    expected = DRAWS * (2 * 8 / total)[village.households["area_index"].to_numpy()]
    scores = (hits - expected) / np.sqrt(expected)
    assert np.quantile(np.abs(scores), 0.99) < STANDARD_ERRORS


def test_non_response_is_made_up_for(village: Population) -> None:
    status = village.persons["child_labour_general"].to_numpy()
    answering = (draw(village, seed).chosen_children.answering() for seed in range(DRAWS // 4))
    estimates = [np.average(status[chosen.row], weights=chosen.weight) for chosen in answering]
    truth = np.nanmean(status)
    error = np.std(estimates, ddof=1) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - truth) <= STANDARD_ERRORS * error + RESPONSE_BIAS * truth


def test_weights_add_up_to_the_population(people: Population) -> None:
    drawn = sample(people, seed=9)
    for frame, indicator in ((drawn.children, "child_labour"), (drawn.workers, "forced_labour")):
        assert frame["weight"].sum() == pytest.approx(people.persons[indicator].notna().sum(), rel=ONE_SAMPLE)
    assert drawn.persons["weight"].sum() == pytest.approx(len(people.persons), rel=ONE_SAMPLE)
    assert drawn.households["weight"].sum() == pytest.approx(len(people.households), rel=ROUNDING)


def test_one_child_a_household_stands_for_all_its_children(village: Population) -> None:
    drawn = draw(village, 1, nonresponse=False)
    chosen = drawn.chosen_children
    assert not pd.Series(chosen.household).duplicated().any()
    homes = drawn.households.take(chosen.household)
    count = village.households["children"].to_numpy()[homes["household_index"]]
    np.testing.assert_allclose(chosen.weight, homes["weight"].to_numpy() * count)


def test_all_children_of_the_households(village: Population) -> None:
    drawn = draw(village, 1, nonresponse=False, children="all")
    wanted = village.households["children"].to_numpy()[drawn.households["household_index"]].sum()
    assert len(drawn.children) == wanted
    assert drawn.children["age"].between(5, 17).all()


def test_non_response_depends_on_area_and_wealth(people: Population) -> None:
    drawn = sample(people, areas_per_stratum=40, households_per_area=40, seed=2).households
    home = people.households.take(drawn["household_index"])
    rate = drawn["responded"].groupby(home["wealth"].astype(str).to_numpy()).mean()
    assert rate["Poorest"] > rate["Richest"] + 0.02
    urban = people.areas["area"].to_numpy()[home["area_index"]] == "Urban"
    assert drawn["responded"][~urban].mean() > drawn["responded"][urban].mean()


def test_the_design_is_complete(people: Population) -> None:
    drawn = sample(people, areas_per_stratum=2, households_per_area=10, seed=4)
    assert (drawn.areas.groupby("stratum").size() == 2).all()
    assert drawn.areas["psu"].is_unique
    assert len(drawn.areas["stratum"].unique()) == 18
    frame = drawn.children
    assert not frame[["psu", "household", "person"]].duplicated().any()
    assert (frame.groupby("psu")["stratum"].nunique() == 1).all()
    assert np.isfinite(frame["weight"]).all()
    assert (frame["weight"] > 0).all()


def test_same_seed_gives_the_same_sample(village: Population) -> None:
    pd.testing.assert_frame_equal(draw(village, 3).workers, draw(village, 3).workers)
    assert not draw(village, 3).areas["area_index"].equals(draw(village, 4).areas["area_index"])


@pytest.mark.parametrize(
    "options",
    [
        {"children": "two"},
        {"selection": "cluster"},
        {"areas_per_stratum": 1},
        {"areas_per_stratum": 99},
        {"households_per_area": 99},
    ],
)
def test_impossible_samples_are_refused(village: Population, options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        sample(village, **{"areas_per_stratum": 2, "households_per_area": 8, **options})
