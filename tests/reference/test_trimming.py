"""Trimmed weights against R's `trimWeights`; `trimming.R` beside this file wrote the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reference
from prevalence.calibration.trimming import trim

CASES = json.loads((Path(__file__).parent / "trimming.json").read_text(encoding="utf-8"))["cases"]

AGREEMENT = 1e-12
"""The same additions, up to thousands of rounds of them."""


def test_the_data_are_those_of_the_numbers() -> None:
    assert reference.stale("trimming") == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_weights(case: dict[str, Any]) -> None:
    weight = reference.data(case["data"])[case["weight"]].to_numpy(dtype=np.float64)
    upper = np.inf if case["upper"] is None else case["upper"]
    lower = -np.inf if case["lower"] is None else case["lower"]
    found = trim(weight, upper=upper, lower=lower, strict=case["strict"])
    np.testing.assert_allclose(found.weight[weight > 0], case["weights"], rtol=AGREEMENT)
    assert not found.weight[weight == 0].any()
    np.testing.assert_allclose(found.weight.sum(), weight.sum(), rtol=AGREEMENT)
