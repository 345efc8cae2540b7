"""What may be shown of estimates and how: disclosure and reliability rules, publication tables, the report, files for others.

``document`` reads surveys, which stands above this room: it is resolved on first use, in `prevalence.job.reporting`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from prevalence.report.checking._check_script import CheckScript
from prevalence.report.checking._r_script import r_script
from prevalence.report.checking._stata_script import stata_script
from prevalence.report.disclosure._attack import attack
from prevalence.report.disclosure._published import Published, published
from prevalence.report.disclosure._suppressions import suppressions
from prevalence.report.disclosure._withheld import withheld, withheld_contrasts
from prevalence.report.disclosure.rules import Disclosure, disclosure_rules
from prevalence.report.document.written import ReportFiles
from prevalence.report.exchange._layouts import Layout, layout, layouts
from prevalence.report.exchange._observations import Observations, read_sdmx_csv
from prevalence.report.exchange._sdmx import sdmx
from prevalence.report.exchange._status import ObservationStatus, observation_status
from prevalence.report.exchange._write_back import WrittenFile, write_back
from prevalence.report.formats._save import save
from prevalence.report.formats.html import great_table
from prevalence.report.reliability._reliability import Reliability, Verdict, reliability
from prevalence.report.reliability._rules import Rule, copy_rule, rule, rules
from prevalence.report.tables._table import table
from prevalence.report.tables.grid import Cell, Column, Note, Row, Table
from prevalence.report.tables.language import Language, language, languages
from prevalence.report.tables.rounds import baseline_table, change_tables, progress_tables
from prevalence.report.tables.standard._sampling_errors import sampling_errors
from prevalence.report.tables.standard._standard import StandardTables, standard, standard_tables

if TYPE_CHECKING:
    from prevalence.job.reporting._document import document

__all__ = [
    "Cell",
    "CheckScript",
    "Column",
    "Disclosure",
    "Language",
    "Layout",
    "Note",
    "ObservationStatus",
    "Observations",
    "Published",
    "Reliability",
    "ReportFiles",
    "Row",
    "Rule",
    "StandardTables",
    "Table",
    "Verdict",
    "WrittenFile",
    "attack",
    "baseline_table",
    "change_tables",
    "copy_rule",
    "disclosure_rules",
    "document",
    "great_table",
    "language",
    "languages",
    "layout",
    "layouts",
    "observation_status",
    "progress_tables",
    "published",
    "r_script",
    "read_sdmx_csv",
    "reliability",
    "rule",
    "rules",
    "sampling_errors",
    "save",
    "sdmx",
    "standard",
    "standard_tables",
    "stata_script",
    "suppressions",
    "table",
    "withheld",
    "withheld_contrasts",
    "write_back",
]

_ABOVE = {"document": "prevalence.job.reporting._document"}


if not TYPE_CHECKING:  # a checker that saw __getattr__ would accept any name
    del document  # the folder of this name, which an import above has bound: the public name is the function

    def __getattr__(name: str) -> object:
        """Return a public name that a room above owns, and keep it for the next time."""
        if name not in _ABOVE:
            raise AttributeError(f"module 'prevalence.report' has no attribute {name!r}", name=name, obj=sys.modules[__name__])
        value = getattr(import_module(_ABOVE[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """Return the public names, so that they complete with Tab before they are loaded."""
    return sorted(__all__)
