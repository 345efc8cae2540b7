"""Figures of estimates, ready to print: they take and return matplotlib Axes."""

from __future__ import annotations

from prevalence.plot._age_profile import age_profile
from prevalence.plot._dots import dots
from prevalence.plot._trajectory import trajectory
from prevalence.plot.files import save
from prevalence.plot.weights import extreme_weights, margin_fit, weight_distribution, weight_effects

__all__ = [
    "age_profile",
    "dots",
    "extreme_weights",
    "margin_fit",
    "save",
    "trajectory",
    "weight_distribution",
    "weight_effects",
]
