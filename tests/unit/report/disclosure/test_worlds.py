"""Worlds that a reader cannot tell from the truth: how far apart they are, and what they bear witness of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.report import Disclosure
from prevalence.report.disclosure.knowledge import Knowledge, knowledge_of
from prevalence.report.disclosure.people import people_of
from prevalence.report.disclosure.witnesses import Witnesses
from prevalence.report.disclosure.worlds import Target, World, cheapest


def known() -> Knowledge:
    """Return what is known of 100 girls and 100 boys, 40 of each being cases."""
    rows = pd.DataFrame({"w": 1.0, "sex": ["Female", "Male"] * 100, "child_labour": np.arange(200) < 80})
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="sex", margins=True)
    return knowledge_of(people_of([table], Disclosure(), frozenset()), weighted=False)


def target_of(place: int, needed: float) -> Target:
    return Target(places=np.array([place]), signs=np.array([1.0]), needed=needed)


def world_of(departures: dict[int, float]) -> World:
    return World(places=np.array(list(departures)), departures=np.array(list(departures.values())))


@pytest.mark.parametrize("worlds", [1, 2])
def test_the_cheapest_worlds_are_as_far_apart_as_is_needed_and_no_farther(worlds: int) -> None:
    knowledge = known()
    size = len(knowledge.values)
    limits, free = (-knowledge.values, np.full(size, np.inf)), knowledge.can_vary.copy()
    free[2] = False  # the total of both is known
    target = target_of(0, 8.0)
    found = cheapest(knowledge, target, free, limits, np.ones(size), worlds=worlds)
    assert len(found) == worlds
    assert sum(abs(world.of(target)) for world in found) == pytest.approx(8)
    for world in found:
        assert world.of(target_of(1, 8.0)) == pytest.approx(-world.of(target))


def test_the_truth_is_one_of_the_worlds() -> None:
    witnesses = Witnesses()
    number = witnesses.add(target_of(0, 5.0))
    witnesses.learn(world_of({0: 6.0, 1: -6.0}), number)
    assert witnesses.ends(number) == (0.0, 6.0)
    witnesses.learn(world_of({0: -2.0, 1: 2.0}), number)
    assert witnesses.ends(number) == (-2.0, 6.0)


def test_worlds_in_which_a_count_departs_are_left_out_when_it_is_shown_again() -> None:
    witnesses = Witnesses()
    number = witnesses.add(target_of(0, 5.0))
    witnesses.learn(world_of({0: 6.0, 1: -6.0}), number)
    witnesses.learn(world_of({0: 3.0, 2: -3.0}), number)
    gone = witnesses.resting_on(np.array([1]))
    assert witnesses.width(number) == 6
    assert witnesses.width(number, without=gone) == 3
    witnesses.drop(gone, cell=1)
    assert witnesses.width(number) == 3


def test_a_sum_of_counts_departs_by_its_signs() -> None:
    """Those who are not cases are observations less cases."""
    witnesses = Witnesses()
    number = witnesses.add(Target(places=np.array([3, 0]), signs=np.array([1.0, -1.0]), needed=5.0))
    witnesses.learn(world_of({0: 4.0, 3: 1.0}), number)
    assert witnesses.ends(number) == (-3.0, 0.0)
