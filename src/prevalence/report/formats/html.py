"""A table as HTML by great_tables: escaped, with heads that a screen reader can follow, and nothing loaded from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from prevalence.report.formats.layout import clean, depth, group_runs, heading, numbered, spanner_runs
from prevalence.report.formats.progress import Step, unseen
from prevalence.report.tables.grid import Note, Table

if TYPE_CHECKING:
    from great_tables import GT

TEMPLATE = "page.html.j2"
DEEPEST_INDENT = 5
"""Steps that great_tables can set a label in."""

WHOLE_FIGURES = ("td.gt_right { white-space: nowrap; }",)
RIGHT_TO_LEFT = (
    "th { unicode-bidi: plaintext; }",
    "td { unicode-bidi: plaintext; }",
    ".gt_left { text-align: right; }",
    ".gt_title { text-align: right; }",
    ".gt_subtitle { text-align: right; }",
    ".gt_group_heading { text-align: right; }",
    ".gt_sourcenote { text-align: right; }",
    ".gt_stub { border-right-style: none; border-left: 1px solid #D3D3D3; }",
)
"""Labels at the right; a figure keeps its own direction, or the limits of an interval would change places."""


def html(table: Table, *, identity: str = "") -> str:
    """Return a table as a piece of HTML that needs nothing else, for a page or a notebook.

    Parameters
    ----------
    table : Table
    identity : str
        Id of the table in the page, by default its name.

    Returns
    -------
    str
        A ``div`` with language and direction; wide tables scroll in it.

    Examples
    --------
    >>> from prevalence.report.tables.grid import Cell, Column, Row, Table
    >>> row = Row(label="Urban", cells=(Cell(text="12.3", values=(12.3,)),))
    >>> made = html(Table(name="area", title="By area", columns=(Column(name="share", head="%"),), rows=(row,)))
    >>> "12.3</td>" in made
    True
    """
    inner = Markup(great_table(table, identity=identity).as_raw_html())
    return str(Markup('<div lang="{}" dir="{}">\n{}</div>\n').format(clean(table.language), table.direction, inner))


def page(tables: Sequence[Table], title: str = "", *, step: Step = unseen) -> str:
    """Return tables as one HTML file that needs nothing else, with contents where there are several."""
    shown = numbered(tables)
    names = [f"t{place}-{slug(table.name)}" for place, table in enumerate(shown, 1)]
    environment = Environment(
        loader=PackageLoader("prevalence.report", "formats"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    parts = []
    for name, table in zip(names, shown, strict=True):
        step(table.name)
        parts.append({"id": name, "heading": heading(table), "html": Markup(html(table, identity=name))})
    first = shown[0] if shown else None
    return environment.get_template(TEMPLATE).render(
        title=clean(title) or (heading(first) if first else ""),
        titled=bool(title),
        language=first.language if first else "en",
        direction=first.direction if first else "ltr",
        parts=parts,
    )


def great_table(table: Table, *, identity: str = "") -> GT:
    """Return a table as a ``great_tables.GT``, for further styling by hand; all its texts are escaped."""
    from great_tables import GT
    from great_tables import html as raw

    identity = identity or f"table-{slug(table.name)}"
    grouped = bool(table.groups)
    groups = group_runs(table.rows)
    made = GT(
        _frame(table, grouped=grouped),
        rowname_col="row",
        groupname_col="group" if grouped else None,
        id=identity,
    ).fmt(str, columns=["row", *_names(table)])
    if grouped:
        # Keys are places: a group may come twice, and great_tables would put its rows together.
        made = made.fmt(lambda key: _inert(groups[int(key)].text), columns="group")
    made = made.cols_label(
        cases={name: raw(_marked(column.head, column.marks)) for name, column in zip(_names(table), table.columns, strict=True)}
    )
    if table.stub:
        made = made.tab_stubhead(raw(_inert(table.stub)))
    if heading(table):
        made = made.tab_header(
            title=raw(_inert(heading(table))), subtitle=raw(_inert(table.subtitle)) if table.subtitle else None
        )
    made = _with_spanners(made, table)
    for note in table.notes:
        made = made.tab_source_note(raw(_note(note)))
    return _styled(made, table, identity)


def slug(name: str) -> str:
    """Return a name as an id of HTML: letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()


