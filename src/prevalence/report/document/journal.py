"""The journal of the data in the language of a report: what loading, classifying and weighting wrote down in English, sentence by sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prevalence.report.document.sections import FOLDER
from prevalence.report.tables.catalogue import fields_of
from prevalence.report.tables.language import FIGURE, PLACEHOLDER, Language, uncapitalised

FILE = "journal.toml"
NUMBER, LIST, SENTENCE, LABEL = "n", "list", "text", "label"
"""How the names of fields begin that are numbers, lists of sentences, sentences and labels; all others stay as they are."""
ANY = "(.+?)"


@dataclass(frozen=True, slots=True)
class _Pattern:
    """An English sentence with fields, and how a language says it."""

    english: re.Pattern[str]
    fields: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Journal:
    """Sentences of a journal in the language of a report, made by `journal`."""

    words: Language
    patterns: tuple[_Pattern, ...] = ()

    def told(self, text: str, **given: str) -> str:
        """Return a sentence in the language of the report; one that the language does not have stays as it was written.

        `given` replaces fields: the label of an indicator in place of the words of its question.
        """
        known = self.words.sentence(text)
        if known != text:
            return known
        for pattern in self.patterns:
            if found := pattern.english.fullmatch(text):
                pairs = zip(pattern.fields, found.groups(), strict=True)
                return pattern.said.format(**{name: given.get(name) or self._field(name, value) for name, value in pairs})
        return text

    def _field(self, name: str, value: str) -> str:
        """Return the value of a field as the beginning of its name says."""
        kinds: dict[str, Callable[[str], str]] = {
            NUMBER: self.words.marked,
            LIST: lambda values: ", ".join(self.told(each) for each in values.split(", ")),
            SENTENCE: self.told,
            LABEL: self._label,
        }
        return next((say(value) for kind, say in kinds.items() if name.rstrip("0123456789") == kind), value)

    def _label(self, text: str) -> str:
        label = self.words.label(text)
        return uncapitalised(label)


def journal(words: Language) -> Journal:
    """Return the journal in a language; that of a region is that of its language."""
    codes = dict.fromkeys((words.code, words.code.split("-")[0]))
    texts = next((texts for code in codes if (texts := sentences_of(FOLDER / code / FILE))), {})
    return Journal(words, tuple(_pattern(english, said) for english, said in texts.items()))


def sentences_of(path: Path) -> Mapping[str, str]:
    """Return the sentences of a file, none if there is no such file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))["sentences"] if path.is_file() else {}


def _pattern(english: str, said: str) -> _Pattern:
    fields = fields_of(english)
    text = PLACEHOLDER.sub(lambda found: FIGURE if found[1].rstrip("0123456789") == NUMBER else ANY, re.escape(english))
    return _Pattern(re.compile(text), fields, said)
