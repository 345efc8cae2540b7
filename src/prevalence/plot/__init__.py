"""Figures of estimates, ready to print: they take and return matplotlib Axes."""

from __future__ import annotations

from prevalence.plot._age_profile import age_profile
from prevalence.plot._definitions import definitions
from prevalence.plot._dots import dots
from prevalence.plot._excess import excess
from prevalence.plot._gap import gap
from prevalence.plot._heat_map import heat_map
from prevalence.plot._pyramid import pyramid
from prevalence.plot._trajectory import trajectory
from prevalence.plot.files import save
from prevalence.plot.weights import extreme_weights, margin_fit, weight_distribution, weight_effects
from prevalence.plot.words import WORDS, caption

__all__ = [
    "WORDS",
    "age_profile",
    "caption",
    "definitions",
    "dots",
    "excess",
    "extreme_weights",
    "gap",
    "heat_map",
    "margin_fit",
    "pyramid",
    "save",
    "trajectory",
    "weight_distribution",
    "weight_effects",
]
