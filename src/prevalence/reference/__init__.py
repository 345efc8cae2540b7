"""Reference: figures that others published, with source and status, to stand beside estimates."""

from __future__ import annotations

from prevalence.reference._published import published, topics

__all__ = ["published", "topics"]
