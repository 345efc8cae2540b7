"""The report of a check as plain text and as HTML."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape
from typing import Any

from prevalence.loaders.checks.rows import Finding

WIDTH = 120
WIDEST = 64
SHOWN_ROWS = 120
SHARES = ("share", "one_below", "one_above")
MARKS = {"error": "ERROR", "warning": "WARNING", "note": "note"}
COLOURS = {"error": "#b00020", "warning": "#8a5a00", "note": "#444444"}


def cell_text(name: str, value: Any) -> str:
    """Return a cell as text: shares in percent, p-values to three places, nothing where a number does not apply."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if not isinstance(value, float):
        return str(value)
    if value != value:
        return ""
    if name.startswith(SHARES):
        return f"{100 * value:.1f}%"
    if name == "p_value":
        return "<0.001" if value < 0.001 else f"{value:.3f}"
    if name == "icc":
        return f"{value:.3f}"
    return f"{value:,.0f}" if value.is_integer() else f"{value:.1f}"


def table_text(title: str, note: str, columns: Sequence[str], cells: Sequence[Sequence[Any]]) -> str:
    """Return a table in aligned plain text; long texts run on in the next line of their column."""
    texts = [[cell_text(name, value) for name, value in zip(columns, row, strict=True)] for row in cells[:SHOWN_ROWS]]
    heads = [name.replace("_", " ") for name in columns]
    widths = _widths(heads, texts)
    right = [bool(cells) and all(isinstance(row[i], int | float) for row in cells) for i in range(len(columns))]
    lines = [*_line(heads, widths, right), "  ".join("-" * width for width in widths)]
    for row in texts:
        lines += _line(row, widths, right)
    if len(cells) > SHOWN_ROWS:
        lines.append(f"... {len(cells) - SHOWN_ROWS:,} more rows: .to_pandas()")
    return "\n".join([title, "=" * len(title), *textwrap.wrap(note, WIDTH), *([""] if note else []), *lines])


def _widths(heads: Sequence[str], texts: Sequence[Sequence[str]]) -> list[int]:
    """Return widths of columns: as wide as their words need, the widest narrowed until the table fits the page."""
    columns = list(zip(heads, *texts, strict=True))
    widths = [min(WIDEST, max(map(len, column))) for column in columns]
    floors = [min(WIDEST, max(len(word) for text in column for word in (text.split() or [""]))) for column in columns]
    while sum(widths) + 2 * (len(widths) - 1) > WIDTH:
        slack = [width - floor for width, floor in zip(widths, floors, strict=True)]
        widest = max(range(len(widths)), key=lambda i: (slack[i] > 0, widths[i]))
        if slack[widest] <= 0:
            break
        widths[widest] -= 1
    return widths


def _line(texts: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    wrapped = [textwrap.wrap(text, width) or [""] for text, width in zip(texts, widths, strict=True)]
    lines = []
    for level in range(max(map(len, wrapped))):
        parts = [part[level] if level < len(part) else "" for part in wrapped]
        aligned = [
            part.rjust(width) if flush else part.ljust(width) for part, width, flush in zip(parts, widths, right, strict=True)
        ]
        lines.append("  ".join(aligned).rstrip())
    return lines


def report_text(headline: str, findings: Sequence[Finding], notes: Sequence[str], tables: Sequence[str]) -> str:
    """Return the whole report: the headline, each finding as a paragraph, notes, then the tables."""
    lines = []
    for finding in findings:
        said = f"{MARKS[finding.severity]:8}{finding.place}: {_said(finding)}"
        lines.append(textwrap.fill(said, WIDTH, subsequent_indent=" " * 8, break_on_hyphens=False))
    said_too = [textwrap.fill(note, WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False) for note in notes]
    parts = [headline, "\n".join(lines), "\n".join(said_too), *tables]
    return "\n\n".join(part for part in parts if part)


def _said(finding: Finding) -> str:
    return f"{finding.must_hold}; found {finding.found}. {finding.to_do}"


def table_html(title: str, note: str, columns: Sequence[str], cells: Sequence[Sequence[Any]]) -> str:
    """Return a table that folds away under its title."""
    numeric = [bool(cells) and all(isinstance(row[i], int | float) for row in cells) for i in range(len(columns))]
    align = ["right" if is_number else "left" for is_number in numeric]
    head = "".join(
        f'<th scope="col" style="text-align:{side};padding:0 0.6em">{escape(name.replace("_", " "))}</th>'
        for name, side in zip(columns, align, strict=True)
    )
    body = "".join(_row_html(columns, row, align) for row in cells[:SHOWN_ROWS])
    more = f"<p>{len(cells) - SHOWN_ROWS:,} more rows: <code>.to_pandas()</code></p>" if len(cells) > SHOWN_ROWS else ""
    said = f"<p style='margin:0.2em 0;max-width:60em'>{escape(note)}</p>" if note else ""
    return (
        f"<details open><summary><b>{escape(title)}</b></summary>{said}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}</details>"
    )


def _row_html(columns: Sequence[str], row: Sequence[Any], align: Sequence[str]) -> str:
    cells = (
        f'<td style="text-align:{side};padding:0 0.6em">{escape(cell_text(name, value))}</td>'
        for name, value, side in zip(columns, row, align, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def report_html(headline: str, findings: Sequence[Finding], notes: Sequence[str], tables: Sequence[str]) -> str:
    """Return the whole report; severity is said in words, the colour only repeats it."""
    items = "".join(
        f"<li><b style='color:{COLOURS[finding.severity]}'>{MARKS[finding.severity]}</b> <b>{escape(finding.place)}</b>: "
        f"{escape(_said(finding))}</li>"
        for finding in findings
    )
    items += "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f"<div><h3>{escape(headline)}</h3><ul style='max-width:70em'>{items}</ul>{''.join(tables)}</div>"
