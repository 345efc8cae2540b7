"""The main finding of a survey in a country, in two or three sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

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


def rows_of_sexes(shown: Published) -> dict[str, int]:
    """Return the row of each sex, and of both, over everyone else."""
    inside = np.ones(len(shown.estimates), dtype=bool)
    for key in shown.estimates.keys:
        if key.name != SEX and ALL in key.levels:
            inside &= key.codes == key.levels.index(ALL)
    sexes = _sexes(shown)
    return {sexes[row]: row for row in np.flatnonzero(inside).tolist()}


def comparable(excess: Published) -> npt.NDArray[np.bool_]:
    """Return which rows say how far a chain is from everyone, both sexes together."""
    known = np.isfinite(excess.estimates.numbers.estimate + excess.estimates.limits.low)
    return np.asarray(known & ~excess.hidden & (np.array(_sexes(excess)) == ALL), dtype=np.bool_)


def furthest(excess: Published) -> tuple[int, str] | None:
    """Return row and name of the chain with the largest excess among those told apart from zero; None if none is."""
    told_apart = comparable(excess) & (excess.estimates.limits.low > 0)
    if not told_apart.any():
        return None
    row = int(np.argmax(np.where(told_apart, excess.estimates.numbers.estimate, -np.inf)))
    labels = (key.texts()[row] for key in excess.estimates.keys)
    return row, next(label for label in labels if label.endswith(MINUS_ALL)).removesuffix(MINUS_ALL)


def _sexes(shown: Published) -> Sequence[str]:
    return next((key.texts() for key in shown.estimates.keys if key.name == SEX), [ALL] * len(shown.estimates))


def _margin_rows(shown: Published) -> dict[str, tuple[Told, str]]:
    """Return the texts of each sex, and of both, over everyone else; with the count where there is an estimate."""
    found = told(shown)
    return {sex: (found[row], found[row].n if found[row].interval else "") for sex, row in rows_of_sexes(shown).items()}


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
    found = None if excess is None else furthest(excess)
    if excess is None or found is None:
        return ""  # a difference that is not told from zero is no finding
    row, chain = found
    cell = told(excess)[row]
    said = f"the furthest above is {chain.replace('_', ' ')}: {cell.estimate} percentage points {cell.interval}."
    return f" Of the supply chains told apart from everyone, {said}"
