"""Rates of reduction, paths and progress classes against worked numbers, R, and truths that are known."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from prevalence.baseline import aarr, progress, projection, rate_for_number, required_rate
from prevalence.baseline.classes import CLASSES
from prevalence.errors import OptionError

RECORDS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "reference" / "progress.json").read_text(encoding="utf-8"))
CLOSED_FORM = 1e-12
"""The same closed form in R and here."""
QR = 1e-10
"""R's lm goes by another route: some digits are lost over years of about 2,000."""
INTEGRAL = 1e-9
"""R's integrate and our quadrature each say 1e-10 or better."""

YEARS, RATES, ERRORS = [2014, 2022], [0.220, 0.180], [0.012, 0.011]


# The worked oracle of section 4 of the methods note on baselines: every number to the digits given there.
@pytest.mark.parametrize(
    ("correlation", "se", "z", "p", "relative_se", "aarr_se", "low", "high", "on_track"),
    [
        (0.0, 0.01628, -2.457, 0.0140, 0.0670, 0.00999, 0.1133, 0.1914, "3e-16"),
        (0.4, 0.01263, -3.168, 0.0015, 0.0520, 0.00775, 0.1182, 0.1835, "3e-22"),
    ],
)
def test_worked_numbers(
    correlation: float, se: float, z: float, p: float, relative_se: float, aarr_se: float, low: float, high: float, on_track: str
) -> None:
    found = progress(YEARS, RATES, se=ERRORS, correlation=correlation, target=0.05, target_year=2030)
    assert (round(found.change, 4), round(found.change_se, 5), round(found.z, 3), round(found.p_value, 4)) == (-0.04, se, z, p)
    assert (round(found.relative_change, 4), round(found.relative_se, 4)) == (-0.1818, relative_se)
    assert (round(found.aarr, 5), round(found.aarr_se, 5)) == (0.02477, aarr_se)
    assert (round(found.required_aarr, 4), round(found.multiplier, 2)) == (0.1480, 5.97)
    assert (round(found.points_needed, 5), round(found.points_observed, 5)) == (0.01625, 0.00500)
    assert (round(found.projected, 4), round(found.projected_low, 4), round(found.projected_high, 4)) == (0.1473, low, high)
    assert f"{found.on_track:.0e}" == on_track
    assert (round(found.ratio, 4), found.progress_class) == (0.2801, "limited")


def test_chance_of_being_on_track_agrees_with_pnorm() -> None:
    for record in RECORDS["on_track"]:
        found = progress(YEARS, RATES, se=ERRORS, correlation=record["correlation"], target=0.05)
        # Far in the tail a rounding error of the argument is magnified by it.
        assert found.on_track == pytest.approx(record["probability"], rel=1e-11)


def test_unicef_rate_of_five_points() -> None:
    assert round(aarr([2000, 2006, 2011, 2016, 2021], [0.30, 0.27, 0.235, 0.21, 0.19]).aarr, 6) == 0.022118


def test_slope_of_a_published_example() -> None:
    # A slope of -0.0669 is an AARR of 6.4 to 6.5 % (Nutrition information platforms, after UNICEF's technical note).
    years = [2000.0, 2005.0, 2010.0]
    found = aarr(years, [math.exp(-0.0669 * (year - 2000)) for year in years])
    assert 0.064 < found.aarr < 0.065


def test_global_estimates_need_ten_times_the_rate() -> None:
    # 16.0 % in 2000, 7.8 % in 2024, 1 % in 2029 or 2030.
    observed = aarr([2000, 2024], [0.160, 0.078]).aarr
    assert round(observed, 4) == 0.0295
    assert [round(required_rate(0.078, 0.01, years=years).aarr / observed, 1) for years in (5, 6)] == [11.4, 9.8]


def test_regressions_agree_with_lm() -> None:
    for record in RECORDS["lines"]:
        found = aarr(record["years"], record["rates"], se=record["se"], method=record["method"])
        assert found.slope == pytest.approx(record["slope"], rel=QR)
        assert found.se_residual == pytest.approx(math.exp(record["slope"]) * record["se_slope"], rel=QR)
        if record["method"] == "wls":
            # With the errors known, the standard error is that of lm without its estimate of the scale.
            assert found.se == pytest.approx(math.exp(record["slope"]) * record["se_slope"] / record["sigma"], rel=QR)
        path = projection(record["years"], record["rates"], at=[2030], method=record["method"], se=record["se"])
        assert math.log(path.value[0]) == pytest.approx(record["ln_2030"], rel=QR)


