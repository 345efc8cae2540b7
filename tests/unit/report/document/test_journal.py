"""The journal of the data in other languages: sentences with numbers, lists and labels; what is not known stays."""

from __future__ import annotations

from dataclasses import replace
from string import Formatter

import pytest

from prevalence.report.document.journal import FILE, journal, sentences_of
from prevalence.report.document.sections import FOLDER
from prevalence.report.tables.language import language

FOREIGN = ("fr", "es", "pt")
NARROW = "\u00a0"


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", FOREIGN)
def test_a_translation_has_no_field_that_its_sentence_lacks(code: str) -> None:
    texts = sentences_of(FOLDER / code / FILE)
    assert len(texts) > 80
    assert {english: said for english, said in texts.items() if not fields_of(said) <= fields_of(english)} == {}
    assert {english for english, said in texts.items() if fields_of(said) != fields_of(english)} == set()


@pytest.mark.parametrize("code", FOREIGN)
def test_only_a_frame_of_fields_is_the_same_in_two_languages(code: str) -> None:
    texts = sentences_of(FOLDER / code / FILE)
    assert {english for english, said in texts.items() if english == said} <= {"{code} ({text}) {n}", "base", "inconsistent"}


def test_lists_of_answers_are_told_one_by_one_with_the_marks_of_the_language() -> None:
    tell = journal(language("fr")).told
    assert tell("no answer in CL3: 98 (do not know) 1,234, 99 (no response) 2") == (
        f"sans réponse à CL3{NARROW}: 98 (ne sait pas) 1{NARROW}234, 99 (sans réponse) 2"
    )
    assert tell("no answer in CL7, CL9 and 6 more, each item counted: 9 (odd) 198") == (
        f"sans réponse à CL7, CL9 (+6), chaque question étant comptée{NARROW}: 9 (odd) 198"
    )


def test_labels_and_sentences_within_sentences_are_told() -> None:
    tell = journal(language("es")).told
    assert tell("adults in chains, in the cocoa supply chain") == "adults in chains, en la cadena de suministro: cacao"
    assert tell("status unknown: counted as no") == "situación desconocida: contada como un no"


def test_a_field_may_be_given() -> None:
    tell = journal(language("pt")).told
    assert tell("working children who say yes: Carries loads", itself="cargas").endswith("respondem que sim: cargas")


@pytest.mark.parametrize("code", ["en", *FOREIGN])
def test_what_no_journal_knows_stays(code: str) -> None:
    remark = "The back series was re-estimated in each round (to be verified): compare inside one report only."
    assert journal(language(code)).told(remark) == remark


def test_a_region_tells_what_its_language_tells() -> None:
    brazil = replace(language("pt"), code="pt-BR")
    assert journal(brazil).told("refused") == journal(language("pt")).told("refused") == "recusa"
    assert journal(language("en")).told("refused") == "refused"
