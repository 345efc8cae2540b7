"""Regional aggregates against closed forms, R and repeated surveys of known countries."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.baseline import region
from prevalence.baseline._region import between_variance
from prevalence.errors import ColumnError, DataError, OptionError

CLOSED_FORM = 1e-12
RECORD = json.loads((Path(__file__).parents[2] / "reference" / "progress.json").read_text(encoding="utf-8"))["between"][0]
RATES = pd.DataFrame(
    {
        "country": list("ABCDEF"),
        "estimate": [0.22, 0.09, 0.31, 0.15, None, None],
        "se": [0.012, 0.008, 0.020, 0.011, None, None],
        "population": [5e6, 2e6, 1e6, 4e6, 2e6, 1e6],
    }
)


def test_fixed_countries_add_their_variances() -> None:
    found = region(RATES.head(4))
    weight = np.array([5, 2, 1, 4]) / 12
    assert found.rate == pytest.approx(float(weight @ RATES["estimate"].head(4)), rel=CLOSED_FORM)
    assert found.se_rate == pytest.approx(math.sqrt(float(weight**2 @ RATES["se"].head(4) ** 2)), rel=CLOSED_FORM)
    assert found.number == pytest.approx(found.rate * 12e6)
    assert (found.coverage, found.with_data, found.missing) == (1.0, 4, "every country has data")


def test_countries_without_data_are_left_out_and_the_coverage_says_so() -> None:
    found, without = region(RATES), region(RATES.head(4))
    assert (found.rate, found.se_rate, found.number) == (without.rate, without.se_rate, without.number)
    assert (found.coverage, found.countries, found.with_data) == (pytest.approx(12 / 15), 6, 4)
    assert found.publishable
    assert not region(RATES, rule=0.9).publishable


def test_mean_of_the_others_changes_the_number_alone() -> None:
    found = region(RATES, missing="mean")
    assert found.rate == pytest.approx(region(RATES).rate, rel=CLOSED_FORM)
    assert found.se_rate == pytest.approx(region(RATES).se_rate, rel=CLOSED_FORM)
    assert found.number == pytest.approx(found.rate * 15e6)


def test_variance_between_countries_agrees_with_uniroot() -> None:
    assert between_variance(np.array(RECORD["rates"]), np.array(RECORD["variances"])) == pytest.approx(RECORD["tau2"], rel=1e-9)
    # Rates that differ by less than their errors have none.
    assert between_variance(np.array([0.1, 0.101, 0.099]), np.full(3, 1e-3)) == 0


def test_model_of_countries_without_data_by_simulation() -> None:
    rng = np.random.default_rng(1)
    draws, countries, tau, mean = 1_000, 24, 0.05, 0.25
    population, error = rng.uniform(1, 6, countries), rng.uniform(0.006, 0.02, countries)
    known = np.arange(countries) < 16
    excess, said = [], []
    for _ in range(draws):
        truth = mean + tau * rng.normal(size=countries)
        frame = pd.DataFrame(
            {
                "country": range(countries),
                "estimate": np.where(known, truth + error * rng.normal(size=countries), np.nan),
                "se": error,
                "population": population,
            }
        )
        found = region(frame, missing="model")
        excess.append(found.rate - float(population @ truth / population.sum()))
        said.append([found.se_rate, found.between_sd])
    spread = float(np.std(excess))
    # The Monte Carlo error of a standard deviation over 1,000 draws is 2.2 %; tau is estimated from 16 countries, a few per cent too small at the root.
    assert np.sqrt((np.array(said)[:, 0] ** 2).mean()) == pytest.approx(spread, rel=3 * 0.0224 + 0.01)
    assert abs(np.mean(excess)) < 3 * spread / np.sqrt(draws)


def test_coverage_that_just_meets_the_rule_is_enough() -> None:
    """Countries with data have 12 of 15 million people."""
    assert region(RATES, rule=12 / 15).publishable


def test_limits_are_those_of_the_logit() -> None:
    found = region(RATES, level=0.9)
    logit = math.log(found.rate / (1 - found.rate))
    half = 1.6448536269514722 * found.se_rate / (found.rate * (1 - found.rate))
    assert [math.log(limit / (1 - limit)) for limit in (found.low, found.high)] == pytest.approx([logit - half, logit + half])


def test_model_of_countries_without_data_by_hand() -> None:
    """Those without data get the mean of the others by 1 / (tau^2 + V_i), which every known country then adds to twice."""
    found = region(RATES, missing="model")
    rates, variances = (np.array(RATES[name].head(4), dtype=float) for name in ("estimate", "se"))
    variances = variances**2
    tau2 = between_variance(rates, variances)
    share = 1 / (tau2 + variances)
    share /= share.sum()
    weight = np.array([5, 2, 1, 4]) / 15
    assert found.rate == pytest.approx(weight @ rates + 3 / 15 * (share @ rates), rel=CLOSED_FORM)
    assert found.se_sampling**2 == pytest.approx((weight + 3 / 15 * share) ** 2 @ variances, rel=CLOSED_FORM)
    of_absent = (3 / 15) ** 2 * (share @ share) + (2 / 15) ** 2 + (1 / 15) ** 2
    assert found.se_between**2 == pytest.approx(tau2 * of_absent, rel=CLOSED_FORM)


def test_parts_of_the_error_are_kept_apart() -> None:
    found = region(RATES.assign(spread=0.1 * RATES["population"]), missing="model", population_se="spread")
    assert found.se_between > 0
    assert found.between_sd > 0.05
    assert found.se_rate == pytest.approx(
        math.sqrt(found.se_sampling**2 + found.se_population**2 + found.se_between**2), rel=CLOSED_FORM
    )
    assert found.missing == "countries without data modelled: random effects about a common mean"


def test_uncertain_populations_by_simulation() -> None:
    rng = np.random.default_rng(2)
    four = RATES.head(4).assign(se=1e-9, spread=[4e5, 3e5, 1e5, 5e5])
    people = four["population"].to_numpy() + four["spread"].to_numpy() * rng.normal(size=(20_000, 4))
    spread = float((people @ four["estimate"] / people.sum(axis=1)).std())
    # Second-order terms of a ratio with a cv of 6 %, and the Monte Carlo error of 0.5 %.
    assert region(four, population_se="spread").se_population == pytest.approx(spread, rel=0.02)


def test_limits_are_logit_limits() -> None:
    found = region(RATES)
    centre = math.log(found.rate / (1 - found.rate))
    logit = [math.log(x / (1 - x)) for x in (found.low, found.high)]
    assert logit[1] - centre == pytest.approx(centre - logit[0])
    assert found.low < found.rate < found.high


def test_table_by_country_goes_in_as_it_is() -> None:
    rng = np.random.default_rng(3)
    rows = pd.DataFrame(
        {
            "country": np.repeat(["X", "Y"], 200),
            "ea": np.repeat(np.arange(40), 10),
            "w": np.repeat([50.0, 20.0], 200),
            "y": rng.integers(0, 2, 400),
        }
    )
    survey = pv.Survey(rows, pv.Design(weight="w", stratum="country", psu="ea"))
    found = region(pv.prevalence(survey, "y", by="country").to_pandas())
    whole = pv.prevalence(survey, "y").to_pandas()
    assert found.rate == pytest.approx(whole["estimate"][0], rel=CLOSED_FORM)
    # Countries are strata of fixed size here: the difference is that of sizes that are known.
    assert found.se_rate == pytest.approx(whole["se"][0], rel=0.02)


@pytest.mark.parametrize(
    ("frame", "options", "error", "said"),
    [
        (RATES.assign(country="A"), {}, DataError, "Each country may stand in the table once; repeated: 'A'"),
        (RATES.assign(estimate=22.0), {}, DataError, "rates must lie between 0 and 1; not so for 6 countries"),
        (RATES.assign(se=np.nan), {}, DataError, "standard error of zero or more; not so for 4 countries"),
        (RATES.assign(population=[1, 1, 1, 1, 1, np.nan]), {}, DataError, "those without data too; not so for 1 country: 'F'"),
        (RATES.assign(estimate=np.nan), {}, DataError, "nothing to aggregate"),
        (RATES.tail(4), {"missing": "model"}, OptionError, "at least three with data; found 2"),
        (RATES, {"missing": "impute"}, OptionError, "missing must be one of"),
        (RATES, {"population": "people"}, ColumnError, "column 'people' is not in the data"),
    ],
)
def test_bad_input(frame: pd.DataFrame, options: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        region(frame, **options)
