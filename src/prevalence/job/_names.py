"""What indicators and definitions are called in figures and on the page."""

from __future__ import annotations

from prevalence.estimates import Estimates
from prevalence.report.tables.language import language

DEFINITIONS = {
    "sdg-8.7.1": "SDG indicator 8.7.1",
    "sdg-8.7.1-general": "SDG indicator 8.7.1 with chores",
    "mics4": "MICS4",
    "mics5": "MICS5",
    "mics6": "MICS6",
    "mics6-2017": "MICS6 of 2017",
    "ilo-global-estimates": "ILO Global Estimates",
    "ucw": "UCW",
}
"""Names of shipped definitions of child labour; others bear their own."""


def names_of(estimates: Estimates) -> dict[str, str]:
    """Return words for the indicators and definitions of a table; of several definitions of one thing, the definitions are named."""
    indicators = list(dict.fromkeys(text for key in estimates.keys if key.name == "indicator" for text in key.texts()))
    rules = estimates.provenance.definitions
    names = {name: language("en").label(name) for name in indicators}
    if len(indicators) > 1:
        names |= {name: called(rules[name].name) for name in indicators if name.startswith("child_labour") and name in rules}
    return names | DEFINITIONS


def called(definition: str) -> str:
    """Return the name of a definition for print."""
    return DEFINITIONS.get(definition, definition)
