"""Numbers as text and the footnotes that explain them: percent with one decimal, intervals in brackets, marks for weak cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.estimates import Estimates
from prevalence.plot.words import COMPARED, in_percent, interval_of, name_of, statistics
from prevalence.provenance import Definition
from prevalence.report.disclosure._published import Published
from prevalence.report.disclosure._withheld import REVEALING, SMALL, WEAK

WEAK_FROM, WEAK_BELOW = 25, 50
"""MICS and DHS put figures based on 25 to 49 unweighted observations in parentheses (Iraq MICS 2018, table footnotes)."""

MARKS = {WEAK: "(*)", SMALL: "(c)", REVEALING: "(s)"}
MEANINGS = {
    "(*)": "(*) Withheld: based on fewer than 25 unweighted observations.",
    "(c)": "(c) Withheld: 1 to 4 cases, to protect the people behind them.",
    "(s)": "(s) Withheld: would reveal another withheld figure.",
    "( )": "( ) Based on 25 to 49 unweighted observations.",
    "–": "– No observations.",
}
NO_VALUE = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of estimates as three texts, and what must be explained below the table."""

    estimate: str
    interval: str
    n: str
    marks: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def cells(shown: Published) -> list[Cell]:
    """Return the texts of each row."""
    estimates, columns = shown.estimates, shown.columns()
    scale = 100.0 if in_percent(estimates) else 1.0
    signed = is_compared(estimates)
    values = zip(
        *(scale * columns[name] for name in ("estimate", "ci_low", "ci_high")),
        columns["n"],
        columns["flag"],
        shown.reasons,
        strict=True,
    )
    return [
        Cell(MARKS[reason], "", "", (MARKS[reason],))
        if reason and shown.masked
        else _cell(float(value), (float(low), float(high)), float(n), _remarks(flag), signed=signed)
        for value, low, high, n, flag, reason in values
    ]


def _cell(value: float, bounds: tuple[float, float], n: float, remarks: tuple[str, ...], *, signed: bool) -> Cell:
    if not np.isfinite(value):
        return Cell(NO_VALUE, "", count(n), (NO_VALUE,) if n == 0 else (), () if n == 0 else remarks)
    text = number(value, signed=signed)
    weak = WEAK_FROM <= n < WEAK_BELOW and not signed
    interval = (
        f"[{number(bounds[0], signed=signed)}, {number(bounds[1], signed=signed)}]" if np.isfinite(bounds).all() else NO_VALUE
    )
    return Cell(f"({text})" if weak else text, interval, count(n), ("( )",) if weak else (), remarks)


def _remarks(flag: str) -> tuple[str, ...]:
    """Return what a flag says beyond the marks; the size of a design effect is left to the data files."""
    text = re.sub(r"(design effect) [\d.]+", r"\1", flag)
    return (text,) if text and text != "fewer than 25 observations" else ()


def number(value: float, *, signed: bool = False) -> str:
    """Return a number with one decimal and a true minus sign; ``signed`` also writes the plus.

    Examples
    --------
    >>> number(23.44), number(-0.04, signed=True), number(1.26, signed=True), number(1234.5)
    ('23.4', '0.0', '+1.3', '1,234.5')
    """
    text = f"{value:+,.1f}" if signed else f"{value:,.1f}"
    return text.lstrip("+-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def count(value: float) -> str:
    """Return a count with thousands separators, empty if there is none."""
    return f"{value:,.0f}" if np.isfinite(value) else ""


def alternative(shown: Published, title: str) -> str:
    """Return a figure in words: its title, and each estimate with its labels."""
    estimates = shown.estimates
    keys = [key for key in estimates.keys if key.name != "statistic" and len(set(key.texts())) > 1]
    labels = [", ".join(map(name_of, texts)) for texts in zip(*(key.texts() for key in keys), strict=True)]
    sign = "%" if in_percent(estimates) else ""
    values = [cell.estimate.strip("()") for cell in cells(shown)]
    told = [
        f"{label} {'withheld' if hidden else value + sign}"
        for label, value, hidden in zip(labels, values, shown.hidden, strict=True)
        if value != NO_VALUE
    ]
    return f"{title}. {'; '.join(told)}."


def is_compared(estimates: Estimates) -> bool:
    """Return whether the rows are differences, which carry a sign."""
    return bool(set(statistics(estimates)) & set(COMPARED))


def unit(estimates: Estimates) -> str:
    """Return the head of the column of estimates."""
    if in_percent(estimates):
        return "points" if is_compared(estimates) else "%"
    return "ratio" if estimates.kind == "log" else "estimate"


def interval_head(estimates: Estimates) -> str:
    """Return the head of the column of intervals, such as ``95% interval``."""
    return interval_of(estimates).partition(" (")[0]


def notes(estimates: Estimates, found: Iterable[Cell]) -> list[str]:
    """Return the sentences below a table: what the columns hold, what the marks mean, how the indicator is defined."""
    marks = {mark for cell in found for mark in cell.marks}
    compared, percent = is_compared(estimates), in_percent(estimates)
    what = ("Difference in percentage points" if compared else "Percent of people in scope") if percent else ""
    counts = "" if compared else "n = unweighted observations"
    lines = [f"{'; '.join(filter(None, [what, interval_of(estimates), counts]))}."]
    lines += _denominators(estimates)
    lines += [meaning for mark, meaning in MEANINGS.items() if mark in marks]
    lines += _definition_notes(definitions_of([estimates]))
    return [f"{line[0].upper()}{line[1:]}" for line in lines]


def _denominators(estimates: Estimates) -> list[str]:
    """Return who the people of the rows of overlapping dimensions are."""
    everyone = "everyone in scope"
    told = dict.fromkeys(text for text in estimates.context.get("denominator", ()) if text and text != everyone)
    return [f"Each supply chain: {text}; one person may be in several, so the rows do not add up to All." for text in told]


def _definition_notes(definitions: Sequence[Definition]) -> list[str]:
    """Return one footnote for an indicator, or for several of the same standard one that names it."""
    if len(definitions) < 2:
        return [definition_note(definition) for definition in definitions]
    lines = [f"{d.name}, {d.version}; source: {d.source}.{_doubt(d)}" for d in definitions]
    return [f"Definition: {line}" for line in dict.fromkeys(lines)]


def _doubt(definition: Definition) -> str:
    return "" if definition.status == "verified" else f" Status: {definition.status}."


def definition_note(definition: Definition) -> str:
    """Return the footnote of a definition: what it counts, its version, source and status."""
    text = f"{name_of(definition.indicator)}: {definition.title}. {definition.name}, {definition.version}"
    return f"{text}; source: {definition.source}.{_doubt(definition)}"


def definitions_of(tables: Sequence[Estimates]) -> list[Definition]:
    """Return the definitions of the indicators that tables show, each once."""
    shown = dict.fromkeys(text for table in tables for key in table.keys if key.name == "indicator" for text in key.texts())
    known = {name: definition for table in tables for name, definition in table.provenance.definitions.items()}
    return [known[name] for name in shown if name in known]
