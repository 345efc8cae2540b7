"""Sensitive crossings: also within finer tables, and so that no other table tells how many people a withheld cell has."""

from __future__ import annotations

import pandas as pd

import prevalence as pv
from prevalence.report import Disclosure, withheld
from prevalence.report.disclosure.rules import PROTECTED

RULES = Disclosure(sensitive=(("district", "sex"),))
GROUPS = [("a", "Female", 90), ("b", "Female", 80), ("b", "Male", 120), ("c", "Female", 150), ("c", "Male", 110)]
"""In district a there are girls only."""


def survey() -> pv.Survey:
    people = [(district, sex) for district, sex, size in GROUPS for _ in range(size)]
    rows = pd.DataFrame(people, columns=["district", "sex"]).assign(w=1.0, age="5-11")
    number = rows.index.to_series()
    rows = rows.assign(child_labour=(number % 3 == 0) * 1.0, school=(number % 2 == 0) * 1.0)
    rows.loc[number % 4 < 2, "age"] = "12-17"
    return pv.Survey(rows, pv.Design(weight="w"))


def test_a_finer_table_of_a_sensitive_crossing_is_withheld_too() -> None:
    tables = [pv.prevalence(survey(), "child_labour", by=by) for by in (["district", "sex", "age"], ["district", "sex"])]
    for table, why in zip(tables, withheld(tables, rules=RULES), strict=True):
        assert why == tuple(PROTECTED if n else "" for n in table.numbers.n)
    for by in ("district", "age", ["sex", "age"]):
        assert PROTECTED not in withheld([pv.prevalence(survey(), "child_labour", by=by)], rules=RULES)[0]


def test_another_indicator_does_not_tell_how_many_people_a_sensitive_cell_has() -> None:
    """All of district a are girls: its number of people, in whatever table, is theirs."""
    crossed = pv.prevalence(survey(), "child_labour", by=["district", "sex"])
    other = pv.prevalence(survey(), "school", by="district")
    first, second = withheld([crossed, other], rules=RULES)
    assert first == tuple(PROTECTED if n else "" for n in crossed.numbers.n)
    assert dict(zip(other.keys[-1].texts(), second, strict=True))["a"] == PROTECTED
