"""Who the people behind tables are: indicators asked of the same, groups that overlap, and how far counts are linked."""

from __future__ import annotations

import numpy as np
import pandas as pd

import prevalence as pv
from prevalence.report import Disclosure
from prevalence.report.disclosure.knowledge import Knowledge, knowledge_of, neighbours
from prevalence.report.disclosure.people import People, people_of


def bases(rows: pd.DataFrame) -> dict[tuple[str, frozenset[tuple[str, str]]], int]:
    """Return the base of each cell of a table of two indicators by sex."""
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), ["school", "work"], by="sex", margins=True)
    people = people_of([table], Disclosure(), frozenset())
    cells = zip(people.indicator.tolist(), people.domains, people.base.tolist(), strict=True)
    return {(people.indicators[indicator], domain): base for indicator, domain, base in cells}


def asked(of_school: list[int], of_work: list[int], weight: list[float]) -> pd.DataFrame:
    """Return 40 girls and 40 boys, in eight groups of ten with a weight each; the groups that answer are named."""
    group = np.arange(80) // 10
    answers = {"school": of_school, "work": of_work}
    rows = pd.DataFrame({"w": np.array(weight)[group], "sex": np.where(group < 4, "Female", "Male")})
    return rows.assign(**{name: np.where(np.isin(group, some), np.arange(80) % 2, np.nan) for name, some in answers.items()})


def test_indicators_with_the_same_observations_have_one_base() -> None:
    found = bases(asked([0, 1, 4, 5], [0, 1, 4, 5], [1.0] * 8))
    for domain in {domain for _, domain in found}:
        assert found["school", domain] == found["work", domain]


def test_as_many_observations_of_other_people_are_another_base() -> None:
    """20 girls and 20 boys answer either question, those of work from groups that weigh twice as much."""
    found = bases(asked([0, 1, 4, 5], [2, 3, 6, 7], [1.0, 1.0, 2.0, 2.0] * 2))
    for domain in {domain for _, domain in found}:
        assert found["school", domain] != found["work", domain]


def test_indicators_that_agree_in_one_group_alone_have_two_bases() -> None:
    """The same girls answer both questions, but not as many boys."""
    found = bases(asked([0, 1, 4, 5], [0, 1, 4], [1.0] * 8))
    for domain in {domain for _, domain in found}:
        assert found["school", domain] != found["work", domain]


def two_by_two() -> tuple[People, Knowledge]:
    rows = pd.DataFrame({"w": 1.0, "sex": ["Female", "Male"] * 120, "area": ["Rural"] * 120 + ["Urban"] * 120})
    rows["child_labour"] = (np.arange(240) % 5 == 0).astype(float)
    table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by=["sex", "area"], margins=True)
    people = people_of([table], Disclosure(), frozenset())
    return people, knowledge_of(people)


def test_cells_of_a_row_or_column_are_one_sum_away_and_the_opposite_cell_two() -> None:
    people, knowledge = two_by_two()
    cells = [dict(domain) for domain in people.domains]
    start = cells.index({"sex": "Female", "area": "Rural"})
    reached = [
        {cell for cell in np.flatnonzero(neighbours(knowledge, np.array([start]), hops, 99)).tolist() if cell < len(cells)}
        for hops in (1, 2)
    ]
    beside = [{"area": "Rural"}, {"area": "Urban", "sex": "Female"}, {"sex": "Female"}, {"area": "Rural", "sex": "Male"}]
    assert reached[0] == {start, *(cells.index(cell) for cell in beside)}
    assert reached[1] == set(range(len(cells)))
