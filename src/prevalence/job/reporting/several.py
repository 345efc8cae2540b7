"""Tables of several indicators in a report: hazards by age, elements by chain, definitions by age; what is named how in its language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from prevalence.estimates import key_named
from prevalence.job.details import AGE, DEFINITIONS, ELEMENTS, HAZARDS, NUMBERS, WHOLES
from prevalence.job.reporting.grids import Style, slug
from prevalence.job.surveys import COUNTRY
from prevalence.job.tables import CHAIN, Table
from prevalence.provenance import Definition
from prevalence.report import Published, table
from prevalence.report.tables.grid import Table as Grid
from prevalence.report.tables.language import BASE, folded, uncapitalised

TOPICS = (NUMBERS, HAZARDS, ELEMENTS, DEFINITIONS)
"""Tables that go beyond prevalence, each a topic of its own, in the order of the report."""
ACROSS = {HAZARDS: AGE, ELEMENTS: CHAIN, DEFINITIONS: AGE}
"""The dimension across tables of several indicators."""


def named(of: Table, style: Style) -> Style:
    """Return the style in which the indicators of a table bear the names that they have in its language."""
    texts = {folded(name): text for name, text in names_of(of, style).items()}
    words, labels = style.words, {**style.words.labels, **texts}
    if not style.phrases.has(f"percent_{of.among}"):
        return replace(style, words=replace(words, labels=labels))
    about = style.phrases.say(f"percent_{of.among}")
    said = {"what_percent": about}, {"Percent.": f"{about}."}
    return replace(
        style, words=replace(words, labels=labels, words={**words.words, **said[0]}, sentences={**words.sentences, **said[1]})
    )


def names_of(of: Table, style: Style) -> dict[str, str]:
    """Return what the indicators of a table are called: definitions by their names, items as the catalogue says, else as the data do.

    In English the words of the questionnaire go first.
    """
    indicators = dict.fromkeys(text for key in of.estimates.keys if key.name == "indicator" for text in key.texts())
    if len(indicators) < 2 or not of.detail:
        return {}
    return dict(_names(of, indicators, style))


def grid_of_several(of: Table, part: Published, style: Style, *, name: str, title: str) -> Grid:
    """Return indicators down and one dimension across, without levels that nobody has; `style` as `named` gives it."""
    across = ACROSS[of.id]
    there = part.estimates.numbers.n > 0
    key = key_named(part.estimates.keys, across)
    levels = [label for label in dict.fromkeys(key.texts()) if any(there & (key.codes == key.code_of(label)))]
    shown = part.select(**{across: levels})
    return table(
        shown, rows="indicator", columns=across, show="ci", rule=style.rule, language=style.words, title=title, name=slug(name)
    )


def told(part: Published, style: Style) -> Published:
    """Return a table of one country without its name, which titles say, and with definitions in the language of the report."""
    estimates, provenance = part.estimates, part.estimates.provenance
    rules = {name: told_rule(rule, style) for name, rule in provenance.definitions.items()}
    keys = tuple(key for key in estimates.keys if key.name != COUNTRY)
    return replace(part, estimates=replace(estimates, keys=keys, provenance=replace(provenance, definitions=rules)))


def told_rule(rule: Definition, style: Style) -> Definition:
    """Return a definition in the language of the report; what its standard calls itself, and its source, stay as they are written."""
    tell, name = style.journal.told, style.words.label(rule.indicator)
    title = tell(rule.title, itself=uncapitalised(name))
    return replace(rule, name=tell(rule.name), version=tell(rule.version), title=title, source=tell(rule.source))


def _names(of: Table, indicators: Mapping[str, None], style: Style) -> Iterator[tuple[str, str]]:
    words, own = style.words, dict(of.names)
    rules = of.estimates.provenance.definitions
    english = words.code.split("-")[0] == BASE
    for name in indicators:
        if of.id == DEFINITIONS:
            known = folded(rules[name].name) in words.labels
            yield name, words.label(rules[name].name) if known else rules[name].name
        elif name in WHOLES.values():
            yield name, style.phrases.say("any_job", element=words.label(name))
        elif name in own and (english or folded(name) not in words.labels):
            yield name, own[name]
        else:
            yield name, words.label(name)
