"""The definitions of what a report shows, a row for each standard: hazards, signs and chains that are defined alike stand in one row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from prevalence.job.details import DEFINITIONS, ELEMENTS, HAZARDS
from prevalence.job.reporting.grids import Style
from prevalence.job.reporting.several import names_of, told_rule
from prevalence.job.tables import IN_CHAIN, Answers
from prevalence.provenance import Definition

ALIKE = {
    IN_CHAIN: re.compile(r"(?P<title>.+), in the .+ supply chain"),
    HAZARDS: re.compile(r"working children who say yes: .+"),
    ELEMENTS: re.compile(r"adults who say yes of the main job: .+"),
}
"""Titles of indicators that are defined alike, by the table that shows them."""
Row = tuple[str, str, str, str]


def definitions_of(answer: Answers) -> tuple[Definition, ...]:
    """Return the definitions of what the tables show, and of the families of chains, as they are recorded."""
    known = answer.provenance.definitions
    shown = [text for table in answer.tables for key in table.estimates.keys if key.name == "indicator" for text in key.texts()]
    own = {name: rule for table in answer.tables for name, rule in table.estimates.provenance.definitions.items()}
    wanted = dict.fromkeys([*shown, *answer.prepared.survey.families])
    found = [known.get(name) or own.get(name) for name in wanted]
    return tuple(rule for rule in found if rule is not None)


def defined(answer: Answers, definitions: Sequence[Definition], style: Style) -> tuple[Row, ...]:
    """Return definitions as rows: indicator, what it counts, standard with its source, status."""
    labels = _labels(answer, style)
    rows = (_row(rule, labels, answer.prepared.plan.measure, style) for rule in definitions)
    return tuple(dict.fromkeys(rows))


def _row(rule: Definition, labels: Mapping[str, str], measure: str, style: Style) -> Row:
    told, say = told_rule(rule, style), style.phrases.say
    label, title = labels.get(rule.indicator) or style.words.label(rule.indicator), told.title
    for name, pattern in ALIKE.items():
        if found := pattern.fullmatch(rule.title):
            base = style.journal.told(found.groupdict().get("title", ""))
            label = say(f"alike_{name}", indicator=style.words.label(measure))
            title = say(f"counts_{name}", title=base)
    options = (f"{key}: {value}" for key, value in told.options.items())
    standard = "; ".join([f"{told.name}, {told.version}", *options])
    return label, title, f"{standard}. {told.source}", style.words.sentence(rule.status)


def _labels(answer: Answers, style: Style) -> dict[str, str]:
    """Return what indicators are called, definitions beside the configured one in parentheses after its indicator."""
    measure = answer.prepared.plan.measure
    labels: dict[str, str] = {}
    for table in answer.tables:
        for name, text in names_of(table, style).items():
            labels[name] = f"{style.words.label(measure)} ({text})" if table.id == DEFINITIONS else text
    return {name: text for name, text in labels.items() if name != measure}
