"""The words of a figure: names of levels, the axis, and a caption with definition, count and interval."""

from __future__ import annotations

import numpy as np

from prevalence.estimates import ALL, Estimates, Key

COMPARED = ("difference", "excess")
INTERVALS = {
    "mics": "estimate plus and minus 2 standard errors",
    "korn-graubard": "Korn-Graubard",
    "wald": "t",
    "log": "t on the log scale",
}


def in_percent(estimates: Estimates) -> bool:
    """Return whether the numbers are shares of people, or differences of shares, and so are shown times 100."""
    return estimates.shares


def statistics(estimates: Estimates) -> tuple[str, ...]:
    """Return the statistics that the rows hold, such as ``("prevalence",)``."""
    return tuple(dict.fromkeys(text for key in estimates.keys if key.name == "statistic" for text in key.texts()))


def name_of(level: str) -> str:
    """Return a level as a reader expects it: ``child_labour`` becomes ``Child labour``; codes stay as they are.

    Examples
    --------
    >>> name_of("cocoa"), name_of("5-11"), name_of("XAA"), name_of("Own-account worker")
    ('Cocoa', '5-11', 'XAA', 'Own-account worker')
    """
    text = level.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def title_of(estimates: Estimates, indicator: str) -> str:
    """Return the label of an indicator for a title: its name, with the standard that defines it."""
    definition = estimates.provenance.definitions.get(indicator)
    return f"{name_of(indicator)} ({definition.name})" if definition else name_of(indicator)


def interval_of(estimates: Estimates) -> str:
    """Return the interval in words, such as ``95% interval (logit)``."""
    interval = estimates.interval
    method = INTERVALS.get(interval.method, interval.method)
    return f"interval ({method})" if interval.method == "mics" else f"{100 * interval.level:g}% interval ({method})"


def caption(estimates: Estimates) -> str:
    """Return the line below a figure: definition, unweighted count and kind of interval."""
    indicators = list(dict.fromkeys(text for key in estimates.keys if key.name == "indicator" for text in key.texts()))
    titles = [title_of(estimates, indicator) for indicator in indicators[:1]]
    people = _people(estimates)
    return "; ".join(filter(None, [*titles, people, interval_of(estimates)])) + "."


def _people(estimates: Estimates) -> str:
    """Return how many people the figure rests on; nothing where overlapping rows without a margin cannot tell."""
    counts = estimates.numbers.n[_whole(estimates.keys)]
    if not len(counts) or not np.isfinite(counts).all() or (len(counts) > 1 and estimates.context):
        return ""
    if set(statistics(estimates)) & set(COMPARED):
        return f"n of the smaller side = {int(counts.max()):,} (unweighted)"
    indicators = max(len(key.labels) for key in estimates.keys if key.name == "indicator")
    return f"n = {int(counts.sum() / indicators):,} (unweighted)"


def _whole(keys: tuple[Key, ...]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return the rows that are margins in every dimension that has a margin."""
    whole = np.ones(len(keys[0].codes), dtype=bool)
    for key in keys:
        if ALL in key.levels:
            whole &= key.codes == key.levels.index(ALL)
    return whole
