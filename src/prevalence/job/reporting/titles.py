"""Titles of the tables and figures of a report, in its language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prevalence.job.reporting.grids import Style
from prevalence.job.surveys import COUNTRY


@dataclass(frozen=True, slots=True)
class Titles:
    """Titles of the tables of one survey in one country.

    Attributes
    ----------
    style : Style
    place : str
        The country, empty if nobody named it.
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

    def _said(self, kind: str, name: str, *, placed: bool = True) -> str:
        phrases, words = self.style.phrases, self.style.words
        key = f"{kind}_{name}" if phrases.has(f"{kind}_{name}") else f"{kind}_other"
        crossed = [words.label(each).lower() for each in self.dimensions.get(name, ()) if each != COUNTRY]
        text = phrases.say(key, indicator=words.label(self.measure), dimensions=phrases.say("joined").join(crossed))
        if not placed or not self.place:
            return text
        return phrases.say("in_place", place=self.place, title=f"{text[:1].lower()}{text[1:]}")
