"""The main finding of a survey in a country, in two or three sentences."""

from __future__ import annotations

import numpy as np

from prevalence.estimates import ALL
from prevalence.plot.words import name_of
from prevalence.report.disclosure._published import Published
from prevalence.report.tables.language import language
from prevalence.report.tables.parts import interval_head
from prevalence.report.words import Told, told

SEX = "sex"
MINUS_ALL = f" - {ALL}"


def headline(whole: Published, gap: Published | None, excess: Published | None, *, place: str) -> str:
    """Return what is estimated for everyone, for each sex and for the chain that stands out most.

    Parameters
    ----------
    whole : Published
        A table of one country with its margins.
    gap : Published, optional
        Differences between the sexes of that table.
    excess : Published, optional
        Differences between chains and everyone.
    place : str
        The country, such as ``"XAA"``; empty if the file is of one.
    """
    rows = _margin_rows(whole)
    where = f"In {place}, " if place else ""
    if ALL not in rows:
        return ""
    overall, n = rows[ALL]
    name = name_of(whole.estimates.keys[0].texts()[0])
    if not n:
        reason = "is withheld" if whole.hidden.any() else "cannot be estimated"
        return f"{where}{name.lower() if where else name} {reason}."
    level = interval_head(whole.estimates, language("en"))
    main = f"{where}{name.lower() if where else name} is estimated at {overall.estimate}% ({level} {overall.interval}; n = {n})"
    return f"{main}{_by_sex(rows, gap)}.{_standing_out(excess)}"


def _margin_rows(shown: Published) -> dict[str, tuple[Told, str]]:
    """Return the texts of each sex, and of both, over everyone else; with the count where there is an estimate."""
    estimates = shown.estimates
    inside = np.ones(len(estimates), dtype=bool)
    for key in estimates.keys:
        if key.name != SEX and ALL in key.levels:
            inside &= key.codes == key.levels.index(ALL)
    sexes = next((key.texts() for key in estimates.keys if key.name == SEX), [ALL] * len(estimates))
    found = told(shown)
    return {sexes[row]: (found[row], found[row].n if found[row].interval else "") for row in np.flatnonzero(inside)}


def _by_sex(rows: dict[str, tuple[Told, str]], gap: Published | None) -> str:
    if not all(rows.get(sex, (None, ""))[1] for sex in ("Female", "Male")):
        return ""
    female, male = (rows[sex][0].estimate for sex in ("Female", "Male"))
    said = f": {female}% among females, {male}% among males"
    if gap is None:
        return said
    cell, n = next(iter(_margin_rows(gap).values()), (None, ""))
    return said if cell is None or not n else f"{said}, a difference of {cell.estimate} percentage points {cell.interval}"


def _standing_out(excess: Published | None) -> str:
    """Return the sentence on the chain with the largest excess over everyone."""
    if excess is None:
        return ""
    estimates = excess.estimates
    sexes = next((key.texts() for key in estimates.keys if key.name == SEX), [ALL] * len(estimates))
    usable = np.array([sex == ALL for sex in sexes]) & ~excess.hidden & np.isfinite(estimates.numbers.estimate)
    if not usable.any():
        return ""
    row = int(np.argmax(np.where(usable, estimates.numbers.estimate, -np.inf)))
    chain = next(text for key in estimates.keys if (text := key.texts()[row]).endswith(MINUS_ALL)).removesuffix(MINUS_ALL)
    cell = told(excess)[row]
    if not estimates.limits.low[row] > 0:
        return ""  # a difference that is not told from zero is no finding
    return f" The supply chain furthest above everyone is {chain.replace('_', ' ')}: {cell.estimate} percentage points {cell.interval}."
