"""Sampling-error tables against the formula and a published row of MICS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.errors import OptionError

HALF_A_DIGIT = 0.5e-4


@pytest.fixture(scope="module")
def estimates() -> pv.Estimates:
    rng = np.random.default_rng(8)
    data = pd.DataFrame(
        {"w": rng.uniform(0.5, 2, 800), "ea": np.repeat(np.arange(40), 20), "area": np.repeat(["Urban", "Rural"], 400)}
    )
    data = data.assign(child_labour=rng.binomial(1, 0.2, 800))
    return pv.prevalence(pv.Survey(data, pv.Design(weight="w", psu="ea")), "child_labour", by="area", margins=True)


def test_columns_follow_the_formula_of_mics(estimates: pv.Estimates) -> None:
    everyone, rural, urban = pv.report.sampling_errors(estimates, domain="area")
    numbers = estimates.select(area="Urban").to_pandas().iloc[0]
    r, se, n = numbers["estimate"], numbers["se"], numbers["n"]
    deff = se**2 / (r * (1 - r) / (n - 1))
    expected = [r, se, se / r, deff, np.sqrt(deff), numbers["population"], n, r - 2 * se, r + 2 * se]
    assert [cell.values[0] for cell in urban.rows[0].cells] == pytest.approx(expected, rel=1e-12)
    assert [table.title for table in (everyone, rural, urban)] == [
        "Sampling errors: Total",
        "Sampling errors: Rural",
        "Sampling errors: Urban",
    ]
    assert urban.rows[0].cells[0].text == f"{r:.4f}"
    assert urban.rows[0].cells[8].text == f"{r + 2 * se:.3f}"


def test_a_published_row_of_mics_is_reproduced() -> None:
    """Iraq MICS 2018, child labour, national: r 0.0728, se 0.0043, n 15,595 give deff 4.257, deft 2.063, limits 0.064-0.081."""
    r, se, n = 0.0728, 0.0043, 15_595
    deff = se**2 / (r * (1 - r) / (n - 1))
    assert deff == pytest.approx(4.257, abs=0.05)  # r and se are rounded to four decimals in print
    assert (round(r - 2 * se, 3), round(r + 2 * se, 3)) == (0.064, 0.081)


@pytest.mark.parametrize("scale", [{"weight_scale": "normalised"}, {"weight_scale": "normalised", "population": 5e6}, {}])
def test_a_published_row_of_mics_is_printed_as_it_was(scale: dict[str, Any]) -> None:
    """Iraq MICS 2018, child labour, national, all columns; its weights are normalised and add up to 43,867 over 15,595 children."""
    n, weighted, r, deff = 15_595, 43_867.0, 0.0728, 4.257
    weight = np.where(np.arange(n) % 2, 1.2, 0.8) * weighted / n
    weight *= weighted / weight.sum()
    data = pd.DataFrame({"w": weight, "child_labour": (np.arange(n) < n * r).astype(float)})
    found = pv.prevalence(pv.Survey(data, pv.Design(weight="w", **scale)), "child_labour")
    se = np.sqrt(deff * r * (1 - r) / (n - 1))
    numbers = replace(found.numbers, estimate=np.array([r]), se=np.array([se]), deff=np.array([deff]))
    (table,) = pv.report.sampling_errors(replace(found, numbers=numbers))
    printed = [cell.text for cell in table.rows[0].cells]
    assert printed == ["0.0728", "0.0043", "0.059", "4.257", "2.063", "43,867", "15,595", "0.064", "0.081"]


def test_weighted_counts_stand_beside_unweighted_ones_in_every_language(estimates: pv.Estimates) -> None:
    heads = {
        "en": ("Weighted count", "Unweighted count"),
        "es": ("Recuento ponderado", "Recuento no ponderado"),
        "fr": ("Effectif pondéré", "Effectif non pondéré"),
        "pt": ("Contagem ponderada", "Contagem não ponderada"),
    }
    for language, expected in heads.items():
        (table,) = pv.report.sampling_errors(estimates, language=language)
        assert tuple(column.head for column in table.columns[5:7]) == expected


def test_withheld_rows_are_empty_and_undefined_ones_say_so(estimates: pv.Estimates) -> None:
    reasons = ["withheld: 1-4 cases", "", ""]
    table = pv.report.sampling_errors(estimates, domain="area", reasons=reasons)
    hidden = [each for each in table if all(cell.values == () for row in each.rows for cell in row.cells)]
    assert len(hidden) == 1
    assert hidden[0].notes[-1].mark == hidden[0].rows[0].cells[0].text


def test_only_proportions(estimates: pv.Estimates) -> None:
    with pytest.raises(OptionError, match="are of proportions"):
        pv.report.sampling_errors(estimates.difference("area", "Urban", "Rural"))
    with pytest.raises(OptionError, match="must be a dimension of the estimates, area"):
        pv.report.sampling_errors(estimates, domain="region")
