"""The main finding of a survey in a country as texts for a template; what is withheld stays so."""

from __future__ import annotations

import numpy as np

from prevalence.estimates import ALL
from prevalence.job.reporting.grids import Style
from prevalence.job.tables import WHOLE
from prevalence.report import Published, reliability
from prevalence.report.document.facts import Figures, Finding
from prevalence.report.main_finding import comparable, furthest, rows_of_sexes
from prevalence.report.tables.language import uncapitalised


def finding(parts: dict[str, Published], style: Style, *, place: str, survey: str) -> Finding | None:
    """Return what is estimated for everyone, for each sex and for the chain that stands out most.

    Parameters
    ----------
    parts : mapping of table to Published
        The tables of one survey in one country.
    style : Style
    place, survey : str
    """
    name = next((name for name in WHOLE if name in parts), "")
    if not name:
        return None
    shown = parts[name]
    rows = _margins(shown, style)
    if ALL not in rows:
        return None
    both = all(sex in rows and rows[sex].shown for sex in ("Female", "Male"))
    excess = parts.get("chain_by_sex_excess")
    gap = _margins(parts[f"{name}_gap"], style) if both and f"{name}_gap" in parts else {}
    indicator = style.words.label(shown.estimates.keys[0].texts()[0])
    return Finding(
        place=place,
        indicator=uncapitalised(indicator),
        survey=survey,
        level=f"{100 * shown.estimates.interval.level:g}",
        whole=rows[ALL],
        female=rows["Female"] if both else None,
        male=rows["Male"] if both else None,
        gap=next((figures for figures in gap.values() if figures.shown), None),
        chain=_furthest(excess, style),
        chains=excess is not None and bool(comparable(excess).any()),
    )


def _margins(shown: Published, style: Style) -> dict[str, Figures]:
    """Return the figures of each sex, and of both, over everyone else."""
    return {sex: _figures(shown, row, style.words.compared(sex), style) for sex, row in rows_of_sexes(shown).items()}


def _furthest(excess: Published | None, style: Style) -> Figures | None:
    """Return the figures of the chain with the largest excess over everyone; None if no excess is told apart from zero."""
    found = None if excess is None else furthest(excess)
    if excess is None or found is None:
        return None
    row, label = found
    name = style.words.label(label)
    return _figures(excess, row, uncapitalised(name), style)


def _figures(shown: Published, row: int, label: str, style: Style) -> Figures:
    columns, words = shown.columns(), style.words
    signed = bool(set(_statistics(shown)) & {"difference", "excess"})
    value, low, high = (100 * float(columns[name][row]) for name in ("estimate", "ci_low", "ci_high"))
    unreliable = not signed and reliability(shown.estimates, style.rule).verdicts[0].withheld[row]
    if not np.isfinite([value, low, high]).all() or unreliable:
        return Figures(label=label, shown=False)
    return Figures(
        label=label,
        value=words.number(value, signed=signed),
        interval=f"[{words.between.join(words.number(limit, signed=signed) for limit in (low, high))}]",
        n=words.number(float(columns["n"][row]), 0) if not signed else "",
    )


def _statistics(shown: Published) -> list[str]:
    return [text for key in shown.estimates.keys if key.name == "statistic" for text in dict.fromkeys(key.texts())]
