"""Files to surveys: formats, codebooks, and profiles that say what the columns and codes of a file mean."""

from __future__ import annotations

from prevalence.loaders._apply_profile import apply_profile
from prevalence.loaders._assemble import Assembled, assemble
from prevalence.loaders._check import check
from prevalence.loaders._draft_profile import ProfileDraft, draft_profile
from prevalence.loaders._load import load
from prevalence.loaders._profiles import ProfileTitle, profiles, read_profile
from prevalence.loaders.checks.report import CheckReport, CheckTable
from prevalence.loaders.checks.rows import Finding
from prevalence.loaders.schema import Profile

__all__ = [
    "Assembled",
    "CheckReport",
    "CheckTable",
    "Finding",
    "Profile",
    "ProfileDraft",
    "ProfileTitle",
    "apply_profile",
    "assemble",
    "check",
    "draft_profile",
    "load",
    "profiles",
    "read_profile",
]
