"""Publication tables: rows by dimension, columns by sex, with interval and unweighted count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from prevalence.estimates import ALL, Estimates, Key
from prevalence.plot.words import in_percent, interval_of, name_of
from prevalence.report._published import Published, published
from prevalence.report.words import Cell, cells, interval_head, is_compared, notes, unit

if TYPE_CHECKING:
    from great_tables import GT

SEX = "sex"
LETTERS = "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"


def table(estimates: Estimates, *, reasons: Sequence[str] | None = None, publish: bool = True, title: str = "") -> GT:
    """Return estimates as a table for print: rows by all dimensions but sex, a block of columns for each sex.

    Parameters
    ----------
    estimates : Estimates
    reasons : sequence of str, optional
        Why rows are withheld, from `withheld`; by default worked out from this table alone. Pass them where other tables of the
        same people are published too.
    publish : bool
        Whether withheld cells are masked. If not, a note says which would be.
    title : str
        Title above the table.

    Returns
    -------
    great_tables.GT
        Percent with one decimal, ``[low, high]``, unweighted n; 25 to 49 observations in parentheses; footnotes with the definition.

    Raises
    ------
    OptionError
        If `reasons` does not fit the table.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": 1.0, "area": ["Urban", "Rural"] * 60, "child_labour": ([0.0] * 4 + [1.0]) * 24})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="area", margins=True)
    >>> "[10.7, 32.5]" in pv.report.table(table).as_raw_html()
    True
    """
    return joined_table([published(estimates, reasons, publish=publish)], title=title)


def joined_table(parts: Sequence[Published], *, title: str = "", name: str = "") -> GT:
    """Return tables of the same rows side by side: estimates by sex, and beside them the gap between the sexes.

    Parameters
    ----------
    parts : sequence of Published
        The first decides which rows there are.
    title : str
    name : str
        Id of the table in a page; by default made from its content, so that the same table has the same id.
    """
    of_parts = [_blocks(part, f"b{number}") for number, part in enumerate(parts)]
    blocks = [block for part in of_parts for block in part]
    rows = _rows(parts[0], blocks)
    marks = _letters(of_parts, rows)
    texts = {
        column: [_text(block, row, which, marks) for row in rows] for block in blocks for which, column in block.columns.items()
    }
    below = notes(parts[0].estimates, (block.cells[row] for block in blocks for row in rows if row in block.cells))
    below[1:1] = [
        f"{_sides(part)}: difference in percentage points; {interval_of(part.estimates)}."
        for part in parts[1:]
        if in_percent(part.estimates)
    ]
    return _styled(
        rows,
        texts,
        blocks,
        title,
        [*below, *(_footnote(remark, letter) for remark, letter in marks.items())],
        name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """The columns of one sex: their heads, and a cell for each row that it has."""

    head: str
    columns: dict[str, str]
    heads: dict[str, str]
    cells: dict[tuple[str, ...], Cell]


def _sides(part: Published) -> str:
    return " and ".join(_level(label) for key in part.estimates.keys if key.name == SEX for label in dict.fromkeys(key.texts()))


def _blocks(part: Published, prefix: str) -> list[_Block]:
    estimates = part.estimates
    texts = cells(part)
    labels = list(zip(*(key.texts() for key in _row_keys(estimates)), strict=True)) or [()] * len(estimates)
    sex = next((key for key in estimates.keys if key.name == SEX), Key.constant(SEX, "", len(estimates)))
    heads = {"estimate": unit(estimates), "interval": interval_head(estimates)}
    if not is_compared(estimates):
        heads["n"] = "n"
    return [
        _Block(
            head=_level(level),
            columns={which: f"{prefix}_{code}_{which}" for which in heads},
            heads=heads,
            cells={labels[row]: texts[row] for row in np.flatnonzero(sex.codes == code)},
        )
        for code, level in enumerate(sex.labels)
        if (sex.codes == code).any()
    ]


def _row_keys(estimates: Estimates) -> list[Key]:
    """Return the keys that tell the rows apart, those of one level and sex aside; a table of one row keeps its indicator."""
    candidates = [key for key in estimates.keys if key.name not in (SEX, "statistic")]
    return [key for key in candidates if len(np.unique(key.codes)) > 1] or candidates[:1]


def _level(level: str) -> str:
    return " − ".join(name_of(side) for side in level.split(" - "))


def _rows(first: Published, blocks: Sequence[_Block]) -> list[tuple[str, ...]]:
    """Return the labels of the rows in order; those without an observation anywhere are left out."""
    order = dict.fromkeys(zip(*(key.texts() for key in _row_keys(first.estimates)), strict=True))
    return [row for row in order if any(block.cells[row].n != "0" for block in blocks if row in block.cells)]


def _letters(parts: Sequence[Sequence[_Block]], rows: Sequence[tuple[str, ...]]) -> dict[str, str]:
    """Return the letter of each remark, in reading order; none for those that all rows of a part share, which need no marks."""
    of_parts = [[block.cells[row] for row in rows for block in blocks if row in block.cells] for blocks in parts]
    in_order = [block.cells[row] for row in rows for blocks in parts for block in blocks if row in block.cells]
    remarks = dict.fromkeys(remark for cell in in_order for remark in cell.remarks)
    shared = [remark for remark in remarks if all(_in_all_or_none(remark, found) for found in of_parts)]
    others = [remark for remark in remarks if remark not in shared]
    return dict.fromkeys(shared, "") | {remark: LETTERS[number % len(LETTERS)] for number, remark in enumerate(others)}


def _in_all_or_none(remark: str, found: Sequence[Cell]) -> bool:
    """Return whether a remark is said of all intervals of several, or of none."""
    said = [remark in cell.remarks for cell in found if cell.interval or cell.remarks]
    return not any(said) or (len(said) > 1 and all(said))


def _footnote(remark: str, letter: str) -> str:
    return f"{letter} {remark[:1].upper()}{remark[1:]}." if letter else f"In every row: {remark}."


def _text(block: _Block, row: tuple[str, ...], which: str, marks: dict[str, str]) -> str:
    cell = block.cells.get(row)
    if cell is None:
        return ""
    letters = "".join(marks[remark] for remark in cell.remarks) if which == "estimate" else ""
    return f"{getattr(cell, which)}{letters}"


def _styled(
    rows: Sequence[tuple[str, ...]],
    texts: dict[str, list[str]],
    blocks: Sequence[_Block],
    title: str,
    below: Sequence[str],
    name: str,
) -> GT:
    import pandas as pd
    from great_tables import GT, loc, style

    data = pd.DataFrame(
        {"group": [" · ".join(map(_level, row[:-1])) for row in rows], "row": [_level(row[-1]) for row in rows], **texts}
    )
    identity = name or "table-" + sha256(data.to_csv(index=False).encode()).hexdigest()[:10]
    grouped = bool(data["group"].any())
    made = GT(
        data if grouped else data.drop(columns="group"),
        rowname_col="row",
        groupname_col="group" if grouped else None,
        id=identity,
    )
    for block in blocks:
        if block.head:
            made = made.tab_spanner(label=block.head, columns=list(block.columns.values()))
        made = made.cols_label(cases={column: block.heads[which] for which, column in block.columns.items()})
    made = made.cols_align(align="right", columns=list(texts)).tab_options(
        table_font_size="13px",
        data_row_padding="3px",
        data_row_padding_horizontal="9px",
        column_labels_padding="3px",
        column_labels_padding_horizontal="9px",
        source_notes_font_size="11px",
        source_notes_padding="2px",
        table_margin_left="0",
        container_padding_y="4px",
    )
    margins = [position for position, row in enumerate(rows) if row[-1] == ALL]
    if margins:
        made = made.tab_style(style.text(weight="bold"), [loc.body(rows=margins), loc.stub(rows=margins)])
    for note in below:
        made = made.tab_source_note(note)
    return made.tab_header(title=title) if title else made
