"""What a run withholds: tables of the same files are looked at together, each with the people that it is about."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.job._masks import masked, nested
from prevalence.job.tables import Table
from prevalence.survey import Family

PROTECTED = "withheld: to protect people"
CHILD = np.arange(130)
ROWS = pd.DataFrame({"w": 1.0, "sex": np.where(CHILD < 60, "Female", "Male"), "works": CHILD < 60}).assign(
    child_labour=(CHILD < 3) | (CHILD >= 95)
)
"""60 girls, 3 of them in child labour, and 70 boys, 35 of them."""


def survey_of(rows: pd.DataFrame = ROWS, **more: Any) -> pv.Survey:
    numbers = {name: column.astype(float) for name, column in rows.items() if column.dtype == bool}
    return pv.Survey(rows.assign(**numbers), pv.Design(weight="w"), **more)


def answer(name: str, tables: dict[str, Estimates], *, file: str = "a.csv", **more: Any) -> Any:
    """Return the answers of a survey as far as masks look at them; `more` are parts of its tables."""
    families = more.pop("families", {})
    plan = SimpleNamespace(name=name, files=(file,), measure="child_labour")
    made = tuple(Table(plan=plan, id=key, title=key, estimates=table, **more.get(key, {})) for key, table in tables.items())
    return SimpleNamespace(prepared=SimpleNamespace(plan=plan, survey=SimpleNamespace(families=families)), tables=made, nested=())


def reasons(*answers: Any, publish: bool = True) -> list[tuple[str, ...]]:
    return [tuple(shown.published.reasons) for shown in masked(answers, publish=publish)]


BY_SEX, ALL = pv.prevalence(survey_of(), "child_labour", by="sex"), pv.prevalence(survey_of(), "child_labour")


def test_surveys_of_the_same_files_are_looked_at_together() -> None:
    """38 in all less 35 boys tell the 3 girls, where both tables are of the same children."""
    assert reasons(answer("one", {"t": BY_SEX}), answer("two", {"t": ALL}, file="b.csv")) == [(PROTECTED, ""), ("",)]
    found = reasons(answer("one", {"t": BY_SEX}), answer("two", {"t": ALL}))
    assert found[0][0] == PROTECTED
    assert PROTECTED in (found[0][1], *found[1])


def test_a_table_among_some_is_not_about_everyone() -> None:
    """The 60 who work, of whom 3 are in child labour, are withheld; the 130 are not."""
    among = pv.prevalence(survey_of(), "child_labour", among="works")
    assert reasons(answer("one", {"all": ALL, "some": among}, some={"among": "works"})) == [("",), (PROTECTED,)]


def test_chains_overlap() -> None:
    """Of 200 children 60 are in cocoa, 3 of them in child labour, and 100 in coffee, 20 of them in both: everyone less coffee is not cocoa."""
    child = np.arange(200)
    rows = pd.DataFrame({"w": 1.0, "cocoa": child < 60, "coffee": (child >= 40) & (child < 140)})
    rows["child_labour"] = (child < 3) | ((child >= 60) & (child < 80)) | (child >= 183)
    members = {"cocoa": "cocoa", "coffee": "coffee"}
    families = {"supply_chain": Family(name="supply_chain", members=members, exposure="household", denominator="children")}
    table = pv.prevalence(survey_of(rows, families=families), "child_labour", by="supply_chain", margins=True)
    assert table.numbers.cases.tolist() == [3, 20, 40]
    assert reasons(answer("one", {"t": table}, families=families)) == [(PROTECTED, "", "")]


def test_comparisons_fall_with_a_side_and_masks_can_be_left_off() -> None:
    gap = BY_SEX.difference("sex", "Female", "Male")
    options = {"source": "t", "dimension": "sex", "pairs": (("Female", "Male"),)}
    both = answer("one", {"t": BY_SEX, "gap": gap}, gap=options)
    assert reasons(both) == [(PROTECTED, ""), (PROTECTED,)]
    assert [shown.published.masked for shown in masked([both], publish=True)] == [True, True]
    assert [shown.published.masked for shown in masked([both], publish=False)] == [False, False]


def test_indicators_are_nested_where_every_survey_that_has_one_says_so() -> None:
    pair = ("hazardous_work", "child_labour")
    says, silent = (SimpleNamespace(**{**vars(answer(name, {})), "nested": told}) for name, told in (("a", (pair,)), ("b", ())))
    assert nested([says]) == (pair,)
    assert nested([says, silent]) == ()
