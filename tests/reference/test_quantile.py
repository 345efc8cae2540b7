"""Quantiles, their intervals and their replicates against R `survey` 4.1-1; the script is quantile.R."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import numpy as np
import pytest

import reference
from prevalence.formulas.interval import ProportionMethod, Proportions, proportion, student_t
from prevalence.formulas.quantile import QUANTILE_RULES, Ordered, QuantileRule, ordered, quantiles, replicate_quantiles
from prevalence.formulas.woodruff import at_most, score_limits, woodruff_limits

SAME = 1e-12
"""Same values, interpolated by the same weights in another order of operations."""

INTERVAL = 1e-10
"""Limits pass through t, logit or beta functions of another library."""

NOT_THAT_OF_HYNDMAN_AND_FAN = "hf3"
"""R's `hf3` is not the third definition of its source; ours is, and equals R's own quantile(type = 3) in `unweighted`."""

START_IN_R = ("math", "school", "hf1", "hf2", "hf4")
"""Below the share of the smallest value R 4.1-1 takes the second (hf4: a value below all); the inverse of F is the smallest."""

METHODS: dict[str, ProportionMethod] = {"mean": "wald", "xlogit": "logit", "beta": "beta", "asin": "asin"}

Record = dict[str, Any]


@cache
def document() -> Any:
    return json.loads((reference.FOLDER / "quantile.json").read_text(encoding="utf-8"))


def number(value: float | None) -> float:
    return math.nan if value is None else value


@cache
def members(design: str, variable: str, domain: tuple[tuple[str, Any], ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return values and weights of the answered rows of a domain."""
    declared = document()["designs"][design]
    rows = reference.data(declared["data"])
    kept = rows[variable].notna()
    for name, level in domain:
        kept &= rows[name] == level
    return rows.loc[kept, variable].to_numpy(float), rows.loc[kept, declared["design_args"]["weight"]].to_numpy(float)


def domain_of(record: Record) -> tuple[tuple[str, Any], ...]:
    return tuple((record["domain"] or {}).items())


def one_domain(record: Record) -> Ordered:
    value, weight = members(record["design"], record["variable"], domain_of(record))
    return ordered(np.zeros(len(value), dtype=np.int64), value, weight, 1)


def label(record: Record) -> str:
    return ":".join(str(record[key]) for key in ("design", "variable", "domain", "p"))


QUANTILES: list[Record] = document()["quantiles"]


def test_the_script_is_of_the_installed_survey_and_of_many_numbers() -> None:
    assert document()["header"]["survey"] == "4.1.1"
    assert len(QUANTILES) * len(QUANTILE_RULES) > 1500


@pytest.mark.parametrize("rule", [rule for rule in QUANTILE_RULES if rule != NOT_THAT_OF_HYNDMAN_AND_FAN])
@pytest.mark.parametrize("design", sorted({record["design"] for record in QUANTILES}))
def test_every_definition_over_overlapping_domains_at_once(design: str, rule: QuantileRule) -> None:
    records = [record for record in QUANTILES if record["design"] == design]
    groups = list(dict.fromkeys((record["variable"], domain_of(record)) for record in records))
    parts = [members(design, *group) for group in groups]
    probabilities = np.array(
        [[record["p"] for record in records if (record["variable"], domain_of(record)) == group] for group in groups]
    )
    expected = np.array([record["estimates"][rule] for record in records]).reshape(probabilities.shape)
    domain = np.repeat(np.arange(len(parts)), [len(value) for value, _ in parts])
    value, weight = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    mixed = np.random.default_rng(7).permutation(len(value))
    ordering = ordered(domain[mixed], value[mixed], weight[mixed], len(parts))
    found = quantiles(ordering, probabilities, rule)
    if rule in START_IN_R:
        smallest, share = (array[ordering.start[:-1]] for array in (ordering.value, ordering.weight))
        expected = np.where(probabilities * ordering.total[:, None] < share[:, None] * (1 - SAME), smallest[:, None], expected)
    np.testing.assert_allclose(found, expected, rtol=SAME)


@pytest.mark.parametrize("record", document()["unweighted"], ids=lambda record: str(record["p"]))
def test_equal_weights_give_the_nine_definitions_of_hyndman_and_fan(record: Record) -> None:
    value = np.array(record["x"], dtype=float)
    ordering = ordered(np.zeros(len(value), dtype=np.int64), value, np.full(len(value), 30.97), 1)
    found = [quantiles(ordering, np.array([[record["p"]]]), f"hf{kind}")[0, 0] for kind in range(1, 10)]
    np.testing.assert_allclose(found, record["types"], rtol=SAME)


