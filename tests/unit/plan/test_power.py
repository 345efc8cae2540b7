"""Power by simulation against the power that the formula gives, and what overlap is worth."""

import numpy as np
import pytest
from scipy import special

from prevalence.errors import OptionError
from prevalence.plan import power
from prevalence.plan.simulated import frame_of
from prevalence.simulate import Population


def test_power_is_that_of_a_normal_test_with_the_spread_over_draws(people: Population) -> None:
    found = power(people, "child_labour", change=-0.08, clusters=6, households_per_cluster=15, draws=200, seed=3)
    # Systematic samples of 15 % of the areas vary less than the formula says, by about 8 %; the spread over 200 draws has an error of 5 %.
    assert found.mean_se == pytest.approx(1.08 * found.spread, rel=3 * 0.05)
    # 12 strata-rounds of 6 areas: 60 degrees of freedom.
    expected = float(special.ndtr((abs(found.change) - special.stdtrit(60, 0.975) * found.mean_se) / found.spread))
    assert abs(found.power - expected) < 3 * max(found.monte_carlo_error, 0.02) + 0.03
    assert found.change == pytest.approx(-0.08, abs=0.005)


def test_no_change_to_speak_of_is_found_as_often_as_the_level_says(people: Population) -> None:
    found = power(people, "child_labour", change=-1e-9, clusters=10, households_per_cluster=15, draws=200, seed=4)
    # One side of a two-sided test at 5 %.
    assert abs(found.power - 0.025) < 3 * np.sqrt(0.025 * 0.975 / 200) + 0.005


def test_same_areas_show_more(people: Population) -> None:
    options = {"change": -0.06, "clusters": 10, "households_per_cluster": 15, "draws": 100, "seed": 5}
    apart, same = power(people, "child_labour", **options), power(people, "child_labour", overlap="areas", **options)
    assert same.spread < apart.spread
    assert same.power > apart.power
    assert same.mean_se == pytest.approx(same.spread, rel=0.2)


def test_all_workers_of_a_household(people: Population) -> None:
    found = power(people, "forced_labour", change=0.02, clusters=8, who="all", draws=20, seed=6)
    assert found.mean_change == pytest.approx(0.02, abs=0.01)


def test_bad_input(people: Population) -> None:
    with pytest.raises(OptionError, match=r"has no indicator 'child_labor'. Did you mean"):
        power(people, "child_labor", change=-0.05, clusters=4)
    with pytest.raises(OptionError, match="other than 0 and leave a rate"):
        power(people, "child_labour", change=-0.5, clusters=4)
    with pytest.raises(OptionError, match="from 2 clusters"):
        power(people, "child_labour", change=-0.05, clusters=1)
    with pytest.raises(OptionError, match="overlap must be one of"):
        power(people, "child_labour", change=-0.05, clusters=4, overlap="households")


def test_changed_population_keeps_everybody(people: Population) -> None:
    frame = frame_of(people, "child_labour")
    after = frame.changed(-0.05, np.random.default_rng(1))
    assert (after.y <= frame.y).all()
    assert after.rate == pytest.approx(frame.rate - 0.05, abs=0.005)
    assert frame.changed(0.05, np.random.default_rng(1)).rate == pytest.approx(frame.rate + 0.05, abs=0.005)
