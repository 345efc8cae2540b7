"""What the shipped catalogues must say: words of figures, dimensions, reliability rules, disclosure control; marks and terms."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import prevalence as pv
from prevalence.baseline.classes import CLASSES
from prevalence.classify import definitions
from prevalence.report import Disclosure
from prevalence.report.tables.catalogue import fields_of
from prevalence.report.tables.language import language
from prevalence.report.tables.standard.shells import shells
from prevalence.report.tables.translated import translations

FOREIGN = ("es", "fr", "pt")
MARKS = (".", ",", "; ")
"""Marks of numbers and between parts stand among the words of figures."""
NAMES = {"t", "Korn-Graubard"}


def said_by_rules() -> list[str]:
    """Return titles, flags and reasons of all shipped rules; flags of one letter are symbols."""
    rules = pv.report.rules()
    texts = [text for rule in rules for text in (rule.title, *(text for c in rule.clauses for text in (c.flag, c.reason)))]
    return sorted({text for text in texts if len(text) > 1})


def all_texts(code: str) -> Iterator[str]:
    words = language(code)
    yield from words.words.values()
    yield from words.labels.values()
    yield from words.sentences.values()
    yield from translations(code).values()


@pytest.mark.parametrize("code", ["en", *FOREIGN])
def test_every_word_of_figures_is_in_the_catalogue_with_its_fields(code: str) -> None:
    sentences = language(code).sentences
    texts = [text for text in pv.plot.WORDS if text not in MARKS]
    assert [text for text in texts if text not in sentences] == []
    assert [text for text in texts if set(fields_of(sentences[text])) != set(fields_of(text))] == []


def test_english_figures_say_what_they_say_without_a_catalogue() -> None:
    english = language("en")
    assert [text for text in pv.plot.WORDS if english.text(text) != text] == []


@pytest.mark.parametrize("code", FOREIGN)
def test_figures_take_their_words_from_a_language(code: str) -> None:
    words = language(code)
    same = {text for text in pv.plot.WORDS if words.text(text) == text}
    assert same <= NAMES | {"{value}%", "{who}: {reason}", *MARKS}


@pytest.mark.parametrize("code", FOREIGN)
def test_titles_flags_and_reasons_of_all_rules_are_translated(code: str) -> None:
    words = language(code)
    assert [text for text in said_by_rules() if words.sentence(text) == text] == []


@pytest.mark.parametrize("code", FOREIGN)
def test_numbers_of_reasons_are_kept(code: str) -> None:
    words = language(code)
    told = {text: re.findall(r"\d+(?:[.,]\d+)?", words.sentence(text)) for text in said_by_rules()}
    wrong = {text: found for text, found in told.items() if sorted(found) != sorted(_marked(text))}
    assert wrong == {}


def _marked(text: str) -> list[str]:
    return [number.replace(".", ",") for number in re.findall(r"\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize("code", FOREIGN)
def test_statuses_and_disclosure_control_are_translated(code: str) -> None:
    words = language(code)
    statuses = {each.status for kind in ("child-labour", "forced-labour") for each in definitions(kind)} | {
        "verified",
        "to be verified",
    }
    told = [
        *statuses,
        "to protect people",
        "withheld to protect people",
        "fewer than 25 observations",
        "withheld",
        "would be withheld",
    ]
    assert [text for text in told if words.sentence(text) == text] == []


@pytest.mark.parametrize("code", FOREIGN)
def test_dimensions_of_standard_tables_and_classes_of_progress_have_labels(code: str) -> None:
    words = language(code)
    assert words.missing(sorted({name for shell in shells().values() for name in shell.rows})) == ()
    assert words.missing([name for names in CLASSES.values() for name in names]) == ()


def test_labels_of_dimensions_in_english() -> None:
    english = language("en")
    assert [
        english.label(name) for name in ("functional_difficulty", "mother_functional_difficulty", "head_sex", "head_education")
    ] == [
        "Functional difficulty",
        "Mother's functional difficulty",
        "Sex of the household head",
        "Education of the household head",
    ]


def test_french_has_no_break_spaces_before_double_marks_and_percent() -> None:
    broken = [text for text in all_texts("fr") if re.search(r" [:;?!»]|« |\d %|\} %|[^\s\d(,]:(?= |$)", text)]
    assert broken == []


def test_spanish_has_no_break_spaces_before_percent_and_portuguese_none() -> None:
    assert [text for text in all_texts("es") if re.search(r"[\d}] ?%", text)] == []
    assert [text for text in all_texts("pt") if re.search(r"[\d}]\s%", text)] == []


@pytest.mark.parametrize(
    ("code", "avoided"),
    [
        ("fr", r"erreurs? standard|\bES\b|très indicatif|vérité|masqu|cas effectifs|astreint au travail|seuil d'âge"),
        ("es", r"quehacer|\bverdad\b|casos efectivos|umbral de edad|\bpesos\b|en la ocupación por"),
        ("pt", r"\bpesos\b|\bverdade\b|casos efetivos|limiar de idade|na ocupação|em ocupação"),
    ],
)
def test_terms_that_mislead_are_avoided(code: str, avoided: str) -> None:
    assert [text for text in all_texts(code) if re.search(avoided, text, re.IGNORECASE if code != "fr" else 0)] == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            "fr",
            "intervalle donné à titre purement indicatif\u00a0: moins de 5 cas, la vraie valeur peut bien se situer au-dessus",
        ),
        ("es", "intervalo solo orientativo: menos de 5 casos, el valor real bien puede estar por encima"),
        ("pt", "intervalo apenas indicativo: menos de 5 casos, o valor real pode bem estar acima"),
    ],
)
def test_an_interval_that_is_a_rough_guide_is_said_to_be_one(code: str, text: str) -> None:
    assert language(code).sentence("interval a rough guide: fewer than 5 cases, the truth may well lie above it") == text


ROUNDINGS = (
    Disclosure(round_counts=5, round_people=1000, decimals=1),
    Disclosure(round_counts=10, round_people=100, decimals=0),
    Disclosure(round_people=100),
    Disclosure(decimals=2),
)
"""Rules of disclosure control that together say every note on rounding."""


@pytest.mark.parametrize("code", FOREIGN)
def test_every_note_of_disclosure_control_is_translated_with_its_numbers(code: str) -> None:
    words = language(code)
    notes = dict.fromkeys(note for rules in ROUNDINGS for note in rules.notes())
    assert len(notes) > 6
    for note in notes:
        said = words.sentence(note)
        assert said != note
        assert re.findall(r"\d[\d.,\u00a0]*\d|\d", said) == [words.marked(each) for each in re.findall(r"\d[\d,]*\d|\d", note)]