def test_sampling_error_of_the_regression_by_simulation() -> None:
    record = RECORDS["lines"][0]
    rng = np.random.default_rng(1)
    rates, errors = np.array(record["rates"]), np.array(record["se"])
    draws = rates + errors * rng.normal(size=(4_000, 5))
    years = np.array(record["years"])
    weight = (years - years.mean()) / ((years - years.mean()) ** 2).sum()
    spread = float((1 - np.exp(np.log(draws) @ weight)).std())
    # The Monte Carlo error of a standard deviation over 4,000 draws is 1.1 %.
    assert aarr(record["years"], record["rates"], se=record["se"]).se == pytest.approx(spread, rel=3 * 0.0112)


def test_two_points_of_a_regression_are_the_two_point_form() -> None:
    by_line, by_points = (aarr(YEARS, RATES, se=ERRORS, method=method) for method in ("unicef", "two-point"))
    assert by_line.aarr == pytest.approx(by_points.aarr, rel=CLOSED_FORM)
    assert by_line.se == pytest.approx(by_points.se, rel=CLOSED_FORM)
    assert by_points.aarr == pytest.approx(1 - (0.18 / 0.22) ** (1 / 8), rel=CLOSED_FORM)


def test_order_of_the_years_does_not_matter() -> None:
    assert (
        progress(YEARS[::-1], RATES[::-1], se=ERRORS[::-1], target=0.05).on_track
        == progress(YEARS, RATES, se=ERRORS, target=0.05).on_track
    )


def test_covariance_matrix_is_another_way_to_say_correlation() -> None:
    c = 0.4 * 0.012 * 0.011
    found = progress(YEARS, RATES, covariance=[[0.012**2, c], [c, 0.011**2]], target=0.05)
    assert found.on_track == pytest.approx(
        progress(YEARS, RATES, se=ERRORS, correlation=0.4, target=0.05).on_track, rel=CLOSED_FORM
    )


def test_required_rate_arrives() -> None:
    found = required_rate(0.18, 0.05, years=8)
    assert 0.18 * (1 - found.aarr) ** 8 == pytest.approx(0.05, rel=CLOSED_FORM)
    ended = required_rate(0.18, 0, years=8, ending=0.005)
    assert 0.18 * (1 - ended.aarr) ** 8 == pytest.approx(0.005, rel=CLOSED_FORM)
    # The straight path goes to zero, whatever counts as ended.
    assert (ended.target, ended.ending, ended.points_a_year) == (0.005, 0.005, pytest.approx(0.18 / 8))


def test_drift_widens_the_fan() -> None:
    plain, wide = (projection(YEARS, RATES, se=ERRORS, at=[2022, 2026, 2030], drift=drift) for drift in (0.0, 0.001))
    assert wide.se_log[0] == plain.se_log[0]
    np.testing.assert_allclose(wide.se_log**2 - plain.se_log**2, [0, 0.004, 0.008], atol=1e-15)


def test_drift_begins_with_the_last_round() -> None:
    plain, wide = (projection(YEARS, RATES, se=ERRORS, at=[2014, 2018], drift=drift) for drift in (0.0, 0.001))
    np.testing.assert_array_equal(wide.se_log, plain.se_log)


def test_points_a_year_are_over_the_years_gone_and_the_years_left() -> None:
    """From 30 to 20 % in ten years is a point a year; from there to 5 % in five years it takes three, and to an end four, whatever counts as ended."""
    for options, needed in (({"target": 0.05}, 0.03), ({"target": 0, "ending": 0.01}, 0.04)):
        found = progress([2010, 2020], [0.30, 0.20], target_year=2025, **options)
        assert (found.points_observed, found.points_needed) == pytest.approx((0.01, needed), rel=CLOSED_FORM)


# ---- classes ----


