"""Baselines and progress: records, change between rounds, rates of reduction, paths to a target, classes, regional aggregates."""

from __future__ import annotations

from prevalence.baseline._aarr import Aarr, Required, aarr, rate_for_number, required_rate
from prevalence.baseline._baseline import Baseline, read
from prevalence.baseline._change import change
from prevalence.baseline._create import create
from prevalence.baseline._harmonised import harmonised
from prevalence.baseline._progress import Progress, progress
from prevalence.baseline._projection import Projection, projection
from prevalence.baseline._region import Region, region
from prevalence.baseline._round_series import RoundSeries, round_series
from prevalence.baseline._schema import schema
from prevalence.baseline.change_table import Change
from prevalence.baseline.record import Goal, Record

__all__ = [
    "Aarr",
    "Baseline",
    "Change",
    "Goal",
    "Progress",
    "Projection",
    "Record",
    "Region",
    "Required",
    "RoundSeries",
    "aarr",
    "change",
    "create",
    "harmonised",
    "progress",
    "projection",
    "rate_for_number",
    "read",
    "region",
    "required_rate",
    "round_series",
    "schema",
]
