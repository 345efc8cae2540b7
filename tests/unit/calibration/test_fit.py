"""Calibrated weights: totals met, nearest weights, bounds held, and every impossible request refused with the auxiliary's name."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import optimize

from prevalence.calibration.distances import distance
from prevalence.calibration.fit import calibrate
from prevalence.calibration.margins import Margin, measured
from prevalence.errors import DataError, OptionError

Floats = npt.NDArray[np.float64]

MET = 1e-11
"""Totals are fitted to 1e-12 of their size."""

ROWS = 400
RNG = np.random.default_rng(5)
WEIGHT = RNG.gamma(4, 5, ROWS)
SEX = Margin(RNG.integers(0, 2, ROWS), 2, name="sex")
AGE = Margin(RNG.integers(0, 4, ROWS), 4, name="age")
INCOME = measured(RNG.lognormal(1, 0.5, ROWS), "income")
MARGINS = [SEX, AGE, INCOME]
SUM = float(WEIGHT.sum())
N = 10_000.0
TOTALS: list[npt.ArrayLike] = [
    share * np.bincount(margin.code, WEIGHT, margin.size) / (share @ np.bincount(margin.code, WEIGHT, margin.size)) * N
    for margin, share in ((SEX, np.array([1.0, 1.2])), (AGE, np.array([1.3, 1.0, 0.9, 1.1])))
] + [float(WEIGHT @ INCOME.amount) * 1.06 * N / SUM]
METHODS = [("linear", None), ("raking", None), ("logit", (0.1, 6)), ("linear", (0.7, 1.7)), ("raking", (0.7, 1.7))]


def dense(margins: list[Margin]) -> Floats:
    return np.hstack([np.eye(m.size)[m.code] * (1.0 if m.amount is None else m.amount[:, None]) for m in margins])


def flat(totals: list[npt.ArrayLike]) -> Floats:
    return np.concatenate([np.atleast_1d(np.asarray(values, dtype=float)) for values in totals])


@pytest.mark.parametrize(("method", "bounds"), METHODS)
@pytest.mark.parametrize("number", [2, 3])
def test_totals_are_met_within_the_bounds(method: str, bounds: tuple[float, float] | None, number: int) -> None:
    fitted = calibrate(WEIGHT, MARGINS[:number], TOTALS[:number], method=method, bounds=bounds, allow_negative=True)
    wanted = flat(TOTALS[:number])
    np.testing.assert_allclose(fitted.weight @ dense(MARGINS[:number]), wanted, rtol=MET)
    np.testing.assert_allclose(fitted.achieved, wanted, rtol=MET)
    np.testing.assert_allclose(fitted.weight, WEIGHT * fitted.ratio)
    if bounds:
        assert bounds[0] <= fitted.ratio.min()
        assert fitted.ratio.max() <= bounds[1]
    assert len(fitted.redundant) == 1  # both margins add up to all persons


def test_linear_weights_are_those_of_the_regression_estimator() -> None:
    x, d = dense(MARGINS)[:, 1:], WEIGHT
    wanted = flat(TOTALS)[1:]
    g = 1 + x @ np.linalg.solve(x.T @ (d[:, None] * x), wanted - d @ x)
    np.testing.assert_allclose(calibrate(d, MARGINS, TOTALS, allow_negative=True).ratio, g, rtol=1e-10)


def test_model_variance_divides_the_correction() -> None:
    x, d, v = dense(MARGINS)[:, 1:], WEIGHT, RNG.gamma(3, 1, ROWS)
    wanted = flat(TOTALS)[1:]
    g = 1 + x @ np.linalg.solve(x.T @ ((d / v)[:, None] * x), wanted - d @ x) / v
    np.testing.assert_allclose(calibrate(d, MARGINS, TOTALS, variance=v, allow_negative=True).ratio, g, rtol=1e-10)


def test_truncated_weights_are_the_nearest_within_the_bounds() -> None:
    # Quadratic programming over 12 rows by a general solver, which knows nothing of calibration.
    rng = np.random.default_rng(3)
    d, x = rng.gamma(4, 5, 12), np.column_stack([np.ones(12), rng.normal(5, 2, 12)])
    wanted, bounds = d @ x * np.array([1.05, 1.06]), (0.95, 1.12)
    found = calibrate(d, [measured(x[:, 0]), measured(x[:, 1])], list(wanted), bounds=bounds)
    nearest = optimize.minimize(
        lambda g: float(d @ (g - 1) ** 2),
        np.full(12, 1.05),
        jac=lambda g: 2 * d * (g - 1),
        bounds=[bounds] * 12,
        constraints={"type": "eq", "fun": lambda g: (g * d) @ x - wanted, "jac": lambda g: (d[:, None] * x).T},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert ((found.ratio == bounds[0]) | (found.ratio == bounds[1])).any()
    np.testing.assert_allclose(found.ratio, nearest.x, atol=1e-6)


@pytest.mark.parametrize(("method", "bounds"), METHODS)
def test_members_of_a_household_keep_one_weight(method: str, bounds: tuple[float, float] | None) -> None:
    household = np.unique(RNG.integers(0, 130, ROWS), return_inverse=True)[1]
    weight = RNG.gamma(4, 5, household.max() + 1)[household]
    of_households = Margin(np.zeros(ROWS, dtype=np.int64), 1, amount=1 / np.bincount(household)[household], name="households")
    margins, totals = [*MARGINS, of_households], [*TOTALS, [weight @ of_households.amount * N / weight.sum() * 1.03]]
    for chosen in (slice(2), slice(4)):
        fitted = calibrate(
            weight, margins[chosen], totals[chosen], method=method, bounds=bounds, household=household, allow_negative=True
        )
        np.testing.assert_allclose(fitted.weight @ dense(margins[chosen]), flat(totals[chosen]), rtol=MET)
        assert all(len(np.unique(fitted.ratio[household == number])) == 1 for number in range(household.max() + 1))


def test_bounds_on_weights_hold_for_weights() -> None:
    limits = (8.0, 60.0)
    for method in ("linear", "logit"):
        d = np.clip(WEIGHT, 9, 55)
        fitted = calibrate(d, [SEX, AGE], TOTALS[:2], method=method, bounds=limits, bounds_on="weight")
        assert limits[0] <= fitted.weight.min() and fitted.weight.max() <= limits[1] * (1 + MET)
        np.testing.assert_allclose(fitted.achieved, flat(TOTALS[:2]), rtol=MET)


def test_rows_of_weight_zero_stay_at_zero_and_change_nothing() -> None:
    empty = np.arange(ROWS) % 10 == 0
    for method, bounds in METHODS:
        for bounds_on in ("ratio", "weight") if bounds is None else ("ratio",):
            options = {"method": method, "bounds": bounds, "bounds_on": bounds_on, "allow_negative": True}
            found = calibrate(np.where(empty, 0, WEIGHT), MARGINS, TOTALS, **options)
            without = [Margin(m.code[~empty], m.size, None if m.amount is None else m.amount[~empty]) for m in MARGINS]
            np.testing.assert_allclose(
                found.weight[~empty], calibrate(WEIGHT[~empty], without, TOTALS, **options).weight, rtol=1e-9
            )
            assert not found.weight[empty].any()


def test_weights_far_from_the_population_are_raked_too() -> None:
    normalised = WEIGHT / WEIGHT.mean()
    far = calibrate(normalised, [SEX, AGE], [np.multiply(values, 1e6) for values in TOTALS[:2]], method="raking")
    near = calibrate(WEIGHT, [SEX, AGE], TOTALS[:2], method="raking")
    np.testing.assert_allclose(far.weight / 1e6, near.weight, rtol=1e-9)


def test_columns_that_follow_from_others_are_left_out() -> None:
    crossed = Margin(SEX.code * 4 + AGE.code, 8, name="sex by age")
    cells = np.outer(TOTALS[0], TOTALS[1]).ravel() / N
    plain = calibrate(WEIGHT, [crossed], [cells])
    more = calibrate(WEIGHT, [SEX, crossed, AGE, measured(np.ones(ROWS))], [TOTALS[0], cells, TOTALS[1], N])
    np.testing.assert_allclose(more.weight, plain.weight, rtol=1e-10)
    assert len(more.kept) == 8
    np.testing.assert_allclose(more.achieved, [*flat(TOTALS[:1]), *cells, *flat(TOTALS[1:2]), N], rtol=1e-9)


def test_totals_of_nested_cells_must_agree() -> None:
    crossed = Margin(SEX.code * 4 + AGE.code, 8, name="sex by age")
    message = (
        r"must agree; margin 'sex by age', cell \d has the total 1,250, but .*\"margin 'sex', cell 0\".* together imply 2,250"
    )
    with pytest.raises(DataError, match=message):
        calibrate(WEIGHT, [SEX, crossed], [[6000, 4000], np.full(8, N / 8)])


@pytest.mark.parametrize("method", ["linear", "raking", "logit"])
def test_bounds_too_narrow_are_proven_so(method: str) -> None:
    with pytest.raises(
        DataError, match=r"No weights within the bounds meet all totals; .*margin 'age', cell 3 asks for 4,000 and gets"
    ):
        calibrate(
            WEIGHT * N / WEIGHT.sum(),
            [AGE],
            [[2000, 2000, 2000, 4000]],
            method=method,
            bounds=(0.5, 1.2),
        )


@pytest.mark.parametrize("seed", range(12))
def test_totals_are_refused_exactly_where_no_weights_can_meet_them(seed: int) -> None:
    # A linear programme says whether there are any.
    rng = np.random.default_rng(seed)
    d, x = rng.gamma(4, 5, 30), np.column_stack([np.ones(30), rng.normal(5, 2, 30), rng.integers(0, 2, 30)])
    wanted = d @ x * (1 + rng.normal(0, 0.06, 3))
    bounds = (0.8, 1.25)
    possible = optimize.linprog(np.zeros(30), A_eq=(d[:, None] * x).T, b_eq=wanted, bounds=[bounds] * 30).status == 0
    for method in ("linear", "raking", "logit"):
        found = False
        try:
            calibrate(d, [measured(column) for column in x.T], list(wanted), method=method, bounds=bounds)
            found = True
        except DataError as error:
            assert "No weights within the bounds" in str(error)
        assert found == possible


def test_too_few_iterations_name_what_is_missed() -> None:
    with pytest.raises(DataError, match=r"did not converge in 1 iteration; .*auxiliary 'income' asks for [\d,.]+ and gets"):
        calibrate(WEIGHT, MARGINS, TOTALS, method="raking", iterations=1)


def test_weights_below_zero_are_refused_unless_allowed() -> None:
    x = measured(np.array([1.0, 2.0, 9.0]), "x")
    ones = measured(np.ones(3))
    with pytest.raises(DataError, match=r"1 row would get a negative one, the lowest -[\d.]+, at 2"):
        calibrate(np.ones(3), [ones, x], [3, 3])
    assert calibrate(np.ones(3), [ones, x], [3, 3], allow_negative=True).weight[2] < 0


@pytest.mark.parametrize(
    ("weight", "options", "error", "message"),
    [
        ([1.0, -1.0], {}, DataError, "zero or greater; 1 row is not: -1.0"),
        ([1.0, np.nan], {}, DataError, "1 row is not: nan"),
        ([0.0, 0.0], {}, DataError, "none of 2 rows has one"),
        ([1.0, 1.0], {"method": "rake"}, OptionError, "method must be one of"),
        ([1.0, 1.0], {"bounds_on": "weights"}, OptionError, "Did you mean 'weight'"),
        ([1.0, 1.0], {"method": "logit"}, OptionError, "needs finite bounds"),
        ([1.0, 1.0], {"method": "logit", "bounds": (1.1, 2)}, OptionError, r"1 pair is not: \(1.1, 2.0\)"),
        ([1.0, 1.0], {"bounds": (2, 0.5)}, OptionError, r"a lower and a larger upper one; found \(2.0, 0.5\)"),
        ([1.0, 1.0], {"bounds": (np.nan, 0.5)}, OptionError, "two numbers"),
        ([1.0, 1.0], {"variance": np.array([1.0, 0.0])}, DataError, "variance must be a number above zero"),
        ([1.0, 2.0], {"household": np.array([0, 0])}, DataError, "1 household has several: 0"),
        ([1.0, 2.0], {"household": np.array([0])}, DataError, "number the household of each of 2 rows"),
    ],
)
def test_what_is_refused(weight: list[float], options: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        calibrate(np.array(weight), [Margin(np.array([0, 1]), 2)], [[5, 5]], **options)


@pytest.mark.parametrize(("method", "bounds"), METHODS)
def test_slope_and_integral_belong_to_the_ratio(method: str, bounds: tuple[float, float] | None) -> None:
    lower, upper = bounds or (-np.inf, np.inf)
    of = distance(method, np.array([lower]), np.array([upper]))
    u = np.linspace(-0.9, 0.9, 40)[None] + 0.013  # no point at a bound
    step = 1e-6
    np.testing.assert_allclose((of.integral(u + step) - of.integral(u - step)) / (2 * step), of.ratio(u), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose((of.ratio(u + step) - of.ratio(u - step)) / (2 * step), of.slope(u), rtol=1e-6, atol=1e-7)
    zero = np.zeros((1, 1))
    np.testing.assert_allclose([of.ratio(zero)[0, 0], of.slope(zero)[0, 0]], [1, 1])
