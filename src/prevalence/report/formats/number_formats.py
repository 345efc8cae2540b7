"""How Excel prints a number as the table does: decimals, thousands, and the parentheses and letters around it."""

from __future__ import annotations

import re

from prevalence.report.formats.layout import clean
from prevalence.report.tables.grid import Cell, Column

NUMBER = re.compile(r"[-−+]?\d(?:[\d.,'’\u00a0\u202f\u2009 ]*\d)?")
LONGEST = 4
"""Signs around a number that a format may hold; longer words are printed in notes, and Excel bears some 200 formats."""

SUPERSCRIPTS = dict(zip("abcdefghijklmnoprstuvwxyz0123456789", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))


def raised(marks: tuple[str, ...]) -> str:
    """Return letters of footnotes as superscripts, which a number format and a sheet can hold.

    Examples
    --------
    >>> raised(("a", "b"))
    'ᵃ˒ᵇ'
    """
    return "˒".join("".join(SUPERSCRIPTS.get(letter, letter) for letter in clean(mark)) for mark in marks)


def number_format(column: Column, cell: Cell) -> str:
    """Return the format that prints the value of a cell as its text does, with what stands around the number.

    Examples
    --------
    >>> share = Column(name="share", head="%", kind="percent", decimals=1)
    >>> number_format(share, Cell(text="(12.3)", values=(12.3,)))
    '"("0.0")"'
    """
    digits = _digits(column)
    found = NUMBER.search(clean(cell.text))
    before, after = (found.string[: found.start()], found.string[found.end() :]) if found else ("", "")
    after += raised(cell.marks)
    if max(len(before), len(after)) > LONGEST:
        before = after = ""
    signs = ("+", "-") if found and found[0].startswith("+") else ("", "-")
    plain = f"{_quoted(before)}{digits}{_quoted(after)}"
    return f"{signs[0]}{plain};{signs[1]}{plain};{plain}" if signs[0] else plain


def limit_formats(column: Column, cell: Cell) -> tuple[str, str]:
    """Return the formats of the two limits of an interval; letters of footnotes stand at the upper one."""
    return _digits(column), f"{_digits(column)}{_quoted(raised(cell.marks))}"


def _digits(column: Column) -> str:
    whole = "#,##0" if column.kind in ("count", "number") else "0"
    decimals = 0 if column.kind == "count" else max(column.decimals, 0)
    return f"{whole}.{'0' * decimals}" if decimals else whole


def _quoted(text: str) -> str:
    return "".join('\\"' if part == '"' else f'"{part}"' for part in re.split(r'(")', text) if part)
