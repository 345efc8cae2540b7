"""Quantiles of surveys: what a table of them says, keeps and refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import prevalence as pv
from prevalence.errors import OptionError
from prevalence.survey import Family

EXACT = 1e-12
"""The same sums in another order."""

RNG = np.random.default_rng(8)
ROWS = pd.DataFrame(
    {
        "ea": np.repeat(np.arange(30), 10),
        "stratum": np.repeat(np.arange(3), 100),
        "w": RNG.uniform(1, 4, 300),
        "sex": RNG.choice(["Female", "Male"], 300),
        "hours": np.where(RNG.uniform(size=300) < 0.1, np.nan, RNG.gamma(3, 10, 300).round(2)),
        "chain_cocoa": RNG.integers(0, 2, 300),
        "chain_coffee": RNG.integers(0, 2, 300),
        "works": RNG.integers(0, 2, 300),
    }
)
DESIGN = pv.Design(weight="w", stratum="stratum", psu=["stratum", "ea"])
SURVEY = pv.Survey(ROWS, DESIGN)


def by_hand(rows: pd.DataFrame, p: float) -> float:
    rows = rows.dropna(subset="hours").sort_values("hours")
    return float(rows["hours"].iloc[np.searchsorted(rows["w"].cumsum() / rows["w"].sum(), p)])


def test_one_row_a_domain_and_probability_margins_included() -> None:
    table = pv.quantile(SURVEY, "hours", [0.25, 0.9], by="sex", margins=True).to_pandas()
    assert table.columns[:4].tolist() == ["indicator", "statistic", "sex", "probability"]
    assert table["probability"].tolist() == ["0.25", "0.9"] * 3
    for row in table.itertuples():
        rows = ROWS if row.sex == "All" else ROWS[ROWS["sex"] == row.sex]
        assert row.estimate == by_hand(rows, float(row.probability))
        assert row.ci_low < row.estimate < row.ci_high
        assert row.n == rows["hours"].notna().sum()
        assert row.missing == rows["hours"].isna().sum()
        assert row.population == pytest.approx(rows.loc[rows["hours"].notna(), "w"].sum(), rel=EXACT)


def test_overlapping_chains_and_a_restricted_denominator() -> None:
    members = {"cocoa": "chain_cocoa", "coffee": "chain_coffee"}
    chains = Family(name="supply_chain", members=members, exposure="household", denominator="people of the chain")
    survey = pv.Survey(ROWS, DESIGN, families={"supply_chain": chains})
    table = pv.quantile(survey, "hours", 0.5, by=[["supply_chain"], ["sex"]], margins=True, among="works")
    inside = ROWS[ROWS["works"] == 1]
    found = {(row.supply_chain, row.sex): row.estimate for row in table.to_pandas().itertuples()}
    for name, column in members.items():
        assert found[name, "All"] == by_hand(inside[inside[column] == 1], 0.5)
    assert found["All", "Female"] == by_hand(inside[inside["sex"] == "Female"], 0.5)
    assert found["All", "All"] == by_hand(inside, 0.5)


def test_the_interval_is_that_of_the_share_at_or_below() -> None:
    table = pv.quantile(SURVEY, "hours", 0.5)
    below = ROWS.assign(below=np.where(ROWS["hours"].isna(), np.nan, ROWS["hours"] <= table.numbers.estimate[0]))
    share = pv.prevalence(pv.Survey(below, DESIGN), "below").ci(method="wald").limits
    assert table.limits.low[0] == by_hand(ROWS, share.low[0])
    assert table.limits.high[0] == by_hand(ROWS, share.high[0])


def test_each_domain_and_probability_has_its_own_observations() -> None:
    """Exact limits of the share go by the observations; two probabilities asked at once are each asked alone."""
    few = pv.Survey(ROWS[(ROWS["sex"] == "Female") | (np.arange(300) % 4 == 0)], DESIGN)
    both = pv.quantile(few, "hours", [0.25, 0.5], by="sex", interval="korn-graubard")
    assert np.isnan(both.numbers.deff).all()
    for p in (0.25, 0.5):
        one, alone = both.select(probability=p), pv.quantile(few, "hours", p, by="sex", interval="korn-graubard")
        np.testing.assert_array_equal(one.limits.low, alone.limits.low)
        np.testing.assert_array_equal(one.limits.high, alone.limits.high)


def test_replicates_that_are_made_multiply_the_weights() -> None:
    """In every area half of the people stand for a hundred each: by weight the median is theirs, in every half-sample."""
    rows = pd.DataFrame({"ea": np.repeat(range(8), 6), "stratum": np.repeat(range(4), 12), "hours": [1.0, 50.0] * 24})
    rows["w"] = np.where(rows["hours"] == 50, 100.0, 1.0)
    replicates = pv.Replicates(method="BRR", mse=True)
    survey = pv.Survey(rows, pv.Design(weight="w", stratum="stratum", psu="ea", replicates=replicates))
    found = pv.quantile(survey, "hours", 0.5, interval="replicates").numbers
    assert (found.estimate.tolist(), found.se.tolist()) == ([50], [0])


@pytest.mark.parametrize("mse", [True, False])
def test_replicates_are_set_against_the_estimate_or_their_own_mean(mse: bool) -> None:
    """Four half-samples of eight units in pairs: each quantile is that of its own weights."""
    signs = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    rows = pd.DataFrame({"w": 1.0, "hours": [3.0, 8, 1, 9, 12, 2, 30, 7]})
    for half in range(4):
        rows[f"r{half}"] = 1.0 + np.repeat(signs[half], 2) * np.tile([1, -1], 4)
    columns = [f"r{half}" for half in range(4)]
    design = pv.Design(weight="w", replicates=pv.Replicates(columns=columns, method="BRR", mse=mse))
    found = pv.quantile(pv.Survey(rows, design), "hours", 0.5, interval="replicates").numbers
    halves = [pv.quantile(pv.Survey(rows, pv.Design(weight=name)), "hours", 0.5).numbers.estimate[0] for name in columns]
    centre = found.estimate[0] if mse else np.mean(halves)
    assert np.mean(halves) != found.estimate[0]
    assert found.se[0] ** 2 == pytest.approx(np.mean((np.array(halves) - centre) ** 2))


def test_differences_have_their_covariance() -> None:
    table = pv.quantile(SURVEY, "hours", [0.25, 0.5], by="sex")
    covariance = table.covariance()
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), table.numbers.se, rtol=1e-10)
    gap = table.difference("sex", "Female", "Male").select(probability=0.5)
    a, b = 1, 3
    assert gap.numbers.se[0] == pytest.approx(np.sqrt(covariance[a, a] + covariance[b, b] - 2 * covariance[a, b]), rel=1e-10)
    spread = table.difference("probability", 0.5, 0.25)
    assert len(spread) == 2
    # Quantiles of one domain rise and fall together.
    assert spread.numbers.se[0] < np.hypot(*table.numbers.se[:2])


def test_intervals_cannot_be_changed_without_the_rows() -> None:
    table = pv.quantile(SURVEY, "hours", 0.5, level=0.9)
    np.testing.assert_array_equal(table.ci(0.9).limits.low, table.limits.low)
    with pytest.raises(OptionError, match=r"found from the rows.*pv\.quantile"):
        table.ci(0.95)
    wider = pv.quantile(SURVEY, "hours", 0.5, level=0.99)
    assert wider.limits.low[0] < table.limits.low[0] < table.limits.high[0] < wider.limits.high[0]


def test_what_cannot_be_had_is_said() -> None:
    rows = ROWS.assign(
        heaped=np.array([20.0, 40, 40, 40, 50])[ROWS.index % 5], lone=np.where(ROWS["ea"] == 3, ROWS["hours"], np.nan)
    )
    survey = pv.Survey(rows, DESIGN)
    extreme = pv.quantile(survey, "hours", [0.004, 0.997])
    assert np.isnan(extreme.numbers.se).all()
    assert "below the smallest value" in extreme.flags[0]
    assert "above the largest value" in extreme.flags[1]
    assert np.isfinite([extreme.limits.high[0], extreme.limits.low[1]]).all()
    # The share at or below 40 is 0.8, about which the interval lies: its upper limit is the next answer.
    heaped = pv.quantile(survey, "heaped", 0.5)
    assert (heaped.limits.low[0], heaped.numbers.estimate[0], heaped.limits.high[0]) == (40, 40, 50)
    lone = pv.quantile(survey, "lone", 0.5)
    assert np.isnan(lone.limits.low[0])
    assert "no degrees of freedom" in lone.flags[0]
    # A fifth of the people in every unit are at or below 20: no unit differs from another.
    equal = pv.quantile(pv.Survey(rows.assign(w=1.0), DESIGN), "heaped", 0.1)
    assert "no variation between sampling units" in equal.flags[0]


def test_a_census_has_no_sampling_error() -> None:
    rows = ROWS.assign(fraction=1.0)
    table = pv.quantile(
        pv.Survey(rows, pv.Design(weight="w", stratum="stratum", psu=["stratum", "ea"], fpc="fraction")), "hours", 0.5
    )
    assert table.limits.low[0] == table.limits.high[0] == table.numbers.estimate[0]
    assert table.numbers.se[0] == 0


@pytest.mark.parametrize("rule", ["math", "school", "shahvaish", "hf3", "hf7"])
def test_engines_and_the_order_of_rows_change_nothing(rule: str) -> None:
    expected = pv.quantile(SURVEY, "hours", [0.1, 0.5], by="sex", margins=True, rule=rule).to_pandas()
    mixed = ROWS.sample(frac=1, random_state=3)
    for data in (mixed, pl.from_pandas(mixed), pl.from_pandas(mixed).lazy()):
        found = pv.quantile(pv.Survey(data, DESIGN), "hours", [0.1, 0.5], by="sex", margins=True, rule=rule).to_pandas()
        pd.testing.assert_frame_equal(found, expected, rtol=1e-10)


def test_replicates_of_the_quantile_and_of_the_share() -> None:
    def replicated(**options: object) -> pv.Survey:
        replicates = pv.Replicates(**{"method": "bootstrap", "n": 400, "seed": 5, **options})
        return pv.Survey(ROWS, pv.Design(weight="w", stratum="stratum", psu=["stratum", "ea"], replicates=replicates))

    plain = pv.quantile(SURVEY, "hours", 0.5, by="sex").numbers.se
    share = pv.quantile(replicated(), "hours", 0.5, by="sex").numbers.se
    direct = pv.quantile(replicated(), "hours", 0.5, by="sex", interval="replicates")
    np.testing.assert_allclose(share, plain, rtol=0.3)
    np.testing.assert_allclose(direct.numbers.se, plain, rtol=0.4)
    np.testing.assert_allclose(direct.limits.high + direct.limits.low, 2 * direct.numbers.estimate, rtol=EXACT)
    with pytest.raises(OptionError, match="not a jackknife"):
        pv.quantile(replicated(method="JKn", n=None, seed=None), "hours", 0.5, interval="replicates")
    with pytest.raises(OptionError, match="needs a design with replicates"):
        pv.quantile(SURVEY, "hours", 0.5, interval="replicates")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"probabilities": 1.0}, "above 0 and below 1"),
        ({"probabilities": [0.5, 0.5]}, "named once"),
        ({"probabilities": []}, "above 0 and below 1"),
        ({"probabilities": 0.5, "rule": "hf10"}, "rule must be one of"),
        ({"probabilities": 0.5, "interval": "mean"}, "interval must be one of"),
        ({"probabilities": 0.5, "level": 95}, "between 0 and 1"),
        ({"probabilities": 0.5, "by": "probability"}, "column of quantiles"),
    ],
)
def test_wrong_questions(options: dict[str, object], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        pv.quantile(SURVEY, "hours", **options)


@pytest.mark.parametrize("interval", ["wald", "replicates"])
@pytest.mark.parametrize("named", [True, False])
def test_replicate_weights_of_a_file_are_those_made_from_the_units(interval: str, named: bool) -> None:
    # Balanced halves of 15 pairs of units, made here and written into the file.
    rows = ROWS.assign(stratum=ROWS["ea"] // 2)
    made = pv.Design(weight="w", stratum="stratum", psu="ea", replicates=pv.Replicates(method="BRR"))
    signs = np.array([[1.0]])
    while len(signs) < 16:
        signs = np.block([[signs, signs], [signs, -signs]])
    columns = {f"r{i}": rows["w"] * (1 + signs[i, 1 + rows["stratum"]] * np.where(rows["ea"] % 2, 1, -1)) for i in range(16)}
    units = {"stratum": "stratum", "psu": "ea"} if named else {}
    given = pv.Design(weight="w", replicates=pv.Replicates(columns="r*", method="BRR"), **units)
    asked = {"by": "sex", "margins": True, "interval": interval}
    of_units = pv.quantile(pv.Survey(rows, made), "hours", [0.3, 0.6], **asked)
    of_file = pv.quantile(
        pv.Survey(rows.drop(columns="region", errors="ignore").assign(**columns), given), "hours", [0.3, 0.6], **asked
    )
    np.testing.assert_array_equal(of_file.numbers.estimate, of_units.numbers.estimate)
    # Other signs, the same variance of shares; quantiles are not linear, so theirs differ by the replicates.
    np.testing.assert_allclose(of_file.numbers.se, of_units.numbers.se, rtol=0.5)
    assert (of_file.numbers.df > 0).all()
    assert (of_file.limits.low < of_file.limits.high).all()
