"""A table of estimates as HTML, CSV and JSON: the numbers in full and the definitions below them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from prevalence.design import Design
from prevalence.estimates._numbers import Interval
from prevalence.provenance import Provenance, software
from prevalence.written import csv_text, json_text, records, settled_columns, write_file

SCHEMA = "prevalence/estimates/1"
SHOWN_ROWS = 60
COUNTS = ("df", "n", "cases", "missing", "n_psu", "weighted", "population")


def write_csv(columns: Mapping[str, Any], path: Path) -> Path:
    """Write columns as CSV; missing numbers are empty cells."""
    return write_file(path, csv_text(settled_columns(columns)))


def write_json(columns: Mapping[str, Any], interval: Interval, provenance: Provenance, design: Design, path: Path) -> Path:
    """Write columns as rows of JSON, with all that says how they were made."""
    document = {
        "schema": SCHEMA,
        "interval": asdict(interval),
        "design": asdict(design),
        "provenance": asdict(provenance),
        "software": software(),
        "estimates": records(settled_columns(columns)),
    }
    return write_file(path, json_text(document))


def html(columns: Mapping[str, Any], interval: Interval, provenance: Provenance, *, shares: bool) -> str:
    """Return a table for a notebook: shares in percent, labels that all rows have in common above it, flags and definitions below."""
    remarks = _numbered(columns.get("flag", ()))
    columns = {**columns, "flag": [_places(flag, remarks) for flag in columns["flag"]]} if "flag" in columns else columns
    texts = {name: values for name, values in columns.items() if not isinstance(values, np.ndarray)}
    common = {name: values[0] for name, values in texts.items() if len(set(values)) == 1 and name != "flag"}
    formatted = {name: _formatted(name, values, shares) for name, values in columns.items() if name not in common}
    header = "".join(f'<th scope="col" style="text-align:{_side(columns[name])}">{escape(name)}</th>' for name in formatted)
    rows = list(zip(*formatted.values(), strict=True))
    sides = [_side(columns[name]) for name in formatted]
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:{s}">{escape(c)}</td>' for s, c in zip(sides, row, strict=True)) + "</tr>"
        for row in rows[:SHOWN_ROWS]
    )
    above = "; ".join(f"{name}: {text}" for name, text in common.items() if text)
    caption = f'<caption style="text-align:left;caption-side:top">{escape(above)}</caption>' if above else ""
    more = f"<p>{len(rows) - SHOWN_ROWS:,} more rows: <code>.to_pandas()</code></p>" if len(rows) > SHOWN_ROWS else ""
    told = [f"{number} {remark}" for remark, number in remarks.items()]
    notes = "".join(
        f"<p style='font-size:smaller;margin:0'>{escape(note)}</p>"
        for note in (*told, *_footnotes(columns, interval, provenance, shares))
    )
    return f"<table>{caption}<thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>{more}{notes}"


def _side(values: Any) -> str:
    return "right" if isinstance(values, np.ndarray) else "left"


def _numbered(flags: Iterable[str]) -> dict[str, int]:
    """Return the number of each remark in flags, in reading order; a long text in a narrow column would make every row five lines tall."""
    remarks = dict.fromkeys(remark for flag in list(flags)[:SHOWN_ROWS] for remark in flag.split("; ") if remark)
    return {remark: number for number, remark in enumerate(remarks, 1)}


def _places(flag: str, remarks: Mapping[str, int]) -> str:
    return ", ".join(str(remarks.get(remark, "")) for remark in flag.split("; ") if remark)


def _footnotes(columns: Mapping[str, Any], interval: Interval, provenance: Provenance, shares: bool) -> list[str]:
    shown = {name for label in columns.get("indicator", ()) for name in re.split(" [-/] ", label)}
    notes = [
        f"{d.indicator}: {d.name}, version {d.version} ({d.status}). {d.title}"
        for d in provenance.definitions.values()
        if d.indicator in shown
    ]
    level = (
        "estimate plus and minus 2 standard errors" if interval.method == "mics" else f"{interval.level:.0%}, {interval.method}"
    )
    notes.append(f"Interval: {level}.{' Shares in percent, their differences in percentage points.' if shares else ''}")
    return notes


def _formatted(name: str, values: Any, shares: bool) -> list[str]:
    if not isinstance(values, np.ndarray):
        return [str(value) for value in values]
    if name in COUNTS:
        return ["" if np.isnan(value) else f"{value:,.0f}" for value in values]
    if name in ("estimate", "se", "ci_low", "ci_high") and shares:
        return ["" if np.isnan(value) else f"{100 * value:.2f}" for value in values]
    return ["" if np.isnan(value) else f"{value:.4g}" for value in values]
