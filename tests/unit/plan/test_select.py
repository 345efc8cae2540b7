"""Selection: probabilities by Monte Carlo, the same sample for the same seed, and what lists must hold."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from prevalence.errors import ColumnError, DataError, OptionError
from prevalence.plan import allocate, select, select_child, select_households
from prevalence.plan.draws import draw

THREE_ERRORS = 3
DRAWS = 4_000
rng = np.random.default_rng(21)
AREAS = pd.DataFrame(
    {
        "ea": [f"EA{i:02d}" for i in range(30)],
        "region": np.repeat(["N", "S"], 15),
        "district": np.tile(list("abcde"), 6),
        "households": rng.integers(30, 160, 30),
    }
)


def assert_probabilities(hits: Any, expected: Any, draws: int) -> None:
    """Compare with the binomial error of each unit; with dozens of units 3.5 errors are seen by chance, so their mean square is looked at too."""
    inside = (expected > 0) & (expected < 1)
    error = np.sqrt(expected * (1 - expected) / draws)
    z = (hits / draws - expected)[inside] / error[inside]
    assert (z**2).mean() < 1 + THREE_ERRORS * np.sqrt(2 / inside.sum())
    assert np.abs(z).max() < 4
    assert (hits[~inside] == draws * expected[~inside]).all()


@pytest.mark.parametrize("random", [False, True])
@pytest.mark.parametrize("sized", [False, True])
def test_probabilities_by_monte_carlo(random: bool, sized: bool) -> None:
    if random and sized:
        with pytest.raises(OptionError, match="takes no size"):
            select(AREAS, n=4, seed=1, unit="ea", size="households", method="random")
        return
    stratum = np.repeat([0, 1], 15)
    size = AREAS["households"].to_numpy(float) if sized else np.ones(30)
    n = np.array([4, 6])
    hits, generator = np.zeros(30), np.random.default_rng(22)
    for _ in range(DRAWS):
        drawn = draw(generator, stratum, size, n, order=np.arange(30), random=random)
        assert np.bincount(stratum[drawn.row]).tolist() == [4, 6]
        hits[drawn.row] += 1
    expected = n[stratum] * size / np.bincount(stratum, weights=size)[stratum]
    assert_probabilities(hits, expected, DRAWS)


def test_large_areas_are_certain_and_the_rest_share_what_is_left() -> None:
    large = AREAS.assign(households=[5_000, 900, *AREAS["households"].iloc[2:]])
    found = select(large, n=5, seed=3, unit="ea", stratum="region", size="households")
    assert found.unit[:2] == ("EA00", "EA01")
    assert found.certain[:2].tolist() == [True, True]
    rest = large["households"].iloc[2:15].sum()
    np.testing.assert_allclose(found.probability[2:5], 3 * large["households"].to_numpy()[found.row[2:5]] / rest, rtol=1e-12)


def test_weighted_sizes_give_back_the_total_of_every_stratum() -> None:
    found = select(AREAS, n=6, seed=4, unit="ea", stratum="region", size="households")
    sums = pd.Series(found.weight * AREAS["households"].to_numpy()[found.row]).groupby(list(found.stratum)).sum()
    pd.testing.assert_series_equal(sums, AREAS.groupby("region")["households"].sum().astype(float), check_names=False)


@pytest.mark.parametrize("seed", range(60))
def test_number_drawn_is_exact_whatever_the_sizes(seed: int) -> None:
    generator = np.random.default_rng(seed)
    units = int(generator.integers(2, 40))
    frame = pd.DataFrame({"u": range(units), "z": generator.exponential(size=units) ** 4 + 1e-6})
    n = int(generator.integers(1, units + 1))
    found = select(frame, n=n, seed=seed, unit="u", size="z")
    assert len(found) == n == len(set(found.unit))
    assert (found.probability <= 1).all()


def test_systematic_sample_spreads_over_the_order() -> None:
    found = select(AREAS, n=3, seed=5, unit="ea", stratum="region", order="district").joined(AREAS)
    # Three of five districts that are of equal size, none twice in a region.
    assert found.groupby("region")["district"].nunique().tolist() == [3, 3]


def test_same_seed_same_sample_other_seed_another() -> None:
    first = select(AREAS, n=5, seed=6, unit="ea", stratum="region", size="households")
    again = select(AREAS, n=5, seed=6, unit="ea", stratum="region", size="households")
    assert first.unit == again.unit
    assert any(
        select(AREAS, n=5, seed=seed, unit="ea", stratum="region", size="households").unit != first.unit for seed in (7, 8)
    )


def test_numbers_by_stratum_and_from_an_allocation() -> None:
    found = select(AREAS, n={"N": 2, "S": 7}, seed=7, unit="ea", stratum="region")
    assert pd.Series(found.stratum).value_counts().to_dict() == {"S": 7, "N": 2}
    shares = allocate({"N": 100, "S": 300}, 8)
    assert pd.Series(select(AREAS, n=shares, seed=7, unit="ea", stratum="region").stratum).value_counts().to_dict() == {
        "S": 6,
        "N": 2,
    }


@pytest.mark.parametrize("engine", ["polars", "pyarrow", "duckdb"])
def test_any_frame_gives_the_same_sample(engine: str) -> None:
    import duckdb
    import polars as pl
    import pyarrow as pa

    native = {
        "polars": lambda: pl.from_pandas(AREAS),
        "pyarrow": lambda: pa.Table.from_pandas(AREAS),
        "duckdb": lambda: duckdb.from_df(AREAS),
    }[engine]()
    options: dict[str, Any] = {"n": 5, "seed": 6, "unit": "ea", "stratum": "region", "size": "households", "order": "district"}
    found, expected = select(native, **options), select(AREAS, **options)
    assert found.unit == expected.unit
    assert found.joined(native)["district"].tolist() == expected.joined(AREAS)["district"].tolist()


def test_three_stages_have_the_product_of_probabilities() -> None:
    areas = select(AREAS, n=5, seed=8, unit="ea", stratum="region", size="households")
    listed = pd.DataFrame(
        [(ea, f"{ea}-{home}") for ea, row in zip(areas.unit, areas.row, strict=True) for home in range(AREAS["households"][row])],
        columns=["ea", "home"],
    )
    homes = select_households(listed, n=10, seed=8, unit="home", within="ea", areas=areas)
    # Areas in proportion to size and as many homes in each: every household of a region has the same weight.
    weights = pd.Series(homes.weight).groupby([area in set(AREAS["ea"][:15]) for area in homes.stratum]).nunique()
    assert np.allclose(homes.weight[:50], AREAS["households"][:15].sum() / 50)
    assert len(weights) == 2
    roster = pd.DataFrame(
        [(home, child) for i, home in enumerate(homes.unit) for child in range(i % 4)], columns=["home", "child"]
    )
    children = select_child(
        roster, seed=8, unit="child", household="home", households=dict(zip(homes.unit, homes.weight, strict=True))
    )
    number = roster.groupby("home").size()
    base = pd.Series(homes.weight, index=list(homes.unit))
    expected = [base[home] * number[home] for home in children.stratum]
    np.testing.assert_allclose(children.weight, expected, rtol=1e-12)


def test_each_child_of_a_household_is_drawn_as_often() -> None:
    roster = pd.DataFrame({"home": np.repeat(np.arange(6_000), 3), "child": np.tile([1, 2, 3], 6_000)})
    found = select_child(roster, seed=9, unit="child", household="home")
    counts = np.bincount(np.array(found.unit, dtype=int))[1:]
    assert np.abs(counts - 2_000).max() < THREE_ERRORS * np.sqrt(6_000 * 2 / 9)
    assert (found.weight == 3).all()


def test_small_area_is_taken_whole() -> None:
    lists = pd.DataFrame({"ea": ["x"] * 3 + ["y"] * 9, "home": range(12)})
    found = select_households(lists, n=5, seed=1, unit="home", within="ea")
    np.testing.assert_allclose(found.weight, [1.0] * 3 + [1.8] * 5, rtol=1e-12)


@pytest.mark.parametrize(
    ("frame", "options", "error", "said"),
    [
        (AREAS, {"n": 20, "stratum": "region"}, OptionError, "does in 2 strata: 'N: 20 of 15'"),
        (AREAS, {"n": {"N": 2}, "stratum": "region"}, OptionError, "1 are absent: 'S'"),
        (AREAS, {"n": {"N": 2, "S": 2, "W": 2}, "stratum": "region"}, OptionError, "'W', which is not in the list"),
        (AREAS, {"n": 2, "stratum": "regoin"}, ColumnError, "Did you mean 'region'"),
        (AREAS, {"n": -1}, OptionError, "n must be 0 or more"),
        (AREAS.assign(ea="same"), {"n": 2}, DataError, "29 rows repeat a 'ea'"),
        (AREAS.head(0), {"n": 2}, DataError, "The list has no rows"),
        (
            AREAS.assign(households=-1),
            {"n": 2, "size": "households"},
            OptionError,
            "column 'households' must hold numbers from 0",
        ),
        (AREAS.assign(region=[None, *AREAS["region"][1:]]), {"n": 2, "stratum": "region"}, DataError, "missing in 1 row"),
        (AREAS, {"n": 2, "method": "snowball"}, OptionError, "method must be one of"),
    ],
)
def test_bad_lists(frame: pd.DataFrame, options: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        select(frame, seed=1, unit="ea", **options)


def test_weights_of_stages_must_fit() -> None:
    areas = select(AREAS, n=1, seed=1, unit="ea")
    lists = pd.DataFrame({"ea": ["nowhere"], "home": [1]})
    with pytest.raises(OptionError, match="1 area not drawn: 'nowhere'"):
        select_households(lists, n=1, seed=1, unit="home", within="ea", areas=areas)
    with pytest.raises(OptionError, match="weight of every household"):
        select_child(pd.DataFrame({"h": [1], "c": [1]}), seed=1, unit="c", household="h", households={})
