"""What may be shown of estimates and how: disclosure rules, publication tables, the report."""

from __future__ import annotations

from prevalence.report._disclosure import withheld, withheld_contrasts
from prevalence.report._published import Published, published
from prevalence.report.tables import table

__all__ = ["Published", "published", "table", "withheld", "withheld_contrasts"]
