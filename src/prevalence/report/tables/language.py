"""The language of a table: fixed words, labels of data, sentences of rules and flags, decimal and thousands marks; catalogues are data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from prevalence.errors import ConfigError, OptionError, listed, suggestion
from prevalence.estimates import ALL
from prevalence.plot.words import name_of
from prevalence.report.tables.catalogue import Catalogue, Direction, check_words, fields_of
from prevalence.toml_files import place_of, read, shipped

FOLDER = "report/tables/languages"
BASE = "en"
TRANSLATED = ("es", "fr", "pt")
"""Languages of the package whose labels are translations, even where they are the same as in English, such as ``"No"``."""
PROBABILITY = "probability"
MINUS = "−"
PLACEHOLDER = re.compile(r"\\{(\w+)\\}")
FIGURE = r"([0-9][0-9.,]*)"
OWN_CODES = ("indicator", "statistic", "supply_chain", "forced_labour_type", "imposed_by")
"""Dimensions whose levels are codes of the package, with a label for each."""
HOMONYMS = ("state",)
"""Codes of the package that are other words in data: type of forced labour, and owner of a school."""
WORDS_OF_LEVELS = frozenset(
    {
        *("all", "total", "female", "male", "girls", "boys", "urban", "rural", "yes", "no", "attending", "not attending"),
        *("poorest", "second", "middle", "fourth", "richest", "none", "primary", "secondary", "higher"),
        *("agriculture", "industry", "services", "employee", "employer", "own-account worker", "member of a cooperative"),
        *("contributing family worker", "not classifiable", "formal", "informal"),
    }
)
"""Levels that mean the same in the data of any survey, and so may be translated."""


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language for tables, made by `language`.

    Attributes
    ----------
    code, name : str
    direction : {"ltr", "rtl"}
    decimal, thousands, between : str
        Marks of numbers, and what stands between the limits of an interval.
    words, labels, sentences : mapping of str to str
        See `Catalogue`; the keys of `labels` are folded.
    """

    code: str
    name: str
    direction: Direction
    decimal: str
    thousands: str
    between: str
    words: Mapping[str, str] = field(repr=False)
    labels: Mapping[str, str] = field(repr=False)
    sentences: Mapping[str, str] = field(repr=False)

    def say(self, key: str, **fields: object) -> str:
        """Return a fixed word or sentence, its fields filled in.

        Raises
        ------
        OptionError
            If there is no such word.
        """
        if key not in self.words:
            raise OptionError(f"The catalogue {self.code!r} has no word {key!r}.{suggestion(key, self.words)}")
        return self.words[key].format(**fields)

    def label(self, text: str) -> str:
        """Return a label of data in this language; one that the catalogue does not have is printed as it is, underlines as spaces."""
        return self._known(text) or name_of(text)

    def level(self, text: str, dimension: str) -> str:
        """Return a level of the data in this language: the label of one's own catalogue, else that of a common word, else the level as it is.

        Codes in capitals stay, since ``"NO"`` may be Norway; so does English. Levels that are codes of the package have their label.
        """
        if text == ALL or dimension in OWN_CODES:
            return self.label(text)
        if dimension == PROBABILITY:
            return self.marked(text)
        return self._of_level(text) or text

    def compared(self, text: str, dimension: str = "") -> str:
        """Return the label of a comparison, such as ``"Female - Male"``, side by side; of a dimension as `level` says it."""
        for sign, printed in ((" - ", f" {MINUS} "), (" / ", " / ")):
            if sign in text:
                return printed.join(self.compared(side, dimension) for side in text.split(sign))
        return self.level(text, dimension) if dimension else self.label(text)

    def sentence(self, text: str) -> str:
        """Return what a rule or a flag says, in this language; a sentence that the catalogue does not have stays English."""
        if text in self.sentences:
            return self.sentences[text]
        for pattern, names, said in self._patterns:
            if found := pattern.fullmatch(text):
                return said.format(**dict(zip(names, map(self.marked, found.groups()), strict=True)))
        return text

    def text(self, text: str) -> str:
        """Return a label, a sentence or a mark of numbers in this language, and what the catalogue does not have as it is; figures take it as `labels`."""
        if text in (".", ","):
            return self.marked(text)
        if text == "; ":
            return self.say("listing")
        known = None if is_code(text) and self._is_shipped(folded(text)) else self._known(text)
        return known or self.sentence(text)

    def number(self, value: float, decimals: int = 1, *, signed: bool = False) -> str:
        """Return a number with the marks of this language and a true minus sign; `signed` also writes the plus.

        Examples
        --------
        >>> language("en").number(1234.5), language("en").number(-0.04, signed=True), language("es").number(12.34)
        ('1,234.5', '0.0', '12,3')
        """
        text = f"{value:+,.{decimals}f}" if signed else f"{value:,.{decimals}f}"
        if not text.strip("+-0.,"):
            text = text.lstrip("+-")
        return self.marked(text)

    def missing(self, labels: Iterable[str]) -> tuple[str, ...]:
        """Return the labels that the catalogue does not have, each once; codes without small letters, and English itself, need none."""
        return self._without(labels, self._known)

    def missing_levels(self, levels: Iterable[str], dimension: str) -> tuple[str, ...]:
        """Return the levels of a dimension that are printed as they are, as `missing` does."""
        if dimension in OWN_CODES:
            return self.missing(levels)
        return self._without((text for text in levels if text != ALL), self._of_level)

    def _without(self, texts: Iterable[str], label: Callable[[str], str | None]) -> tuple[str, ...]:
        """Return the texts that have no label."""
        if self.code.split("-")[0] == BASE:
            return ()
        return tuple(dict.fromkeys(text for text in texts if text != text.upper() and label(text) is None))

    def _of_level(self, text: str) -> str | None:
        """Return the label of a level of the data; none where the catalogue of the package would guess."""
        key = folded(text)
        found = self.labels.get(key)
        if found is None or not self._is_shipped(key):
            return found
        if text.casefold() not in WORDS_OF_LEVELS or is_code(text):
            return None
        return found if self.code.split("-")[0] in TRANSLATED or found != language(BASE).labels[key] else None

    def _is_shipped(self, key: str) -> bool:
        """Return whether a label is that of the package, not of one's own catalogue."""
        return self.labels.get(key) in _shipped_labels(key)

    def _known(self, text: str) -> str | None:
        """Return the label of the catalogue; that of an indicator in a supply chain is put together from both."""
        key = folded(text)
        if key in self.labels:
            return self.labels[key]
        indicator, _, chain = (self.labels.get(part, "") for part in key.partition(" in "))
        if not indicator or not chain:
            return None
        return self.say("in_chain", indicator=indicator, chain=uncapitalised(chain))

    def marked(self, text: str) -> str:
        """Return an English number, such as ``"1,234.5"``, with the marks of this language."""
        return "".join({",": self.thousands, ".": self.decimal, "-": MINUS}.get(mark, mark) for mark in text)

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...]:
        return tuple(
            (re.compile(PLACEHOLDER.sub(FIGURE, re.escape(text))), fields_of(text), said)
            for text, said in self.sentences.items()
            if "{" in text
        )


