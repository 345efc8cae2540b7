"""The record of what is withheld: every withheld row, with the rule that withholds it."""

from __future__ import annotations

import pandas as pd

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report import withheld
from prevalence.report.disclosure._suppressions import suppressions
from prevalence.report.disclosure.rules import Disclosure


def by_sex(girls: tuple[int, int], boys: tuple[int, int]) -> Estimates:
    rows = [
        {"w": 1.0, "sex": sex, "child_labour": float(child < cases)}
        for sex, (n, cases) in {"Female": girls, "Male": boys}.items()
        for child in range(n)
    ]
    return pv.prevalence(pv.Survey(pd.DataFrame(rows), pv.Design(weight="w")), "child_labour", by="sex", margins=True)


def test_each_withheld_row_has_its_rule_and_its_numbers() -> None:
    table = by_sex((60, 3), (70, 35))
    assert suppressions([table]).to_numpy().tolist() == [
        [0, 0, "child_labour, Female", "few cases", "", 60.0, 3.0],
        [0, 1, "child_labour, Male", "would reveal another cell", "child_labour, Female", 70.0, 35.0],
    ]


def test_it_lists_the_rows_that_are_withheld() -> None:
    table = by_sex((20, 3), (70, 68))
    tables = [table, table.difference("sex", "Female", "Male")]
    record, reasons = suppressions(tables), withheld(tables)
    listed = set(zip(record["table"], record["row"], strict=True))
    assert listed == {(place, row) for place, why in enumerate(reasons) for row, reason in enumerate(why) if reason}
    assert record["rule"].tolist() == ["few observations", "all or nearly all are cases", "one of its sides is withheld"]


def test_sensitive_crossings_are_named() -> None:
    record = suppressions([by_sex((100, 40), (100, 40))], rules=Disclosure(sensitive=(("sex",),)))
    assert set(record["rule"]) == {"sensitive crossing"}


def test_nothing_withheld_is_an_empty_record() -> None:
    assert len(suppressions([by_sex((100, 40), (100, 40))])) == 0
    assert len(suppressions([])) == 0
