"""Tests that classified rows stay a frame that pandas likes: whoever adds a column to it meets no warning."""

from __future__ import annotations

import warnings
from pathlib import Path

import prevalence as pv

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
COLUMNS_OF_PANDAS = 100
"""Single columns that pandas takes before it warns of a frame in pieces."""


def test_a_column_of_ones_own_is_added_to_classified_rows_without_a_warning() -> None:
    workers = pv.load(SAMPLE / "workers.dta", profile="sample-workers")
    workers = pv.classify.forced_labour(workers, definition="icls20")
    workers = pv.classify.supply_chain(workers, exposure="own")
    assert len(workers.columns) > COLUMNS_OF_PANDAS
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        workers.data["of_my_own"] = 1
