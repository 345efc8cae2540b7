"""Markdown becomes parts of a report; what comes from data stays text."""

from __future__ import annotations

import pytest

from prevalence.errors import ConfigError
from prevalence.report.document.markup import blocks_of, inert, place
from prevalence.report.document.tree import Bullets, Heading, Paragraph, Run

HOSTILE = (
    "# heading",
    "- item",
    "1. item",
    "**strong** _em_ `code`",
    "<script>alert(1)</script>",
    "[link](http://example.org)",
    "&amp; &lt;",
    "a\n\n# b",
    "    four blanks",
    "> quotation",
    "\\*escaped\\*",
    "---",
    "\ue000summary\ue001",
    "{{ 1 + 1 }} {% raw %}",
    "| a | b |",
)


def plain(text: str) -> str:
    return " ".join(text.replace("\ue000", "").replace("\ue001", "").split())


@pytest.mark.parametrize("text", HOSTILE)
def test_an_inert_text_shows_itself(text: str) -> None:
    (made,) = blocks_of(inert(text))
    assert isinstance(made, Paragraph)
    assert [plain(run.text) for run in made.runs] == [plain(text)]


def test_headings_paragraphs_lists_and_looks() -> None:
    made = blocks_of("# One\n\nA *b* **c**\nd `e`\n\n> lead\n\n- x\n- y\n  - z\n\n1. first")
    assert made == (
        Heading(text="One", level=1),
        Paragraph(runs=(Run("A "), Run("b", emphasis=True), Run(" "), Run("c", strong=True), Run(" d "), Run("e", code=True))),
        Paragraph(runs=(Run("lead"),), kind="lead"),
        Bullets(items=((Run("x"),), (Run("y"),), (Run("z"),))),
        Bullets(items=((Run("first"),),), ordered=True),
    )


def test_html_is_text() -> None:
    (made,) = blocks_of("<b>bold</b>")
    assert made == Paragraph(runs=(Run("<b>bold</b>"),))


def test_a_place_holds_its_blocks_and_an_unknown_one_is_an_error() -> None:
    heading = Heading(text="H", level=2)
    assert blocks_of(f"a{place('here')}b", {"here": [heading]})[1] == heading
    with pytest.raises(ConfigError, match=r"The text has a place for 'her', .* Did you mean 'here'\?"):
        blocks_of(place("her"), {"here": []})


def test_no_break_spaces_of_texts_stay() -> None:
    """French thousands and marks would be broken at the end of a line."""
    (paragraph,) = blocks_of(inert("n\u00a0=\u00a02\u00a0218 \n\t[16,8\u00a0; 22,6]"))
    assert paragraph == Paragraph(runs=(Run("n\u00a0=\u00a02\u00a0218 [16,8\u00a0; 22,6]"),))
