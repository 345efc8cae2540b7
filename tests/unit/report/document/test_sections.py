"""Templates: the user's own go before the shipped ones; a field that there is not is one clear error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prevalence.design import DF_RULES, LONELY_PSU, SELECTIONS
from prevalence.errors import ConfigError
from prevalence.report.document.facts import Figures, Finding
from prevalence.report.document.sections import FOLDER, SECTIONS, Sections, check_templates
from prevalence.report.document.tree import Heading, Paragraph, Run

WHOLE = Figures(label="All", value="19.6", interval="[16.8, 22.6]", n="2,218")
FOUND = Finding(
    place="# Land *X*",
    indicator="child labour",
    survey="s",
    level="95",
    whole=WHOLE,
    female=None,
    male=None,
    gap=None,
    chain=None,
    chains=False,
)


@pytest.mark.parametrize("language", ["en", "fr", "es", "pt"])
def test_every_section_has_a_shipped_template(language: str) -> None:
    assert {path.name for path in (FOLDER / language).glob("*.j2")} == {f"{section}.md.j2" for section in SECTIONS}


@pytest.mark.parametrize(
    ("language", "of_each", "none"),
    [
        ("en", "15.0% among females and 24.0% among males", "No supply chain is told apart from everyone as higher"),
        (
            "fr",
            "15.0\\xa0% parmi les personnes de sexe féminin et 24.0\\xa0% parmi celles",
            "Aucune chaîne d'approvisionnement ne se distingue",
        ),
        (
            "es",
            "15.0\\xa0% entre las personas de sexo femenino y 24.0\\xa0% entre las",
            "Ninguna cadena de suministro se distingue",
        ),
        ("pt", "15.0% entre as pessoas do sexo feminino e 24.0% entre as do", "Nenhuma cadeia de abastecimento se distingue"),
    ],
)
def test_the_summary_gives_shares_of_each_sex_and_no_chain_that_is_not_told_apart(language: str, of_each: str, none: str) -> None:
    sexes = {"female": Figures(label="Female", value="15.0"), "male": Figures(label="Male", value="24.0")}

    def said(**more: Any) -> str:
        blocks = Sections(language).render(
            "summary", {"findings": (replace(FOUND, **(sexes | more)),)}, {"summary": (), "key-figures": ()}
        )
        return " ".join(repr(blocks).split())

    assert of_each in said()
    assert none not in said()
    assert none in said(chains=True)
    cocoa = Figures(label="cocoa", value="+9.0", interval="[+1.0, +17.0]")
    assert "cocoa" in said(chains=True, chain=cocoa) and none not in said(chains=True, chain=cocoa)


def test_ones_own_template_replaces_a_section(tmp_path: Path) -> None:
    (tmp_path / "summary.md.j2").write_text("# Mine\n\n{% for f in findings %}{{ f.place }}: {{ f.whole.value }}{% endfor %}")
    made = Sections("en", tmp_path).render("summary", {"findings": (FOUND,)})
    assert made == (Heading(text="Mine", level=1), Paragraph(runs=(Run("# Land *X*: 19.6"),)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ findings[0].whole.valeu }}", r"summary\.md\.j2 cannot be filled: .*no attribute 'valeu'.* Did you mean 'value'\?"),
        ("{{ finding }}", r"summary\.md\.j2 cannot be filled: 'finding' is undefined.* Did you mean 'findings'\?"),
        ("{% if %}", r"summary\.md\.j2 is not well written: line 1"),
        ("{{ place('tables') }}", r"summary\.md\.j2 has a place for 'tables'"),
        ("{{ findings[0].whole.value + 1 }}", r"summary\.md\.j2 cannot be filled"),
        ("{{ findings.__class__.__mro__ }}", r"summary\.md\.j2 cannot be filled"),
        ("{% include 'other.md.j2' %}", r"There is no template 'other\.md\.j2'"),
    ],
)
def test_a_faulty_template_is_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "summary.md.j2").write_text(text)
    with pytest.raises(ConfigError, match=message):
        Sections("en", tmp_path).render("summary", {"findings": (FOUND,)})


def test_a_misspelt_template_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "sumary.md.j2").write_text("x")
    with pytest.raises(ConfigError, match=r"found 'sumary\.md\.j2'\. Did you mean 'summary\.md\.j2'\?"):
        check_templates(tmp_path)


def test_a_language_without_templates_takes_the_english_ones() -> None:
    assert Sections("xx").render("summary", {"findings": (FOUND,)}, {"summary": (), "key-figures": ()}) == Sections("en").render(
        "summary", {"findings": (FOUND,)}, {"summary": (), "key-figures": ()}
    )


@pytest.mark.parametrize("language", ["en", "fr", "es", "pt"])
def test_the_method_has_a_sentence_for_every_option_of_a_design(language: str) -> None:
    text = (FOLDER / language / "method.md.j2").read_text(encoding="utf-8")
    assert [rule for rule in DF_RULES if f'design.df == "{rule}"' not in text] == []
    assert [rule for rule in LONELY_PSU if f'design.lonely == "{rule}"' not in text] == []
    assert [each for each in SELECTIONS[1:3] if f'design.selection == "{each}"' not in text] == []