@pytest.mark.parametrize("record", QUANTILES, ids=label)
def test_shares_at_or_below(record: Record) -> None:
    value, weight = members(record["design"], record["variable"], domain_of(record))
    domain = np.zeros(len(value), dtype=np.int64)
    for rule, (share, _) in record["shares"].items():
        inside = at_most(domain, value, np.array([[record["estimates"][rule]]]))[:, 0]
        assert (weight * inside).sum() / weight.sum() == pytest.approx(share, rel=SAME)


def shares_of(record: Record, rule: str) -> Proportions:
    share, se = record["shares"][rule]
    column = np.ones((1, 1))
    return Proportions(share * column, se * column, record["df"] * column, record["n"] * column, math.nan * column)


@pytest.mark.parametrize("record", QUANTILES, ids=label)
def test_intervals_and_standard_errors(record: Record) -> None:
    ordering = one_domain(record)
    for asked, expected in record["intervals"].items():
        method, rule = METHODS[asked.split()[0]], asked.split()[1]
        shares = shares_of(record, rule)
        found = woodruff_limits(ordering, shares, 0.95, method=method, rule=rule)
        low, high, se = (float(array[0, 0]) for array in (found.low, found.high, found.se))
        of_share = proportion(method, shares, 0.95).low[0, 0]
        if not shares.se[0, 0] > 0:
            # R makes an interval of no width, or stops.
            assert found.undefined.all()
            assert math.isnan(se)
        elif method == "asin" and math.asin(math.sqrt(shares.estimate[0, 0])) < half_of_asin(shares):
            # R's sine turns back below 0; a share cannot be lower than 0, so the sample holds no limit.
            assert found.below.all()
        elif rule in START_IN_R and 0 < of_share < ordering.weight[0] / ordering.total[0]:
            assert low == ordering.value[0]
            assert high == pytest.approx(number(expected[2]), rel=INTERVAL, nan_ok=True)
        else:
            np.testing.assert_allclose([low, high], [number(value) for value in expected[1:3]], rtol=INTERVAL, err_msg=asked)
            assert se == pytest.approx(number(expected[3]), rel=INTERVAL, nan_ok=True)
            assert found.below[0, 0] == math.isnan(low)
            assert found.above[0, 0] == math.isnan(high)


def half_of_asin(shares: Proportions) -> float:
    p = shares.estimate
    return float((student_t(shares.df, 0.95) * shares.se / (2 * np.sqrt(p * (1 - p))))[0, 0])


@pytest.mark.parametrize("record", document()["scores"], ids=lambda record: str(record["p"]))
def test_score_limits_are_those_of_r_to_one_observation(record: Record) -> None:
    # R looks for a root of a step function to within a tolerance, so it may end on either side of the step.
    value, weight = members(record["design"], record["variable"], ())
    ordering = one_domain({**record, "domain": None})

    def share_at(threshold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        share = (value[:, None, None] <= threshold).mean(axis=0)
        return share, np.sqrt(share * (1 - share) / (len(value) - 1) * (1 - len(value) / 6194))

    found = score_limits(ordering, np.array([[record["p"]]]), np.array([[float(record["df"])]]), 0.95, share_at)
    steps = np.unique(value)
    for limit, expected in ((found.low, record["ci"][0]), (found.high, record["ci"][1])):
        assert abs(int(np.searchsorted(steps, limit[0, 0])) - int(np.searchsorted(steps, expected))) <= 1
    assert weight.min() == weight.max()


@pytest.mark.parametrize(
    "record", document()["replicates"], ids=lambda record: f"{record['type']}:{record['rule']}:{record['p']}"
)
def test_quantiles_under_replicate_weights(record: Record) -> None:
    rows = reference.data(document()["designs"][record["design"]]["data"])
    value = (rows["enroll"] + np.arange(1, len(rows) + 1) / 1000).to_numpy(float)
    weight = rows["pw"].to_numpy(float)
    unit = np.searchsorted(np.sort(record["units"]), rows["dnum"].to_numpy())
    factors = np.array(record["factors"], dtype=float)[np.argsort(record["units"])]
    ordering = ordered(np.zeros(len(value), dtype=np.int64), value, weight, 1)
    found = replicate_quantiles(ordering, weight[:, None] * factors[unit], np.array([[record["p"]]]), record["rule"])
    np.testing.assert_allclose(found[:, 0, 0], record["replicates"], rtol=SAME)
    centre = record["estimate"] if record["mse"] else found.mean()
    variance = record["scale"] * (np.array(record["rscales"]) * (found[:, 0, 0] - centre) ** 2).sum()
    assert math.sqrt(variance) == pytest.approx(record["se"], rel=INTERVAL)
