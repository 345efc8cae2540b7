"""What may be shown of estimates and how: disclosure and reliability rules, publication tables, the report, files for others."""

from __future__ import annotations

from prevalence.report._check_script import CheckScript
from prevalence.report._disclosure import withheld, withheld_contrasts
from prevalence.report._layouts import Layout, layout, layouts
from prevalence.report._observations import Observations, read_sdmx_csv
from prevalence.report._published import Published, published
from prevalence.report._r_script import r_script
from prevalence.report._reliability import Reliability, Verdict, reliability
from prevalence.report._rules import Rule, copy_rule, rule, rules
from prevalence.report._sdmx import sdmx
from prevalence.report._stata_script import stata_script
from prevalence.report._statistical_file import WrittenFile, write_back
from prevalence.report._status import ObservationStatus, observation_status
from prevalence.report.tables import table

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