def _names(table: Table) -> list[str]:
    return [f"c{place}" for place in range(len(table.columns))]


def _frame(table: Table, *, grouped: bool) -> object:
    """Return the escaped texts; great_tables takes them as they are, by a formatter that changes nothing."""
    import pandas as pd

    texts = {
        name: [_marked(row.cells[place].text, row.cells[place].marks) for row in table.rows]
        for place, name in enumerate(_names(table))
    }
    labels = [_marked(row.label, row.marks) for row in table.rows]
    keys = [str(key) for key, run in enumerate(group_runs(table.rows)) for _ in range(run.start, run.stop)]
    return pd.DataFrame({**({"group": keys} if grouped else {}), "row": labels, **texts}, dtype=object)


def _with_spanners(made: GT, table: Table) -> GT:
    from great_tables import html as raw

    levels = depth(table.columns)
    for level in reversed(range(levels)):
        for run in spanner_runs(table.columns, level):
            if run.text:
                made = made.tab_spanner(
                    label=raw(_inert(run.text)),
                    columns=_names(table)[run.start : run.stop],
                    id=f"s{level}-{run.start}",
                    level=levels - level,
                    gather=False,
                )
    return made


def _styled(made: GT, table: Table, identity: str) -> GT:
    from great_tables import loc, style

    made = _aligned(made, table, identity).tab_options(
        table_font_size="13px",
        heading_title_font_size="15px",
        heading_subtitle_font_size="13px",
        heading_align="left",
        data_row_padding="3px",
        data_row_padding_horizontal="9px",
        column_labels_padding="3px",
        column_labels_padding_horizontal="9px",
        row_group_padding="3px",
        row_group_font_weight="bold",
        stub_indent_length="14px",
        source_notes_font_size="11px",
        source_notes_padding="2px",
        table_margin_left="0",
        container_padding_y="4px",
    )
    totals = [place for place, row in enumerate(table.rows) if row.total]
    if totals:
        made = made.tab_style(style.text(weight="bold"), [loc.body(rows=totals), loc.stub(rows=totals)])
    for steps in sorted({row.indent for row in table.rows if row.indent > 0}):
        rows = [place for place, row in enumerate(table.rows) if row.indent == steps]
        made = made.tab_stub_indent(rows=rows, indent=min(steps, DEEPEST_INDENT))
    return made


def _aligned(made: GT, table: Table, identity: str) -> GT:
    """Set figures right and texts left, each turned round where the language runs from right to left."""
    sides: dict[bool, list[str]] = {True: [], False: []}
    for name, column in zip(_names(table), table.columns, strict=True):
        sides[column.kind == "text"].append(name)
    rules = WHOLE_FIGURES + (RIGHT_TO_LEFT if table.direction == "rtl" else ())
    return (
        made.cols_align(align="right", columns=sides[False])
        .cols_align(align="left", columns=sides[True])
        .tab_options(table_additional_css=[f"#{identity} {rule}" for rule in rules])
    )


def _inert(text: str) -> str:
    """Return a text as HTML; braces are written as entities, for great_tables reads two of them as a unit of measure."""
    return str(escape(clean(text))).replace("{", "&#123;").replace("}", "&#125;")


def _marked(text: str, marks: Iterable[str]) -> str:
    letters = ",".join(_inert(mark) for mark in marks)
    return f"{_inert(text)}<sup>{letters}</sup>" if letters else _inert(text)


def _note(note: Note) -> str:
    if not note.mark:
        return _inert(note.text)
    mark = f"<bdi>{_inert(note.mark)}</bdi>"
    return f"{f'<sup>{mark}</sup>' if note.raised else mark} {_inert(note.text)}"
