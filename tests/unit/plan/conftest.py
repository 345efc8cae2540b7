"""What several tests of planning share."""

import json
from pathlib import Path
from typing import Any

import pytest

from prevalence.plan import ChildrenPerHousehold, children_per_household
from prevalence.simulate import Population, population

PLAN = Path(__file__).parents[2] / "reference" / "plan.json"


@pytest.fixture(scope="session")
def from_r() -> dict[str, list[dict[str, Any]]]:
    """Records that tests/reference/plan.R wrote."""
    found: dict[str, list[dict[str, Any]]] = json.loads(PLAN.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def homes() -> ChildrenPerHousehold:
    return children_per_household([0.38, 0.22, 0.20, 0.12, 0.08])


@pytest.fixture(scope="session")
def people() -> Population:
    return population(countries=("XAA",), households=18_000, seed=8)
