"""What all rows of a table share and no row or column says: the place, the statistic, the indicator; its subtitle."""

from __future__ import annotations

from collections.abc import Sequence

from prevalence.estimates import ALL, Key
from prevalence.report.tables.assembly import Assembly, namer
from prevalence.report.tables.language import PROBABILITY, Language
from prevalence.report.tables.parts import Part
from prevalence.report.tables.places import INDICATOR, STATISTIC, Dimensions

PLAIN = ("prevalence", "total", "difference", "excess")
"""Statistics that the heads of columns tell."""


def constants_text(parts: Sequence[Part], sides: Dimensions, grid: Assembly, words: Language, title: str) -> str:
    """Return what the rows share, as a subtitle; of tables side by side also what only one has, below its name."""
    placed = (*sides.down, *sides.across)
    told = [_of_part(part, placed, words, title) for part in parts]
    shared = [text for text in told[0] if all(text in others for others in told)]
    listing = words.say("listing")
    own = [
        f"{side}{words.say('colon')}{', '.join(rest)}"
        for side, texts in zip(grid.sides, told, strict=True)
        if (rest := [text for text in texts if text not in (*shared, side)])
    ]
    return listing.join([*shared, *own])


def _of_part(part: Part, placed: Sequence[str], words: Language, title: str) -> list[str]:
    """Return the levels that all rows of a part share, each with its dimension."""
    fixed = [key for key in part.estimates.keys if key.name not in placed and len(set(key.texts())) == 1]
    return list(filter(None, (_said(key, part, placed, words, title) for key in fixed)))


def _said(key: Key, part: Part, placed: Sequence[str], words: Language, title: str) -> str:
    level = key.texts()[0]
    label = namer(part, words)(level, key.name)
    if key.name == INDICATOR:
        return "" if _elsewhere(level, label, part, placed, title) else label
    if key.name == STATISTIC:
        return "" if level in PLAIN or _of_quantile(part, placed) else label
    if key.name == PROBABILITY:
        return f"{words.label('quantile')} {label}"
    return "" if level == ALL else f"{words.label(key.name)}{words.say('colon')}{label}"


def _of_quantile(part: Part, placed: Sequence[str]) -> bool:
    """Return whether the probability of a quantile stands in the subtitle, and names the statistic."""
    probabilities = {text for key in part.estimates.keys if key.name == PROBABILITY for text in key.texts()}
    return PROBABILITY not in placed and len(probabilities) == 1


def _elsewhere(level: str, label: str, part: Part, placed: Sequence[str], title: str) -> bool:
    """Return whether title, rows or the note with its definition name an indicator."""
    return label.casefold() in title.casefold() or level in placed or level in part.estimates.provenance.definitions
