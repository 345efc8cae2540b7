"""Limits of totals on the log scale, the default for numbers of people, against R `survey` 4.1-1: numbers.R has the designs."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

import prevalence as pv
import reference
from prevalence.estimates import Estimates

SAME = 1e-9
"""Totals to 1e-12, limits through the t quantile and the exponential of another library."""

DOCUMENT: Any = json.loads((reference.FOLDER / "numbers.json").read_text(encoding="utf-8"))
INDICATORS = {"y", "rare", "attends", "met_school"}


def asked(record: dict[str, Any]) -> Estimates:
    declared = DOCUMENT["designs"][record["design"]]
    used = declared["design_args"]
    design = pv.Design(weight=used["weight"], stratum=used["stratum"], psu=used["psu"], fpc=used["fpc"], df_rule="own")
    by = list(record["domain"] or {})
    table = pv.total(pv.Survey(reference.data(declared["data"]), design), record["variable"], by=by or None)
    return table.select(**(record["domain"] or {}))


def assert_limits(table: Estimates, expected: list[float]) -> None:
    found = [table.limits.low[0], table.limits.high[0]]
    assert all(math.isclose(one, other, rel_tol=SAME) for one, other in zip(found, expected, strict=True)), (found, expected)


def name_of(record: dict[str, Any]) -> str:
    return f"{record['design']}-{record['variable']}-{'-'.join((record['domain'] or {'all': 1}).keys())}"


@pytest.mark.parametrize("record", DOCUMENT["records"], ids=name_of)
def test_limits_of_totals(record: dict[str, Any]) -> None:
    table = asked(record)
    assert math.isclose(table.numbers.estimate[0], record["estimate"], rel_tol=SAME)
    assert math.isclose(table.numbers.se[0], record["se"], rel_tol=SAME)
    assert table.numbers.df[0] == record["df"]
    assert table.interval.method == ("log" if record["variable"] in INDICATORS else "wald")
    assert_limits(table, record["log_95" if record["variable"] in INDICATORS else "t_95"])
    assert_limits(table.ci(method="log"), record["log_95"])
    assert_limits(table.ci(0.9, method="log"), record["log_90"])
    assert_limits(table.ci(method="wald"), record["t_95"])


def test_there_are_domains_whose_t_limits_are_below_zero() -> None:
    """The reason for the default: a number of people cannot be negative."""
    below = [record for record in DOCUMENT["records"] if record["t_95"][0] < 0]
    assert below
    assert all(record["log_95"][0] > 0 for record in below)
