"""From rows to 0/1/null indicators: definitions are data files, each citing its source."""

from __future__ import annotations

from prevalence.classify._child_labour import child_labour
from prevalence.classify._forced_labour import forced_labour
from prevalence.classify._in_chain import in_chain, in_chain_columns
from prevalence.classify._supply_chain import supply_chain

__all__ = ["child_labour", "forced_labour", "in_chain", "in_chain_columns", "supply_chain"]
