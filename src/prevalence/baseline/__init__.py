"""Baselines and progress: rates of reduction, paths to a target, progress classes and regional aggregates."""

from __future__ import annotations

from prevalence.baseline._aarr import Aarr, Required, aarr, rate_for_number, required_rate
from prevalence.baseline._progress import Progress, progress
from prevalence.baseline._projection import Projection, projection
from prevalence.baseline._region import Region, region

__all__ = [
    "Aarr",
    "Progress",
    "Projection",
    "Region",
    "Required",
    "aarr",
    "progress",
    "projection",
    "rate_for_number",
    "region",
    "required_rate",
]
