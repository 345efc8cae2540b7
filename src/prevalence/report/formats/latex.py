"""A table as LaTeX: booktabs, notes below, over several pages where it is long and on its side where it is wide."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from prevalence.report.formats.layout import (
    BREAK,
    GAP,
    Run,
    breakable,
    depth,
    group_runs,
    heading,
    numbered,
    panels,
    spanner_runs,
)
from prevalence.report.formats.progress import Step, unseen
from prevalence.report.formats.widths import widths
from prevalence.report.tables.grid import Column, Row, Table

UPRIGHT = {"small": 90, "footnotesize": 102, "scriptsize": 120}
TURNED = {"small": 136, "footnotesize": 154, "scriptsize": 182}
"""Characters, with a gap after each column, that a line of A4 holds in each size of print, upright and on its side."""

EM = 0.48
"""Width of a character, over the size of print."""

ONE_PAGE = 38
"""Lines of a table that float on one page; longer ones break over pages."""

COMMANDS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': r"\symbol{34}",
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
    "−": r"\textminus{}",
    "×": r"\texttimes{}",
    "±": r"\textpm{}",
    "≥": r"\ensuremath{\geq}",
    "≤": r"\ensuremath{\leq}",
    "\u00a0": "~",
    "\u202f": r"\,",
    "\u2009": r"\,",
    "\u2003": r"\quad{}",
    BREAK: r"\hspace{0pt}",
}
SPECIAL = re.compile("[" + re.escape("".join(COMMANDS)) + "]|-(?=-)|'(?=')")
"""Two hyphens or quotes would print as one longer sign."""

PLAIN = re.compile(r"[\x20-\x7e\u00a0-\u017f\u2013\u2014\u2018-\u201d\u2020-\u2022\u2026\u20ac]")
"""Letters that pdfLaTeX prints: Western and Central European."""


class Tex(str):
    """A text that is LaTeX already."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """A table, or the part of its columns that fits its page."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    groups: list[Run]
    spanners: list[list[Run]]
    widths: list[float]
    width: float
    specification: str


def latex(table: Table) -> str:
    r"""Return a table as LaTeX, to be read by ``\input``.

    The packages array, booktabs, caption, longtable, pdflscape and threeparttable must be loaded; `latex_document` loads them. A table
    with a number keeps it; one without takes the document's.

    Examples
    --------
    >>> from prevalence.report.tables.grid import Cell, Column, Row, Table
    >>> row = Row(label="Oil & gas", cells=(Cell(text="12.3", values=(12.3,)),))
    >>> made = latex(Table(name="area", title="", columns=(Column(name="share", head="%"),), rows=(row,)))
    >>> r"{Oil \& gas} & 12.3 \\" in made
    True
    """
    landscape = sum(width + GAP for width in widths(table, max(UPRIGHT.values()))) > max(UPRIGHT.values())
    room = TURNED if landscape else UPRIGHT
    parts = panels(table, widths(table, max(room.values())), max(room.values()))
    size = _size(parts, room)
    lines = len(table.rows) + len(table.groups) + depth(table.columns)
    return (
        _environment()
        .get_template("table.tex.j2")
        .render(
            table=table,
            heading=heading(table),
            numbers=not table.number,
            label=re.sub(r"[^A-Za-z0-9]+", "-", table.name),
            panels=[_panel(part, room[size]) for part in parts],
            landscape=landscape,
            long=landscape or len(parts) > 1 or lines > ONE_PAGE,
            size=size,
            fitting=_fitting,
        )
    )


def latex_document(tables: Sequence[Table], title: str = "", *, step: Step = unseen) -> str:
    """Return tables as a LaTeX file that compiles by itself, with XeLaTeX or LuaLaTeX where their letters need it."""
    shown = numbered(tables)
    bodies = []
    for table in shown:
        step(table.name)
        bodies.append(latex(table))
    direction = shown[0].direction if shown else "ltr"
    unicode = direction == "rtl" or bool(PLAIN.sub("", "".join([tex(title), *bodies]).replace("\n", "")))
    return (
        _environment()
        .get_template("document.tex.j2")
        .render(
            tables=bodies,
            title=title,
            direction=direction,
            unicode=unicode,
            engine="XeLaTeX or LuaLaTeX" if unicode else "pdfLaTeX, XeLaTeX or LuaLaTeX",
        )
    )


def tex(text: str) -> str:
    r"""Return a text as LaTeX that prints it and does nothing else.

    Examples
    --------
    >>> tex("50% of A&B")
    '50\\% of A\\&B'
    """
    return SPECIAL.sub(lambda found: COMMANDS.get(found[0], found[0] + "{}"), breakable(text))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("prevalence.report", "formats"),
        undefined=StrictUndefined,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        keep_trailing_newline=True,
    )
    environment.filters["tex"] = Tex
    return environment


def _printed(value: object) -> object:
    """Escape what a template prints, numbers and LaTeX aside."""
    return tex(value) if isinstance(value, str) and not isinstance(value, Tex) else value


def _size(parts: Sequence[Table], room: Mapping[str, int]) -> str:
    """Return the largest size of print in which all parts fit their page."""
    for size, limit in room.items():
        if all(sum(width + GAP for width in widths(part, limit)) <= limit for part in parts):
            return size
    return list(room)[-1]


def _panel(table: Table, limit: int) -> _Panel:
    label, *figures = widths(table, limit)
    longest = max((len(row.label) + 2 * row.indent for row in table.rows), default=0)
    sides = [
        _fitting(width + 1, width, "l") if column.kind == "text" else "r"
        for column, width in zip(table.columns, figures, strict=True)
    ]
    return _Panel(
        columns=table.columns,
        rows=table.rows,
        groups=group_runs(table.rows),
        spanners=[spanner_runs(table.columns, level) for level in range(depth(table.columns))],
        widths=figures,
        width=label + sum(figures) + GAP * len(figures),
        specification=f"@{{}}{_fitting(longest, label, 'l')}{''.join(sides)}@{{}}",
    )


def _fitting(characters: float, width: float, side: str) -> Tex:
    """Return the specification of a column: one that breaks lines where a text has more characters than it is wide."""
    flush = {"l": r"\raggedright", "r": r"\raggedleft", "c": r"\centering"}[side]
    return Tex(side if characters <= width else f">{{{flush}\\arraybackslash}}p{{{width * EM:.1f}em}}")
