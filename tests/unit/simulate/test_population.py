"""Populations: determinism, realistic prevalences, sexes, clustering, supply chains."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from prevalence.errors import OptionError
from prevalence.simulate import Population, population

CHAINS = {
    "XAA": {"cocoa", "coffee", "fishing"},
    "XBB": {"cotton", "garment"},
    "XCC": {"mining", "coffee", "fishing"},
}


def intraclass_correlation(outcome: pd.Series, group: np.ndarray) -> float:
    """Return the one-way ANOVA estimator for groups of unequal size (Donner 1986)."""
    groups = outcome.groupby(group).agg(["mean", "size"])
    total, count = groups["size"].sum(), len(groups)
    between = (groups["size"] * (groups["mean"] - outcome.mean()) ** 2).sum() / (count - 1)
    within = ((outcome - groups["mean"].reindex(group).to_numpy()) ** 2).sum() / (total - count)
    typical = (total - (groups["size"] ** 2).sum() / total) / (count - 1)
    return float((between - within) / (between + (typical - 1) * within))


def by_stratum(people: Population, indicator: str) -> pd.Series:
    """Return the intra-class correlation of an indicator within enumeration areas, by stratum."""
    known = people.persons[indicator].notna().to_numpy()
    area = people.households["area_index"].to_numpy()[people.persons["household_index"].to_numpy()[known]]
    outcome = people.persons.loc[known, indicator].reset_index(drop=True)
    stratum = people.areas["stratum"].to_numpy()[area]
    values = {
        label: intraclass_correlation(outcome[stratum == label].reset_index(drop=True), area[stratum == label])
        for label in np.unique(stratum)
    }
    return pd.Series(values)


@pytest.fixture(scope="module")
def truth(people: Population) -> pd.DataFrame:
    return people.truth()


def prevalence(truth: pd.DataFrame, indicator: str, definition: str, **where: str) -> float:
    """Return one true prevalence; columns that are not named are at their margin."""
    wanted = {
        "supply_chain": "All",
        "exposure": "All",
        "sex": "All",
        "age_group": "All",
        "area": "All",
        "country": "All",
        **where,
    }
    rows = truth[(truth["indicator"] == indicator) & (truth["definition"] == definition)]
    for name, level in wanted.items():
        rows = rows[rows[name] == level]
    return float(rows["prevalence"].item())


def test_same_seed_gives_the_same_population() -> None:
    one = population(countries=("XCC",), households=1000, seed=3)
    two = population(countries=("XCC",), households=1000, seed=3)
    other = population(countries=("XCC",), households=1000, seed=4)
    pd.testing.assert_frame_equal(one.persons, two.persons)
    pd.testing.assert_frame_equal(one.areas, two.areas)
    assert not one.persons["age"].equals(other.persons["age"])


def test_a_country_is_the_same_whichever_others_are_asked_for() -> None:
    alone = population(countries=("XBB",), households=1000, seed=3)
    both = population(countries=("XAA", "XBB"), households=1000, seed=3)
    np.testing.assert_array_equal(both.persons["child_labour"].to_numpy()[-len(alone.persons) :], alone.persons["child_labour"])


@pytest.mark.parametrize(("country", "low", "high"), [("XAA", 0.19, 0.25), ("XBB", 0.07, 0.11), ("XCC", 0.04, 0.07)])
def test_child_labour_is_that_of_the_profile(truth: pd.DataFrame, country: str, low: float, high: float) -> None:
    assert low < prevalence(truth, "child_labour", "sdg-8.7.1", country=country) < high


@pytest.mark.parametrize("country", ["XAA", "XBB", "XCC"])
def test_prevalences_lie_in_the_ranges_that_surveys_publish(truth: pd.DataFrame, country: str) -> None:
    general = prevalence(truth, "child_labour", "sdg-8.7.1-general", country=country)
    strict = prevalence(truth, "child_labour", "sdg-8.7.1", country=country)
    assert 0.03 < strict < general < 0.27
    assert 0.003 < prevalence(truth, "forced_labour", "icls20", country=country) < 0.03


@pytest.mark.parametrize("country", ["XAA", "XBB", "XCC"])
def test_boys_work_more_and_girls_do_more_chores(truth: pd.DataFrame, country: str) -> None:
    def of(sex: str, indicator: str, definition: str) -> float:
        return prevalence(truth, indicator, definition, country=country, sex=sex)

    assert of("Male", "child_labour", "sdg-8.7.1") > 1.15 * of("Female", "child_labour", "sdg-8.7.1")
    assert of("Female", "household_chores", "sdg-8.7.1-general") > 1.5 * of("Male", "household_chores", "sdg-8.7.1-general")


def test_children_of_producing_households_are_more_often_in_child_labour(truth: pd.DataFrame) -> None:
    for country, chains in CHAINS.items():
        everybody = prevalence(truth, "child_labour", "sdg-8.7.1", country=country)
        for chain in chains:
            rate = prevalence(truth, "child_labour", "sdg-8.7.1", country=country, supply_chain=chain, exposure="household")
            assert rate > 1.2 * everybody


def test_chains_are_those_of_the_country(truth: pd.DataFrame) -> None:
    found = (
        truth[truth["exposure"] == "own"].query("country != 'All' and population > 0").groupby("country")["supply_chain"].unique()
    )
    assert {country: set(chains) for country, chains in found.items()} == CHAINS


def test_forced_labour_is_highest_in_fishing_mining_and_cotton(truth: pd.DataFrame) -> None:
    for country, chain in {"XAA": "fishing", "XCC": "mining", "XBB": "cotton"}.items():
        everybody = prevalence(truth, "forced_labour", "icls20", country=country)
        own = prevalence(truth, "forced_labour", "icls20", country=country, supply_chain=chain, exposure="own")
        assert own > 1.5 * everybody


def test_child_labour_clusters_in_areas(people: Population) -> None:
    correlation = by_stratum(people, "child_labour")
    assert correlation.between(0.05, 0.15).all()


def test_forced_labour_clusters_in_areas(people: Population) -> None:
    assert 0.04 < by_stratum(people, "forced_labour").mean() < 0.15


def test_some_households_and_workers_are_in_two_chains(people: Population) -> None:
    flags = people.households.filter(like="household_product_")
    assert (flags.sum(axis=1) >= 2).any()
    in_chains = people.persons[["product_code", "product_2_code"]].apply(lambda code: code.between(1, 6)).all(axis=1)
    assert (in_chains & people.persons["forced_labour"].notna()).any()
    assert (in_chains & people.persons["child_labour"].notna()).any()


def test_hours_heap_on_multiples_of_seven(people: Population) -> None:
    hours = people.persons.loc[
        people.persons["child_labour"].notna() & (people.persons["economic_activity"] == 1), "economic_hours"
    ]
    assert (hours == 14).sum() > 1.5 * ((hours == 13).sum() + (hours == 15).sum()) / 2


def test_rows_find_their_households(people: Population) -> None:
    homes, persons = people.households, people.persons
    assert (persons["household_index"].to_numpy()[homes["first_person"]] == np.arange(len(homes))).all()
    with_children = homes[homes["children"] > 0]
    last = with_children["first_child"] + with_children["children"] - 1
    for row in (with_children["first_child"], last):
        assert persons["age"].to_numpy()[row].min() >= 5
        assert persons["age"].to_numpy()[row].max() <= 17
    assert homes["children"].sum() == persons["child_labour"].notna().sum()


@pytest.mark.parametrize(
    "options", [{"countries": ("GHA",)}, {"countries": ("XAA", "XAA")}, {"countries": ()}, {"households": 100}]
)
def test_unknown_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        population(**options)
