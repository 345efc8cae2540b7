"""What may be shown of estimates and how: disclosure and reliability rules, publication tables, the report, files for others."""

from __future__ import annotations

from prevalence.report.checking._check_script import CheckScript
from prevalence.report.checking._r_script import r_script
from prevalence.report.checking._stata_script import stata_script
from prevalence.report.disclosure._published import Published, published
from prevalence.report.disclosure._withheld import withheld, withheld_contrasts
from prevalence.report.exchange._layouts import Layout, layout, layouts
from prevalence.report.exchange._observations import Observations, read_sdmx_csv
from prevalence.report.exchange._sdmx import sdmx
from prevalence.report.exchange._status import ObservationStatus, observation_status
from prevalence.report.exchange._write_back import WrittenFile, write_back
from prevalence.report.reliability._reliability import Reliability, Verdict, reliability
from prevalence.report.reliability._rules import Rule, copy_rule, rule, rules
from prevalence.report.tables._table import table

__all__ = [
    "CheckScript",
    "Layout",
    "ObservationStatus",
    "Observations",
    "Published",
    "Reliability",
    "Rule",
    "Verdict",
    "WrittenFile",
    "copy_rule",
    "layout",
    "layouts",
    "observation_status",
    "published",
    "r_script",
    "read_sdmx_csv",
    "reliability",
    "rule",
    "rules",
    "sdmx",
    "stata_script",
    "table",
    "withheld",
    "withheld_contrasts",
    "write_back",
]