def open_sdg(base: float, now: float, target: float | None, span: float = 8, horizon: float = 16) -> str:
    """The rule as section 5.1 of the methods note writes it."""
    growth = (now / base) ** (1 / span) - 1
    if target is None:
        steps = ((0.015, "substantial"), (0.005, "moderate"), (0.0, "limited"))
        return next((name for least, name in steps if -growth >= least), "deterioration")
    if now <= target:
        return "target achieved"
    ratio = -growth / abs((target / base) ** (1 / horizon) - 1)
    return next(
        (name for least, name in ((0.95, "substantial"), (0.60, "moderate"), (0.0, "limited")) if ratio >= least), "deterioration"
    )


@pytest.mark.parametrize("target", [0.05, None])
def test_classes_are_those_of_the_rule(target: float | None) -> None:
    rng = np.random.default_rng(2)
    for base, now in np.exp(rng.uniform(np.log(0.04), np.log(0.6), (500, 2))):
        if target is not None and base <= target:
            continue
        found = progress(YEARS, [base, now], target=target)
        assert found.progress_class == open_sdg(base, now, target)


def test_probability_of_classes_agrees_with_r() -> None:
    record = RECORDS["classes"][0]
    found = progress(YEARS, record["rates"], se=record["se"], correlation=record["correlation"], target=record["target"])
    np.testing.assert_allclose(found.probability, record["probability"], atol=INTEGRAL)


@pytest.mark.parametrize(
    "options", [{"target": 0.05}, {"target": 0.16}, {}, {"target": 0.5, "kind": "reduction"}, {"target": 0, "ending": 0.01}]
)
def test_probability_of_classes_by_simulation(options: dict[str, Any]) -> None:
    rates, errors, correlation, draws = [0.22, 0.17], [0.015, 0.014], 0.3, 20_000
    rng = np.random.default_rng(3)
    cv = np.array(errors) / rates
    matrix = [[cv[0] ** 2, correlation * cv[0] * cv[1]], [correlation * cv[0] * cv[1], cv[1] ** 2]]
    drawn = np.exp(rng.multivariate_normal(np.log(rates), matrix, draws))
    reduction = options.get("kind") == "reduction"
    counts = dict.fromkeys(CLASSES["open-sdg"], 0)
    for base, now in drawn:
        target = options.get("ending", options.get("target"))
        counts[open_sdg(base, now, base * 0.5 if reduction else target)] += 1
    found = progress(YEARS, rates, se=errors, correlation=correlation, **options)
    frequency = np.array(list(counts.values())) / draws
    error = np.sqrt(frequency * (1 - frequency) / draws)
    assert (np.abs(found.probability - frequency) <= 3.5 * error + 2 / draws).all()
    assert found.probability.sum() == pytest.approx(1, abs=INTEGRAL)


def test_probabilities_are_calibrated_under_a_diffuse_prior() -> None:
    rng = np.random.default_rng(4)
    draws, target = 3_000, 0.08
    # Truths spread far wider than the errors of the surveys (cv 10 %).
    truth = np.exp(np.log(0.2) + 0.8 * rng.normal(size=(draws, 2)))
    estimate = truth * np.exp(0.1 * rng.normal(size=(draws, 2)))
    chance, happened = [], []
    for true, seen in zip(truth, estimate, strict=True):
        if seen[0] <= target * 1.01:
            continue
        found = progress(YEARS, seen.tolist(), se=(0.1 * seen).tolist(), target=target)
        chance.append([found.on_track, *found.probability])
        end = true[1] ** 2 / true[0]
        is_class = [open_sdg(true[0], true[1], target) == name for name in CLASSES["open-sdg"]]
        happened.append([end <= target, *is_class])
    said, was = np.array(chance), np.array(happened, dtype=float)
    # In all, and among those of whom it was said to be likely or unlikely: sums of independent yes/no with the chances given.
    for part in (np.ones(said.shape, bool), (said > 0.05) & (said < 0.5), said >= 0.5):
        excess = ((was - said) * part).sum(axis=0)
        error = np.sqrt((said * (1 - said) * part).sum(axis=0)) + 0.5
        assert (np.abs(excess) < 3.2 * error).all()


