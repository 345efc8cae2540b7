"""Estimates as a sentence says them: numbers as texts, and a figure in words for those who cannot see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prevalence.plot.words import COMPARED, in_percent, name_of, statistics
from prevalence.report.disclosure._published import Published
from prevalence.report.tables.language import Language, language
from prevalence.report.tables.parts import decimals_of
from prevalence.report.tables.rounded import columns_in_print


@dataclass(frozen=True, slots=True)
class Told:
    """An estimate as three texts, empty where it is withheld or there is none."""

    estimate: str = ""
    interval: str = ""
    n: str = ""


def told(shown: Published, words: Language | None = None) -> list[Told]:
    """Return the texts of each row, with the decimals of tables, differences with their sign; by default in English."""
    words = words or language("en")
    columns, decimals = columns_in_print(shown), decimals_of(shown)
    signed = bool(set(statistics(shown.estimates)) & set(COMPARED))
    scale = 100.0 if in_percent(shown.estimates) else 1.0
    numbers = [
        [float(value) for value in values] for values in (columns[name] for name in ("estimate", "ci_low", "ci_high", "n"))
    ]
    found = []
    for value, low, high, n in zip(*numbers, strict=True):
        if not np.isfinite(value):
            found.append(Told())
            continue
        limits = words.between.join(words.number(scale * limit, decimals, signed=signed) for limit in (low, high))
        found.append(
            Told(
                estimate=words.number(scale * value, decimals, signed=signed),
                interval=f"[{limits}]" if np.isfinite((low, high)).all() else "",
                n=words.number(n, 0) if np.isfinite(n) else "",
            )
        )
    return found


def alternative(shown: Published, title: str, words: Language | None = None) -> str:
    """Return a figure in words: its title, and each estimate with its labels; by default in English, labels as `name_of` says."""
    estimates, own = shown.estimates, words is not None
    words = words or language("en")
    keys = [key for key in estimates.keys if key.name != "statistic" and len(set(key.texts())) > 1]
    texts = ([words.compared(text, key.name) if own else name_of(text) for text in key.texts()] for key in keys)
    labels = [", ".join(labels) for labels in zip(*texts, strict=True)]
    compared = bool(set(statistics(estimates)) & set(COMPARED))
    points = f"{{value}} {words.sentence('percentage points')}"
    sign = "{value}" if not in_percent(estimates) else points if compared else words.sentences["{value}%"]
    withheld = words.sentence("withheld")
    said = [
        f"{label} {withheld if hidden else sign.format(value=text.estimate)}"
        for label, text, hidden in zip(labels, told(shown, words), shown.hidden, strict=True)
        if hidden or text.estimate
    ]
    return f"{title}. {words.say('listing').join(said)}."
