"""`pv.determinants` end to end against R `survey` 4.1-1: svyglm, and marginal effects written out; determinants.R has the designs."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
import reference

SAME = 1e-8
"""Both solve by iteration: R's steps end at its own rounding, and linear systems are solved by other routes."""

DOCUMENT: Any = json.loads((reference.FOLDER / "determinants.json").read_text(encoding="utf-8"))
Record = dict[str, Any]


def label(record: Record) -> str:
    return f"{record['design']}:{record['outcome']}:{record['wald_variable']}:{record['domain']}"


def as_text(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return a category as text, an empty one as missing; R has factors of numbers, too."""
    text = values.map(
        lambda value: None if pd.isna(value) or value == "" else f"{value:g}" if isinstance(value, float) else str(value)
    )
    return text.astype(object)


def fitted(record: Record, **options: Any) -> pv.estimators.Determinants:
    declared = DOCUMENT["designs"][record["design"]]
    used = declared["design_args"]
    rows = _rows(declared["data"])
    rows = rows.assign(**{name: as_text(rows[name]) for name in record["factors"]})
    domain = record["domain"] or {}
    within = np.ones(len(rows), dtype=bool)
    for name, level in domain.items():
        within &= (rows[name] == level).to_numpy()
    rows = rows.assign(within=within.astype(float))
    design = pv.Design(
        weight=used["weight"],
        stratum=used["stratum"],
        psu=used["psu"],
        fpc=used["fpc"],
        lonely_psu=used["lonely_psu"],
        df_rule="own",
    )
    of = [*record["factors"], *record["numbers"]]
    return pv.determinants(pv.Survey(rows, design), record["outcome"], of=of, among="within" if domain else None, **options)


@cache
def _rows(name: str) -> pd.DataFrame:
    return reference.data(name)


@pytest.mark.parametrize("record", DOCUMENT["regressions"], ids=label)
def test_coefficients_and_their_covariance(record: Record) -> None:
    found = fitted(record)
    assert found.coefficients.numbers.estimate == pytest.approx(np.array(record["coefficients"]), rel=SAME, abs=SAME)
    expected = np.array(record["covariance"])
    assert np.sqrt(np.diag(expected)) == pytest.approx(found.coefficients.numbers.se, rel=SAME)
    assert found.coefficients.covariance() == pytest.approx(expected, rel=SAME, abs=SAME * np.abs(expected).max())


@pytest.mark.parametrize("record", DOCUMENT["regressions"], ids=label)
@pytest.mark.parametrize("averaged", ["fixed", "sampled"])
def test_average_marginal_effects(record: Record, averaged: Any) -> None:
    found = fitted(record, averaged=averaged)
    assert found.effect == pytest.approx(np.array(record["effects"]), rel=SAME)
    assert found.effect_se == pytest.approx(np.array(record[f"{averaged}_se"]), rel=SAME)


@pytest.mark.parametrize("record", DOCUMENT["regressions"], ids=label)
def test_wald(record: Record) -> None:
    found = fitted(record)
    test = found.test(record["wald_variable"])
    assert test.df == record["df"] - test.rank + 1
    assert test.f == pytest.approx(record["wald"], rel=SAME)
    assert test.p_value == pytest.approx(record["wald_p"], rel=SAME)
