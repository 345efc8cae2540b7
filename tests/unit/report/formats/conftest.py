"""Tables made by hand, of every shape that a format must print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from prevalence.report.tables.grid import Cell, Column, Note, Row, Table

SEXES = ("Male", "Female", "Total")
SPANNERS = {
    0: {"Male": (), "Female": (), "Total": ()},
    1: {"Male": ("Male",), "Female": ("Female",), "Total": ("Total",)},
    2: {"Male": ("By sex", "Male"), "Female": ("By sex", "Female"), "Total": ("", "Total")},
    3: {"Male": ("Age 5-17", "By sex", "Male"), "Female": ("Age 5-17", "By sex", "Female"), "Total": ("Age 5-17", "", "Total")},
}
HOSTILE = (
    "<script>alert(1)</script>",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    r"\input{/etc/hosts}",
    '#import "x": *',
    "$x^2$",
    "{{m}} {% raw %} {# c #}",
    "[a](http://x.org) ![b](c) | *d* `e`",
    "q\"u'o`te & 50% _ ~ ^ \\\\",
    "bell\x07 null\x00 line\nbreak\u2028end\ud800\ufffe",
    "over\u202eride",
    "عمل الأطفال",
    "x" * 300,
    "--- ''' << >>",
)


def columns(depth: int) -> tuple[Column, ...]:
    made: list[Column] = []
    for sex in SEXES:
        above = SPANNERS[depth][sex]
        made += [
            Column(name=f"{sex}-share", head="%", spanners=above, kind="percent", marks=("a",) if sex == "Male" else ()),
            Column(name=f"{sex}-interval", head="95% interval", spanners=above, kind="interval"),
            Column(name=f"{sex}-n", head="n", spanners=above, kind="count", decimals=0),
        ]
    return tuple(made)


def row(
    label: str, share: float, n: int, *, group: str = "", indent: int = 0, total: bool = False, marks: tuple[str, ...] = ()
) -> Row:
    cells: list[Cell] = []
    for shift in range(len(SEXES)):
        value, low, high = share + shift, share - 1.5, share + 2.25
        if n < 25:
            cells += [Cell(text="(*)", marks=("b",)), Cell(), Cell(text="(*)")]
            continue
        text = f"({value:.1f})" if n < 50 else f"{value:.1f}"
        cells += [
            Cell(text=text, values=(value,)),
            Cell(text=f"[{low:.1f}, {high:.1f}]", values=(low, high)),
            Cell(text=f"{n:,}", values=(n,)),
        ]
    return Row(label=label, cells=tuple(cells), group=group, indent=indent, total=total, marks=marks)


@pytest.fixture
def demo() -> Callable[..., Table]:
    """Give a function of the depth of spanners, and of anything that the table shall have instead."""

    def make(depth: int = 2, **changes: object) -> Table:
        made = Table(
            name="child-labour",
            title="Child labour by area",
            number="PR.3.3",
            subtitle="Percentage of children, Testland",
            stub="Background characteristic",
            columns=columns(depth),
            rows=(
                row("Total", 12.3, 2468, total=True),
                row("Urban", 8.4, 1234, group="Area"),
                row("Capital", 5.2, 40, group="Area", indent=1),
                row("Other towns", 9.9, 12, group="Area", indent=1),
                row("Rural", 15.7, 1222, group="Area", marks=("c",)),
                row("North", 20.1, 800, group="Region"),
                row("All regions", 12.3, 2468, total=True),
            ),
            notes=(
                Note(text="Share of all children of the age."),
                Note(text="Hours and hazards.", mark="a"),
                Note(text="Fewer than 25 observations.", mark="b"),
                Note(text="With estates.", mark="c"),
            ),
            facts={"Definition": "SDG 8.7.1", "Source": "Survey of Testland"},
        )
        return replace(made, **changes)

    return make


@pytest.fixture
def hostile(demo: Callable[..., Table]) -> Table:
    """Texts that each format could take for its own, in every place of a table."""
    made = demo(1)
    (first, *_), *_ = [made.rows]
    rows = tuple(
        replace(
            first, label=text, group=text, total=False, cells=(replace(first.cells[0], text=text, values=()), *first.cells[1:])
        )
        for text in HOSTILE
    )
    heads = tuple(replace(column, head=text, spanners=(text,)) for column, text in zip(made.columns, HOSTILE, strict=False))
    return demo(
        title=" ".join(HOSTILE[:14]),
        number="",
        subtitle=HOSTILE[0],
        stub=HOSTILE[1],
        columns=heads,
        rows=rows,
        notes=tuple(Note(text=text, mark=mark) for text, mark in zip(HOSTILE, ("", "*", "]", "}"), strict=False)),
        facts={text: text for text in HOSTILE},
    )
