"""Where the library means something else than R `survey`, both are held to sums added up by hand."""

from __future__ import annotations

import pytest
from by_hand import standard_error
from compared import POINTS, TAYLOR, asked, by_another_convention, close

import reference
from reference import Row

LINEARISED = [row for row in reference.rows("multistage", *POINTS) if row.n > 0 and row.arguments.selection == "independent"]
ELSEWHERE = [row for row in LINEARISED if by_another_convention(row)]
SOME = [*LINEARISED[::7], *ELSEWHERE]
"""Loops are slow; every design of the table is among these."""


def scale(row: Row) -> float:
    return 1.0 if row.statistic == "prevalence" else abs(row.estimate)


@pytest.mark.parametrize("row", SOME, ids=str)
def test_r_is_the_sum_by_hand(row: Row) -> None:
    assert close(standard_error(row), row.se, TAYLOR, scale(row))


def ours_by_hand(row: Row) -> float:
    return standard_error(row, average_within="stage", members="weights")


def test_every_design_is_among_them() -> None:
    assert {row.design for row in SOME} == {row.design for row in LINEARISED}


def test_conventions_differ_somewhere() -> None:
    apart = [row for row in ELSEWHERE if not close(ours_by_hand(row), row.se, TAYLOR, scale(row))]
    assert len(apart) > len(ELSEWHERE) / 2


# "average" over all strata of a stage, where R takes those within each unit above and has no number if they are all lonely;
# and units whose members all have weight zero are no units with members, where R counts them.
@pytest.mark.parametrize("row", ELSEWHERE, ids=str)
def test_the_library_averages_over_a_stage_and_counts_members_with_weight(row: Row) -> None:
    assert close(asked(row, row.statistic).numbers.se[0], ours_by_hand(row), TAYLOR, scale(row))
