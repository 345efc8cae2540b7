"""What indicators and definitions are called in figures and on the page."""

from __future__ import annotations

from prevalence.job.tables import Table
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


def names_of(table: Table) -> dict[str, str]:
    """Return words for the indicators of a table and for the definitions that it compares, where it has several."""
    indicators = dict.fromkeys(text for key in table.estimates.keys if key.name == "indicator" for text in key.texts())
    if len(indicators) < 2 or not table.detail:
        return dict(DEFINITIONS)
    return {name: language("en").label(name) for name in indicators} | dict(table.names) | DEFINITIONS


def called(definition: str) -> str:
    """Return the name of a definition for print."""
    return DEFINITIONS.get(definition, definition)