def test_reduction_of_a_number() -> None:
    found = progress([2009, 2019], [1_500_000, 1_300_000], se=[90_000, 80_000], target=0.70, kind="reduction", target_year=2025)
    assert found.target == pytest.approx(450_000)
    # The target moves with the base: CAGR needed is that of a factor of 0.3 over 16 years whatever the base is.
    assert found.ratio == pytest.approx((1 - (13 / 15) ** 0.1) / (1 - 0.3 ** (1 / 16)), rel=CLOSED_FORM)
    # ln(now/base) 1.6 of a path must fall to ln 0.3: only the ratio of the two numbers matters.
    cv = math.hypot(0.06, 80 / 1_300) * 1.6
    expected = stats.norm.cdf((math.log(0.3) - 1.6 * math.log(13 / 15)) / cv)
    assert found.on_track == pytest.approx(expected, rel=1e-9)


def test_rate_that_a_number_asks_for() -> None:
    q = rate_for_number(0.70, base_rate=0.30, base_population=3e6, population=4e6)
    assert q * 4e6 == pytest.approx(0.3 * 0.30 * 3e6, rel=CLOSED_FORM)


def test_target_that_is_reached() -> None:
    found = progress(YEARS, [0.22, 0.04], se=[0.012, 0.004], target=0.05)
    assert found.progress_class == "target achieved"
    assert (found.required_aarr, found.points_needed) == (0, 0)
    assert found.probability[0] > 0.98


def test_values_on_an_edge_belong_to_the_better_class() -> None:
    assert progress(YEARS, [0.22, 0.05], target=0.05).progress_class == "target achieved"
    assert progress(YEARS, [0.22, 0.22 * 0.985**8]).progress_class == "substantial"


def test_without_errors_there_are_no_probabilities() -> None:
    found = progress(YEARS, RATES, target=0.05)
    assert found.progress_class == "limited"
    assert np.isnan(found.probability).all()
    assert math.isnan(found.on_track)


def test_words_of_statistics_canada() -> None:
    found = progress(YEARS, [0.22, 0.10], target=0.05, words="statcan")
    assert found.progress_class == "on track"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: progress(YEARS, RATES, target=0.30), "target must be below the base value of 0.22"),
        (lambda: progress(YEARS, RATES, target=5), "Check the unit"),
        (lambda: progress(YEARS, RATES, target=0), "ending=0.01"),
        (lambda: progress(YEARS, RATES, target=0.05, ending=0.01), "Leave ending out"),
        (lambda: progress(YEARS, RATES, ending=0.01), "give target=0"),
        (lambda: progress(YEARS, RATES, target=0.05, target_year=2022), "after the last round, 2022"),
        (lambda: progress(YEARS, RATES, target=70, kind="reduction"), "Write 12 % as 0.12"),
        (lambda: progress([2014], [0.2]), "at least two"),
        (lambda: progress([2014, 2014], RATES), "each once"),
        (lambda: progress([-2014, 2022], RATES), "years must be numbers above zero"),
        (lambda: progress(YEARS, [0.2, 0.0]), "A rate of 0 has no rate of reduction"),
        (lambda: progress(YEARS, RATES, se=[0.01]), "for each of the 2 values"),
        (lambda: progress(YEARS, RATES, se=ERRORS, correlation=1.5), "between -1 and 1"),
        (lambda: progress([2010, *YEARS], [0.25, *RATES], se=[0.01, *ERRORS], correlation=0.2), "Give covariance="),
        (lambda: progress(YEARS, RATES, covariance=[[1, 2], [2, 1]]), "no negative variance"),
        (lambda: aarr(YEARS, RATES, method="wls"), "weighs by standard errors"),
        (lambda: aarr(YEARS, RATES, method="loess"), "method must be one of"),
        (lambda: required_rate(0.04, 0.05, years=5), "reached already"),
        (lambda: required_rate(0.04, 0.01, years=0), "years must be a number above 0"),
        (lambda: projection(YEARS, RATES, at=[]), "at must hold years"),
    ],
)
def test_bad_input_says_what_to_do(call: Any, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        call()


def test_progress_prints() -> None:
    found = progress([2014.5, 2022], RATES, se=ERRORS, target=0.05)
    assert "progress_class limited; base_year 2014.5; base 0.22; year 2022" in repr(found)
    assert found.to_pandas()["classes"].tolist() == list(CLASSES["open-sdg"])
