"""From rows to 0/1/null indicators: definitions are data files, each citing its source."""

from __future__ import annotations

from prevalence.classify._definitions import Listed, copy_definition, definitions, read_definition, with_hazards
from prevalence.classify.chains._goods_listed import ListedChains, goods_listed
from prevalence.classify.chains._in_chain import in_chain, in_chain_columns
from prevalence.classify.chains._isic_from_national import isic_from_national
from prevalence.classify.chains._sector import sector, sector_columns
from prevalence.classify.chains._supply_chain import chain_columns, supply_chain
from prevalence.classify.children._child_labour import child_labour
from prevalence.classify.children._compare import compare, compare_columns
from prevalence.classify.children._national_definition import national_definition
from prevalence.classify.forced._exploited_in import exploited_in
from prevalence.classify.forced._family_network import family_network
from prevalence.classify.forced._forced_labour import forced_labour
from prevalence.classify.forced._forced_labour_period import forced_labour_period
from prevalence.classify.forced._forced_labour_type import forced_labour_type
from prevalence.classify.forced._rule_table import rule_table
from prevalence.classify.jobs._decent_work import decent_work
from prevalence.classify.jobs._informality import informality
from prevalence.classify.revision import RevisionEvidence, revision_of

__all__ = [
    "Listed",
    "ListedChains",
    "RevisionEvidence",
    "chain_columns",
    "child_labour",
    "compare",
    "compare_columns",
    "copy_definition",
    "decent_work",
    "definitions",
    "exploited_in",
    "family_network",
    "forced_labour",
    "forced_labour_period",
    "forced_labour_type",
    "goods_listed",
    "in_chain",
    "in_chain_columns",
    "informality",
    "isic_from_national",
    "national_definition",
    "read_definition",
    "revision_of",
    "rule_table",
    "sector",
    "sector_columns",
    "supply_chain",
    "with_hazards",
]