def language(name: str | Path | Language) -> Language:
    """Return a language for tables by its code, or from a TOML file of one's own.

    Parameters
    ----------
    name : str or path
        One of `languages`, or a path that ends in ``.toml``. The file adds to a shipped language and replaces parts of it::

            extends = "fr"
            [labels]
            "Zanzan" = "District du Zanzan"

    Raises
    ------
    OptionError
        If there is no such language.
    ConfigError
        If the file cannot be read or has faults: all are listed.

    Examples
    --------
    >>> import prevalence as pv
    >>> french = pv.report.language("fr")
    >>> french.label("child_labour"), french.number(12.34)
    ('Travail des enfants', '12,3')
    """
    if isinstance(name, Language):
        return name
    place = place_of(name, FOLDER, "language")
    if str(name) in shipped(FOLDER):
        return _shipped(str(name))
    return _extended(read(place, Catalogue, "catalogue of a language"), place.name)


def languages() -> tuple[Language, ...]:
    """Return the shipped languages, in the order of their codes.

    Examples
    --------
    >>> import prevalence as pv
    >>> [language.code for language in pv.report.languages()]
    ['en', 'es', 'fr', 'pt']
    """
    return tuple(language(name) for name in shipped(FOLDER))


def capitalised(text: str) -> str:
    """Return a text with a capital letter at its beginning, the others as they are."""
    return text[:1].upper() + text[1:]


def uncapitalised(text: str) -> str:
    """Return a text as it stands within a sentence: with a small letter at its beginning."""
    return text[:1].lower() + text[1:]


def is_code(text: str) -> bool:
    """Return whether a level is a code in capitals, or a word of the data that a code of the package looks like."""
    return (text == text.upper() and text != text.lower()) or (folded(text) in HOMONYMS and text not in HOMONYMS)


def folded(text: str) -> str:
    """Return a label as a key of the catalogue."""
    return text.replace("_", " ").casefold().strip()


@cache
def _shipped_labels(key: str) -> frozenset[str | None]:
    """Return the labels of a key in the shipped languages."""
    return frozenset(each.labels.get(key) for each in languages())


@cache
def _shipped(code: str) -> Language:
    """Return a language of the package."""
    return _complete(read(place_of(code, FOLDER, "language"), Catalogue, "catalogue of a language"))


def _complete(catalogue: Catalogue) -> Language:
    """Return a language from a catalogue that takes nothing over."""
    return Language(
        code=catalogue.code,
        name=catalogue.name,
        direction=catalogue.direction or "ltr",
        decimal=catalogue.decimal or ".",
        thousands=catalogue.thousands or "",
        between=catalogue.between or ", ",
        words=catalogue.words,
        labels={folded(text): said for text, said in catalogue.labels.items()},
        sentences=catalogue.sentences,
    )


def _extended(catalogue: Catalogue, file: str) -> Language:
    """Return a language from a file of the user's own and the shipped language that it extends, English if it names none."""
    if catalogue.extends and catalogue.extends not in shipped(FOLDER):
        known = shipped(FOLDER)
        raise ConfigError(
            f"{file}: extends must be one of {listed(known, limit=len(known))}; found {catalogue.extends!r}."
            f"{suggestion(catalogue.extends, known)}"
        )
    base = language(catalogue.extends or BASE)
    check_words(catalogue, language(BASE).words, file)
    own = _complete(catalogue)
    given = catalogue.model_dump(exclude_none=True)
    plain = {name: given.get(name) or getattr(base, name) for name in ("code", "name", "direction", "decimal", "between")}
    return Language(
        **plain,
        thousands=given.get("thousands", base.thousands),
        words={**base.words, **own.words},
        labels={**base.labels, **own.labels},
        sentences={**base.sentences, **own.sentences},
    )
