"""The words of a figure: names of levels, the axis, and a caption with definition, count and interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.errors import OptionError
from prevalence.estimates import ALL, Estimates, Key
from prevalence.plot.shown import Drawable, Shown, shown

COMPARED = ("difference", "excess", "contrast")
INTERVALS = {
    "mics": "estimate plus and minus 2 standard errors",
    "korn-graubard": "Korn-Graubard",
    "wald": "t",
    "log": "t on the log scale",
    "log-people": "t, of numbers of people on the log scale",
}
WORDS = (
    *INTERVALS.values(),
    "{level}% interval ({method})",
    "interval ({method})",
    "n = {n} (unweighted)",
    "n = {least} to {most} (unweighted)",
    "n of the smaller side = {n} (unweighted)",
    "{value}%",
    "percentage points",
    "estimate",
    "{a} minus {b}",
    "each minus {all}",
    "age in completed years",
    "people",
    "people, in thousands",
    "people, in millions",
    "Everyone in scope",
    "Percent.",
    "withheld",
    "not estimable",
    "no observations",
    "{who}: {reason}",
    "Withheld estimates are not drawn.",
    "Hollow: weak estimates, to be read with care.",
    "Without whisker: interval not estimable.",
    "( ): weak estimates, to be read with care.",
    "Hatched: withheld.",
    "–: no estimate.",
    "Intervals are not drawn.",
    "at the observed rate:",
    "target: {value}",
    "ended: {value}",
    "needs {rate} a year",
    "below {chance}",
    "above {chance}",
    "Progress: {name}.",
    "Progress: {name} (probability of this class {chance}).",
    "No standard errors were given: chances cannot be said.",
    "Chance to arrive by {year}: {chance}.",
    "Fan: {bands}; {what}.",
    "Rate of reduction by {method}: {rate} a year.",
    "Needed: dashed at a constant rate, dotted straight.",
    ".",
    ",",
    "; ",
)
"""All that figures say beside the names of levels, in English: what a translation needs; the last three are marks, of numbers and between parts."""

Labels = Mapping[str, str] | Callable[[str], str]
"""Words for the words of a figure, names of levels included: a mapping, or a function that returns what it does not know as it is."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a figure says, in the words of its reader."""

    labels: Labels | None = None

    def name(self, level: str) -> str:
        """Return a level as it is shown: its label, else what `name_of` says."""
        found = self.label(level)
        return name_of(level) if found == level else found

    def say(self, text: str, **fields: str) -> str:
        """Return a sentence with its fields filled in."""
        found = self.label(text)
        try:
            return found.format(**fields)
        except (KeyError, IndexError, ValueError) as error:
            raise OptionError(
                f"The label of {text!r} may hold no other fields than it; found {found!r}. Keep the braces as they are."
            ) from error

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number with the marks of the labels for ``"."`` and ``","``, and a true minus sign."""
        text = f"{value:,.{decimals}f}"
        return text.replace(",", "\0").replace(".", self.label(".")).replace("\0", self.label(",")).replace("-", "−")

    def tick(self, value: float) -> str:
        """Return a number as it stands on an axis: as many decimals as it needs."""
        short = f"{value:.6g}"
        return self.number(value, len(short.partition(".")[2]) if "e" not in short else 0)

    def label(self, text: str) -> str:
        """Return a text in the words of the reader, as it is where there are none."""
        if self.labels is None:
            return text
        return str(self.labels(text)) if callable(self.labels) else self.labels.get(text, text)


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


def interval_of(estimates: Estimates, words: Words | None = None) -> str:
    """Return the interval in words, such as ``95% interval (logit)``."""
    told, interval = words or Words(), estimates.interval
    method = told.say(INTERVALS.get(interval.method, interval.method))
    if interval.method == "mics":
        return told.say("interval ({method})", method=method)
    return told.say("{level}% interval ({method})", level=told.tick(100 * interval.level), method=method)


def caption(table: Drawable | Sequence[Drawable], *, labels: Labels | None = None, intervals: bool = True) -> str:
    """Return the line below a figure: definition with its version, unweighted count and kind of interval.

    Parameters
    ----------
    table : Estimates or Published, or a sequence of them
        What the figure shows.
    labels : mapping or callable, optional
        Words in place of the English ones.
    intervals : bool
        Whether the figure shows intervals.

    Returns
    -------
    str
        The count is left out where withheld rows could be worked out from it, and where overlapping rows have no margin.

    Raises
    ------
    OptionError
        If it is given something else.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": 1.0, "area": ["Urban", "Rural"] * 40, "child_labour": ([0.0] * 4 + [1.0]) * 16})
    >>> pv.plot.caption(pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="area"))
    'Child labour; n = 80 (unweighted); 95% interval (Korn-Graubard).'
    """
    several = table if isinstance(table, Sequence) else [table]
    return caption_of([shown(each) for each in several], Words(labels), intervals=intervals)


def caption_of(tables: Sequence[Shown], words: Words, *, intervals: bool = True) -> str:
    """Return the caption of tables that stand in one figure."""
    told = dict.fromkeys(interval_of(table.estimates, words) for table in tables) if intervals else {}
    said = words.label("; ").join(filter(None, [*_titles(tables, words), _people(tables, words), *told]))
    return f"{said}." if said else ""


def definition_names(tables: Iterable[Estimates]) -> list[str]:
    """Return the definitions of what tables show, each once, as ``name, version``."""
    found = [_definition(table, indicator) for table in tables for indicator in indicators_of(table)]
    return list(dict.fromkeys(filter(None, found)))


def indicators_of(estimates: Estimates) -> list[str]:
    """Return the indicators that the rows hold."""
    return list(dict.fromkeys(text for key in estimates.keys if key.name == "indicator" for text in key.texts()))


def _definition(estimates: Estimates, indicator: str) -> str:
    rule = estimates.provenance.definitions.get(indicator)
    return f"{rule.name}, {rule.version}" if rule else ""


def _titles(tables: Sequence[Shown], words: Words) -> list[str]:
    """Return the indicator with its definition; of several indicators the definitions alone."""
    names = list(dict.fromkeys(name for table in tables for name in indicators_of(table.estimates)))
    rules = definition_names(table.estimates for table in tables)
    if len(names) == 1 and len(rules) < 2:
        return [f"{words.name(names[0])} ({rules[0]})" if rules else words.name(names[0])]
    return [words.name(names[0]), *rules] if len(names) == 1 else rules


def _people(tables: Sequence[Shown], words: Words) -> str:
    """Return how many people the figure rests on; nothing where that cannot be told."""
    counts = [count for table in tables for count in _counts(table)]
    if not counts or not np.isfinite(counts).all():
        return ""
    compared = any(set(statistics(table.estimates)) & set(COMPARED) for table in tables)
    least, most = (words.number(value) for value in (min(counts), max(counts)))
    if compared:
        return words.say("n of the smaller side = {n} (unweighted)", n=most)
    if least == most:
        return words.say("n = {n} (unweighted)", n=most)
    return words.say("n = {least} to {most} (unweighted)", least=least, most=most)


def _counts(table: Shown) -> list[float]:
    """Return the observations of each indicator; NaN where overlapping rows have no margin, or a part is withheld."""
    estimates = table.estimates
    whole = _whole(estimates.keys)
    counts = np.where(table.hidden, np.nan, estimates.numbers.n)
    if set(statistics(estimates)) & set(COMPARED):
        found = counts[whole] if whole.any() else counts
        return [float(found.max())] if len(found) else []
    indicator = np.array(next((key.texts() for key in estimates.keys if key.name == "indicator"), [""] * len(counts)))
    parts = [counts[whole & (indicator == name)] for name in dict.fromkeys(indicator.tolist())]
    if any(len(part) > 1 for part in parts) and estimates.context:
        return []
    return [float(part.sum()) for part in parts if len(part)]


def _whole(keys: tuple[Key, ...]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return the rows that are margins in every dimension that has a margin; the parts of a distribution have the same people."""
    whole = np.ones(len(keys[0].codes), dtype=bool)
    indicators = {text for key in keys if key.name == "indicator" for text in key.labels}
    for key in keys:
        if ALL in key.levels:
            whole &= key.codes == key.levels.index(ALL)
        elif key.name in indicators or key.name == "probability":
            whole &= key.codes == key.codes[:1]
    return whole
