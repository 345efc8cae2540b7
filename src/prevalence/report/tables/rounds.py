"""Baseline records, change between rounds and progress as tables for print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prevalence.baseline import Baseline, Change, Progress, RoundSeries
from prevalence.estimates import ALL, key_named
from prevalence.report.tables.grid import Cell, Column, Kind, Note, Row, Table
from prevalence.report.tables.language import Language
from prevalence.report.tables.language import language as read_language
from prevalence.report.tables.translated import translated
from prevalence.totals import Floats

Texts = Sequence[str]
PERCENT = 100.0
LEAST_P = 0.001
ROUND = "round"


@dataclass(frozen=True, slots=True)
class _Figures:
    """A column of numbers in their own unit, times `scale` in print."""

    name: str
    head: str
    values: Floats
    kind: Kind = "percent"
    decimals: int = 1
    scale: float = PERCENT
    signed: bool = False

    def cell(self, place: int, words: Language) -> Cell:
        value = self.scale * float(self.values[place])
        if not np.isfinite(value):
            return Cell()
        return Cell(text=words.number(value, self.decimals, signed=self.signed), values=(value,))


@dataclass(frozen=True, slots=True)
class _Limits:
    """A column of intervals."""

    name: str
    head: str
    low: Floats
    high: Floats
    decimals: int = 1
    scale: float = PERCENT
    signed: bool = False
    kind: Kind = "interval"

    def cell(self, place: int, words: Language) -> Cell:
        limits = tuple(self.scale * float(values[place]) for values in (self.low, self.high))
        if not np.isfinite(limits).all():
            return Cell()
        texts = (words.number(limit, self.decimals, signed=self.signed) for limit in limits)
        return Cell(text=f"[{words.between.join(texts)}]", values=limits)


@dataclass(frozen=True, slots=True)
class _Said:
    """A column of texts."""

    name: str
    head: str
    texts: Texts
    kind: Kind = "text"
    decimals: int = 0

    def cell(self, place: int, words: Language) -> Cell:
        return Cell(text=words.sentence(self.texts[place]))


_Part = _Figures | _Limits | _Said


def baseline_table(baseline: Baseline, *, language: str | Path | Language = "en") -> Table:
    """Return the rates of a baseline record, and its numbers of people where the weights have a population.

    Parameters
    ----------
    baseline : Baseline
    language : str, path or Language

    Returns
    -------
    Table
        One row a cell of the record; cells without anybody are left out, withheld ones say why.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": 1.0, "sex": ["Female", "Male"] * 60, "child_labour": ([0.0] * 4 + [1.0]) * 24})
    >>> survey = pv.Survey(rows, pv.Design(weight="w"))
    >>> facts = {"definition": "sdg-8.7.1", "universe": "children 5-17", "reference_period": "week"}
    >>> record = pv.baseline.create(survey, "child_labour", base_year=2024, by="sex", **facts)
    >>> [row.label for row in pv.report.baseline_table(record).rows]
    ['Female', 'Male', 'Total']
    """
    words = read_language(language)
    columns = baseline.columns()
    parts: list[_Part] = [
        _Figures("n", "n", columns["n"], "count", 0, 1.0),
        *_estimate("rate", words.label(baseline.record.what.indicator_code), columns),
    ]
    if "number" in columns:
        parts += _estimate("number", "People", columns)
    remarks = tuple("; ".join(filter(None, pair)) for pair in zip(columns["withheld"], columns["flag"], strict=True))
    parts.append(_Said("remarks", "Remarks", remarks))
    filled = [
        row
        for row, n in enumerate(columns["n"].tolist())
        if n != 0 or columns["withheld"][row]  # a withheld cell has no n to show
    ]
    labels = {name: columns[name] for name in baseline.record.dimensions}
    return _grid("baseline", f"{words.label('Baseline')} {baseline.year:g}", labels, parts, filled, words)


def change_tables(change: Change, *, language: str | Path | Language = "en") -> tuple[Table, ...]:
    """Return a change between two rounds: the rates, and the numbers of people with their two effects where they are known.

    Parameters
    ----------
    change : Change
    language : str, path or Language
    """
    words = read_language(language)
    labels, rows = _labels(change), range(len(change.change))
    old, new = key_named(change.table.keys, ROUND).labels
    rates: list[_Part] = [
        _Figures("old", old, change.old),
        _Figures("new", new, change.new),
        _Figures("change", "Change, points", change.change, "points", signed=True),
        _Figures("se", "se", change.se, "points"),
        _Limits("interval", "Interval", change.low, change.high, signed=True),
        _Said("p", "p", _p_values(change.p_value, words)),
        _Said("p_adjusted", "Adjusted p", _p_values(change.p_adjusted, words)),
        _Figures("relative", "Relative change, %", change.relative, signed=True),
        _Limits("relative_interval", "Its interval", change.relative_low, change.relative_high, signed=True),
        _Said("remarks", "Remarks", change.flag),
    ]
    tables = [_grid("change-rates", translated("Change of the rate", words), labels, rates, rows, words)]
    if np.isfinite(change.number_change).any():
        tables.append(
            _grid("change-numbers", translated("Change of the number of people", words), labels, _numbers(change), rows, words)
        )
    return tuple(tables)


def progress_tables(rounds: RoundSeries, found: Progress, *, language: str | Path | Language = "en") -> tuple[Table, ...]:
    """Return the rounds that progress is measured by, and the probability of each class of progress.

    Parameters
    ----------
    rounds : RoundSeries
    found : Progress
    language : str, path or Language
    """
    words = read_language(language)
    rate = rounds.of == "rate"
    kind: Kind = "percent" if rate else "count"
    scale, decimals = (PERCENT, 1) if rate else (1.0, 0)
    head = "Rate, %" if rate else "People"
    series = [
        _Figures("value", head, rounds.values, kind, decimals, scale),
        _Figures("se", "se", rounds.se, kind, decimals, scale),
    ]
    years = {"year": tuple(f"{year:g}" for year in rounds.years)}
    classes = {"class": tuple(words.label(name) for name in found.classes)}
    chance = [_Figures("probability", "Probability, %", found.probability)]
    return (
        _grid("progress-rounds", translated("Rounds", words), years, series, range(len(rounds.years)), words),
        _grid("progress-classes", translated("Class of progress", words), classes, chance, range(len(found.classes)), words),
    )


def _estimate(name: str, head: str, columns: Mapping[str, Floats]) -> list[_Part]:
    rate = name == "rate"
    kind: Kind = "percent" if rate else "count"
    decimals, scale = (1, PERCENT) if rate else (0, 1.0)
    return [
        _Figures(name, f"{head}, %" if rate else head, columns[name], kind, decimals, scale),
        _Figures(f"{name}_se", "se", columns[f"{name}_se"], kind, decimals, scale),
        _Limits(f"{name}_interval", "Interval", columns[f"{name}_ci_low"], columns[f"{name}_ci_high"], decimals, scale),
    ]


def _numbers(change: Change) -> list[_Part]:
    old, new = key_named(change.table.keys, ROUND).labels

    def people(name: str, head: str, values: Floats, *, signed: bool = True) -> _Figures:
        return _Figures(name, head, values, "count", 0, 1.0, signed)

    return [
        people("old", old, change.number_old, signed=False),
        people("new", new, change.number_new, signed=False),
        people("change", "Change", change.number_change),
        people("se", "se", change.number_se, signed=False),
        _Limits("interval", "Interval", change.number_low, change.number_high, 0, 1.0, signed=True),
        _Figures("relative", "Relative change, %", change.number_relative, signed=True),
        people("population", "Effect of the population", change.population_effect),
        people("population_se", "se", change.population_effect_se, signed=False),
        people("rate", "Effect of the rate", change.prevalence_effect),
        people("rate_se", "se", change.prevalence_effect_se, signed=False),
    ]


def _labels(change: Change) -> dict[str, Texts]:
    """Return the labels of the rows; an indicator that all rows share is none."""
    keys = [key for key in change.difference.keys if key.name not in ("statistic", ROUND)]
    return {key.name: key.texts() for key in keys if key.name != "indicator" or len(set(key.texts())) > 1}


def _p_values(values: Floats, words: Language) -> tuple[str, ...]:
    texts = (f"<{words.number(LEAST_P, 3)}" if value < LEAST_P else words.number(value, 3) for value in values.tolist())
    return tuple("" if "nan" in text else text for text in texts)


def _grid(
    name: str, title: str, labels: Mapping[str, Texts], parts: Sequence[_Part], rows: Sequence[int], words: Language
) -> Table:
    """Return a table: the last label names a row, those before it its group; columns that hold nothing are left out."""
    *groups, last = list(labels) or [""]
    cells = {part.name: [part.cell(row, words) for row in rows] for part in parts}
    kept = [part for part in parts if any(cell.text for cell in cells[part.name])]

    def said(label: str, row: int) -> str:
        text = labels[label][row]
        return words.say("total") if text == ALL else words.label(text)

    found = tuple(
        Row(
            label=said(last, row) if labels else words.say("total"),
            group=" · ".join(said(label, row) for label in groups),
            cells=tuple(cells[part.name][place] for part in kept),
            total=bool(labels) and labels[last][row] == ALL,
        )
        for place, row in enumerate(rows)
    )
    return Table(
        name=name,
        title=title,
        stub=words.label(last) if last else "",
        columns=tuple(
            Column(name=part.name, head=translated(part.head, words), kind=part.kind, decimals=part.decimals) for part in kept
        ),
        rows=found,
        notes=(Note(text=words.say("legend_se")),) if any(part.name.endswith("se") for part in kept) else (),
        language=words.code,
        direction=words.direction,
    )
