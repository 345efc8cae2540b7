"""Languages of tables: complete catalogues, terms of the ILO, catalogues of a user's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import prevalence as pv
from prevalence.classify.chains.table import chain_table
from prevalence.errors import ConfigError, OptionError
from prevalence.estimates import Estimates
from prevalence.plot.words import INTERVALS
from prevalence.report.tables.catalogue import fields_of
from prevalence.report.tables.language import TRANSLATED, WORDS_OF_LEVELS, folded, language, languages

CODES = ("en", "es", "fr", "pt")
ENGLISH = language("en")
EASTERN = """
code = "ar"
name = "العربية"
direction = "rtl"
decimal = "٫"
thousands = "٬"
between = "؛ "
[words]
head_n = "ن"
[labels]
cocoa = "الكاكاو"
Female = "إناث"
All = "المجموع"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own.toml"


def test_four_languages_are_shipped() -> None:
    assert tuple(each.code for each in languages()) == CODES


@pytest.mark.parametrize("code", CODES)
def test_catalogues_hold_the_same_keys_with_the_same_fields(code: str) -> None:
    words = language(code)
    assert words.words.keys() == ENGLISH.words.keys()
    assert words.labels.keys() == ENGLISH.labels.keys()
    assert words.sentences.keys() == ENGLISH.sentences.keys()
    assert all(words.words.values()) and all(words.labels.values()) and all(words.sentences.values())
    assert {key: set(fields_of(text)) for key, text in words.words.items()} == {
        key: set(fields_of(text)) for key, text in ENGLISH.words.items()
    }
    assert [set(fields_of(text)) for text in words.sentences.values()] == [set(fields_of(key)) for key in words.sentences]


@pytest.mark.parametrize("code", [code for code in CODES if code != "en"])
def test_nothing_but_names_and_signs_is_left_in_english(code: str) -> None:
    """Sentences that are the same in two languages were not translated."""
    words = language(code)
    untouched = {key for key, text in words.sentences.items() if text == ENGLISH.sentences[key]}
    assert untouched <= {"t", "Korn-Graubard", "{value}%", "{who}: {reason}"}
    same = {key for key, text in words.words.items() if text == ENGLISH.words[key] and len(text) > 4 and " " in text}
    assert same <= {"head_cv"}


@pytest.mark.parametrize("code", CODES)
def test_every_chain_has_a_name(code: str) -> None:
    assert language(code).missing(chain_table().names) == ()
    assert all(folded(chain) in ENGLISH.labels for chain in chain_table().names)


@pytest.mark.parametrize("code", [code for code in CODES if code != "en"])
def test_definitions_rules_of_mics_and_dhs_and_disclosure_control_are_translated(code: str) -> None:
    words = language(code)
    reasons = [clause.reason for name in ("mics", "dhs") for clause in pv.report.rule(name).clauses if clause.reason]
    told = [
        *reasons,
        *(pv.report.rule(name).title for name in ("mics", "dhs")),
        "fewer than 25 observations",
        "to protect people",
    ]
    told += [each.title for kind in ("child-labour", "forced-labour") for each in pv.classify.definitions(kind)]
    told += [method for method in INTERVALS.values() if " " in method]
    assert [text for text in told if words.sentence(text) == text] == []


def test_terms_are_those_of_the_ilo() -> None:
    terms = {code: [language(code).label(name) for name in ("child_labour", "hazardous_work", "forced_labour")] for code in CODES}
    assert terms == {
        "en": ["Child labour", "Hazardous work", "Forced labour"],
        "fr": ["Travail des enfants", "Travaux dangereux", "Travail forcé"],
        "es": ["Trabajo infantil", "Trabajo peligroso", "Trabajo forzoso"],
        "pt": ["Trabalho infantil", "Trabalho perigoso", "Trabalho forçado"],
    }


@pytest.mark.parametrize(
    ("code", "text"), [("en", "1,234,567.9"), ("fr", "1 234 567,9"), ("es", "1 234 567,9"), ("pt", "1.234.567,9")]
)
def test_numbers_have_the_marks_of_the_language(code: str, text: str) -> None:
    assert language(code).number(1234567.89).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (23.44, False, "23.4"),
        (-0.04, True, "0.0"),
        (0.04, True, "0.0"),
        (1.26, True, "+1.3"),
        (-9.06, True, "−9.1"),
        (-9.06, False, "−9.1"),
    ],
)
def test_numbers_have_one_decimal_and_a_true_minus(value: float, signed: bool, text: str) -> None:
    assert ENGLISH.number(value, signed=signed) == text


def test_labels_do_not_depend_on_case_and_underlines_and_unknown_ones_are_printed_as_they_are() -> None:
    french = language("fr")
    assert french.label("Child Labour") == french.label("child_labour") == "Travail des enfants"
    assert french.label("Haut-Sassandra") == "Haut-Sassandra"
    assert french.label("5-11") == "5-11"
    assert french.label("child_labour_in_palm_oil") == "Travail des enfants (huile de palme)"
    assert french.compared("Female - Male") == "Féminin − Masculin"
    assert french.missing(["cocoa", "Zanzan", "XAA", "5-17", "child_labour_in_cocoa", "Zanzan"]) == ("Zanzan",)


def test_numbers_in_sentences_are_kept() -> None:
    french = language("fr")
    assert french.sentence("fewer than 30 observations").endswith("moins de 30 cas non pondérés")
    assert french.sentence("coefficient of variation above 16.5 and up to 33.3 %: use with caution").startswith(
        "coefficient de variation de plus de 16,5"
    )
    assert french.sentence("something that nobody translated") == "something that nobody translated"


def test_figures_take_a_language_as_their_labels() -> None:
    french = language("fr")
    assert [french.text(text) for text in (".", "cocoa", "unknown words")] == [",", "Cacao", "unknown words"]


