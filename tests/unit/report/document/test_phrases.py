"""Short texts: every language says all of them, with the same fields."""

from __future__ import annotations

import tomllib
from string import Formatter

import pytest

from prevalence.report.document.phrases import FILE, phrases
from prevalence.report.document.sections import FOLDER


def texts_of(language: str) -> dict[str, str]:
    return tomllib.loads((FOLDER / language / FILE).read_text(encoding="utf-8"))


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", ["fr", "es", "pt"])
def test_every_language_says_all_with_the_same_fields(language: str) -> None:
    english, other = texts_of("en"), texts_of(language)
    assert {key: fields_of(text) for key, text in other.items()} == {key: fields_of(text) for key, text in english.items()}


def test_a_region_says_what_its_language_says_and_an_unknown_language_english() -> None:
    assert phrases("pt-BR").say("results") == phrases("pt").say("results") == "Resultados"
    assert phrases("xx").say("results") == "Results"
