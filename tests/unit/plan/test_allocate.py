"""Allocation, oversampling and two phases against closed forms, brute-force optima and simulation."""

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from prevalence.errors import ColumnError, DataError, OptionError, PrevalenceWarning
from prevalence.plan import allocate, oversample, two_phase, weighting_effect

CLOSED_FORM = 1e-9
OPTIMUM = 1e-6
"""A grid of perturbed fractions cannot beat the optimum by more than rounding."""
SIZES = {"a": 50_000, "b": 30_000, "c": 15_000, "d": 5_000}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [500, 300, 150, 50]),
        ({"method": "equal"}, [250, 250, 250, 250]),
        # 100, 50 and 20 are roots of 10,000, 2,500 and 400; see the next test for roots that are no whole numbers.
        ({"method": "neyman", "sd": {"a": 0.1, "b": 0.2, "c": 0.4, "d": 0.6}}, [250, 300, 300, 150]),
        ({"method": "neyman", "sd": dict.fromkeys(SIZES, 0.5), "cost": {"a": 1, "b": 1, "c": 1, "d": 25}}, [521, 313, 156, 10]),
        ({"minimum": 100}, [474, 284, 142, 100]),
    ],
)
def test_allocation_by_hand(options: dict[str, Any], expected: list[int]) -> None:
    assert allocate(SIZES, 1_000, **options).n.tolist() == expected


def test_square_root_allocation() -> None:
    found = allocate({"x": 10_000, "y": 2_500, "z": 400}, 170, method="square-root")
    assert found.n.tolist() == [100, 50, 20]
    assert (
        allocate(SIZES, 1_000, method="power", exponent=0.5).n.tolist() == allocate(SIZES, 1_000, method="square-root").n.tolist()
    )


def test_minimum_of_domains() -> None:
    domains = {"a": "big", "b": "big", "c": "small", "d": "small"}
    found = allocate(SIZES, 1_000, minimum={"small": 400}, domains=domains)
    assert found.n.tolist() == [375, 225, 300, 100]
    assert found["c"] == 300


