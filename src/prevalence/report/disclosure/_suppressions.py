"""The record of what is withheld and why. It is for the office: published, it would tell what withholding hides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from prevalence.estimates import Estimates
from prevalence.report.disclosure._withheld import cells_withheld
from prevalence.report.disclosure.comparisons import is_comparison, labels_shut, shut_sides
from prevalence.report.disclosure.complementary import Withheld
from prevalence.report.disclosure.implied import Labels
from prevalence.report.disclosure.people import People, labels_of
from prevalence.report.disclosure.primary import COMPLEMENTARY, SENSITIVE, SMALL_CELL, WEAK_CELL, WHOLE_GROUP
from prevalence.report.disclosure.rules import Disclosure
from prevalence.totals import Ints

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("table", "row", "cell", "rule", "protects", "n", "cases")
COMPARISON = "one of its sides is withheld"
LEFT = "left as it is: only a total of everyone could protect it"


def suppressions(
    tables: Sequence[Estimates], *, overlapping: Collection[str] = ("supply_chain",), rules: Disclosure | None = None
) -> pd.DataFrame:
    """Return what `withheld` withholds and why: a record for the office, not for publication.

    Parameters
    ----------
    tables : sequence of Estimates
    overlapping : collection of str
    rules : Disclosure, optional
        All as for `withheld`.

    Returns
    -------
    DataFrame
        One row a withheld row: ``table`` and ``row`` (positions), ``cell`` (its labels), ``rule``, ``protects`` (the cell that it would
        reveal, where no rule is about it), ``n``, ``cases``. Rules are, the first that holds: few observations; few cases; all or
        nearly all are cases; sensitive crossing; would reveal another cell; one of its sides is withheld. Cells that no table shows, that
        sums tell, and that only a total of everyone could protect stand last, with -1 as table and row.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": 1.0, "sex": ["Female"] * 60 + ["Male"] * 70, "child_labour": ([1.0] * 3 + [0.0] * 57) + [1.0, 0.0] * 35})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="sex", margins=True)
    >>> pv.report.suppressions([table])[["cell", "rule", "protects"]].values.tolist()
    [['child_labour, Female', 'few cases', ''], ['child_labour, Male', 'would reveal another cell', 'child_labour, Female']]
    """
    import pandas as pd

    rules = Disclosure() if rules is None else rules
    sources = [table for table in tables if not is_comparison(table)]
    found = cells_withheld(sources, rules, frozenset(overlapping)) if sources else None
    cells = iter(found.people.rows) if found else iter(())
    shut = labels_shut(sources, [found.hidden[rows].tolist() for rows in found.people.rows]) if found else set()
    records: list[tuple[int, int, str, str, str, float, float]] = []
    for place, table in enumerate(tables):
        why = _of_comparison(table, sources, shut) if is_comparison(table) or found is None else _of_cells(found, next(cells))
        names, numbers = [named(label) for label in labels_of(table)], table.numbers
        records += [(place, row, names[row], *rule, numbers.n[row], numbers.cases[row]) for row, rule in why.items()]
    records += _left(found) if found else []
    return pd.DataFrame(records, columns=list(COLUMNS))


def named(label: Iterable[tuple[str, str]]) -> str:
    """Return labels as one text, the indicator first and the others by the name of their dimension."""
    return ", ".join(level for _, level in sorted(label, key=lambda pair: (pair[0] != "indicator", pair)))


def cell_name(people: People, cell: int) -> str:
    """Return the indicator and the levels of a cell, "All" left out; of an implied one too."""
    indicator = int(people.indicator[cell])
    name = people.indicators[indicator] if indicator < len(people.indicators) else "between two indicators"
    return ", ".join([name, named(people.domains[cell])]) if people.domains[cell] else name


def _of_cells(found: Withheld, rows: Ints) -> dict[int, tuple[str, str]]:
    """Return the rule of each withheld row and the cell that it protects."""
    primary, shown = found.primary, np.flatnonzero(found.hidden[rows]).tolist()
    rules = {WEAK_CELL: primary.weak, SMALL_CELL: primary.small, WHOLE_GROUP: primary.whole, SENSITIVE: primary.sensitive}
    told = {}
    for row, cell in zip(shown, rows[shown].tolist(), strict=True):
        rule = next((rule for rule, cells in rules.items() if cells[cell]), COMPLEMENTARY)
        told[row] = (rule, cell_name(found.people, found.protects[cell]) if rule == COMPLEMENTARY else "")
    return told


def _left(found: Withheld) -> list[tuple[int, int, str, str, str, float, float]]:
    people = found.people
    counts = [(cell, float(people.n[people.base[cell]]), float(people.cases[cell])) for cell in found.left]
    return [(-1, -1, cell_name(people, cell), LEFT, "", n, cases) for cell, n, cases in counts]


def _of_comparison(table: Estimates, sources: Sequence[Estimates], shut: set[Labels]) -> dict[int, tuple[str, str]]:
    gone = enumerate(shut_sides(table, sources, shut))
    return {row: (COMPARISON, named(side)) for row, side in gone if side is not None}
