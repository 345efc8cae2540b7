"""The sampling-error table of MICS reports: value, standard error, its relatives, counts and limits, one table a domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prevalence.errors import OptionError
from prevalence.estimates import ALL, Estimates, Key
from prevalence.report.disclosure._published import Published, published
from prevalence.report.tables._table import slug
from prevalence.report.tables.grid import Cell, Column, Kind, Note, Row, Table
from prevalence.report.tables.language import Language, capitalised
from prevalence.report.tables.language import language as read_language
from prevalence.report.tables.translated import translated

SOURCE = "MICS: deff = se² / (r (1 − r) / (n − 1)) with unweighted n; limits r ± 2 se, cut at 0 and 1"
"""Iraq MICS 2018, appendix on sampling errors; the cut at 0 is to be verified."""

WITHHELD = "(c)"


@dataclass(frozen=True, slots=True)
class _Printed:
    """A column of the table: its head, its kind and decimals, and the numbers behind it."""

    name: str
    head: str
    values: np.ndarray[tuple[int], np.dtype[np.float64]]
    decimals: int
    kind: Kind = "number"


def sampling_errors(
    estimates: Estimates,
    *,
    domain: str = "",
    publish: bool = True,
    reasons: Sequence[str] | None = None,
    language: str | Path | Language = "en",
) -> tuple[Table, ...]:
    """Return estimates of proportions as MICS reports print sampling errors.

    Parameters
    ----------
    estimates : Estimates
        Proportions: one or several indicators.
    domain : str
        Dimension whose levels get a table each, such as ``"area"``; by default one table of all rows.
    publish : bool
        Whether withheld rows are masked.
    reasons : sequence of str, optional
        Why rows are withheld, from `withheld`; by default worked out from these estimates alone.
    language : str, path or Language

    Returns
    -------
    tuple of Table
        Columns value r, se, cv, deff, deft, weighted count (the sum of the weights, of normalised ones too), unweighted count, r − 2 se, r + 2 se.

    Raises
    ------
    OptionError
        If the estimates are no proportions, or have no such dimension.

    Notes
    -----
    ``deff = se² / (r (1 − r) / (n − 1))`` with the unweighted n, ``deft = √deff``, limits ``r ± 2 se`` (Iraq MICS 2018, appendix). Where the
    standard error is 0 the design effect is not given.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": 1.0, "ea": range(120), "area": ["Urban", "Rural"] * 60, "child_labour": ([0.0] * 4 + [1.0]) * 24})
    >>> found = pv.prevalence(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "child_labour", by="area", margins=True)
    >>> everyone, *areas = pv.report.sampling_errors(found, domain="area")
    >>> [cell.text for cell in everyone.rows[0].cells][:3]
    ['0.2000', '0.0367', '0.183']
    """
    if estimates.kind != "proportion":
        raise OptionError(
            "Sampling-error tables of MICS reports are of proportions; give estimates of pv.prevalence or pv.distribution."
        )
    words = read_language(language)
    shown = published(estimates.design_effect("mics").ci(method="mics"), reasons, publish=publish)
    if not domain:
        return (_table(shown, words, "", ""),)
    key = _dimension(estimates, domain)
    levels = sorted(dict.fromkeys(key.texts()), key=lambda level: level != ALL)
    return tuple(_table(shown.select(**{domain: level}), words, domain, level) for level in levels)


def _dimension(estimates: Estimates, domain: str) -> Key:
    found = {key.name: key for key in estimates.keys if key.name in estimates.dimensions}
    if domain not in found:
        raise OptionError(
            f"domain must be a dimension of the estimates, {', '.join(found) or 'which have none'}; found {domain!r}."
        )
    return found[domain]


def _table(shown: Published, words: Language, domain: str, level: str) -> Table:
    columns = _columns(shown)
    labels = _labels(shown.estimates, domain, words)
    hidden = shown.hidden
    rows = tuple(
        Row(label=label, cells=tuple(_cell(column, place, words, hidden=bool(hidden[place])) for column in columns))
        for place, label in enumerate(labels)
        if shown.estimates.numbers.n[place] > 0
    )
    where = "" if not domain else words.say("total") if level == ALL else words.level(level, domain)
    return Table(
        name=slug(f"sampling-errors {level}"),
        title=words.say("colon").join(filter(None, [translated("Sampling errors", words), where])),
        stub=words.label("indicator"),
        columns=tuple(
            Column(name=column.name, head=translated(column.head, words), kind=column.kind, decimals=column.decimals)
            for column in columns
        ),
        rows=rows,
        notes=_notes(rows, words),
        language=words.code,
        direction=words.direction,
    )


def _notes(rows: Sequence[Row], words: Language) -> tuple[Note, ...]:
    """Return where the formula is from, and what the symbols in the cells mean."""
    there = {cell.text for row in rows for cell in row.cells}
    withheld = words.say("colon").join((words.sentence("withheld"), words.sentence("to protect people")))
    meanings = {WITHHELD: f"{capitalised(withheld)}.", words.say("na"): f"{words.say('not_available')}."}
    return (
        Note(text=translated(SOURCE, words)),
        *(Note(text=text, mark=mark) for mark, text in meanings.items() if mark in there),
    )


def _columns(shown: Published) -> list[_Printed]:
    numbers, limits = shown.estimates.numbers, shown.estimates.limits
    with np.errstate(divide="ignore", invalid="ignore"):
        cv = np.where(numbers.estimate == 0, np.nan, numbers.se / numbers.estimate)
    return [
        _Printed("r", "Value (r)", numbers.estimate, 4),
        _Printed("se", "Standard error (se)", numbers.se, 4),
        _Printed("cv", "Coefficient of variation (se/r)", cv, 3),
        _Printed("deff", "Design effect (deff)", numbers.deff, 3),
        _Printed("deft", "Square root of design effect (deft)", np.sqrt(numbers.deff), 3),
        _Printed("weighted", "Weighted count", numbers.weighted, 0, "count"),
        _Printed("n", "Unweighted count", numbers.n, 0, "count"),
        _Printed("low", "r − 2se", limits.low, 3),
        _Printed("high", "r + 2se", limits.high, 3),
    ]


def _labels(estimates: Estimates, domain: str, words: Language) -> list[str]:
    keys = [key for key in estimates.keys if key.name not in ("statistic", domain)]
    varied = [key for key in keys if key.name == "indicator" or len(set(key.codes.tolist())) > 1]
    return [" · ".join(words.label(text) for text in texts) for texts in zip(*(key.texts() for key in varied), strict=True)]


def _cell(column: _Printed, place: int, words: Language, *, hidden: bool) -> Cell:
    value = float(column.values[place])
    if hidden:
        return Cell(text=WITHHELD if column.name == "r" else "")
    if not np.isfinite(value):
        return Cell(text=words.say("na"))
    return Cell(text=words.number(value, column.decimals), values=(value,))
