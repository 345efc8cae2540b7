"""Tests of association, t tests and adjusted p-values against R `survey` 4.1-1; the script is association.R."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

import reference
from prevalence.formulas.association import RaoScott, rao_scott, wald_independence
from prevalence.formulas.quadratic_form import saddlepoint_tail, upper_tail
from prevalence.formulas.significance import adjusted, t_test

SAME = 1e-10
"""Solved through eigenvalues here and through a linear system in R, then through another library's distributions."""

APPROXIMATE = 0.16
"""The saddlepoint formula approximates the tail that we sum exactly; with few contrasts and tiny p it is off by as much."""

USUAL = 0.06
"""What it is off by at most where p is above 0.001."""

SOLVED = 2e-6
"""R finds the saddlepoint to 1e-8 of its scale, and takes Satterthwaite's approximation where it is near zero."""

NEGLIGIBLE = 1e-12
"""Below this a p-value is compared as that size: tails so far out differ by the library's distribution functions."""

DOCUMENT: Any = json.loads((reference.FOLDER / "association.json").read_text(encoding="utf-8"))
Record = dict[str, Any]


def label(record: Record) -> str:
    return ":".join(str(record[key]) for key in ("design", "variables", "domain"))


def numbers(values: list[float | None]) -> np.ndarray:
    return np.array([math.nan if value is None else value for value in values], dtype=float)


def table(record: Record, what: str) -> tuple[np.ndarray, np.ndarray]:
    return numbers(record[what]).reshape(1, record["rows"], -1), np.array([record[f"{what}_covariance"]], dtype=float)


def pearson_of(record: Record) -> RaoScott:
    return rao_scott(*table(record, "shares"), np.array([float(record["n"])]), np.array([float(record["df"])]))


@pytest.mark.parametrize("record", DOCUMENT["tables"], ids=label)
def test_second_order_is_rs_default(record: Record) -> None:
    expected, found = record["tests"]["F"], pearson_of(record)
    assert found.f[0] == pytest.approx(expected["statistic"], rel=SAME)
    assert [found.f_df[0], found.f_below[0]] == pytest.approx(expected["parameter"], rel=SAME)
    assert found.f_p[0] == pytest.approx(expected["p"], rel=SAME, abs=NEGLIGIBLE)


@pytest.mark.parametrize("record", DOCUMENT["tables"], ids=label)
def test_first_order(record: Record) -> None:
    expected, found = record["tests"]["Chisq"], pearson_of(record)
    assert found.pearson[0] == pytest.approx(expected["statistic"], rel=SAME)
    assert [found.contrasts[0]] == expected["parameter"]
    assert found.chi2_p[0] == pytest.approx(expected["p"], rel=SAME, abs=NEGLIGIBLE)


@pytest.mark.parametrize("adjust", [False, True])
@pytest.mark.parametrize("record", DOCUMENT["tables"], ids=label)
def test_wald(record: Record, adjust: bool) -> None:
    expected = record["tests"]["adjWald" if adjust else "Wald"]
    found = wald_independence(*table(record, "totals"), np.array([float(record["df"])]), adjusted=adjust)
    assert found.f[0] == pytest.approx(expected["statistic"], rel=SAME)
    assert [found.rank[0], found.below[0]] == pytest.approx(expected["parameter"], rel=SAME)
    assert found.p_value[0] == pytest.approx(expected["p"], rel=SAME, abs=NEGLIGIBLE)


@pytest.mark.parametrize("record", DOCUMENT["tables"], ids=label)
def test_exact_tail_is_near_the_saddlepoint_formula(record: Record) -> None:
    found = pearson_of(record)
    exact, near = (tail(found.pearson[0], found.effects[0], found.f_below[0]) for tail in (upper_tail, saddlepoint_tail))
    assert near == pytest.approx(exact, rel=APPROXIMATE if exact < 0.001 else USUAL)
    if found.contrasts[0] == 1:
        # A single effect: the tail is that of F, so the second order is exact.
        assert exact == pytest.approx(record["tests"]["F"]["p"], rel=SAME, abs=NEGLIGIBLE)


@pytest.mark.parametrize("record", DOCUMENT["tables"], ids=label)
def test_rs_saddlepoint_divides_by_a_chi_square_that_lost_the_fraction_of_its_df(record: Record) -> None:
    """R's `pFsum` weighs the denominator by 1/df and then repeats that weight a whole number of times: the statistic shrinks by what is cut."""
    found = pearson_of(record)
    df = found.f_below[0]
    # A df that is whole but for rounding may be cut to the number below.
    kept = [np.floor(df), np.round(df) - 1]
    p = [saddlepoint_tail(found.pearson[0] * whole / df, found.effects[0], whole) for whole in kept]
    assert min(abs(np.array(p) / record["tests"]["saddlepoint"]["p"] - 1)) < SOLVED


@pytest.mark.parametrize(
    "record", DOCUMENT["t_tests"], ids=lambda record: f"{record['design']}:{record['variable']}:{record['group']}"
)
def test_t_tests_with_rs_degree_less_than_the_design_has(record: Record) -> None:
    assert record["df"] == record["design_df"] - 1
    found = t_test(*(np.array([float(record[name])]) for name in ("estimate", "se", "df")))
    assert found.t[0] == pytest.approx(record["t"], rel=SAME)
    assert found.p_value[0] == pytest.approx(record["p"], rel=SAME, abs=NEGLIGIBLE)


@pytest.mark.parametrize("record", DOCUMENT["adjustments"], ids=lambda record: str(len(record["p"])))
@pytest.mark.parametrize("method", ["holm", "benjamini-hochberg"])
def test_adjusted_p_values(record: Record, method: str) -> None:
    found = adjusted(numbers(record["p"]), method)
    np.testing.assert_allclose(found.p_value, numbers(record[method.replace("-", "_")]), rtol=SAME)
    assert found.left_out == record["p"].count(None)
    assert found.tests + found.left_out == len(record["p"])