@pytest.mark.parametrize("seed", range(20))
def test_whole_numbers_add_up_and_stay_within_the_population(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = {f"s{i}": float(size) for i, size in enumerate(rng.integers(1, 400, 9))}
    n = int(rng.integers(9, sum(sizes.values())))
    for method in ("proportional", "square-root", "equal"):
        found = allocate(sizes, n, method=method)
        assert int(found.n.sum()) == n
        assert (found.n <= found.population).all()


def test_weighting_effect_of_an_allocation_is_that_of_its_people() -> None:
    found = allocate(SIZES, 1_000, method="equal")
    assert found.deff_weighting == pytest.approx(weighting_effect(np.repeat(found.weight, found.n).tolist()), rel=CLOSED_FORM)
    assert allocate(SIZES, 1_000).deff_weighting == pytest.approx(1, rel=CLOSED_FORM)


def test_neyman_has_the_least_variance() -> None:
    sd = {"a": 0.1, "b": 0.2, "c": 0.4, "d": 0.6}
    sizes, spread = np.array(list(SIZES.values()), float), np.array(list(sd.values()))

    def variance(n: Any) -> float:
        return float(((sizes * spread) ** 2 / n).sum())

    best = allocate(SIZES, 1_000, method="neyman", sd=sd).n.astype(float)
    # Moving one person between any two strata makes it worse.
    for i in range(4):
        for j in range(4):
            moved = best.copy()
            moved[i] += 1
            moved[j] -= 1
            assert variance(moved) >= variance(best) * (1 - CLOSED_FORM)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n": 200_000}, "n must not exceed the population"),
        ({"n": 100, "minimum": 50}, "minimum asks for 200 in all"),
        ({"n": 100, "minimum": {"e": 5}}, "names 'e', which is no stratum"),
        ({"n": 100, "method": "neyman"}, "needs sd="),
        ({"n": 100, "method": "neyman", "sd": {"a": 1}}, "must name every stratum; 3 are absent"),
        ({"n": 100, "method": "optimal"}, "method must be one of"),
        ({"n": 100, "domains": {"a": "x"}}, "must name every stratum"),
        ({"n": 100, "minimum": -1}, "at least 0"),
    ],
)
def test_bad_allocations(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        allocate(SIZES, **options)


AREAS = pd.DataFrame(
    {
        "stratum": ["belt", "near", "far"],
        "households": [40_000, 60_000, 100_000],
        "share": [0.4, 0.1, 0.02],
        "rate": [0.3, 0.25, 0.2],
    }
)


def test_screening_by_hand_with_one_stratum() -> None:
    one = AREAS.head(1)
    found = oversample(one, interviews=1_000, cost_screening=2, cost_interview=10, response=0.8)
    # n_screen = n / (pi RR).
    assert found.total_screened == 3_125
    assert found.total_cost == pytest.approx(3_125 * 2 + 1_000 * 10)
    assert found.cv == pytest.approx(math.sqrt(0.3 * 0.7 / 1_000) / 0.3, rel=CLOSED_FORM)


def test_fractions_follow_kalton_and_anderson() -> None:
    found = oversample(AREAS, interviews=500, cost_screening=1, cost_interview=5)
    share, rate = AREAS["share"].to_numpy(), AREAS["rate"].to_numpy()
    ratio = found.fraction / np.sqrt(rate * (1 - rate) * share / (1 + 5 * share))
    np.testing.assert_allclose(ratio, ratio[0], rtol=CLOSED_FORM)
    assert found.total_interviews == pytest.approx(500, rel=CLOSED_FORM)


def test_no_other_fractions_are_cheaper_for_the_same_precision() -> None:
    found = oversample(AREAS, cv=0.06, deff=1.3)
    assert found.cv == pytest.approx(0.06, rel=CLOSED_FORM)
    group = (AREAS["households"] * AREAS["share"]).to_numpy()
    rate = AREAS["rate"].to_numpy()

    def variance(fraction: Any) -> float:
        return float(1.3 * ((group / group.sum()) ** 2 * rate * (1 - rate) / (fraction * group)).sum())

    cost = (AREAS["households"] * (1 + AREAS["share"] * 5)).to_numpy()
    rng = np.random.default_rng(2)
    for _ in range(200):
        other = found.fraction * np.exp(0.2 * rng.normal(size=3))
        other *= variance(other) / variance(found.fraction)
        assert float(other @ cost) >= found.total_cost * (1 - OPTIMUM)
    assert found.cost_proportional > found.total_cost


def test_budget_is_spent_and_fractions_stay_below_one() -> None:
    found = oversample(AREAS, budget=150_000)
    assert found.total_cost == pytest.approx(150_000, rel=CLOSED_FORM)
    everything = oversample(AREAS, interviews=23_900)
    assert everything.fraction.max() == 1


def test_stratum_without_the_group_is_not_screened() -> None:
    found = oversample(AREAS.assign(share=[0.4, 0.1, 0.0]), interviews=500)
    assert found.screened[2] == 0
    assert np.isnan(found.deff_national)


@pytest.mark.parametrize(
    ("frame", "options", "error", "said"),
    [
        (AREAS, {"interviews": 100_000}, OptionError, "must not exceed 24,000"),
        (AREAS, {"cv": 0.001}, OptionError, "reached with everybody screened"),
        (AREAS, {}, OptionError, "exactly one of 'interviews', 'cv', 'budget'; found none"),
        (AREAS.assign(share=0.0), {"interviews": 10}, OptionError, "nobody is in the group"),
        (AREAS.assign(share=1.4), {"interviews": 10}, OptionError, "column 'share' must hold numbers from 0 to 1"),
        (AREAS.assign(rate=0.0), {"interviews": 10}, OptionError, "rate must be above 0 and below 1"),
        (AREAS.drop(columns="rate"), {"interviews": 10}, ColumnError, "column 'rate' is not in the data"),
        (AREAS.assign(stratum="same"), {"interviews": 10}, DataError, "'stratum' of its own; 2 are repeated"),
    ],
)
def test_bad_oversampling(frame: pd.DataFrame, options: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        oversample(frame, **options)


GROUPS = pd.DataFrame({"group": ["working", "others"], "share": [0.2, 0.8], "rate": [0.5, 0.05], "fraction": [1.0, 0.25]})


def test_two_phases_by_hand() -> None:
    found = two_phase(GROUPS, n=8_000, deff=1.5)
    assert found.overall == pytest.approx(0.14)
    assert found.se_first == pytest.approx(math.sqrt(1.5 * 0.14 * 0.86 / 8_000), rel=CLOSED_FORM)
    assert found.se_second == pytest.approx(math.sqrt(0.8 * 0.05 * 0.95 * 3 / 8_000), rel=CLOSED_FORM)
    assert found.cost == pytest.approx(8_000 * (1 + 5 * (0.2 + 0.8 * 0.25)))


@pytest.mark.parametrize("estimator", ["reweighted", "double-expansion"])
def test_two_phase_variance_by_simulation(estimator: str) -> None:
    rng = np.random.default_rng(11)
    n, draws = 2_000, 4_000
    group = rng.random((draws, n)) < 0.8
    y = rng.random((draws, n)) < np.where(group, 0.05, 0.5)
    fraction = np.where(group, 0.25, 1.0)
    asked = rng.random((draws, n)) < fraction
    if estimator == "double-expansion":
        estimate = (asked * y / fraction).sum(axis=1) / (asked / fraction).sum(axis=1)
    else:
        parts = [
            (group == g).mean(axis=1) * (asked & y & (group == g)).sum(axis=1) / (asked & (group == g)).sum(axis=1)
            for g in (False, True)
        ]
        estimate = parts[0] + parts[1]
    spread = float(estimate.std())
    found = two_phase(GROUPS, n=n, estimator=estimator)
    # The Monte Carlo error of a standard deviation over 4,000 draws is 1.1 %.
    assert found.se == pytest.approx(spread, rel=3 * 0.0112)


@pytest.mark.parametrize("deff", [1.0, 3.0])
def test_best_fractions_of_the_second_phase(deff: float) -> None:
    free = GROUPS.drop(columns="fraction")
    best = two_phase(free, n=5_000, deff=deff)
    budget = best.cost
    for factor in (0.7, 0.9, 1.1, 1.3):
        fraction = np.minimum(best.fraction * [1.0, factor], 1)
        n = budget / (1 + 5 * float(np.array([0.2, 0.8]) @ fraction))
        assert two_phase(free.assign(fraction=fraction), n=n, deff=deff).se >= best.se * (1 - OPTIMUM)


def test_group_left_out_is_warned_of_and_its_cases_are_missed() -> None:
    with pytest.warns(PrevalenceWarning, match="29% of the cases"):
        found = two_phase(GROUPS.assign(fraction=[1.0, 0.0]), n=8_000)
    assert found.estimated == pytest.approx(0.10)
    assert found.missed == pytest.approx(0.04 / 0.14)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        two_phase(GROUPS, n=8_000)


def test_bad_groups() -> None:
    with pytest.raises(OptionError, match=r"add up to 1 over the groups; found 0.7"):
        two_phase(GROUPS.assign(share=[0.2, 0.5]), n=100)


def test_equal_groups_and_no_clusters_leave_nothing_to_a_second_phase() -> None:
    found = two_phase(GROUPS.assign(rate=0.1).drop(columns="fraction"), n=100)
    assert found.fraction.tolist() == [1.0, 1.0]
