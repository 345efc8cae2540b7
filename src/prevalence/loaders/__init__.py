"""Files to surveys: formats, codebooks, and profiles that say what the columns and codes of a file mean."""

from __future__ import annotations

from prevalence.loaders._apply_profile import apply_profile
from prevalence.loaders._load import load
from prevalence.loaders._profiles import ProfileTitle, profiles, read_profile
from prevalence.loaders.schema import Profile

__all__ = ["Profile", "ProfileTitle", "apply_profile", "load", "profiles", "read_profile"]
