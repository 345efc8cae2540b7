"""Rounded numbers of people, and what is withheld of them: no column of a row may give it away."""

from __future__ import annotations

import numpy as np
import pandas as pd

import prevalence as pv
from prevalence.report.disclosure import _published
from prevalence.report.disclosure.rules import Disclosure
from prevalence.report.tables.rounded import columns_in_print

RULES = Disclosure(round_people=100)


def test_no_number_of_a_withheld_row_is_printed() -> None:
    rows = pd.DataFrame({"w": 7.0, "area": ["a", "b"] * 200, "y": ([0.0] * 3 + [1.0]) * 100})
    table = pv.total(pv.Survey(rows, pv.Design(weight="w")), "y", by="area")
    columns = columns_in_print(_published.published(table, ["withheld: to protect people", ""], rules=RULES))
    assert {"estimate", "se", "ci_low", "ci_high", "n", "cases", "population", "cv", "deff", "df"} <= columns.keys()
    assert [name for name, values in columns.items() if not np.isnan(values[0])] == []
    assert np.isfinite([columns[name][1] for name in ("estimate", "se", "ci_low", "ci_high")]).all()
