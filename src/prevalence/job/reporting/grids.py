"""The tables of a report: results as `table` prints them, and several tables stacked into one with a group of rows for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase

from prevalence.estimates import ALL
from prevalence.report import Published, Rule, table
from prevalence.report.document.journal import Journal
from prevalence.report.document.phrases import Phrases
from prevalence.report.tables.grid import Cell, Column, Note, Row, Table
from prevalence.report.tables.language import Language

ERRORS = ("se", "cv", "deff", "weighted", "n", "ci")
NOT_ACROSS = ("indicator", "statistic", "country")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The language of tables, the reliability rule, the short texts of a report, and the journal of its data."""

    words: Language
    rule: Rule
    phrases: Phrases
    journal: Journal


def results(shown: Published, style: Style, *, name: str, title: str) -> Table:
    """Return a table of one indicator: for each sex percent, interval and unweighted count."""
    return table(shown, show="ci|n", rule=style.rule, language=style.words, title=title, name=slug(name))


def comparisons(parts: Sequence[tuple[str, Published]], style: Style, *, name: str, title: str) -> Table:
    """Return differences in percentage points with their intervals, a group of rows for each part."""
    made = [(group, table(part, show="ci", rule=style.rule, language=style.words, title=title)) for group, part in parts]
    return _with_sides(stacked(made, name=name), style.words)


def sampling_errors(parts: Sequence[tuple[str, Published, Style]], *, name: str, title: str) -> Table:
    """Return the sampling errors of several tables, each in its style, a group of rows for each; the estimate for everyone stands once.

    A single table of several indicators has a group of rows for each of them.
    """
    made = []
    for group, part, style in parts:
        down = [key.name for key in part.estimates.keys if key.name not in NOT_ACROSS and len(set(key.codes.tolist())) > 1]
        rows = down or ["indicator"]
        several = len({text for key in part.estimates.keys if key.name == "indicator" for text in key.texts()}) > 1
        rows = ["indicator", *down] if several else rows
        whole = table(part, rows=rows, columns=[], show=ERRORS, rule=style.rule, language=style.words, title=title)
        alone = several and len(parts) == 1
        made.append((group, with_deft(whole if alone else _flat(whole, style.words), style.words)))
    return _without_empty(stacked(made, name=name, once=len(made) > 1))


def plain(name: str, title: str, heads: Sequence[tuple[str, bool]], rows: Iterable[Sequence[str]], style: Style) -> Table:
    """Return texts as a table, the first of each row as its label; `heads` are words, and whether the column holds counts."""
    columns = tuple(
        Column(name=f"c{place}", head=head, kind="count" if count else "text", decimals=0)
        for place, (head, count) in enumerate(heads[1:])
    )
    return Table(
        name=slug(name),
        title=title,
        columns=columns,
        rows=tuple(Row(label=first, cells=tuple(Cell(text=text) for text in rest)) for first, *rest in rows),
        stub=heads[0][0],
        language=style.words.code,
        direction=style.words.direction,
    )


def stacked(tables: Sequence[tuple[str, Table]], *, name: str, once: bool = False) -> Table:
    """Return tables with the same columns as one, a group of rows for each.

    Parameters
    ----------
    tables : sequence of (group, Table)
    name : str
    once : bool
        Whether a row with the label and texts of an earlier one is left out: margins that several tables share.
    """
    letters: dict[str, str] = {}
    notes: dict[Note, None] = {}
    rows: list[Row] = []
    seen: set[tuple[str, ...]] = set()
    for group, each in tables:
        new = _relettered(each, letters)
        notes |= dict.fromkeys(note for note in each.notes if not note.mark or note.mark not in new)
        for row in each.rows:
            texts = (row.label, *(cell.text for cell in row.cells))
            if once and texts in seen:
                continue
            seen.add(texts)
            whole = group if not row.group else f"{group} · {row.group}"
            cells = tuple(replace(cell, marks=_marks(cell.marks, new)) for cell in row.cells)
            rows.append(replace(row, group=whole if len(tables) > 1 else row.group, cells=cells, marks=_marks(row.marks, new)))
    first = tables[0][1]
    lettered = tuple(Note(text=text, mark=letter) for text, letter in letters.items())
    return replace(
        first, name=slug(name), rows=tuple(rows), notes=(*notes, *lettered), stub="" if len(tables) > 1 else first.stub
    )


def with_deft(made: Table, words: Language) -> Table:
    """Return a table of sampling errors with the square root of the design effect beside it."""
    head = words.say("head_deff")
    place = next(place for place, column in enumerate(made.columns) if column.head == head) + 1
    deft = replace(made.columns[place - 1], name="deft", head="deft")
    rows = []
    for row in made.rows:
        effect = row.cells[place - 1]
        values = tuple(value**0.5 for value in effect.values)
        cell = Cell(text=words.number(values[0], deft.decimals) if values else effect.text, values=values)
        rows.append(replace(row, cells=(*row.cells[:place], cell, *row.cells[place:])))
    return replace(made, columns=(*made.columns[:place], deft, *made.columns[place:]), rows=tuple(rows))


def slug(text: str) -> str:
    """Return a text as the name of a table."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _flat(made: Table, words: Language) -> Table:
    """Return a table whose groups stand before the labels: "Cocoa, Female"; margins are left out of labels."""
    everyone = words.label(ALL)
    rows = []
    for row in made.rows:
        parts = [part for part in (*row.group.split(" · "), row.label) if part and part != everyone]
        rows.append(replace(row, group="", label=", ".join(parts) or everyone, total=not parts))
    return replace(made, rows=tuple(rows), stub="")


def _with_sides(made: Table, words: Language) -> Table:
    """Return a table of comparisons whose labels name both sides as the language does."""
    return replace(made, rows=tuple(replace(row, label=words.compared(row.label)) for row in made.rows))


def _without_empty(made: Table) -> Table:
    """Return a table without columns of which no row has a number."""
    kept = [place for place in range(len(made.columns)) if any(row.cells[place].values for row in made.rows)]
    rows = tuple(replace(row, cells=tuple(row.cells[place] for place in kept)) for row in made.rows)
    return replace(made, columns=tuple(made.columns[place] for place in kept), rows=rows)


def _relettered(made: Table, letters: dict[str, str]) -> dict[str, str]:
    """Return the new letter of each old one, the same sentence always with the same letter; `letters` grows."""
    found = {}
    for note in made.notes:
        if len(note.mark) == 1 and note.mark in ascii_lowercase:
            found[note.mark] = letters.setdefault(note.text, ascii_lowercase[len(letters) % len(ascii_lowercase)])
    return found


def _marks(marks: tuple[str, ...], new: dict[str, str]) -> tuple[str, ...]:
    return tuple(new.get(mark, mark) for mark in marks)
