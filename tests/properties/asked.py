"""What every property asks of a survey, and when two answers are the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.estimators import Association

from .designs import IMPUTATIONS

ROUNDING = 1e-9
"""The same sums in another order; standard errors near zero are compared with a floor of the same size, on the scale of the estimates."""

NUMBERS = ("estimate", "se", "deff", "df", "n", "cases", "missing", "n_psu", "weighted", "population")
FREE_OF_COUNTS = ("estimate", "se", "df", "n_psu", "weighted", "population")
STANDARD = {"age": {"5-11": 3.0, "12-17": 2.0}}
EVERY_METHOD = ("logit", "korn-graubard", "beta", "wilson", "asin", "likelihood", "wald", "mics")
INSIDE = EVERY_METHOD[:6]
"""Methods whose limits are shares."""

Table = Callable[[pv.Survey], Estimates]

TABLES: dict[str, Table] = {
    "prevalence": lambda survey: pv.prevalence(survey, ["y", "v"], by=[["chain", "sex"], ["region"]], margins=True),
    "among": lambda survey: pv.prevalence(survey, "y", by="region", among="worker", margins=True),
    "total": lambda survey: pv.total(survey, "y", by="region", margins=True),
    "people": lambda survey: pv.total(survey, "module", by=["chain", "sex"], margins="sex"),
    "mean": lambda survey: pv.mean(survey, "z", by=["sex", "region"], margins=True),
    "ratio": lambda survey: pv.ratio(survey, "z", "x", by=["chain", "region"], margins=True),
    "distribution": lambda survey: pv.distribution(survey, "status", by="region", margins=True),
    "standardised": lambda survey: pv.standardised(survey, "y", standard=STANDARD, by="region", margins=True),
    "imputed": lambda survey: pv.combine_imputations(
        pv.prevalence(survey, list(IMPUTATIONS), by="region", margins=True), indicator="y"
    ),
    "quantile": lambda survey: pv.quantile(survey, "z", [0.25, 0.5, 0.9], by="region", margins=True),
}
"""Every verb that gives estimates; each table has a dimension with a margin, and most have an empty level."""

COMPARISONS: dict[str, Table] = {
    "difference": lambda survey: pv.prevalence(survey, "y", by=["region", "sex"], margins="region").difference(
        "sex", "Female", "Male"
    ),
    "of indicators": lambda survey: pv.prevalence(survey, ["y", "v"], by="sex").difference("indicator", "y", "v"),
    "relative": lambda survey: pv.mean(survey, "z", by="region").relative("region", "N", "S"),
    "excess": lambda survey: pv.prevalence(survey, "y", by="chain", margins=True).excess("chain"),
    "change of totals": lambda survey: ask("total", survey).difference("region", "N", "S"),
    "of quantiles": lambda survey: ask("quantile", survey).difference("region", "N", "All"),
    "of standardised": lambda survey: ask("standardised", survey).excess("region"),
    "of shares": lambda survey: ask("distribution", survey).relative("region", "S", "All"),
}
"""What is made of tables: each draws on a covariance."""

ANSWERS = TABLES | COMPARISONS

TOTALS = ("total", "people", "change of totals")
"""Answers that are on the scale of the weights."""

BY_REGION = tuple(name for name in TABLES if name not in ("people",))
"""Tables with the levels N, S, C, islands and All of ``region``."""


def ask(name: str, survey: pv.Survey) -> Estimates:
    """Return an answer by its name."""
    return ANSWERS[name](survey)


FIRST, SECOND = "sex", "status"
"""Categories whose association is tested."""


def associated(survey: pv.Survey) -> Association:
    """Return the tests of association."""
    return pv.association(survey, FIRST, SECOND, by="region", margins=True, adjust="holm")


def assert_close(one: npt.ArrayLike, other: npt.ArrayLike, what: str = "", *, scale: float = 1.0) -> None:
    """Raise unless two arrays are the same up to rounding, NaN in the same places; `scale` is that of the estimates."""
    np.testing.assert_allclose(one, other, rtol=ROUNDING, atol=ROUNDING * scale, err_msg=what)


def assert_same(one: Estimates, other: Estimates, *names: str, scale: float = 1.0) -> None:
    """Raise unless two tables have the same numbers; without names also the same limits, and words in the same rows."""
    for name in names or NUMBERS:
        assert_close(getattr(one.numbers, name), getattr(other.numbers, name), name, scale=scale)
    if not names:
        assert_close(one.limits.low, other.limits.low, "low", scale=scale)
        assert_close(one.limits.high, other.limits.high, "high", scale=scale)
        assert [bool(flag) for flag in one.flags] == [bool(flag) for flag in other.flags]


def assert_same_tests(one: Association, other: Association) -> None:
    """Raise unless two tables of tests of association are the same."""
    assert_close(one.n, other.n, "n")
    for name in ("f", "f_df", "f_p", "chi2", "chi2_p", "contrasts", "empty"):
        assert_close(getattr(one.rao_scott, name), getattr(other.rao_scott, name), name)
    for name in ("f", "rank", "p_value"):
        assert_close(getattr(one.wald, name), getattr(other.wald, name), f"wald {name}")
