"""Titles, heads and short words of a report by language; what a language does not say is said in English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prevalence.report.document.sections import BASE, FOLDER

FILE = "words.toml"


@dataclass(frozen=True, slots=True)
class Phrases:
    """The short texts of a report, made by `phrases`."""

    texts: Mapping[str, str]

    def say(self, key: str, **fields: object) -> str:
        """Return a text, its fields filled in."""
        return self.texts[key].format(**fields)

    def has(self, key: str) -> bool:
        """Return whether there is such a text."""
        return key in self.texts


def phrases(language: str) -> Phrases:
    """Return the short texts of a report in a language; those of a region are those of its language."""
    codes = dict.fromkeys((BASE, language.split("-")[0], language))
    texts: dict[str, str] = {}
    for code in codes:
        texts |= _read(FOLDER / code / FILE)
    return Phrases(texts)


def _read(path: Path) -> dict[str, str]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
