"""Comparisons among tables: which rows of the tables that they were made from each of their rows sets against each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prevalence.estimates import Estimates
from prevalence.report.disclosure.implied import Labels
from prevalence.report.disclosure.people import labels_of, statistics_of

SIGNS = {"difference": " - ", "excess": " - ", "ratio": " / ", "contrast": ""}
"""What stands between the two levels that a row of a comparison names."""


def is_comparison(table: Estimates) -> bool:
    """Return whether the rows compare estimates. A ratio of two totals is none; a ratio of two estimates is on the log scale."""
    return any(statistic in SIGNS and (statistic != "ratio" or table.kind == "log") for statistic in statistics_of(table)[:1])


def sides_of(comparison: Estimates, tables: Sequence[Estimates]) -> list[list[Labels]]:
    """Return the labels that each row of a comparison was made from, of rows that the tables have.

    A row that names no two known levels was made from something that the tables do not show, and has none.
    """
    known = {label for table in tables for label in labels_of(table)}
    levels: dict[str, set[str]] = {}
    for name, level in (pair for label in known for pair in label):
        levels.setdefault(name, set()).add(level)
    signs = [SIGNS.get(statistic, "") for statistic in statistics_of(comparison)]
    return [_sides(label, sign, levels, known) for label, sign in zip(labels_of(comparison), signs, strict=True)]


def _sides(label: Labels, sign: str, levels: dict[str, set[str]], known: set[Labels]) -> list[Labels]:
    for name, text in sorted(label):
        pairs = [pair for pair in _splits(text, sign) if set(pair) <= levels.get(name, set())]
        for pair in pairs:
            sides = [(label - {(name, text)}) | {(name, side)} for side in pair]
            if all(side in known for side in sides):
                return sides
    return []


def _splits(text: str, sign: str) -> Iterable[tuple[str, str]]:
    """Yield each way to read a text as two levels; a level may hold the sign itself."""
    parts = text.split(sign) if sign else [text]
    for cut in range(1, len(parts)):
        yield sign.join(parts[:cut]), sign.join(parts[cut:])


def labels_shut(tables: Sequence[Estimates], reasons: Sequence[Sequence[str | bool]]) -> set[Labels]:
    """Return the labels of withheld rows."""
    pairs = (pair for table, why in zip(tables, reasons, strict=True) for pair in zip(labels_of(table), why, strict=True))
    return {label for label, reason in pairs if reason}


def shut_sides(comparison: Estimates, tables: Sequence[Estimates], shut: set[Labels]) -> list[Labels | None]:
    """Return for each row of a comparison a withheld row that it was made from, nothing if there is none.

    A contrast does not keep the rows that it was made from: any withheld row of the tables of its data may be one of them. If no table is
    of its data, nothing is known of its rows, and an empty label stands for them.
    """
    found = [next((side for side in sides if side in shut), None) for sides in sides_of(comparison, tables)]
    contrasts = [statistic == "contrast" for statistic in statistics_of(comparison)]
    if not any(contrasts):
        return found
    same = [table for table in tables if table.sample.rule is comparison.sample.rule]
    of_data = (label for table in same for label in labels_of(table) if label in shut)
    gone = next(of_data, None) if same else frozenset()
    return [gone if is_contrast else side for is_contrast, side in zip(contrasts, found, strict=True)]


def sides_of_pairs(comparison: Estimates, dimension: str, pairs: Iterable[tuple[str, str]]) -> list[list[Labels]]:
    """Return the labels that each row of a comparison was made from, given the levels that were set against each other."""
    named = {f"{a} - {b}": (a, b) for a, b in pairs}
    found = []
    for label in labels_of(comparison):
        levels = dict(label)
        found.append([frozenset({**levels, dimension: side}.items()) for side in named[levels[dimension]]])
    return found