def test_an_own_catalogue_adds_to_a_shipped_one(own: Path) -> None:
    own.write_text(
        'extends = "fr"\nthousands = ""\n[labels]\n"Zanzan" = "District du Zanzan"\nFemale = "Filles"\n', encoding="utf-8"
    )
    words = language(own)
    assert (words.code, words.label("zanzan"), words.label("Female"), words.label("Male")) == (
        "fr",
        "District du Zanzan",
        "Filles",
        "Masculin",
    )
    assert words.number(1234.5) == "1234,5"
    assert words.say("notes") == "Notes"


def test_a_table_in_a_script_from_right_to_left(own: Path, table: Estimates) -> None:
    own.write_text(EASTERN, encoding="utf-8")
    made = pv.report.table(table, language=own)
    assert (made.language, made.direction) == ("ar", "rtl")
    assert made.rows[0].label == "الكاكاو"
    assert made.columns[0].spanners == ("إناث",)
    assert made.columns[2].head == "ن"
    assert re.fullmatch(r"\(\d+٫\d\)", made.rows[0].cells[0].text)
    assert made.notes[0].text.startswith("Percent of people in scope")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('extends = "frr"', "extends must be one of .* Did you mean 'fr'"),
        ('[words]\nnotess = "N"', "words.notess: unknown key. Did you mean 'notes'"),
        ('[words]\nstatus = "{stand}"', "words.status: unknown field 'stand'; known are 'status'"),
        ('[words]\nstatus = "{status"', "words.status: braces must hold a field"),
        ('[words]\nstatus = "{status:d}"', "words.status: the field 'status' must stand alone"),
        ('[sentences]\n"fewer than {n} observations" = "{m}"', "unknown field 'm'; known are 'n'"),
        ("colour = 1", "colour"),
        ('direction = "up"', "direction"),
    ],
)
def test_faults_of_an_own_catalogue_are_one_clear_error(own: Path, text: str, message: str) -> None:
    own.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        language(own)


def test_unknown_languages_and_words_are_errors(own: Path) -> None:
    with pytest.raises(OptionError, match="Did you mean 'fr'"):
        language("frr")
    with pytest.raises(ConfigError, match=r"own\.toml"):
        language(own)
    with pytest.raises(OptionError, match="Did you mean 'notes'"):
        ENGLISH.say("nots")


def test_labels_without_translation_are_listed_where_all_are_asked_for(own: Path, children: pv.Survey) -> None:
    estimates = pv.prevalence(children, "child_labour", by=["supply_chain", "sex"], margins=True)
    assert pv.report.table(estimates, language="fr", strict=True).language == "fr"
    own.write_text('extends = "fr"\n', encoding="utf-8")
    raw = pv.prevalence(children, "chain_cocoa", by="sex")
    with pytest.raises(OptionError, match=r"Every label needs a word in français; 1 have none: 'chain_cocoa'.*\[labels\]"):
        pv.report.table(raw, rows=["indicator"], language=own, strict=True)


@pytest.mark.parametrize(
    ("text", "dimension", "said"),
    [
        ("Female", "sex", "Féminin"),
        ("urban", "area", "Urbain"),
        ("All", "region", "Ensemble"),
        ("NO", "country", "NO"),
        ("No", "attends_school", "Non"),
        ("State", "school_type", "State"),
        ("state", "forced_labour_type", "Imposé par l’État"),
        ("cocoa", "supply_chain", "Cacao"),
        ("Cocoa", "school_type", "Cocoa"),
        ("Mean", "class", "Mean"),
        ("a_b", "area", "a_b"),
        ("A b", "area", "A b"),
        ("0.25", "probability", "0,25"),
    ],
)
def test_levels_of_data_are_translated_where_they_are_common_words_and_else_kept(text: str, dimension: str, said: str) -> None:
    assert language("fr").level(text, dimension).replace("'", "’") == said


def test_english_keeps_the_levels_of_the_data(own: Path) -> None:
    texts = ["State", "NO", "urban", "a_b", "A b", "none"]
    assert [ENGLISH.level(text, "school_type") for text in texts] == texts
    assert ENGLISH.level("footwear_leather", "supply_chain") == ENGLISH.label("footwear_leather")
    own.write_text('[labels]\nNO = "Norway"\nState = "Public"\n', encoding="utf-8")
    assert [language(own).level(text, "country") for text in ("NO", "State", "Urban")] == ["Norway", "Public", "Urban"]


def test_levels_that_may_be_translated_have_a_label() -> None:
    assert ENGLISH.labels.keys() >= WORDS_OF_LEVELS


def test_figures_keep_codes_too() -> None:
    french = language("fr")
    assert [french.text(text) for text in ("NO", "State", "No")] == ["NO", "State", "Non"]
    assert french.text("state") == french.label("state")


def test_levels_that_stay_as_they_are_count_as_untranslated() -> None:
    french = language("fr")
    assert french.missing_levels(["State", "Urban", "All", "NO", "5-11"], "school_type") == ("State",)
    assert french.missing_levels(["cocoa", "Zanzan"], "supply_chain") == ("Zanzan",)
    assert language("es").missing_levels(["Yes", "No", "Formal"], "answer") == ()


def test_a_language_of_ones_own_lacks_the_levels_that_it_does_not_say(own: Path) -> None:
    own.write_text(EASTERN, encoding="utf-8")
    eastern = language(own)
    assert [eastern.level(text, "sex") for text in ("Female", "male")] == ["إناث", "male"]
    assert eastern.missing_levels(["Female", "Male"], "sex") == ("Male",)


def test_translated_languages_are_all_but_english() -> None:
    assert {*TRANSLATED, "en"} == set(CODES)
