"""Every number against R `survey` 4.1-1; the scripts that wrote the numbers stand beside this file."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from compared import CONTRASTS, POINTS, asked, by_another_convention, comparable, faults
from export_sample import sample_children

import reference
from reference import Row

LARGE = 2500
"""Fewer records than the tables hold, more than would be left if one of the large ones were lost."""

ALL = [row for table in reference.TABLES for row in reference.rows(table)]
ROWS = [row for row in ALL if comparable(row) and not by_another_convention(row)]


@pytest.mark.parametrize("table", reference.TABLES)
def test_inputs_are_those_of_the_numbers(table: str) -> None:
    assert reference.stale(table) == []


def test_sample_of_the_numbers_is_the_sample_loaded_and_classified() -> None:
    pd.testing.assert_frame_equal(sample_children(), reference.data("sample_children.csv"), check_dtype=False)


def test_the_suite_is_as_large_as_it_says() -> None:
    assert len(ROWS) > LARGE


@pytest.mark.parametrize("row", [row for row in ROWS if row.statistic in POINTS], ids=str)
def test_estimates_and_intervals(row: Row) -> None:
    assert faults(row) == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.statistic in CONTRASTS], ids=str)
def test_contrasts_with_covariance(row: Row) -> None:
    assert faults(row) == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.statistic == "covariance"], ids=str)
def test_covariance_matrices(row: Row) -> None:
    assert faults(row) == []


def occurs(row: Row) -> bool:
    return all((row.frame[name] == wanted).any() for name, wanted in row.domain.items())


NOBODY = [row for row in ALL if row.statistic in POINTS and row.n == 0 and occurs(row)]


# R calls the mean of nobody 0 with a standard error of 0, or stops.
@pytest.mark.parametrize("row", NOBODY, ids=str)
def test_a_domain_of_nobody_has_no_estimate(row: Row) -> None:
    found = asked(row, row.statistic).numbers
    assert found.n[0] == 0
    assert math.isnan(found.estimate[0])
    assert math.isnan(found.se[0])
