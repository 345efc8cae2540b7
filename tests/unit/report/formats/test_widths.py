"""Widths of columns: no word of a head or spanner needs more than the columns below it."""

from __future__ import annotations

import pytest

from prevalence.report.formats.layout import GAP, spanner_runs
from prevalence.report.formats.widths import widths
from prevalence.report.tables.grid import Cell, Column, Row, Table


def _table(*spanners: tuple[str, ...]) -> Table:
    columns = tuple(Column(name=str(place), head="%", spanners=path) for place, path in enumerate(spanners))
    cells = tuple(Cell(text="7.5", values=(7.5,)) for _ in columns)
    return Table(name="t", title="", columns=columns, rows=(Row(label="Total", cells=cells),))


@pytest.mark.parametrize("over", [1, 2, 3])
def test_the_longest_word_of_a_spanner_has_room_over_its_columns(over: int) -> None:
    table = _table(*[("Percentage whose community has",)] * over, ("Number",))
    _, *figures = widths(table, 100.0)
    (run, _) = spanner_runs(table.columns, 0)
    room = sum(figures[run.start : run.stop]) + GAP * (over - 1)
    assert room == pytest.approx(max(len("Percentage"), 3 * over + GAP * (over - 1)))


def test_a_spanner_that_fits_changes_no_width() -> None:
    assert widths(_table(("Sex",), ("Sex",)), 100.0) == widths(_table((), ()), 100.0)
