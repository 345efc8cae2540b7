"""What may be shown of estimates and how: disclosure and reliability rules, publication tables, the report, files for others."""

from __future__ import annotations

from prevalence.report.checking._check_script import CheckScript
from prevalence.report.checking._r_script import r_script
from prevalence.report.checking._stata_script import stata_script
from prevalence.report.disclosure._attack import attack
from prevalence.report.disclosure._published import Published, published
from prevalence.report.disclosure._suppressions import suppressions
from prevalence.report.disclosure._withheld import withheld, withheld_contrasts
from prevalence.report.disclosure.rules import Disclosure, disclosure_rules
from prevalence.report.document._document import document
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
