"""Words: captions say definition, version, count and interval, reveal nothing withheld, and can be said in another language."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import prevalence as pv
from prevalence.errors import OptionError
from prevalence.estimates import Estimates
from prevalence.plot.words import Words
from prevalence.survey import Survey

from .conftest import Masked, rows_where

FRENCH = {
    "Female": "Filles",
    "Male": "Garçons",
    "All": "Ensemble",
    "cocoa": "Cacao",
    "child_labour": "Travail des enfants",
    "{value}%": "{value} %",
    "n = {n} (unweighted)": "n = {n} (non pondéré)",
    "{level}% interval ({method})": "intervalle à {level} % ({method})",
    "{a} minus {b}": "{a} moins {b}",
    "percentage points": "points de pourcentage",
    "withheld": "non publié",
    "Withheld estimates are not drawn.": "Les estimations non publiées ne sont pas dessinées.",
    ".": ",",
    ",": " ",
}


def axes() -> Axes:
    return Figure(figsize=(6, 4)).add_subplot()


def said(ax: Axes) -> str:
    return " | ".join(" ".join(text.get_text().split()) for text in ax.texts)


def test_caption_says_definition_version_count_and_interval(chains: Estimates) -> None:
    assert (
        pv.plot.caption(chains) == "Child labour (sdg-8.7.1, March 2019); n = 1,200 (unweighted); 95% interval (Korn-Graubard)."
    )
    assert pv.plot.caption(chains.ci(0.9, method="mics")).endswith("interval (estimate plus and minus 2 standard errors).")
    assert pv.plot.caption(chains.ci(0.99, method="logit")).endswith("99% interval (logit).")
    assert "interval" not in pv.plot.caption(chains, intervals=False)


def test_caption_stands_below_the_figure_unless_refused(chains: Estimates) -> None:
    assert pv.plot.caption(chains) in said(pv.plot.dots(chains, ax=axes()))
    assert "sdg-8.7.1" not in said(pv.plot.dots(chains, caption=False, ax=axes()))


def test_count_is_not_said_where_it_would_tell_of_a_withheld_row(children: Survey, chains: Estimates) -> None:
    sexes = pv.prevalence(children, "child_labour", by="sex")
    assert "n = 1,200" in pv.plot.caption(sexes)
    assert "n =" not in pv.plot.caption(Masked(sexes, rows_where(sexes, sex="Male")))
    assert "n = 1,200" in pv.plot.caption(Masked(chains, rows_where(chains, chain="mining")))


def test_count_of_a_distribution_is_that_of_its_people(children: Survey) -> None:
    assert "n = 1,200" in pv.plot.caption(pv.distribution(children, "age_group"))


def test_caption_of_several_indicators_gives_the_range_of_counts(children: Survey) -> None:
    data = children.data.assign(dust=children.data["dust"].where(children.data.index >= 100))
    table = pv.prevalence(Survey(data, children.design, codebook=children.codebook), ["loads", "dust"], by="sex")
    assert pv.plot.caption(table) == "n = 1,100 to 1,200 (unweighted); 95% interval (Korn-Graubard)."


def test_figures_speak_the_language_of_their_labels(chains: Estimates) -> None:
    hidden = Masked(chains, rows_where(chains, chain="cocoa", sex="Female"))
    ax = pv.plot.dots(hidden, labels=FRENCH, ax=axes())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Filles", "Garçons", "Ensemble"]
    assert "Travail des enfants (sdg-8.7.1, March 2019); n = 1 200 (non pondéré); intervalle à 95 % (Korn-Graubard)." in said(ax)
    assert "Filles: non publié" in said(ax)
    assert ax.xaxis.get_major_formatter()(2.5, 0) == "2,5 %"
    assert pv.plot.gap(chains, labels=FRENCH, ax=axes()).get_xlabel() == "Filles moins Garçons, points de pourcentage"


def test_labels_may_be_a_function(chains: Estimates) -> None:
    ax = pv.plot.dots(chains, labels=lambda text: FRENCH.get(text, text), ax=axes())
    assert next(label.get_text() for label in ax.get_yticklabels()) == "Cacao"


def test_labels_with_unknown_fields_are_refused() -> None:
    with pytest.raises(OptionError, match="Keep the braces"):
        Words({"target: {value}": "but: {valeur}"}).say("target: {value}", value="5%")


def test_trajectory_speaks_the_language_of_its_labels() -> None:
    labels = {"at the observed rate:": "au taux observé :", "{value}%": "{value} %", ".": ","}
    ax = pv.plot.trajectory([2014, 2022], [0.22, 0.18], se=[0.01, 0.01], target=0.05, labels=labels, about="Enfants.", ax=axes())
    assert "au taux observé : 14,7 %" in said(ax)
    assert "Enfants. Progress:" in said(ax)
    assert ax.yaxis.get_major_formatter()(5.0, 0) == "5 %"


def test_numbers_keep_their_marks_apart() -> None:
    assert Words({".": ",", ",": "."}).number(-1234.5, 1) == "−1.234,5"
    assert [Words().tick(value) for value in (0.25, 20.0, 1e6, -5.0)] == ["0.25", "20", "1,000,000", "−5"]


def test_all_that_figures_say_can_be_translated() -> None:
    """Every text given to ``say`` in the room, and every constant that is, stands in the list for translators."""
    folder = Path(pv.plot.__file__).parent
    found = set()
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "say" and node.args:
                first = node.args[0]
                found |= {first.value} if isinstance(first, ast.Constant) else set()
    assert found
    assert found - {""} <= set(pv.plot.WORDS)
