"""The fixed texts of ready-made tables in other languages: English is the key, and what nobody translated stays English."""

from __future__ import annotations

from functools import cache

from prevalence.report.tables.language import FOLDER as LANGUAGES
from prevalence.report.tables.language import Language, folded, language
from prevalence.toml_files import TomlTable, read, shipped

FOLDER = "report/tables/translations"


class Translations(TomlTable):
    """What a file of translations holds: English text to text, both with the same fields in braces."""

    texts: dict[str, str]


def translated(text: str, words: Language) -> str:
    """Return a fixed text in a language: as the labels of the user's own catalogue say it, else as the shipped translation does."""
    code = words.code.partition("-")[0]
    own = words.labels.get(folded(text))
    # A shipped label is of data: "In employment" as an indicator is not "In employment" as a heading.
    return translations(code).get(text, text) if own is None or own == _shipped_label(code, text) else own


@cache
def _shipped_label(code: str, text: str) -> str | None:
    return language(code).labels.get(folded(text)) if code in shipped(LANGUAGES) else None


@cache
def translations(code: str) -> dict[str, str]:
    """Return the shipped translations into a language, none into English and into languages that are not shipped."""
    place = shipped(FOLDER).get(code)
    return {} if place is None else read(place, Translations, "file of translations").texts
