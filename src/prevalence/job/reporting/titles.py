"""Titles of the tables and figures of a report, in its language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prevalence.job.details import NUMBERS
from prevalence.job.reporting.grids import Style
from prevalence.job.surveys import COUNTRY
from prevalence.job.tables import IN_CHAIN, QUESTIONS, SEX, Table
from prevalence.report.tables.language import uncapitalised

BY_SEX = (*(question.id for question in QUESTIONS), IN_CHAIN, NUMBERS)
"""Tables whose titles speak of sex; where the data lack it they have others."""


@dataclass(frozen=True, slots=True)
class Titles:
    """Titles of the tables of one survey, in one country or all of them; made by `titles_of`.

    Attributes
    ----------
    style : Style
    place : str
        The country, empty if nobody named it or all are meant.
    measure : str
        The indicator, such as ``"child_labour"``.
    dimensions : mapping of table to dimensions
    """

    style: Style
    place: str
    measure: str
    dimensions: Mapping[str, tuple[str, ...]]

    def title(self, name: str) -> str:
        """Return the title of a table of estimates."""
        return self._said("title", name)

    def group(self, name: str) -> str:
        """Return what a table is called as a group of rows of another."""
        return self._said("group", name, placed=False)

    def of_all(self, what: str) -> str:
        """Return the title of a table that is made of all: ``"gap"``, ``"excess"`` or ``"errors"``."""
        return self._said("title", what)

    def compared(self, source: str, what: str) -> str:
        """Return the title of a table made from one other: ``"gap"``, ``"excess"`` or ``"errors"``."""
        return self.style.phrases.say(f"compared_{what}", title=self.title(source))

    def _said(self, kind: str, name: str, *, placed: bool = True) -> str:
        phrases, words = self.style.phrases, self.style.words
        dimensions = self.dimensions.get(name, ())
        wanted = f"{kind}_{name}_alone" if name in BY_SEX and SEX not in dimensions else f"{kind}_{name}"
        key = wanted if phrases.has(wanted) else f"{kind}_other"
        crossed = [words.label(each).lower() for each in dimensions]
        measure = words.label(self.measure)
        inside = uncapitalised(measure)
        text = phrases.say(key, indicator=measure, indicator_in=inside, dimensions=phrases.say("joined").join(crossed))
        if not placed or not self.place:
            return text
        return phrases.say("in_place", place=self.place, title=uncapitalised(text))


def titles_of(tables: Sequence[Table], style: Style, place: str) -> Titles:
    """Return the titles of the tables of one survey; where the data lack sex, titles do without it."""
    dimensions = {each.id: tuple(name for name in each.estimates.dimensions if name != COUNTRY) for each in tables}
    return Titles(style, place, tables[0].plan.measure, dimensions)
