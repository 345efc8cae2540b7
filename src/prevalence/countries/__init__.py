"""Countries: pathfinders of Alliance 8.7, minimum ages for work, and the deadlines of SDG target 8.7, as data with sources."""

from __future__ import annotations

from prevalence.countries._country import Country, countries, country, pathfinders
from prevalence.countries._deadlines import Deadline, deadline, deadlines
from prevalence.countries._minimum_age import MinimumAge

__all__ = ["Country", "Deadline", "MinimumAge", "countries", "country", "deadline", "deadlines", "pathfinders"]
