"""Occupied units and degrees of freedom, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from prevalence.formulas.occupancy import degrees_of_freedom, fully_sampled, occupancy
from prevalence.totals import StageUnits, Units

STAGE = StageUnits(
    unit=np.arange(6),
    stratum=np.array([0, 0, 0, 1, 1, 2]),
    sampled=np.array([3, 2, 1]),
    fraction=np.array([0.0, 0.5, 1.0]),
    multiplier=np.ones(3),
)
"""Three units, two, and one that is its whole stratum."""
MEMBERS = np.array([[4, 1], [2, 0], [0, 0], [0, 0], [0, 0], [0, 3]], dtype=float)
"""Of two domains by unit."""


def with_stored_zeros(dense: np.ndarray) -> sparse.csc_array:
    """Return the array with an entry for every unit and domain, as sums that cancel leave them."""
    units, domains = dense.shape
    return sparse.csc_array(
        (dense.T.ravel(), np.tile(np.arange(units), domains), np.arange(domains + 1) * units), shape=dense.shape
    )


@pytest.mark.parametrize("form", [sparse.csc_array, with_stored_zeros])
def test_a_stored_zero_is_no_member(form: type[sparse.csc_array]) -> None:
    found = occupancy(form(MEMBERS), STAGE)
    assert found.units.tolist() == [[2, 1], [0, 0], [0, 1]]
    assert fully_sampled(form(MEMBERS), Units((STAGE,))).tolist() == [False, False]
    assert fully_sampled(form(MEMBERS[:, [1]] * (np.arange(6) == 5)[:, None]), Units((STAGE,))).tolist() == [True]


@pytest.mark.parametrize(
    ("rule", "df"),
    [
        ("occupied", [1, 1]),  # the fewer of units less strata in touched strata, and members' units less one
        ("satterthwaite", [1, 1]),
        ("own", [1, 0]),  # 2 - 1 and 2 - 2
        ("domain-strata", [2, 2]),  # 3 - 1, and 3 - 1 with 1 - 1
        ("design", [3, 3]),  # 6 - 3
    ],
)
def test_degrees_of_freedom_by_hand(rule: str, df: list[int]) -> None:
    assert degrees_of_freedom(occupancy(with_stored_zeros(MEMBERS), STAGE), STAGE, rule).tolist() == df
